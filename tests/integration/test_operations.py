"""What operators see of a worker, and how it stops."""

import time
from pathlib import Path

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from stream_app.metrics import Metrics
from tests.integration.conftest import Service
from tests.support.service_events import bodies, recent_world
from tests.support.service_worker import House

pytestmark = pytest.mark.broker

SENT = 4_000


def listening_ports(pid: int) -> set[int]:
    """TCP ports on which a process listens (proc(5): the inodes among its descriptors, looked up in its tables of sockets)."""
    inodes = {target[8:-1] for fd in Path(f"/proc/{pid}/fd").iterdir() if (target := str(fd.readlink())).startswith("socket:[")}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A" and columns[9] in inodes:
                found.add(int(columns[1].rsplit(":", 1)[1], 16))
    return found


def processed(service: Service) -> set[int]:
    service.reader.settle()
    return {receipt["offset"] for receipt in service.documents("receipts")}


def test_before_it_is_ready_the_worker_says_what_it_waits_for(fleet: dict[str, Service]) -> None:
    waiting = [body for status, body in fleet["sigterm"].ready_answers if status == 503]
    assert waiting[0] == "waiting for: partitions assigned, state restored, producer acknowledged\n"
    assert fleet["sigterm"].ready_answers[-1] == (200, "ready\n")


def test_live_and_unknown_paths_are_answered(fleet: dict[str, Service]) -> None:
    worker = fleet["sigterm"].worker
    assert worker.get("/live") == (200, "live\n")
    assert worker.get("/nothing")[0] == 404


def test_metrics_hold_every_family_of_the_catalogue(fleet: dict[str, Service]) -> None:
    text = fleet["sigterm"].worker.get("/metrics")[1]
    families = {family.name.removesuffix("_info") for family in text_string_to_metric_families(text)}
    assert families >= {family.name for family in Metrics().registry.collect()}


def test_the_worker_listens_on_its_operations_port_only(fleet: dict[str, Service]) -> None:
    worker = fleet["sigterm"].worker
    assert listening_ports(worker.process.pid) == {worker.port}


def test_once_everything_is_read_the_lag_is_0(fleet: dict[str, Service]) -> None:
    service = fleet["sigterm"]
    sent = bodies(recent_world(51, 50, outcomes=False), "declarations")
    service.receipts_of("declarations", service.sender.events("declarations", sent))
    time.sleep(1.5)  # the gauges are set once a second
    assert service.worker.metric("tidewaiter_event_lag_seconds") == 0
    assert service.worker.metric("tidewaiter_keys_held", table="awaiting_outcome") == len({orjson.loads(body)["declaration_id"] for body in sent})
    assert service.worker.metric("tidewaiter_ready") == service.worker.metric("tidewaiter_partitions_assigned") == 1


@pytest.mark.parametrize("name", ["sigterm", "sigint"])
def test_a_signal_in_mid_stream_drains_the_worker(fleet: dict[str, Service], name: str) -> None:
    """It ends with exit code 0 in less than 20 s, and the group's offset is exactly what was processed."""
    import signal

    service = fleet[name]
    service.sender.events("declarations", bodies(recent_world(52, SENT, outcomes=False), "declarations"))
    service.reader.until(service.topic("receipts"), lambda records: len(records) > SENT // 8)
    started = time.monotonic()
    assert service.worker.stop({"sigterm": signal.SIGTERM, "sigint": signal.SIGINT}[name]) == 0
    assert time.monotonic() - started < 20
    offsets = processed(service)
    assert SENT // 8 < len(offsets) < SENT  # it did stop in mid-stream
    assert service.house.committed("declarations") == [len(offsets)]
    assert offsets == set(range(len(offsets)))
    assert service.worker.log_lines()[-1]["event"] == "worker stopped"


def test_log_lines_are_json_objects_with_time_level_and_event(fleet: dict[str, Service]) -> None:
    for service in fleet.values():
        for line in service.worker.log_lines():
            assert {"event", "level", "timestamp"} <= line.keys()


def test_a_worker_whose_topics_are_missing_names_them_all_and_starts_nothing(fleet: dict[str, Service]) -> None:
    house: House = fleet["sigterm"].house
    with house.worker(TIDEWAITER_TOPIC_PREFIX="nowhere.") as worker:
        assert worker.process.wait(30) == 1
        for topic in house.catalogue.values():
            assert f"nowhere.{topic.name.removeprefix(house.prefix)} does not exist" in worker.log_text()
        assert "Traceback" not in worker.log_text()
