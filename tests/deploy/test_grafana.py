"""The provisioned dashboard: its queries are PromQL, and they speak of what a worker exports."""

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from tests.deploy.catalogue import ROOT, exported_series, faults, selectors
from tests.deploy.conftest import Promtool

FOLDER = ROOT / "deploy" / "grafana"
DASHBOARD: dict[str, Any] = orjson.loads((FOLDER / "dashboards" / "tidewaiter.json").read_bytes())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = {f"{panel['title']} {target['refId']}": target["expr"] for panel in PANELS for target in panel["targets"]}


def test_the_rows_answer_an_operator_s_questions_in_order() -> None:
    rows = [panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"]
    assert rows == [
        "Is it up, and is it behind",
        "Alerts",
        "Quality",
        "Learning",
        "Latency",
        "Challenger",
        "Feedback and drift",
        "Checkpoints",
        "The WCO's instruments",
        "Shares",
    ]


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_panel_asks_only_for_what_a_worker_exports(query: str) -> None:
    assert faults(query) == []


def test_every_metric_of_the_catalogue_is_on_the_dashboard() -> None:
    shown = {name for query in QUERIES.values() for name, _ in selectors(query)}
    helpers = ("_created", "_count", "_sum")
    assert sorted(name for name in exported_series().keys() - shown if not name.endswith(helpers)) == []


def test_every_query_is_promql(promtool: Promtool, tmp_path: Path) -> None:
    plain = [query.replace("$__rate_interval", "1m").replace("$instance", ".*") for query in QUERIES.values()]
    rules = {"groups": [{"name": "dashboard", "rules": [{"record": f"panel:query:{number}", "expr": query} for number, query in enumerate(plain)]}]}
    file = tmp_path / "dashboard.yml"
    file.write_text(yaml.safe_dump(rules), encoding="utf-8")
    done = promtool("check", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_says_what_it_shows_and_in_which_unit(panel: dict[str, Any]) -> None:
    assert len(panel["description"]) > 10
    assert panel["fieldConfig"]["defaults"]["unit"]


def test_panels_have_their_own_ids_and_do_not_overlap() -> None:
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    taken = [cell for panel in DASHBOARD["panels"] for cell in _cells(panel["gridPos"])]
    assert len(taken) == len(set(taken))
    assert all(x < 24 for x, _ in taken)


def test_everything_asks_the_provisioned_datasource_at_the_address_of_the_service() -> None:
    (source,) = yaml.safe_load((FOLDER / "provisioning/datasources/prometheus.yml").read_text(encoding="utf-8"))["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert {target["datasource"]["uid"] for panel in PANELS for target in panel["targets"]} == {source["uid"]}


def test_the_dashboard_is_provisioned_from_where_it_is_mounted() -> None:
    (provider,) = yaml.safe_load((FOLDER / "provisioning/dashboards/tidewaiter.yml").read_text(encoding="utf-8"))["providers"]
    grafana = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["grafana"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in grafana["volumes"]
    assert "./deploy/grafana/provisioning:/etc/grafana/provisioning:ro" in grafana["volumes"]


def _cells(grid: dict[str, int]) -> list[tuple[int, int]]:
    return [(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])]
