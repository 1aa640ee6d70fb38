"""A report over the topics: the same figures as over files, and offsets to trace them by."""

import orjson
import pytest

from stream_app.brokers.topics import Catalogue
from stream_app.client.producer import EventProducer
from stream_app.contracts.indicator import moment
from stream_app.engine.pipeline import Pipeline
from stream_app.report.making import Report
from stream_app.report.topics import of_topics
from tests.support.broker import Broker
from tests.support.goods import declaration_document
from tests.support.instruments import HOUR, START

pytestmark = pytest.mark.broker


def test_every_record_of_the_topics_is_read_and_placed(broker: Broker, topics: Catalogue) -> None:
    with (
        EventProducer(broker.connection, topics, "milestones", "test") as steps,
        EventProducer(broker.connection, topics, "declarations", "test") as lodged,
    ):
        for n in range(40):
            number = f"D-{n}"
            for name, hours in (("T0", 0.0), ("T11", 10.0 + n)):
                step = {"declaration_id": number, "milestone": name, "occurred_at": moment(START + hours * HOUR), "office": "NL000510"}
                steps.send(orjson.dumps(step, option=orjson.OPT_INDENT_2), number, f"{number}-{name}")
            lodged.send(orjson.dumps(declaration_document(number, lodged_at=moment(START))), "T-1", number)
        lodged.send(b"not json", "T-1", "bad")
    run = Report(Pipeline(), START + 90_000 * HOUR / 24)
    with of_topics(broker.connection, topics) as inputs:
        run.learn(inputs)
        found = run.figures(inputs)
    total = found["time_release"]["total"]
    # 10 to 49 hours
    assert (total["n"], total["mean_hours"]) == (40, 29.5)
    trace = {one["kind"]: one for one in found["time_release"]["trace"]}
    assert (trace["milestones"]["records"], trace["declarations"]["refused"]) == (80, {"not_json": 1})
    assert sum(place["offsets"][1] - place["offsets"][0] + 1 for place in trace["milestones"]["places"]) == 80
    assert all(place["source"] == topics["milestones"].name for place in trace["milestones"]["places"])
    # Sent months after they were lodged.
    one = found["data_quality"]["submitters"][0]
    assert (one["declarations"], one["parts"]["timeliness"]) == (40, 0.0)
