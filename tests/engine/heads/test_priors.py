"""Seizures and gaps to partners' exports, on top of the heads."""

import re
from math import log
from typing import Any

import numpy as np
import pytest

from stream_app.detectors.features import Features, features
from stream_app.engine.engine import Engine
from stream_app.engine.heads.heads import Heads, Risk
from stream_app.engine.heads.priors import Priors
from stream_app.engine.pipeline import parse_pipeline
from stream_app.instruments.mirror.priors import GapPriors, Raised
from stream_app.instruments.seizures.risk import SeizureRisk
from stream_app.learning.odds import logit
from stream_app.learning.risk import PROBABILITY
from tests.support.goods import NOW, declared, item_document
from tests.support.instruments import outcome, seizure

PIPELINE = parse_pipeline("[selection]\nbudget = 1.0\nwarm_up_items = 1\n[detectors.mass]\n")
BANANAS = {"hs_code": "080390", "origin_country": "EC"}
FROM_EC = {"departure_country": "EC"}


def seized(*cases: object) -> SeizureRisk:
    risk = SeizureRisk()
    for case in cases:
        risk.add(case)  # type: ignore[arg-type]
    return risk


def gaps(kind: str = "under_valued", gap: float | None = log(0.4), log_odds: float = 0.9) -> GapPriors:
    found = GapPriors()
    found.put(("610910", "CN", "T-1"), Raised(log_odds, kind, gap, "2026-01", NOW - 20 * 86_400))
    return found


def item_features(header: dict[str, Any] | None = None, **item: Any) -> Features:
    return features(declared(items=[item_document(**item)], **(header or {})), 1.0)[0]


def scored(heads: Heads, x: Features) -> Risk:
    return heads.score([x], heads.growth(NOW))[0]


def taught(priors: Priors | None) -> Heads:
    """One clean control, so that the heads speak."""
    heads = Heads(PIPELINE, priors)
    x = item_features(hs_code="850440")
    heads.await_outcome(x.declaration, heads.keep([x], [scored(heads, x)], [1.0]))
    heads.learn(outcome(x.declaration.declaration_id, 80.0))
    return heads


def test_without_such_data_nothing_changes_to_the_bit() -> None:
    x = item_features(FROM_EC, **BANANAS)
    plain, empty = taught(None), taught(Priors())
    assert scored(plain, x).non_compliance == scored(empty, x).non_compliance
    other = taught(Priors(seized(seizure("A", 1.0, hs_code="24")), gaps()))
    assert scored(plain, x).non_compliance == scored(other, x).non_compliance


def test_a_seizure_on_the_same_route_doubles_the_odds_of_both_heads() -> None:
    x = item_features(FROM_EC, **BANANAS)
    plain, told = taught(None), taught(Priors(seized(seizure("A", 1.0))))
    before, after = (scored(heads, x) for heads in (plain, told))
    assert before.non_compliance is not None
    assert after.non_compliance is not None
    # 8 hours old: as good as fresh
    assert logit(after.non_compliance) - logit(before.non_compliance) == pytest.approx(log(2.0), abs=0.002)
    assert logit(after.critical) - logit(before.critical) == pytest.approx(log(2.0), abs=0.002)
    assert after.scored == before.scored, "what is learned from stays the head's own"


def test_a_gap_raises_the_odds_of_its_goods_partner_and_trader_and_of_no_other() -> None:
    heads, plain = taught(Priors(gaps=gaps())), taught(None)
    moved = {
        name: logit(scored(heads, x).non_compliance) - logit(scored(plain, x).non_compliance)
        for name, x in {
            "same": item_features(),
            "national code": item_features(hs_code="61091000"),
            "trader": item_features({"importer_id": "T-2"}),
            "partner": item_features({"departure_country": "VN"}),
            "goods": item_features(hs_code="610990"),
        }.items()
    }
    # three days less than twenty old, of a half-life of 180
    raised = 0.9 * 0.5 ** ((20 - 2.657) / 180)
    assert moved == {
        "same": pytest.approx(raised, abs=1e-3), "national code": pytest.approx(raised, abs=1e-3), "trader": 0.0, "partner": 0.0, "goods": 0.0,
    }  # fmt: skip


def test_before_the_first_outcome_only_what_was_told_of_has_a_probability() -> None:
    heads = Heads(PIPELINE, Priors(seized(seizure("A", 1.0))))
    assert scored(heads, item_features()).non_compliance is None
    told = scored(heads, item_features(FROM_EC, **BANANAS)).non_compliance
    plain = Heads(PIPELINE)
    x = item_features(FROM_EC, **BANANAS)
    own = np.frombuffer(scored(plain, x).scored, np.float32)[PROBABILITY]
    assert told is not None
    assert logit(told) - logit(own) == pytest.approx(log(2.0), abs=0.002)
    assert heads.states()["non_compliance"].maturity == "cold"


@pytest.mark.parametrize(
    ("priors", "words"),
    [
        (
            Priors(seized(seizure("A", 1.0), seizure("B", -9.0))),
            "2 seizures of HS 08 of EC departed from EC by vessel before, the latest (drugs) 0 days",
        ),
        (Priors(gaps=gaps()), "HS 080390 departed from EC: this trader declared 40% of the value per kg that the partner recorded as exported"),
        (Priors(gaps=gaps("missing_quantity", log(0.5))), "imports reached 50% of the quantity"),
        (Priors(gaps=gaps("over_valued", log(3.0))), "3 times the value that the partner recorded as exported, while a neighbouring code"),
        (Priors(gaps=gaps("import_only", None)), "the partner recorded no such export"),
    ],
)
def test_a_selected_item_is_explained_by_what_was_told_and_by_no_party(priors: Priors, words: str) -> None:
    key = ("080390", "EC", "T-1")
    if (told := priors.gaps.raised("610910", "CN", "T-1", NOW)) is not None:
        priors.gaps.put(key, told)
    engine = Engine(PIPELINE, priors=priors)
    found = []
    for number in range(5):
        result = engine.process(declared(f"D-{number}", [item_document(**BANANAS)], **FROM_EC))
        found += [reason for item in result.assessment.items for reason in item.reasons if reason.feature in ("seizures", "mirror_gap")]
    assert found
    assert words in found[0].text
    assert not any(re.search(r"T-1|D-\d", repr(reason)) for reason in found)
