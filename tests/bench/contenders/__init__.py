"""Who is compared: the engine, the baselines, and what bounds them."""
