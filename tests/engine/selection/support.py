"""Selectors and candidates for the tests here."""

import random
from collections.abc import Iterable
from dataclasses import replace
from math import nan
from typing import Any

from stream_app.contracts.control_lists import Suppression, WatchEntry
from stream_app.contracts.declaration import Declaration, GoodsItem
from stream_app.engine.selection import Candidate, ControlLists, Decision, Selector
from stream_app.engine.settings.learning import PValues
from stream_app.engine.settings.selection import Selection, Severity
from tests.support.goods import declared

PLAIN = declared("PLAIN")
NOW = PLAIN.lodged_epoch
DAY = 86_400.0


def selector(lists: ControlLists | None = None, part: tuple[int, int] = (0, 1), **selection: Any) -> Selector:
    return Selector(Selection(**selection), Severity(), PValues(), lists, part)


def candidate(
    declaration_id: str = "D",
    rarity: float = 1.0,
    probability: float = nan,
    mature: tuple[str, ...] = ("anomaly",),
    group: int = 0,
    controls: float = 0.0,
    goods: dict[str, Any] | None = None,
    **header: Any,
) -> Candidate:
    """A candidate of 100 kg of T-shirts, changed."""
    item: GoodsItem = replace(PLAIN.items[0], **(goods or {}))
    declaration: Declaration = replace(PLAIN, declaration_id=declaration_id, items=[item], **header)
    return Candidate(declaration, item, [rarity, probability, nan, nan], mature, "unit_value", group, controls)


def decided(found: Selector, candidates: Iterable[Candidate]) -> list[Decision]:
    """Decide on each in turn and learn it; now is its own time."""
    decisions = []
    for one in candidates:
        decisions.append(found.decide(one, one.declaration.lodged_epoch))
        found.learn(one)
    return decisions


def steady(count: int, seed: int = 1, **changes: Any) -> list[Candidate]:
    """Rarities as of independent items, exponential."""
    rng = random.Random(seed)
    return [candidate(f"D{seed}-{number}", rng.expovariate(1.0), **changes) for number in range(count)]


def watch(entry_id: str = "W-1", lane: str = "red", valid_from: float = 0.0, expires_at: float = NOW + DAY, **criteria: str) -> WatchEntry:
    """criteria: field = values, separated by spaces."""
    fields = {field: frozenset(values.split()) for field, values in criteria.items()}
    return WatchEntry(entry_id, "owner", "reason", fields, valid_from, expires_at, lane)


def suppress(entry_id: str = "S-1", typologies: str = "", expires_at: float = NOW + DAY, **criteria: str) -> Suppression:
    fields = {field: frozenset(values.split()) for field, values in criteria.items()}
    return Suppression(entry_id, "owner", "reason", fields, 0.0, expires_at, frozenset(typologies.split()))


def lists(*entries: WatchEntry | Suppression, max_entries: int = 100) -> ControlLists:
    found = ControlLists(max_entries)
    for entry in entries:
        (found.watchlist if isinstance(entry, WatchEntry) else found.suppressions).put(entry, NOW)  # type: ignore[attr-defined]
    return found
