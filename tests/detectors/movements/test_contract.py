"""What every movement detector keeps to, whatever it looks for. A new detector file is found, and held to this, by itself."""

import pickle
from collections.abc import Iterator
from functools import cache
from inspect import signature
from math import isfinite

import pytest

from stream_app.contracts.assessment import Reason
from stream_app.detectors.movements.base import Move, MovementDetector
from stream_app.detectors.movements.steps import Plan, Step, plan_of, step_of
from stream_app.detectors.registry import movement_detector_classes
from stream_app.explain.texts import english
from stream_app.explain.wording import sentence
from stream_app.learning.snapshots import snapshot, take_in
from tests.support.voyages import Document, equipment, read, voyage

CLASSES = movement_detector_classes()
VOYAGES = 260
SMALL = 16


@pytest.fixture(params=sorted(CLASSES))
def detector(request: pytest.FixtureRequest) -> MovementDetector:
    """An untrained detector, with the parameters of the release."""
    return CLASSES[request.param]()


def journey(number: int) -> list[Document]:
    """A voyage; every fifth is odd in some way, in turn."""
    events = voyage(number)
    if number % 5 == 0:
        oddity = number // 5 % 5
        if oddity == 0:
            events[6]["seals"] = [{"number": f"OTHER{number}"}]
        elif oddity == 1:
            events[6]["gross_mass_kg"] *= 2
        elif oddity == 2:
            events[7]["facility"] = {"type": "CLOC", "un_location_code": "ITGOA"}
        elif oddity == 3:
            events[5]["empty_indicator"] = "EMPTY"
        else:
            events.pop(3)
    return events


@cache
def suite_moves() -> tuple[Move, ...]:
    """Every step of every voyage; the discharge is planned."""
    found = []
    for number in range(1, VOYAGES):
        movements = list(read(journey(number)))
        planned: list[Plan] = [plan_of(one) for one in movements if one.event_type == "DISC"]
        steps: list[Step] = [step_of(one) for one in movements]
        found += [Move(steps[: place + 1], planned, 1.0 + number / VOYAGES) for place in range(len(steps))]
    return tuple(found)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_it_has_nothing_to_ask_of_steps_that_it_says_it_is_not_asked_about(name: str) -> None:
    trained, unasked = CLASSES[name](), 0
    for move in suite_moves():
        x = fresh(move)
        score = trained.score_one(x)
        if not trained.asked_of(x.step.type, x.tells):
            unasked += 1
            assert score is None
        trained.learn_one(x)
    assert unasked or (trained.asks is None and not trained.needs)


def fresh(x: Move) -> Move:
    """The same, with nothing worked out yet."""
    return Move(x.voyage, x.planned, x.growth, x.declared)


def scores(detector: MovementDetector, moves: tuple[Move, ...]) -> list[float | None]:
    """Score, then learn."""
    found = []
    for move in moves:
        x = fresh(move)
        found.append(detector.score_one(x))
        detector.learn_one(x)
    return found


def trained(detector: MovementDetector) -> MovementDetector:
    scores(detector, suite_moves()[: len(suite_moves()) // 2])
    return detector


def rest() -> tuple[Move, ...]:
    return suite_moves()[len(suite_moves()) // 2 :]


def test_the_detectors_of_the_issue_are_found() -> None:
    asked = {"dwell", "leg_time", "sequence", "route_deviation", "impossible_leg", "mass_change", "seal_change", "empty_full", "visit_count"}
    assert asked | {"stay_pattern"} <= set(CLASSES)


def test_scoring_and_explaining_leave_the_state_unchanged(detector: MovementDetector) -> None:
    trained(detector)
    before = pickle.dumps(detector)
    for move in rest():
        x = fresh(move)
        detector.score_one(x)
        detector.explain_one(x)
        detector.witnesses(x)
    assert pickle.dumps(detector) == before


def test_the_same_stream_gives_the_same_scores_and_each_is_finite(detector: MovementDetector) -> None:
    found = scores(detector, suite_moves())
    assert found == scores(detector.clone(), suite_moves())
    assert all(score is None or (isfinite(score) and score >= 0.0) for score in found)


def test_what_was_worked_out_when_scoring_changes_nothing(detector: MovementDetector) -> None:
    trained(detector)
    for move in rest()[:400]:
        x = fresh(move)
        assert detector.score_one(x) == detector.score_one(x) == detector.score_one(fresh(move))


def test_what_it_keeps_resumes_exactly(detector: MovementDetector) -> None:
    taken = snapshot(trained(detector))
    heir = detector.clone()
    take_in(heir, taken)
    assert scores(heir, rest()) == scores(detector, rest())
    assert (heir.keys_held, heir.keys_forgotten) == (detector.keys_held, detector.keys_forgotten)


def test_memory_is_bounded_under_unbounded_keys(detector: MovementDetector) -> None:
    if "max_keys" not in signature(type(detector).__init__).parameters:
        return
    small = type(detector)(max_keys=SMALL)
    bound = 0
    for move in suite_moves():
        x = fresh(move)
        small.score_one(x)
        small.learn_one(x)
        bound = max(bound, small.keys_held)
    own = sum(table.max_keys for table in small.tables)
    assert bound - (small.keys_held - sum(map(len, small.tables))) <= own


def everything_said(detector: MovementDetector) -> Iterator[tuple[Move, Reason]]:
    trained(detector)
    for move in rest():
        x = fresh(move)
        score = detector.score_one(x)
        told = detector.explain_one(x)
        assert not score or score < detector.quiet or told, "whatever is evidence has a reason"
        yield from ((move, one) for one in told)
        detector.learn_one(x)


def test_the_catalogue_says_every_reason_by_its_code_and_values_alone(detector: MovementDetector) -> None:
    for move, one in everything_said(detector):
        assert one.text == sentence(english(), one, one.peer_group)
        assert not set("{}") & set(one.text)
        assert one.unit == english().unit(one.code, one.feature)
        assert (one.peer_group, one.n_peer) in [(step.group, step.n) for step in one.path]
        assert equipment(1)[:4] not in one.text, "containers are named by the alert"
        assert move.step.carrier_id not in one.text


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_detector_of_the_release_has_a_name_in_the_catalogue(name: str) -> None:
    assert english().has("terms", name)
