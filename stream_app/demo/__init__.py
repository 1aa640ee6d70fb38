"""`tidewaiter demo`: broker, topics, worker and simulator on this machine, and a live view of what the worker finds."""
