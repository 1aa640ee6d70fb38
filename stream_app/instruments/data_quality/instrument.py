"""Data quality on the stream: who fills which field how well, how late, and how much as usual."""

from collections import Counter
from collections.abc import Iterable
from math import ceil, floor

from stream_app.contracts.declaration import Declaration
from stream_app.contracts.errors import Fault
from stream_app.contracts.indicator import Kind, Subject, window
from stream_app.contracts.outcome import Outcome
from stream_app.instruments.base import Event, Note, Plain
from stream_app.instruments.data_quality.checks import Units, completeness, consistency, heaping
from stream_app.instruments.data_quality.scoring import LATE_DAYS, Counts, findings, merged, parts, score
from stream_app.instruments.data_quality.volume import silent_days, unusual
from stream_app.learning.decay import DAY
from stream_app.learning.quantiles import Quantiles
from stream_app.learning.table import BoundedTable

Pane = Counter[tuple[str, str, str]]
"""Of one submitter and day: (dimension, what, fault|case) -> number."""
WEEK = 7
MOST_FAULTS = 40
"""Kinds of faults told apart in one pane; later ones are `other`."""


class DataQuality:
    """Submitters are declarants, by pseudonym, or whoever the caller says. Of an amended declaration every version counts: each was filled."""

    def __init__(
        self,
        minimum_declarations: int = 30,
        max_submitters: int = 2_000,
        max_panes: int = 100_000,
        max_waiting: int = 100_000,
        keep_days: float = 400.0,
    ) -> None:
        """`minimum_declarations`: below which no score is told; `max_panes`: days of submitters; `max_waiting`: declarations without an outcome."""
        self._minimum, self._keep = minimum_declarations, keep_days
        self._submitters: BoundedTable[str, float] = BoundedTable(max_submitters)
        self._panes: BoundedTable[tuple[str, int], Pane] = BoundedTable(max_panes)
        self._lodged: BoundedTable[str, float] = BoundedTable(max_waiting)
        self._label_days = Quantiles()
        self._labels = 0
        self._units = Units()
        self._watermark = 0.0
        self._week: int | None = None
        self._untold: list[Note] = []
        self.scores: dict[str, float] = {}
        self.latest: Counts = {}
        """Of the week that was told last: scores by submitter, and what everybody's faults and cases add up to."""

    def learn(self, event: Event) -> None:
        """Declarations; of outcomes how long after lodging they came."""
        if isinstance(event, Declaration):
            self.declared(event, event.declarant_id)
        elif isinstance(event, Outcome) and (lodged := self._lodged.pop(event.declaration_id)) is not None:
            self._labels += 1
            self._label_days.add(max(0.0, event.decided_epoch - lodged) / DAY)

    def declared(self, event: Declaration, submitter: str, received: float | None = None) -> None:
        """An accepted declaration. `received`: when it came in, seconds since 1970, where that is known."""
        pane = self._pane(submitter, event.lodged_epoch)
        pane["volume", "", "case"] += 1
        pane["validity", "accepted", "case"] += 1
        for what, filled in completeness(event):
            _count(pane, "completeness", what, not filled)
        for item in event.items:
            for what, holds in consistency(item, self._units):
                _count(pane, "consistency", what, not holds)
            for what, shows in heaping(item):
                _count(pane, "accuracy", what, shows)
        if received is not None:
            _count(pane, "timeliness", "", received - event.lodged_epoch > LATE_DAYS * DAY)
        if event.version == 1:
            self._lodged.put(event.declaration_id, event.lodged_epoch)

    def refused(self, submitter: str, at: float, faults: Iterable[Fault]) -> None:
        """A declaration that its receipt refused, at `at`, seconds since 1970; each kind of fault counts once."""
        pane = self._pane(submitter, at)
        pane["volume", "", "case"] += 1
        pane["validity", "accepted", "case"] += 1
        pane["validity", "accepted", "fault"] += 1
        for name in sorted({f"{_without_places(fault.pointer)} {fault.code}" for fault in faults}):
            key = "refusal", name, "fault"
            pane[key if key in pane or len(pane) < MOST_FAULTS + 30 else ("refusal", "other", "fault")] += 1

    def _pane(self, submitter: str, at: float) -> Pane:
        self._watermark = max(self._watermark, at)
        week = floor(self._watermark / DAY / WEEK)
        if self._week is not None and week > self._week:
            self._tell()
        self._week = week
        if submitter not in self._submitters and len(self._submitters) >= self._submitters.max_keys and (gone := self._submitters.oldest()):
            self._forget(gone[0])
        self._submitters.put(submitter, at)
        key = submitter, floor(at / DAY)
        pane = self._panes.get(key)
        if pane is None:
            pane = Counter()
            while (oldest := self._panes.oldest()) and oldest[0][1] < self._watermark / DAY - self._keep:
                self._panes.pop(oldest[0])
        self._panes.put(key, pane)
        return pane

    def _forget(self, submitter: str) -> None:
        """Its days as far back as any are kept; of older ones, lodged late, the next are to go anyway."""
        last = floor(self._watermark / DAY)
        for day in range(last - ceil(self._keep), last + 1):
            self._panes.pop((submitter, day))

    def _tell(self) -> None:
        """At the first record of a new week, of the week that ended: scores, and what each submitter can do about its own."""
        begin = (self._week or 0) * WEEK * DAY
        end = begin + WEEK * DAY
        found = self.figures(begin, end)
        self.scores = {one["submitter"]: one["score"] for one in found["submitters"] if one["score"] is not None}
        self.latest = _judged(merged([pane for (_, day), pane in self._panes.items() if begin <= day * DAY < end]))
        for one in found["submitters"]:
            if one["score"] is None:
                continue
            worst = one["findings"][0]["text"] if one["findings"] else "Nothing stands out."
            text = f"Data quality of submitter {one['submitter']}: {one['score']:.0f} of 100 for {one['declarations']:,} declarations. {worst}"
            subject = Subject("submitter", one["submitter"])
            self._untold.append(Note(Kind.DATA_QUALITY, "data_quality_score", subject, one["score"], one["declarations"], "points", begin, end, text))

    def figures(self, begin: float | None = None, end: float | None = None) -> Plain:
        """Whole days from that of `begin` up to `end`: {"window", "score", "parts", "fields", "submitters": [...], "labels"}, the worst first."""
        chosen: dict[str, list[Pane]] = {}
        volumes: dict[str, dict[int, int]] = {}
        days = set()
        for (submitter, day), pane in self._panes.items():
            if (end is None or day * DAY < end) and (begin is None or day >= floor(begin / DAY)):
                days.add(day)
                chosen.setdefault(submitter, []).append(pane)
            if end is None or day * DAY < end:
                volumes.setdefault(submitter, {})[day] = pane["volume", "", "case"]
        usual = merged([pane for panes in chosen.values() for pane in panes])
        judged = _judged(usual)
        last = max(days, default=0)
        submitters = [self._submitter(name, panes, judged, volumes[name], last) for name, panes in sorted(chosen.items())]
        submitters.sort(key=lambda one: (one["score"] is None, one["score"], one["submitter"]))
        found = parts(judged, judged)
        return {
            "window": window(min(days) * DAY, (last + 1) * DAY) if days else None,
            "declarations": sum(one["declarations"] for one in submitters),
            "score": _rounded(score(found), 1),
            "parts": {name: _rounded(value) for name, value in found.items()},
            "fields": _lines(judged),
            "refusals": {what: faults for (dimension, what), (faults, _) in usual.items() if dimension == "refusal"},
            "submitters": submitters,
            "labels": self._labels_told(),
        }

    def _submitter(self, name: str, panes: list[Pane], usual: dict[tuple[str, str], tuple[int, int]], days: dict[int, int], last: int) -> Plain:
        everything = merged(panes)
        own, n = _judged(everything), everything.get(("volume", ""), (0, 0))[1]
        enough = n >= self._minimum
        found = parts(own, usual)
        changed = unusual(days, last) if enough else None
        return {
            "submitter": name,
            "declarations": n,
            "score": _rounded(score(found), 1) if enough else None,
            "parts": {part: _rounded(value) for part, value in found.items()} if enough else None,
            "findings": findings(own, usual) if enough else [],
            "refusals": {what: faults for (dimension, what), (faults, _) in everything.items() if dimension == "refusal"},
            "volume": {"last_week": changed[0], "usual_week": round(changed[1], 1)} if changed else None,
            "silent_days": silent_days(days, last) if enough else 0,
        }

    def _labels_told(self) -> Plain:
        median, p90 = self._label_days.quantiles((0.5, 0.9)) or (None, None)
        return {"n": self._labels, "median_days": _rounded(median), "p90_days": _rounded(p90)}

    def take(self) -> list[Note]:
        taken, self._untold = self._untold, []
        return taken

    def sizes(self) -> dict[str, tuple[int, int]]:
        return {
            "quality_submitters": (len(self._submitters), self._submitters.forgotten),
            "quality_panes": (len(self._panes), self._panes.forgotten),
            "quality_waiting": (len(self._lodged), self._lodged.forgotten),
            "quality_units": self._units.size,
        }

    def state(self) -> Plain:
        return {
            "submitters": [[name, at] for name, at in self._submitters.items()],
            "panes": [[*key, [[*what, n] for what, n in pane.items()]] for key, pane in self._panes.items()],
            "lodged": [[name, at] for name, at in self._lodged.items()],
            "forgotten": [self._submitters.forgotten, self._panes.forgotten, self._lodged.forgotten],
            "units": self._units.state(),
            "labels": [self._labels, self._label_days.state()],
            "watermark": self._watermark,
            "week": self._week,
            "scores": self.scores,
            "latest": [[*key, *counts] for key, counts in self.latest.items()],
        }

    def restore(self, state: Plain) -> None:
        for name, at in state["submitters"]:
            self._submitters.put(name, at)
        for name, day, rows in state["panes"]:
            self._panes.put((name, day), Counter({(dimension, what, kind): n for dimension, what, kind, n in rows}))
        for name, at in state["lodged"]:
            self._lodged.put(name, at)
        self._submitters.forgotten, self._panes.forgotten, self._lodged.forgotten = state["forgotten"]
        self._units.restore(state["units"])
        self._labels, self._label_days = state["labels"][0], Quantiles.restored(state["labels"][1])
        self._watermark, self._week = state["watermark"], state["week"]
        self.scores = dict(state["scores"])
        self.latest = {(dimension, what): (faults, cases) for dimension, what, faults, cases in state["latest"]}


def _count(pane: Pane, dimension: str, what: str, fault: bool) -> None:
    pane[dimension, what, "case"] += 1
    if fault:
        pane[dimension, what, "fault"] += 1


def _judged(counts: dict[tuple[str, str], tuple[int, int]]) -> dict[tuple[str, str], tuple[int, int]]:
    return {key: pair for key, pair in counts.items() if key[0] not in ("volume", "refusal")}


def _lines(counts: dict[tuple[str, str], tuple[int, int]]) -> list[Plain]:
    return [
        {"dimension": dimension, "what": what, "share": round(faults / cases, 6), "n": cases} for (dimension, what), (faults, cases) in counts.items()
    ]


def _without_places(pointer: str) -> str:
    return "/".join(part for part in pointer.split("/") if not part.isdigit()) or "/"


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)
