from datetime import date, datetime

import pytest

from stream_app.simulate.rhythm import WEEK, activity, day_of_year, midnight

from .conftest import Written


def test_the_day_opens_at_local_midnight() -> None:
    assert midnight(date(2026, 1, 1), 0) == datetime.fromisoformat("2026-01-01T00:00:00+01:00").timestamp()
    assert midnight(date(2026, 2, 28), 1) == datetime.fromisoformat("2026-03-01T00:00:00+01:00").timestamp()


def test_a_year_has_its_days_in_order_and_a_week_weighs_seven() -> None:
    assert [day_of_year(date(2026, 12, 31), day) for day in (0, 1)] == [365, 1]
    assert sum(WEEK) == pytest.approx(7)


def test_a_mean_year_has_the_volume_asked_for() -> None:
    # 364 days are whole weeks and all but a whole turn of the yearly swing.
    assert sum(activity(date(2026, 1, 1), day) for day in range(364)) / 364 == pytest.approx(1, abs=0.002)


def test_most_is_lodged_in_office_hours_and_sundays_are_quiet(world: Written) -> None:
    lodged = [datetime.fromisoformat(document["lodged_at"]) for document in world.first_versions().values()]
    assert sum(6 <= time.hour < 22 for time in lodged) / len(lodged) > 0.85
    assert sum(time.weekday() == 6 for time in lodged) < 0.6 * sum(time.weekday() == 1 for time in lodged)
