"""Stays of one voyage that are each a little odd, and together hardly ever seen: half-space trees on shingles of dwell, with a likelihood over them.

A shingle is the last three stays of the voyage, each by how rarely one of its kind at that place is as long, and as short. The trees' score is
compared with the normal distribution of their recent scores (NuPIC's anomaly likelihood: Ahmad, Lavin, Purdy and Agha, "Unsupervised real-time
anomaly detection for streaming data", Neurocomputing 262, 2017), with a short window of one: the shingle itself is short memory.
Misses: one odd stay alone as a rule, which is for `dwell`; voyages with a single stay.
"""

from math import erfc, log, sqrt

import numpy as np

from stream_app.contracts.assessment import Reason
from stream_app.detectors.half_space import HalfSpace
from stream_app.detectors.movements.base import Move, MovementDetector, group_codes
from stream_app.detectors.movements.spans import SHORTEST_S
from stream_app.detectors.movements.steps import LEAVING, Step
from stream_app.explain.reasons import reason, step
from stream_app.learning.compiled import Array
from stream_app.learning.decay import DAY
from stream_app.learning.hashed import HashedTable
from stream_app.learning.likelihood import Likelihood
from stream_app.learning.peers import PeerSpread
from stream_app.learning.plain import PART

SHINGLE = 3
"""Stays that are looked at together."""
ODD = 1.0
"""-log10 p of a stay that is worth naming: one in ten."""
RAREST = 1e-6

Stay = tuple[Step, Step]
"""Its first event, and the one that left the place."""


class StayPattern(MovementDetector):
    """-ln of the likelihood of the trees' score of the last `SHINGLE` stays, asked when one ends; 0 until `window_size` shingles are known."""

    KEEPS = MovementDetector.KEEPS | {"_trees": PART, "_likelihood": PART}

    asks = LEAVING
    weight = 0.001
    quiet = 3.0

    def __init__(self, max_keys: int = 20_000, n_trees: int = 8, height: int = 5, window_size: int = 1_000, seed: int = 42) -> None:
        self.max_keys = max_keys
        self.n_trees = n_trees
        self.height = height
        self.window_size = window_size
        self.seed = seed
        self._peers = PeerSpread([(0, -1, False, 1.0)], max_keys, 5.0, mean_strength=2.0, variance_strength=8.0, clip=3.0)
        self._trees = HalfSpace(n_trees, height, window_size, seed)
        self._likelihood = Likelihood(window_size)

    def score_one(self, x: Move) -> float | None:
        """Nats; None where no stay ends with the step, or it is the voyage's first."""
        shingle = self._shingle(x)
        return None if shingle is None else self._likelihood.surprise(self._score(x, shingle)) if self._trees.warm else 0.0

    def learn_one(self, x: Move) -> None:
        shingle = self._shingle(x)
        if shingle is not None:
            if self._trees.warm:
                self._likelihood.learn(self._score(x, shingle))
            self._trees.learn_surprises(shingle)
        stays = _stays(x)
        if stays:
            self._peers.learn(_codes(stays[-1]), _value(stays[-1]), x.growth)

    def explain_one(self, x: Move) -> list[Reason]:
        """How long the stays were, and how rarely each is so."""
        shingle, nats = self._shingle(x), self.score_one(x)
        if shingle is None or not nats:
            return []
        stays = _stays(x)
        surprises = shingle.reshape(SHINGLE, 2).max(axis=1)[-len(stays) :]
        details: dict[str, float | str] = {
            f"{since.location} {since.type}-{left.type}": round((left.at - since.at) / DAY, 2)
            for (since, left), odd in zip(stays, surprises, strict=True)
            if odd >= ODD or left is x.step
        }
        path = [step("recent_stays", n=self._likelihood.n)]
        details["one_in"] = round(10.0 ** float(surprises.max()), 1)
        return [reason("stay_pattern", "stay_pattern", actual=(x.step.at - stays[-1][0].at) / DAY, path=path, impact=nats, details=details)]

    def witnesses(self, x: Move) -> list[Step]:
        return [one for stay in _stays(x) for one in stay if one is not x.step]

    def _score(self, x: Move, shingle: Array) -> float:
        """What the trees say of it, asked once a step."""
        if "stay_score" not in x.asked:
            x.asked["stay_score"] = self._trees.score_surprises(shingle)
        found: float = x.asked["stay_score"]
        return found

    def _shingle(self, x: Move) -> Array | None:
        """-log10 of the tail probabilities (as long, as short) of each stay, the oldest first; worked out once a step."""
        if "stay_pattern" not in x.asked:
            stays = _stays(x)
            x.asked["stay_pattern"] = None
            if len(stays) > 1:
                found = np.zeros((SHINGLE, 2))
                for place, stay in enumerate(stays, SHINGLE - len(stays)):
                    found[place] = self._rarity(stay, x.growth)
                x.asked["stay_pattern"] = found.ravel()
        found_before: Array | None = x.asked["stay_pattern"]
        return found_before

    def _rarity(self, stay: Stay, growth: float) -> tuple[float, float]:
        value = _value(stay)
        (spread,) = self._peers.spreads(_codes(stay), value, growth)
        if spread is None:
            return 0.0, 0.0
        # The normal tail is enough to order stays by: what is beyond it, the trees count.
        rarity = -_log10(max(erfc(abs(value[0] - spread.mean) / spread.deviation / sqrt(2.0)), RAREST))
        return (rarity, 0.0) if value[0] >= spread.mean else (0.0, rarity)

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return (self._peers.table,)

    @property
    def keys_held(self) -> int:
        return super().keys_held + self._trees.keys_held


def _log10(p: float) -> float:
    return log(p) / log(10.0)


def _stays(x: Move) -> list[Stay]:
    """The last SHINGLE stays that ended by now, the oldest first; empty where none ends with this step."""
    if "stays" not in x.asked:
        x.asked["stays"] = _ended(x.voyage)
    found: list[Stay] = x.asked["stays"]
    return found


def _ended(voyage: list[Step]) -> list[Stay]:
    """A place that was only passed, with a single event, is no stay."""
    found: list[Stay] = []
    last = voyage[-1]
    if last.type not in LEAVING or last.location is None:
        return found
    since = left = last
    for one in [*reversed(voyage[:-1]), None]:
        if one is not None and one.location == left.location:
            since = one
            continue
        if since is not left and left.location is not None:
            found.append((since, left))
        if one is None or not found or len(found) == SHINGLE:
            break
        since = left = one
    return found[::-1]


def _value(stay: Stay) -> Array:
    return np.array([log(max(stay[1].at - stay[0].at, SHORTEST_S))])


def _codes(stay: Stay) -> Array:
    """Narrowest first."""
    since, left = stay
    kind = f"{since.type}-{left.type}"
    return group_codes(("stay_place", since.location or "-", kind), ("stay_facility", left.facility_type or "-", kind), ("stay", kind))
