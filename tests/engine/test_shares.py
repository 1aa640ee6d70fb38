"""Engines of several partitions that tell each other what they learned."""

import numpy as np
import pytest

from stream_app.contracts.declaration import Declaration
from stream_app.contracts.outcome import Outcome
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import Pipeline
from stream_app.learning.keys import code
from stream_app.learning.lessons import Batch, Lesson
from stream_app.learning.share import total

Events = list[Declaration | Outcome]
OTHERS_LIKE_OWN = 0.01


@pytest.fixture(scope="module")
def some(events: Events) -> Events:
    return events[:700]


def spread(count: int) -> list[Engine]:
    engines = [Engine(Pipeline(), part=(number, count)) for number in range(count)]
    for engine in engines:
        engine.shares.lessons.share()
    return engines


def tell(engines: list[Engine]) -> None:
    """All to all, once."""
    for number, engine in enumerate(engines):
        for batch in engine.shares.lessons.seal():
            for other, hearer in enumerate(engines):
                assert other == number or hearer.shares.hear(number, batch)
        engine.shares.lessons.told(engine.shares.lessons.number)
    for place in engines[0].shares.places():
        own = [engine.shares.own(place) for engine in engines]
        for number, engine in enumerate(engines):
            others = [share for other, share in enumerate(own) if other != number]
            engine.shares.lend(place, total(others, engine.shares.tables[place[0]].width))


def feed(engines: list[Engine], events: Events) -> None:
    """By trader, as the topics' key does; an outcome goes where its declaration went. Told every 200 events."""
    where: dict[str, int] = {}
    for number, event in enumerate(events):
        if isinstance(event, Declaration):
            where[event.declaration_id] = code(event.trader_id) % len(engines)
            engines[where[event.declaration_id]].process(event)
        else:
            engines[where.get(event.declaration_id, 0)].learn_outcome(event)
        if number % 200 == 199:
            tell(engines)
    tell(engines)


def test_partitions_that_share_hold_the_sums_and_know_the_outcomes_of_one(some: Events) -> None:
    whole, parts = Engine(Pipeline()), spread(3)
    feed([whole], some)
    feed(parts, some)
    for name, tables in whole.shares.tables.items():
        expected = count_of(tables)
        for part in parts:
            assert count_of(part.shares.tables[name]) == pytest.approx(expected, rel=OTHERS_LIKE_OWN), name
    outcomes = whole.heads.non_compliance.outcomes
    assert outcomes > 0
    assert {part.heads.non_compliance.outcomes for part in parts} == {outcomes}
    # Rates are sums; what is learned step by step depends a little on the order of the steps.
    sums = [np.sort(np.array(list(engine.heads.non_compliance.model.backoff.table.items().values()))[:, 0]) for engine in (whole, *parts)]
    assert all(np.allclose(one, sums[0]) for one in sums[1:])


def count_of(table: object) -> float:
    """Of all that a table holds, lent or not: what is one's own and what others have, the first number of every row."""
    held = getattr(table, "_table", None)
    return float(sum(row[0] for row in held.items().values())) if held is not None else float(table._sums.reshape(-1)[0])  # type: ignore[attr-defined]


def test_without_telling_a_partition_knows_its_own_alone(some: Events) -> None:
    whole, parts = Engine(Pipeline()), spread(3)
    feed([whole], some)
    for event in some:
        if isinstance(event, Declaration):
            parts[code(event.trader_id) % 3].process(event)
    assert count_of(parts[0].shares.tables["unit_value.peers"]) < 0.6 * count_of(whole.shares.tables["unit_value.peers"])


def test_a_lesson_is_learned_once_however_often_it_comes(some: Events) -> None:
    first, second = spread(2)
    for event in some:
        if isinstance(event, Declaration):
            first.process(event)
        else:
            first.learn_outcome(event)
    (batch,) = first.shares.lessons.seal()
    assert batch.lessons
    assert second.shares.hear(0, batch)
    words = second.heads.non_compliance.model.backoff.table.words.copy()
    assert not second.shares.hear(0, batch)
    assert second.heads.non_compliance.model.backoff.table.words.tobytes() == words.tobytes()
    assert second.heads.non_compliance.outcomes == first.heads.non_compliance.outcomes


@pytest.mark.parametrize("lesson", [Lesson(True, False, 1.0, 1e9, b"short", False), Lesson(True, False, 2.0, 1e9, b"", False)])
def test_what_is_no_lesson_is_refused_and_teaches_nothing(lesson: Lesson) -> None:
    engine = Engine(Pipeline())
    with pytest.raises(ValueError, match="lesson"):
        engine.shares.hear(1, Batch(1, 1, 1, 0, [lesson]))
    assert engine.heads.non_compliance.outcomes == 0
    assert engine.shares.lessons.heard == {}
