"""The injected frauds on a few invented rows."""

from collections import Counter

import pytest

from tests.bench.cases import never_seen
from tests.bench.injection import FROM, SCHEMES, inject

CODES = ("610910", "610990", "611020", "611030")


def invented(number: int) -> dict[str, str]:
    return {
        "Declaration ID": f"{number:06d}",
        "Date": "2020-01-01" if number < 100 else "2020-08-01",
        "Office ID": str(10 + number % 3),
        "Importer ID": f"T{number % 7}",
        "Seller ID": f"S{number % 5}",
        "HS6 Code": CODES[number % 4],
        "Country of Departure": "CN",
        "Country of Origin": ("CN", "VN", "BD")[number % 3],
        "Tax Rate": str(float(number % 4 * 4)),
        "Tax Type": "A",
        "Net Mass": "40.0",
        "Item Price": "800.0",
    }


ROWS = [invented(number) for number in range(1_300)]


def test_the_same_seed_gives_the_same_frauds_and_leaves_the_rows_alone() -> None:
    before = [dict(row) for row in ROWS]
    assert inject(ROWS, 4) == inject(ROWS, 4)
    assert inject(ROWS, 4) != inject(ROWS, 5)
    assert before == ROWS


def test_only_late_rows_are_forged_and_all_schemes_come_up() -> None:
    injected = inject(ROWS, 4, share=0.1)
    assert set(injected.scheme.values()) == set(SCHEMES)
    assert all(row["Date"] >= FROM for row in injected.rows if row["Declaration ID"] in injected.scheme)
    assert len(set(injected.group.values())) <= 120


def test_what_is_split_adds_up() -> None:
    injected = inject(ROWS, 4, share=0.1)
    split = [row for row in injected.rows if injected.scheme.get(row["Declaration ID"]) == "splitting"]
    sizes = Counter(injected.group[row["Declaration ID"]] for row in split)
    assert all(4 <= size <= 8 for size in sizes.values())
    for group in sizes:
        parts = [row for row in split if injected.group[row["Declaration ID"]] == group]
        assert sum(float(row["Item Price"]) for row in parts) == pytest.approx(800.0)
        assert sum(float(row["Net Mass"]) for row in parts) == pytest.approx(40.0)


def test_misclassified_goods_stay_in_their_chapter_at_half_the_rates_or_less() -> None:
    injected = inject(ROWS, 4, share=0.1)
    honest = {row["Declaration ID"]: row for row in ROWS}
    forged = [row for row in injected.rows if injected.scheme.get(row["Declaration ID"]) == "misclassification"]
    assert forged
    for row in forged:
        assert row["HS6 Code"] != honest[row["Declaration ID"]]["HS6 Code"]
        assert float(row["Tax Rate"]) <= 6.0  # of 0, 4, 8 and 12 the median is 6


def test_a_row_is_new_until_its_goods_route_and_figures_came_before() -> None:
    first, again, other = invented(1), invented(1) | {"Importer ID": "T9"}, invented(1) | {"Item Price": "801.0"}
    assert never_seen([first, again, other]).tolist() == [True, False, True]
