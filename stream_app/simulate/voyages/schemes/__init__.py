"""What is done to containers under way: one scheme a file, each a `commit` that alters the voyages and says when it began."""
