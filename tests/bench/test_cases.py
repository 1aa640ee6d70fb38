"""Rows become cases: in the order of their days, with their truth, and with what was there before."""

import numpy as np
import pytest

from tests.bench.cases import FILES, never_seen, read
from tests.bench.invented import as_cases, row


def test_cases_stand_in_the_order_of_their_days_and_know_the_test_period() -> None:
    found = as_cases(row(1, day=31), row(2, day=0), row(3, day=30), row(4, day=31))
    assert [declaration.declaration_id for declaration in found.declarations] == ["00000002", "00000003", "00000001", "00000004"]
    assert found.day.tolist() == [0, 30, 31, 31]
    assert found.test.tolist() == [False, False, True, True]  # from 1 January on
    assert [(day, places.tolist()) for day, places in found.days()] == [(0, [0]), (30, [1]), (31, [2, 3])]


def test_labels_and_the_duty_at_stake_are_those_of_the_row() -> None:
    found = as_cases(row(1), row(2, Fraud="1", Critical_Fraud="1"), row(3, Fraud="1", Critical_Fraud="2", Item_Price="50.0", Tax_Rate="20.0"))
    assert found.irregular.tolist() == [False, True, True]
    assert found.critical.tolist() == [False, False, True]
    assert found.duty.tolist() == pytest.approx([64.0, 64.0, 10.0])  # 8 % of 800, 20 % of 50


def test_a_row_is_never_seen_until_its_goods_route_and_figures_came_before() -> None:
    rows = [row(1), row(2, Importer_ID="T9"), row(3, Item_Price="801.0"), row(4, Country_of_Departure="HK"), row(5, Item_Price="800")]
    assert never_seen(rows).tolist() == [True, False, True, True, False]
    found = as_cases(*rows)
    assert found.never_seen.tolist() == [True, False, True, True, False]
    assert len(np.unique(found.exact)) == 3


def test_what_the_contract_refuses_is_counted_and_left_out() -> None:
    found = as_cases(row(1), row(2, Country_of_Origin="nowhere"), row(3))
    assert (len(found), found.refused) == (2, 1)


def test_absent_files_are_named(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=f"no {FILES[0]} and no {FILES[1]}"):
        read(tmp_path)
