"""The schema files as validators. A fault is reported with its pointer, a code and a text that quotes the schema, never the record."""

import difflib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from stream_app.contracts.errors import Code, Fault

MAX_FAULTS = 20
"""Faults listed for one record; a record can have thousands."""

_KEYWORDS: dict[str, tuple[Code, str]] = {
    "required": (Code.MISSING_FIELD, "is required"),
    "type": (Code.WRONG_TYPE, "must be of type {}"),
    "const": (Code.UNKNOWN_VERSION, "must be {}"),
    "falseSchema": (Code.NOT_ALLOWED, "must not stand beside the others"),
    "enum": (Code.NOT_ALLOWED, "must be one of {}"),
    "pattern": (Code.BAD_FORMAT, "must match {}"),
    "format": (Code.BAD_FORMAT, "must be a {}"),
    "minimum": (Code.OUT_OF_RANGE, "must be at least {}"),
    "maximum": (Code.OUT_OF_RANGE, "must be at most {}"),
    "exclusiveMinimum": (Code.OUT_OF_RANGE, "must be greater than {}"),
    "minLength": (Code.OUT_OF_RANGE, "must have at least {} characters"),
    "maxLength": (Code.OUT_OF_RANGE, "must have at most {} characters"),
    "minItems": (Code.OUT_OF_RANGE, "must have at least {} entries"),
    "maxItems": (Code.TOO_MANY, "must have at most {} entries"),
}


def directory() -> Path:
    """Where the schema files are: beside the package in a checkout, inside it once it is installed from a wheel."""
    checkout = Path(__file__).parents[2] / "schemas"
    return checkout if checkout.is_dir() else Path(str(resources.files("stream_app"))) / "_data" / "schemas"


class Schema:
    """One schema file, compiled."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.document: dict[str, Any] = orjson.loads((directory() / f"{name}.schema.json").read_bytes())
        self._validator = jsonschema_rs.Draft202012Validator(self.document, validate_formats=True)
        self._known = sorted(_property_names(self.document))

    def faults(self, document: object, every: bool = True) -> list[Fault]:
        """What is wrong with a document; empty when nothing is (11 us for a declaration of 1.3 KB).

        `every` False stops at the first fault: a large document can hold half a million, and describing them takes 12 s.
        """
        if self._validator.is_valid(document):
            return []
        if too_long := self._too_long(document):
            return too_long
        if every:
            errors = self._validator.iter_errors(document)
            return [self._fault(error) for error, _ in zip(errors, range(MAX_FAULTS), strict=False)]
        try:
            self._validator.validate(document)
        except jsonschema_rs.ValidationError as error:
            return [self._fault(error)]
        return []

    def _too_long(self, document: object) -> list[Fault]:
        """Over-long lists at the top are told without looking into them: every entry could be at fault, and every fault costs time."""
        if not isinstance(document, dict):
            return []
        lists = ((name, rule.get("maxItems"), document.get(name)) for name, rule in self.document["properties"].items())
        code, text = _KEYWORDS["maxItems"]
        return [Fault(f"/{name}", code, text.format(most)) for name, most, value in lists if most and isinstance(value, list) and len(value) > most]

    def _fault(self, error: jsonschema_rs.ValidationError) -> Fault:
        keyword, value = error.kind.name, error.kind.value
        path = list(error.instance_path)
        if keyword == "required":
            path.append(value)
        if keyword == "additionalProperties":
            return Fault(pointer(path), Code.UNKNOWN_FIELD, self._unknown(value))
        code, text = _KEYWORDS.get(keyword, (Code.BAD_FORMAT, f"breaks the rule {keyword}"))
        told = " or ".join(value) if keyword == "type" else ", ".join(map(str, value)) if keyword == "enum" else value
        return Fault(pointer(path), code, text.format(told))

    def _unknown(self, names: list[str]) -> str:
        """A misspelt property is answered with the known one that it resembles; what the sender wrote is not repeated."""
        near = {match for name in names[:MAX_FAULTS] for match in difflib.get_close_matches(name[:64], self._known, n=1)}
        hint = f"; did you mean {', '.join(sorted(near))}?" if near else ""
        return f"{len(names)} unknown propert{'y' if len(names) == 1 else 'ies'}{hint}"


@cache
def schema(name: str) -> Schema:
    """The compiled schema `name`, such as "declaration.v1"; compiled once a process."""
    return Schema(name)


def pointer(path: list[str | int]) -> str:
    """RFC 6901."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _property_names(node: object) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_property_names, node))
    if not isinstance(node, dict):
        return set()
    own = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
    return own.union(*map(_property_names, node.values()))
