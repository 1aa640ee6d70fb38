"""Who has not been here before: a first-seen trader, declarant or seller, or a trader with new goods.

Misses: a stolen identity with a long history; a fraud by an established trader in its usual goods.
"""

from math import log
from typing import Any, NamedTuple

import numpy as np

from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import TableDetector
from stream_app.detectors.features import DECLARANT, HS6, ITEM, SELLER, TRADER, Features, Item
from stream_app.explain.reasons import reason, step
from stream_app.learning import hashed
from stream_app.learning.compiled import FLOAT, MATRIX, VOID, Array, inlined, kernel, together
from stream_app.learning.hashed import TABLE, HashedTable, claim, find, rows, sum_of
from stream_app.learning.keys import joined
from stream_app.learning.shares import Shared, SharedTable

FEATURES = ("trader", "declarant", "seller", "trader_hs6")
"""What can be new. The last one in the trader's own history, the others in the whole stream; a missing seller is one seller like another."""
_PLACES = (TRADER, DECLARANT, SELLER, HS6)
_N = len(FEATURES)
_OF_TRADER = _N - 1
STATE = together(TABLE, TABLE)
"""Contexts: items, and how many of them brought something new; identities: times seen."""
WELL_KNOWN = 3.0
"""Times seen, from which on an identity speaks for its item."""
BEST_KNOWN = 2


class Finding(NamedTuple):
    """One identity in its context: nats, and how often the identity, any item and anything new were seen in the context."""

    nats: float
    times: float
    items: float
    brought: float


@inlined
def _context(codes: Array, i: int) -> Any:
    place = np.uint64(i + 1)
    return joined(codes[TRADER], place) if i == _OF_TRADER else joined(place, place)


@inlined
def _identity(codes: Array, i: int) -> Any:
    return joined(codes[_PLACES[i]], _context(codes, i))


@inlined
def _finding(state: Any, codes: Array, i: int) -> Any:
    """As `Finding`; all 0 where nothing is known of the context."""
    contexts, identities = state
    context = find(contexts, _context(codes, i))
    if context < 0:
        return 0.0, 0.0, 0.0, 0.0
    times = sum_of(identities, rows(identities), _identity(codes, i))
    row = rows(contexts)[context]
    items, brought = row[0], row[1]
    return -log((brought + 0.5) / (items + 1.0)) / (1.0 + times) ** 2, times, items, brought


@inlined
def expect(state: Any, x: Item) -> None:
    """Have what `surprise` looks up loaded."""
    for i in range(_N):
        hashed.expect(state[0], _context(x.codes, i))
        hashed.expect(state[1], _identity(x.codes, i))


@inlined
def surprise(state: Any, x: Item) -> Any:
    total = 0.0
    for i in range(_N):
        total += _finding(state, x.codes, i)[0]
    return total


@inlined
def take(state: Any, x: Item) -> None:
    contexts, identities = state
    of_context, of_identity = rows(contexts), rows(identities)
    for i in range(_N):
        context = claim(contexts, _context(x.codes, i))
        identity = claim(identities, _identity(x.codes, i))
        of_context[context, 0] += 1.0
        if of_identity[identity, 0] == 0.0:
            of_context[context, 1] += 1.0
        of_identity[identity, 0] += 1.0


@kernel(FLOAT, STATE, ITEM)
def _score(state: Any, x: Item) -> float:
    return float(surprise(state, x))


@kernel(MATRIX, STATE, ITEM)
def _findings(state: Any, x: Item) -> Array:
    found = np.empty((_N, 4))
    for i in range(_N):
        found[i, 0], found[i, 1], found[i, 2], found[i, 3] = _finding(state, x.codes, i)
    return found


@kernel(VOID, STATE, ITEM)
def _learn(state: Any, x: Item) -> None:
    take(state, x)


class Novelty(TableDetector):
    """Sum over identities of -ln P(new | context), where an identity is new in its context; decays as the identity is seen again.

    P(new | context) is estimated as in Good-Turing: how often the context's earlier items brought something new.
    """

    weight = 0.2
    quiet = 0.7

    counts_arrivals = True

    def __init__(self, max_keys: int = 100_000) -> None:
        self.max_keys = max_keys
        self._contexts = HashedTable(max_keys, 2)
        self._identities = HashedTable(max_keys, 1)

    @property
    def state(self) -> tuple[Array, Array]:
        """As STATE."""
        return self._contexts.words, self._identities.words

    def score_one(self, x: Features) -> float:
        return _score(self.state, x.vector)

    def learn_one(self, x: Features) -> None:
        _learn(self.state, x.vector)

    def explain_one(self, x: Features) -> list[Reason]:
        """Every identity that is new, or nearly, where new ones are rare."""
        # The score is their sum: at a quarter of what is evidence, at least one of the four is told.
        told = [row for row in self._all(x) if row[0].nats >= self.quiet / len(FEATURES)]
        return [_reason("novelty_rare" if found.times else "novelty_first", feature, found, found.nats) for found, feature in told]

    def counter_one(self, x: Features) -> list[Reason]:
        """The two identities that are known best, with what they would have weighed as new ones."""
        known = [row for row in self._all(x) if row[0].times >= WELL_KNOWN and (row[1] != "seller" or x.declaration.seller_id)]
        weighed = sorted(((found.nats * (1.0 + found.times) ** 2 - found.nats, feature, found) for found, feature in known), reverse=True)
        return [_reason("known_identity", feature, found, impact) for impact, feature, found in weighed[:BEST_KNOWN]]

    def _all(self, x: Features) -> list[tuple[Finding, str]]:
        """The finding on every feature, the most surprising first."""
        rows = _findings(self.state, x.vector).tolist()
        return sorted(((Finding(*row), feature) for row, feature in zip(rows, FEATURES, strict=True)), reverse=True)

    @property
    def shared(self) -> dict[str, Shared]:
        return {"contexts": SharedTable(self._contexts, 2), "identities": SharedTable(self._identities)}

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return self._contexts, self._identities


def _reason(code: str, feature: str, found: Finding, impact: float) -> Reason:
    """Names no one: an identity is said by what it is."""
    path = [step("trader_items" if feature == FEATURES[_OF_TRADER] else "all_items", n=found.items)]
    return reason(code, feature, actual=found.times, path=path, impact=impact, details={"identity": feature, "brought": found.brought})
