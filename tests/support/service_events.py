"""Events for the running service: simulated trade of the last days, and one plain declaration of today to change."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import orjson

from stream_app.simulate import WorldConfig, simulate
from stream_app.simulate.generate import Event
from tests.support.goods import declaration_document


@cache
def recent_world(seed: int, declarations: int, per_day: int = 700, outcomes: bool = True) -> tuple[Event, ...]:
    """The first `declarations` declarations of a world that ends before today, and the outcomes among them; in event-time order."""
    days = declarations // per_day * 2 + 3
    start = datetime.now(UTC).date() - timedelta(days=days + 1)
    found: list[Event] = []
    count = 0
    for event in simulate(WorldConfig(seed=seed, days=days, start=start, declarations_per_day=per_day, traders=300)):
        if event.kind == "declarations":
            count += 1
            if count > declarations:
                return tuple(found)
        elif not outcomes:
            continue
        found.append(event)
    raise AssertionError(f"the world has only {count} declarations")


def bodies(events: tuple[Event, ...], kind: str) -> list[bytes]:
    return [event.value for event in events if event.kind == kind]


def today(hours_ago: float = 1.0) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat(timespec="seconds")


def plain_declaration(declaration_id: str, **changes: Any) -> dict[str, Any]:
    """100 kg of T-shirts, lodged an hour ago."""
    return declaration_document(declaration_id, **{"lodged_at": today(), **changes})


def plain_outcome(outcome_id: str, of: str, **changes: Any) -> dict[str, Any]:
    document = {
        "outcome_id": outcome_id,
        "declaration_id": of,
        "trader_id": "T-1",
        "control_type": "physical",
        "selection_reason": "risk",
        "result": "irregular",
        "decided_at": today(),
    }
    return {name: value for name, value in (document | changes).items() if value is not None}


def encoded(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document)
