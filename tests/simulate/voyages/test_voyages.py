"""What clean traffic is like: whole voyages in a plausible order, coherent with the papers."""

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from stream_app.contracts.decode import Limits
from stream_app.contracts.movement import decode_movement
from stream_app.simulate import WorldConfig, simulate
from stream_app.simulate.voyages.places import PLACES
from stream_app.simulate.voyages.ports import great_circle_km

from .conftest import CONFIG, Sailed, actual, at, only, standing

PORT_OF = {place.location: (place.latitude, place.longitude) for place in PLACES}


def imports(world: Sailed) -> dict[str, dict[str, Any]]:
    return {name: paper for name, paper in world.declared().items() if paper["direction"] == "import" and name not in world.schemes}


def test_every_event_is_a_valid_movement(world: Sailed) -> None:
    latest = max(at(move, "recorded_at") for move in world.movements)
    bodies = (world.folder / "movements.ndjson").read_bytes().splitlines()
    assert len(bodies) == world.summary.movements > 20_000
    for body in bodies:
        assert decode_movement(body, Limits(), latest).equipment_id


def test_the_file_is_in_the_order_of_records(world: Sailed) -> None:
    recorded = [at(move, "recorded_at") for move in world.movements]
    assert recorded == sorted(recorded)


def test_nothing_is_recorded_before_it_happened_but_plans(world: Sailed) -> None:
    assert all(at(move) <= at(move, "recorded_at") for move in world.movements if move["classifier"] == "ACT")
    early = [at(move) > at(move, "recorded_at") for move in world.movements if move["classifier"] == "PLN"]
    assert sum(early) > 0.95 * len(early)


def test_every_declared_container_moves(world: Sailed) -> None:
    containers = world.containers()
    assert imports(world).keys() <= containers.keys()
    assert 9 < len(world.movements) / len(containers) < 16


def test_an_import_is_stuffed_shipped_discharged_released_and_stripped_in_this_order(world: Sailed) -> None:
    containers, whole = world.containers(), 0
    for name in imports(world):
        moves = actual(containers[name])
        times: dict[str, float] = {}
        for code, kind in (("STUF", "CLOC"), ("GTIN", "POTE"), ("DISC", "POTE"), ("CUSR", "POTE"), ("GTOT", "POTE"), ("STRP", "CLOC")):
            found = [move for move in moves if move["event_type"] == code and move["facility"]["type"] == kind and not move.get("is_transshipment")]
            if found:
                times[code] = at(found[-1])
        assert list(times.values()) == sorted(times.values()), (name, times)
        whole += len(times) == 6
    assert whole > 0.6 * len(imports(world))


def test_a_transshipment_is_discharged_and_loaded_again_in_one_port_by_two_ships(world: Sailed) -> None:
    seen = 0
    for moves in world.clean().values():
        hub = [move for move in actual(moves) if move.get("is_transshipment")]
        if [move["event_type"] for move in hub] == ["DISC", "LOAD"]:
            seen += 1
            assert hub[0]["facility"]["un_location_code"] == hub[1]["facility"]["un_location_code"]
            assert hub[0]["transport_call"]["vessel_imo"] != hub[1]["transport_call"]["vessel_imo"]
            assert at(hub[1]) - at(hub[0]) > 10 * 3600
    assert 0.25 < seen / len(world.clean()) < 0.65


def test_containers_of_one_call_share_its_ship_and_its_times(world: Sailed) -> None:
    departures = defaultdict(set)
    for moves in world.clean().values():
        told = Counter((move["transport_call"]["vessel_imo"], move["transport_call"]["voyage"]) for move in only(moves, "DEPA"))
        for move in only(moves, "DEPA"):
            if told[move["transport_call"]["vessel_imo"], move["transport_call"]["voyage"]] == 1:
                departures[move["transport_call"]["vessel_imo"], move["transport_call"]["voyage"]].add(at(move))
    together = [times for times in departures.values() if len(times) > 0]
    # A second teller may be minutes off; by and large a sailing has one time.
    assert sum(max(times) - min(times) < 1800 for times in together) > 0.97 * len(together) > 20


def test_papers_and_voyage_agree_on_ports_ship_carrier_and_document(world: Sailed) -> None:
    containers = world.containers()
    for name, paper in imports(world).items():
        arrivals = only(containers[name], "DISC", "NLRTM")
        assert paper["discharge_location"] == "NLRTM"
        for move in arrivals:
            assert move["transport_call"]["vessel_imo"] == paper["vessel_imo"]
            assert move["carrier_id"] == paper.get("carrier_id", move["carrier_id"])
            assert move["transport_document"] == paper.get("transport_document", move["transport_document"])
        for move in only(containers[name], "STUF"):
            assert move["facility"]["un_location_code"][:2] == paper["departure_country"]


