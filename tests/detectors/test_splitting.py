"""Forty consignments of T-shirts by forty traders over forty days, worth 100 to 1,600: ln 400 +- ln 4 and ln 2, half and half."""

from datetime import date, timedelta
from itertools import pairwise
from math import log, sqrt
from statistics import fmean, pvariance

import pytest

from stream_app.detectors.features import Features
from stream_app.detectors.splitting import Splitting
from tests.support.goods import item_features

VALUES = (100.0, 200.0, 800.0, 1600.0)
LOGS = [log(value) for value in VALUES]


def offered(value: float, trader: str, day: int = 41, **header: str) -> Features:
    at = f"{date(2025, 1, 1) + timedelta(day)}T10:00:00Z"
    return item_features({"importer_id": trader, "lodged_at": at} | header, customs_value=value)


def learned(**parameters: float) -> Splitting:
    found = Splitting(**parameters)
    for number in range(40):
        found.learn_one(offered(VALUES[number % 4], f"T-{number}", number))
    return found


def after(detector: Splitting, values: list[float], trader: str = "T-SPLITS", **header: str) -> float:
    """The score of the last value, the others learned."""
    *before, last = values
    for value in before:
        detector.learn_one(offered(value, trader, **header))
    return detector.score_one(offered(last, trader, **header))


def test_five_pieces_of_the_same_value_at_one_instant_fire() -> None:
    """Half the pieces but one, each ln(s^2 / 0.0025) - 1 + 0.0025 / s^2, the floor of the variance; less 0.3 / ln 2 pieces that anybody may send."""
    detector = learned()
    # As the prediction of the next one of 44, the first four pieces among them: so many peers need no prior.
    variance = pvariance(LOGS * 10 + [log(400)] * 4) * (1 + 1 / 44)
    alike = 2.0 * (log(variance / 0.0025) - 1 + 0.0025 / variance)
    small = 1.0  # 400 is the middle of such goods
    excess = 1 - 0.3 / log(2) / 5
    assert after(detector, [400.0] * 5) == pytest.approx(small * alike * excess, rel=1e-6)
    (reason,) = detector.explain_one(offered(400.0, "T-SPLITS"))
    assert (reason.code, reason.feature, reason.actual) == ("splitting", "customs_value", pytest.approx(400.0))
    assert reason.typical == pytest.approx(400.0, rel=0.01)
    assert reason.lower == pytest.approx(400.0 * 2.718281828 ** (-2 * sqrt(variance)), rel=0.01)
    assert reason.n_peer == 44.0
    assert fmean(LOGS) == pytest.approx(log(400.0))


def test_every_piece_from_the_second_on_scores_and_more_each_time() -> None:
    detector, scores = learned(), []
    for _ in range(5):
        x = offered(150.0, "T-SPLITS")
        scores.append(detector.score_one(x))
        detector.learn_one(x)
    assert scores[0] == 0.0
    assert all(later > earlier for earlier, later in pairwise(scores))


def test_one_address_with_four_importers_fires() -> None:
    detector = learned()
    for number in range(5):
        detector.learn_one(offered(150.0, f"T-STRAW-{number % 4}", consignee_id="C-1"))
    (reason,) = detector.explain_one(offered(150.0, "T-STRAW-5", consignee_id="C-1"))
    assert "consignee" in reason.text
    assert "C-1" not in reason.text


def test_small_pieces_weigh_more_than_large_ones() -> None:
    assert after(learned(), [110.0] * 5) > 1.5 * after(learned(), [1500.0] * 5) > 0.0


def test_near_miss_as_many_of_very_different_values_stay_quiet() -> None:
    assert after(learned(), [100.0, 1600.0, 200.0, 800.0, 150.0]) < Splitting.quiet


def test_near_miss_a_trader_that_always_sends_five_a_day_stays_quiet() -> None:
    detector = learned()
    for day in range(50):
        for _ in range(5):
            detector.learn_one(offered(400.0, "T-REGULAR", day))
    assert detector.score_one(offered(400.0, "T-REGULAR", 50)) < 0.3 * after(learned(), [400.0] * 5)


def test_a_threshold_makes_pieces_just_under_it_evidence_though_they_differ() -> None:
    """Values between 80 and 149 differ by half; that all five lie from 75 to 150 is what such goods do in one of eight."""
    values = [149.0, 80.0, 120.0, 148.0, 95.0]
    assert after(learned(threshold=150.0), values) > after(learned(), values)
    assert after(learned(threshold=150.0), [value + 75 for value in values]) == after(learned(), [value + 75 for value in values])


def test_known_miss_pieces_weeks_apart() -> None:
    """Missed, and the module says so."""
    detector = learned()
    for week in range(4):
        detector.learn_one(offered(400.0, "T-PATIENT", 21 * week))
    assert detector.score_one(offered(400.0, "T-PATIENT", 84)) < Splitting.quiet
