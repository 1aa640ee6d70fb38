"""A declaration's file as performance measurement sees it: when it was registered and assessed, by whom, its lanes, and what controls found."""

from dataclasses import dataclass, fields
from math import floor
from typing import Any

from stream_app.contracts.declaration import Declaration
from stream_app.contracts.milestone import Milestone
from stream_app.contracts.outcome import Outcome
from stream_app.instruments.findings import UNKNOWN, Found, Lodged, Rates, owed, restored, standing, taken, told
from stream_app.learning.decay import DAY

LODGED, ACCEPTED, CHECKED, INSPECTED, RELEASED = 3, 4, 6, 10, 11


@dataclass(slots=True)
class File:
    """Times in seconds since 1970, duties in accounting currency; None where nothing was said yet."""

    office: str = ""
    officer: str | None = None
    declarant: str | None = None
    lodged: float | None = None
    accepted: float | None = None
    checked: float | None = None
    inspected: float | None = None
    released: float | None = None
    first_lane: str | None = None
    lane: str | None = None
    rerouted: bool = False
    cancelled: bool = False
    duty: float = 0.0
    declared: Lodged = UNKNOWN
    found: Found = ()

    @property
    def registered(self) -> float | None:
        """When customs accepted it; where that is not known, when it was lodged."""
        return self.accepted if self.accepted is not None else self.lodged

    @property
    def assessed(self) -> float | None:
        """When its last check ended; where there was none, when it was released."""
        checks = [at for at in (self.checked, self.inspected) if at is not None]
        return max(checks) if checks else self.released

    @property
    def controlled(self) -> bool:
        return bool(self.found)

    @property
    def irregular(self) -> bool:
        return any(one.irregular for one in standing(self.found, self.declared.items))

    @property
    def lowered(self) -> bool:
        """Whether a control reassessed less duty than was declared."""
        return any(one.difference < 0.0 for one in standing(self.found, self.declared.items))

    @property
    def adjusted(self) -> float:
        """Duty that controls added, in accounting currency."""
        return owed(self.found, self.declared)

    def days(self, offset: float) -> int | None:
        """Calendar days from registration to assessment, at `offset` seconds from UTC; 0: on the day. None: not assessed."""
        registered, assessed = self.registered, self.assessed
        if registered is None or assessed is None:
            return None
        return max(0, floor((assessed + offset) / DAY) - floor((registered + offset) / DAY))

    def take_milestone(self, event: Milestone) -> None:
        self.office = event.office
        if event.cancelled:
            self.cancelled = True
            return
        step, at = event.step, event.occurred_epoch
        if step == LODGED:
            self.lodged = at
        elif step == ACCEPTED:
            self.accepted = at
        elif step == CHECKED:
            self.checked = at
        elif step == INSPECTED:
            self.inspected = at
        elif step == RELEASED:
            self.released = at
        # Whoever checked has assessed it; who accepted or released it counts only where nobody is named for a check.
        if event.officer_ref and (step in (CHECKED, INSPECTED) or (step in (ACCEPTED, RELEASED) and self.officer is None)):
            self.officer = event.officer_ref
        self.take_lane(event.lane)

    def take_lane(self, lane: str | None) -> None:
        if lane is None:
            return
        self.first_lane = self.first_lane or lane
        self.rerouted = self.rerouted or (self.lane == "yellow" and lane == "red")
        self.lane = lane

    def take_declaration(self, event: Declaration) -> None:
        """The first version registers it; duties are those of the latest."""
        self.office, self.declarant = event.office, event.declarant_id
        if self.lodged is None:
            self.lodged = event.lodged_epoch
        self.declared = Lodged(event.currency, event.exchange_rate, len(event.items))
        self.duty = sum((_duty(item.duty_amount, item.customs_value, item.duty_rate_percent) for item in event.items), 0.0) * event.exchange_rate

    def take_outcome(self, event: Outcome, rates: Rates) -> None:
        """A result of a control; an officer's answer to an alert is none."""
        self.found = taken(self.found, event, rates)
        self.officer = self.officer or event.officer_ref

    def state(self) -> list[Any]:
        *plain, _, _ = (getattr(self, field.name) for field in fields(self))
        return [*plain, list(self.declared), told(self.found)]

    @classmethod
    def restored(cls, state: list[Any]) -> "File":
        file = cls(*state)
        file.declared, file.found = Lodged(*file.declared), restored(file.found)
        return file


def _duty(amount: float | None, value: float | None, percent: float | None) -> float:
    if amount is not None:
        return amount
    return value * percent / 100.0 if value is not None and percent is not None else 0.0
