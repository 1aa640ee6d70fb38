"""Where things lie on a picture's axis, and how high the curve is there."""

from dataclasses import replace
from math import exp, isfinite, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.contracts.assessment import Distribution, Reason
from stream_app.explain.picture import Picture, picture
from tests.explain.conftest import cheap, irregular, known

amounts = st.floats(1e-200, 1e200)


def drawn(**changes: object) -> Picture:
    found = picture(replace(cheap(), **changes))
    assert found is not None
    return found


def test_everything_that_matters_is_on_the_axis_in_its_order() -> None:
    seen = drawn()
    places = [seen.place(value) for value in (2.0, 13.4, 20.0, 29.9)]
    assert places == sorted(places)
    assert all(0.0 < place < 1.0 for place in places)
    assert seen.place(20.0 * exp(3.5 * 0.2)) < 1.0, "the peers' curve is seen to 3.5 deviations"


def test_the_axis_is_logarithmic_where_the_peers_are() -> None:
    seen = drawn()
    assert seen.log
    assert seen.place(8.0) - seen.place(4.0) == pytest.approx(seen.place(16.0) - seen.place(8.0))
    assert seen.value(seen.place(7.0)) == pytest.approx(7.0)


def test_the_curve_is_students() -> None:
    """Eight degrees of freedom, one deviation off: (1 + 1 / 8)^-4.5 of the peak."""
    seen = drawn()
    assert seen.density(seen.place(20.0)) == pytest.approx(1.0)
    assert seen.density(seen.place(20.0 * exp(0.2))) == pytest.approx((9 / 8) ** -4.5, abs=1e-4)
    assert seen.density(seen.place(2.0)) < 0.001


def test_without_a_curve_the_usual_range_is_drawn_flat() -> None:
    seen = drawn(distribution=None)
    assert not seen.log, "2 to 29.9 is less than twenty times"
    assert [seen.density(seen.place(value)) for value in (2.0, 15.0, 29.0)] == [0.0, 1.0, 1.0]
    assert drawn(distribution=None, actual=0.5).log


def test_values_that_have_no_logarithm_get_an_even_axis() -> None:
    seen = drawn(actual=0.0)
    assert (seen.log, seen.distribution) == (False, None)


def test_a_reason_without_a_range_has_no_picture() -> None:
    assert picture(irregular()) is None
    assert picture(known()) is None


@pytest.mark.parametrize(
    ("actual", "distribution", "expected"),
    [
        (2e6, Distribution("log", log(20.0), 0.2, 8.0), [10.0, 100.0, 1e3, 1e4, 1e5, 1e6]),
        (15.0, Distribution("log", log(20.0), 0.2, 8.0), [10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0]),
        (60.0, Distribution("linear", 20.0, 4.0, 8.0), [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]),
    ],
)
def test_ticks_are_round(actual: float, distribution: Distribution, expected: list[float]) -> None:
    assert drawn(actual=actual, distribution=distribution).ticks() == pytest.approx(expected)


@given(amounts, amounts, st.floats(1.0, 1e6), st.floats(0.01, 50.0), st.booleans())
def test_whatever_the_numbers_are_places_and_ticks_are_finite(actual: float, typical: float, factor: float, deviation: float, curve: bool) -> None:
    lower, upper = typical / factor, typical * factor
    spread = Distribution("log", log(typical), deviation, 3.0) if curve else None
    seen = drawn(actual=actual, typical=typical, lower=lower, upper=upper, distribution=spread)
    assert all(0.0 <= seen.place(value) <= 1.0 for value in (actual, typical, lower, upper))
    assert all(isfinite(seen.value(place)) and 0.0 <= seen.density(place) <= 1.0 for place in (0.0, 0.5, 1.0))
    assert len(seen.ticks()) <= 10
    assert all(isfinite(tick) for tick in seen.ticks())


def test_a_reason_is_not_needed_whole() -> None:
    bare = Reason("unit_value_low", "", "unit_value", 2.0, 20.0, 13.0, 30.0, "kg", "peers", 3.0, 1.0)
    assert picture(bare) is not None
