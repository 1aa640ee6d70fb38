"""One cell of the mirror: how far our imports lie from the partner's exports, and what kind of difference it is.

Sources: Bhagwati, "On the underinvoicing of imports" (1964); Fisman and Wei, "Tax rates and tax evasion: evidence from missing imports in China",
Journal of Political Economy 112(2), 2004 (misclassification into neighbouring lower-duty codes); Carrere and Grigoriou, "Can mirror data help to
capture informal international trade?", UNCTAD 2014 (orphan flows, weighting by quantity).
"""

from dataclasses import dataclass
from math import log
from typing import NamedTuple

MATCHED, UNDER, MISSING, OVER = "matched", "under_valued", "missing_quantity", "over_valued"
MISCLASSIFIED, IMPORT_ONLY, EXPORT_ONLY = "misclassified", "import_only", "export_only"
CLASSES = (MATCHED, UNDER, MISSING, OVER, MISCLASSIFIED, IMPORT_ONLY, EXPORT_ONLY)


class Side(NamedTuple):
    """What one country recorded: value in accounting currency (of imports free on board already), quantity in kg; 0 where nothing was said."""

    value: float
    quantity: float
    records: int


@dataclass(frozen=True, slots=True)
class Gap:
    """`g_value` is ln(import FOB / export), `g_quantity` the same of quantities, `g_price` the difference; None where a side is missing.

    `weight` is min(q) / max(q) (1 where a quantity is missing or goods were declared to be worth nothing, 0 where a side is missing), `weighted` is
    weight x (v_M - v_X) in accounting currency.
    """

    kind: str
    g_value: float | None
    g_quantity: float | None
    g_price: float | None
    weight: float
    weighted: float
    difference: float


def gap(imports: Side, exports: Side, tolerance: float) -> Gap:
    """`tolerance`: a difference of logarithms up to which two figures are alike."""
    difference = imports.value - exports.value
    if not exports.value or not imports.value:
        weight = 1.0 if (kind := _one_sided(imports, exports)) == UNDER else 0.0
        return Gap(kind, None, None, None, weight, weight * difference, difference)
    # A quotient of what a schema allows may be 0; a difference of logarithms is a number.
    g_value = log(imports.value) - log(exports.value)
    if not exports.quantity or not imports.quantity:
        return Gap(_kind(g_value, None, None, tolerance), g_value, None, None, 1.0, difference, difference)
    g_quantity = log(imports.quantity) - log(exports.quantity)
    g_price = g_value - g_quantity
    weight = min(imports.quantity, exports.quantity) / max(imports.quantity, exports.quantity)
    return Gap(_kind(g_value, g_quantity, g_price, tolerance), g_value, g_quantity, g_price, weight, weight * difference, difference)


def _one_sided(imports: Side, exports: Side) -> str:
    """Where a side says no value. A partner may not tell it (0 is missing, export.v1); what is declared at nothing is under-valued."""
    if imports.records and exports.records:
        return UNDER if exports.value else MATCHED
    return IMPORT_ONLY if imports.records else EXPORT_ONLY


def _kind(g_value: float, g_quantity: float | None, g_price: float | None, tolerance: float) -> str:
    """The larger shortfall names it: of quantity, or of price; only what falls short of nothing can be over-valued."""
    if g_quantity is None or g_price is None:
        return UNDER if g_value < -tolerance else OVER if g_value > tolerance else MATCHED
    if min(g_quantity, g_price) < -tolerance:
        return MISSING if g_quantity <= g_price else UNDER
    return OVER if g_value > tolerance else MATCHED
