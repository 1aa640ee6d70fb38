"""The engine as a whole: declarations and outcomes in, assessments and alerts out."""

import hashlib
import os
import pickle
import random
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import pytest

from stream_app.contracts.assessment import Source, encode
from stream_app.contracts.control_lists import Suppression, WatchEntry
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.errors import Code, ContractError
from stream_app.contracts.outcome import Outcome
from stream_app.detectors.features import Features, features
from stream_app.engine.engine import Engine, Result
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.selection import ControlLists
from stream_app.engine.settings.selection import Selection
from stream_app.learning.decay import growth
from tests.engine.conftest import Fortnight, run
from tests.support.goods import declared, item_document, suite_stream


@pytest.fixture(scope="module")
def learned() -> bytes:
    """An engine that has seen the suite's honest stream: ready to select."""
    engine = Engine(Pipeline())
    for offered in suite_stream()[:1_400]:
        engine.process(offered.declaration)
    return pickle.dumps(engine)


@pytest.fixture
def engine(learned: bytes) -> Engine:
    return pickle.loads(learned)


LATER = "2026-03-02T08:14:05Z"


def tshirts(declaration_id: str, per_kg: float = 20.0, **item: object) -> Declaration:
    """120 kg of T-shirts in ten packages by a trader of the stream, which deals in them."""
    usual = {"net_mass_kg": 120.0, "gross_mass_kg": 130.0, "packages": 10, "supplementary_quantity": 481, "customs_value": 120 * per_kg}
    return declared(declaration_id, [item_document(**(usual | item))], importer_id="T-6", declarant_id="D-1", office="O0", lodged_at=LATER)


def test_a_usual_item_is_released_without_reasons(engine: Engine) -> None:
    result = engine.process(tshirts("USUAL"))
    (item,) = result.assessment.items
    assert (item.lane, item.alerted, item.severity, item.reasons) == ("green", False, None, [])
    assert result.alert is None
    assert 0.0 <= item.score < 45.0, "45 points and more are the rarest 1.6 percent"


def test_a_fiftieth_of_the_usual_value_is_selected_and_explained(engine: Engine) -> None:
    result = engine.process(tshirts("ODD", per_kg=0.4), Source("customs.declarations.v1", 3, 17, 1_772_439_246_117))
    (item,) = result.assessment.items
    assert (item.lane, item.alerted, item.severity) == ("red", True, "critical")
    alert = result.alert
    assert alert is not None
    assert (alert.typology, alert.item_number, alert.items_alerted, alert.trader_id, alert.hs_code) == ("unit_value", 1, [1], "T-6", "610910")
    assert alert.source == Source("customs.declarations.v1", 3, 17, 1_772_439_246_117)
    (reason,) = [reason for reason in alert.reasons if reason.feature == "unit_value"]
    assert reason.actual == pytest.approx(0.4)
    assert reason.lower < reason.typical < reason.upper
    assert 15 < reason.typical < 25, "T-shirts of the stream are worth 20 a kilogram, within exp(0.2) or so"
    assert reason.peer_group == "HS 610910 from CN"


def test_an_alert_says_what_speaks_for_its_item_too_and_nothing_on_both_sides(engine: Engine) -> None:
    alert = engine.process(tshirts("ODD", per_kg=0.4)).alert
    assert alert is not None
    assert 1 <= len(alert.counter_evidence) <= 5
    assert "trader" in {reason.feature for reason in alert.counter_evidence}, "T-6 is an established trader"
    assert not {reason.feature for reason in alert.reasons} & {reason.feature for reason in alert.counter_evidence}


def test_an_alert_says_what_was_missing_and_what_failed(engine: Engine) -> None:
    engine.panel.detectors["novelty"] = Broken("score")  # type: ignore[assignment]
    alert = engine.process(tshirts("ODD", per_kg=0.4, net_mass_kg=0)).alert
    assert alert is not None
    assert (alert.missing, alert.failed) == (["net_mass_kg"], ["novelty"])


def test_an_item_is_scored_on_the_state_before_it_was_learned(engine: Engine, learned: bytes) -> None:
    odd = tshirts("ODD", per_kg=0.4)
    before = pickle.loads(learned)
    (x,) = features(odd, growth(odd.lodged_epoch, before.pipeline.profiles.half_life_days))
    expected = before.panel.score(x).p_values
    assert engine.process(odd).assessment.items[0].p_values == expected
    assert engine.panel.score(features(odd, x.growth)[0]).p_values != expected, "and then it is learned"


