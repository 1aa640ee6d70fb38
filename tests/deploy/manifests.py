"""deploy/kubernetes as Python: every object by (kind, name), and what kustomization.yaml adds to them."""

from typing import Any

import yaml

from tests.deploy.catalogue import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
Object = dict[str, Any]


def documents(name: str) -> list[Object]:
    return [document for document in yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")) if document]


(KUSTOMIZATION,) = documents("kustomization.yaml")
COMPONENTS = {name: documents(f"{name}/kustomization.yaml")[0] for name in ("monitoring", "autoscaling")}
APPLIED: list[str] = [*KUSTOMIZATION["resources"], *(f"{name}/{file}" for name, of in COMPONENTS.items() for file in of["resources"])]
OBJECTS: dict[tuple[str, str], Object] = {
    (one["kind"], one["metadata"]["name"]): one for file in (*APPLIED, "secret.example.yaml") for one in documents(file)
}
GENERATED: dict[str, Object] = {one["name"]: one for one in KUSTOMIZATION["configMapGenerator"]}
SETTINGS: dict[str, str] = dict(literal.split("=", 1) for literal in GENERATED["tidewaiter-settings"]["literals"])
JOB = OBJECTS["Job", "tidewaiter-topics"]
WORKERS = OBJECTS["StatefulSet", "tidewaiter-worker"]
SCALED = OBJECTS["ScaledObject", "tidewaiter-worker"]
PODS: dict[str, Object] = {"topics": JOB["spec"]["template"], "worker": WORKERS["spec"]["template"]}
CONTAINERS: dict[str, Object] = {name: pod["spec"]["containers"][0] for name, pod in PODS.items()}
