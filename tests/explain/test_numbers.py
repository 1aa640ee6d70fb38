"""Numbers as people write them, in their own language."""

import pytest

from stream_app.explain.numbers import Numbers

ENGLISH = Numbers({})
NUMBERS = [(0.07861, "0.0786"), (5.6234, "5.623"), (12_760.4, "12,760"), (999.94, "999.9"), (999.96, "1,000"), (0.0, "0"), (-1_276.4, "-1,276")]
SHARES = [(0.0, "0%"), (0.00001, "<0.01%"), (0.0004, "0.04%"), (0.037, "3.7%"), (0.0996, "10%"), (0.42, "42%"), (1.0, "100%")]
NEAR_ALL = [(0.9987, "99.9%"), (0.999987, "99.999%")]


@pytest.mark.parametrize(("value", "written"), NUMBERS)
def test_numbers_have_three_or_four_digits_that_count(value: float, written: str) -> None:
    assert ENGLISH.number(value) == written


@pytest.mark.parametrize(("share", "written"), SHARES + NEAR_ALL)
def test_a_share_near_nothing_or_near_all_is_not_rounded_to_it(share: float, written: str) -> None:
    assert ENGLISH.percent(share) == written


def test_every_language_has_its_own_marks() -> None:
    french = Numbers({"decimal": ",", "thousands": "\N{NARROW NO-BREAK SPACE}", "percent": "{0} %"})
    assert french.number(5.6234) == "5,623"
    assert french.count(1_234_567.0) == "1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567"
    assert french.percent(0.9987) == "99,9 %"
