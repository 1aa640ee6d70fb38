"""`make bench`: goods items a second through the engine beside a stock River pipeline on the same records, and memory over a long stream."""
