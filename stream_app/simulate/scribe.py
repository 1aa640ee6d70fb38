"""Who writes movements.ndjson and truth.ndjson: in this process, or in one of its own beside the one that makes the declarations."""

import multiprocessing
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import orjson

from stream_app.collector import calm_collector
from stream_app.simulate.config import WorldConfig
from stream_app.simulate.events import ContainerTruth, Truth
from stream_app.simulate.voyages.telling import Accepted, Teller

BUFFER_BYTES = 1 << 20
PATIENCE_SECONDS = 30.0
"""For the other process to end once it has said that it is done."""


class Written(NamedTuple):
    """Movements, and what was injected, by scheme."""

    movements: int
    items: dict[str, int]
    containers: dict[str, int]


class Scribe:
    """Writes as it is told."""

    def __init__(self, config: WorldConfig, folder: Path) -> None:
        self._teller = Teller(config) if config.movements else None
        self._truth = (folder / "truth.ndjson").open("wb", BUFFER_BYTES)
        self._movements = (folder / "movements.ndjson").open("wb", BUFFER_BYTES) if config.movements else None
        self._lines = 0
        self._items: Counter[str] = Counter()
        self._containers: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._truth.close()
        if self._movements is not None:
            self._movements.close()

    def take(self, day: int, truth: list[Truth], accepted: list[Accepted]) -> None:
        """A day's truth and voyages, the days one after the other; one more behind the last has all the rest told."""
        self._items.update(self._injected(one) for one in truth)
        if self._teller is None or self._movements is None:
            return
        for told in self._teller.tell(day, accepted):
            self._movements.write("\n".join([*told.values, ""]).encode())
            self._lines += len(told.values)
            self._containers.update(self._injected(one) for one in told.truth.values())

    def _injected(self, one: Truth | ContainerTruth) -> str:
        self._truth.write(orjson.dumps(one._asdict(), option=orjson.OPT_APPEND_NEWLINE))
        return one.scheme

    def end(self) -> Written:
        return Written(self._lines, dict(sorted(self._items.items())), dict(sorted(self._containers.items())))


class ScribeApart:
    """A scribe in a process of its own: voyages go there as columns, and become lines there."""

    def __init__(self, config: WorldConfig, folder: Path) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy whatever locks the threads of this process hold
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(config, folder, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Whatever happened: the other process ends when nobody speaks to it any more."""
        self._pipe.close()
        self._process.join(PATIENCE_SECONDS)
        if self._process.is_alive():
            self._process.kill()

    def take(self, day: int, truth: list[Truth], accepted: list[Accepted]) -> None:
        """As Scribe's; waits while the other process is behind. Raises what it raised."""
        self._send((day, truth, accepted))

    def end(self) -> Written:
        self._send(None)
        return self._answer()

    def _send(self, message: tuple[int, list[Truth], list[Accepted]] | None) -> None:
        try:
            self._pipe.send(message)
        except (BrokenPipeError, ConnectionResetError):
            self._answer()
            raise

    def _answer(self) -> Written:
        try:
            answer = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            raise RuntimeError("the process that writes the movements has died") from None
        if isinstance(answer, Written):
            return answer
        raise answer


def _serve(config: WorldConfig, folder: Path, pipe: Connection) -> None:
    calm_collector()
    try:
        with Scribe(config, folder) as scribe:
            while (message := pipe.recv()) is not None:
                scribe.take(*message)
            written = scribe.end()
        pipe.send(written)
    except EOFError:
        return  # the other process has given up
    except Exception as error:
        pipe.send(error)  # it is raised there
