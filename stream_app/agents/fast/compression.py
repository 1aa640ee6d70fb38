"""How hard results are compressed. aiokafka takes gzip's level 9 and offers no other: an eighth of a busy worker's time for a seventh fewer bytes."""

from typing import Any, cast

from aiokafka import codec

LEVEL = 3
"""37 us a declaration at level 9, 10 at this one; an assessment comes down to 0.194 of its size instead of 0.169."""


def compress_lightly() -> None:
    """From now on, in this process. Where another aiokafka has no such default to be changed, its own level stays."""
    encode = cast(Any, codec.gzip_encode)
    if encode.__defaults__ == (None,):
        encode.__defaults__ = (LEVEL,)
