"""Arrays in pages: what comes back is what went in, to the bit; what is no page is refused."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.state.errors import TornError
from stream_app.state.pages import PAGE_BYTES, ZEROS, Shape, pack, pages, unpack


@given(st.lists(st.one_of(st.just(0.0), st.floats(allow_nan=True, width=64)), max_size=200))
def test_a_page_comes_back_to_the_bit(numbers: list[float]) -> None:
    page = np.array(numbers).tobytes()
    assert unpack(pack(memoryview(page)), len(page)) == page


@given(st.binary(max_size=200))
def test_so_does_one_of_any_length(page: bytes) -> None:
    assert unpack(pack(memoryview(page)), len(page)) == page


def test_zeros_take_nothing_and_a_sparse_page_what_it_holds() -> None:
    page = np.zeros(PAGE_BYTES // 8)
    assert pack(page.data.cast("B")) == ZEROS
    page[::100] = 1.5
    # A kind, a bit a word, and 656 of 65,536 words.
    assert len(pack(page.data.cast("B"))) == 1 + 65_536 // 8 + 656 * 8


def test_negative_zero_is_no_zero() -> None:
    page = np.array([0.0, -0.0, 0.0] * 8).tobytes()
    assert unpack(pack(memoryview(page)), len(page)) == page


@given(st.binary(max_size=300), st.integers(0, 2_000))
def test_any_bytes_are_a_page_of_the_size_wanted_or_torn(packed: bytes, size: int) -> None:
    with suppress(TornError):
        assert len(unpack(packed, size)) == size


def test_an_array_is_cut_into_pages_that_add_up() -> None:
    data = memoryview(bytes(2 * PAGE_BYTES + 7))
    assert [len(page) for page in pages(data)] == [PAGE_BYTES, PAGE_BYTES, 7]


@pytest.mark.parametrize(
    ("dtype", "lengths"), [("|O", (1,)), ("<f8", (-1,)), ("<f8", (1 << 40,)), ("<f8", (1, 1, 1, 1, 1)), ("|V99999", (1,)), ("x", ())]
)
def test_types_and_sizes_that_nobody_writes_are_torn(dtype: str, lengths: tuple[int, ...]) -> None:
    with pytest.raises(TornError):
        _ = Shape(dtype, lengths).nbytes
