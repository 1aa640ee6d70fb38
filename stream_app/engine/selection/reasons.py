"""Why an item was selected that its scores alone would not have selected, as a reason for the officer. Names the entry of a list, nobody else."""

from stream_app.contracts.assessment import Reason
from stream_app.engine.selection.selector import Decision
from stream_app.explain.reasons import reason, step

_CODES = {"mandatory:watchlist": "watchlist", "mandatory:rule": "rule", "random": "random_control", "exploration": "exploration"}


def because(decision: Decision, seen: int) -> list[Reason]:
    """One reason; none for an item selected by its score, which has evidence of its own. `seen`: goods items before it."""
    code = _CODES.get(decision.reason or "")
    if code is None:
        return []
    return [reason(code, "selection", actual=decision.entry, path=[step("all_items", n=seen)], impact=0.0)]
