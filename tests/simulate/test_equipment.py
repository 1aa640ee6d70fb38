import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stream_app.contracts.check_digits import LETTER_VALUES
from stream_app.simulate.equipment import OWNERS, check_digit, equipment_ids

# Second method: the place of a character in this string is its value; the gaps are 11, 22 and 33.
PLACES = "0123456789A?BCDEFGHIJK?LMNOPQRSTU?VWXYZ"


def by_lookup(prefix: str) -> int:
    return sum(PLACES.index(character) << place for place, character in enumerate(prefix)) % 11 % 10


def test_the_worked_example_of_the_standard_has_check_digit_three() -> None:
    # C13 S30x2 Q28x4 U32x8 = 441; 3x16 0x32 5x64 4x128 3x256 8x512 = 5744; 6185 = 562 x 11 + 3.
    assert check_digit("CSQU305438") == 3


def test_letters_leave_out_the_multiples_of_eleven() -> None:
    assert [LETTER_VALUES[letter] for letter in "ABKLUVZ"] == [10, 12, 21, 23, 32, 34, 38]


def test_a_remainder_of_ten_is_written_as_zero() -> None:
    prefix = next(f"MSKU{serial:06d}" for serial in range(200) if sum(PLACES.index(c) * 2**i for i, c in enumerate(f"MSKU{serial:06d}")) % 11 == 10)
    assert check_digit(prefix) == 0


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=4, max_size=4), st.integers(0, 999_999))
def test_check_digits_agree_with_a_second_method(owner: str, serial: int) -> None:
    prefix = f"{owner}{serial:06d}"
    assert check_digit(prefix) == by_lookup(prefix)


def test_equipment_ids_carry_owner_serial_and_check_digit() -> None:
    assert equipment_ids(np.array([0]), np.array([492817])) == [f"{OWNERS[0]}492817{by_lookup('MSKU492817')}"]
