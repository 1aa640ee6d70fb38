"""The non-compliance head: P(irregular) of a goods item, learned from control outcomes however late they come."""

from dataclasses import dataclass
from math import log

from stream_app.contracts.assessment import Reason, Step
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.outcome import Outcome
from stream_app.detectors.features import Features
from stream_app.engine.pipeline import NonCompliance, Outcomes
from stream_app.explain.reasons import reason, step
from stream_app.learning.backoff import BackoffRates
from stream_app.learning.decay import DAY, growth
from stream_app.learning.pending import Awaiting, Note, Pending

LEVELS = ("all", "hs2", "hs4", "hs6", "hs6_origin", "hs6_route")
"""Of the back-off, widest first: names of [groups] in the catalogue."""
SMALLEST = 1e-9
TELLING = log(2.0)
"""Difference of log odds from all goods, from which on a group is worth naming."""
MANY = 10.0
"""Controls, from which on a clean group speaks for an item."""
WORTH_NAMING = 0.5
"""Controls, below which a group has all but been forgotten."""


@dataclass(slots=True)
class Risk:
    """P(irregular), and the controls it rests on."""

    probability: float
    controls: float


class NonComplianceHead:
    """Rates by group, and the scored items that wait for their outcome."""

    def __init__(self, settings: NonCompliance, outcomes: Outcomes) -> None:
        self._half_life = settings.half_life_days
        self._late = outcomes.late_days * DAY
        self.mature_outcomes = settings.mature_outcomes
        self.learned = 0
        self.rates = BackoffRates(settings.max_keys, settings.strength, settings.prior)
        self.pending: Pending[Outcome] = Pending(outcomes.keep_days, outcomes.keep_declarations, outcomes.early)

    @property
    def mature(self) -> bool:
        return self.learned >= self.mature_outcomes

    def growth(self, at: float) -> float:
        return growth(at, self._half_life)

    def score(self, keys: tuple[str, ...], weight: float) -> Risk | None:
        """None until the first outcome was learned: no label, no probability."""
        if not self.learned:
            return None
        return Risk(*self.rates.rate(keys, weight))

    def await_outcome(self, declaration: Declaration, keys: dict[int, tuple[str, ...]]) -> list[Note]:
        """Keep the items as scored; learn at once what was found before the declaration came."""
        row = Awaiting(declaration.version, declaration.lodged_epoch, keys, set())
        early = self.pending.keep(declaration.declaration_id, row)
        return [self.learn(outcome) for outcome in early]

    def learn(self, outcome: Outcome) -> Note:
        """Teach every item that the outcome speaks of, once. The first result of an item counts; a correction is `repeated`."""
        row = self.pending.get(outcome.declaration_id)
        if row is None:
            self.pending.hold(outcome.declaration_id, outcome)
            return Note.UNKNOWN_DECLARATION
        numbers = list(row.items) if outcome.item_number is None else [outcome.item_number]
        if any(number not in row.items for number in numbers):
            return Note.UNKNOWN_ITEM
        fresh = [number for number in numbers if number not in row.taught]
        if not fresh:
            return Note.REPEATED
        # Compliant as a whole, every item was; irregular as a whole, one of them was, and nobody said which.
        share = 1.0 / len(fresh) if outcome.irregular else 1.0
        for number in fresh:
            self.rates.learn(row.items[number], outcome.irregular, share * self.growth(outcome.decided_epoch))
            row.taught.add(number)
        self.learned += 1
        return Note.LEARNED_LATE if outcome.decided_epoch - row.lodged_epoch > self._late else Note.LEARNED

    def explain(self, keys: tuple[str, ...], weight: float) -> tuple[list[Reason], list[Reason]]:
        """What speaks against an item (the group of the highest rate, where its odds are twice those of all goods or more) and what speaks for
        it (the group of the lowest rate, where many controls found half the odds or less)."""
        path = self._path(keys, weight)
        if not path:
            return [], []
        ranked = sorted(range(len(path)), key=lambda place: _log_odds(path[place]))
        everything, worst = _log_odds(path[0]), ranked[-1]
        clean = [place for place in ranked if path[place].n >= MANY and _log_odds(path[place]) <= everything - TELLING]
        against = [self._reason("irregular_before", path, worst)] if _log_odds(path[worst]) >= everything + TELLING else []
        return against, [self._reason("regular_before", path, clean[0])] if clean else []

    def _path(self, keys: tuple[str, ...], weight: float) -> list[Step]:
        """From all goods to the narrowest group of which half a control or more is remembered."""
        found = []
        for place, (level, sums) in enumerate(zip(LEVELS, self.rates.table.get(keys), strict=True)):
            if sums is None or (n := sums[0] / weight) < WORTH_NAMING:
                break
            estimate, _ = self.rates.rate(keys[: place + 1], weight)
            found.append(step(level, *(keys[place].split("/") if place else ()), n=n, value=sums[1] / sums[0], estimate=estimate))
        return found

    @staticmethod
    def _reason(code: str, path: list[Step], speaks: int) -> Reason:
        group, everything = path[speaks], path[0]
        impact = abs(_log_odds(group) - _log_odds(everything))
        return reason(code, "share_irregular", actual=group.value, typical=everything.value, path=path, speaks=speaks, impact=impact)


def _log_odds(group: Step) -> float:
    """Of what the group is expected to show, which no prior lets be 0 or 1."""
    rate = min(max(group.estimate or 0.0, SMALLEST), 1.0 - SMALLEST)
    return log(rate / (1.0 - rate))


def rate_keys(x: Features) -> tuple[str, ...]:
    """The back-off groups of an item, widest first."""
    hs6 = x.hs6
    origin, hs4, hs2 = f"{hs6}/{x.item.origin_country}", hs6[:4], hs6[:2]
    rate = x.item.duty_rate_percent
    narrow = f"{origin}/{x.declaration.departure_country}/{'-' if rate is None else f'{rate:g}'}"
    return "*", hs2, hs4, hs6, origin, narrow
