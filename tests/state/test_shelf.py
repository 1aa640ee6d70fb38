"""Packed, written, read, unpacked: the latest whole checkpoint, whatever else the topic holds."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_app.detectors.registry import detector_classes
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import parse_pipeline
from stream_app.learning.plain import MisfitError, Snapshot
from stream_app.learning.snapshots import take_in
from stream_app.state.errors import CheckpointError, TornError
from stream_app.state.manifest import MANIFEST, SCHEMA, Key, Manifest, Seal, Term
from stream_app.state.packing import Packer
from stream_app.state.shelf import Shelf
from tests.support.goods import declared, item_document

Log = list[tuple[bytes, bytes | None]]
SEAL = Seal()
TABLES = "".join(f"[detectors.{name}]\nmax_keys = 800\n" for name, kind in detector_classes().items() if kind.stage == 1)
SMALL = parse_pipeline(
    "[non_compliance]\nmax_keys = 1000\n[critical]\nmax_keys = 1000\n[feedback]\nkeep_items = 2048\nmax_patterns = 80\nmax_traders = 80\n" + TABLES
)
"""Quick to make; still with arrays of many pages."""


def checkpoint(log: Log, packer: Packer, thing: Any, term: Term, whole: bool = True, seal: Seal = SEAL) -> Manifest:
    """Append to a log what an owner of this term would; without the manifest where it is not to be whole."""
    packed = packer.pack(packer.taken(thing))
    log += [(Key(0, term, digest.hex()).encoded(), chunk) for digest, chunk in packed.chunks.items()]
    manifest = Manifest(SCHEMA, 0, 1, *term, "w", "m", {}, {"t": term.generation}, {}, 0.0, packed.entries, packed.small, packed.small_bytes)
    if whole:
        log.append((Key(0, term, MANIFEST).encoded(), seal.sealed(manifest)))
        packer.keep(manifest.chunks())
    return manifest


def shelved(log: Log, seal: Seal = SEAL) -> Shelf:
    shelf = Shelf(0, seal)
    for key, value in log:
        shelf.put(key, value)
    return shelf


def latest(log: Log) -> tuple[Manifest, Snapshot] | None:
    shelf = shelved(log)
    for found in shelf.checkpoints():
        if isinstance(found, Manifest):
            try:
                return tuple(shelf.restored(found))
            except CheckpointError:
                continue
    return None


def learned(count: int = 40) -> Engine:
    engine = Engine(SMALL)
    for number in range(count):
        engine.process(declared(f"D{number}", [item_document(customs_value=100.0 + number)]))
    return engine


@pytest.fixture(scope="module")
def engine() -> Engine:
    """Do not let it learn."""
    return learned()


@pytest.fixture(scope="module")
def whole(engine: Engine) -> Log:
    """One whole checkpoint."""
    log: Log = []
    checkpoint(log, Packer(SEAL), engine, Term(0, 1))
    return log


def test_an_engine_comes_back_from_the_log(engine: Engine, whole: Log) -> None:
    found = latest(whole)
    assert found is not None
    other = Engine(SMALL)
    take_in(other, found[1])
    next_one = declared("NEXT", [item_document(customs_value=3.0)])
    assert other.process(next_one) == learned().process(next_one)


def test_only_what_has_changed_is_written_again() -> None:
    engine, packer, log = learned(), Packer(SEAL), []
    checkpoint(log, packer, engine, Term(0, 1))
    before = len(log)
    checkpoint(log, packer, engine, Term(0, 1))
    assert len(log) == before + 1  # the manifest
    engine.process(declared("ONE-MORE"))
    manifest = checkpoint(log, packer, engine, Term(0, 1))
    assert 1 < len(log) - before - 1 < len(manifest.chunks())
    found = latest(log)
    assert found is not None
    take_in(Engine(SMALL), found[1])


def test_the_last_term_counts_though_an_earlier_owner_wrote_later(engine: Engine) -> None:
    log: Log = []
    checkpoint(log, Packer(SEAL), engine, Term(0, 2))
    checkpoint(log, Packer(SEAL), engine, Term(0, 1))
    found = latest(log)
    assert found is not None
    assert found[0].term == Term(0, 2)
    assert shelved(log).latest == Term(0, 2)


def test_of_a_torn_checkpoint_nothing_is_taken(engine: Engine, whole: Log) -> None:
    log = [*whole]
    checkpoint(log, Packer(SEAL), engine, Term(0, 2), whole=False)
    found = latest(log)
    assert found is not None
    assert found[0].term == Term(0, 1)


def test_a_missing_or_changed_chunk_makes_a_checkpoint_torn(engine: Engine, whole: Log) -> None:
    log = [*whole]
    checkpoint(log, Packer(SEAL), engine, Term(0, 2))
    place = len(whole) + 3
    for spoilt in (None, b"other"):
        changed = [*log, (log[place][0], spoilt)]
        found = latest(changed)
        assert found is not None
        assert found[0].term == Term(0, 1)


def test_what_is_taken_away_is_gone_and_strangers_are_counted(whole: Log) -> None:
    shelf = shelved([*whole, *((key, None) for key, _ in whole), (b"0/claim", b"x"), (b"1/0.1/manifest", b"x")])
    assert shelf.keys() == set()
    assert shelf.ignored == 2


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_hostile_logs_give_the_checkpoint_or_a_clear_error(whole: Log, data: st.DataObject) -> None:
    """Truncated, flipped, exchanged records."""
    log = [*whole]
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(log) - 1))
        key, value = log[place]
        value = value or b""
        how = data.draw(st.sampled_from(("cut", "flip", "exchange", "drop")))
        if how == "cut":
            log[place] = key, value[: data.draw(st.integers(0, len(value)))]
        elif how == "flip" and value:
            at = data.draw(st.integers(0, len(value) - 1))
            log[place] = key, value[:at] + bytes([value[at] ^ 1 << data.draw(st.integers(0, 7))]) + value[at + 1 :]
        elif how == "exchange":
            log[place] = key, log[data.draw(st.integers(0, len(log) - 1))][1]
        else:
            log[place] = key, None
    found = latest(log)
    if found is not None:
        take_in(Engine(SMALL), found[1])


HOSTILE = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=40),
    st.lists(st.integers(-5, 1 << 40), max_size=4),
    st.dictionaries(st.text(max_size=3), st.integers(0, 5), max_size=3),
)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_parts_of_another_type_or_size_are_refused_and_nothing_else_happens(whole: Log, data: st.DataObject) -> None:
    """With right digests: as who can write to the topic would write it."""
    found = latest(whole)
    assert found is not None
    snapshot = dict(found[1])
    path = data.draw(st.sampled_from(sorted(snapshot)))
    value = snapshot[path]
    if isinstance(value, np.ndarray) and data.draw(st.booleans()):
        value = value.copy()
        flat = value.reshape(-1).view(np.uint8)
        if flat.size:
            flat[data.draw(st.integers(0, min(flat.size - 1, 400)))] = data.draw(st.integers(0, 255))
        snapshot[path] = value
    elif isinstance(value, list):
        snapshot[path] = [msgspec.msgpack.encode(data.draw(HOSTILE))]
    else:
        snapshot[path] = data.draw(st.one_of(HOSTILE.map(msgspec.msgpack.encode), st.binary(max_size=20), st.just(np.zeros(3))))
    engine = Engine(SMALL)
    try:
        take_in(engine, snapshot)
    except MisfitError as error:
        assert path.split("/")[1] in str(error)


def test_huge_lengths_are_refused_before_anything_is_made(whole: Log) -> None:
    found = shelved(whole)
    (manifest,) = [one for one in found.checkpoints() if isinstance(one, Manifest)]
    entry = msgspec.structs.replace(manifest.entries[0], lengths=(1 << 50,))
    with pytest.raises(TornError, match="impossible size"):
        found.restored(msgspec.structs.replace(manifest, entries=[entry]))
    huge = msgspec.structs.replace(manifest.entries[0], dtype="rows", lengths=(1 << 50,))
    with pytest.raises(TornError):
        found.restored(msgspec.structs.replace(manifest, entries=[huge]))
