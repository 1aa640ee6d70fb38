"""Data quality and forecasts in the service, where the pipeline asks for them."""

from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import Pipeline
from tests.support.goods import item_document
from tests.support.instruments import lodged


def kinds(pipeline: Pipeline) -> set[str]:
    """Kinds of indicators that two months of declarations bring about, one day of which has ten times as many."""
    engine, number, found = Engine(pipeline), 0, set()
    for day in range(60):
        for n in range(60 if day == 57 else 6):
            number += 1
            engine.process(lodged(f"A-{number}", 24.0 * day + 0.1 * n, [item_document(gross_mass_kg=None if n % 2 else 110.0)]))
        found |= {told.kind.value for told in engine.monitor.take()}
    return found


def test_the_service_tells_data_quality_and_forecasts_where_they_are_named() -> None:
    named = Pipeline.model_validate({"instruments": {"beside": ["data_quality", "forecasts"]}})
    assert {"data_quality", "forecast"} <= kinds(named)


def test_the_service_spends_nothing_on_them_otherwise() -> None:
    assert not {"data_quality", "forecast"} & kinds(Pipeline())
    assert "quality_submitters" not in Engine(Pipeline()).sizes()
