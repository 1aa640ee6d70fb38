"""What each scheme does to a voyage, and that only containers without it look otherwise."""

from collections import Counter
from itertools import pairwise
from statistics import median

import numpy as np
import pytest

from stream_app.simulate import CONTAINER_SCHEMES, WorldConfig
from stream_app.simulate.voyages.ports import ODD_INLAND, ODD_PORTS
from stream_app.simulate.voyages.schemes.catalogue import MIX
from stream_app.simulate.voyages.schemes.commit import MODULES, SCAN_FINDS

from .conftest import Move, Sailed, actual, at, only, sailed, standing

ODD = {name for name, *_ in (*ODD_PORTS, *ODD_INLAND)}
EXPLAINS_A_SEAL = ("CUSI", "RSEA", "INSP")


def seals(moves: list[Move]) -> list[tuple[str, str]]:
    """(number, event type) of all sightings."""
    return [(seal["number"], move["event_type"]) for move in actual(moves) for seal in move.get("seals", ())]


def unexplained_changes(moves: list[Move]) -> int:
    found = seals(moves)
    return sum(a != b and kind not in EXPLAINS_A_SEAL for (a, _), (b, kind) in pairwise(found))


def weighings(moves: list[Move]) -> list[float]:
    return [move["gross_mass_kg"] for move in actual(moves) if "gross_mass_kg" in move]


def change_of_mass(moves: list[Move]) -> float:
    masses = weighings(moves)
    return abs(masses[-1] / masses[0] - 1) if len(masses) > 1 else 0.0


def test_all_schemes_are_there_and_each_container_has_one(world: Sailed) -> None:
    counts = Counter(line["scheme"] for line in world.schemes.values())
    assert counts.keys() == set(CONTAINER_SCHEMES)
    assert counts == world.summary.injected_containers
    assert all(line.keys() == {"equipment_id", "scheme", "at"} for line in world.schemes.values())


def test_the_modules_are_in_the_order_of_the_catalogue() -> None:
    assert tuple(module.__name__.rpartition(".")[2] for module in MODULES) == CONTAINER_SCHEMES
    assert MIX.sum() == pytest.approx(1)
    assert len(MIX) == len(SCAN_FINDS) == len(MODULES)


def test_about_the_share_asked_for_is_injected(world: Sailed) -> None:
    imports = [name for name, paper in world.declared().items() if paper["direction"] == "import"]
    assert 0.045 < len(world.schemes) / len(imports) < 0.075


def test_a_scheme_begins_within_the_voyage(world: Sailed) -> None:
    containers = world.containers()
    for name, line in world.schemes.items():
        times = [at(move) for move in standing(containers[name])]
        assert min(times) <= at({"occurred_at": line["at"]}) <= max(times)


def test_a_swapped_seal_changes_once_and_nobody_says_why(world: Sailed) -> None:
    found = [unexplained_changes(moves) for moves in world.of("seal_swap").values()]
    assert len(found) > 20
    assert sum(changes == 1 for changes in found) > 0.9 * len(found)
    clean = [unexplained_changes(moves) for moves in world.clean().values()]
    assert sum(map(bool, clean)) < 0.004 * len(clean)


def test_the_seal_is_the_declared_one_before_the_swap(world: Sailed) -> None:
    declared = {name: next(box for box in paper["containers"] if box["equipment_id"] == name) for name, paper in world.declared().items()}
    for name, moves in world.of("seal_swap").items():
        if "seals" in declared[name]:
            assert seals(moves)[0][0] == declared[name]["seals"][0]["number"] != seals(moves)[-1][0]


def test_a_swapped_container_has_another_mass_and_seal_and_is_in_two_places_within_hours(world: Sailed) -> None:
    swapped = world.of("container_swap")
    assert len(swapped) > 10
    for moves in swapped.values():
        assert change_of_mass(moves) > 0.015
        assert len({number for number, _ in seals(moves)}) >= 2
        exits, elsewhere = (
            only(moves, "GTOT", "NLRTM"),
            [move for move in only(moves, "GTIN") if move["facility"]["type"] == "DEPO"],
        )
        twin = next(move for move in elsewhere if move.get("empty_indicator") == "LADEN")
        assert abs(at(twin) - at(exits[0])) <= 3 * 3600 + 1800