def test_a_fraud_that_goes_on_unseen_becomes_usual(engine: Engine) -> None:
    """Why the first one must be scored before it is learned."""
    found = [engine.process(tshirts(f"ODD{number}", per_kg=0.4)).assessment.items[0].p_values["unit_value"] for number in range(300)]
    assert found[0] < 0.001
    assert found[-1] > found[0] * 10


def test_items_of_one_declaration_are_all_scored_before_any_is_learned(engine: Engine, learned: bytes) -> None:
    def p_values(result: Result) -> list[dict[str, float]]:
        return [item.p_values for item in result.assessment.items]

    one = tshirts("ONE", per_kg=0.4)
    twice = replace(one, items=[one.items[0], replace(one.items[0], item_number=2)])
    assert p_values(engine.process(twice)) == p_values(pickle.loads(learned).process(one)) * 2


def test_the_declaration_takes_score_lane_and_alert_from_its_oddest_item(engine: Engine) -> None:
    usual, odd = tshirts("D").items[0], tshirts("D", per_kg=0.4).items[0]
    declaration = replace(tshirts("D"), items=[usual, replace(odd, item_number=7), replace(usual, item_number=3)])
    result = engine.process(declaration)
    assert [item.item_number for item in result.assessment.items] == [1, 7, 3]
    assert [item.alerted for item in result.assessment.items] == [False, True, False]
    assert result.assessment.score == result.assessment.items[1].score
    assert (result.assessment.lane, result.assessment.severity) == ("red", "critical")
    assert result.alert is not None
    assert (result.alert.item_number, result.alert.items_alerted) == (7, [7])


def test_missing_measures_are_named_and_nothing_is_divided_by_them(engine: Engine) -> None:
    bare = tshirts("BARE", net_mass_kg=0, gross_mass_kg=0, packages=0, supplementary_quantity=0, customs_value=0)
    result = engine.process(bare)
    (item,) = result.assessment.items
    assert item.missing == ["net_mass_kg", "customs_value"]
    assert (item.p_values["unit_value"], item.p_values["mass"]) == (1.0, 1.0)
    assert (result.failures, item.failed) == ([], [])
    assert engine.process(tshirts("NO-VALUE", customs_value=0)).assessment.items[0].missing == ["customs_value"]
    assert engine.process(tshirts("NO-MASS", net_mass_kg=0)).assessment.items[0].missing == ["net_mass_kg"]


def test_a_cold_engine_selects_nothing_by_score() -> None:
    engine = Engine(Pipeline(selection=Selection(warm_up_items=300, mature_items=400)))
    for number, offered in enumerate(suite_stream()[:600]):
        result = engine.process(offered.declaration)
        (item,) = result.assessment.items
        assert item.maturity == ("cold" if number < 300 else "warming" if number < 400 else "mature")
        assert number >= 300 or item.selection.reason in (None, "random")
        assert (result.alert is not None) == item.alerted
    assert engine.process(tshirts("ODD", per_kg=0.01)).alert is not None


def on_the_lists(*entries: WatchEntry | Suppression) -> ControlLists:
    lists = ControlLists(10)
    for entry in entries:
        (lists.watchlist if isinstance(entry, WatchEntry) else lists.suppressions).put(entry, 0.0)
    return lists


FOREVER = (0.0, 4e9)


def test_the_watchlist_leads_its_declaration_and_sets_the_lane(engine: Engine) -> None:
    engine.selector.lists = on_the_lists(
        WatchEntry("W-1", "o", "r", {"hs_prefix": frozenset({"6203"}), "trader_id": frozenset({"T-6"})}, *FOREVER, "blue")
    )
    odd, listed = tshirts("D", per_kg=0.4).items[0], tshirts("D", hs_code="620342").items[0]
    result = engine.process(replace(tshirts("D"), items=[odd, replace(listed, item_number=2)]))
    alert = result.alert
    assert alert is not None
    assert (alert.item_number, alert.typology, alert.selection.watchlist_entry) == (2, "watchlist", "W-1")
    assert alert.reasons[0].code == "watchlist"
    assert alert.items_alerted == [1, 2]
    assert [item.lane for item in result.assessment.items] == ["red", "blue"]
    assert result.assessment.lane == alert.lane == "red", "the strictest of the items"


