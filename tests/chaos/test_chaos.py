"""The short chaos run, as `make chaos CHAOS_ARGS="--short --json"` does it: every fault on Apache Kafka, every verdict in figures."""

import os
import subprocess
import sys

import orjson
import pytest

from tests.chaos.__main__ import CASES
from tests.support.apache_kafka import ApacheKafka
from tests.support.service_worker import ROOT, clean_environment

pytestmark = pytest.mark.broker
SECONDS = 1_200
"""Of a machine that does much else besides."""


def test_whatever_fails_nothing_is_lost_and_nothing_is_learned_twice(apache_broker: ApacheKafka) -> None:
    del apache_broker  # asked for so that a machine that cannot run Apache Kafka leaves this out, and says so
    command = [sys.executable, "-m", "tests.chaos", "--short", "--json"]
    run = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=SECONDS, check=False)
    assert run.stdout, run.stderr
    told = orjson.loads(run.stdout.splitlines()[-1])
    assert run.returncode == 0, run.stderr
    assert told["holds"] is True
    assert told["cases"].keys() | told["not_played"].keys() == {case.name for case in CASES if not case.full_only}
    if os.environ.get("CI"):
        assert told["not_played"] == {}
    for name, case in told["cases"].items():
        assert (case["lost"], case["learned_twice"], case["duplicate_ids_differing"]) == (0, 0, 0), name
        assert case["assessments"] >= 1_900
        assert case["states_compared"] == 2
