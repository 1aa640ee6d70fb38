"""The words of explanations: a TOML file a language, every text a template with named fields; numbers are written here and nowhere else.

A text that a language lacks is taken from English, whole.
"""

import tomllib
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from string import Formatter
from typing import Any

from stream_app.contracts.assessment import Reason, Step

FOLDER = Path(__file__).with_name("catalogue")
ENGLISH = "en"

FIELDS = ("actual", "typical", "lower", "upper", "unit", "feature", "n_peer", "impact")
"""What a reason's text may say, beside peer_group and the reason's own details."""
SMALLEST_POINTS = 0.01
"""Percent, below which a share is only said to be smaller."""

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
        self._numbers: dict[str, str] = {"decimal": ".", "thousands": ",", "percent": "{0}%"} | tables.get("numbers", {})
        marks = {",": self._numbers["thousands"], ".": self._numbers["decimal"]}
        self._marks = str.maketrans({ours: theirs for ours, theirs in marks.items() if ours != theirs})
        self._writers: dict[str, Writer] = {
            "": str,
            "number": self.number,
            "count": self.count,
            "percent": self.percent,
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
        return forms["one" if round(n) == 1 else "other"].replace("{0}", self.count(n))

    def _signals(self, one_in: dict[str, float]) -> str:
        if not one_in:
            raise ValueError("no signal is named")
        return ", ".join(self.text("phrases", "signal", name=name, one_in=n) for name, n in one_in.items())

    def number(self, value: float) -> str:
        """As people write it: 0.0786, 5.62, 12,760."""
        size = abs(value)
        return self._marked(f"{value:,.0f}" if 999.95 <= size < 1e15 else f"{value:.4g}" if size >= 1 else f"{value:.3g}")

    def count(self, value: float) -> str:
        return self._marked(f"{value:,.0f}")

    def _marked(self, figure: str) -> str:
        return figure.translate(self._marks) if self._marks else figure

    def percent(self, share: float) -> str:
        """A share as a percentage: 0.4, 3.7, 42; the more 99.97 the nearer to all."""
        points = 100.0 * share
        if 0.0 < points < SMALLEST_POINTS:
            return "<" + self.percent(SMALLEST_POINTS / 100.0)
        if 99.0 < points < 100.0:
            decimals = next((places for places in range(1, 6) if round(points, places) < 100.0), 6)
            figure = f"{points:.{decimals}f}"
        else:
            figure = f"{points:.0f}" if points >= 9.95 or not points else f"{points:.2g}"
        return self._numbers["percent"].replace("{0}", self._marked(figure))

    def group(self, level: str, key: Sequence[str]) -> str:
        """A peer group in words, such as "HS 610910 from CN"."""
        return self.text("groups", level, **{str(place): part for place, part in enumerate(key)})

    def term(self, name: str) -> str:
        """The name of a detector, attribute or measure; a detector that an administration added may have none."""
        return self.text("terms", name) if self.has("terms", name) else name.replace("_", " ")

    def unit(self, code: str, feature: str) -> str:
        return self.text("units", feature if self.has("units", feature) else code)

    def unit_of(self, reason: Reason) -> str:
        """The reason's unit in this language."""
        return self.unit(reason.code, reason.feature) if self.has("units", reason.feature) or self.has("units", reason.code) else reason.unit

    def peer_group(self, reason: Reason) -> str:
        """The group that the reason compares with, in this language."""
        step = next((step for step in reason.path if step.group == reason.peer_group), None)
        return reason.peer_group if step is None else self.step(step)

    def step(self, step: Step) -> str:
        return self.group(step.level, step.key) if self.has("groups", step.level) else step.group

    def reason(self, reason: Reason) -> str:
        """The reason in a sentence. Raises KeyError or ValueError where its code, or a field of it, is not known."""
        values = {name: getattr(reason, name) for name in FIELDS}
        group = self.peer_group(reason) if self._english else reason.peer_group
        return self.text("reasons", reason.code, **(reason.details | values), details=reason.details, peer_group=group)


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
