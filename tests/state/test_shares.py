"""Shares as records, and the book of the last share of every partition."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.learning.lessons import Batch, Lesson
from stream_app.state.errors import RefusedError
from stream_app.state.manifest import Seal
from stream_app.state.shares import SCHEMA, Book, LessonKey, Place, ShareKey, TellsLessons, TellsShare, lessons_told, sealed, share_told

PLACE = Place("live", "unit_value.peers", 3)


def told(partition: int, value: float, generation: int = 1, era: int = 0) -> TellsShare:
    return TellsShare(SCHEMA, "digest", partition, PLACE, era, generation, np.array([256], np.uint64).tobytes(), np.array([value, 2.0]).tobytes())


def held(book: Book, mine: int = 99) -> dict[int, list[list[float]]]:
    return {number: share.rows.tolist() for number, share in book.of_others(PLACE, mine).items()}


def book_of(shares: list[TellsShare]) -> Book:
    book = Book()
    for one in shares:
        book.put(one)
    return book


def test_a_share_and_lessons_come_back_as_they_were_told() -> None:
    seal, lessons = Seal(), TellsLessons(SCHEMA, "digest", 2, "live", Batch(7, 1, 1, 0, [Lesson(True, False, 1.0, 5.0, b"x", False)]))
    assert share_told(sealed(told(1, 4.0), seal), seal) == told(1, 4.0)
    assert lessons_told(sealed(lessons, seal), seal) == lessons
    assert (ShareKey(1, PLACE).encoded(), LessonKey(2, "live", 7).encoded()) == (b"1/live/unit_value.peers/3", b"2/live/7")


@pytest.mark.parametrize("value", [b"", b"x" * 40, sealed(told(1, 1.0), Seal(b"other"))[:-1], sealed(told(1, 1.0), Seal(b"other"))])
def test_what_was_not_written_by_a_worker_with_the_key_is_refused(value: bytes) -> None:
    with pytest.raises(RefusedError) as refusal:
        share_told(value, Seal(b"key"))
    assert refusal.value.code == "torn"


def test_another_schema_and_another_shape_are_refused() -> None:
    seal, later = Seal(), msgspec.msgpack.encode([SCHEMA + 1, "whatever"])
    shapeless = msgspec.msgpack.encode([SCHEMA, "digest"])
    for body, code in ((later, "other_schema"), (shapeless, "misfit")):
        with pytest.raises(RefusedError) as refusal:
            share_told(seal.digest(body) + body, seal)
        assert refusal.value.code == code


def test_keys_and_rows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(RefusedError):
        Book().put(msgspec.structs.replace(told(1, 1.0), keys=b"12345"))
    with pytest.raises(RefusedError):
        Book().put(msgspec.structs.replace(told(1, 1.0), keys=b""))


versions = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=8, unique=True)


@given(versions, st.randoms())
def test_shares_of_different_terms_may_come_in_any_order_and_more_than_once(given_: list[tuple[int, int]], random) -> None:  # type: ignore[no-untyped-def]
    """The book is a join of versions: commutative, associative, idempotent, with the empty book as identity."""
    shares = [told(partition, float(generation), generation) for partition, generation in given_]
    expected = held(book_of(shares))
    shuffled = shares * 2
    random.shuffle(shuffled)
    assert held(book_of(shuffled)) == expected
    assert expected == {p: [[float(max(g for q, g in given_ if q == p)), 2.0]] for p in sorted({p for p, _ in given_})}


def test_a_worker_that_was_paused_does_not_write_over_its_successor() -> None:
    book = book_of([told(1, 5.0, generation=4)])
    assert not book.put(told(1, 9.0, generation=3))
    assert held(book) == {1: [[5.0, 2.0]]}
    assert book.put(told(1, 6.0, generation=1, era=1))
    assert held(book) == {1: [[6.0, 2.0]]}


def test_ones_own_share_is_not_among_those_of_others() -> None:
    book = book_of([told(2, 1.0), told(1, 1.0), told(0, 1.0)])
    assert list(book.of_others(PLACE, 1)) == [0, 2]
    book.drop(2, PLACE)
    assert list(book.of_others(PLACE, 1)) == [0]
