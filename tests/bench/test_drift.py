"""Streams that change, and one that does not."""

from collections import Counter

from tests.bench.drift import BURST, shuffled, swap_histories, with_burst
from tests.bench.invented import row

CODES = [str(610000 + number) for number in range(50)]
ROWS = [row(number, number // 50, HS6_Code=CODES[number % 50], Country_of_Origin=("CN", "VN")[number % 2]) for number in range(2_000)]
SWAP = "2021-01-01"


def test_three_codes_in_ten_are_others_from_the_day_on_and_none_before() -> None:
    changed = swap_histories(ROWS, SWAP)
    pairs = {(old["HS6 Code"], new["HS6 Code"]) for old, new in zip(ROWS, changed, strict=True) if old["Date"] >= SWAP}
    moved = {pair for pair in pairs if pair[0] != pair[1]}
    assert len(pairs) == 50
    assert len(moved) == 15
    assert {old for old, _ in moved} == {new for _, new in moved}
    assert all(old == new for old, new in zip(ROWS, changed, strict=True) if old["Date"] < SWAP)


def test_only_the_code_is_another() -> None:
    changed = swap_histories(ROWS, SWAP)
    assert all(old | {"HS6 Code": ""} == new | {"HS6 Code": ""} for old, new in zip(ROWS, changed, strict=True))
    assert swap_histories(ROWS, SWAP, seed=1) == changed
    assert swap_histories(ROWS, SWAP, seed=2) != changed


def test_shuffled_rows_are_the_same_rows_under_the_same_dates() -> None:
    found = shuffled(ROWS)
    assert [one["Date"] for one in found] == [one["Date"] for one in ROWS]
    assert Counter(one["Declaration ID"] for one in found) == Counter(one["Declaration ID"] for one in ROWS)
    assert [one["Declaration ID"] for one in found] != [one["Declaration ID"] for one in ROWS]


def test_a_burst_is_fraud_in_a_fifth_of_the_rows_of_two_weeks() -> None:
    rows = [one | {"Date": f"2020-11-{1 + number % 30:02d}"} for number, one in enumerate(ROWS)]
    injected = with_burst(rows)
    dates = {one["Date"] for one in injected.rows if one["Declaration ID"] in injected.scheme}
    inside = sum(BURST[0] <= one["Date"] <= BURST[1] for one in rows)
    assert min(dates) >= BURST[0]
    assert max(dates) <= BURST[1]
    assert len(set(injected.group.values())) == round(0.20 * inside)
