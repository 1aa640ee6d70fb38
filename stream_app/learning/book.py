"""Many arrays handed to a kernel as one: by where they are. A kernel that is given thirty arrays spends as long taking them as it works.

Whoever makes a book keeps the arrays, and makes a new one when any of them is replaced: a kernel would read what is there no more.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic as _intrinsic

from stream_app.learning.compiled import Array, inlined

BOOK = types.int64[:, ::1]
"""How a kernel takes it: a row [address, length, columns] an array."""
intrinsic: Any = _intrinsic
_Pointer: Any = types.CPointer
carray: Any = numba.carray  # type: ignore[attr-defined]
_ADDRESS, _LENGTH, _COLUMNS = range(3)


def book(arrays: Sequence[Array]) -> Array:
    """Of C-contiguous arrays of one or two dimensions."""
    if not all(array.flags.c_contiguous for array in arrays):
        raise ValueError("an array in a book must be C-contiguous")
    return np.array([(array.ctypes.data, len(array), array.shape[-1]) for array in arrays], np.int64)


def _cast(kind: Any) -> Callable[[Any], Any]:
    """From an address to a pointer."""

    def pointer(typing_context: Any, address: Any) -> Any:
        del typing_context

        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return _Pointer(kind)(address), code

    found: Callable[[Any], Any] = intrinsic(pointer)
    return found


_to_codes, _to_floats, _to_ints = _cast(types.uint64), _cast(types.float64), _cast(types.int64)


@inlined
def codes(book: Array, number: int) -> Any:
    """The `number`-th array, of uint64."""
    return carray(_to_codes(book[number, _ADDRESS]), (book[number, _LENGTH],))


@inlined
def floats(book: Array, number: int) -> Any:
    """Of float64."""
    return carray(_to_floats(book[number, _ADDRESS]), (book[number, _LENGTH],))


@inlined
def ints(book: Array, number: int) -> Any:
    """Of int64."""
    return carray(_to_ints(book[number, _ADDRESS]), (book[number, _LENGTH],))


@inlined
def matrix(book: Array, number: int) -> Any:
    """Of float64, with two dimensions."""
    return carray(_to_floats(book[number, _ADDRESS]), (book[number, _LENGTH], book[number, _COLUMNS]))
