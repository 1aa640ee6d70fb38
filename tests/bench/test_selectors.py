"""The selector as it is set up for the evaluation."""

import pytest

from stream_app.engine.pipeline import Pipeline
from tests.bench.selectors import for_selective_labels, has_pacing, modes


def test_every_mode_has_a_pipeline_and_nothing_else_of_it_changes() -> None:
    found = modes(Pipeline())
    assert set(found) == ({"strict", "burst_tolerant"} if has_pacing(Pipeline()) else {"as it is"})
    for variant in found.values():
        assert variant.selection.budget == Pipeline().selection.budget
        assert variant.detectors == Pipeline().detectors


def test_under_selective_labels_a_tenth_is_selected_and_three_twentieths_of_it_drawn() -> None:
    found = for_selective_labels(Pipeline())
    if has_pacing(Pipeline()):
        assert found.selection.budget == pytest.approx(0.10)
        assert found.selection.random_share == pytest.approx(0.15)
    else:
        assert found is None
