"""The day's consignments as columns: numpy draws a whole day at once, and only the last step makes one document after another."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NONE = -1


@dataclass(slots=True)
class Headers:
    """One row a declaration. Whole numbers index the tables of countries.py and freight.py; parties are numbers too, see parties.py."""

    lodged_at: Ints  # epoch seconds, UTC
    trader: Ints
    declarant: Ints
    seller: Ints
    consignee: Ints  # NONE where it is the trader
    office: Ints
    mode: Ints
    departure: Ints
    destination: Ints
    currency: Ints
    export: Bools
    low_value: Bools  # lodged on the simplified low-value declaration (EU: H7)


@dataclass(slots=True)
class Items:
    """One row a goods item, as declared; `scheme`, `true_duty_eur` and `prohibited` are the ground truth and never leave in a declaration."""

    declaration: Ints  # row of its header
    commodity: Ints  # row of the tariff
    origin: Ints
    preference: Ints
    net_mass_kg: Floats
    gross_mass_kg: Floats
    quantity: Floats  # 0 where the tariff asks for none
    packages: Ints
    value_eur: Floats
    duty_percent: Floats
    true_duty_eur: Floats
    scheme: Ints  # index into schemes.SCHEMES, or NONE
    prohibited: Bools


@dataclass(slots=True)
class Consignments:
    headers: Headers
    items: Items


T = TypeVar("T", Headers, Items)


def take(columns: T, rows: NDArray[Any]) -> T:
    return type(columns)(**{field.name: getattr(columns, field.name)[rows] for field in fields(columns)})


def _stack(parts: Sequence[T]) -> T:
    return type(parts[0])(**{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(parts[0])})


def join(parts: Sequence[Consignments]) -> Consignments:
    """All parts as one, declarations in the order of lodging, items beside each other in the order of their declarations."""
    sizes = [len(part.headers.lodged_at) for part in parts]
    headers, items = _stack([part.headers for part in parts]), _stack([part.items for part in parts])
    items.declaration += np.repeat(np.cumsum([0, *sizes[:-1]]), [len(part.items.declaration) for part in parts])
    order = np.argsort(headers.lodged_at, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    items.declaration = rank[items.declaration]
    return Consignments(take(headers, order), take(items, np.argsort(items.declaration, kind="stable")))
