"""Entries found through what a goods item has, against looking at every entry."""

import random
from dataclasses import replace
from typing import Any

import pytest

from stream_app.contracts.declaration import Declaration
from stream_app.contracts.errors import Code, ContractError
from stream_app.engine.selection import ControlLists
from tests.engine.selection.support import DAY, NOW, PLAIN, lists, suppress, watch

ITEM = PLAIN.items[0]


def mandatory(found: ControlLists, declaration: Declaration = PLAIN, **goods: Any) -> str | None:
    entry = found.mandatory(declaration, replace(ITEM, **goods))
    return entry and entry.entry_id


MATCHING = {
    "trader_id": "T-1",
    "declarant_id": "D-1",
    "office": "NL000510",
    "departure_country": "CN",
    "transport_mode": "1",
    "direction": "import",
    "origin_country": "CN",
    "procedure": "40",
    "hs_prefix": "6109",
}


@pytest.mark.parametrize(("field", "value"), MATCHING.items())
def test_an_entry_matches_by_each_of_its_fields(field: str, value: str) -> None:
    assert mandatory(lists(watch(**{field: f"ZZ {value}"}))) == "W-1"
    assert mandatory(lists(watch(**{field: "99"}))) is None


@pytest.mark.parametrize("field", ["seller_id", "consignee_id", "carrier_id"])
def test_a_party_that_is_missing_matches_nothing(field: str) -> None:
    found = lists(watch(**{field: "P-1"}))
    assert mandatory(found) is None
    assert mandatory(found, replace(PLAIN, **{field: "P-1"})) == "W-1"


def test_any_of_the_containers_matches() -> None:
    found = lists(watch(equipment_id="MSKU1234565"))
    assert mandatory(found) is None
    assert mandatory(found, replace(PLAIN, equipment_ids=("TCLU7654326", "MSKU1234565"))) == "W-1"


def test_all_fields_must_match_and_any_value_of_each() -> None:
    found = lists(watch(hs_prefix="0901 6109", origin_country="CN BD", office="NL000510"))
    assert mandatory(found) == "W-1"
    assert mandatory(found, origin_country="BD") == "W-1"
    assert mandatory(found, origin_country="VN") is None
    assert mandatory(found, hs_code="620520") is None
    assert mandatory(found, replace(PLAIN, office="NL000511")) is None


def test_an_entry_holds_from_its_beginning_until_before_its_end_by_event_time() -> None:
    found = lists(watch(trader_id="T-1", valid_from=NOW - DAY, expires_at=NOW + DAY))
    at = {hours: mandatory(found, replace(PLAIN, lodged_epoch=NOW + hours * 3_600)) for hours in (-25, -24, 0, 23.9, 24)}
    assert at == {-25: None, -24: "W-1", 0: "W-1", 23.9: "W-1", 24: None}


def test_of_several_entries_the_strictest_lane_is_taken_then_the_first_id_in_whatever_order_they_came() -> None:
    entries = [watch("W-3", "yellow", trader_id="T-1"), watch("W-2", "red", hs_prefix="61"), watch("W-1", "red", office="NL000510")]
    for seed in range(5):
        random.Random(seed).shuffle(entries)
        assert mandatory(lists(*entries)) == "W-1"


def test_a_later_record_of_the_same_id_replaces_the_entry() -> None:
    found = lists(watch(trader_id="T-1"), watch(trader_id="T-2"))
    assert mandatory(found) is None
    assert mandatory(found, replace(PLAIN, trader_id="T-2")) == "W-1"
    assert len(found.watchlist) == 1


def test_an_entry_that_was_taken_away_is_gone() -> None:
    found = lists(watch(trader_id="T-1"))
    assert found.watchlist.remove("W-1")
    assert not found.watchlist.remove("W-1")
    assert mandatory(found) is None
    assert len(found.watchlist) == 0


def test_a_full_list_refuses_a_new_entry_and_takes_a_change_of_one_it_holds() -> None:
    found = lists(watch("W-1", trader_id="T-1"), watch("W-2", trader_id="T-2"), max_entries=2)
    with pytest.raises(ContractError) as caught:
        found.watchlist.put(watch("W-3", trader_id="T-3"), NOW)
    assert caught.value.code is Code.TOO_MANY
    found.watchlist.put(watch("W-2", trader_id="T-1", lane="blue"), NOW)
    assert len(found.watchlist) == 2


def test_a_full_list_gives_up_what_has_ended_and_only_then() -> None:
    found = lists(watch("W-1", trader_id="T-1", expires_at=NOW), watch("W-2", trader_id="T-2"), max_entries=2)
    found.watchlist.put(watch("W-3", trader_id="T-1"), NOW)
    assert mandatory(found) == "W-3"
    assert len(found.watchlist) == 2


def test_a_suppression_holds_back_its_typologies_only() -> None:
    found = lists(suppress("S-2", "mass novelty", declarant_id="D-1"))
    assert found.suppressing(PLAIN, ITEM, "unit_value") is None
    assert found.suppressing(PLAIN, ITEM, "mass") is not None
    every = lists(suppress("S-2", "mass", declarant_id="D-1"), suppress("S-1", declarant_id="D-1"))
    entry = every.suppressing(PLAIN, ITEM, "mass")
    assert entry is not None
    assert entry.entry_id == "S-1"


def test_an_entry_that_names_no_party_and_no_container_is_a_rule() -> None:
    assert watch(hs_prefix="61", origin_country="CN", office="O").kind == "rule"
    assert watch(hs_prefix="61", seller_id="S").kind == watch(equipment_id="MSKU1234565").kind == "watchlist"


def test_the_index_finds_what_looking_at_every_entry_finds() -> None:
    rng = random.Random(6)
    values = {
        "trader_id": ["T-1", "T-2", "T-3"],
        "office": ["A", "B"],
        "origin_country": ["CN", "BD", "VN"],
        "hs_prefix": ["61", "6109", "610910", "09"],
    }
    entries = []
    for number in range(60):
        fields = rng.sample(sorted(values), rng.randint(1, 3))
        entries.append(watch(f"W-{number:02d}", **{field: " ".join(rng.sample(values[field], rng.randint(1, 2))) for field in fields}))
    found = lists(*entries)
    for number in rng.sample(range(60), 20):
        found.watchlist.remove(f"W-{number:02d}")
        entries = [entry for entry in entries if entry.entry_id != f"W-{number:02d}"]
    for trader in values["trader_id"]:
        for origin in values["origin_country"]:
            for code in ("610910", "61091000", "090111"):
                declaration = replace(PLAIN, trader_id=trader, office="A")
                item = replace(ITEM, origin_country=origin, hs_code=code)
                has = {"trader_id": {trader}, "office": {"A"}, "origin_country": {origin}, "hs_prefix": {code[:n] for n in (2, 4, 6)}}
                expected = {entry.entry_id for entry in entries if all(wanted & has[field] for field, wanted in entry.criteria.items())}
                assert {entry.entry_id for entry in found.watchlist.matches(declaration, item)} == expected
