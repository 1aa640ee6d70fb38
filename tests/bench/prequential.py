"""Day by day: labels that have come in are learned, the day's rows scored, some of them selected for a control whose result comes days later."""

from collections import deque
from dataclasses import dataclass, field
from time import process_time
from typing import Protocol

import numpy as np

from tests.bench.cases import LABEL_DELAY_DAYS, Bools, Cases, Floats, Places


@dataclass
class Scored:
    """Scores of one day's rows by head; larger is riskier. `selected`: what a contender with a selector of its own would control, and `drawn` what
    of it belongs to its control sample."""

    heads: dict[str, Floats]
    selected: Bools | None = None
    drawn: Bools | None = None


class Contender(Protocol):
    """Somebody who scores rows before their label is known. It holds no labels but those it was taught."""

    name: str

    def score(self, day: int, places: Places) -> Scored: ...

    def learn(self, places: Places, irregular: Bools, critical: Bools) -> None: ...


@dataclass
class Choice:
    """Masks over one day's rows. `random`: controlled whatever their score."""

    selected: Bools
    random: Bools


class Policy(Protocol):
    def choose(self, day: int, places: Places, scored: Scored) -> Choice: ...


@dataclass
class Run:
    """What a contender made of all rows: arrays of shape (n,), scores nan where there were none. CPU seconds of all threads, in the test period."""

    name: str
    heads: dict[str, Floats]
    selected: Bools
    random: Bools
    learning_s: float = 0.0
    scoring_s: float = 0.0
    labels: int = field(default=0)

    @property
    def cpu_s(self) -> float:
        return self.learning_s + self.scoring_s


def run(contender: Contender, cases: Cases, policy: Policy, delay_days: int = LABEL_DELAY_DAYS) -> Run:
    """Take a contender through all cases. Labels of a day come before its rows, as outcomes go before declarations in replay."""
    result = Run(contender.name, {}, np.zeros(len(cases), dtype=bool), np.zeros(len(cases), dtype=bool))
    waiting: deque[tuple[int, Places]] = deque()
    for day, places in cases.days():
        started = process_time()
        while waiting and waiting[0][0] <= day:
            _, known = waiting.popleft()
            contender.learn(known, cases.irregular[known], cases.critical[known])
            result.labels += len(known)
        learned = process_time()
        scored = contender.score(day, places)
        ended = process_time()
        if cases.test[places[0]]:
            result.learning_s += learned - started
            result.scoring_s += ended - learned
        for head, values in scored.heads.items():
            result.heads.setdefault(head, np.full(len(cases), np.nan))[places] = values
        choice = policy.choose(day, places, scored)
        result.selected[places], result.random[places] = choice.selected, choice.random
        waiting.append((day + delay_days, places[choice.selected]))
    return result
