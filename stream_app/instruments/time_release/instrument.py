"""The Time Release Study on the stream: milestones in, times by segment, office, lane, mode, trader class and pre-arrival filing out."""

from collections import Counter
from collections.abc import Iterator, Mapping
from math import floor

from stream_app.contracts.assessment import Assessment
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.indicator import Kind, Subject
from stream_app.contracts.milestone import MILESTONES, Milestone
from stream_app.instruments.base import Event, Note, Plain
from stream_app.instruments.time_release.journeys import HOUR, NAMES, Journey, Segment
from stream_app.instruments.time_release.panes import Key, Panes, Times
from stream_app.instruments.time_release.slowing import Rhythm, Slowdown
from stream_app.instruments.time_release.study import RELEASED, study
from stream_app.learning.decay import DAY
from stream_app.learning.table import BoundedTable
from stream_app.learning.vocabulary import Vocabulary

TOTAL = "total"
TARGETS = {TOTAL: 48.0}
"""Hours to be within, by segment; an administration sets its own."""
Names = Mapping[str, Vocabulary]
DIMENSIONS = {"office": 100, "lane": 8, "mode": 16, "trader_class": 16}
"""How many values of each are told apart; later ones are counted as `other`."""


class TimeRelease:
    """Journeys wait until they are over (gate-out and `settle_hours` of silence, or `keep_days` of silence), so that late and corrected steps
    count; figures hold those that were released and still wait, too. Times are of the day of release, in UTC."""

    def __init__(
        self,
        targets: Mapping[str, float] | None = None,
        keep_days: float = 30.0,
        settle_hours: float = 48.0,
        max_journeys: int = 100_000,
        max_groups: int = 20_000,
        max_rhythms: int = 2_000,
    ) -> None:
        """`max_groups`: times held, a day and a group each."""
        self.targets = dict(TARGETS if targets is None else targets)
        self.counts: Counter[str] = Counter()
        self._keep, self._settle = keep_days * DAY, settle_hours * HOUR
        self._open: BoundedTable[str, Journey] = BoundedTable(max_journeys)
        self._over: BoundedTable[str, Journey] = BoundedTable(max_journeys)
        self._panes = Panes(max_groups)
        self._names = {by: Vocabulary(most) for by, most in DIMENSIONS.items()}
        self._rhythms: BoundedTable[str, Rhythm] = BoundedTable(max_rhythms)
        self._watermark = 0.0
        self._untold: list[Note] = []

    def learn(self, event: Event) -> None:
        """Milestones; of a declaration its mode, of an assessment its lane, where no milestone says so."""
        if isinstance(event, Milestone):
            self._learn_milestone(event)
        elif isinstance(event, Declaration):
            if (journey := self._journey(event.declaration_id)) is not None:
                journey.transport_mode = journey.transport_mode or event.transport_mode
        elif isinstance(event, Assessment) and (journey := self._journey(event.declaration_id)) is not None:
            journey.lane = journey.lane or event.lane

    def _journey(self, declaration_id: str) -> Journey | None:
        return self._open.get(declaration_id) or self._over.get(declaration_id)

    def _learn_milestone(self, event: Milestone) -> None:
        self._watermark = max(self._watermark, event.occurred_epoch)
        self.counts["milestones"] += 1
        number = event.declaration_id
        journey = self._open.pop(number) or self._over.pop(number)
        if event.cancelled:
            self.counts["cancelled"] += 1
            return
        if journey is None:
            journey = Journey()
        elif journey.times[event.step] == event.occurred_epoch:
            self.counts["repeated"] += 1
        if not journey.take(event):
            self.counts["told_again"] += 1
        journey.touched = self._watermark
        self._put(number, journey)
        self._settle_old()

    def _put(self, number: str, journey: Journey) -> None:
        table = self._over if journey.is_complete else self._open
        if len(table) >= table.max_keys and (oldest := table.oldest()):
            self._close(*oldest)  # before its time, and counted as such by the table
        table.put(number, journey)

    def _settle_old(self) -> None:
        for table, silence in ((self._over, self._settle), (self._open, self._keep)):
            while (oldest := table.oldest()) and oldest[1].touched < self._watermark - silence:
                table.pop(oldest[0])
                self._close(*oldest)

    def _close(self, _: str, journey: Journey) -> None:
        released = journey.released
        if released is None:
            self.counts["never_released"] += 1
            return
        self._count(self._panes, self._names, journey, released)
        self._watch(journey, released)

    def _count(self, panes: Panes, names: Names, journey: Journey, released: float) -> None:
        measured = _measured(journey)
        for by, of in _groups(journey, names):
            for what, hours, clamped in measured:
                panes.of(released, Key(by, of, what)).add(hours, clamped, self.targets.get(what))

    def _watch(self, journey: Journey, released: float) -> None:
        """Each segment of the office against its own rhythm, and the total."""
        names, day = self._names["office"], floor(released / DAY)
        office = names.name(names.code(journey.office))
        total = journey.total()
        for segment in [*journey.segments(), *([total] if total else [])]:
            what = TOTAL if segment is total else segment.name
            key = f"{office}/{what}"
            rhythm = self._rhythms.get(key) or Rhythm()
            self._rhythms.put(key, rhythm)
            if (slower := rhythm.add(day, segment.hours)) is not None:
                self._untold.append(self._slow(office, what, segment, slower))

    def _slow(self, office: str, what: str, segment: Segment, found: Slowdown) -> Note:
        way = f"{MILESTONES[NAMES[segment.begin]]} to {MILESTONES[NAMES[segment.end]]}"
        than = f"{found.hours_before:.3g} before: slower than its own rhythm ({found.n} releases)"
        text = f"At office {office}, {way} ({what}) takes {found.hours:.3g} hours, {than}."
        subject = Subject("segment", f"{office}/{what}")
        at = max(self._watermark, found.since)
        return Note(Kind.TIME_RELEASE, "slow_segment", subject, found.hours, found.n, "hours", found.since, at, text, before=found.hours_before)

    def take(self) -> list[Note]:
        taken, self._untold = self._untold, []
        return taken

    def figures(self, begin: float | None = None, end: float | None = None) -> Plain:
        """The study of what was released on the days from `begin` up to `end` (study.py)."""
        waiting, names = Panes(10**9), {by: names.copied() for by, names in self._names.items()}
        for table in (self._open, self._over):
            for journey in table.values():
                if journey.released is not None:
                    self._count(waiting, names, journey, journey.released)
        found = self._panes.between(begin, end)
        for key, times in waiting.between(begin, end).items():
            if key in found:
                found[key].merge(times)
            else:
                found[key] = times
        spans = [span for panes in (self._panes, waiting) if (span := panes.span(begin, end))]
        span = (min(span[0] for span in spans), max(span[1] for span in spans)) if spans else None
        open_now = sum(journey.released is None for journey in self._open.values())
        counts = {name: self.counts[name] for name in ("milestones", "repeated", "told_again", "cancelled", "never_released")}
        return study(found, self.targets, span, {**counts, "not_yet_released": open_now})

    def recent(self, days: int) -> Times:
        """From arrival to release, over the latest days of release; of several partitions, `merge` them."""
        return self._panes.latest(Key("all", "all", TOTAL), days)

    def sizes(self) -> dict[str, tuple[int, int]]:
        return {
            "journeys": (len(self._open) + len(self._over), self._open.forgotten + self._over.forgotten),
            "release_times": (len(self._panes), self._panes.forgotten),
            "release_rhythms": (len(self._rhythms), self._rhythms.forgotten),
        }

    def state(self) -> Plain:
        return {
            "counts": dict(self.counts),
            "watermark": self._watermark,
            "open": [[number, *journey.state()] for number, journey in self._open.items()],
            "over": [[number, *journey.state()] for number, journey in self._over.items()],
            "forgotten": [self._open.forgotten, self._over.forgotten, self._rhythms.forgotten],
            "panes": self._panes.state(),
            "names": {by: names.known() for by, names in self._names.items()},
            "rhythms": [[key, *rhythm.state()] for key, rhythm in self._rhythms.items()],
        }

    def restore(self, state: Plain) -> None:
        self.counts, self._watermark = Counter(state["counts"]), state["watermark"]
        for table, rows in ((self._open, state["open"]), (self._over, state["over"])):
            for number, *journey in rows:
                table.put(number, Journey(*journey))
        self._open.forgotten, self._over.forgotten, self._rhythms.forgotten = state["forgotten"]
        self._panes.restore(state["panes"])
        for by, known in state["names"].items():
            for name in known:
                self._names[by].code(name)
        for key, *rhythm in state["rhythms"]:
            self._rhythms.put(key, Rhythm(*rhythm))


