"""An outcome's turn comes when the declarations sent before it were read."""

import asyncio
import time

from stream_app.agents import turns
from stream_app.agents.intake import Record
from stream_app.agents.partitions import Partitions
from stream_app.agents.turns import AfterDeclarations
from stream_app.engine.pipeline import Pipeline

DECLARATIONS, OUTCOMES = "customs.declarations.v1", "customs.outcomes.v1"


def record(topic: str, offset: int, timestamp: float) -> Record:
    return Record(topic, 0, offset, timestamp, b"T-1", b"{}", [])


def seconds_until_its_turn(partitions: Partitions, end: int, timestamp: float, read: dict[float, Record] | None = None) -> float:
    """How long an outcome of that timestamp waits, while declarations are read at the given times."""

    async def run() -> float:
        started = time.monotonic()
        loop = asyncio.get_running_loop()
        for after, declaration in (read or {}).items():
            loop.call_later(after, partitions.advance, declaration)
        await AfterDeclarations(partitions, DECLARATIONS, lambda topic, partition: end)(record(OUTCOMES, 0, timestamp))
        return time.monotonic() - started

    return asyncio.run(run())


def test_with_no_declaration_left_it_does_not_wait() -> None:
    partitions = Partitions(Pipeline())
    assert seconds_until_its_turn(partitions, end=0, timestamp=100.0) < 0.05
    partitions.advance(record(DECLARATIONS, 4, 50.0))
    assert seconds_until_its_turn(partitions, end=5, timestamp=100.0) < 0.05


def test_it_does_not_wait_for_declarations_that_were_sent_after_it() -> None:
    partitions = Partitions(Pipeline())
    partitions.advance(record(DECLARATIONS, 4, 150.0))
    assert seconds_until_its_turn(partitions, end=1_000, timestamp=100.0) < 0.05


def test_it_waits_for_those_that_were_sent_before_it() -> None:
    partitions = Partitions(Pipeline())
    partitions.advance(record(DECLARATIONS, 0, 10.0))
    waited = seconds_until_its_turn(partitions, 1_000, 100.0, {0.1: record(DECLARATIONS, 1, 60.0), 0.3: record(DECLARATIONS, 2, 100.0)})
    assert 0.3 <= waited < 1.0


def test_it_does_not_wait_for_ever_when_nothing_is_read(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """The end of a Kafka log may be a marker that no consumer ever sees."""
    monkeypatch.setattr(turns, "STALL_SECONDS", 0.2)
    partitions = Partitions(Pipeline())
    partitions.advance(record(DECLARATIONS, 0, 10.0))
    assert 0.2 <= seconds_until_its_turn(partitions, 1_000, 100.0) < 1.0
