"""Arrays by address: what a kernel reads and writes through a book is what is in the arrays."""

import numpy as np
import pytest

from stream_app.learning.book import BOOK, book, codes, floats, ints, matrix
from stream_app.learning.compiled import FLOAT, Array, kernel


@kernel(FLOAT, BOOK)
def _sum_and_mark(given: Array) -> float:
    found = codes(given, 0)[1] + floats(given, 1)[2] + ints(given, 2)[0] + matrix(given, 3)[1, 2]
    matrix(given, 3)[0, 1] = found
    return float(found)


def test_a_kernel_reads_and_writes_the_arrays_of_a_book() -> None:
    arrays = np.array([1, 2], np.uint64), np.array([0.0, 0.0, 30.0]), np.array([400]), np.arange(6.0).reshape(2, 3)
    assert _sum_and_mark(book(arrays)) == 2 + 30 + 400 + 5
    assert arrays[3][0, 1] == 437.0


def test_an_array_that_does_not_lie_in_one_piece_is_refused() -> None:
    with pytest.raises(ValueError, match="contiguous"):
        book([np.zeros((4, 4))[:, 1]])
