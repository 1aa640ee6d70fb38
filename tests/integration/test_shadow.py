"""A worker with a challenger beside it, over a restart: only the champion's alerts go out, and the metrics say what would have been."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from stream_app.contracts.declaration import decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.outcome import decode_outcome
from stream_app.engine.engine import Engine, Result
from stream_app.engine.pipeline import Pipeline, parse_pipeline
from stream_app.engine.shadow import Agreement, Compared, compare
from stream_app.settings import load_pipeline
from tests.integration.conftest import PLANS, Service
from tests.support.service_events import bodies, recent_world
from tests.support.service_worker import eventually

pytestmark = pytest.mark.broker

BEFORE, AFTER = 900, 600
SHADOW = PLANS["shadowed"].shadow or ""


@dataclass(frozen=True)
class Run:
    """What came out of the service; `counted` by agreement since the restart; what each configuration says on its own of the same records."""

    alerts: list[dict[str, Any]]
    shadow_alerts: list[dict[str, Any]]
    counted: dict[Agreement, float]
    failures: float
    summaries: list[dict[str, Any]]
    live: list[Result]
    challenger: list[Result]


def alone(pipeline: Pipeline, first: list[bytes], outcomes: list[bytes], rest: list[bytes], mode: str) -> list[Result]:
    """One engine over the records in the order in which they were sent."""
    engine, limits, now = Engine(pipeline, mode), Limits(), time.time()
    results = [engine.process(decode_declaration(body, limits, now)) for body in first]
    for body in outcomes:
        engine.learn_outcome(decode_outcome(body, limits, now))
    return results + [engine.process(decode_declaration(body, limits, now)) for body in rest]


@pytest.fixture(scope="module")
def run(fleet: dict[str, Service]) -> Iterator[Run]:
    service = fleet["shadowed"]
    world = recent_world(61, BEFORE + AFTER)
    declared, outcomes = bodies(world, "declarations"), bodies(world, "outcomes")
    first, rest = declared[:BEFORE], declared[BEFORE:]
    receipts = service.topic("receipts")
    service.sender.events("declarations", first)
    service.reader.until(receipts, lambda found: len(found) >= BEFORE)
    service.sender.events("outcomes", outcomes)
    service.reader.until(receipts, lambda found: len(found) >= BEFORE + len(outcomes))
    assert service.worker.stop() == 0
    with service.house.worker(PLANS["shadowed"].pipeline, SHADOW, TIDEWAITER_SHADOW_SUMMARY_SECONDS="1") as heir:
        heir.await_ready()
        service.sender.events("declarations", rest)
        service.reader.until(receipts, lambda found: len(found) >= len(declared) + len(outcomes))
        service.reader.settle()

        def told() -> list[dict[str, Any]]:
            lines = [line for line in heir.log_lines() if line["event"] == "shadow compared"]
            return lines if lines and lines[-1]["declarations"] == AFTER else []

        yield Run(
            service.documents("alerts"),
            service.documents("shadow_alerts"),
            {which: heir.metric("tidewaiter_shadow_declarations_total", agreement=which.value) for which in Agreement},
            heir.metric("tidewaiter_shadow_failures_total"),
            eventually(told),
            alone(load_pipeline(), first, outcomes, rest, "live"),
            alone(parse_pipeline(SHADOW), first, outcomes, rest, "shadow"),
        )


def ids(results: list[Result]) -> list[str]:
    return sorted(result.alert.alert_id for result in results if result.alert is not None)


def compared(run: Run) -> list[Compared]:
    """By the engines alone: what the second worker must have seen after it had restored both."""
    return [compare(live, challenger) for live, challenger in zip(run.live[BEFORE:], run.challenger[BEFORE:], strict=True)]


def test_the_alerts_are_those_of_the_champion_alone(run: Run) -> None:
    assert sorted(alert["alert_id"] for alert in run.alerts) == ids(run.live)
    assert {alert["mode"] for alert in run.alerts} == {"live"}


def test_what_the_challenger_would_have_raised_is_on_its_own_topic(run: Run) -> None:
    assert sorted(alert["alert_id"] for alert in run.shadow_alerts) == ids(run.challenger)
    assert {alert["mode"] for alert in run.shadow_alerts} == {"shadow"}
    assert {alert["model"] for alert in run.shadow_alerts} == {parse_pipeline(SHADOW).version()}


def test_the_metrics_say_what_the_challenger_would_have_done(run: Run) -> None:
    expected = [found.agreement for found in compared(run)]
    assert run.counted == {which: expected.count(which) for which in Agreement}
    assert run.counted[Agreement.BOTH] > 3
    assert run.counted[Agreement.WOULD_FIRE_ONLY] > 3  # it has twice the budget
    assert run.counted[Agreement.COLD] == 0  # both were restored
    assert run.failures == 0


def test_the_log_has_the_same_as_a_summary(run: Run) -> None:
    told = run.summaries[-1]
    assert {which: told[which.value] for which in Agreement} == run.counted
    fired = [told["both"], told["live_only"], told["would_fire_only"]]
    assert sum(count for counts in told["by_typology"].values() for count in counts.values()) == sum(fired)
