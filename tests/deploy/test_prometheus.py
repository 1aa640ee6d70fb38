"""The scrape configuration and the alerts: promtool's own checks, and that they speak of what a worker exports."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream_app.settings import Settings
from tests.deploy.catalogue import ROOT, faults
from tests.deploy.conftest import Promtool

FOLDER = ROOT / "deploy" / "prometheus"
CONFIG: dict[str, Any] = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"] for rule in group["rules"]
]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
UNIT_TESTS = sorted(FOLDER.glob("tests*.yml"))


def test_prometheus_takes_the_configuration(promtool: Promtool) -> None:
    done = promtool("check", "config", FOLDER / "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_the_rules(promtool: Promtool) -> None:
    done = promtool("check", "rules", FOLDER / "alerts.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_fires_when_it_should_and_stays_quiet_when_it_should(promtool: Promtool) -> None:
    done = promtool("test", "rules", *UNIT_TESTS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_such_a_case() -> None:
    assert {name for path in UNIT_TESTS for case in _cases(path) for name in _firing(case)} == ALERTS.keys()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_speaks_only_of_what_a_worker_exports(rule: dict[str, Any]) -> None:
    assert faults(rule["expr"]) == []


def test_a_misspelt_metric_or_label_would_be_noticed() -> None:
    assert faults("rate(tidewaiter_evnts_total[5m])") == ["no worker exports tidewaiter_evnts_total"]
    assert faults('tidewaiter_events_total{partition="0"}') == ["tidewaiter_events_total has no label partition"]


@pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)
def test_an_alert_says_what_it_is_what_it_means_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert alert["annotations"].keys() == {"summary", "description", "runbook"}
    assert all(len(text) > 20 for text in alert["annotations"].values())


@pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)
def test_an_alert_that_names_another_names_one_that_exists(alert: dict[str, Any]) -> None:
    assert set(re.findall(r"\bTidewaiter[A-Z]\w+", str(alert["annotations"]))) <= ALERTS.keys()


def test_the_budget_in_the_rules_is_the_budget_of_the_pipeline() -> None:
    rule = next(rule for rule in RULES if rule.get("record") == "tidewaiter:selection_budget:ratio")
    pipeline = tomllib.loads((ROOT / "deploy/pipeline.toml").read_text(encoding="utf-8"))
    assert rule["expr"] == f"vector({pipeline['selection']['budget']})"


def test_the_workers_are_found_by_their_service_name_and_port() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    job = next(job for job in CONFIG["scrape_configs"] if job["job_name"] == "tidewaiter")
    found = job["dns_sd_configs"][0]
    assert found["names"] == ["worker"]
    assert found["port"] == Settings.model_fields["metrics_port"].default
    assert set(services["worker"]["networks"]) & set(services["prometheus"]["networks"])
    assert "./deploy/prometheus:/etc/prometheus:ro" in services["prometheus"]["volumes"]


def _cases(path: Path) -> list[dict[str, Any]]:
    tests: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
    return tests


def _firing(case: dict[str, Any]) -> set[str]:
    """The alerts that a unit test expects to fire."""
    named = {check["alertname"] for check in case.get("alert_rule_test", []) if check["exp_alerts"]}
    samples = str([check["exp_samples"] for check in case.get("promql_expr_test", [])])
    return named | set(re.findall(r'alertname="(\w+)", alertstate="firing"', samples))
