"""What every detector keeps to, whatever it looks for. A new detector file is found, and held to this, by itself."""

import pickle
import re
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from inspect import signature
from math import isfinite
from pathlib import Path
from statistics import median

import pytest

import stream_app.detectors
from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import Detector
from stream_app.detectors.registry import detector_classes
from stream_app.explain.texts import english
from stream_app.explain.wording import sentence
from tests.support.goods import HONEST, LENGTH, Offered, scores, suite_stream, unique_stream

CLASSES = detector_classes()
MIDDLE = LENGTH // 2


@pytest.fixture(params=sorted(CLASSES))
def detector(request: pytest.FixtureRequest) -> Detector:
    """An untrained detector, with the parameters of the release."""
    return CLASSES[request.param]()


def trained(detector: Detector) -> Detector:
    scores(detector, suite_stream()[:MIDDLE])
    return detector


def test_the_detectors_of_the_release_are_found() -> None:
    assert {"unit_value", "mass", "rare_combination", "novelty", "half_space"} <= set(CLASSES)


def test_scoring_and_explaining_leave_the_state_unchanged(detector: Detector) -> None:
    trained(detector)
    before = pickle.dumps(detector)
    for offered in suite_stream()[MIDDLE:]:
        x = offered.features()
        detector.score_one(x)
        detector.explain_one(x)
        detector.counter_one(x)
    assert pickle.dumps(detector) == before


def test_the_same_stream_gives_the_same_scores(detector: Detector) -> None:
    assert scores(detector, suite_stream()) == scores(detector.clone(), suite_stream())


def test_scoring_twice_gives_the_same_score(detector: Detector) -> None:
    trained(detector)
    for offered in suite_stream()[MIDDLE : MIDDLE + 400]:
        x = offered.features()
        assert detector.score_one(x) == detector.score_one(x) == detector.score_one(offered.features())


def test_an_untrained_detector_is_surprised_at_nothing(detector: Detector) -> None:
    for offered in suite_stream()[:50] + suite_stream()[-50:]:
        x = offered.features()
        assert detector.score_one(x) == 0.0
        assert detector.explain_one(x) == []


def test_rivers_clone_is_untrained_and_has_the_same_parameters(detector: Detector) -> None:
    copy = trained(detector).clone()
    assert type(copy) is type(detector)
    assert copy._get_params() == detector._get_params()
    assert all(copy.score_one(offered.features()) == 0.0 for offered in suite_stream()[-100:])
    assert copy.keys_forgotten == 0
    assert any(detector.score_one(offered.features()) > 0.0 for offered in suite_stream()[MIDDLE:]), "the clone took the state along"


def test_a_snapshot_in_mid_stream_resumes_exactly(detector: Detector) -> None:
    restored = pickle.loads(pickle.dumps(trained(detector)))
    rest = suite_stream()[MIDDLE:]
    assert scores(restored, rest) == scores(detector, rest)
    assert (restored.keys_held, restored.keys_forgotten) == (detector.keys_held, detector.keys_forgotten)


def test_scores_are_finite_and_never_negative(detector: Detector) -> None:
    assert all(isfinite(score) and score >= 0.0 for score in scores(detector, suite_stream()))


def test_missing_measures_and_parties_raise_nothing(detector: Detector) -> None:
    trained(detector)
    for offered in suite_stream()[MIDDLE : MIDDLE + 100]:
        item = offered.declaration.items[0]
        bare = type(item)(item.item_number, item.hs_code, item.origin_country, *[None] * (len(fields(item)) - 3))
        x = offered._replace(declaration=_with_item(offered.declaration, bare)).features()
        assert detector.score_one(x) >= 0.0
        detector.explain_one(x)
        detector.learn_one(x)


def test_memory_is_bounded_under_unbounded_keys(detector: Detector) -> None:
    bounded = "max_keys" in signature(type(detector).__init__).parameters
    small = type(detector)(max_keys=50) if bounded else detector
    held, size = [], []
    for number, offered in enumerate(unique_stream(1_600)):
        x = offered.features()
        small.score_one(x)
        small.learn_one(x)
        held.append(small.keys_held)
        # What pickle takes is a second opinion: a table that keys_held forgets to count would show here.
        if number % 20 == 0:
            size.append(len(pickle.dumps(small)))
        if number == 800:
            forgotten = small.keys_forgotten
    assert max(held[800:]) == max(held[:800])
    assert max(size[40:]) <= max(size[:40]) * 1.05
    if bounded:
        assert small.keys_forgotten > forgotten > 0


@pytest.mark.parametrize("name", [name for name, kind in CLASSES.items() if "max_keys" in signature(kind.__init__).parameters])
def test_within_its_bound_nothing_is_forgotten(name: str) -> None:
    detector = CLASSES[name]()
    for offered in unique_stream(50):
        detector.learn_one(offered.features())
    assert detector.keys_held >= 50
    assert detector.keys_forgotten == 0


