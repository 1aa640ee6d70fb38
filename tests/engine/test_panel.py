"""How detectors vote: by how rare their score is among their own recent ones, each with its weight."""

from math import inf, log, nan, sqrt
from typing import Any

import pytest

from stream_app.contracts.assessment import Reason
from stream_app.detectors.features import Features
from stream_app.engine.panel import MAX_REASONS, Panel
from stream_app.engine.settings.learning import PValues
from tests.support.goods import item_features


class Scripted:
    """A detector that scores what it is told to, and keeps what it saw."""

    keys_held = keys_forgotten = 0
    quiet = 0.0
    warm = True

    def __init__(self, name: str, stage: int = 1) -> None:
        self.name, self.stage = name, stage
        self.score = 0.0
        self.explained = 3
        self.usual: list[float] = []
        self.saw: list[dict[str, float]] = []

    def score_one(self, x: Features) -> float:
        self.saw.append(dict(zip(x.finders, x.surprises.tolist(), strict=True)))
        return self.score

    def learn_one(self, x: Features) -> None:
        pass

    def counter_one(self, x: Features) -> list[Reason]:
        if nan in self.usual:
            raise ZeroDivisionError
        return [Reason(self.name, self.name, "feature", 1.0, None, None, None, "unit", "peers", 1.0, impact) for impact in self.usual]

    def explain_one(self, x: Features) -> list[Reason]:
        return [Reason(self.name, self.name, "feature", 1.0, None, None, None, "unit", "peers", 1.0, 1.0)] * self.explained


def panel(weights: dict[str, float], detectors: dict[str, Any], exponent: float = 2.0) -> Panel:
    """Each detector has scored 1 to 99 before, so that a score s has p = (99 - s + 1 + 1) / 100."""
    found = Panel(detectors, weights, PValues(window=100, exponent=exponent))
    for score in range(1, 100):
        for detector in detectors.values():
            detector.score = float(score)
        found.learn(found.score(item_features()))
    return found


def test_the_smallest_weighted_p_value_leads() -> None:
    """a: (99 - 91 + 2) / 100 = 0.10 at weight 1.5 is 0.0667; b: (99 - 96 + 2) / 100 = 0.05 at weight 0.5 is 0.1.

    Rarity: ((1.5 * ln(10)^2 + 0.5 * ln(20)^2) / 2)^0.5.
    """
    a, b = Scripted("a"), Scripted("b")
    found = panel({"a": 1.5, "b": 0.5}, {"a": a, "b": b})
    a.score, b.score = 91.0, 96.0
    opinion = found.score(item_features())
    assert opinion.p_values == {"a": pytest.approx(0.10), "b": pytest.approx(0.05)}
    assert opinion.leader == "a"
    assert opinion.rarity == pytest.approx(sqrt((1.5 * log(10) ** 2 + 0.5 * log(20) ** 2) / 2))


def test_nothing_unusual_has_no_leader() -> None:
    a = Scripted("a")
    found = panel({"a": 1.0}, {"a": a})
    a.score = 0.0
    opinion = found.score(item_features())
    assert (opinion.rarity, opinion.leader) == (0.0, None)


@pytest.mark.parametrize(("exponent", "first"), [(1.0, "agreed"), (20.0, "sure")])
def test_the_exponent_chooses_between_several_that_agree_and_one_that_is_sure(exponent: float, first: str) -> None:
    """Two at p = 0.05 against one at 0.02: their mean -ln p is 3.0 against 1.96; by the largest it is 3.0 against 3.9."""
    a, b = Scripted("a"), Scripted("b")
    found = panel({"a": 1.0, "b": 1.0}, {"a": a, "b": b}, exponent)
    a.score = b.score = 96.0
    agreed = found.score(item_features()).rarity
    a.score, b.score = 99.0, 0.0
    sure = found.score(item_features()).rarity
    assert ("agreed" if agreed > sure else "sure") == first


def test_the_second_stage_sees_the_first_ones_surprises_whatever_the_order_of_the_file() -> None:
    late, early = Scripted("late", stage=2), Scripted("early")
    found = panel({"late": 1.0, "early": 1.0}, {"late": late, "early": early})
    early.score = 90.0
    found.score(item_features())
    # p = (99 - 90 + 2) / 100 = 0.11; -log10 of it is 0.9586.
    assert late.saw[-1] == {"early": pytest.approx(0.9586, abs=1e-4)}
    assert early.saw[-1] == {}


