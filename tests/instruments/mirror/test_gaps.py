"""One cell of the mirror: gaps and classes, worked out by hand."""

from math import log

import pytest

from stream_app.instruments.mirror.gaps import Side, gap

EXPORTS = Side(1_000.0, 100.0, 5)
TOLERANCE = 0.15


@pytest.mark.parametrize(
    ("imports", "kind"),
    [
        (Side(1_050.0, 102.0, 5), "matched"),
        (Side(600.0, 100.0, 5), "under_valued"),
        (Side(600.0, 60.0, 5), "missing_quantity"),
        (Side(500.0, 70.0, 5), "missing_quantity"),  # ln 0.7 is less than ln(5 / 7)
        (Side(350.0, 70.0, 5), "under_valued"),
        (Side(1_500.0, 100.0, 5), "over_valued"),
        (Side(1_000.0, 150.0, 5), "under_valued"),  # more goods for the same money
        (Side(0.0, 0.0, 0), "export_only"),
        (Side(600.0, 0.0, 5), "under_valued"),  # no quantity: by value alone
    ],
)
def test_the_larger_shortfall_names_the_class(imports: Side, kind: str) -> None:
    assert gap(imports, EXPORTS, TOLERANCE).kind == kind


def test_what_the_partner_never_exported_is_import_only() -> None:
    assert gap(Side(600.0, 60.0, 5), Side(0.0, 0.0, 0), TOLERANCE).kind == "import_only"


def test_a_value_gap_is_the_sum_of_a_quantity_and_a_price_gap() -> None:
    found = gap(Side(600.0, 80.0, 5), EXPORTS, TOLERANCE)
    assert found.g_value == pytest.approx(log(0.6))
    assert found.g_quantity == pytest.approx(log(0.8))
    assert found.g_price == pytest.approx(log(0.75))


def test_the_weighted_gap_is_the_difference_times_the_ratio_of_quantities() -> None:
    found = gap(Side(600.0, 125.0, 5), EXPORTS, TOLERANCE)
    assert (found.weight, found.difference, found.weighted) == (0.8, -400.0, -320.0)
    assert gap(Side(600.0, 0.0, 5), EXPORTS, TOLERANCE).weight == 1.0
    assert gap(Side(0.0, 0.0, 0), EXPORTS, TOLERANCE).weighted == 0.0


def test_figures_whose_quotient_no_float_can_hold_have_a_gap_too() -> None:
    found = gap(Side(1e-309, 1e-320, 1), Side(1e24, 1e12, 1), 0.15)
    assert found.g_value is not None
    assert -800.0 < found.g_value < -700.0


def test_what_is_declared_to_be_worth_nothing_is_no_match() -> None:
    found = gap(Side(0.0, 0.0, 1), Side(1e6, 100.0, 1), TOLERANCE)
    assert (found.kind, found.g_value, found.weighted) == ("under_valued", None, -1e6)
    assert gap(Side(600.0, 60.0, 1), Side(0.0, 0.0, 1), TOLERANCE).kind == "matched"  # a partner that tells no value
