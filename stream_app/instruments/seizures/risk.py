"""Decayed risk of (HS chapter, origin, route, conveyance), raised by seizures: a case counts for what is like it, the more so the more alike.

Groups are nested: chapter > chapter from the same country of departure > of the same origin > by the same conveyance. A case weighs WEIGHTS at the
narrowest group that it shares with a goods item, halved every `half_life_days`; one of equal weight doubles the item's odds:
odds x (1 + sum of weights), up to CEILING. Misses: goods that are declared under another chapter than seized ones.
"""

from collections.abc import Iterable
from math import log
from typing import Any, NamedTuple

from stream_app.contracts.seizure import Seizure
from stream_app.learning.decay import growth
from stream_app.learning.table import BoundedTable

LEVELS = ("hs2", "hs2_departure", "hs2_route", "hs2_conveyance")
"""Names of [groups] in the catalogue, widest first."""
WEIGHTS = (0.05, 0.4, 0.7, 1.0)
STEPS = tuple(weight - before for weight, before in zip(WEIGHTS, (0.0, *WEIGHTS), strict=False))
CEILING = 20.0
"""Times the odds, at most."""
CRITICAL = frozenset({"drugs", "precursors", "cites", "hazardous_material", "weapons_and_explosives", "nuclear_material", "prohibited_material"})
"""Commodity groups that are a matter of safety or prohibition; the others raise the risk of an irregularity alone."""

MOST_ROUTES = 50_000
"""Whose sums are remembered at a time."""

Key = tuple[str, ...]
Route = tuple[str, str | None, str | None, str | None]
"""HS chapter, country of origin, country of departure, conveyance."""
_UNASKED = (-1.0, -1.0)


class Raised(NamedTuple):
    """What seizures say of goods: log-odds to add for an irregularity and for a critical finding; the narrowest group that had cases, as level
    and key, the number of its cases, their decayed number, the time of the latest (seconds since 1970) and its commodity group."""

    irregular: float
    critical: float
    level: str
    key: Key
    cases: int
    decayed: float
    latest: float
    commodity_group: str
    path: list[tuple[str, Key, float]]
    """(level, key, decayed number of cases), widest first."""


class _Row(NamedTuple):
    """Sums in growing weights (learning/decay.py)."""

    total: float = 0.0
    critical: float = 0.0
    cases: int = 0
    latest: float = 0.0
    commodity_group: str = ""


def groups(chapter: str, origin: str | None, departure: str | None, conveyance: str | None) -> list[Key]:
    """The groups that are known of goods, widest first. Where no departure is known it is the origin."""
    departure = departure or origin
    parts = (chapter, departure, origin, conveyance)
    known: list[Key] = []
    for length in range(1, 5):
        if parts[length - 1] is None:
            break
        known.append(tuple(str(part) for part in parts[:length]))
    return known


def _groups_of(case: Seizure) -> list[Key]:
    return groups(case.chapter, case.origin_country, case.departure_country, case.conveyance)


class SeizureRisk:
    """Every worker holds all of it. Bounded by groups; the longest untouched go, and are counted."""

    def __init__(self, half_life_days: float = 180.0, max_groups: int = 50_000) -> None:
        self.half_life_days = half_life_days
        self._rows: BoundedTable[Key, _Row] = BoundedTable(max_groups)
        self._sums: dict[Route, tuple[float, float] | None] = {}
        """Of routes that were asked for, until the next case: scoring asks for every goods item."""

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def forgotten(self) -> int:
        return self._rows.forgotten

    def add(self, case: Seizure, sign: int = 1) -> None:
        """Count a case; `sign` -1 takes it back."""
        self._sums.clear()
        weight = sign * growth(case.seized_epoch, self.half_life_days)
        for key in _groups_of(case):
            row = self._rows.get(key) or _Row()
            cases = row.cases + sign
            if cases <= 0:
                self._rows.pop(key)
                continue
            newest = sign > 0 and case.seized_epoch >= row.latest
            latest, group = (case.seized_epoch, case.commodity_group) if newest else (row.latest, row.commodity_group)
            critical = row.critical + (weight if case.commodity_group in CRITICAL else 0.0)
            self._rows.put(key, _Row(max(0.0, row.total + weight), max(0.0, critical), cases, latest, group))

    def renew(self, gone: Seizure, cases: Iterable[Seizure]) -> None:
        """After a case was taken back for good: what its groups say of their latest one, where it was that, by the `cases` that are left."""
        stale = {key for key in _groups_of(gone) if (row := self._rows.get(key)) is not None and row.latest == gone.seized_epoch}
        latest: dict[Key, Seizure] = {}
        for case in sorted(cases, key=lambda one: one.seized_epoch) if stale else ():
            latest.update(dict.fromkeys(stale.intersection(_groups_of(case)), case))
        for key, case in sorted(latest.items()):
            self._rows.put(key, self._rows.get(key)._replace(latest=case.seized_epoch, commodity_group=case.commodity_group))  # type: ignore[union-attr]

    def log_odds(self, route: Route, now: float) -> tuple[float, float] | None:
        """To add for an irregularity and for a critical finding, as in `raised`; None where nothing like it was seized."""
        sums = self._sums.get(route, _UNASKED)
        if sums is _UNASKED:
            if len(self._sums) >= MOST_ROUTES:
                self._sums.clear()
            sums = self._sums[route] = self._sum(route)
        if sums is None:
            return None
        scale = 1.0 / growth(now, self.half_life_days)
        return log(min(1.0 + sums[0] * scale, CEILING)), log(min(1.0 + sums[1] * scale, CEILING))

    def _sum(self, route: Route) -> tuple[float, float] | None:
        irregular = critical = 0.0
        found = False
        for step, key in zip(STEPS, groups(*route), strict=False):
            row = self._rows.get(key)
            if row is None:
                break
            irregular, critical, found = irregular + step * row.total, critical + step * row.critical, True
        return (irregular, critical) if found else None

    def raised(self, chapter: str, origin: str | None, departure: str | None, conveyance: str | None, now: float) -> Raised | None:
        """What the cases so far say of such goods at `now`; None where none of their chapter was seized."""
        if not len(self._rows):
            return None
        scale = 1.0 / growth(now, self.half_life_days)
        path: list[tuple[str, Key, float]] = []
        found: tuple[str, Key, _Row] | None = None
        for level, key in zip(LEVELS, groups(chapter, origin, departure, conveyance), strict=False):
            row = self._rows.get(key)
            if row is None:
                break
            found = level, key, row
            path.append((level, key, row.total * scale))
        odds = self.log_odds((chapter, origin, departure, conveyance), now)
        if found is None or odds is None:
            return None
        level, key, row = found
        return Raised(*odds, level, key, row.cases, row.total * scale, row.latest, row.commodity_group, path)

    def state(self) -> list[Any]:
        return [self._rows.forgotten, [[list(key), *row] for key, row in self._rows.items()]]

    def restore(self, state: list[Any]) -> None:
        self._sums.clear()
        self._rows.forgotten, rows = state
        for key, *row in rows:
            self._rows.put(tuple(key), _Row(*row))
