"""From counts to a score of 0 to 100 with its parts, and to findings that an integrator can act on."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from stream_app.instruments.performance.comparing import compared
from stream_app.instruments.performance.counts import Ratio

WEIGHTS = {"completeness": 0.25, "validity": 0.25, "consistency": 0.25, "accuracy": 0.15, "timeliness": 0.10}
"""Of the parts in the score; what cannot be judged leaves its weight to the others."""
WORTH_TELLING = {"accuracy": 0.3}
SMALL = 0.05
"""Share of faults beyond what others have, from which on it is told; heaps have honest reasons too, so that they must be larger."""
LATE_DAYS = 1.0

DIMENSIONS = ("completeness", "validity", "consistency", "accuracy", "timeliness")
ADVICE = {
    "completeness": "{what} is left out",
    "validity": "declarations are refused: {what}",
    "consistency": "the check {what} fails",
    "accuracy": "{what} is declared",
    "timeliness": "declarations come more than a day after they were lodged",
}

Counts = Mapping[tuple[str, str], tuple[int, int]]
"""(dimension, what) -> (faults, cases)."""


def parts(own: Counts, usual: Counts) -> dict[str, float | None]:
    """Each from 0 to 1: the share of cases without a fault; of accuracy, what heaps beyond everybody's share. None: nothing to judge by."""
    found: dict[str, float | None] = {}
    for dimension in DIMENSIONS:
        if dimension == "accuracy":
            excess = [_excess(own[key], usual[key]) for key in own if key[0] == dimension and own[key][1]]
            found[dimension] = 1.0 - sum(excess) / len(excess) if excess else None
            continue
        faults = sum(own[key][0] for key in own if key[0] == dimension)
        cases = sum(own[key][1] for key in own if key[0] == dimension)
        found[dimension] = 1.0 - min(1.0, faults / cases) if cases else None
    return found


def score(found: Mapping[str, float | None]) -> float | None:
    """0 to 100: the weighted mean of the parts that could be judged."""
    known = {name: value for name, value in found.items() if value is not None}
    weight = sum(WEIGHTS[name] for name in known)
    return 100.0 * sum(WEIGHTS[name] * value for name, value in known.items()) / weight if weight else None


def findings(own: Counts, usual: Counts) -> list[dict[str, Any]]:
    """What is at fault more often than elsewhere, beyond chance (an exact binomial test, divided by the number of tests), the worst first."""
    told = []
    for (dimension, what), (faults, cases) in sorted(own.items()):
        everywhere = usual[dimension, what]
        rest = Ratio(everywhere[0] - faults, everywhere[1] - cases)
        if not cases or compared(Ratio(faults, cases), rest, len(own)) != "above":
            continue
        share, others = faults / cases, rest.hits / rest.cases
        if share - others >= WORTH_TELLING.get(dimension, SMALL):
            advice = ADVICE[dimension].format(what=what)
            told.append(
                {
                    "dimension": dimension,
                    "what": what,
                    "share": round(share, 4),
                    "others": round(others, 4),
                    "n": cases,
                    "text": f"{advice} in {share:.1%} of {cases:,} cases; at others in {others:.1%}.",
                }
            )
    return sorted(told, key=lambda finding: (finding["others"] - finding["share"], finding["what"]))


def merged(rows: list[Counter[tuple[str, str, str]]]) -> dict[tuple[str, str], tuple[int, int]]:
    """Rows of (dimension, what, fault|case) counters, added up."""
    total: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        total.update(row)
    keys = sorted({key[:2] for key in total})
    return {key: (total[(*key, "fault")], total[(*key, "case")]) for key in keys}


def _excess(own: tuple[int, int], usual: tuple[int, int]) -> float:
    share, everywhere = own[0] / own[1], usual[0] / usual[1]
    return max(0.0, (share - everywhere) / (1.0 - everywhere)) if everywhere < 1.0 else 0.0
