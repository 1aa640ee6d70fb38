"""`make chaos`: every case on Apache Kafka, a table, and one line of JSON. Exit code 0 where every verdict holds."""

import argparse
import sys
import tempfile
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
FULL, SHORT = Scale(45_000, 5, False), Scale(4_000, 5, True)


def main(arguments: list[str] | None = None) -> int:
    """0: every verdict holds; 1: one does not, or Apache Kafka cannot run here."""
    asked = _parser().parse_args(arguments)
    scale = SHORT if asked.short else FULL
    chosen = [case for case in CASES if case.name in asked.only or (not asked.only and not (asked.short and case.full_only))]
    try:
        verdicts = _played(chosen, scale)
    except (BrokerUnavailableError, CannotRunError) as error:
        say(f"Apache Kafka cannot run here: {error}")
        return 1
    holds = all(verdict.holds for verdict in verdicts.values())
    if not asked.json:
        print(table(verdicts))
    print(orjson.dumps({"holds": holds, "short": asked.short, "cases": {name: verdict.told() for name, verdict in verdicts.items()}}).decode())
    return 0 if holds else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make chaos", description="Faults on purpose, each with its verdict in figures.")
    parser.add_argument("--short", action="store_true", help="fewer events and faults, without the measurements: some three minutes")
    parser.add_argument("--json", action="store_true", help="no table, one line of JSON only")
    parser.add_argument("--only", action="append", default=[], choices=[case.name for case in CASES], help="this case; may be repeated")
    return parser


def _played(cases: list[Case], scale: Scale) -> dict[str, Verdict]:
    verdicts = {}
    with ExitStack() as stack, tempfile.TemporaryDirectory(prefix="tidewaiter-chaos-") as folder:
        shared: ApacheKafka | None = None
        for case in cases:
            say(f"{case.name}: {case.title} ...")
            where = Path(folder, case.name)
            where.mkdir()
            if case.nodes is None:
                shared = shared or stack.enter_context(ApacheKafka())
                verdict = case.run(shared, scale, where)
            else:
                with ApacheKafka(case.nodes) as own:
                    verdict = case.run(own, scale, where)
            verdicts[case.name] = verdict
            say(f"{case.name}: {'holds' if verdict.holds else 'DOES NOT HOLD'} {orjson.dumps(verdict.told()).decode()}")
    return verdicts


def table(verdicts: dict[str, Verdict]) -> str:
    """As docs/chaos.md has it."""
    titles = {case.name: case.title for case in CASES}
    rows = ["| Case | Events | Lost | Learned twice | Ids differing | Repeated outputs | Seconds | |", "|---|---|---|---|---|---|---|---|"]
    for name, found in verdicts.items():
        figures = (found.facts.get("events", ""), found.lost, found.learned_twice, found.duplicate_ids_differing, found.facts.get("repeated_outputs", ""))
        rows.append(f"| {titles[name]} | {' | '.join(map(str, figures))} | {found.seconds:.0f} | {'holds' if found.holds else 'does not hold'} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
