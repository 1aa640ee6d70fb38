"""Small numbers, told carefully: shares pulled towards the office's, with an interval, and compared within the office.

Shrinkage: a beta prior with the mean of the office and the weight of STRENGTH cases (empirical Bayes; Morris, JASA 1983), so that two cases of two
say little. It is for ordering and for talking; the comparison itself is made with the officer's own cases: an exact binomial test against the
rest of the office (Clopper and Pearson, Biometrika 1934), at a level that is divided by the number of comparisons (Bonferroni), so that an
office where everybody is alike is told to be so in 19 of 20 months.
"""

from typing import Any

from scipy.special import betainc

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
    """`above` or `below` where so many, or so few, hits would be rarer than the level if the officer were like the rest; `like` otherwise."""
    if not rest.cases:
        return "like"
    # Half a case either way: the rest's own share is an estimate too, and may be 0 or 1.
    usual = (rest.hits + 0.5) / (rest.cases + 1.0)
    level = (1.0 - CONFIDENCE) / 2.0 / comparisons
    if own.hits > usual * own.cases:
        return "above" if _tail(own.cases, own.hits, usual) < level else "like"
    return "below" if _tail(own.cases, own.cases - own.hits, 1.0 - usual) < level else "like"


def _tail(n: int, hits: int, share: float) -> float:
    """P(at least `hits` of `n`) at a `share` in (0, 1), as an incomplete beta function (DLMF 8.17.5)."""
    return float(betainc(hits, n - hits + 1, share)) if hits else 1.0


def often_together(together: int, of_officer: int, of_declarant: int, of_office: int, comparisons: int) -> tuple[float, bool]:
    """(expected files together if officers and declarants met by chance, whether so many are rarer than the level)."""
    usual = of_declarant / of_office
    expected = of_officer * usual
    if together <= expected or usual >= 1.0:
        return expected, False
    return expected, _tail(of_officer, together, usual) < (1.0 - CONFIDENCE) / max(1, comparisons)
