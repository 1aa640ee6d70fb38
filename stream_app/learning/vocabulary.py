"""Small numbers for names, as many as fit; whatever comes after that is "other", and counted. Never forgets: for codes of which there are few."""

from collections.abc import Callable

import numpy as np
from numba import types

from stream_app.learning.compiled import CODES, INT, INTS, Array, kernel
from stream_app.learning.plain import PART

OTHER = "other"
SLOTS = 128
LARGEST = 120
"""Names that a Vocabulary of hashed codes may hold: it stays quick while a few slots are free."""


class Vocabulary:
    """Name -> 1, 2, ... in the order of arrival, 0 for the others."""

    KEEPS = {"others": int, "_names": list[str]}

    __slots__ = ("_codes", "_names", "max_names", "others")

    def __init__(self, max_names: int) -> None:
        self.max_names = max_names
        self.others = 0
        self._names = [OTHER]
        self._codes: dict[str, int] = {}

    def code(self, name: str) -> int:
        """At most `max_names`."""
        found = self._codes.get(name)
        if found is not None:
            return found
        if len(self._codes) >= self.max_names:
            self.others += 1
            return 0
        self._names.append(name)
        self._codes[name] = len(self._codes) + 1
        return len(self._codes)

    def name(self, code: int) -> str:
        return self._names[code]

    def known(self) -> list[str]:
        """The names in the order of arrival."""
        return self._names[1:]

    def copied(self) -> "Vocabulary":
        """One that learns by itself from now on."""
        other = Vocabulary(self.max_names)
        other.others, other._names, other._codes = self.others, [*self._names], {**self._codes}
        return other

    def __len__(self) -> int:
        return len(self._codes)

    def taken_in(self) -> None:
        """Raises ValueError for names that are no vocabulary of at most `max_names`."""
        self._codes.update((name, code) for code, name in enumerate(self._names) if code)
        if self._names[:1] != [OTHER] or not len(self._codes) == len(self._names) - 1 <= self.max_names:
            raise ValueError("has a name twice, or too many")


class HashedVocabulary:
    """The same for names that come as 64-bit codes, many at a time: each has a slot from 1 to SLOTS - 1, and the others have 0."""

    KEEPS = {"_keys": PART, "_counts": PART, "_names": dict[int, str]}

    __slots__ = ("_counts", "_keys", "_names", "max_names")

    def __init__(self, max_names: int) -> None:
        if not 1 <= max_names <= LARGEST:
            raise ValueError(f"max_names must be 1 to {LARGEST}")
        self.max_names = max_names
        self._keys = np.zeros(SLOTS, np.uint64)
        self._counts = np.zeros(2, np.int64)
        self._names = {0: OTHER}

    def slots(self, codes: Array, name_of: Callable[[int], str]) -> Array:
        """The slots of the codes, as bytes; `name_of` tells the name that stands at a place of `codes`, and is asked once a name."""
        found: Array = _slots(self._keys, self._counts, codes, self.max_names)
        if len(self._names) <= self._counts[0]:
            for place, slot in enumerate(found.tolist()):
                if slot not in self._names:
                    self._names[slot] = name_of(place)
        return found

    def name(self, slot: int) -> str:
        return self._names[slot]

    @property
    def others(self) -> int:
        """How often a name came that found no slot."""
        return int(self._counts[1])

    def __len__(self) -> int:
        return int(self._counts[0])

    def taken_in(self) -> None:
        """Raises ValueError for names and slots that do not fit: a full table would be searched for ever."""
        taken = np.flatnonzero(self._keys).tolist()
        if not len(taken) == self._counts[0] <= self.max_names or 0 in taken or self._names.keys() != {0, *taken}:
            raise ValueError("names and slots do not fit")


@kernel(types.uint8[::1], CODES, INTS, CODES, INT)
def _slots(keys: Array, counts: Array, codes: Array, bound: int) -> Array:
    """Open addressing; slot 0 is nobody's."""
    found = np.zeros(codes.size, np.uint8)
    for place in range(codes.size):
        code = codes[place]
        slot = np.int64(code >> np.uint64(57))
        while slot == 0 or (keys[slot] != code and keys[slot] != 0):
            slot = (slot + 1) % SLOTS
        if keys[slot] == 0:
            if counts[0] >= bound:
                counts[1] += 1
                continue
            counts[0] += 1
            keys[slot] = code
        found[place] = slot
    return found
