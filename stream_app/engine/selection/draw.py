"""A fair draw that anybody can repeat: the same item in the same version always draws the same number, whatever came before it."""

from hashlib import blake2b

_SCALE = 2.0**-64


class Draw:
    """Numbers in [0, 1), uniform over items. The key is the configured seed: who knows it can foretell the random sample."""

    __slots__ = ("_key", "_keyed")

    def __init__(self, seed: str) -> None:
        self.__setstate__(blake2b(seed.encode(), digest_size=16).digest())

    def __getstate__(self) -> bytes:
        return self._key

    def __setstate__(self, key: bytes) -> None:
        self._key, self._keyed = key, blake2b(digest_size=8, key=key)

    def of(self, declaration_id: str, version: int, item_number: int) -> float:
        drawn = self._keyed.copy()
        drawn.update(f"{declaration_id}\x1f{version}\x1f{item_number}".encode())
        return int.from_bytes(drawn.digest(), "big") * _SCALE
