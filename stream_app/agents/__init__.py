"""The shell around the engine: one thin file per input topic. Bytes in, engine call, results out."""
