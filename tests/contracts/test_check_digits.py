"""Check digits against the worked examples of their standards, and against a second method."""

from hypothesis import given
from hypothesis import strategies as st

from stream_app.contracts.check_digits import equipment_check_digit, vessel_check_digit

# Second method: the place of a character in this string is its value; the gaps are 11, 22 and 33.
PLACES = "0123456789A?BCDEFGHIJK?LMNOPQRSTU?VWXYZ"


def test_the_worked_example_of_iso_6346_has_check_digit_three() -> None:
    # C13 S30x2 Q28x4 U32x8 = 441; 3x16 0x32 5x64 4x128 3x256 8x512 = 5744; 6185 = 562 x 11 + 3.
    assert equipment_check_digit("CSQU305438") == 3


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=4, max_size=4), st.integers(0, 999_999))
def test_container_check_digits_agree_with_a_second_method(owner: str, serial: int) -> None:
    prefix = f"{owner}{serial:06d}"
    assert equipment_check_digit(prefix) == sum(PLACES.index(character) << place for place, character in enumerate(prefix)) % 11 % 10


def test_the_check_digit_of_a_ship_is_the_last_digit_of_its_weighted_sum() -> None:
    # 9x7 + 0x6 + 7x5 + 4x4 + 7x3 + 2x2 = 63 + 0 + 35 + 16 + 21 + 4 = 139
    assert vessel_check_digit("907472") == 9
