"""What data quality and forecasts say in metrics, over the partitions of a worker; and that the service counts what it refuses."""

from typing import Any

import pytest

from stream_app.agents import instrument_metrics
from stream_app.agents.declarations import Declarations
from stream_app.agents.intake import Record
from stream_app.agents.partitions import Partitions
from stream_app.contracts.assessment import encode
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.engine.heads.priors import Priors
from stream_app.engine.pipeline import Pipeline
from stream_app.instruments.data_quality import DataQuality
from stream_app.instruments.forecasts import Forecasts
from stream_app.instruments.seizures import Seizures
from stream_app.instruments.suite import Suite
from stream_app.metrics import Metrics
from tests.support.goods import declaration_document, item_document
from tests.support.instruments import HOUR, START, lodged

BESIDE = Pipeline.model_validate({"instruments": {"beside": ["data_quality"], "data_quality": {"minimum_declarations": 1}}})
WEEKS = 14 * 24.0


def reported(*instruments: Any) -> Any:
    """Sample by name and labels, when every instrument is that of a partition of its own."""
    metrics, seizures = Metrics(), Seizures()
    suites = [Suite({"data_quality" if isinstance(one, DataQuality) else "forecasts": one}) for one in instruments]
    instrument_metrics.report(metrics, suites, [], seizures, Priors(seizures.risk))
    return lambda name, **labels: metrics.registry.get_sample_value(name, labels)


def week(good: int, refused: int) -> DataQuality:
    """A week of D-1's declarations, over."""
    quality = DataQuality(minimum_declarations=1)
    for n in range(good):
        quality.learn(lodged(f"A-{n}", 1.0 + n, [item_document(duty_amount=240.0)]))
    for _ in range(refused):
        quality.refused("D-1", START + 2.0 * HOUR, [Fault("/items", Code.MISSING_FIELD, "is missing")])
    quality.learn(lodged("later", WEEKS))
    return quality


def test_quality_is_of_all_partitions_counts_together() -> None:
    sample = reported(week(3, 1), week(4, 0))
    assert sample("tidewaiter_data_quality_ratio", part="validity") == 7 / 8
    # Carrier and seller are missing, of eight fields: 0.75. Nothing contradicts, nothing heaps more than elsewhere; when it came is not known.
    assert sample("tidewaiter_data_quality_ratio", part="completeness") == 0.75
    assert sample("tidewaiter_data_quality_ratio", part="timeliness") is None
    assert sample("tidewaiter_data_quality_score") == pytest.approx(100 * (0.25 * 0.75 + 0.25 * 7 / 8 + 0.25 + 0.15) / 0.9)
    # D-1: (0.1875 + 0.1875 + 0.4) / 0.9 is 86 in one, (0.1875 + 0.25 + 0.4) / 0.9 is 93 in the other.
    assert [sample("tidewaiter_data_quality_submitters", score=band) for band in instrument_metrics.BANDS] == [0.0, 0.0, 2.0, 0.0]


def test_the_week_s_quality_goes_on_after_a_restart() -> None:
    again = DataQuality(minimum_declarations=1)
    again.restore(week(3, 1).state())
    assert reported(again)("tidewaiter_data_quality_ratio", part="validity") == 0.75


def test_forecasts_of_partitions_add_up_and_their_quality_is_the_mean_over_tests() -> None:
    partitions = Forecasts(), Forecasts()
    for forecasts, number in zip(partitions, (10, 20), strict=True):
        for day in range(32):
            for n in range(number + day % 2):
                forecasts.learn(lodged(f"A-{day}-{n}", 24.0 * day + 1))
    sample = reported(*partitions)
    assert sample("tidewaiter_forecast_next_day", measure="volume") == pytest.approx(31.0, abs=1.5)
    told = [forecasts.quality() for forecasts in partitions]
    for figure, weight in (("mase", "tested"), ("coverage", "intervals")):
        mean = sum(one[figure] * one[weight] for one in told) / sum(one[weight] for one in told)
        assert sample("tidewaiter_forecast_ratio", figure=figure) == pytest.approx(mean)


def test_without_them_nothing_is_said() -> None:
    sample = reported()
    assert sample("tidewaiter_data_quality_submitters", score="from_95") is None
    assert sample("tidewaiter_forecast_next_day", measure="volume") is None


def test_a_refused_declaration_lowers_its_submitter_s_validity() -> None:
    partitions = Partitions(BESIDE)
    handle = Declarations(partitions, Limits(), Metrics())
    offsets = iter(range(10))

    def put(body: bytes) -> None:
        handle(Record("customs.declarations.v1", 0, next(offsets), START, b"T-1", body, []), START)

    for n in range(3):
        put(encode(declaration_document(f"A-{n}", lodged_at="2026-03-01T08:00:00Z")))
    broken = declaration_document("A-9", lodged_at="2031-01-01T00:00:00Z")  # years ahead: its own time is no time to count it at
    for body in (encode(broken), b"not json"):
        with pytest.raises(ContractError):
            put(body)
    with pytest.raises(ContractError):  # a repeat breaks no contract
        put(encode(declaration_document("A-2", lodged_at="2026-03-01T08:00:00Z")))
    found = partitions.engine(0).beside.instruments["data_quality"].figures()
    parts = {one["submitter"]: (one["declarations"], one["parts"]["validity"]) for one in found["submitters"]}
    assert parts == {broken["declarant_id"]: (4, 0.75), "unknown": (1, 0.0)}
    # Kafka had them at midnight, hours before the time at which they say they were lodged: none is late.
    assert found["parts"]["timeliness"] == 1.0
    assert found["refusals"] == {"/ not_json": 1, "/lodged_at in_future": 1}


def test_what_is_refused_is_counted_nowhere_where_nobody_asked_for_it() -> None:
    partitions = Partitions(Pipeline())
    handle = Declarations(partitions, Limits(), Metrics())
    with pytest.raises(ContractError):
        handle(Record("customs.declarations.v1", 0, 0, START, b"T-1", b"{}", []), START)
    assert partitions.engine(0).beside.instruments == {}
