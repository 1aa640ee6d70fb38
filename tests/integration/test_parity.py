"""The same file by replay, without Kafka, and by produce, through a running worker, gives the same to the last digit."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.integration.conftest import Service
from tests.support.service_events import bodies, recent_world
from tests.support.service_worker import PATIENCE, ROOT, clean_environment

pytestmark = pytest.mark.broker

DECLARATIONS = 3_000
SAME = ("lodged_at", "scores", "score", "lane", "alerted", "reasons", "severity", "maturity", "p_values", "missing")


@dataclass(frozen=True)
class Both:
    """Items by (declaration, version, item), either way; `reported` is the replay's report, `printed` what produce said."""

    replayed: dict[tuple[str, int, int], dict[str, Any]]
    live: dict[tuple[str, int, int], dict[str, Any]]
    alerts: list[dict[str, Any]]
    reported: dict[str, Any]
    printed: str


def tidewaiter(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stream_app", *arguments]
    return subprocess.run(command, env=clean_environment(**settings), cwd=ROOT, text=True, capture_output=True, timeout=PATIENCE, check=True)


@pytest.fixture(scope="module")
def both(fleet: dict[str, Service], tmp_path_factory: pytest.TempPathFactory) -> Both:
    service, folder = fleet["parity"], tmp_path_factory.mktemp("parity")
    file = folder / "declarations.ndjson"
    file.write_bytes(b"\n".join(bodies(recent_world(41, DECLARATIONS, outcomes=False), "declarations")) + b"\n")
    out, report = folder / "assessments.ndjson", folder / "report.json"
    tidewaiter("replay", "--declarations", str(file), "--out", str(out), "--report", str(report))
    settings = service.house.settings()
    produced = tidewaiter("produce", "--topic", "declarations", str(file), "--bootstrap", service.house.connection.bootstrap, **settings)
    reported = orjson.loads(report.read_bytes())
    service.reader.until(service.topic("assessments"), lambda records: len(records) >= DECLARATIONS)
    service.reader.until(service.topic("alerts"), lambda records: len(records) >= reported["alerts"])
    service.reader.settle()
    live = {}
    for assessment in service.documents("assessments"):
        for item in assessment["items"]:
            live[assessment["declaration_id"], assessment["version"], item["item_number"]] = {**item, "lodged_at": assessment["lodged_at"]}
    return Both(_lines(out), live, service.documents("alerts"), reported, produced.stdout)


def _lines(path: Path) -> dict[tuple[str, int, int], dict[str, Any]]:
    lines = map(orjson.loads, path.read_bytes().splitlines())
    return {(line["declaration_id"], line["version"], line["item_number"]): line for line in lines}


def test_both_ways_assess_every_item_of_every_declaration(both: Both) -> None:
    assert both.replayed.keys() == both.live.keys()
    assert len({key[:2] for key in both.live}) == DECLARATIONS


def test_both_ways_give_exactly_the_same_scores_and_reasons(both: Both) -> None:
    different = [key for key, line in both.replayed.items() if any(line[name] != both.live[key][name] for name in SAME)]
    assert different == []
    assert len({line["scores"]["anomaly"] for line in both.live.values()}) > 1_000


def test_both_ways_raise_the_same_alerts(both: Both) -> None:
    live = {(alert["declaration_id"], alert["version"], number) for alert in both.alerts for number in alert["items_alerted"]}
    assert live == {key for key, line in both.replayed.items() if line["alerted"]}
    assert len(both.alerts) == both.reported["alerts"] > 10


def test_produce_waits_for_every_receipt_and_prints_the_counts(both: Both) -> None:
    assert both.printed.split() == ["sent", "3,000", "accepted", "3,000", "rejected", "0", "duplicate", "0", "unanswered", "0", "failed", "0"]
