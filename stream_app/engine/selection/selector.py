"""The order of selection: mandatory criteria, the random control sample, the highest scores up to the capacity, exploration."""

from typing import NamedTuple

from stream_app.contracts.control_lists import MANDATORY, WatchEntry
from stream_app.contracts.declaration import Declaration, GoodsItem
from stream_app.engine.selection.capacity import Capacities
from stream_app.engine.selection.draw import Draw
from stream_app.engine.selection.exploration import Exploration
from stream_app.engine.selection.lists import ControlLists
from stream_app.engine.selection.ranks import HEADS, Ranked, Ranks
from stream_app.engine.settings.learning import PValues
from stream_app.engine.settings.selection import Selection, Severity
from stream_app.learning.plain import PART

RANDOM, EXPLORATION = "random", "exploration"
RANDOM_CONTROL = "random_control"
TYPOLOGIES = (*HEADS, RANDOM_CONTROL, EXPLORATION, *MANDATORY)
"""What an alert can be about beside a detector."""


class Candidate(NamedTuple):
    """One goods item, scored and not yet selected or released."""

    declaration: Declaration
    item: GoodsItem
    scores: list[float]
    """Of the heads, in the order of ranks.HEADS, the larger the worse; NaN where one has nothing to say."""
    mature: tuple[str, ...]
    """Heads that have learned enough to select; at least one."""
    leader: str
    """What an alert of the anomaly head would be about: its leading detector."""
    group: int
    """The code of the like goods among which it is frequent or not."""
    controls: float
    """How many control results its probability rests on."""


class Decision(NamedTuple):
    """What becomes of one goods item, why, and how probable that was.

    `p`, `head` and `anomaly_p` as in `Ranked`. `propensity` is the probability under the policy, given all that came before, that the item is
    controlled. `sampled` says that it is in the random control sample, whatever `reason` says: those are a simple random sample of all items.
    """

    p: float
    head: str
    anomaly_p: float
    reason: str | None
    """mandatory:watchlist, mandatory:rule, random, score:<head>, exploration; None: not selected."""
    propensity: float
    sampled: bool
    severity: str | None
    lane: str
    typology: str
    """What an alert of this item is about."""
    entry: str | None = None
    """The watchlist's entry that demanded the control."""
    suppressed_by: str | None = None
    """The suppression that held back a selection by score."""

    @property
    def selected(self) -> bool:
        return self.reason is not None


class Selector:
    """Selects item by item: each decision is counted before the next one is made, those of one declaration too."""

    KEEPS = {"seen": int, "ranks": PART, "capacities": PART, "_exploration": PART}

    def __init__(
        self, selection: Selection, severity: Severity, p_values: PValues, lists: ControlLists | None = None, part: tuple[int, int] = (0, 1)
    ) -> None:
        self.lists = lists or ControlLists(1)
        self.seen = 0
        self.ranks = Ranks(selection.shares, p_values, selection.window if selection.pacing == "burst_tolerant" else 0)
        self.capacities = Capacities(selection, part)
        self._random_rate = selection.budget * selection.random_share
        self._exploration = Exploration(selection.budget * selection.exploration_share)
        self._draw = Draw(selection.seed)
        self._warm_up, self._mature = selection.warm_up_items, selection.mature_items
        self._severity = severity
        lanes = selection.lanes.model_dump()
        self._lanes: dict[str, tuple[str, str]] = {key: (lane, lane) if isinstance(lane, str) else lane for key, lane in lanes.items()}

    @property
    def maturity(self) -> str:
        """cold: nothing is selected by score; warming: selected with a warning; mature."""
        if self.seen < self._warm_up:
            return "cold"
        return "warming" if self.seen < self._mature else "mature"

    def decide(self, candidate: Candidate, now: float) -> Decision:
        """As `decide_all`, of one."""
        return self.decide_all([candidate], now)[0]

    def decide_all(self, candidates: list[Candidate], now: float) -> list[Decision]:
        """Decides on a declaration's items in their order, and counts. `now`: the latest event time seen, seconds since 1970."""
        ranked = self.ranks.best_all([candidate.scores for candidate in candidates], candidates[0].mature)
        return [self._decide(*one, now) for one in zip(candidates, ranked, strict=True)]

    def _decide(self, candidate: Candidate, ranked: Ranked, now: float) -> Decision:
        declaration, item = candidate.declaration, candidate.item
        drawn = self._draw.of(declaration.declaration_id, declaration.version, item.item_number)
        sampled = drawn < self._random_rate
        warm = self.seen >= self._warm_up
        pacer = self.capacities.of(declaration.office, now)
        entry = self.lists.mandatory(declaration, item)
        if entry is not None:
            decision = self._mandatory(ranked, sampled, entry)
        else:
            due = warm and ranked.p <= pacer.threshold
            decision = self._scored(candidate, ranked, drawn, sampled, due)
        pacer.count(decision.reason is not None, warm)
        return decision

    def learn(self, candidate: Candidate) -> None:
        """As `learn_all`, of one."""
        self.learn_all([candidate])

    def learn_all(self, candidates: list[Candidate]) -> None:
        """Take the items' scores and their groups in: what later ones are compared with."""
        self.ranks.learn_all([candidate.scores for candidate in candidates])
        for candidate in candidates:
            self._exploration.learn(candidate.group, candidate.controls)
        self.seen += len(candidates)

    def _mandatory(self, ranked: Ranked, sampled: bool, entry: WatchEntry) -> Decision:
        severity = self._grade(ranked.p)
        return Decision(*ranked, f"mandatory:{entry.kind}", 1.0, sampled, severity, entry.lane, entry.kind, entry.entry_id)

    def _scored(self, candidate: Candidate, ranked: Ranked, drawn: float, sampled: bool, due: bool) -> Decision:
        """`due`: rare enough for what is left of the capacity."""
        head = ranked.head
        typology = candidate.leader if head == "anomaly" else head
        suppression = self.lists.suppressing(candidate.declaration, candidate.item, typology) if due else None
        by_score = due and suppression is None
        # The random sample and exploration go on under a suppression: one that has become wrong would never show otherwise.
        explored = self._random_rate + self._exploration.probability(candidate.group, candidate.controls)
        reason, lanes = None, head
        if sampled:
            reason, lanes, typology = RANDOM, RANDOM, RANDOM_CONTROL
        elif by_score:
            reason = f"score:{head}"
        elif drawn < explored:
            reason, lanes, typology = EXPLORATION, EXPLORATION, EXPLORATION
        severity = self._grade(ranked.p) if reason else None
        lane = self._lanes[lanes][severity in ("high", "critical")] if reason else "green"
        held_back = suppression.entry_id if suppression else None
        return Decision(*ranked, reason, 1.0 if by_score else explored, sampled, severity, lane, typology, None, held_back)

    def _grade(self, p: float) -> str:
        limits = self._severity
        if p <= limits.critical:
            return "critical"
        if p <= limits.high:
            return "high"
        return "medium" if p <= limits.medium else "low"
