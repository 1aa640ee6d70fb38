"""What every case plays on: a house on Apache Kafka, its workers, events that flow, and all that comes of them."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream_app.contracts.cloudevents import TYPES, headers
from stream_app.state.manifest import Manifest, Seal
from stream_app.state.shelf import Shelf
from tests.chaos.uninterrupted import INPUTS
from tests.support.ledger import ORIGINS, Ledger
from tests.support.service_worker import House, Sender, Worker

Sent = tuple[bytes, bytes | None]
"""Key and value."""
PARTITIONS = 2
SESSION_SECONDS = "4"
CHECKPOINT_SECONDS = "2"
MOST_AHEAD = 3_000
"""Events that wait for their answer at the most: so they flow for as long as the case lasts."""
READY_SECONDS = 240.0
STOP_SECONDS = 120.0
PATIENCE_SECONDS = 240.0
"""Without a single answer."""


class StalledError(Exception):
    """Nothing has come for longer than even a slow machine takes."""


class Stage:
    """One case's. `crew`: the workers that shall run, by name; one that ends by itself is started again, as an orchestrator does, and counted."""

    def __init__(
        self, bootstrap: Any, folder: Path, replicas: int = 1, pipeline: str | None = None, ahead: int = MOST_AHEAD, **settings: str
    ) -> None:
        self.house = _house(bootstrap, folder, replicas)
        self.ledger, self.ended = Ledger(), 0
        self.pipeline, self._ahead, self._settings = pipeline, ahead, settings
        self.crew: dict[str, Worker] = {}
        self._stack = ExitStack()
        self._aliases = {self.house.catalogue[alias].name: alias for alias in ORIGINS}
        self._flows: list[Flow] = []

    def __enter__(self) -> Self:
        self._sender: Sender = self._stack.enter_context(self.house.sender())
        self._outputs = self._stack.enter_context(_consumer(self.house, self._aliases))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for flow in self._flows:
            flow.end()
        self._stack.close()

    def start(self, name: str, ready: bool = True, before: Sequence[str] = (), **settings: str) -> Worker:
        """A worker of this name, as a new process; `before`: in front of its command."""
        chosen = {
            "TIDEWAITER_WORKER_ID": name,
            "TIDEWAITER_SESSION_TIMEOUT_SECONDS": SESSION_SECONDS,
            "TIDEWAITER_CHECKPOINT_SECONDS": CHECKPOINT_SECONDS,
            "TIDEWAITER_CHECKPOINT_SHARE": "0.2",
            **self._settings,
            **settings,
        }
        worker = self.crew[name] = self._stack.enter_context(self.house.worker(self.pipeline, before=before, **chosen))
        if ready:
            self.until(lambda: worker.get("/ready")[0] == 200, READY_SECONDS)
        return worker

    def kill(self, name: str) -> None:
        """SIGKILL; nobody starts it again."""
        worker = self.crew.pop(name)
        os.kill(worker.process.pid, signal.SIGKILL)
        worker.process.wait()

    def stop(self, name: str) -> int:
        """SIGTERM, as an orchestrator does it; the exit code."""
        worker = self.crew.pop(name)
        worker.process.send_signal(signal.SIGTERM)
        return _ended(worker)

    def stop_all(self) -> list[int]:
        """Once every one of them runs: one that was told to stop while it starts has nothing to leave behind. The exit codes."""
        with suppress(StalledError):
            self.until(lambda: all(worker.get("/ready")[0] == 200 for worker in list(self.crew.values())))
        workers, self.crew = self.crew, {}
        for worker in workers.values():
            worker.process.send_signal(signal.SIGTERM)
        return [_ended(worker) for worker in workers.values()]

    def flow(self, alias: str, events: Sequence[Sent]) -> "Flow":
        """Begin to send."""
        flow = Flow(self._sender, alias, events, lambda: self.answered(alias), self._ahead)
        self._flows.append(flow)
        flow.start()
        return flow

    def sent(self) -> tuple[int, int]:
        """Events that were to be sent, and how many of them the broker has acknowledged."""
        return sum(len(flow.events) for flow in self._flows), sum(flow.acknowledged for flow in self._flows)

    def answered(self, alias: str) -> int:
        return self.ledger.answered[self.house.catalogue[alias].name]

    def until(self, condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> None:
        """Raises StalledError where nothing has come for so long, in steps of a second at most: somebody may have stopped all of us meanwhile."""
        before, waited, looked = -1, 0.0, time.monotonic()
        while not condition():
            self.look()
            step, looked = min(1.0, time.monotonic() - looked), time.monotonic()
            now = sum(map(len, self.ledger.outputs.values()))
            before, waited = now, waited + step if now == before else 0.0
            if waited > seconds:
                raise StalledError(f"nothing came for {seconds:.0f} s")

    def until_answered(self, alias: str, count: int) -> None:
        self.until(lambda: self.answered(alias) >= count)

    def look(self) -> None:
        """Read what has come, and see whether everybody is still there."""
        for records in self._outputs.poll(timeout_ms=100, max_records=5_000).values():
            for record in records:
                self.ledger.add(self._aliases[record.topic], record.value, record.headers)
        for name, worker in list(self.crew.items()):
            if worker.process.poll() is not None:
                self.ended += 1
                say(f"worker {name} ended with {worker.process.returncode}: {worker.log_text()[-1500:]}")
                self.start(name, ready=False)

    def settle(self, seconds: float = 2.0) -> None:
        """Read on until nothing has come for a while."""
        before, since = -1, time.monotonic()
        while time.monotonic() - since < seconds:
            self.look()
            if (now := sum(len(held) for held in self.ledger.outputs.values()) + self.ledger.repeated) != before:
                before, since = now, time.monotonic()

    def inputs(self) -> list[Any]:
        """All records of the input topics."""
        return list(_all(self.house, [self.house.catalogue[kind].name for kind in INPUTS]))

    def checkpoints(self) -> dict[int, Manifest | None]:
        """By partition, the last whole one."""
        shelves = {number: Shelf(number, Seal()) for number in range(PARTITIONS)}
        for record in _all(self.house, [self.house.catalogue["checkpoints"].name]):
            shelves[record.partition].put(record.key, record.value)
        return {number: next((one for one in shelf.checkpoints() if isinstance(one, Manifest)), None) for number, shelf in shelves.items()}


class Flow(threading.Thread):
    """Sends events for as long as not too many wait for their answer. `acknowledged`: how many the broker has taken."""

    def __init__(self, sender: Sender, alias: str, events: Sequence[Sent], answered: Callable[[], int], ahead: int) -> None:
        super().__init__(name=f"flow-{alias}", daemon=True)
        self._sender, self._alias, self.events, self._answered, self._ahead = sender, alias, events, answered, ahead
        self._ending = threading.Event()
        self.sent = 0
        self.acknowledged = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        waiting = []
        try:
            for key, body in self.events:
                while self.sent - self._answered() > self._ahead and not self._ending.wait(0.02):
                    pass
                if self._ending.is_set():
                    break
                waiting.append(self._sender.later(self._alias, body, key, headers(TYPES[self._alias], "chaos", f"e-{self.sent}")))
                self.sent += 1
            for place in waiting:
                place()
                self.acknowledged += 1
        except Exception as error:
            self.failure = error

    def cut(self) -> None:
        """Send no more; what is sent was all that was to be sent."""
        self._ending.set()
        self.join(70)
        self.events = self.events[: self.sent]

    @property
    def done(self) -> bool:
        return not self.is_alive()

    def end(self) -> None:
        self._ending.set()
        self.join(70)


def _house(bootstrap: Any, folder: Path, replicas: int) -> House:
    """Nodes that have just begun to answer may not know of each other yet."""
    for _ in range(20):
        with suppress(KafkaError):
            return House(bootstrap, folder, PARTITIONS, replicas)
        time.sleep(1.0)
    return House(bootstrap, folder, PARTITIONS, replicas)


def _ended(worker: Worker) -> int:
    """The exit code; of one that does not end, that of a kill."""
    try:
        return worker.process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        worker.kill()
        return worker.process.returncode


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _consumer(house: House, topics: Iterable[str]) -> Any:
    options = {"enable_auto_commit": False, "auto_offset_reset": "earliest", "fetch_max_wait_ms": 100, "check_crcs": False}
    consumer: Any = KafkaConsumer(**house.connection.kafka_python(), **options, max_partition_fetch_bytes=4 << 20, fetch_max_bytes=32 << 20)
    consumer.assign([TopicPartition(topic, number) for topic in topics for number in range(house.partitions)])
    return consumer


def _all(house: House, topics: Sequence[str]) -> Iterable[Any]:
    """From the beginning to what is now the end."""
    consumer = _consumer(house, topics)
    try:
        places = consumer.assignment()
        ends = consumer.end_offsets(list(places))
        while any(consumer.position(place) < ends[place] for place in places):
            for records in consumer.poll(timeout_ms=200, max_records=2_000).values():
                yield from records
    finally:
        consumer.close()
