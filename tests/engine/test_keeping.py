"""What an engine learned, told as plain data and taken into another engine: that one goes on as if it were the first."""

from typing import Any

import pytest

from stream_app.contracts.assessment import encode
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.outcome import Outcome
from stream_app.detectors.registry import detector_classes
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import Pipeline
from stream_app.learning.snapshots import snapshot, take_in
from tests.engine.conftest import Fortnight
from tests.support.goods import item_document, scores, suite_stream
from tests.support.instruments import journey, lodged, milestone
from tests.support.keeping import as_read, difference

Events = list[Declaration | Outcome]
CACHES = {"_policies", "_inverse", "challengers", "_fused", "_asked", "_keyed"}
"""Attributes that are worked out again; challengers begin anew."""


def said(engine: Engine, events: Events) -> list[Any]:
    """Everything that comes out, in bytes where it goes out as bytes."""
    found: list[Any] = []
    for event in events:
        if isinstance(event, Outcome):
            found.append(engine.learn_outcome(event))
        else:
            result = engine.process(event)
            found.append((encode(result.assessment), result.alert and encode(result.alert), result.learned_items, result.early_outcomes))
        found += [encode(indicator) for indicator in engine.monitor.take()]
    return found


def copied(engine: Engine, pipeline: Pipeline | None = None) -> Engine:
    other = Engine(pipeline or engine.pipeline)
    take_in(other, as_read(snapshot(engine)))
    return other


def test_an_engine_goes_on_from_a_checkpoint_to_the_byte(events: Events, fortnight: Fortnight) -> None:
    third = len(events) // 3
    uninterrupted, first = Engine(Pipeline()), Engine(Pipeline())
    expected = said(uninterrupted, events)
    found = said(first, events[:third])
    second = copied(first)
    found += said(second, events[third : 2 * third])
    found += said(copied(second), events[2 * third :])
    assert found == expected


def test_nothing_that_an_engine_holds_is_missing_from_its_checkpoint(fortnight: Fortnight) -> None:
    assert difference(fortnight.engine, copied(fortnight.engine), but=CACHES) is None


def test_two_snapshots_of_one_state_are_the_same_bytes(fortnight: Fortnight) -> None:
    one, other = as_read(snapshot(fortnight.engine)), as_read(snapshot(copied(fortnight.engine)))
    assert one.keys() == other.keys()
    assert [path for path in one if difference(one[path], other[path])] == []


@pytest.mark.parametrize("name", detector_classes())
def test_every_detector_scores_on_from_its_checkpoint(name: str) -> None:
    stream = suite_stream()
    first, second = detector_classes()[name](), detector_classes()[name]()
    scores(first, stream[:1_800])
    take_in(second, as_read(snapshot(first)))
    expected = scores(first, stream[1_800:])
    assert any(expected)
    assert scores(second, stream[1_800:]) == expected


def test_instruments_and_their_milestones_are_kept() -> None:
    engine = Engine(Pipeline())
    for number in range(12):
        for event in journey(f"D-{number}", {"T0": 24.0 * number, "T4": 24.0 * number + 1, "T11": 24.0 * number + 5}, officer_ref="O-1"):
            engine.learn_milestone(event)
    other = copied(engine)
    assert other.instruments.state() == engine.instruments.state()
    for one in (engine, other):
        one.learn_milestone(milestone("D-3", "T12", 400.0))
    assert other.instruments.figures() == engine.instruments.figures()
    assert other.instruments.figures()["time_release"]["total"]["n"] == 12


def test_duties_are_those_of_the_latest_version_as_in_a_replay() -> None:
    engine = Engine(Pipeline())
    engine.learn_milestone(milestone("D-1", "T4", 1.0, officer_ref="O-1"))
    for version, duty in ((1, 100.0), (2, 250.0)):
        item = item_document(duty_amount=duty, duty_rate_percent=None)
        engine.process(lodged("D-1", 0.5, [{name: value for name, value in item.items() if value is not None}], version=version))
    assert engine.instruments.figures()["performance"]["offices"]["NL000510"]["duty_assessed"] == 250.0
