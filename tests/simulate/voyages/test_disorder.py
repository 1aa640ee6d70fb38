"""Clean traffic is as messy as real messages are, and no messier."""

from collections import Counter, defaultdict
from itertools import pairwise
from statistics import median

from .conftest import Move, Sailed, actual, at, only


def acts(world: Sailed) -> list[Move]:
    return [move for move in world.movements if move["classifier"] == "ACT" and "retracted_event_id" not in move]


def facts(move: Move) -> Move:
    return {field: value for field, value in move.items() if field != "recorded_at"}


def test_records_follow_within_hours_and_a_few_within_days(world: Sailed) -> None:
    lags = sorted((at(move, "recorded_at") - at(move)) / 3600 for move in acts(world))
    assert lags[0] > 0
    assert 0.3 < median(lags) < 3
    assert 24 < lags[int(0.99 * len(lags))] < 8 * 24


def test_some_events_overtake_others_of_their_container(world: Sailed) -> None:
    late = 0
    for moves in world.clean().values():
        times = [at(move) for move in moves if move["classifier"] == "ACT" and "retracted_event_id" not in move]
        late += times != sorted(times)
    assert 0.05 < late / len(world.clean()) < 0.5


def test_some_events_are_sent_twice_with_the_same_number_and_facts(world: Sailed) -> None:
    sent = defaultdict(list)
    for move in world.movements:
        sent[move["event_id"]].append(move)
    twice = [moves for moves in sent.values() if len(moves) > 1]
    assert 0.003 < len(twice) / len(world.movements) < 0.015
    for moves in twice:
        assert facts(moves[0]) == facts(moves[1])
        assert at(moves[0], "recorded_at") < at(moves[1], "recorded_at")


def test_some_events_are_told_by_two_under_two_numbers(world: Sailed) -> None:
    twins = 0
    for moves in world.clean().values():
        discharges = only(moves, "DISC", "NLRTM")
        twins += len(discharges) == 2
        assert all(0 <= at(b) - at(a) <= 1800 for a, b in pairwise(discharges))
    assert 0.001 < twins / len(world.clean()) < 0.02


def test_a_retraction_names_an_earlier_event_of_its_container_whose_time_was_wrong(world: Sailed) -> None:
    by_id = {move["event_id"]: move for move in world.movements}
    back = [move for move in world.movements if "retracted_event_id" in move]
    assert 0.002 < len(back) / len(world.movements) < 0.01
    containers = world.containers()
    for move in back:
        wrong = by_id[move["retracted_event_id"]]
        assert (wrong["equipment_id"], wrong["event_type"]) == (move["equipment_id"], move["event_type"])
        assert at(wrong, "recorded_at") < at(move, "recorded_at")
        same = [
            right
            for right in actual(containers[move["equipment_id"]])
            if (right["event_type"], right["facility"]) == (move["event_type"], move["facility"])
        ]
        assert any(6 * 3600 <= at(right) - at(wrong) <= 72.6 * 3600 for right in same)


def test_some_steps_are_never_told(world: Sailed) -> None:
    missing = Counter[str]()
    for moves in world.clean().values():
        told = {move["event_type"] for move in actual(moves)}
        missing.update({"STUF", "GTIN", "LOAD", "DISC", "CUSR", "GTOT", "STRP"} - told)
    share = {code: count / len(world.clean()) for code, count in missing.items()}
    assert 0.08 < share["STUF"] < 0.17
    assert 0.1 < share["STRP"] < 0.2
    assert max(share.get(code, 0) for code in ("LOAD", "DISC", "CUSR", "GTOT")) < 0.04


def test_most_discharges_are_planned_first_and_some_arrivals_estimated(world: Sailed) -> None:
    planned = estimated = 0
    for moves in world.clean().values():
        planned += any(move["event_type"] == "DISC" and move["classifier"] == "PLN" for move in moves)
        estimated += any(move["event_type"] == "ARRI" and move["classifier"] == "EST" for move in moves)
    assert planned / len(world.clean()) > 0.98
    assert 0.25 < estimated / len(world.clean()) < 0.45


def test_event_numbers_do_not_betray_their_order(world: Sailed) -> None:
    numbers = [move["event_id"] for move in acts(world)]
    rising = sum(a < b for a, b in pairwise(numbers)) / len(numbers)
    assert 0.48 < rising < 0.52
