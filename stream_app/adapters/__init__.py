"""Other formats into our events."""
