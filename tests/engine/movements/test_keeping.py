"""What a movement engine learned, told as plain data and taken into another one: that one goes on as if it were the first."""

import hashlib
import os
import subprocess
import sys
from typing import Any

import pytest

from stream_app.contracts.assessment import encode
from stream_app.contracts.declared import Declared
from stream_app.contracts.movement import Movement
from stream_app.engine.movements.engine import MovementEngine
from stream_app.engine.pipeline import Pipeline, parse_pipeline
from stream_app.learning.plain import MisfitError
from stream_app.learning.snapshots import snapshot, take_in
from tests.support.keeping import as_read
from tests.support.voyages import START, equipment, fleet, read, timestamp, voyage

DAY = 86_400.0
Events = list[Movement | Declared]


def declared(number: int, days: float) -> Declared:
    at = START + days * DAY
    return Declared(
        equipment(number), f"D{number}", 1, timestamp(at), at, "import", "CN", "CNSHA", "NLRTM", None, (f"SEAL{number}",), 15_000.0, ALERT
    )


ALERT: dict[str, Any] = {"revision": 0, "reasons": [], "score": 1.0, "severity": "low", "lane": "green", "selection": {}, "item_number": 1}


def stream() -> Events:
    """A fleet with planned discharges, swapped seals and controls with results, and declarations, some of which nobody ever sees."""
    events = fleet(260)
    for number in range(20, 260, 20):
        out = next(event for event in events if event["event_id"] == f"{equipment(number)}-6")
        out["seals"] = [{"number": f"OTHER{number}"}]
    for number in range(1, 200, 3):
        release = voyage(number, START + (number - 1) * 2 * 3_600)[5]
        result = "irregular" if number % 2 else "compliant"
        events.append(release | {"event_id": f"CONTROL-{number}", "event_type": "CUSI", "control_result": result})
    events.sort(key=lambda event: (event["recorded_at"], event["event_id"]))
    found: Events = list(read(events))
    found[400:400] = [declared(number, 30.0) for number in (*range(1, 100), *range(900_000, 900_010))]
    return found


def said(engine: MovementEngine, events: Events) -> list[bytes]:
    """Everything that comes out, in bytes."""
    found = []
    for event in events:
        if isinstance(event, Declared):
            missed = engine.declare(event)
            found += [encode(alert) for alert in missed.alerts]
        else:
            result = engine.process(event)
            found += [encode(result.assessment), *map(encode, result.alerts), *(encode(one) for missed in result.missed for one in missed.alerts)]
    return found


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_an_engine_made_from_a_snapshot_says_what_the_first_one_says(share: float) -> None:
    events = stream()
    half = int(share * len(events))
    engine, other = MovementEngine(Pipeline()), MovementEngine(Pipeline())
    before = said(engine, events[:half])
    take_in(other, as_read(snapshot(engine)))
    after = said(engine, events[half:])
    assert said(other, events[half:]) == after
    assert other.sizes() == engine.sizes()
    assert b'"raised"' in b"".join(before + after), "the stream asks for alerts"


def test_a_snapshot_of_the_copy_is_the_snapshot_of_the_first() -> None:
    engine, other = MovementEngine(Pipeline()), MovementEngine(Pipeline())
    said(engine, stream())
    taken = as_read(snapshot(engine))
    take_in(other, taken)
    again = as_read(snapshot(other))
    assert again.keys() == taken.keys()
    assert all(bytes(memoryview(again[path])) == bytes(memoryview(value)) for path, value in taken.items() if not isinstance(value, list))  # type: ignore[arg-type]
    assert all(again[path] == value for path, value in taken.items() if isinstance(value, list))


def test_what_is_no_container_is_refused() -> None:
    engine = MovementEngine(Pipeline())
    said(engine, stream()[:20])
    engine.containers._open.put("MSKU0000000", (0.0, b"\x91\x01"))
    with pytest.raises(MisfitError, match="no container"):
        take_in(MovementEngine(Pipeline()), as_read(snapshot(engine)))


def test_more_containers_than_there_is_room_for_are_refused() -> None:
    engine = MovementEngine(Pipeline())
    said(engine, stream()[:400])
    with pytest.raises(MisfitError):
        take_in(MovementEngine(parse_pipeline("[movements]\nmax_containers = 8\n")), as_read(snapshot(engine)))


def test_the_digest_of_settings_changes_with_what_shapes_learned_state_and_not_with_what_decides() -> None:
    plain = Pipeline()
    assert parse_pipeline("[movements]\nbudget = 0.01\n").movement_learning() == plain.movement_learning()
    assert parse_pipeline("[movements]\nhalf_life_days = 60\n").movement_learning() != plain.movement_learning()
    assert parse_pipeline("[movements]\nhalf_life_days = 60\n").learning() == plain.learning()


SCRIPT = "from tests.engine.movements.test_keeping import digest; print(digest())"


def digest() -> str:
    """Of all that an engine says of a stream in which one end of many legs names no mode, and of what it has learned by then."""
    engine = MovementEngine(Pipeline())
    events = stream()
    for number, event in enumerate(events):
        if isinstance(event, Movement) and number % 3:
            event.mode = None
    found = hashlib.sha256(b"\n".join(said(engine, events)))
    for path, value in sorted(as_read(snapshot(engine)).items()):
        found.update(path.encode() + (b"".join(value) if isinstance(value, list) else bytes(memoryview(value))))  # type: ignore[arg-type]
    return found.hexdigest()


@pytest.mark.parametrize("seed", ["1", "2", "3", "4242"])
def test_another_process_with_another_hash_seed_learns_and_says_the_same(seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    theirs = subprocess.run([sys.executable, "-c", SCRIPT], check=True, env=environment, capture_output=True, timeout=60, text=True)
    assert theirs.stdout.strip() == digest()
