"""Injected fraud with known ground truth, one scheme a file. Each file says what a detector can see of it."""
