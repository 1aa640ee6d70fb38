"""What a configuration would have fired on recorded events, and how much of that is known to be right, before anything is switched on."""
