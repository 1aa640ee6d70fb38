"""What operators see of a worker."""

from pathlib import Path

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from stream_app.metrics import Metrics
from tests.integration.conftest import Service
from tests.support.service_events import bodies, recent_world
from tests.support.service_worker import PATIENCE, House, eventually
from tests.support.slow_network import SlowBroker

pytestmark = pytest.mark.broker


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


def test_before_it_is_ready_the_worker_says_what_it_waits_for(tmp_path: Path) -> None:
    with SlowBroker(tmp_path) as broker:
        house = House(broker, tmp_path)
        broker.may_join.clear()
        with house.worker() as worker:
            assert eventually(lambda: worker.get("/ready")[0] == 503), worker.log_text()
            status, said = worker.get("/ready")
            assert (status, said.startswith("waiting for: partitions assigned, state restored")) == (503, True)
            broker.may_join.set()
            worker.await_ready()
            assert worker.get("/ready") == (200, "ready\n")


def test_live_and_unknown_paths_are_answered(service: Service) -> None:
    worker = service.worker
    assert worker.get("/live") == (200, "live\n")
    assert worker.get("/nothing")[0] == 404


def test_metrics_hold_every_family_of_the_catalogue(service: Service) -> None:
    text = service.worker.get("/metrics")[1]
    families = {family.name.removesuffix("_info") for family in text_string_to_metric_families(text)}
    assert families >= {family.name for family in Metrics().registry.collect()}


def test_the_worker_listens_on_its_operations_port_only(service: Service) -> None:
    worker = service.worker
    assert listening_ports(worker.process.pid) == {worker.port}


def test_once_everything_is_read_the_lag_is_0(service: Service) -> None:
    sent = bodies(recent_world(51, 50, outcomes=False), "declarations")
    service.receipts_of("declarations", service.sender.events("declarations", sent))
    declarations = len({orjson.loads(body)["declaration_id"] for body in sent})
    assert eventually(lambda: service.worker.metric("tidewaiter_keys_held", table="awaiting_outcome") >= declarations)
    assert eventually(lambda: service.worker.metric("tidewaiter_event_lag_seconds") == 0)
    assert service.worker.metric("tidewaiter_ready") == 1
    assert 1 <= service.worker.metric("tidewaiter_partitions_assigned") <= service.house.partitions


def test_log_lines_are_json_objects_with_time_level_and_event(service: Service) -> None:
    for line in service.worker.log_lines():
        assert {"event", "level", "timestamp"} <= line.keys()


def test_a_worker_whose_topics_are_missing_names_them_all_and_starts_nothing(service: Service) -> None:
    house: House = service.house
    with house.worker(TIDEWAITER_TOPIC_PREFIX="nowhere.") as worker:
        assert worker.process.wait(PATIENCE) == 1
        for topic in house.catalogue.values():
            assert f"nowhere.{topic.name.removeprefix(house.prefix)} does not exist" in worker.log_text()
        assert "Traceback" not in worker.log_text()
