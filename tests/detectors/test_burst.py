"""A trader with one arrival a day for sixty days, at half-lives of one and thirty days."""

from datetime import date, timedelta
from math import log

import pytest

from stream_app.detectors.burst import Burst
from stream_app.detectors.features import Features, features
from tests.support.goods import declared, item_document, item_features

DAYS = 60


def offered(day: int, number: int = 0, **header: str) -> Features:
    """Declarants, sellers and goods are new every time, so that only the trader can come too often."""
    at = f"{date(2025, 1, 1) + timedelta(day)}T10:00:00Z"
    parties = {"declarant_id": f"D-{day}-{number}", "seller_id": f"S-{day}-{number}", "lodged_at": at}
    return item_features(parties | header, hs_code=f"{100_000 + 100 * day + number}")


@pytest.fixture
def detector() -> Burst:
    found = Burst()
    for day in range(DAYS):
        found.learn_one(offered(day))
    return found


def test_twenty_arrivals_in_a_day_of_one_that_sends_one_a_day_fire(detector: Burst) -> None:
    for number in range(19):
        detector.learn_one(offered(DAYS, number))
    x = offered(DAYS, 20)
    # One a day and the half-life of a day: the day's nineteen, this one, and one that is left of the 1 + 1/2 + 1/4 + ... before.
    arrived = 20.0 + 1.0
    (reason,) = detector.explain_one(x)
    assert (reason.code, reason.feature, reason.actual) == ("burst", "arrivals", pytest.approx(arrived, abs=1e-4))
    assert reason.typical == pytest.approx(2.0, rel=0.1), "up to two spans' worth is usual where they come in batches"
    assert "trader" in reason.text
    mean, shape = reason.typical, 1 + (1 - 2 ** (-60 / 30)) / (1 - 2 ** (-1 / 30))
    expected = arrived * log(arrived / mean) - (arrived + shape) * log((arrived + shape) / (mean + shape))
    assert detector.score_one(x) == pytest.approx(expected, rel=1e-3)
    assert expected > 20.0


def test_one_more_on_the_next_day_stays_quiet(detector: Burst) -> None:
    assert detector.score_one(offered(DAYS)) < Burst.quiet
    assert detector.explain_one(offered(DAYS)) == []


def test_a_batch_a_day_stays_quiet_however_large_it_is() -> None:
    """Forty at one instant, every day: the fortieth finds what the fortieth of every day finds."""
    detector = Burst()
    for day in range(30):
        for number in range(40):
            x = offered(day, number)
            if day == 29:
                assert detector.score_one(x) < Burst.quiet
            detector.learn_one(x)


def test_the_items_of_a_declaration_are_one_arrival(detector: Burst) -> None:
    items = [item_document(number, hs_code=f"{200_000 + number}") for number in range(1, 31)]
    declaration = declared(items=items, lodged_at=offered(DAYS).declaration.lodged_at)
    for x in features(declaration, 1.0):
        detector.learn_one(x)
    assert detector.score_one(offered(DAYS)) < Burst.quiet
    for number in range(29):
        detector.learn_one(offered(DAYS, number))
    assert detector.score_one(offered(DAYS, 30)) > 20.0


def test_known_miss_a_rush_that_grows_over_weeks(detector: Burst) -> None:
    """Missed, and the module says so: from one a day to six, a fifth more every week."""
    for day in range(70):
        for number in range(round(1.2 ** (day // 7))):
            detector.learn_one(offered(DAYS + day, number))
    assert detector.score_one(offered(DAYS + 70)) < Burst.quiet


def test_speeds_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="recent_days"):
        Burst(recent_days=30.0, long_days=30.0)
