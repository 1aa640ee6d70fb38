"""Surprises of honest trade: one signal at a time is mildly odd. -log10 p of 1 is one in ten."""

import random

import pytest
from river import anomaly

from stream_app.detectors.features import Features
from stream_app.detectors.half_space import HalfSpace
from tests.support.goods import item_features
from tests.support.goods import surprised as with_surprises

SIGNALS = ("mass", "novelty", "rare_combination", "unit_value")


def surprised(**surprises: float) -> Features:
    return with_surprises(item_features(), dict.fromkeys(SIGNALS, 0.0) | surprises)


@pytest.fixture(scope="module")
def detector() -> HalfSpace:
    rng = random.Random(1)
    found = HalfSpace()
    for _ in range(2_000):
        found.learn_one(surprised(**{rng.choice(SIGNALS): rng.expovariate(2.3), rng.choice(SIGNALS): rng.expovariate(4.6)}))
    return found


def test_several_signals_together_fire(detector: HalfSpace) -> None:
    x = surprised(mass=1.8, rare_combination=2.0, unit_value=2.2, novelty=1.9)
    usual = surprised(unit_value=1.0)
    assert detector.score_one(x) > 0.9
    assert detector.score_one(x) > detector.score_one(usual)
    (reason,) = detector.explain_one(x)
    assert reason.text.index("unit value") < reason.text.index("rare combination") < reason.text.index("novelty") < reason.text.index("mass")
    assert "one in 100)" in reason.text, "10 to the power of 2.0"


def test_near_miss_signals_that_are_all_below_one_in_ten_stay_quiet(detector: HalfSpace) -> None:
    x = surprised(mass=0.99, rare_combination=0.99, unit_value=0.99, novelty=0.99)
    assert detector.score_one(x) == 0.0
    assert detector.explain_one(x) == []


def test_nothing_is_scored_before_the_first_window_is_full() -> None:
    detector = HalfSpace(window_size=50)
    odd = surprised(mass=3.0, unit_value=3.0)
    for _ in range(49):
        detector.learn_one(surprised(novelty=0.3))
        assert detector.score_one(odd) == 0.0
    detector.learn_one(surprised(novelty=0.3))
    assert detector.score_one(odd) > 0.0


def test_beyond_one_in_ten_thousand_a_signal_counts_no_more(detector: HalfSpace) -> None:
    assert detector.score_one(surprised(mass=4.0, novelty=2.0)) == detector.score_one(surprised(mass=9.0, novelty=2.0))


def test_known_miss_an_item_that_no_first_stage_detector_finds_odd(detector: HalfSpace) -> None:
    """Missed, and the module says so: raw customs fields never reach these trees."""
    x = surprised()
    assert detector.score_one(x) == 0.0
    assert detector.explain_one(x) == []


def test_no_reason_claims_a_rarity_that_a_window_of_thousands_cannot_know(detector: HalfSpace) -> None:
    (reason,) = detector.explain_one(surprised(mass=40.0, novelty=2.0))
    assert "one in 100,000)" in reason.text


@pytest.mark.parametrize("seed", [1, 42])
def test_the_trees_score_as_rivers_do(seed: int) -> None:
    """River is the oracle: the same seed, items and scores, three windows long."""
    rng = random.Random(seed)
    ours, river = HalfSpace(seed=seed, window_size=300), anomaly.HalfSpaceTrees(n_trees=4, height=5, window_size=300, seed=seed)
    compared = 0
    for _ in range(1_000):
        drawn = {name: rng.expovariate(1.5) for name in SIGNALS}
        x, scaled = surprised(**drawn), {name: min(value / 4.0, 1.0) for name, value in drawn.items()}
        if ours.score_one(x) > 0.0:
            assert ours.score_one(x) == pytest.approx(river.score_one(scaled), abs=1e-12)
            compared += 1
        ours.learn_one(x)
        river.learn_one(scaled)
    assert compared > 300
