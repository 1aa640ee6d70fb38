"""Pure: what the engine knows of its own work. Feedback, drift, silence; and the indicators that say so."""
