"""The engine's own selector, set up for what is measured. Without pacing modes there is one mode, and no selector to run under selective labels."""

from typing import Any

from stream_app.engine.pipeline import Pipeline
from tests.bench.policies import BUDGET, RANDOM_SHARE


def has_pacing(pipeline: Pipeline) -> bool:
    return "pacing" in type(pipeline.selection).model_fields


def modes(pipeline: Pipeline) -> dict[str, Pipeline]:
    """A pipeline for each pacing mode, with the budget as configured."""
    if not has_pacing(pipeline):
        return {"as it is": pipeline}
    return {mode: _with_selection(pipeline, pacing=mode) for mode in ("strict", "burst_tolerant")}


def for_selective_labels(pipeline: Pipeline, random_share: float = RANDOM_SHARE) -> Pipeline | None:
    """BUDGET spent on the non-compliance head alone, `random_share` of all rows drawn; None where selection cannot be set up so."""
    if not has_pacing(pipeline):
        return None
    heads = dict.fromkeys(("anomaly", "critical", "revenue_at_risk"), 0.0) | {"non_compliance": 1.0}
    return _with_selection(pipeline, budget=BUDGET, pacing="strict", random_share=random_share / BUDGET, shares=heads)


def _with_selection(pipeline: Pipeline, **changes: Any) -> Pipeline:
    """Validated as if pipeline.toml had said so."""
    section = pipeline.selection
    return pipeline.model_copy(update={"selection": type(section).model_validate(section.model_dump() | changes)})