def test_a_suppressed_item_is_assessed_as_before_and_raises_no_alert(engine: Engine, learned: bytes) -> None:
    plain = pickle.loads(learned).process(tshirts("ODD", per_kg=0.4)).assessment.items[0]
    engine.selector.lists = on_the_lists(Suppression("S-1", "o", "r", {"trader_id": frozenset({"T-6"})}, *FOREVER, frozenset({"unit_value"})))
    result = engine.process(tshirts("ODD", per_kg=0.4))
    (item,) = result.assessment.items
    assert result.alert is None
    assert (item.alerted, item.lane, item.severity, item.reasons) == (False, "green", None, [])
    assert (item.selection.reason, item.selection.suppressed_by) == (None, "S-1")
    assert (item.score, item.scores, item.p_values) == (plain.score, plain.scores, plain.p_values)


def test_every_decision_is_logged_with_its_propensity(fortnight: Fortnight) -> None:
    for item in (item for result in fortnight.results for item in result.assessment.items):
        assert item.alerted == (item.selection.reason is not None)
        assert 0.002 * (1 - 1e-9) <= item.selection.propensity <= 1.0
        assert not (item.selection.reason or "").startswith("score") or item.selection.propensity == 1.0
        assert (item.selection.reason == "random") == item.selection.control_sample


def test_about_the_budget_is_selected(fortnight: Fortnight) -> None:
    items = [item for result in fortnight.results for item in result.assessment.items]
    assert len(items) > 10_000
    judged = [item for item in items if item.maturity != "cold"]
    assert 0.01 < sum(item.alerted for item in judged) / len(judged) < 0.03


def test_a_selected_item_is_explained_and_never_by_more_than_five_reasons(fortnight: Fortnight) -> None:
    items = [item for result in fortnight.results for item in result.assessment.items]
    assert all(1 <= len(item.reasons) <= 5 for item in items if item.alerted)
    assert all(item.reasons == [] for item in items if not item.alerted)


def test_scores_severities_and_lanes_agree_with_each_other(fortnight: Fortnight) -> None:
    items = [item for result in fortnight.results for item in result.assessment.items]
    order = {None: 0, "low": 1, "medium": 2, "high": 3, "critical": 4}
    for item in items:
        assert item.alerted == (item.severity is not None) == (item.lane != "green")
        if item.selection.reason in (None, "score:anomaly", "score:non_compliance"):
            assert item.lane == {None: "green", "low": "yellow", "medium": "yellow", "high": "red", "critical": "red"}[item.severity]
        assert 0.0 <= item.scores.anomaly <= 1.0
        assert item.scores.non_compliance is None or 0.0 <= item.scores.non_compliance <= 1.0
    ranked = sorted((item for item in items if item.alerted), key=lambda item: (item.score, order[item.severity]))
    assert all(order[one.severity] <= order[next_one.severity] for one, next_one in pairwise(ranked))


def test_every_alert_has_an_id_of_its_own_and_its_assessments_facts(fortnight: Fortnight) -> None:
    alerted = [result for result in fortnight.results if result.alert is not None]
    assert len({result.alert.alert_id for result in alerted if result.alert}) == len(alerted)
    for result in alerted:
        alert, assessment = result.alert, result.assessment
        assert alert is not None
        assert (alert.declaration_id, alert.version, alert.score, alert.lane) == (
            assessment.declaration_id,
            assessment.version,
            assessment.score,
            assessment.lane,
        )
        assert alert.percentile == pytest.approx(100 * (1 - 10 ** (-alert.score / 25)), abs=1e-3)


def test_injected_odd_items_are_found_far_more_often_than_honest_ones() -> None:
    # A thirtieth of these items is odd: more than 2 % can hold.
    engine = Engine(Pipeline(selection=Selection(budget=0.04)))
    found = [(offered.scheme, engine.process(offered.declaration).alert is not None) for offered in suite_stream()]
    odd = [alerted for scheme, alerted in found if scheme]
    honest = [alerted for scheme, alerted in found[1_500:] if not scheme]
    # One item in nine is odd there, five times the budget: what matters is whom the budget goes to.
    assert sum(odd) > 2 * sum(honest)
    assert sum(odd) / len(odd) > 10 * sum(honest) / len(honest)


def test_the_first_odd_item_of_a_uniform_stream_is_selected_and_explained() -> None:
    """Hundreds of declarations that are all the same leave no spread at all to compare with."""
    engine = Engine(Pipeline())
    for number in range(520):
        engine.process(declared(f"D{number}"))
    alert = engine.process(declared("ODD", [item_document(customs_value=1e9)])).alert
    assert alert is not None
    assert "unit_value" in {reason.feature for reason in alert.reasons}


