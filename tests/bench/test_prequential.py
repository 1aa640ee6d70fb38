"""Labels come in their time, and only those that were asked for."""

import numpy as np

from tests.bench.invented import as_cases, row
from tests.bench.policies import EveryRow
from tests.bench.prequential import Choice, Scored, run

CASES = as_cases(row(0, 0), row(1, 0, Fraud="1", Critical_Fraud="2"), row(2, 5), row(3, 7), row(4, 8), row(5, 31))


class Diary:
    """Scores a row by its number, and writes down what happens."""

    name = "diary"

    def __init__(self) -> None:
        self.pages: list[tuple[str, list[int]]] = []
        self.labels: dict[int, tuple[bool, bool]] = {}

    def score(self, day: int, places: np.ndarray) -> Scored:
        self.pages.append((f"scored on day {day}", places.tolist()))
        return Scored({"non_compliance": places.astype(float)})

    def learn(self, places: np.ndarray, irregular: np.ndarray, critical: np.ndarray) -> None:
        self.pages.append(("learned", places.tolist()))
        self.labels.update(zip(places.tolist(), zip(irregular.tolist(), critical.tolist(), strict=True), strict=True))


class OnlyOddRows:
    def choose(self, day: int, places: np.ndarray, scored: Scored) -> Choice:
        return Choice(places % 2 == 1, np.zeros(len(places), dtype=bool))


def test_a_label_is_learned_a_week_later_and_before_the_rows_of_that_day() -> None:
    diary = Diary()
    run(diary, CASES, EveryRow())
    assert diary.pages == [
        ("scored on day 0", [0, 1]),
        ("scored on day 5", [2]),
        ("learned", [0, 1]),
        ("scored on day 7", [3]),
        ("scored on day 8", [4]),
        ("learned", [2]),
        ("learned", [3]),
        ("learned", [4]),
        ("scored on day 31", [5]),
    ]
    assert diary.labels[0] == (False, False)
    assert diary.labels[1] == (True, True)


def test_what_was_not_selected_is_never_learned() -> None:
    diary = Diary()
    found = run(diary, CASES, OnlyOddRows())
    assert set(diary.labels) == {1, 3}  # the label of row 5 would come after the last day
    assert found.labels == 2
    assert found.selected.tolist() == [False, True, False, True, False, True]
    assert found.heads["non_compliance"].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_cpu_seconds_are_those_of_the_test_period() -> None:
    december = as_cases(row(0, 0), row(1, 1))
    assert run(Diary(), december, EveryRow()).cpu_s == 0.0
    assert run(Diary(), CASES, EveryRow()).scoring_s > 0.0
