"""Small numbers, told carefully: shares pulled towards the office's, with an interval, and compared within the office.

Shrinkage: a beta prior with the mean of the office and the weight of STRENGTH cases (empirical Bayes; Morris, JASA 1983), so that two cases of two
say little. It is for ordering and for talking; the comparison itself is made with the officer's own cases: an exact test against the rest of
the office (Fisher, Journal of the Royal Statistical Society 1935), at a level that is divided by the number of comparisons (Bonferroni), so
that an office where everybody is alike is told to be so 19 times of 20.
"""

from typing import Any

from scipy.stats import hypergeom

from stream_app.instruments.performance.counts import Ratio
from stream_app.learning.intervals import wilson

STRENGTH = 20.0
CONFIDENCE = 0.95


def told(own: Ratio, office: Ratio, minimum: int, comparisons: int) -> dict[str, Any] | None:
    """Share, shrunken share, its interval, n, and how it compares with the rest of the office (see `compared`); None below `minimum` cases."""
    if own.cases < max(1, minimum):
        return None
    rest = Ratio(office.hits - own.hits, office.cases - own.cases)
    usual = office.hits / office.cases
    pulled = wilson((own.hits + STRENGTH * usual) / (own.cases + STRENGTH), own.cases + STRENGTH, CONFIDENCE)
    return {
        "share": round(own.hits / own.cases, 6),
        "shrunken": round(pulled.value, 6),
        "lower": round(pulled.lower, 6),
        "upper": round(pulled.upper, 6),
        "n": own.cases,
        "office_share": round(rest.hits / rest.cases, 6) if rest.cases else None,
        "compared": compared(own, rest, max(1, comparisons)),
    }


def compared(own: Ratio, rest: Ratio, comparisons: int) -> str:
    """`above` or `below` where so many, or so few, hits would be rarer than the level if all of them were alike; `like` otherwise."""
    if not rest.cases:
        return "like"
    level = (1.0 - CONFIDENCE) / 2.0 / comparisons
    hits, cases = own.hits + rest.hits, own.cases + rest.cases
    if own.hits * rest.cases > rest.hits * own.cases:
        return "above" if _at_least(own.hits, own.cases, hits, cases) < level else "like"
    return "below" if _at_least(own.cases - own.hits, own.cases, cases - hits, cases) < level else "like"


def _at_least(k: int, drawn: int, marked: int, of: int) -> float:
    """P(at least k marked ones among `drawn` out of `of` that have `marked`)."""
    return float(hypergeom.sf(k - 1, of, marked, drawn))


def often_together(together: int, of_officer: int, of_declarant: int, of_office: int, comparisons: int) -> tuple[float, bool]:
    """(expected files together if officers and declarants met by chance, whether so many are rarer than the level)."""
    expected = of_officer * of_declarant / of_office
    if together <= expected:
        return expected, False
    return expected, _at_least(together, of_officer, of_declarant, of_office) < (1.0 - CONFIDENCE) / max(1, comparisons)
