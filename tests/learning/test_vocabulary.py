"""Names as small numbers: the same one for the same name, and "other" when there are too many."""

import numpy as np
import pytest

from stream_app.learning.keys import code
from stream_app.learning.vocabulary import LARGEST, OTHER, SLOTS, HashedVocabulary, Vocabulary


def test_names_are_numbered_in_the_order_of_arrival() -> None:
    words = Vocabulary(2)
    assert [words.code(name) for name in ("red", "green", "red", "blue", "blue", "green")] == [1, 2, 1, 0, 0, 2]
    assert (words.name(1), words.name(0)) == ("red", OTHER)
    assert (len(words), words.others) == (2, 2)


def slots(words: HashedVocabulary, names: list[str]) -> list[int]:
    return words.slots(np.array([code(name) for name in names], np.uint64), lambda place: names[place]).tolist()


def test_hashed_names_have_a_slot_of_their_own_and_tell_their_name() -> None:
    words = HashedVocabulary(LARGEST)
    names = [f"{number:02d}" for number in range(1, 98)]
    found = slots(words, names + names)
    assert found[:97] == found[97:]
    assert len(set(found)) == 97
    assert all(0 < slot < SLOTS for slot in found)
    assert [words.name(slot) for slot in found[:97]] == names
    assert slots(words, names[::-1]) == found[96::-1]


def test_when_full_the_others_share_a_slot_and_are_counted() -> None:
    words = HashedVocabulary(3)
    found = slots(words, ["a", "b", "c", "d", "a", "e"])
    assert [found[3], found[5]] == [0, 0]
    assert found[4] == found[0] > 0
    assert (len(words), words.others, words.name(0)) == (3, 2, OTHER)


def test_a_vocabulary_that_would_become_slow_is_refused() -> None:
    with pytest.raises(ValueError, match="max_names"):
        HashedVocabulary(LARGEST + 1)
