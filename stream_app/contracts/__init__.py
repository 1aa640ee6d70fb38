"""The wire formats: bytes in to typed events, typed results out to bytes.

`schemas/*.schema.json` is the validator; this package adds only what JSON Schema cannot say.
"""
