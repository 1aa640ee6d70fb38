"""deploy/kubernetes without a cluster: Kubernetes' own schemas, what the objects refer to, and how far they are locked down."""

from copy import deepcopy
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from stream_app import __version__
from stream_app.engine.pipeline import parse_pipeline
from stream_app.settings import Settings
from stream_app.worker import DRAIN_SECONDS
from tests.deploy.catalogue import ROOT, faults
from tests.deploy.manifests import APPLIED, COMPONENTS, CONTAINERS, FOLDER, GENERATED, JOB, KUSTOMIZATION, OBJECTS, PODS, SCALED, SETTINGS, WORKERS
from tests.support.commands import parsed

RELEASES = ("1.30", "1.37")
"""The oldest release of Kubernetes that the page names, and the newest whose schemas there are."""
OPERATORS = {"ScaledObject", "PodMonitor"}
"""Kinds that Kubernetes has no schema of."""
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
each_pod = pytest.mark.parametrize("name", PODS)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("what", [key for key in OBJECTS if key[0] not in OPERATORS], ids=" ".join)
def test_every_object_follows_the_schema_of_kubernetes(what: tuple[str, str], release: str) -> None:
    assert kubernetes_validate.validate(OBJECTS[what], release, strict=True).startswith(release)


def test_the_schema_would_notice_a_misspelt_key() -> None:
    wrong = deepcopy(WORKERS)
    wrong["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(jsonschema.ValidationError):
        kubernetes_validate.validate(wrong, RELEASES[0], strict=True)


def test_the_autoscaler_s_behaviour_follows_the_schema_of_a_horizontal_pod_autoscaler() -> None:
    scaled = SCALED["spec"]
    autoscaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": SCALED["metadata"],
        "spec": {
            "scaleTargetRef": scaled["scaleTargetRef"],
            "minReplicas": scaled["minReplicaCount"],
            "maxReplicas": scaled["maxReplicaCount"],
            **scaled["advanced"]["horizontalPodAutoscalerConfig"],
        },
    }
    kubernetes_validate.validate(autoscaler, RELEASES[0], strict=True)


def test_everything_in_the_folder_is_applied_or_an_example() -> None:
    there = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.yaml") if path.name != "kustomization.yaml"}
    assert there == {*APPLIED, "secret.example.yaml"}
    assert all((FOLDER / file).is_file() for one in GENERATED.values() for file in one.get("files", []))
    assert all(f"#   - {name}\n" in (FOLDER / "kustomization.yaml").read_text(encoding="utf-8") for name in COMPONENTS)


def test_the_image_is_this_release() -> None:
    (image,) = KUSTOMIZATION["images"]
    assert {container["image"] for container in CONTAINERS.values()} == {image["name"]}
    assert image["newTag"] == __version__


@each_pod
def test_a_pod_runs_what_the_compose_file_runs(name: str) -> None:
    arguments = CONTAINERS[name]["args"]
    assert arguments[: len(COMPOSE[name]["command"])] == COMPOSE[name]["command"]
    assert parsed(arguments).command_path == parsed(COMPOSE[name]["command"]).command_path


@each_pod
def test_a_pod_can_write_nowhere_but_in_a_bounded_folder_and_gain_no_rights(name: str) -> None:
    pod, container = PODS[name]["spec"], CONTAINERS[name]
    user = int(COMPOSE[name]["user"].partition(":")[0])
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": user,
        "fsGroup": user,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    for mount in container["volumeMounts"]:
        assert mount.get("readOnly") or volumes[mount["name"]]["emptyDir"]["sizeLimit"]
    assert {"requests", "limits"} == container["resources"].keys()


def test_the_namespace_takes_no_pod_that_is_less_restricted() -> None:
    assert OBJECTS["Namespace", KUSTOMIZATION["namespace"]]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@each_pod
def test_what_a_pod_reads_is_generated_or_in_the_example(name: str) -> None:
    made = {("ConfigMap", one) for one in GENERATED} | {key for key in OBJECTS if key[0] in ("Secret", "ConfigMap")}
    of = {"configMapRef": "ConfigMap", "secretRef": "Secret"}
    read = {(of[kind], ref["name"]) for source in CONTAINERS[name]["envFrom"] for kind, ref in source.items()}
    read |= {("ConfigMap", volume["configMap"]["name"]) for volume in PODS[name]["spec"]["volumes"] if "configMap" in volume}
    assert read == made


