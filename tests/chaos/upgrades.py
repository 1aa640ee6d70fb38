"""A checkpoint of the schema before this release's."""

import msgspec
from kafka import KafkaProducer

from stream_app.state.manifest import MANIFEST, SCHEMA, Key, Manifest, Seal
from stream_app.state.migrations import MIGRATIONS
from tests.chaos.case import Case, Scene

BEFORE = SCHEMA - 1


def upgrade(scene: Scene) -> None:
    """A worker leaves its checkpoints and stops; on the topic they are those of the schema before. The next one must say so, and go on exactly: by a
    migration where there is one, else from the log."""
    stage, sent = scene.stage, scene.declarations()
    half = len(sent) // 2
    stage.start("a")
    first = stage.flow("declarations", sent[:half])
    stage.until(lambda: first.done and stage.answered("declarations") >= half)
    assert stage.stop("a") == 0
    stage.settle()
    aged = {number: manifest for number, manifest in stage.checkpoints().items() if manifest is not None}
    _write(scene, aged)
    repeated = stage.ledger.repeated
    worker = stage.start("a")
    said = [line for line in worker.log_lines() if line["event"] in ("checkpoint not used", "checkpoint restored")]
    second = stage.flow("declarations", sent[half:])
    stage.until(lambda: second.done and stage.answered("declarations") >= len(sent))
    refused = [line for line in said if line.get("code") == "older_schema" and f"schema {BEFORE}" in line["reason"]]
    migrated = [line for line in said if line["event"] == "checkpoint restored"]
    scene.facts |= {"checkpoints_of_the_schema_before": len(aged), "refused_in_words": len(refused), "migrated": len(migrated)}
    scene.asks["every one is migrated, or refused in words"] = len(aged) == len(migrated if BEFORE in MIGRATIONS else refused)
    scene.asks["nothing was answered again"] = stage.ledger.repeated == repeated


def _write(scene: Scene, manifests: dict[int, Manifest]) -> None:
    house = scene.stage.house
    producer = KafkaProducer(**house.connection.kafka_python(), acks="all")
    for number, manifest in manifests.items():
        sealed = Seal().sealed(msgspec.structs.replace(manifest, schema=BEFORE))
        key = Key(number, manifest.term, MANIFEST).encoded()
        producer.send(house.catalogue["checkpoints"].name, sealed, key, partition=number).get(60)
    producer.close()


CASES = (Case("upgrade", "a checkpoint of the schema before", upgrade),)