def test_seals_are_those_declared_until_somebody_breaks_them_openly(world: Sailed) -> None:
    containers, agreed, strange = world.containers(), 0, 0
    for name, paper in imports(world).items():
        declared = next(box for box in paper["containers"] if box["equipment_id"] == name)
        moves = actual(containers[name])
        if "seals" in declared and not any(move["event_type"] in ("CUSI", "RSEA", "INSP") for move in moves):
            seen = {move["seals"][0]["number"] for move in moves if "seals" in move}
            agreed += seen == {declared["seals"][0]["number"]}
            strange += not seen <= {declared["seals"][0]["number"]}
    assert agreed > 1_000
    assert strange < 0.002 * agreed  # an inspection that was never told


def test_weighed_mass_is_goods_and_container(world: Sailed) -> None:
    containers, ratios = world.containers(), []
    for name, paper in imports(world).items():
        gross = [item.get("gross_mass_kg") for item in paper["items"]]
        for move in standing(containers[name]):
            if "gross_mass_kg" in move and None not in gross:
                ratios.append((move["gross_mass_kg"] - move["tare_mass_kg"]) - sum(gross) / len(paper["containers"]))
                assert abs(ratios[-1]) < 0.045 * move["gross_mass_kg"] + 30, name
    assert len(ratios) > 1_000
    assert -30 < float(np.median(ratios)) < 60


def test_controls_of_the_outcomes_take_place_at_the_container_and_before_its_release(world: Sailed) -> None:
    papers = {paper["declaration_id"]: name for name, paper in imports(world).items()}
    containers, checked = world.containers(), 0
    for outcome in world.outcomes:
        if outcome["control_type"] in ("physical", "scan") and outcome["declaration_id"] in papers:
            moves = actual(containers[papers[outcome["declaration_id"]]])
            code = "CUSI" if outcome["control_type"] == "physical" else "CUSS"
            results = [move for move in moves if move["event_type"] == code and "control_result" in move]
            irregular = outcome["result"] == "irregular" and "item_number" in outcome
            assert {move["control_result"] for move in results} <= {"irregular" if irregular else "compliant"}
            releases = [at(move) for move in moves if move["event_type"] == "CUSR"]
            assert not results or not releases or at(results[-1]) < max(releases)
            checked += bool(results)
    assert checked > 20


def test_containers_rest_at_weekends(world: Sailed) -> None:
    days = Counter(
        int(at(move) // 86_400 + 3) % 7 for moves in world.clean().values() for move in only(moves, "GTOT") if move["facility"]["type"] == "POTE"
    )
    assert (days[5] + days[6]) / 2 < 0.4 * sum(days[day] for day in range(5)) / 5


def test_no_leg_is_faster_than_its_means_of_transport(world: Sailed) -> None:
    """Great circle over time between successive moves: below 25 knots by sea and 90 km/h on land, rests and queues included."""
    for name, moves in world.clean().items():
        steps = [move for move in actual(moves) if move["event_type"] in ("STUF", "GTIN", "LOAD", "DISC", "GTOT", "STRP")]
        for before, after in pairwise(steps):
            a, b = (PORT_OF[move["facility"]["un_location_code"]] for move in (before, after))
            km = float(great_circle_km(*(np.array([x]) for x in (*a, *b)))[0])
            hours = (at(after) - at(before)) / 3600
            assert km <= 60 or km / max(hours, 1e-9) < 90, (name, before, after)


def test_no_container_number_is_on_two_voyages_at_once(world: Sailed) -> None:
    documents = defaultdict(set)
    for move in world.movements:
        if "transport_document" in move:
            documents[move["equipment_id"]].add(move["transport_document"])
    assert all(len(found) == 1 for found in documents.values())


def test_scans_and_inspections_tell_what_they_found_mostly_nothing(world: Sailed) -> None:
    results = Counter(move["control_result"] for moves in world.clean().values() for move in standing(moves) if "control_result" in move)
    assert results["compliant"] > 50
    assert 0 < results["irregular"] < 0.2 * results["compliant"]


@pytest.mark.parametrize(
    "settings",
    [{"declarations_per_day": 1, "days": 9}, {"scheme_share": 0.5, "days": 3}, {"congestion_day": 0, "congestion_factor": 20.0, "days": 4}],
)
def test_extreme_worlds_stay_valid(settings: dict[str, Any]) -> None:
    world = WorldConfig(**{"seed": 3, "declarations_per_day": 150, "traders": 60, "movements": True, **settings})
    told = [event for event in simulate(world) if event.kind == "movements"]
    for event in told:
        assert decode_movement(event.value, Limits(), event.at).recorded_epoch == event.at
    assert [event.at for event in told] == sorted(event.at for event in told)


def test_both_streams_come_as_one_in_time_order_and_are_the_same_as_in_the_files(world: Sailed) -> None:
    events = list(simulate(CONFIG))
    assert [event.at for event in events] == sorted(event.at for event in events)
    for kind in ("declarations", "outcomes", "movements"):
        assert b"\n".join(event.value for event in events if event.kind == kind) + b"\n" == (world.folder / f"{kind}.ndjson").read_bytes()
    assert all(event.key == event.value.split(b'"equipment_id":"')[1][:11].decode() for event in events if event.kind == "movements")
