"""docker-compose.yml, as far as it can be checked without a Docker engine: its schema, what it refers to, and how far it is locked down."""

import re
import tomllib
from datetime import timedelta
from typing import Any

import click
import jsonschema_rs
import orjson
import pytest
import yaml

from stream_app.settings import Settings
from stream_app.worker import DRAIN_SECONDS
from tests.deploy.catalogue import ROOT
from tests.support.commands import parsed

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SCHEMA = jsonschema_rs.Draft7Validator(orjson.loads((ROOT / "tests/deploy/compose-spec.schema.json").read_bytes()))
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("tidewaiter:")}
ONE_SHOT = {"topics", "simulator"}
each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
each_of_ours = pytest.mark.parametrize("service", OURS.values(), ids=OURS)


def test_the_file_follows_the_compose_specification() -> None:
    assert [f"{error.instance_path}: {error.message}" for error in SCHEMA.iter_errors(COMPOSE)] == []


def test_the_schema_would_notice_a_misspelt_key() -> None:
    assert not SCHEMA.is_valid({"services": {"worker": {"image": "tidewaiter:local", "read_onyl": True}}})


def test_the_services_are_those_of_the_design() -> None:
    assert set(SERVICES) == {"kafka", "topics", "worker", "simulator", "prometheus", "grafana"}
    assert [name for name, service in SERVICES.items() if service.get("profiles")] == ["simulator"]


@each_service
def test_a_service_can_write_nowhere_but_where_it_must_and_gain_no_rights(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "pid", "ipc", "network_mode", "devices", "userns_mode"} & service.keys()
    assert not any("docker.sock" in volume for volume in service.get("volumes", []))


@each_service
def test_a_service_runs_as_a_numbered_user_that_is_not_root(service: dict[str, Any]) -> None:
    assert re.fullmatch(r"[1-9]\d*:\d+", service["user"])


@each_service
def test_a_service_has_bounds(service: dict[str, Any]) -> None:
    assert {"mem_limit", "cpus", "pids_limit", "logging", "restart"} <= service.keys()


@each_service
def test_ports_are_published_on_the_loopback_address_only(service: dict[str, Any]) -> None:
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in service.get("ports", []))


@each_service
def test_an_image_is_pinned_to_a_full_version_or_built_here(service: dict[str, Any]) -> None:
    if service["image"] != "tidewaiter:local":
        assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?", service["image"])


def test_one_service_builds_our_image_and_every_other_of_ours_waits_for_it() -> None:
    assert [name for name, service in SERVICES.items() if "build" in service] == ["topics"]
    assert (ROOT / SERVICES["topics"]["build"]["dockerfile"]).is_file()
    for name in OURS.keys() - {"topics"}:
        assert SERVICES[name]["depends_on"]["topics"] == {"condition": "service_completed_successfully"}
        assert SERVICES[name]["pull_policy"] == "never"


@pytest.mark.parametrize("name", SERVICES)
def test_long_running_services_tell_their_health_and_one_shots_do_not_start_again(name: str) -> None:
    if name in ONE_SHOT:
        assert SERVICES[name]["healthcheck"] == {"disable": True}
        assert SERVICES[name]["restart"] == "no"
    else:
        assert {"test", "interval", "timeout", "retries", "start_period"} <= SERVICES[name]["healthcheck"].keys()
        assert SERVICES[name]["restart"] != "no"


def test_what_is_waited_for_healthy_has_a_health_check() -> None:
    waited = {on for service in SERVICES.values() for on, how in service.get("depends_on", {}).items() if how["condition"] == "service_healthy"}
    assert all("test" in SERVICES[name]["healthcheck"] for name in waited)


@each_of_ours
def test_every_variable_is_one_of_our_settings_and_they_are_accepted(service: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    given = {name: re.sub(r"\$\{\w+:-(\w+)\}", r"\1", value) for name, value in service["environment"].items()}
    assert {name for name in given if name.removeprefix("TIDEWAITER_").lower() not in Settings.model_fields} == set()
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.connection().servers == ["kafka:19092"]


@each_of_ours
def test_every_command_is_one_of_ours_with_arguments_that_it_takes(service: dict[str, Any]) -> None:
    context = parsed(service["command"])
    words = context.command_path.split()[1:]
    assert words == service["command"][: len(words)] != []
    assert not isinstance(context.command, click.Group)


def test_the_worker_shows_its_metrics_to_its_network_and_to_nobody_else() -> None:
    port = str(Settings.model_fields["metrics_port"].default)
    worker = SERVICES["worker"]
    assert worker["environment"]["TIDEWAITER_METRICS_HOST"] == "0.0.0.0"
    assert worker["expose"] == [port]
    assert "ports" not in worker
    assert f"127.0.0.1:{port}/" in worker["healthcheck"]["test"][-1]


def test_the_worker_has_longer_to_stop_than_it_takes_to_drain() -> None:
    assert timedelta(seconds=int(SERVICES["worker"]["stop_grace_period"].removesuffix("s"))) > timedelta(seconds=DRAIN_SECONDS)


def test_a_worker_that_its_breaker_stopped_is_not_started_for_ever() -> None:
    assert re.fullmatch(r"on-failure:[1-9]", SERVICES["worker"]["restart"])


def test_the_broker_takes_the_largest_message_of_the_catalogue() -> None:
    topics = tomllib.loads((ROOT / "schemas/topics.toml").read_text(encoding="utf-8"))
    largest = max(topic.get("max_message_bytes", 0) for topic in topics.values())
    assert SERVICES["kafka"]["environment"]["KAFKA_MESSAGE_MAX_BYTES"] >= largest > 0


def test_every_advertised_kafka_address_is_listened_on() -> None:
    kafka = SERVICES["kafka"]["environment"]
    ports = [dict(re.findall(r"(\w+)://[^:,]*:(\d+)", kafka[name])) for name in ("KAFKA_ADVERTISED_LISTENERS", "KAFKA_LISTENERS")]
    assert ports[0].items() <= ports[1].items()
    assert kafka["KAFKA_CONTROLLER_QUORUM_VOTERS"] == f"{kafka['KAFKA_NODE_ID']}@kafka:{ports[1]['CONTROLLER']}"
    assert SERVICES["kafka"]["ports"] == [f"127.0.0.1:{ports[0]['HOST']}:{ports[1]['HOST']}"]


def test_grafana_asks_for_a_login_whose_password_has_no_default() -> None:
    environment = SERVICES["grafana"]["environment"]
    assert environment["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert re.fullmatch(r"\$\{GRAFANA_ADMIN_PASSWORD:\?.+\}", environment["GF_SECURITY_ADMIN_PASSWORD"])


@each_service
def test_what_is_mounted_from_the_tree_is_there_and_read_only(service: dict[str, Any]) -> None:
    for volume in service.get("volumes", []):
        source, _, rest = volume.partition(":")
        if source.startswith("."):
            assert (ROOT / source).exists()
            assert rest.endswith(":ro")
        else:
            assert source in COMPOSE["volumes"]
