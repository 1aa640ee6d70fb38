"""The instruments' report: one HTML page and the same figures as JSON, from recorded files or from the topics."""
