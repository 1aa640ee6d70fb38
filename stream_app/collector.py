"""Python's garbage collector, for a process that holds millions of long-lived rows and makes few cycles."""

import gc

YOUNG = 50_000


def calm_collector() -> None:
    """Leave what is loaded alone, and look for cycles less often: by default every full collection would walk all tables."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 50)
