"""`make chaos`: every case on Apache Kafka, a table, and one line of JSON. Exit code 0 where every verdict holds."""

import argparse
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import orjson

from stream_app.brokers.errors import BrokerUnavailableError
from tests.chaos import brokers, clocks, disks, records, recovery, upgrades, workers
from tests.chaos.case import Case, Scale
from tests.chaos.stage import say
from tests.chaos.verdict import Verdict
from tests.support.apache_kafka import ApacheKafka, CannotRunError

CASES: tuple[Case, ...] = tuple(case for family in (workers, brokers, disks, records, clocks, upgrades, recovery) for case in family.CASES)
FULL, SHORT = Scale(12_000, 5, False), Scale(2_000, 3, True)


def main(arguments: list[str] | None = None) -> int:
    """0: every verdict holds; 1: one does not, or Apache Kafka cannot run here."""
    asked = _parser().parse_args(arguments)
    scale = SHORT if asked.short else FULL
    chosen = [case for case in CASES if case.name in asked.only or (not asked.only and not (asked.short and case.full_only))]
    left_out = {case.name: reason for case in chosen if (reason := case.missing())}
    for name, reason in left_out.items():
        say(f"{name}: cannot be played here: {reason}")
    try:
        verdicts = _played([case for case in chosen if case.name not in left_out], scale)
    except (BrokerUnavailableError, CannotRunError) as error:
        say(f"Apache Kafka cannot run here: {error}")
        return 1
    holds = all(verdict.holds for verdict in verdicts.values()) and not (left_out and _must_run())
    if not asked.json:
        print(table(verdicts))
    told = {"holds": holds, "short": asked.short, "not_played": left_out, "cases": {name: verdict.told() for name, verdict in verdicts.items()}}
    print(orjson.dumps(told).decode())
    return 0 if holds else 1


def _must_run() -> bool:
    """In CI nothing may be left out."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make chaos", description="Faults on purpose, each with its verdict in figures.")
    parser.add_argument("--short", action="store_true", help="fewer events and faults, without the measurements")
    parser.add_argument("--json", action="store_true", help="no table, one line of JSON only")
    parser.add_argument("--only", action="append", default=[], choices=[case.name for case in CASES], help="this case; may be repeated")
    return parser


def _played(cases: list[Case], scale: Scale) -> dict[str, Verdict]:
    """In their order; the short ones two at a time, since most of what they do is to wait."""
    with ExitStack() as stack:
        shared = stack.enter_context(ApacheKafka()) if any(case.nodes is None for case in cases) else None
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tidewaiter-chaos-", ignore_cleanup_errors=True)))
        for case in cases:
            case.prepare(case.of(scale))
        with ThreadPoolExecutor(2 if scale.short else 1) as pool:
            return dict(zip((case.name for case in cases), pool.map(lambda case: _one(case, shared, scale, folder / case.name), cases), strict=True))


def _one(case: Case, shared: ApacheKafka | None, scale: Scale, folder: Path) -> Verdict:
    say(f"{case.name}: {case.title} ...")
    folder.mkdir()
    if case.nodes is None and shared is not None:
        verdict = case.run(shared, case.of(scale), folder)
    else:
        with ApacheKafka(case.nodes or 1) as own:
            verdict = case.run(own, case.of(scale), folder)
    say(f"{case.name}: {'holds' if verdict.holds else 'DOES NOT HOLD'} {orjson.dumps(verdict.told()).decode()}")
    return verdict


def table(verdicts: dict[str, Verdict]) -> str:
    """As docs/chaos.md has it."""
    titles = {case.name: case.title for case in CASES}
    rows = ["| Case | Events | Lost | Learned twice | Ids differing | Repeated outputs | Seconds | |", "|---|---|---|---|---|---|---|---|"]
    for name, found in verdicts.items():
        figures = (
            found.facts.get("events", ""),
            found.lost,
            found.learned_twice,
            found.duplicate_ids_differing,
            found.facts.get("repeated_outputs", ""),
        )
        rows.append(f"| {titles[name]} | {' | '.join(map(str, figures))} | {found.seconds:.0f} | {'holds' if found.holds else 'does not hold'} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