def test_a_small_difference_is_no_suspicion_however_narrow_the_stream() -> None:
    """Six percent off among values within one percent: the rarest of all, and still nothing that an officer would open a box for."""
    engine, rng = Engine(Pipeline()), random.Random(1)
    for number in range(900):
        engine.process(declared(f"D{number}", [item_document(customs_value=2000.0 * (1 + rng.uniform(-0.01, 0.01)))]))
    alert = engine.process(declared("ODD", [item_document(customs_value=2000.0 * 1.06)])).alert
    assert alert is None


def test_a_backdated_declaration_has_no_more_peers_than_were_ever_seen() -> None:
    engine = Engine(Pipeline())
    for number in range(600):
        engine.process(declared(f"D{number}", [item_document(customs_value=2000.0 + 10 * (number % 50))]))
    alert = engine.process(declared("OLD", [item_document(customs_value=2e5)], lodged_at="2021-03-02T08:14:05Z")).alert
    assert alert is not None
    assert all(reason.n_peer <= 601 for reason in alert.reasons)


# Versions


def test_the_same_version_again_is_a_duplicate_and_is_not_learned(engine: Engine) -> None:
    engine.process(tshirts("D1"))
    before = pickle.dumps(engine)
    with pytest.raises(ContractError) as caught:
        engine.process(tshirts("D1"))
    assert [(fault.code, fault.pointer) for fault in caught.value.faults] == [(Code.DUPLICATE, "/declaration_id")]
    assert pickle.dumps(engine) == before


def test_an_earlier_version_is_stale(engine: Engine) -> None:
    engine.process(replace(tshirts("D1"), version=3))
    with pytest.raises(ContractError) as caught:
        engine.process(replace(tshirts("D1"), version=2))
    assert [(fault.code, fault.pointer) for fault in caught.value.faults] == [(Code.STALE_VERSION, "/version")]


def test_an_amendment_is_scored_and_not_learned_again(engine: Engine) -> None:
    first = engine.process(tshirts("D1"))
    before = pickle.dumps((engine.panel, engine.selector.ranks))
    second = engine.process(replace(tshirts("D1"), version=2))
    assert pickle.dumps((engine.panel, engine.selector.ranks)) == before
    assert second.assessment.version == 2
    assert second.assessment.assessment_id != first.assessment.assessment_id
    with pytest.raises(ContractError):
        engine.process(replace(tshirts("D1"), version=2))


# Detectors that fail


class Broken:
    """A detector that raises wherever it is told to."""

    stage, keys_held, keys_forgotten = 1, 0, 0

    quiet = 0.0
    warm = True

    def __init__(self, *where: str) -> None:
        self.where = where

    def score_one(self, x: Features) -> float:
        return self._answer("score", 5.0)

    def learn_one(self, x: Features) -> None:
        self._answer("learn", None)

    def explain_one(self, x: Features) -> list[object]:
        return self._answer("explain", [])

    def counter_one(self, x: Features) -> list[object]:
        return self._answer("explain", [])

    def _answer(self, what: str, answer):  # type: ignore[no-untyped-def]
        if what in self.where:
            raise ZeroDivisionError(what)
        return answer


def test_a_detector_that_raises_is_marked_failed_and_the_others_vote(engine: Engine, learned: bytes) -> None:
    engine.panel.detectors["mass"] = Broken("score", "learn", "explain")  # type: ignore[assignment]
    result = engine.process(tshirts("ODD", per_kg=0.4))
    (item,) = result.assessment.items
    assert item.failed == ["mass"]
    assert "mass" not in item.p_values
    assert (item.alerted, item.severity) == (True, "critical")
    assert any(reason.feature == "unit_value" for reason in item.reasons)
    assert {failure.detector for failure in result.failures} == {"mass"}
    assert all(isinstance(failure.error, ZeroDivisionError) for failure in result.failures)
    untouched = pickle.loads(learned).process(tshirts("ODD", per_kg=0.4)).assessment.items[0]
    assert item.p_values["unit_value"] == untouched.p_values["unit_value"]


@pytest.mark.parametrize("where", ["score", "learn"])
def test_every_detector_may_fail_and_the_stream_goes_on(engine: Engine, where: str) -> None:
    for name in engine.panel.detectors:
        engine.panel.detectors[name] = Broken(where)  # type: ignore[assignment]
    result = engine.process(tshirts("D1"))
    assert {failure.detector for failure in result.failures} == set(engine.panel.detectors)
    engine.process(tshirts("D2"))


