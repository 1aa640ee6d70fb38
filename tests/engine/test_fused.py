"""The detectors in one kernel say what they say one by one, to the byte; and give way where they cannot."""

import pickle
from typing import Any

import numpy as np
import pytest

from stream_app.contracts.declaration import Declaration
from stream_app.contracts.outcome import Outcome
from stream_app.detectors.burst import Burst
from stream_app.detectors.features import features
from stream_app.engine import panel
from stream_app.engine.engine import Engine
from stream_app.engine.fused import fits
from stream_app.engine.pipeline import Pipeline, parse_pipeline
from tests.engine.conftest import run
from tests.engine.test_engine import encoded

FEWER = "[detectors.burst]\nenabled = false\n[detectors.tariff_shift]\nenabled = false\n[detectors.half_space]\nenabled = false\n"
EVENTS = 1_500


@pytest.mark.parametrize("pipeline", ["", FEWER])
def test_one_kernel_gives_what_the_detectors_give_one_by_one(
    events: list[Declaration | Outcome], pipeline: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fused = Engine(parse_pipeline(pipeline))
    together = encoded(run(fused, events[:EVENTS]))
    monkeypatch.setattr(panel, "fits", lambda detectors: False)
    single = Engine(parse_pipeline(pipeline))
    assert encoded(run(single, events[:EVENTS])) == together
    assert single.sizes() == fused.sizes()


def test_what_was_learned_together_goes_on_one_by_one(events: list[Declaration | Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(Pipeline())
    run(engine, events[:EVENTS])
    other: Engine = pickle.loads(pickle.dumps(engine))
    together = encoded(run(engine, events[EVENTS : EVENTS + 300]))
    monkeypatch.setattr(panel, "fits", lambda detectors: False)
    assert encoded(run(other, events[EVENTS : EVENTS + 300])) == together


def test_an_amendment_is_asked_of_all_but_those_that_count_arrivals(events: list[Declaration | Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(Pipeline())
    run(engine, events[:600])
    declaration = next(event for event in events[600:] if isinstance(event, Declaration))
    together = engine.panel.hear(features(declaration, 1.0, amended=True))
    assert together.found is not None
    arrivals = {name for name, detector in engine.panel.detectors.items() if detector.counts_arrivals}
    assert arrivals == {"burst", "novelty", "splitting", "tariff_shift"}
    assert all(set(one.p_values) == set(engine.panel.detectors) - arrivals for one in together.opinions)
    monkeypatch.setattr(panel, "fits", lambda detectors: False)
    engine.panel._asked = ()
    single = engine.panel.hear(features(declaration, 1.0, amended=True))
    assert single.found is None
    assert [(one.p_values, one.rarity, one.leader) for one in single.opinions] == [
        (one.p_values, one.rarity, one.leader) for one in together.opinions
    ]


class Own(Burst):
    """A detector of an administration's own, made of one of ours."""


def test_only_the_house_s_own_detectors_are_fused() -> None:
    detectors: dict[str, Any] = Engine(Pipeline()).panel.detectors
    assert fits(detectors)
    assert not fits(detectors | {"burst": Own()})
    assert not fits(detectors | {"own": Own()})


def test_a_score_that_is_none_is_told_of_its_detector_alone(events: list[Declaration | Outcome]) -> None:
    engine = Engine(Pipeline())
    run(engine, events[:600])
    declaration = next(event for event in events[600:] if isinstance(event, Declaration))
    broken: Any = engine.panel.detectors["odd_origin"]
    broken.state[1][:] = np.nan
    result = engine.process(declaration)
    assert {failure.detector for failure in result.failures} == {"odd_origin"}
    assert all(set(item.p_values) == set(engine.panel.detectors) - {"odd_origin"} for item in result.assessment.items)


def test_scoring_together_leaves_the_state_unchanged(events: list[Declaration | Outcome]) -> None:
    engine = Engine(Pipeline())
    run(engine, events[:600])
    declaration = next(event for event in events[600:] if isinstance(event, Declaration))
    first = engine.panel.hear(features(declaration, 1.0)).opinions
    again = engine.panel.hear(features(declaration, 1.0)).opinions
    assert [(one.p_values, one.rarity, one.leader) for one in first] == [(one.p_values, one.rarity, one.leader) for one in again]
