"""A trader with twenty consignments of cotton T-shirts (610910) from China at 12 %."""

from math import log

import pytest

from stream_app.detectors.features import Features
from stream_app.detectors.tariff_shift import TariffShift
from tests.support.goods import item_features


def offered(hs6: str = "610910", origin: str = "CN", rate: float | None = 12.0, trader: str = "T-1") -> Features:
    return item_features({"importer_id": trader}, hs_code=hs6, origin_country=origin, duty_rate_percent=rate)


@pytest.fixture
def detector() -> TariffShift:
    found = TariffShift()
    for _ in range(20):
        found.learn_one(offered())
    return found


def test_a_preferential_origin_that_is_new_for_the_trader_fires(detector: TariffShift) -> None:
    """-ln(0.1 / 21) times 12 of 13 points."""
    x = offered(origin="TR", rate=0.0)
    assert detector.score_one(x) == pytest.approx(log(210) * 12 / 13)
    (reason,) = detector.explain_one(x)
    assert (reason.code, reason.actual, reason.typical, reason.n_peer) == ("tariff_shift", 0.0, pytest.approx(12.0), 20.0)
    assert reason.peer_group == "HS 6109 of the trader"


def test_a_code_of_the_chapter_that_is_new_and_cheaper_fires_by_the_trader_s_chapter(detector: TariffShift) -> None:
    x = offered(hs6="611595", rate=6.0)
    assert detector.score_one(x) == pytest.approx(log(210) * 6 / 13)
    assert detector.explain_one(x)[0].peer_group == "HS 61 of the trader"


def test_near_miss_a_new_origin_at_the_same_duty_stays_quiet(detector: TariffShift) -> None:
    assert detector.score_one(offered(origin="TR")) == 0.0
    assert detector.explain_one(offered(origin="TR")) == []


def test_a_shift_is_usual_once_the_trader_has_made_it(detector: TariffShift) -> None:
    for _ in range(20):
        detector.learn_one(offered(origin="TR", rate=0.0))
    # Usual by now: 20 of 40, at 6 % in the mean: ln(41 / 20.1) times 6 of 7 points.
    assert detector.score_one(offered(origin="TR", rate=0.0)) == pytest.approx(log(41 / 20.1) * 6 / 7)
    assert detector.explain_one(offered(origin="TR", rate=0.0)) == []


def test_without_a_duty_rate_there_is_nothing_to_judge_and_nothing_to_learn(detector: TariffShift) -> None:
    held = detector.keys_held
    x = offered(hs6="420222", rate=None)
    assert detector.score_one(x) == 0.0
    detector.learn_one(x)
    assert detector.keys_held == held


def test_known_miss_a_trader_without_a_history(detector: TariffShift) -> None:
    """Missed, and the module says so: others' goods at 12 % say nothing of this trader's."""
    assert detector.score_one(offered(origin="TR", rate=0.0, trader="T-2")) == 0.0