def test_every_variable_is_one_of_our_settings_and_they_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = OBJECTS["Secret", "tidewaiter-kafka"]["stringData"]
    named = {entry["name"]: "tidewaiter-worker-0" for entry in CONTAINERS["worker"]["env"]}
    given = {**SETTINGS, **secret, **named}
    assert {name for name in given if name.removeprefix("TIDEWAITER_").lower() not in Settings.model_fields} == set()
    assert set(secret.values()) == {"REPLACE"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TIDEWAITER_CA_FILE", "")  # which is mounted in the cluster only
    settings = Settings()
    assert settings.connection().servers == [SETTINGS["TIDEWAITER_BOOTSTRAP"]]
    assert settings.connection().sasl
    assert settings.connection().tls
    assert settings.worker_id == "tidewaiter-worker-0"


def test_files_that_settings_name_are_where_they_are_mounted() -> None:
    mounts = {mount["mountPath"]: mount["name"] for mount in CONTAINERS["worker"]["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in PODS["worker"]["spec"]["volumes"]}
    held = {name: {path.split("/")[-1] for path in one.get("files", [])} for name, one in GENERATED.items()}
    held["tidewaiter-kafka-ca"] = set(OBJECTS["ConfigMap", "tidewaiter-kafka-ca"]["data"])
    for name in ("TIDEWAITER_CA_FILE", "TIDEWAITER_PIPELINE_FILE"):
        folder, _, file = SETTINGS[name].rpartition("/")
        assert file in held[volumes[mounts[folder]]["configMap"]["name"]]


def test_the_pipeline_is_one_that_a_worker_takes() -> None:
    parse_pipeline((FOLDER / "pipeline.toml").read_text(encoding="utf-8"))


def test_a_worker_is_known_by_its_pod_s_name_which_stays() -> None:
    (entry,) = CONTAINERS["worker"]["env"]
    assert entry == {"name": "TIDEWAITER_WORKER_ID", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    assert WORKERS["kind"] == "StatefulSet"
    assert ("Service", WORKERS["spec"]["serviceName"]) in OBJECTS


def test_a_worker_has_longer_to_stop_than_it_takes_to_drain() -> None:
    assert PODS["worker"]["spec"]["terminationGracePeriodSeconds"] >= DRAIN_SECONDS + 20


def test_probes_ask_what_a_worker_answers_on_the_port_that_it_opens() -> None:
    worker = CONTAINERS["worker"]
    assert {probe: worker[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")} == {
        "startupProbe": "/live",
        "livenessProbe": "/live",
        "readinessProbe": "/ready",
    }
    ports = {port["name"]: port["containerPort"] for port in worker["ports"]}
    assert ports == {"metrics": Settings.model_fields["metrics_port"].default}
    assert {worker[probe]["httpGet"]["port"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")} == set(ports)
    assert OBJECTS["PodMonitor", "tidewaiter-worker"]["spec"]["podMetricsEndpoints"][0]["port"] in ports
    assert OBJECTS["NetworkPolicy", "tidewaiter"]["spec"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": "metrics"}]


def test_every_selector_finds_the_workers_and_not_the_job() -> None:
    worker, job = (PODS[name]["metadata"]["labels"] for name in ("worker", "topics"))
    found = [
        WORKERS["spec"]["selector"]["matchLabels"],
        OBJECTS["PodDisruptionBudget", "tidewaiter-worker"]["spec"]["selector"]["matchLabels"],
        OBJECTS["PodMonitor", "tidewaiter-worker"]["spec"]["selector"]["matchLabels"],
        OBJECTS["Service", "tidewaiter-worker"]["spec"]["selector"],
    ]
    assert all(selector.items() <= worker.items() and not selector.items() <= job.items() for selector in found)
    both = OBJECTS["NetworkPolicy", "tidewaiter"]["spec"]["podSelector"]["matchLabels"]
    assert both.items() <= worker.items() and both.items() <= job.items()


def test_prometheus_calls_the_job_what_the_alert_rules_call_it() -> None:
    label = OBJECTS["PodMonitor", "tidewaiter-worker"]["spec"]["jobLabel"]
    job = PODS["worker"]["metadata"]["labels"][label]
    assert f'job="{job}"' in (ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8")
    assert all(f'job="{job}"' in trigger["metadata"]["query"] for trigger in SCALED["spec"]["triggers"])


def test_kafka_may_be_reached_at_the_port_of_the_settings() -> None:
    port = int(SETTINGS["TIDEWAITER_BOOTSTRAP"].rpartition(":")[2])
    assert [rule["ports"] for rule in OBJECTS["NetworkPolicy", "tidewaiter"]["spec"]["egress"]][-1] == [{"protocol": "TCP", "port": port}]


def test_there_are_never_more_workers_than_partitions() -> None:
    arguments = CONTAINERS["topics"]["args"]
    partitions = int(arguments[arguments.index("--partitions") + 1])
    assert SCALED["spec"]["minReplicaCount"] < WORKERS["spec"]["replicas"] <= partitions
    assert SCALED["spec"]["maxReplicaCount"] == partitions


def test_the_autoscaler_speaks_of_what_a_worker_exports_and_does_not_shrink_when_it_sees_nothing() -> None:
    spec = SCALED["spec"]
    assert spec["scaleTargetRef"] == {"apiVersion": WORKERS["apiVersion"], "kind": "StatefulSet", "name": "tidewaiter-worker"}
    queries = [trigger["metadata"]["query"] for trigger in spec["triggers"]]
    assert [faults(query) for query in queries] == [[], []]
    assert "tidewaiter_event_lag_seconds" in queries[0]
    for trigger in spec["triggers"]:
        assert trigger["type"] == "prometheus"
        assert trigger["metadata"].keys() == {"serverAddress", "query", "threshold", "ignoreNullValues"}
        assert trigger["metadata"]["ignoreNullValues"] == "false"
    assert spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"] >= 600


def test_the_job_of_an_earlier_release_is_gone_before_long() -> None:
    assert JOB["spec"]["ttlSecondsAfterFinished"] <= 300
