"""How long it takes from a kill to the first new assessment where a million keys are known, and what checkpoints cost meanwhile."""

import time

from tests.chaos.case import Case, Scene, events
from tests.support.service_worker import Worker

KEYS = 1_000_000
DECLARATIONS, PER_DAY = 240_000, 2_000
"""More than it takes: 85,500 of them were 480,000 keys."""
QUIET_SECONDS = 0.5
"""Without an output, after which all that the killed worker wrote is read; part of the time that is told."""
MOST = 0.05
"""Of run time, that checkpoints may cost."""
AS_SHIPPED = (("TIDEWAITER_CHECKPOINT_SECONDS", "30"), ("TIDEWAITER_CHECKPOINT_SHARE", "0.03"))


def recovery(scene: Scene) -> None:
    """One worker, at the default pace of checkpoints; the kill comes under load, when so many keys are held."""
    stage = scene.stage
    worker = stage.start("a")
    started, spent = time.monotonic(), worker.metric("tidewaiter_checkpoint_seconds_total")
    flow = stage.flow("declarations", events(DECLARATIONS, "declarations", 62, PER_DAY))
    stage.until(lambda: _held(worker) >= KEYS or stage.answered("declarations") >= 0.95 * DECLARATIONS)
    keys = _held(worker)
    share = (worker.metric("tidewaiter_checkpoint_seconds_total") - spent) / (time.monotonic() - started)
    written = worker.metric("tidewaiter_checkpoints_total", result="written")
    killed = time.monotonic()
    stage.kill("a")
    stage.settle(QUIET_SECONDS)  # what it wrote and nobody has read yet is not new; before the other runs there is nothing else
    known, said = len(stage.ledger.outputs["assessments"]), _said(scene)
    heir = stage.start("a", ready=False)
    stage.until(lambda: _said(scene) > said)
    again = time.monotonic() - killed
    stage.until(lambda: len(stage.ledger.outputs["assessments"]) > known)
    seconds = time.monotonic() - killed
    stage.until(lambda: heir.get("/ready")[0] == 200)
    scene.facts |= {
        "keys": int(keys),
        "first_assessment_seconds": round(again, 1),
        "recovery_seconds": round(seconds, 1),
        "restore_seconds": round(heir.metric("tidewaiter_restore_seconds"), 1),
        "checkpoints_written": int(written),
        "checkpoint_share": round(share, 4),
    }
    scene.asks["a million keys"] = keys >= KEYS
    scene.asks["checkpoints under 5 %"] = share < MOST
    flow.cut()
    stage.until(lambda: flow.done and stage.answered("declarations") >= flow.acknowledged)


def _said(scene: Scene) -> int:
    """Outputs that were read, those that came again among them."""
    ledger = scene.stage.ledger
    return sum(map(len, ledger.outputs.values())) + ledger.repeated


def _held(worker: Worker) -> float:
    time.sleep(1.0)
    return worker.metric("tidewaiter_keys_held")


CASES = (Case("recovery", "killed with -9 with a million keys of state", recovery, settings=AS_SHIPPED, full_only=True),)
