"""Six fraud schemes put into KCS rows, in memory only: neither the rows nor anything made from them is ever written into the repository."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

Row = dict[str, str]

SCHEMES = ("undervaluation", "mass", "misclassification", "impossible_origin", "ghost_trader", "splitting")
FROM = "2020-07-01"
SHARE = 0.02


class Injected(NamedTuple):
    """All rows in file order, injected ones in the place of those they replace; `scheme` and `group` (one injected declaration) by declaration id."""

    rows: list[Row]
    scheme: dict[str, str]
    group: dict[str, str]


class Market:
    """What a forger can look up in the honest rows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        rates: dict[str, list[float]] = defaultdict(list)
        for row in rows:
            rates[row["HS6 Code"].zfill(6)].append(float(row["Tax Rate"]))
        self.rate = {code: float(np.median(found)) for code, found in rates.items()}
        self.chapters: dict[str, list[str]] = defaultdict(list)
        for code in sorted(self.rate):
            self.chapters[code[:2]].append(code)
        self.origins = sorted({row["Country of Origin"] for row in rows})
        self.offices = sorted({row["Office ID"] for row in rows})

    def cheaper(self, code: str) -> list[str]:
        """Other codes of the chapter, from the lower half of its duty rates."""
        codes = self.chapters[code[:2]]
        middle = float(np.median([self.rate[other] for other in codes]))
        return [other for other in codes if other != code and self.rate[other] <= middle]


def inject(rows: Sequence[Row], seed: int, share: float = SHARE, first: str = FROM, last: str = "9999-12-31") -> Injected:
    """Schemes in turn on `share` of the rows lodged from `first` to `last`; a row that a scheme cannot use is passed over. The same seed, the same
    frauds."""
    rng = np.random.default_rng(seed)
    market = Market(rows)
    late = [place for place, row in enumerate(rows) if first <= row["Date"] <= last]
    chosen = rng.permutation(late)[: round(share * len(late))]
    forged: dict[int, tuple[str, list[Row]]] = {}
    for number, place in enumerate(chosen.tolist()):
        scheme = SCHEMES[number % len(SCHEMES)]
        if result := FORGERS[scheme](rows[place], rng, market):
            forged[place] = scheme, result
    result_rows: list[Row] = []
    schemes, groups = {}, {}
    for place, row in enumerate(rows):
        scheme, replaced = forged.get(place, ("", [row]))
        result_rows += replaced
        for other in replaced if scheme else ():
            schemes[other["Declaration ID"]], groups[other["Declaration ID"]] = scheme, row["Declaration ID"]
    return Injected(result_rows, schemes, groups)


def _scaled(row: Row, field: str, factor: float) -> list[Row]:
    value = float(row[field]) * factor
    return [{**row, field: repr(value)}] if value > 0 else []


def _undervaluation(row: Row, rng: np.random.Generator, market: Market) -> list[Row]:
    return _scaled(row, "Item Price", rng.uniform(0.15, 0.5))


def _mass(row: Row, rng: np.random.Generator, market: Market) -> list[Row]:
    return _scaled(row, "Net Mass", rng.uniform(0.1, 0.4) if rng.random() < 0.5 else rng.uniform(2.5, 8.0))


def _misclassification(row: Row, rng: np.random.Generator, market: Market) -> list[Row]:
    codes = market.cheaper(row["HS6 Code"].zfill(6))
    if not codes:
        return []
    code = codes[rng.integers(len(codes))]
    return [{**row, "HS6 Code": code, "Tax Rate": repr(market.rate[code])}]


def _impossible_origin(row: Row, rng: np.random.Generator, market: Market) -> list[Row]:
    others = [origin for origin in market.origins if origin != row["Country of Origin"]]
    return [{**row, "Country of Origin": others[rng.integers(len(others))]}]


def _ghost_trader(row: Row, rng: np.random.Generator, market: Market) -> list[Row]:
    price = float(row["Item Price"]) * rng.uniform(1.0, 4.0)
    parties = {"Importer ID": f"G{rng.integers(10**8):08d}", "Seller ID": f"G{rng.integers(10**8):08d}"}
    return [{**row, **parties, "Item Price": repr(price), "Office ID": market.offices[rng.integers(len(market.offices))]}]


def _splitting(row: Row, rng: np.random.Generator, market: Market) -> list[Row]:
    pieces = int(rng.integers(4, 9))
    price, mass = float(row["Item Price"]) / pieces, float(row["Net Mass"]) / pieces
    name = row["Declaration ID"]
    return [{**row, "Declaration ID": f"{name}-{piece}", "Item Price": repr(price), "Net Mass": repr(mass)} for piece in range(pieces)]


FORGERS: dict[str, Callable[[Row, np.random.Generator, Market], list[Row]]] = {
    "undervaluation": _undervaluation,
    "mass": _mass,
    "misclassification": _misclassification,
    "impossible_origin": _impossible_origin,
    "ghost_trader": _ghost_trader,
    "splitting": _splitting,
}
