"""The service's bench in small: every side takes the same declarations and writes the same results; medians and ratios worked out by hand."""

import subprocess
import sys

import orjson
import pytest

from tests.bench.service.backlog import drawn, goods_items
from tests.bench.service.command import NAMES
from tests.bench.service.contestant import ROOT
from tests.bench.service.latency import quantile
from tests.bench.service.moves import Load, blocks_of
from tests.bench.service.moves import drawn as moves_drawn
from tests.bench.service.race import QUIX_FOLDER, rate, ratio
from tests.support.apache_kafka import ApacheKafka
from tests.support.service_worker import clean_environment

TINY = ("--declarations", "60", "--repeats", "1", "--warm-up", "50", "--load-seconds", "1", "--no-scale")


def test_rates_and_ratios_are_medians_over_the_rounds() -> None:
    ours, theirs = [0.001, 0.002, 0.004], [0.002, 0.002, 0.012]
    assert rate(ours) == 500.0
    assert ratio(ours, theirs) == 2.0  # of 2, 1 and 3
    assert rate([]) is None


def test_a_quantile_is_the_smallest_value_that_so_many_do_not_exceed() -> None:
    waits = [float(number) for number in range(1, 201)]
    assert quantile(waits, 0.5) == 100.0
    assert quantile(waits, 0.99) == 198.0
    assert quantile([7.0], 0.99) == 7.0
    assert quantile([], 0.5) is None


def test_the_same_declarations_are_drawn_every_time() -> None:
    few, more = drawn(20), drawn(30)
    assert more[:20] == few
    assert goods_items(few) == sum(len(orjson.loads(body)["items"]) for body in few)


@pytest.mark.broker
def test_the_bench_ends_with_one_json_object_and_all_sides_agree(apache_broker: ApacheKafka) -> None:
    command = [sys.executable, "-m", "tests.bench", "--service", "--json", *TINY, "--bootstrap", apache_broker.bootstrap]
    run = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=480)
    assert run.returncode == 0, run.stderr
    report = orjson.loads(run.stdout.splitlines()[-1])
    installed = {name for name in NAMES if name != "quix" or QUIX_FOLDER.is_dir()}
    assert report["items_per_second"].keys() == NAMES.keys()
    assert {name for name, found in report["items_per_second"].items() if found} == installed
    assert {name for name, found in report["service_over"].items() if found} == installed - {"service"}
    assert report["same_results"] is True
    assert report["rounds"] == 1
    assert report["produce_to_alert"]["declarations"] > 0
    assert report["two_workers_over_one"] is None


@pytest.mark.broker
def test_the_bench_of_movements_ends_with_one_json_object(apache_broker: ApacheKafka) -> None:
    tiny = ("--moves", "100", "--repeats", "1", "--warm-up", "100")
    command = [sys.executable, "-m", "tests.bench", "--movements", "--json", *tiny, "--bootstrap", apache_broker.bootstrap]
    run = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=480)
    assert run.returncode == 0, run.stderr
    report = orjson.loads(run.stdout.splitlines()[-1])
    assert report["movements_per_second"].keys() == {"engine", "bytes_to_bytes", "service", "service_per_cpu_second"}
    assert all(rate > 0 for rate in report["movements_per_second"].values())
    assert report["microseconds"].keys() == {"decode", "engine", "encode"}


def test_blocks_have_so_many_movements_each_and_nothing_twice() -> None:
    load = Load(100, 2, 150)
    events = moves_drawn(load)
    blocks = [*blocks_of(events, load)]
    assert [sum(kind == "movements" for kind, _ in block) for block in blocks] == [150, 100, 100]
    assert [event for block in blocks for event in block] == events
