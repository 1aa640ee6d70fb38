"""The programs that are compared with the service, a process each. They take its settings (TIDEWAITER_*), and do the same work on every record."""
