"""One simulated fortnight, decoded once, and what one engine said of it."""

from dataclasses import dataclass

import orjson
import pytest

from stream_app.contracts.declaration import Declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.outcome import Outcome, decode_outcome
from stream_app.engine.engine import Engine, Result
from stream_app.engine.pipeline import Pipeline
from stream_app.simulate import WorldConfig, simulate
from tests.support.goods import decode

CONFIG = WorldConfig(seed=9, days=14, declarations_per_day=600, traders=500)


@dataclass(frozen=True)
class Fortnight:
    events: list[Declaration | Outcome]
    engine: Engine
    results: list[Result]


@pytest.fixture(scope="session")
def events() -> list[Declaration | Outcome]:
    """In the order of their time; do not change them."""
    return [
        decode(orjson.loads(event.value), event.at) if event.kind == "declarations" else decode_outcome(event.value, Limits(), event.at)
        for event in simulate(CONFIG)
    ]


@pytest.fixture(scope="session")
def fortnight(events: list[Declaration | Outcome]) -> Fortnight:
    """Do not let this engine learn: pickle it first."""
    engine = Engine(Pipeline())
    return Fortnight(events, engine, run(engine, events))


def run(engine: Engine, events: list[Declaration | Outcome]) -> list[Result]:
    results = []
    for event in events:
        if isinstance(event, Outcome):
            engine.learn_outcome(event)
        else:
            results.append(engine.process(event))
    return results
