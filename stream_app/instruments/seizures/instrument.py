"""Seizures as they come in: cases by commodity group, route and method, and the risk that they raise."""

from collections import Counter
from collections.abc import Iterable
from math import exp
from typing import Any

from stream_app.contracts.indicator import Kind, Subject, moment, window
from stream_app.contracts.outcome import Outcome
from stream_app.contracts.seizure import Seizure
from stream_app.instruments.base import Event, Note, Plain
from stream_app.instruments.seizures.risk import LEVELS, SeizureRisk
from stream_app.learning.table import BoundedTable

MOST_ROUTES = 50


class Seizures:
    """Cases by their number: a case told again replaces what was told before, a cancelled one is taken back."""

    def __init__(self, half_life_days: float = 180.0, max_cases: int = 50_000, max_groups: int = 50_000) -> None:
        self.risk = SeizureRisk(half_life_days, max_groups)
        self.own: Counter[str] = Counter()
        """Own outcomes with a seizure, by commodity group; of an item the one that was decided last."""
        self._own: BoundedTable[str, tuple[float, str | None]] = BoundedTable(max_cases)
        self._cases: BoundedTable[str, Seizure] = BoundedTable(max_cases)
        self._watermark = 0.0
        self._untold: list[Note] = []

    def learn(self, event: Event) -> None:
        """Seizure records; of outcomes those with a seizure."""
        if isinstance(event, Seizure):
            self._learn_case(event)
        elif isinstance(event, Outcome) and event.alert_id is None:
            self._learn_own(event)

    def _learn_own(self, event: Outcome) -> None:
        """One that comes again changes nothing; a later one of the same item takes its place, also where nothing was seized after all. That there was
        nothing is remembered of what was told before: a correction that comes ahead of its seizure is lost."""
        name, group = f"{event.declaration_id}/{event.item_number or ''}", event.seizure.commodity_group if event.seizure else None
        decided, before = self._own.get(name) or (0.0, None)
        if event.decided_epoch < decided or (before is None and group is None):
            return
        self._own.put(name, (event.decided_epoch, group))
        if before is not None:
            self.own[before] -= 1
        if group is not None:
            self.own[group] += 1
        self.own = +self.own

    def _learn_case(self, case: Seizure) -> None:
        self._watermark = max(self._watermark, case.seized_epoch)
        if (known := self._cases.get(case.case_id)) is not None:
            self.risk.add(known, -1)
            self._cases.pop(case.case_id)
        if case.cancelled:
            if known is not None:
                self.risk.renew(known, self._cases.values())
            return
        self.risk.add(case)
        self._cases.put(case.case_id, case)
        if known is None and (told := self.note(case)) is not None:
            self._untold.append(told)

    def note(self, case: Seizure) -> Note | None:
        """The risk of the case's route as it stands; None for one that is cancelled, or whose route is not known."""
        raised = self.risk.raised(case.chapter, case.origin_country, case.departure_country, case.conveyance, case.seized_epoch)
        if case.cancelled or raised is None or raised.level not in LEVELS[1:]:
            return None
        # The lane of the risk, never the case: its number stays with whoever sent it.
        chapter, *route = raised.key
        goods = f"HS {chapter} ({' '.join(route)})"
        text = f"Seizures of {goods}: {raised.cases}, which count for {raised.decayed:.1f} by then; the latest is {case.commodity_group}."
        subject = Subject("route", "/".join(raised.key))
        at = case.seized_epoch
        return Note(Kind.SEIZURES, "seizure_risk", subject, raised.decayed, raised.cases, "decayed cases", at, at, text)

    def take(self) -> list[Note]:
        taken, self._untold = self._untold, []
        return taken

    def figures(self, begin: float | None = None, end: float | None = None) -> Plain:
        """Cases seized in [begin, end): numbers by commodity group, conveyance, concealment and method; routes by the risk that they bear at
        the last event, the highest first."""
        cases = [case for case in self._cases.values() if (begin is None or case.seized_epoch >= begin) and (end is None or case.seized_epoch < end)]
        times = [case.seized_epoch for case in cases]
        return {
            "window": window(min(times), max(times)) if times else None,
            "cases": len(cases),
            "commodity_groups": _shares(case.commodity_group for case in cases),
            "chapters": _shares(case.chapter for case in cases),
            "conveyances": _shares(case.conveyance for case in cases),
            "concealment": _shares(case.concealment for case in cases),
            "detection_methods": _shares(case.detection_method for case in cases),
            "routes": self._routes(cases),
            "own_outcomes": dict(sorted(self.own.items())),
        }

    def _routes(self, cases: list[Seizure]) -> list[Plain]:
        by_route = Counter((case.chapter, case.origin_country, case.departure_country, case.conveyance) for case in cases)
        found: list[Plain] = []
        for route, n in by_route.items():
            raised = self.risk.raised(*route, self._watermark)
            if raised is not None:
                names = dict(zip(("hs_chapter", "origin_country", "departure_country", "conveyance"), route, strict=True))
                risk = {"odds_irregular": _times(raised.irregular), "odds_critical": _times(raised.critical)}
                found.append({**names, "cases": n, "decayed_cases": round(raised.decayed, 3), **risk, "latest": moment(raised.latest)})
        return sorted(found, key=lambda route: (-route["odds_irregular"], str(sorted(route.items(), key=str))))[:MOST_ROUTES]

    def sizes(self) -> dict[str, tuple[int, int]]:
        return {
            "seizures": (len(self._cases), self._cases.forgotten),
            "seizure_groups": (len(self.risk), self.risk.forgotten),
            "own_seizures": (len(self._own), self._own.forgotten),
        }

    def state(self) -> Plain:
        rows = [[getattr(case, name) for name in Seizure.__slots__] for case in self._cases.values()]
        return {"cases": rows, "forgotten": self._cases.forgotten, "risk": self.risk.state(), "own": self._own_told(), "watermark": self._watermark}

    def _own_told(self) -> Plain:
        return {"groups": dict(self.own), "outcomes": [[name, *one] for name, one in self._own.items()], "forgotten": self._own.forgotten}

    def restore(self, state: Plain) -> None:
        for row in state["cases"]:
            case = Seizure(**{name: _restored(value) for name, value in zip(Seizure.__slots__, row, strict=True)})
            self._cases.put(case.case_id, case)
        self._cases.forgotten, self._watermark = state["forgotten"], state["watermark"]
        self.risk.restore(state["risk"])
        self.own = Counter(state["own"]["groups"])
        for name, decided, group in state["own"]["outcomes"]:
            self._own.put(name, (decided, group))
        self._own.forgotten = state["own"]["forgotten"]


def _restored(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _shares(values: Iterable[str | None]) -> dict[str, int]:
    """Cases by value, the most frequent first; `unknown` for those that do not say."""
    counted = Counter(value or "unknown" for value in values)
    return dict(sorted(counted.items(), key=lambda entry: (-entry[1], entry[0])))


def _times(log_odds: float) -> float:
    return round(exp(log_odds), 3)
