"""The challenger beside the champion's handlers: what it adds, and that a broken one takes nothing away."""

import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from stream_app.agents.challenger import Challenger
from stream_app.agents.declarations import Declarations
from stream_app.agents.intake import Answer, Record
from stream_app.agents.outcomes import Outcomes
from stream_app.agents.partitions import Partitions
from stream_app.contracts.decode import Limits
from stream_app.engine.pipeline import Pipeline, parse_pipeline
from stream_app.metrics import Metrics
from tests.support.goods import item_document
from tests.support.service_events import encoded, plain_declaration, plain_outcome

QUIET = "[selection]\nbudget = 0.001\nrandom_share = 0.0\nexploration_share = 0.0\n"
CAREFUL = parse_pipeline(QUIET)
EVERYTHING = parse_pipeline("[selection]\nbudget = 1.0\nwarm_up_items = 1\n")


class House:
    """One partition with its handlers; the challenger fires at everything, the champion at nothing."""

    def __init__(self, share: float = 1.0, shadowed: bool = True, champion: Pipeline = CAREFUL) -> None:
        self.metrics = Metrics()
        self.partitions = Partitions(champion, None, EVERYTHING if shadowed else None, share)
        self.challenger = Challenger(self.partitions, self.metrics) if shadowed else None
        self._handlers: dict[str, Any] = {
            "declarations": Declarations(self.partitions, Limits(), self.metrics, self.challenger),
            "outcomes": Outcomes(self.partitions, Limits(), self.metrics, self.challenger),
        }
        self._offset = 0

    def take(self, kind: str, document: dict[str, Any]) -> Answer:
        self._offset += 1
        return self._handlers[kind](Record(kind, 0, self._offset, 0.0, b"T-1", encoded(document), []), time.time())

    def sample(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"tidewaiter_shadow_{name}_total", labels) or 0.0

    def shadow(self) -> Any:
        return self.partitions.shadow(0)


def declarations(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield plain_declaration(f"D-{number}", items=[item_document(customs_value=2_000.0 + number)])


def published(answers: list[Answer]) -> list[tuple[str, str]]:
    return [(alias, key) for answer in answers for alias, key, _, _ in answer.results]


def test_without_a_challenger_partitions_have_no_shadow() -> None:
    assert House(shadowed=False).shadow() is None


def test_its_alerts_go_to_a_topic_of_their_own_and_the_champions_results_stay_as_they_are() -> None:
    with_one, without = House(), House(shadowed=False)
    events = list(declarations(4))
    alone, beside = [without.take("declarations", event) for event in events], [with_one.take("declarations", event) for event in events]
    assert [[result for result in answer.results if result[0] != "shadow_alerts"] for answer in beside] == [answer.results for answer in alone]
    alerts = [result for answer in beside for result in answer.results if result[0] == "shadow_alerts"]
    assert len(alerts) == 3  # the first item is still cold
    for _, key, event_id, body in alerts:
        alert = orjson.loads(body)
        assert (alert["mode"], alert["alert_id"], alert["model"]) == ("shadow", key, EVERYTHING.version())
        assert event_id != key  # (source, id) of an event is unique, and the champion may raise an alert of the same alert_id


def test_comparisons_are_counted_once_both_have_seen_enough() -> None:
    house = House(champion=parse_pipeline(f"{QUIET}warm_up_items = 2\n"))
    for event in declarations(5):
        house.take("declarations", event)
    assert house.sample("declarations", agreement="cold", typology="none") == 2
    samples = [sample for sample in next(iter(house.metrics.shadow.collect())).samples if sample.name.endswith("_total")]
    assert sum(sample.value for sample in samples if sample.labels["agreement"] == "would_fire_only") == 3
    assert house.sample("seconds") > 0


def test_outcomes_teach_it_too() -> None:
    house = House()
    house.take("declarations", plain_declaration("A"))
    house.take("outcomes", plain_outcome("R", "A"))
    answer = house.take("declarations", plain_declaration("B"))
    (alert,) = [orjson.loads(body) for alias, _, _, body in answer.results if alias == "shadow_alerts"]
    assert alert["heads"]["non_compliance"] > 0


def test_of_a_share_declarations_and_outcomes_are_left_out_together() -> None:
    house = House(share=0.5)
    for event in declarations(40):
        house.take("declarations", event)
        house.take("outcomes", plain_outcome(f"R-{event['declaration_id']}", event["declaration_id"]))
    shadow = house.shadow()
    taken = sum(shadow.takes(f"D-{number}") for number in range(40))
    assert 5 < taken < 35
    assert house.sample("declarations", agreement="cold", typology="none") == taken
    assert shadow.engine.sizes()["awaiting_outcome"][0] == taken
    assert house.sample("failures", part="outcomes") == 0


def test_a_broken_challenger_takes_nothing_away_and_is_counted_and_logged_once() -> None:
    broken, without = House(), House(shadowed=False)
    broken.shadow().engine.judge = None
    with capture_logs() as logs:
        beside = [broken.take("declarations", event) for event in declarations(3)]
        broken.take("outcomes", plain_outcome("R", "D-1"))
    assert [answer.results for answer in beside] == [without.take("declarations", event).results for event in declarations(3)]
    assert broken.sample("failures", part="declarations") == 3
    (told,) = [entry for entry in logs if entry["event"] == "challenger failed"]
    assert (told["part"], told["exception"]) == ("declarations", "AttributeError")
    assert "D-0" not in str(told)


def test_a_broken_detector_of_it_is_counted_under_its_name_and_the_others_go_on() -> None:
    house = House()
    house.shadow().engine.panel.detectors["mass"] = None
    answers = [house.take("declarations", event) for event in declarations(3)]
    assert house.sample("failures", part="mass") >= 3
    assert house.metrics.registry.get_sample_value("tidewaiter_detector_failures_total", {"detector": "mass"}) is None
    assert [alias for alias, _ in published(answers)].count("shadow_alerts") == 2


def test_the_summary_is_told_only_when_something_came() -> None:
    house = House()
    assert house.challenger is not None
    with capture_logs() as logs:
        house.challenger.tell()
        house.take("declarations", plain_declaration("A"))
        house.challenger.tell()
        house.challenger.tell()
    (told,) = [entry for entry in logs if entry["event"] == "shadow compared"]
    assert (told["declarations"], told["cold"], told["both"]) == (1, 1, 0)


@pytest.mark.parametrize("give_up", ["forget", "keep_only"])
def test_a_partition_that_is_given_up_takes_its_challenger_along(give_up: str) -> None:
    house = House()
    house.take("declarations", plain_declaration("A"))
    before = house.shadow()
    if give_up == "forget":
        house.partitions.forget(0)
    else:
        house.partitions.keep_only([1])
    assert house.shadow() is not before


def test_its_tables_are_reported_apart_from_the_champions() -> None:
    house = House()
    house.take("declarations", plain_declaration("A"))
    house.partitions.report(house.metrics)
    for table in ("awaiting_outcome", "shadow.awaiting_outcome"):
        assert house.metrics.registry.get_sample_value("tidewaiter_keys_held", {"table": table}) == 1
