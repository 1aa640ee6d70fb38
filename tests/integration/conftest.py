"""Running services for the modules here.

A group join on Tansu takes seven seconds of waiting, so the workers of all modules that are to be run start together, each in a house of its own.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from tests.support.broker import Broker
from tests.support.service_worker import PATIENCE, ROOT, House, Reader, Sender, Worker, eventually

READY_SECONDS = 420.0
"""A dozen workers start at once, some six seconds of CPU each; on a loaded machine that is minutes."""
OUTPUTS = (
    "assessments",
    "alerts",
    "indicators",
    "receipts",
    "declarations_dlq",
    "outcomes_dlq",
    "watchlists_dlq",
    "suppressions_dlq",
    "shadow_alerts",
    "movement_assessments",
    "movement_alerts",
    "movements_dlq",
    "milestones_dlq",
    "exports_dlq",
    "seizures_dlq",
)


class Plan(NamedTuple):
    """A worker to be started ahead for the modules that use it. `pipeline` is the text of a pipeline.toml; None is the one of the release.
    `shadow` is that of a challenger."""

    modules: tuple[str, ...]
    pipeline: str | None = None
    partitions: int = 1
    shadow: str | None = None


CAPACITY = """
[selection]
warm_up_items = 20
random_share = 0
exploration_share = 0
[selection.offices]
"*" = { per_day = 3 }
"""

DRAWS_MOST = "[selection]\nbudget = 1.0\nrandom_share = 0.9\nexploration_share = 0.05\n[indicators]\nevery_hours = 1\n"
"""Nine of ten goods items are in the random sample."""
MIRRORED = '[instruments.mirror]\ncountry = "NL"\npartners = ["CN"]\ndefault_freight = 0.0\n[instruments.performance]\nminimum_files = 2\n'
PLANS = {
    "service": Plan(("test_declarations", "test_outcomes", "test_operations", "test_stopping"), partitions=2),
    "in_a_row": Plan(("test_breaker",), "[breaker]\nin_a_row = 20\n"),
    "share": Plan(("test_breaker",), "[breaker]\nwindow = 200\nshare = 0.05\n"),
    "lists": Plan(("test_lists",), "[selection]\nrandom_share = 0\n"),
    "capacity": Plan(("test_capacity",), CAPACITY, partitions=2),
    "stopped": Plan(("test_restart",)),
    "killed": Plan(("test_restart",)),
    "shadowed": Plan(("test_shadow",), shadow="[selection]\nbudget = 0.04\n[detectors.novelty]\nenabled = false\n"),
    "indicators": Plan(("test_indicators",), DRAWS_MOST),
    "instruments": Plan(("test_instruments",), MIRRORED),
    "parity": Plan(("test_parity", "test_stopping")),
    "movements": Plan(("test_movements",), partitions=2),
    "joins": Plan(("test_joins",), partitions=2),
}


@dataclass(frozen=True)
class Service:
    """A house with a worker that is ready."""

    house: House
    worker: Worker
    sender: Sender
    reader: Reader

    def topic(self, alias: str) -> str:
        return self.house.catalogue[alias].name

    def documents(self, alias: str) -> list[dict[str, Any]]:
        return self.reader.documents(self.topic(alias))

    def receipts_of(self, alias: str, places: list[tuple[int, int]], seconds: float = PATIENCE) -> dict[tuple[int, int], list[dict[str, Any]]]:
        """The receipts of the records at these places, once each has one."""
        wanted, topic = set(places), self.topic(alias)

        def found() -> dict[tuple[int, int], list[dict[str, Any]]]:
            by_place: dict[tuple[int, int], list[dict[str, Any]]] = {}
            for receipt in self.documents("receipts"):
                place = receipt["partition"], receipt["offset"]
                if receipt["topic"] == topic and place in wanted:
                    by_place.setdefault(place, []).append(receipt)
            return by_place

        self.reader.until(self.topic("receipts"), lambda _: found().keys() >= wanted, seconds)
        return found()


@pytest.fixture(scope="package")
def fleet(request: pytest.FixtureRequest, broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Service]]:
    """The services of the modules in this run, by plan."""
    modules = {item.path.stem for item in request.session.items}
    # Nine workers that find no compiled kernels would each compile them: minutes on two cores.
    subprocess.run([sys.executable, "-c", "import stream_app.engine.engine, stream_app.engine.movements.engine"], cwd=ROOT, check=True, timeout=600)
    with ExitStack() as stack:
        started = {}
        for name, plan in PLANS.items():
            if modules & set(plan.modules):
                house = House(broker, tmp_path_factory.mktemp(name), plan.partitions)
                parts = stack.enter_context(house.sender()), stack.enter_context(house.reader(*OUTPUTS))
                started[name] = Service(house, stack.enter_context(house.worker(plan.pipeline, plan.shadow)), *parts)
        assert eventually(lambda: _all_ready(started), READY_SECONDS, 0.5), {n: s.worker.log_text() for n, s in started.items()}
        yield started


def _all_ready(started: dict[str, Service]) -> bool:
    return all(service.worker.get("/ready")[0] == 200 for service in started.values())


@pytest.fixture(scope="package")
def service(fleet: dict[str, Service]) -> Service:
    """Two partitions, the shipped pipeline; stays up through the modules that use it."""
    return fleet["service"]
