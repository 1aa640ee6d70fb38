"""One partition's view of its own work: feedback, drift and silence, and the indicators that tell of them."""

from collections import deque
from collections.abc import Iterable
from math import floor

from stream_app.contracts.assessment import Alert
from stream_app.contracts.indicator import Indicator
from stream_app.contracts.outcome import Outcome
from stream_app.engine.monitoring.figures import Figures, favour, rates
from stream_app.engine.monitoring.groups import Groups
from stream_app.engine.monitoring.notes import Notes, Scored
from stream_app.engine.monitoring.policy import was_selected
from stream_app.engine.monitoring.telling import Teller
from stream_app.engine.monitoring.waiting import Control, Waiting
from stream_app.engine.monitoring.watch import Watch
from stream_app.engine.pipeline import Pipeline
from stream_app.instruments.base import Note, indicator
from stream_app.learning.plain import PART
from stream_app.learning.rhythm import HOUR, NO_NEWS, Rhythm
from stream_app.learning.scored import ScoredItem

MOST_UNTOLD = 10_000
"""Indicators that may wait to be taken; the oldest go where nobody takes them."""


class Monitor:
    """The engine tells it what it scored and what was found; `take` hands over what there is to publish."""

    KEEPS = {
        **dict.fromkeys(("groups", "waiting", "figures", "watch", "rhythm", "_notes"), PART),
        "_due": float,
        "_submitter_name": str,
        "_submitter": int,
        "_worse": list[str],
        "_favour": dict[str, float],
        "_untold": list[Indicator],
    }

    def __init__(self, pipeline: Pipeline, detectors: tuple[str, ...], mode: str, partition: int | None) -> None:
        settings = pipeline.feedback
        self.groups = Groups(settings.max_offices, pipeline.silence.max_submitters)
        self.waiting = Waiting(settings)
        self.figures = Figures(settings.half_life_days, self.groups)
        self.watch = Watch(pipeline.drift, detectors, self.groups)
        self.rhythm = Rhythm(pipeline.silence.max_submitters, pipeline.silence.improbable, pipeline.silence.weeks)
        self._notes = Notes(detectors, self.groups)
        self._batch = pipeline.drift.batch_items
        self._teller = Teller(self.groups, settings.confidence, pipeline.version(), mode, partition)
        self._period = pipeline.indicators.every_hours * HOUR
        self._due = 0.0
        self._submitter_name, self._submitter = "", 0
        self._worse: list[str] = []
        self._favour: dict[str, float] = {}
        self._moves_thresholds = settings.moves_thresholds
        self._untold: deque[Indicator] = deque(maxlen=MOST_UNTOLD)

    def taken_in(self) -> None:
        """Raises ValueError for a submitter that nobody named."""
        if not 0 <= self._submitter <= len(self.groups.submitter):
            raise ValueError("the latest submitter has no name")

    def heard(self, submitter: str, at: float) -> None:
        """A record came in from `submitter` (a CloudEvents source) at the stream's time `at`; the next `scored` is about it."""
        if submitter != self._submitter_name:
            self._submitter_name, self._submitter = submitter, self.groups.submitter.code(submitter)
        heard = self.rhythm.hear(submitter, at)
        if heard is NO_NEWS:
            return
        self._untold += [self._teller.silence(silence, at) for silence in heard.silences]
        if heard.silent_hours:
            self._untold.append(self._teller.back(submitter, heard.silent_hours, at))

    def scored(self, scored: Scored, alert: Alert | None, now: float) -> None:
        """Keep a declaration as assessed. `now`: the latest event time."""
        if now >= self._due:
            self._tell_figures(now)
        declaration = scored.declaration
        known = self.of_earlier_version(declaration.declaration_id, now) if scored.amended else None
        self._notes.add(scored, known, self._submitter)
        self.waiting.reserve(declaration.declaration_id, len(scored.items))
        if alert is not None:
            self.waiting.alerted(alert.alert_id, declaration.declaration_id, alert.item_number, alert.items_alerted)
        if len(self._notes) >= self._batch:
            self._look(now)

    def of_earlier_version(self, declaration_id: str, now: float) -> dict[int, ScoredItem]:
        """What is kept of a declaration that is being amended, by item number."""
        self._bring_in(declaration_id, now)
        return self.waiting.of_earlier_version(declaration_id)

    def propensities(self, declaration_id: str, decided: dict[int, float], now: float) -> list[float]:
        """Of an amendment's items, those under which they were selected: `decided`, by item number, unless an earlier version selected the item."""
        earlier = self.of_earlier_version(declaration_id, now)
        selected = {number: item.propensity for number, item in earlier.items() if was_selected(item)}
        return [selected.get(number) or propensity for number, propensity in decided.items()]

    def _bring_in(self, declaration_id: str, now: float) -> None:
        """What waits to be looked at is looked at now, if this declaration is in it."""
        if self.waiting.is_pending(declaration_id):
            self._look(now)

    def _look(self, now: float) -> None:
        batch = self._notes.take()
        self.waiting.add(batch)
        self.figures.scored(batch, now)
        moved = self.watch.scored(batch, now)
        self._untold += [self._teller.alert_rate(change, now) for change in moved.rates]
        self._untold += [self._teller.distribution(shift, self.watch.subject(shift), now) for shift in moved.shifts]

    def outcome(self, outcome: Outcome, now: float) -> bool:
        """Whether this control result is counted: it is the first of its item."""
        self._bring_in(outcome.declaration_id, now)
        return self._count(self.waiting.meet(outcome), now)

    def answer(self, outcome: Outcome, numbers: list[int], now: float) -> bool:
        """As `outcome`, of an officer's answer to an alert, about these items."""
        self._bring_in(outcome.declaration_id, now)
        return self._count(self.waiting.meet_answer(outcome, numbers), now)

    def leader(self, declaration_id: str, now: float) -> int | None:
        """The number of the item that led when the declaration was scored."""
        self._bring_in(declaration_id, now)
        return self.waiting.leader(declaration_id)

    def tell(self, notes: Iterable[Note]) -> None:
        """What instruments beside the engine have to say, in the name of this partition."""
        teller = self._teller
        self._untold += [indicator(note, teller.partition, teller.model, teller.mode) for note in notes]

    def take_favour(self) -> dict[str, float]:
        """Factors on heads' shares of the top-up (see figures.favour), once after each period; then and otherwise empty."""
        taken, self._favour = self._favour, {}
        return taken

    def take_worse(self) -> list[str]:
        """Heads that began to fit outcomes worse since this was last asked."""
        taken, self._worse = self._worse, []
        return taken

    def take(self) -> list[Indicator]:
        """What there is to publish, in the order in which it became known; it is handed over once."""
        taken = [*self._untold]
        self._untold.clear()
        return taken

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Bounded tables: rows held, rows forgotten so far."""
        waiting = self.waiting
        return {
            "awaiting_feedback": (len(waiting.scored), waiting.scored.forgotten),
            "patterns_seen": (len(waiting.patterns.table), waiting.patterns.table.forgotten),
            "traders_seen": (len(waiting.traders.table), waiting.traders.table.forgotten),
            "feedback_groups": (len(self.groups), self.groups.others),
            "submitters": (len(self.rhythm), self.rhythm.forgotten),
        }

    def _count(self, control: Control | None, now: float) -> bool:
        if now >= self._due:
            self._tell_figures(now)
        if control is None:
            return False
        self.figures.count(control)
        changes = self.watch.outcome(control)
        self._untold += [self._teller.log_loss(change, now) for change in changes]
        self._worse += [change.name for change in changes if change.after > change.before]
        return True

    def _tell_figures(self, now: float) -> None:
        """At the first record of a new period: the figures that changed in the one that ended."""
        at, self._due = self._due, (floor(now / self._period) + 1) * self._period
        if not at:
            return
        figures, teller = self.figures, self._teller
        begin = at if figures.begun is None else min(figures.begun, at)
        found = rates(figures.tallies, figures.design, teller.confidence)
        self._untold += [teller.figure(key, rate, begin, at) for key, rate in found.items() if key in figures.changed]
        losses = {head: watch.present(head) for head, watch in self.watch.losses.items()} if figures.changed else {}
        self._untold += [teller.head_health(head, loss, n, begin, at) for head, (loss, n) in losses.items() if n]
        if self._moves_thresholds and figures.changed:
            self._favour = favour(figures.tallies)
        figures.changed.clear()
