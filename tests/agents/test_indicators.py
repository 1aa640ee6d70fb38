"""Indicators on their way out, and figures of several partitions as one."""

import orjson
import pytest

from stream_app.agents import indicators
from stream_app.contracts.cloudevents import RESULT_TYPES
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import Pipeline
from stream_app.learning.intervals import wilson
from stream_app.metrics import Metrics
from tests.engine.monitoring.support import BY_ANOMALY, Desk

PRECISION = {"figure": "precision", "by": "head", "of": "anomaly", "segment": "all"}


def engine(controls: int, hits: int) -> Engine:
    """An engine of which a monitor has counted so many controls of the anomaly head."""
    desk = Desk()
    for number in range(controls):
        desk.scored(f"D{number}", BY_ANOMALY, probability=0.9)
        desk.outcome(f"D{number}", irregular=number < hits)
    made = Engine(Pipeline())
    made.monitor = desk.monitor
    return made


def test_partitions_are_added_up_and_not_averaged() -> None:
    metrics = Metrics()
    told = indicators.report([engine(30, 3), engine(10, 9)], metrics, set())
    value = metrics.registry.get_sample_value
    expected = wilson(12 / 40, 40)
    for bound, figure in (("value", expected.value), ("lower", expected.lower), ("upper", expected.upper)):
        assert value("tidewaiter_feedback_ratio", {**PRECISION, "bound": bound}) == pytest.approx(figure)
    assert value("tidewaiter_feedback_controls", PRECISION) == pytest.approx(40)
    assert value("tidewaiter_log_loss_nats", {"head": "non_compliance"}) == pytest.approx((12 * 0.10536 + 28 * 2.30259) / 40, rel=0.02)
    assert any(key.by == "head" for key in told)


def test_figures_of_partitions_that_went_elsewhere_are_taken_back() -> None:
    metrics = Metrics()
    told = indicators.report([engine(5, 1)], metrics, set())
    assert indicators.report([], metrics, told) == set()
    assert metrics.registry.get_sample_value("tidewaiter_feedback_ratio", {**PRECISION, "bound": "value"}) is None
    assert metrics.registry.get_sample_value("tidewaiter_feedback_controls", PRECISION) is None


def test_an_office_has_one_series_and_not_one_a_segment() -> None:
    told = indicators.report([engine(5, 1)], Metrics(), set())
    assert {key.segment for key in told if key.by == "office"} == {"all"}


def test_an_indicator_is_published_once_under_its_series_and_counted() -> None:
    metrics, made, desk = Metrics(), Engine(Pipeline()), Desk()
    made.monitor = desk.monitor
    desk.scored("D1", BY_ANOMALY)
    desk.outcome("D1", irregular=True)
    desk.scored("NEXT", BY_ANOMALY, day=5)
    found = indicators.results(made, metrics)
    assert {alias for alias, _, _, _ in found} == {"indicators"} <= RESULT_TYPES.keys()
    keys = {key for _, key, _, _ in found}
    assert "precision/head/anomaly/all" in keys
    for _, key, event_id, body in found:
        document = orjson.loads(body)
        assert document["indicator_id"] == event_id
        assert key == f"{document['name']}/{document['subject']['by']}/{document['subject']['of']}/{document['subject']['segment']}"
    assert metrics.registry.get_sample_value("tidewaiter_indicators_total", {"kind": "feedback", "indicator": "precision"}) >= 1
    assert indicators.results(made, metrics) == []