def _groups(journey: Journey, known: Names) -> Iterator[tuple[str, str]]:
    """(by, of) of everything that a journey counts for; names beyond the bound of `known` are `other`."""
    yield "all", "all"
    values = {"office": journey.office, "lane": journey.lane, "mode": journey.transport_mode, "trader_class": journey.trader_class}
    for by, value in values.items():
        if value:
            yield by, known[by].name(known[by].code(value))
    if (early := journey.lodged_before_arrival) is not None:
        yield "pre_arrival", "yes" if early else "no"


def _measured(journey: Journey) -> list[tuple[str, float, bool]]:
    """(what, hours, clamped) of everything that is measured of a released journey."""
    found: list[tuple[str, float, bool]] = [(RELEASED, 0.0, False)]
    found += [(segment.name, segment.hours, segment.clamped) for segment in journey.segments()]
    total = journey.total()
    if total is not None:
        found.append((TOTAL, total.hours, total.clamped))
        shares: dict[str, float] = {}
        for step, hours in journey.contributions():
            found.append((f"way:{NAMES[step]}", hours, False))
            shares[journey.actors[step]] = shares.get(journey.actors[step], 0.0) + hours
        found += [(f"actor:{actor}", hours, False) for actor, hours in sorted(shares.items())]
    return found