def test_a_failure_while_explaining_leaves_the_alert_and_the_other_reasons(engine: Engine) -> None:
    engine.panel.detectors["half_space"].explain_one = Broken("explain").explain_one
    result = engine.process(tshirts("ODD", per_kg=0.4))
    assert result.alert is not None
    assert any(reason.feature == "unit_value" for reason in result.alert.reasons)


# Snapshots and replay


def test_a_snapshot_in_mid_stream_resumes_exactly(events: list[Declaration | Outcome]) -> None:
    engine = Engine(Pipeline())
    run(engine, events[:1_200])
    restored = pickle.loads(pickle.dumps(engine))
    rest = events[1_200:1_800]
    assert encoded(run(restored, rest)) == encoded(run(engine, rest))


def encoded(results: list[Result]) -> bytes:
    return b"\n".join(encode(part) for result in results for part in (result.assessment, result.alert) if part is not None)


def test_the_same_input_gives_the_same_bytes(fortnight: Fortnight) -> None:
    again = run(Engine(Pipeline()), fortnight.events[:1_500])
    assert encoded(again) == encoded(fortnight.results[: len(again)])


SCRIPT = """
import hashlib, sys
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import Pipeline
from tests.engine.test_engine import encoded
from tests.support.goods import suite_stream
engine = Engine(Pipeline())
print(hashlib.sha256(encoded([engine.process(offered.declaration) for offered in suite_stream()[:800]])).hexdigest())
"""


def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "4242", "PYTHONPATH": os.pathsep.join(sys.path)}
    theirs = subprocess.run([sys.executable, "-c", SCRIPT], check=True, env=environment, capture_output=True, timeout=60, text=True).stdout.strip()
    engine = Engine(Pipeline())
    ours = encoded([engine.process(offered.declaration) for offered in suite_stream()[:800]])
    assert theirs == hashlib.sha256(ours).hexdigest()


def test_memory_is_bounded_and_what_was_forgotten_is_told() -> None:
    small = {name: {"max_keys": 60} for name in ("unit_value", "mass", "novelty", "rare_combination")}
    outcomes = Pipeline().outcomes.model_copy(update={"keep_declarations": 100, "early": 50})
    engine = Engine(Pipeline(detectors=small, outcomes=outcomes))
    sizes = []
    for offered in suite_stream()[:1_200]:
        engine.process(offered.declaration)
        sizes.append(engine.sizes())
    assert all(held <= 100 for held, _ in (size["awaiting_outcome"] for size in sizes))
    assert sizes[-1]["awaiting_outcome"] == (100, 1_100)
    assert all(held <= 2 * (60 + 4) for held, _ in (size["novelty"] for size in sizes)), "two tables, and the keys of one call"


def test_an_amendment_is_not_held_against_its_own_first_version(engine: Engine) -> None:
    """The trader did not come twice, nor is it known because it amends."""
    new = replace(tshirts("D1"), trader_id="T-NEVER-SEEN")
    engine.process(new)
    (amended,) = engine.process(replace(new, version=2)).assessment.items
    assert not {"burst", "splitting", "novelty", "tariff_shift"} & set(amended.p_values)
    assert {"unit_value", "mass", "odd_origin"} <= set(amended.p_values)
    assert amended.failed == []


def test_a_mass_that_no_scale_can_show_is_assessed_like_any_other(engine: Engine) -> None:
    engine.process(tshirts("D1"))
    engine.learn_outcome(Outcome("O-1", "D1", "T-6", 1, "physical", "risk", True, False, LATER, 1_772_439_245.0))
    result = engine.process(tshirts("TINY", net_mass_kg=1e-300))
    (item,) = result.assessment.items
    assert (item.alerted, item.failed, result.failures) == (True, [], [])


def test_a_declaration_of_999_selected_items_stays_within_a_record() -> None:
    engine = Engine(Pipeline(selection=Selection(budget=1.0, warm_up_items=1, mature_items=1)))
    for offered in suite_stream()[:300]:
        engine.process(offered.declaration)
    one = tshirts("MANY", per_kg=0.4)
    items = [replace(one.items[0], item_number=number) for number in range(1, 1_000)]
    result = engine.process(replace(one, items=items))
    assert sum(item.alerted for item in result.assessment.items) > 900
    assert sum(bool(item.reasons) for item in result.assessment.items) == 50
    assert result.alert is not None
    assert result.alert.reasons
    assert len(encode(result.assessment)) < 3_000_000
