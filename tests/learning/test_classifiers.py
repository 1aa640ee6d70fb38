"""The parts of the heads as River classifiers: River's own checks, and what they learn."""

from collections.abc import Callable
from typing import Any

import pytest
from river import checks

from stream_app.learning.classifiers import BackoffClassifier, BinaryClassifier, BlendedClassifier, HashedLogisticClassifier

CLASSIFIERS = [BackoffClassifier, HashedLogisticClassifier, BlendedClassifier]
CASES = [
    pytest.param(classifier, check, id=f"{classifier.__name__}, {number} {check.__name__}")
    for classifier in CLASSIFIERS
    for number, check in enumerate(checks.yield_checks(classifier()))
]


@pytest.mark.parametrize(("classifier", "check"), CASES)
def test_every_classifier_passes_rivers_own_checks(classifier: type[BinaryClassifier], check: Callable[[Any], None]) -> None:
    check(classifier())


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_what_was_always_so_becomes_certain_and_what_is_unknown_stays_open(classifier: type[BinaryClassifier]) -> None:
    model = classifier()
    for number in range(200):
        model.learn_one({"goods": "toys", "lot": str(number)}, True)
        model.learn_one({"goods": "wheat", "lot": str(number)}, False)
    assert model.predict_proba_one({"goods": "toys", "lot": "new"})[True] > 0.8
    assert model.predict_proba_one({"goods": "wheat", "lot": "new"})[True] < 0.2
    assert 0.2 < model.predict_proba_one({"goods": "glue", "lot": "new"})[True] < 0.8


def test_no_exact_value_is_learned() -> None:
    """65 to 90 kg are one step of half a doubling (64 to 90.5); 91 kg is the next."""
    model = BackoffClassifier(chain=("mass",))
    for _ in range(50):
        model.learn_one({"mass": 65.0}, True)
        model.learn_one({"mass": 200.0}, False)
    same, next_ = model.predict_proba_one({"mass": 90.0})[True], model.predict_proba_one({"mass": 91.0})[True]
    # All: (50 + 0.5) / 101 = 0.5. The step of 65: 50 of 50, against a rate of (0 + 0.5) / 51 elsewhere that is worth two controls at the most.
    assert same > 50 / 52
    assert next_ == pytest.approx(0.5)


def test_the_regression_tells_apart_what_only_a_pair_says() -> None:
    """Neither feature alone says anything: True where they are equal."""
    with_pairs, without = HashedLogisticClassifier(rate=0.5), HashedLogisticClassifier(rate=0.5, crosses=False)
    for _ in range(100):
        for a in "pq":
            for b in "pq":
                with_pairs.learn_one({"a": a, "b": b}, a == b)
                without.learn_one({"a": a, "b": b}, a == b)
    assert with_pairs.predict_proba_one({"a": "p", "b": "p"})[True] > 0.9
    assert with_pairs.predict_proba_one({"a": "p", "b": "q"})[True] < 0.1
    assert without.predict_proba_one({"a": "p", "b": "p"})[True] == pytest.approx(0.5, abs=0.15)
