"""Results are compressed at a level that costs little, by the function that aiokafka's batches go through."""

import gzip
import io

import pytest
from aiokafka import codec
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from stream_app.agents.fast import fits
from stream_app.agents.fast.compression import LEVEL, compress_lightly

VALUE = b'{"score": 12.5, "lane": "green"}' * 400
GZIP = 1


@pytest.fixture
def lightly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec.gzip_encode, "__defaults__", (None,))
    compress_lightly()


def deflated(data: bytes, level: int) -> bytes:
    room = io.BytesIO()
    with gzip.GzipFile(fileobj=room, mode="w", compresslevel=level) as file:
        file.write(data)
    return room.getvalue()[10:]  # behind the header, which has the time


@pytest.mark.usefixtures("lightly")
def test_aiokafka_compresses_at_our_level() -> None:
    assert fits()
    assert deflated(VALUE, LEVEL) != deflated(VALUE, 9)
    assert codec.gzip_encode(VALUE)[10:] == deflated(VALUE, LEVEL)
    assert codec.gzip_encode(VALUE, 9)[10:] == deflated(VALUE, 9)  # who names a level gets it


@pytest.mark.usefixtures("lightly")
def test_a_batch_is_written_that_way_and_read_by_anybody() -> None:
    builder = BatchBuilder(262_144, GZIP)
    builder.append(timestamp=1_000, key=b"k", value=VALUE)
    builder.close()
    written = bytes(builder._build())
    assert len(written) < len(VALUE) // 4
    batch = MemoryRecords(written).next_batch()
    assert batch is not None
    assert [(record.key, record.value) for record in batch] == [(b"k", VALUE)]


def test_another_aiokafka_keeps_its_own_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec.gzip_encode, "__defaults__", (7,))
    compress_lightly()
    assert codec.gzip_encode.__defaults__ == (7,)
