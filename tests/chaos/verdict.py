"""A case's verdict in figures: what is there, against the run that nothing interrupted."""

from typing import Any, NamedTuple

from stream_app.engine.pipeline import parse_pipeline
from stream_app.settings import load_pipeline
from tests.chaos.stage import PARTITIONS, Stage
from tests.chaos.uninterrupted import parts_that_differ, uninterrupted
from tests.support.ledger import difference

Facts = dict[str, float | int | str | bool]


class Verdict(NamedTuple):
    """`lost`: outputs that some record should have and has not, and acknowledged records that are gone. `learned_twice`: outputs that are not,
    byte for byte, those of the uninterrupted run, and parts of learned state that are not. `duplicate_ids_differing`: records whose outputs
    have more than one id, or another one. `holds`: all of them 0, everything sent, no worker ended by itself, and what else the case asks."""

    lost: int
    learned_twice: int
    duplicate_ids_differing: int
    seconds: float
    holds: bool
    facts: Facts

    def told(self) -> dict[str, Any]:
        """As the line of JSON has it: the facts beside the figures."""
        found = self._asdict() | {"seconds": round(self.seconds, 1)}
        facts = found.pop("facts")
        return found | facts


class Judged(NamedTuple):
    """The figures of a stage; `facts` beside them."""

    lost: int
    learned_twice: int
    duplicate_ids_differing: int
    unsent: int
    facts: Facts


def judged(stage: Stage) -> Judged:
    """Stops the workers, which leave their checkpoints behind, and compares."""
    codes = stage.stop_all()
    stage.settle()
    pipeline = parse_pipeline(stage.pipeline) if stage.pipeline is not None else load_pipeline()
    records, checkpoints = stage.inputs(), stage.checkpoints()
    reached = {number: {} if one is None else one.inputs for number, one in checkpoints.items()}
    expected = uninterrupted(records, pipeline, stage.house.catalogue, PARTITIONS, reached)
    differ = {number: parts_that_differ(checkpoints[number], state) for number, state in expected.states.items()}
    found = difference(stage.ledger, expected.ledger)
    sent, acknowledged = stage.sent()
    facts: Facts = {
        "events": len(records),
        "assessments": len(stage.ledger.outputs["assessments"]),
        "repeated_outputs": stage.ledger.repeated,
        "states_compared": len(differ),
        "records_behind_the_checkpoints": expected.behind,
        "state_parts_differing": sum(map(len, differ.values())),
        "ended_by_themselves": stage.ended,
        "not_stopped_clean": sum(code != 0 for code in codes),
    }
    if any(differ.values()):
        facts["first_differing"] = next(path for paths in differ.values() for path in paths)
    twice = found.other_bodies + found.invented + sum(map(len, differ.values()))
    return Judged(found.lost + max(0, acknowledged - len(records)), twice, found.other_ids, sent - acknowledged, facts)
