"""Editions of the Harmonized System, aligned: codes that became one another are one family, and families are compared.

A code that was split, or merged with others, cannot be followed alone: what belongs together through any number of editions is taken together
(Pierce and Schott, "Concording U.S. Harmonized System codes over time", Journal of Official Statistics 28(1), 2012). A family is named by its
smallest code of the latest edition that the table knows.
"""

import csv
from collections.abc import Iterable
from functools import cache
from importlib import resources

Pair = tuple[int, str, int, str]
"""(edition, HS6, later edition, HS6): what the one became, or a part of it."""
COLUMNS = ("edition", "hs6", "later_edition", "later_hs6")


class Concordance:
    """Codes that no pair names are their own family. Bounded by the table that it is made from; union by the smaller name."""

    def __init__(self, pairs: Iterable[Pair] = ()) -> None:
        self._parent: dict[tuple[int, str], tuple[int, str]] = {}
        for edition, hs6, later, became in pairs:
            self._join((edition, hs6), (later, became))
        self._families = {code: self._root(code)[1] for code in self._parent}
        # Of a code that is told without its edition, or of one that lies between two that are named: any edition's family will do.
        self._any = {code[1]: family for code, family in sorted(self._families.items())}

    def family(self, hs_code: str) -> str:
        """The family of a code of whichever edition: its first six digits, or what these became."""
        hs6 = hs_code[:6]
        return self._any.get(hs6, hs6)

    def __len__(self) -> int:
        return len(self._any)

    def _join(self, one: tuple[int, str], other: tuple[int, str]) -> None:
        first, second = self._root(one), self._root(other)
        if first != second:
            newer, older = sorted((first, second), key=lambda code: (-code[0], code[1]))
            self._parent[older] = newer

    def _root(self, code: tuple[int, str]) -> tuple[int, str]:
        parent = self._parent.setdefault(code, code)
        while parent != code:
            code, parent = parent, self._parent[parent]
        return code


def read_pairs(lines: Iterable[str]) -> list[Pair]:
    """Pairs of a CSV with the columns COLUMNS; lines that begin with # are remarks. Raises ValueError."""
    found: list[Pair] = []
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise ValueError(f"the columns must be {', '.join(COLUMNS)}")
    for row in rows:
        codes = row["hs6"], row["later_hs6"]
        if not all(code and len(code) == 6 and code.isdigit() for code in codes):
            raise ValueError(f"line {rows.line_num}: a code has six digits")
        found.append((int(row["edition"]), codes[0], int(row["later_edition"]), codes[1]))
    return found


@cache
def known(more: tuple[Pair, ...] = ()) -> Concordance:
    """The few changes that come with the release (concordance.csv), and those that an administration adds from the WCO's or UNSD's full tables."""
    text = resources.files("stream_app.instruments.mirror").joinpath("concordance.csv").read_text(encoding="utf-8")
    return Concordance([*read_pairs(text.splitlines()), *more])
