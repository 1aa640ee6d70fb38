"""The score scale and the selection under a budget, by hand."""

import random
from math import exp

import pytest

from stream_app.engine.alerts import score_of
from stream_app.engine.pipeline import PValues, Selection, Severity
from stream_app.engine.selection import Selector


@pytest.mark.parametrize(("p", "score"), [(1.0, 0.0), (0.1, 25.0), (0.01, 50.0), (0.001, 75.0), (1e-4, 100.0), (1e-30, 100.0), (0.0, 100.0)])
def test_every_twentyfive_points_are_ten_times_rarer(p: float, score: float) -> None:
    assert score_of(p) == pytest.approx(score)


def selector(**selection: float) -> Selector:
    return Selector(Selection(**({"warm_up_items": 1} | selection)), Severity(), PValues(window=2_000))


def warmed(**selection: float) -> Selector:
    """Rarities 1 to 1,000, probabilities 0.0001 to 0.1."""
    found = selector(**selection)
    for number in range(1, 1_001):
        found.learn(float(number), number / 10_000)
    return found


def test_the_share_selected_is_the_budget() -> None:
    """The rarest twenty of 1,000 are the tail, from 981 on, with a mean excess of 9.5: 981 has 21 / 1,001, 982 has that times exp(-1 / 9.5)."""
    found = warmed(budget=0.02)
    assert found.decide(982.0, None, False).p == pytest.approx(21 / 1_001 * exp(-1 / 9.5))
    assert found.decide(982.0, None, False).alerted
    assert not found.decide(981.0, None, False).alerted


def test_two_heads_share_the_budget() -> None:
    """A quarter of 2 % is 0.5 %: 0.0981 + 0.00095 * ln(21 / 1,001 / 0.005) = 0.09946. Three quarters: 981 + 9.5 * ln(21 / 1,001 / 0.015) = 984.2."""
    found = warmed(budget=0.02, non_compliance_share=0.25)
    by_risk = found.decide(1.0, 0.0995, True)
    assert (by_risk.alerted, by_risk.head) == (True, "non_compliance")
    assert not found.decide(1.0, 0.0994, True).alerted
    assert found.decide(985.0, 0.0001, True).head == "anomaly"
    assert found.decide(985.0, 0.0001, True).alerted
    assert not found.decide(984.0, 0.0001, True).alerted
    assert found.decide(982.0, 0.0997, False).head == "anomaly", "a head that is not mature has no share"


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_whatever_the_share_the_budget_is_kept(share: float) -> None:
    rng = random.Random(4)
    found, selected = selector(budget=0.05, non_compliance_share=share), 0
    for number in range(8_000):
        rarity, probability = rng.expovariate(1), rng.random()
        selected += number >= 1_000 and found.decide(rarity, probability, True).alerted
        found.learn(rarity, probability)
    assert 0.04 < selected / 7_000 < 0.06


def test_severity_and_lane_follow_from_how_rare_it_is() -> None:
    """21 / 1,001 * exp(-(r - 981) / 9.5): 0.019 at 982, 0.0081 at 990, 0.0032 at 999, 8e-8 at 1,100."""
    found = warmed(budget=0.02)
    assert [found.decide(rarity, None, False).severity for rarity in (970.0, 982.0, 990.0, 999.0, 1_100.0)] == [
        None,
        "low",
        "medium",
        "high",
        "critical",
    ]
    assert [found.decide(rarity, None, False).lane for rarity in (970.0, 982.0, 990.0, 999.0, 1_100.0)] == ["green", "yellow", "yellow", "red", "red"]
