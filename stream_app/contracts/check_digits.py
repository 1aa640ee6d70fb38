"""Check digits of what moves: containers (ISO 6346:2022, annex A) and ships (IMO resolution A.1117(30))."""

LETTER_VALUES = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", [n for n in range(10, 39) if n % 11], strict=True))
"""Letters count from 10 and leave out the multiples of eleven: A=10, B=12 … K=21, L=23 … U=32, V=34 … Z=38."""

_VALUES = LETTER_VALUES | {str(digit): digit for digit in range(10)}
_EQUIPMENT = [{character: value << place for character, value in _VALUES.items()} for place in range(10)]


def equipment_check_digit(prefix: str) -> int:
    """Of the first ten characters of a container number, such as CSQU305438: the weighted sum modulo 11, and 10 counts as 0."""
    return sum([table[character] for table, character in zip(_EQUIPMENT, prefix, strict=True)]) % 11 % 10


def vessel_check_digit(prefix: str) -> int:
    """Of the first six digits of a ship's IMO number, such as 907472: the last digit of their sum, weighted 7 to 2."""
    return sum([int(digit) * weight for digit, weight in zip(prefix, range(7, 1, -1), strict=True)]) % 10
