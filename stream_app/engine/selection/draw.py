"""A fair draw that anybody can repeat: the same item in the same version always draws the same number, whatever came before it."""

from hashlib import blake2b

_SCALE = 2.0**-64


class Draw:
    """Numbers in [0, 1), uniform over items. The key is the configured seed: who knows it can foretell the random sample."""

    __slots__ = ("_seed",)

    def __init__(self, seed: str) -> None:
        self._seed = blake2b(seed.encode(), digest_size=16).digest()

    def of(self, declaration_id: str, version: int, item_number: int) -> float:
        digest = blake2b(f"{declaration_id}\x1f{version}\x1f{item_number}".encode(), digest_size=8, key=self._seed).digest()
        return int.from_bytes(digest, "big") * _SCALE