def test_the_most_unusual_explains_first_and_five_reasons_are_enough() -> None:
    a, b, usual = Scripted("a"), Scripted("b"), Scripted("usual")
    found = panel({"a": 1.0, "b": 1.0, "usual": 1.0}, {"a": a, "b": b, "usual": usual})
    a.score, b.score, usual.score = 95.0, 98.0, 50.0
    reasons = found.explain(found.score(item_features()))
    assert [reason.code for reason in reasons] == ["b", "b", "b", "a", "a"]
    assert len(reasons) == MAX_REASONS


def test_a_detector_of_little_weight_is_heard_behind_one_of_much() -> None:
    """heavy: p 0.12 at weight 1.8 ranks before light: p 0.05 at weight 0.5, but is itself not worth explaining unless it leads."""
    lead, heavy, light = Scripted("lead"), Scripted("heavy"), Scripted("light")
    found = panel({"lead": 0.7, "heavy": 1.8, "light": 0.5}, {"lead": lead, "heavy": heavy, "light": light})
    lead.score, heavy.score, light.score = 99.0, 89.0, 96.0
    assert [reason.code for reason in found.explain(found.score(item_features()))] == ["lead"] * 3 + ["light"] * 2


def test_what_speaks_for_an_item_is_heard_from_every_detector_strongest_first() -> None:
    a, b = Scripted("a"), Scripted("b")
    found = panel({"a": 1.0, "b": 1.0}, {"a": a, "b": b})
    a.usual, b.usual = [1.0], [2.0, 0.5]
    assert [reason.code for reason in found.counter_evidence(found.score(item_features()))] == ["b", "a", "b"]


def test_a_detector_that_cannot_say_what_is_usual_is_a_failure_and_the_others_are_heard() -> None:
    a, b = Scripted("a"), Scripted("b")
    found = panel({"a": 1.0, "b": 1.0}, {"a": a, "b": b})
    a.usual, b.usual = [nan], [2.0]
    opinion = found.score(item_features())
    assert [reason.code for reason in found.counter_evidence(opinion)] == ["b"]
    assert [failure.detector for failure in opinion.failures] == ["a"]


def test_a_whole_that_is_rarer_than_its_parts_is_said_as_a_whole() -> None:
    """p = (99 - 97 + 2) / 100: rarer than 96 % of the 99 items of the window."""
    quiet = Scripted("half_space")
    quiet.explained = 0
    found = panel({"half_space": 1.0}, {"half_space": quiet})
    quiet.score = 97.0
    (reason,) = found.explain(found.score(item_features()))
    assert (reason.code, reason.feature, reason.n_peer) == ("unusual_as_a_whole", "half_space", 99.0)
    assert "96%" in reason.text


@pytest.mark.parametrize("score", [nan, inf, -1.0])
def test_a_score_that_is_no_score_is_a_failure_and_enters_no_window(score: float) -> None:
    a, b = Scripted("a"), Scripted("b")
    found = panel({"a": 1.0, "b": 1.0}, {"a": a, "b": b})
    a.score = score
    opinion = found.score(item_features())
    assert [failure.detector for failure in opinion.failures] == ["a"]
    assert set(opinion.p_values) == {"b"}
    found.learn(opinion)
    a.score = 91.0
    assert found.score(item_features()).p_values["a"] == pytest.approx(0.10)


def test_scoring_is_pure_and_learning_is_not() -> None:
    a = Scripted("a")
    found = panel({"a": 1.0}, {"a": a})
    a.score = 99.5
    first = found.score(item_features()).p_values
    assert found.score(item_features()).p_values == first
    found.learn(found.score(item_features()))
    assert found.score(item_features()).p_values["a"] > first["a"]


def test_scores_that_mean_nothing_yet_do_not_make_the_first_real_one_extreme() -> None:
    a = Scripted("a")
    a.warm = False
    found = Panel({"a": a}, {"a": 1.0}, PValues(window=1_000))
    for _ in range(900):
        found.learn(found.score(item_features()))
    a.warm, a.score = True, 0.3
    assert found.score(item_features()).p_values == {"a": 1.0}, "nothing to compare with, rather than rarer than 900 zeros"
