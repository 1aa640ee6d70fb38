"""Heads compared by rarity over share, by hand: 1,000 rarities 1 to 1,000 and probabilities 0.0001 to 0.1, each compared with the others.

The rarest twenty of 1,000 are the tail, from 981 on, with a mean excess of 9.5; 982 has 21 / 1,001 * exp(-1 / 9.5).
"""

from math import exp, inf, nan

import numpy as np
import pytest

from stream_app.engine.selection.ranks import HEADS, Ranks
from stream_app.engine.settings.learning import PValues
from stream_app.engine.settings.selection import HeadShares

BOTH = ("anomaly", "non_compliance")


def scores(anomaly: float = nan, non_compliance: float = nan, critical: float = nan, revenue_at_risk: float = nan) -> list[float]:
    return [anomaly, non_compliance, critical, revenue_at_risk]


def ranks(delay: int = 0, **shares: float) -> Ranks:
    found = Ranks(HeadShares(**shares), PValues(window=2_000), delay)
    for number in range(1, 1_001):
        found.learn(scores(float(number), number / 10_000))
    return found


def test_alone_a_head_has_all_of_the_top_up() -> None:
    found = ranks().best(scores(982.0, 0.0999), ("anomaly",))
    assert found.p == found.anomaly_p == pytest.approx(21 / 1_001 * exp(-1 / 9.5))
    assert found.head == "anomaly"


def test_two_heads_are_compared_by_rarity_over_share() -> None:
    """A quarter to the one head: 0.02 has what is as rare as a fourth of it, 0.0981 + 0.00095 * ln(21 / 1,001 / 0.005)."""
    found = ranks(anomaly=0.6, non_compliance=0.2)
    by_risk = found.best(scores(1.0, 0.0981 + 0.00095 * np.log(21 / 1_001 / 0.005)), BOTH)
    assert (by_risk.head, by_risk.p) == ("non_compliance", pytest.approx(0.02))
    by_oddity = found.best(scores(982.0, 0.0001), BOTH)
    assert (by_oddity.head, by_oddity.p) == ("anomaly", pytest.approx(21 / 1_001 * exp(-1 / 9.5) / 0.75))
    assert by_oddity.anomaly_p == pytest.approx(21 / 1_001 * exp(-1 / 9.5)), "without its share"


def test_a_head_without_a_share_never_selects_and_one_without_a_score_stays_out() -> None:
    assert ranks(anomaly=1.0, non_compliance=0.0).best(scores(1.0, 10.0), BOTH).head == "anomaly"
    assert ranks().best(scores(990.0, nan), BOTH).head == "anomaly"
    only = ranks(anomaly=1.0, non_compliance=0.0).best(scores(1.0, 0.1), ("non_compliance",))
    assert only.head == "non_compliance", "where no mature head has a share, they have equal ones"


def test_nothing_is_rare_before_anything_was_learned() -> None:
    assert Ranks(HeadShares(), PValues()).best(scores(1e9), ("anomaly",)) == (1.0, "anomaly", 1.0)


def test_feedback_moves_shares_within_a_factor_of_two() -> None:
    found = ranks(anomaly=0.5, non_compliance=0.5)
    before = found.best(scores(982.0), BOTH).p
    found.favour({"anomaly": 100.0})
    assert found.best(scores(982.0), BOTH).p == pytest.approx(before * 0.5 * 1.5), "1 of 1.5 rather than 0.5 of 1"
    found.favour({"anomaly": 1.0})
    assert found.best(scores(982.0), BOTH).p == before


def test_at_most_a_share_t_of_all_items_comes_below_t() -> None:
    """Bonferroni, on two independent heads; the window's own noise is a tenth."""
    rng = np.random.default_rng(4)
    found, below = Ranks(HeadShares(), PValues()), 0
    for number in range(12_000):
        one = scores(rng.exponential(), rng.random())
        below += number >= 2_000 and found.best(one, BOTH).p <= 0.05
        found.learn(one)
    assert 0.035 < below / 10_000 < 0.055


def test_with_a_delay_scores_are_compared_with_those_before_the_burst() -> None:
    at_once, later = ranks(), ranks(delay=1_000)
    for _ in range(300):
        for found in (at_once, later):
            found.learn(scores(5_000.0, nan))
    assert at_once.best(scores(4_999.0), ("anomaly",)).p > 300 / 1_301
    assert later.best(scores(4_999.0), ("anomaly",)).p < 0.001


def test_a_delayed_score_is_learned_when_its_time_has_come() -> None:
    found = ranks(delay=1_000)
    for number in range(1_300):
        found.learn(scores(5_000.0 if number < 300 else 1.0, nan))
    assert found.best(scores(4_999.0), ("anomaly",)).p == pytest.approx(301 / 1_301)


def test_every_head_has_a_share_to_configure() -> None:
    assert set(HeadShares().model_dump()) == set(HEADS)
    assert inf not in Ranks(HeadShares(), PValues())._invert(HEADS)
