"""The words of explanations: a TOML file a language, every text a template with named fields; numbers are written here and nowhere else.

A text that a language lacks is taken from English, whole.
"""

import tomllib
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from string import Formatter
from typing import Any

from stream_app.explain.numbers import Numbers

FOLDER = Path(__file__).with_name("catalogue")
ENGLISH = "en"

Part = tuple[str, str | None, str]
"""Literal text, the field that follows it, and the name of how to write that field."""
Writer = Callable[[Any], str]
Template = tuple[str, list[tuple[str, Writer]]]
"""A text with a place for every field, and the fields in their order."""


class CatalogueError(ValueError):
    """A catalogue cannot be used; the message has a line for every fault."""


class Catalogue:
    """The texts of one language; `english` answers for what it lacks. Texts are addressed by table and name."""

    def __init__(self, tables: dict[str, Any], english: "Catalogue | None" = None) -> None:
        self.language: str = tables.get("language", "")
        self._english = english
        self.numbers = Numbers(tables.get("numbers", {}))
        self._writers: dict[str, Writer] = {
            "": str,
            "number": self.numbers.number,
            "count": self.numbers.count,
            "percent": self.numbers.percent,
            "term": self.term,
            "signals": self._signals,
        }
        counts = (english._counts if english else {}) | tables.get("counts", {})
        self._counts: dict[str, dict[str, str]] = counts
        self._writers |= {name: partial(self._counted, forms) for name, forms in counts.items()}
        texts = {name: table for name, table in tables.items() if name not in ("numbers", "counts") and isinstance(table, dict)}
        self._parts = {(table, name): _parts(text) for table, entries in texts.items() for name, text in entries.items()}
        if faults := self._faults():
            raise CatalogueError("\n".join(faults))
        self._texts = {at: self._template(parts) for at, parts in self._parts.items()}

    def _template(self, parts: list[Part]) -> Template:
        form = "".join(literal.replace("%", "%%") + ("" if field is None else "%s") for literal, field, _ in parts)
        return form, [(field, self._writers[way]) for _, field, way in parts if field is not None]

    def _faults(self) -> list[str]:
        """Ways of writing that do not exist; in a translation also fields and texts that English does not have."""
        found = []
        for (table, name), parts in self._parts.items():
            where = f"[{table}] {name}: there is no"
            found += [f"{where} way of writing {way!r}" for _, _, way in parts if way not in self._writers]
            if self._english is None:
                continue
            theirs = self._english._parts.get((table, name))
            if theirs is None:
                found.append(f"{where} such text in English")
            else:
                strange = {field for _, field, _ in parts} - {field for _, field, _ in theirs} - {None}
                found += [f"{where} field {field!r} in English" for field in sorted(map(str, strange))]
        return found

    def has(self, table: str, name: str) -> bool:
        return (table, name) in self._texts or (self._english is not None and self._english.has(table, name))

    def text(self, table: str, name: str, /, **fields: Any) -> str:
        """The text with its fields filled in. Raises KeyError for an unknown text or field, ValueError for a field that is None."""
        template = self._texts.get((table, name))
        if template is None:
            if self._english is None:
                raise KeyError(f"[{table}] {name}")
            return self._english.text(table, name, **fields)
        form, slots = template
        values = [(fields[field], writer) for field, writer in slots]
        if None in [value for value, _ in values]:
            raise ValueError(f"a field of [{table}] {name} is empty")
        return form % tuple([writer(value) for value, writer in values])

    def _counted(self, forms: dict[str, str], n: float) -> str:
        return forms["one" if round(n) == 1 else "other"].replace("{0}", self.numbers.count(n))

    def _signals(self, one_in: dict[str, float]) -> str:
        if not one_in:
            raise ValueError("no signal is named")
        return ", ".join(self.text("phrases", "signal", name=name, one_in=n) for name, n in one_in.items())

    def group(self, level: str, key: Sequence[str]) -> str:
        """A peer group in words, such as "HS 610910 from CN"."""
        return self.text("groups", level, **{str(place): part for place, part in enumerate(key)})

    def term(self, name: str) -> str:
        """The name of a detector, attribute or measure; a detector that an administration added may have none."""
        return self.text("terms", name) if self.has("terms", name) else name.replace("_", " ")

    def unit(self, code: str, feature: str) -> str:
        return self.text("units", feature if self.has("units", feature) else code)


def _parts(text: object) -> list[Part]:
    if not isinstance(text, str):
        raise CatalogueError(f"{text!r} is no text")
    try:
        return [(literal, field, way or "") for literal, field, way, _ in Formatter().parse(text)]
    except ValueError as error:
        raise CatalogueError(f"{text!r}: {error}") from None


def languages() -> list[str]:
    """The languages there are."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(path: Path) -> Catalogue:
    """A catalogue from its file. Raises CatalogueError, OSError."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path.name}: {error}") from None
    return Catalogue(tables, None if path == FOLDER / f"{ENGLISH}.toml" else english())


@cache
def english() -> Catalogue:
    """Read once a process."""
    return load(FOLDER / f"{ENGLISH}.toml")
