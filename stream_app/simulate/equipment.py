"""Container numbers with their check digits, ISO 6346:2022 annex A."""

from collections.abc import Sequence

import numpy as np

from stream_app.contracts.check_digits import LETTER_VALUES
from stream_app.simulate.columns import Ints

OWNERS = ("MSKU", "MSCU", "CMAU", "HLXU", "COSU", "EGHU", "ONEU", "TCLU", "CAIU", "TGHU")


def _owner_sum(owner: str) -> int:
    return sum(LETTER_VALUES[letter] << position for position, letter in enumerate(owner))


def check_digits(owner_sums: Ints, serials: Ints) -> Ints:
    """Check digits for sums over the four letters and six-digit serial numbers: the weighted sum modulo 11, and 10 counts as 0."""
    digits = serials[:, None] // 10 ** np.arange(5, -1, -1) % 10
    total = owner_sums + digits @ (1 << np.arange(4, 10))
    return np.asarray(total % 11 % 10, dtype=np.int64)


def check_digit(prefix: str) -> int:
    """Of the first ten characters, such as CSQU305438."""
    return int(check_digits(np.array([_owner_sum(prefix[:4])]), np.array([int(prefix[4:10])]))[0])


def equipment_ids(owners: Ints, serials: Ints) -> Sequence[str]:
    """Container numbers for indices into OWNERS and serial numbers below 1,000,000."""
    digits = check_digits(np.array([_owner_sum(owner) for owner in OWNERS])[owners], serials)
    return [f"{OWNERS[owner]}{serial:06d}{digit}" for owner, serial, digit in zip(owners.tolist(), serials.tolist(), digits.tolist(), strict=True)]
