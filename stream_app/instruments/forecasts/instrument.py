"""Forecasts on the stream: volume and revenue by office and HS chapter, volume by lane, a day at a time."""

from collections import Counter
from collections.abc import Iterable
from math import floor
from typing import NamedTuple

from stream_app.contracts.assessment import Assessment
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.indicator import Interval, Kind, Subject, moment, window
from stream_app.contracts.milestone import Milestone
from stream_app.contracts.outcome import Outcome
from stream_app.instruments.base import Event, Note, Plain
from stream_app.instruments.forecasts.planning import Yields, capacities
from stream_app.instruments.forecasts.series import Expected, Series
from stream_app.learning.decay import DAY
from stream_app.learning.table import BoundedTable

ACCEPTED = 4
VOLUME, REVENUE = "volume", "revenue"
LONGEST_GAP = 60
"""Days without any record that are taken for days without trade; after a longer gap every series starts anew."""
SHOWN_DAYS = 120
"""Of the past, in figures."""
PLAN_DAYS = 28
IDLE_DAYS = 28
WIDEST = ("all", "lane", "office", "chapter")
"""Whose series matter first."""


class Key(NamedTuple):
    """`measure` volume or revenue; `by` all, office, chapter or lane."""

    measure: str
    by: str
    of: str


class Forecasts:
    """Volume counts declarations (of a chapter goods items), revenue their duty in accounting currency. First versions; days end at midnight,
    `utc_offset_hours` from UTC. What comes after its day has ended is counted as late and left out."""

    def __init__(
        self, horizon_days: int = 28, confidence: float = 0.9, max_series: int = 400, max_waiting: int = 100_000, utc_offset_hours: float = 0.0
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._horizon, self._confidence = horizon_days, confidence
        self._offset = utc_offset_hours * 3_600.0
        self._series: BoundedTable[Key, Series] = BoundedTable(max_series)
        self._traded: dict[Key, int] = {}
        """The last day with a record, of each."""
        self._first: int | None = None
        self._day: int | None = None
        self._today: Counter[Key] = Counter()
        self._lanes: BoundedTable[str, str] = BoundedTable(max_waiting)
        self._yields = Yields(max_waiting)
        self._untold: list[Note] = []

    def learn(self, event: Event) -> None:
        """Declarations; lanes of milestones or assessments, the first that says one; what controls found owing."""
        if isinstance(event, Declaration):
            self._yields.declared(event)
            if event.version == 1 and self._is_today(event.lodged_epoch):
                self._count(event)
        elif isinstance(event, Milestone):
            if event.lane and event.step == ACCEPTED:
                self._count_lane(event.declaration_id, event.lane, event.occurred_epoch)
        elif isinstance(event, Assessment):
            self._count_lane(event.declaration_id, event.lane, None)
        elif isinstance(event, Outcome) and event.alert_id is None:
            self._yields.outcome(event)

    def _count(self, event: Declaration) -> None:
        today, duties = self._today, 0.0
        for item in event.items:
            duty = (item.duty_amount or 0.0) * event.exchange_rate
            duties += duty
            chapter = item.hs_code[:2]
            today[Key(VOLUME, "chapter", chapter)] += 1
            today[Key(REVENUE, "chapter", chapter)] += duty  # type: ignore[assignment]  # a Counter adds up floats as well
        for by, of in (("all", "all"), ("office", event.office)):
            today[Key(VOLUME, by, of)] += 1
            today[Key(REVENUE, by, of)] += duties  # type: ignore[assignment]

    def _count_lane(self, declaration_id: str, lane: str, at: float | None) -> None:
        if declaration_id in self._lanes or (at is not None and not self._is_today(at)) or self._day is None:
            return
        self._lanes.put(declaration_id, lane)
        self._today[Key(VOLUME, "lane", lane)] += 1

    def _is_today(self, at: float) -> bool:
        """Moves to the day of `at`, in seconds since 1970; False where that day is over."""
        day = floor((at + self._offset) / DAY)
        if self._day is None:
            self._first = self._day = day
        if day < self._day:
            self.counts["late"] += 1
            return False
        if day - self._day > LONGEST_GAP:
            self.counts["started_anew"] += 1
            self._series, self._first, self._day = BoundedTable(self._series.max_keys), day, day
            self._today.clear()
            self._traded.clear()
        while self._day < day:
            self._end_day(self._day)
            self._day += 1
        return True

    def _end_day(self, day: int) -> None:
        if day == self._first:
            # Whoever begins to listen hears the rest of a day: no figure to learn from.
            self._today.clear()
            return
        self._admit((key for key in self._today if key not in self._series), day)
        self._traded.update((key, day) for key in self._today if key in self._series)
        begin = day * DAY - self._offset
        for key, series in self._series.items():
            value = float(self._today[key])
            expected = series.learn(value)
            if expected is not None and expected.lower is not None and expected.upper is not None and not expected.lower <= value <= expected.upper:
                self._untold.append(self._outside(key, value, expected, begin))
        self._today.clear()

    def _admit(self, fresh: Iterable[Key], day: int) -> None:
        """New series, the widest first. Where there is room for no more they take the place of those without trade for IDLE_DAYS; what has trade
        stays, and who is turned away is counted, a day each."""
        for key in sorted(fresh, key=lambda key: (WIDEST.index(key.by), key)):
            if len(self._series) >= self._series.max_keys:
                idle = next((known for known, last in self._traded.items() if last <= day - IDLE_DAYS), None)
                if idle is None:
                    self.counts["turned_away"] += 1
                    continue
                self._series.pop(idle)
                self._traded.pop(idle)
                self._series.forgotten += 1
            self._series.put(key, Series(self._confidence))
            self._traded[key] = day

    def _outside(self, key: Key, value: float, expected: Expected, begin: float) -> Note:
        low, high = expected.lower or 0.0, expected.upper or 0.0
        what = f"{key.measure} of {'all trade' if key.by == 'all' else f'{key.by} {key.of}'}"
        text = f"The {what} on {moment(begin + self._offset)[:10]} is {value:,.0f}; {low:,.0f} to {high:,.0f} was expected the day before."
        unit = "accounting currency a day" if key.measure == REVENUE else "goods items a day" if key.by == "chapter" else "declarations a day"
        subject = Subject(key.by, key.of)
        interval = Interval(round(low, 6), round(high, 6), self._confidence)
        name = f"{key.measure}_outside_forecast"
        return Note(Kind.FORECAST, name, subject, value, 1, unit, begin, begin + DAY, text, before=expected.value, interval=interval)

    def quality(self) -> Plain:
        """{"series", "tested", "mase", "mase_seasonal_naive", "coverage", "intervals"} over all series; None where nothing is known."""
        return _summary([series.quality() for series in self._series.values() if series.days])

    def next_day(self, measure: str) -> float | None:
        """Of all trade, `measure` volume or revenue: the day after the latest full one. None before three weeks are known."""
        series = self._series.get(Key(measure, "all", "all"))
        told = series.forecast(1) if series else []
        return told[0].value if told else None

    def figures(self, begin: float | None = None, end: float | None = None) -> Plain:
        """Every series as of the latest full day, which is never before `end`'s question: {"window", "confidence", "quality", "series": [...],
        "workload": [...], "revenue_at_risk"}. The day that is not over yet is in none of them."""
        lines = [self._line(key, series) for key, series in sorted(self._series.items()) if series.days]
        last = self._day
        return {
            "window": window(self._first * DAY - self._offset, last * DAY - self._offset) if self._first is not None and last is not None else None,
            "horizon_days": self._horizon,
            "confidence": self._confidence,
            "quality": _summary(lines),
            "series": lines,
            "workload": self._workload(),
            "revenue_at_risk": self._at_risk(),
            "counts": dict(sorted(self.counts.items())),
        }

    def _line(self, key: Key, series: Series) -> Plain:
        past = list(series.values)[-SHOWN_DAYS:]
        day = self._day or 0
        return {
            **key._asdict(),
            **series.quality(),
            "past": [{"day": _named(day - len(past) + place), "value": round(value, 2)} for place, value in enumerate(past)],
            "forecast": [
                {"day": _named(day + place), "value": round(one.value, 2), "lower": _rounded(one.lower), "upper": _rounded(one.upper)}
                for place, one in enumerate(series.forecast(self._horizon))
            ],
        }

    def _workload(self) -> list[Plain]:
        """Declarations a day by lane, over the next PLAN_DAYS: the mean, and the fullest day."""
        found = []
        for key, series in sorted(self._series.items()):
            if key.by == "lane" and (told := [one.value for one in series.forecast(PLAN_DAYS)]):
                found.append({"lane": key.of, "mean_a_day": round(sum(told) / len(told), 2), "fullest_day": round(max(told), 2)})
        return found

    def _at_risk(self) -> Plain:
        series = self._series.get(Key(VOLUME, "all", "all"))
        volume = sum(one.value for one in series.forecast(PLAN_DAYS)) if series else 0.0
        yields = self._yields
        return {
            "days": PLAN_DAYS,
            "declarations": round(volume, 1),
            "a_random_control": yields.random.told(self._confidence),
            "a_targeted_control": yields.targeted.told(self._confidence),
            "at_risk": round(volume * yields.random.mean, 2) if yields.random.n else None,
            "capacities": capacities(volume, yields.random, yields.targeted) if yields.random.n else [],
        }

    def take(self) -> list[Note]:
        taken, self._untold = self._untold, []
        return taken

    def sizes(self) -> dict[str, tuple[int, int]]:
        found = {"forecast_series": (len(self._series), self._series.forgotten), "forecast_lanes": (len(self._lanes), self._lanes.forgotten)}
        return found | self._yields.sizes()

    def state(self) -> Plain:
        """Series as their values: `restore` teaches them again, which gives the same models while the history is no longer than series.HISTORY."""
        return {
            "series": [[*key, self._traded[key], list(series.values)] for key, series in self._series.items()],
            "today": [[*key, value] for key, value in self._today.items()],
            "lanes": [[name, lane] for name, lane in self._lanes.items()],
            "days": [self._first, self._day],
            "yields": self._yields.state(),
            "counts": dict(self.counts),
            "forgotten": [self._series.forgotten, self._lanes.forgotten],
        }

    def restore(self, state: Plain) -> None:
        for measure, by, of, traded, values in state["series"]:
            series = Series(self._confidence)
            for value in values:
                series.learn(value)
            self._series.put(Key(measure, by, of), series)
            self._traded[Key(measure, by, of)] = traded
        self._today = Counter({Key(measure, by, of): value for measure, by, of, value in state["today"]})
        for name, lane in state["lanes"]:
            self._lanes.put(name, lane)
        self._first, self._day = state["days"]
        self._yields.restore(state["yields"])
        self.counts = Counter(state["counts"])
        self._series.forgotten, self._lanes.forgotten = state["forgotten"]


def _summary(lines: list[Plain]) -> Plain:
    """Over series with a test: each weighs as its tests do."""
    tested = [line for line in lines if line["mase"] is not None]
    n = sum(line["tested"] for line in tested)
    intervals = sum(line["intervals"] for line in lines)
    covered = sum(line["coverage"] * line["intervals"] for line in lines if line["coverage"] is not None)
    return {
        "series": len(tested),
        "tested": n,
        "mase": round(sum(line["mase"] * line["tested"] for line in tested) / n, 4) if n else None,
        "mase_seasonal_naive": round(sum(line["mase_seasonal_naive"] * line["tested"] for line in tested) / n, 4) if n else None,
        "coverage": round(covered / intervals, 4) if intervals else None,
        "intervals": intervals,
    }


def _named(day: int) -> str:
    return moment(day * DAY)[:10]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
