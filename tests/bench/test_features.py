"""What the baselines read."""

import numpy as np

from tests.bench.features import CROSSES, GROUPS, NUMBERS, keys_of, matrix
from tests.bench.invented import as_cases, row


def named(*rows) -> list[dict[str, str]]:
    return [dict(zip(GROUPS, keys_of(declaration), strict=True)) for declaration in as_cases(*rows).declarations]


def test_groups_are_the_declarations_own_fields() -> None:
    (found,) = named(row(1, HS6_Code="90111", Country_of_Origin="ET", Country_of_Departure="CO", Tax_Rate="2.5", Tax_Type="FEU1"))
    assert (found["hs2"], found["hs4"], found["hs6"]) == ("09", "0901", "090111")
    assert found["hs6+origin+departure+rate"] == "090111|ET|CO|2.5"
    assert (found["trader"], found["declarant"], found["seller"], found["carrier"]) == ("T1", "D1", "S1", "")


def test_near_figures_share_their_groups_so_that_no_exact_value_can_be_recognised() -> None:
    # In quarters of a logarithm: mass 9.2 and 9.9, price 28.0 and 28.5, unit value 18.8 and 18.6.
    first, near = named(row(1, Net_Mass="10.0", Item_Price="1100.0"), row(1, Net_Mass="12.0", Item_Price="1250.0"))
    assert first == near
    (far,) = named(row(1, Net_Mass="13.0", Item_Price="1100.0"))  # mass 10.3, price 28.0, unit value 17.8
    different = {name for name in GROUPS if far[name] != first[name]}
    assert different == {"+".join(key) for key in CROSSES if {"mass/0.25", "unit/0.25", "unit/0.5", "mass/0.5"} & set(key)}


def test_what_is_missing_has_a_group_of_its_own_and_no_number() -> None:
    found = as_cases(row(1, Net_Mass="0.0"), row(2))
    numbers = dict(zip(NUMBERS, matrix(found.declarations).numbers[0], strict=True))
    assert np.isnan(numbers["log_mass"])
    assert np.isnan(numbers["log_unit_value"])
    assert named(row(1, Net_Mass="0.0"))[0]["mass/1"] == ""


def test_columns_have_no_group_in_common_and_equal_keys_the_same() -> None:
    found = matrix(as_cases(row(1), row(2, HS6_Code="610990"), row(8)).declarations)
    assert found.groups.shape == (3, len(GROUPS))
    assert all(not set(a) & set(b) for a, b in zip(found.groups.T, found.groups.T[1:], strict=False))
    hs6 = found.groups[:, GROUPS.index("hs6")].tolist()
    assert hs6[0] == hs6[2] != hs6[1]
    assert found.groups.max() == found.size - 1