def test_a_high_score_carries_a_reason_with_every_field_filled(detector: Detector) -> None:
    judged = []
    for offered in suite_stream():
        x = offered.features()
        judged.append((detector.score_one(x), detector.explain_one(x)))
        detector.learn_one(x)
    judged = judged[HONEST:]
    limit = sorted(score for score, _ in judged)[-len(judged) // 100]
    high = [reasons for score, reasons in judged if score >= limit > 0.0]
    assert high
    for reasons in high:
        assert reasons
        assert [reason.impact for reason in reasons] == sorted((reason.impact for reason in reasons), reverse=True)
        for reason in reasons:
            assert all([reason.code, reason.text, reason.feature, reason.unit, reason.peer_group]), reason
            assert reason.actual is not None
            assert reason.n_peer > 0
            assert reason.impact > 0
            assert (reason.lower is None) == (reason.upper is None)


def test_whatever_is_evidence_has_a_reason(detector: Detector) -> None:
    for offered in suite_stream():
        x = offered.features()
        score = detector.score_one(x)
        assert score <= 1e-9 or score < detector.quiet or detector.explain_one(x)
        detector.learn_one(x)


def test_it_fires_on_an_odd_item_of_the_suites_stream(detector: Detector) -> None:
    found = scores(detector, suite_stream())
    odd = max(score for score, offered in zip(found, suite_stream(), strict=True) if offered.scheme)
    honest = sorted(score for score, offered in zip(found[HONEST:], suite_stream()[HONEST:], strict=True) if not offered.scheme)
    assert odd > honest[int(len(honest) * 0.99)]
    assert odd > 3 * median(honest)
    assert odd > 0.0


def everything_said(detector: Detector) -> Iterator[tuple[Offered, Reason]]:
    """Every reason against and for every item of the second half of the stream, learned from in between."""
    trained(detector)
    for offered in suite_stream()[MIDDLE:]:
        x = offered.features()
        detector.score_one(x)
        yield from ((offered, reason) for reason in detector.explain_one(x) + detector.counter_one(x))
        detector.learn_one(x)


def test_the_catalogue_says_every_reason_by_its_code_and_values_alone(detector: Detector) -> None:
    for _, reason in everything_said(detector):
        assert reason.text == sentence(english(), reason, reason.peer_group)
        assert not set("{}") & set(reason.text)
        assert reason.unit == english().unit(reason.code, reason.feature)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_detector_of_the_release_has_a_name_in_the_catalogue(name: str) -> None:
    assert english().has("terms", name)


def test_every_reason_says_its_path_and_which_group_of_it_speaks(detector: Detector) -> None:
    for _, reason in everything_said(detector):
        assert (reason.peer_group, reason.n_peer) in [(step.group, step.n) for step in reason.path]
        assert all(step.group == english().group(step.level, step.key) for step in reason.path)
        if reason.distribution is not None:
            assert reason.lower < reason.typical < reason.upper


def test_no_reason_names_a_party(detector: Detector) -> None:
    for offered, reason in everything_said(detector):
        d = offered.declaration
        said = set(re.findall(r"[\w-]+", repr(reason)))
        assert not said & {d.trader_id, d.declarant_id, d.seller_id}
        assert not [word for word in said if "GHOST" in word]


DROPPED_IN = """
from stream_app.contracts.assessment import Reason
from stream_app.detectors.base import Detector
from stream_app.detectors.features import Features


class RoundValue(Detector):
    def score_one(self, x: Features) -> float:
        return 0.0

    def learn_one(self, x: Features) -> None:
        pass

    def explain_one(self, x: Features) -> list[Reason]:
        return []

    keys_held = keys_forgotten = 0
"""


def test_a_new_detector_file_is_found_without_any_registration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "round_value.py").write_text(DROPPED_IN)
    (tmp_path / "not_a_detector.py").write_text("from stream_app.detectors.base import Detector\n")
    monkeypatch.setattr(stream_app.detectors, "__path__", [*stream_app.detectors.__path__, str(tmp_path)])
    detector_classes.cache_clear()
    try:
        found = detector_classes()
    finally:
        detector_classes.cache_clear()
        for name in ("round_value", "not_a_detector"):
            sys.modules.pop(f"stream_app.detectors.{name}", None)
            if hasattr(stream_app.detectors, name):
                delattr(stream_app.detectors, name)
    assert set(found) == {*CLASSES, "round_value"}
    assert found["round_value"].__name__ == "RoundValue"


def _with_item(declaration, item):  # type: ignore[no-untyped-def]
    return replace(declaration, items=[item])
