"""Who writes movements, truth and steps of clearance: this process, or one of its own beside the one that makes the declarations."""

import multiprocessing
from collections import Counter
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

import orjson

from stream_app.collector import calm_collector
from stream_app.simulate.clearance.steps import StepsWriter
from stream_app.simulate.config import WorldConfig
from stream_app.simulate.events import ContainerTruth, Truth
from stream_app.simulate.generate import DayWritten
from stream_app.simulate.voyages.telling import Teller

BUFFER_BYTES = 1 << 20
TOGETHER = 2_000
"""Lines that become bytes at once: all of a day would ask the system for memory each time, and give it back."""
PATIENCE_SECONDS = 30.0
"""For the other process to end once it has said that it is done."""


class Written(NamedTuple):
    """Movements, steps of clearance, and what was injected, by scheme."""

    movements: int
    milestones: int
    items: dict[str, int]
    containers: dict[str, int]


class Scribe:
    """Writes as it is told."""

    def __init__(self, config: WorldConfig, folder: Path, steps: bool) -> None:
        """`steps`: of clearance, in milestones.ndjson."""
        self._steps = StepsWriter(config, folder) if steps else None
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
        if self._steps is not None:
            self._steps.__exit__(kind, error, trace)
        if self._movements is not None:
            self._movements.close()

    def take(self, number: int, day: DayWritten) -> None:
        """The days one after the other; one more behind the last has all the rest told."""
        self._items.update(self._injected(one) for one in day.truth)
        if self._steps is not None:
            self._steps.add_lines(day.lines["declarations"][1], day.controls)
        if self._teller is None or self._movements is None:
            return
        for told in self._teller.tell(number, day.accepted):
            for begin in range(0, len(told.values), TOGETHER):
                self._movements.write("\n".join([*told.values[begin : begin + TOGETHER], ""]).encode())
            self._lines += len(told.values)
            self._containers.update(self._injected(one) for one in told.truth.values())

    def write_ahead(self) -> bool:
        """Something that will have to be done later; False where there is nothing."""
        return self._teller is not None and self._teller.write_ahead()

    def _injected(self, one: Truth | ContainerTruth) -> str:
        self._truth.write(orjson.dumps(one._asdict(), option=orjson.OPT_APPEND_NEWLINE))
        return one.scheme

    def end(self) -> Written:
        return Written(
            self._lines, self._steps.end() if self._steps else 0, dict(sorted(self._items.items())), dict(sorted(self._containers.items()))
        )


class ScribeApart:
    """A scribe in a process of its own: voyages go there as columns, and become lines there."""

    def __init__(self, config: WorldConfig, folder: Path, steps: bool) -> None:
        self._steps = steps
        context = multiprocessing.get_context("spawn")  # a fork would copy whatever locks the threads of this process hold
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(config, folder, steps, theirs), daemon=True)
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

    def take(self, number: int, day: DayWritten) -> None:
        """As Scribe's; waits while the other process is behind. Raises what it raised. The day's declarations are in their file by now."""
        length = len(day.lines["declarations"][1]) if self._steps else 0
        self._send((number, day._replace(lines={}), length))

    def end(self) -> Written:
        self._send(None)
        return self._answer()

    def _send(self, message: tuple[int, DayWritten, int] | None) -> None:
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


def _serve(config: WorldConfig, folder: Path, steps: bool, pipe: Connection) -> None:
    calm_collector()
    try:
        with Scribe(config, folder, steps) as scribe, ExitStack() as stack:
            declarations: IO[bytes] | None = None
            while (message := _next(pipe, scribe)) is not None:
                number, day, length = message
                if length and declarations is None:
                    declarations = stack.enter_context((folder / "declarations.ndjson").open("rb"))
                lines = declarations.read(length) if declarations is not None else b""
                scribe.take(number, day._replace(lines={"declarations": (0, lines)}))
            written = scribe.end()
        pipe.send(written)
    except EOFError:
        return  # the other process has given up
    except Exception as error:
        pipe.send(error)  # it is raised there


def _next(pipe: Connection, scribe: Scribe) -> Any:
    """The next message; until it comes, documents are made ahead."""
    while not pipe.poll() and scribe.write_ahead():
        pass
    return pipe.recv()