def test_tampered_weight_shows_between_weighings_or_against_the_papers(world: Sailed) -> None:
    declared, shown = world.declared(), []
    for name, moves in world.of("weight_tampering").items():
        paper = declared[name]
        goods = sum(item.get("gross_mass_kg", 0) for item in paper["items"]) / len(paper["containers"])
        tare = next(move["tare_mass_kg"] for move in standing(moves) if "tare_mass_kg" in move)
        shown.append(max(change_of_mass(moves), weighings(moves)[0] / (goods + tare) - 1))
    assert len(shown) > 20
    assert min(shown) > 0.005
    assert median(shown) > 0.05
    clean = [change_of_mass(moves) for moves in world.clean().values()]
    assert float(np.quantile(clean, 0.999)) < 0.04


def test_a_detour_calls_where_no_honest_container_does(world: Sailed) -> None:
    def odd(moves: list[Move]) -> set[str]:
        return {move["facility"]["un_location_code"] for move in actual(moves)} & ODD

    detours = world.of("detour")
    assert len(detours) > 10
    assert all(len(odd(moves)) == 1 for moves in detours.values())
    assert not any(odd(moves) for moves in world.clean().values())


def test_a_detour_by_sea_takes_the_time_that_it_needs(world: Sailed) -> None:
    for moves in world.of("detour").values():
        calls = [move for move in actual(moves) if move["facility"]["un_location_code"] in ODD and move.get("is_transshipment")]
        if calls:
            loaded, arrived = only(moves, "LOAD")[0], only(moves, "DISC", "NLRTM")
            assert at(loaded) < at(calls[0]) < at(calls[-1]) < min(at(move) for move in arrived)


def test_a_ghost_is_seen_but_not_declared_or_declared_but_never_seen(world: Sailed) -> None:
    declared, kinds = world.declared(), Counter[str]()
    for name, moves in world.of("ghost_container").items():
        seen, planned = bool(actual(moves)), any(move["event_type"] == "DISC" and move["classifier"] == "PLN" for move in moves)
        kinds["phantom" if name in declared else "stowaway"] += 1
        assert seen == (name not in declared)
        assert not (seen and planned)
        assert not any("declaration_id" in move for move in moves if name not in declared)
    assert min(kinds["phantom"], kinds["stowaway"]) > 3
    clean = world.clean()
    assert all(name in declared and actual(moves) for name, moves in clean.items())


def test_an_unexplained_stop_is_longer_than_nearly_all_honest_stays(world: Sailed) -> None:
    def longest_days(moves: list[Move]) -> float:
        steps = [move for move in actual(moves) if move["event_type"] not in ("DEPA", "ARRI", "CUSS", "CUSI", "CUSR")]
        stays = [
            at(after) - at(before)
            for before, after in pairwise(steps)
            if before["event_type"] != "LOAD" and after["event_type"] != "DISC" and (before["event_type"], after["event_type"]) != ("GTIN", "LOAD")
        ]
        return max(stays, default=0.0) / 86_400

    stops = [longest_days(moves) for moves in world.of("unexplained_stop").values()]
    clean = [longest_days(moves) for moves in world.clean().values()]
    assert len(stops) > 15
    assert sorted(stops)[len(stops) // 10] > float(np.median(clean))
    assert median(stops) > float(np.quantile(clean, 0.99))


def test_an_early_release_comes_before_the_control_it_was_selected_for(world: Sailed) -> None:
    early, clean = world.of("early_release"), world.clean()
    assert len(early) > 10

    def too_early(moves: list[Move]) -> bool:
        controls = [move for move in actual(moves) if move["event_type"] in ("CUSS", "CUSI")]
        left = [at(move) for move in only(moves, "GTOT", "NLRTM") if move["facility"]["type"] == "POTE"]
        results = [at(move) for move in controls if "control_result" in move]
        return bool(controls and left) and (not results or min(results) > max(left))

    assert sum(too_early(moves) for moves in early.values()) > 0.9 * len(early)
    assert sum(too_early(moves) for moves in clean.values()) < 0.003 * len(clean)


def test_some_lanes_carry_more_schemes_than_others(world: Sailed) -> None:
    countries = {name: paper["departure_country"] for name, paper in world.declared().items() if paper["direction"] == "import"}
    share = {
        risky: np.mean([name in world.schemes for name, country in countries.items() if (country in ("CO", "EC", "BR", "CR", "PE")) == risky])
        for risky in (True, False)
    }
    assert share[True] > 2 * share[False]


def test_a_world_without_schemes_has_none_on_its_containers_either(tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    config = WorldConfig(seed=4, days=3, declarations_per_day=300, traders=200, scheme_share=0, movements=True)
    world = sailed(config, tmp_path_factory.mktemp("honest"))
    assert world.schemes == {} and world.summary.injected_containers == {}
    assert world.containers().keys() == world.declared().keys()
