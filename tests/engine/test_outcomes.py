"""Control outcomes, however late, often or early they come."""

import pickle
from dataclasses import replace
from datetime import datetime

import pytest

from stream_app.contracts.declaration import Declaration
from stream_app.contracts.outcome import Outcome
from stream_app.detectors.features import Features, features
from stream_app.engine.engine import Engine
from stream_app.engine.heads.groups import GOODS, encode
from stream_app.engine.heads.kept import unpack
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.settings.learning import RiskHead
from stream_app.engine.settings.selection import Selection
from stream_app.learning.compiled import Array
from stream_app.learning.pending import Note
from tests.engine.selection.support import lists, watch
from tests.support.goods import declared, item_document


def lodged(declaration_id: str, *numbers: int, hs_code: str = "610910") -> Declaration:
    return declared(declaration_id, [item_document(number, hs_code=hs_code) for number in numbers or (1,)], lodged_at="2026-03-02T00:00:00Z")


def found(declaration_id: str, item_number: int | None = 1, irregular: bool = True, on: str = "2026-03-04", outcome_id: str = "O-1") -> Outcome:
    at = f"{on}T00:00:00+00:00"
    return Outcome(outcome_id, declaration_id, "T-1", item_number, "physical", "risk", irregular, False, at, datetime.fromisoformat(at).timestamp())


def encode_item(x: Features) -> tuple[Array, Array]:
    return encode(x.codes, x.measures)


@pytest.fixture
def engine() -> Engine:
    return Engine(Pipeline())


def probability(engine: Engine, declaration_id: str = "ASK", hs_code: str = "610910") -> float | None:
    """What the head says of such an item; the engine given stays as it is."""
    copy = pickle.loads(pickle.dumps(engine))
    return copy.process(lodged(declaration_id, hs_code=hs_code)).assessment.items[0].scores.non_compliance


def test_without_any_outcome_there_is_no_probability(engine: Engine) -> None:
    engine.process(lodged("D1"))
    assert probability(engine) is None


def test_an_outcome_is_learned_and_raises_the_probability_of_its_like(engine: Engine) -> None:
    engine.process(lodged("D1"))
    assert engine.learn_outcome(found("D1")) is Note.LEARNED
    alike, other = probability(engine), probability(engine, hs_code="851713")
    assert alike is not None
    assert other is not None
    assert alike > other > 0.1


def test_a_compliant_outcome_lowers_it(engine: Engine) -> None:
    engine.process(lodged("D1"))
    assert engine.learn_outcome(found("D1", irregular=False)) is Note.LEARNED
    assert probability(engine) < 0.1


def test_later_than_thirty_days_is_late_and_still_learned(engine: Engine) -> None:
    for name in ("D1", "D2"):
        engine.process(lodged(name))
    assert engine.learn_outcome(found("D1", on="2026-04-01")) is Note.LEARNED, "thirty days to the second"
    before = probability(engine)
    assert engine.learn_outcome(found("D2", on="2026-04-02")) is Note.LEARNED_LATE
    assert probability(engine) > before


def test_the_same_outcome_again_is_repeated_and_teaches_nothing(engine: Engine) -> None:
    engine.process(lodged("D1"))
    engine.learn_outcome(found("D1"))
    before = pickle.dumps(engine)
    assert engine.learn_outcome(found("D1")) is Note.REPEATED
    assert engine.learn_outcome(found("D1", outcome_id="O-2")) is Note.REPEATED
    assert pickle.dumps(engine) == before


def test_an_outcome_without_an_item_teaches_all_items_that_were_not_taught_yet(engine: Engine) -> None:
    engine.process(lodged("D1", 1, 2, 3))
    assert engine.learn_outcome(found("D1", 2)) is Note.LEARNED
    assert engine.learn_outcome(found("D1", None)) is Note.LEARNED
    assert engine.heads.non_compliance.outcomes == 2, "two outcomes"
    assert engine.learn_outcome(found("D1", None)) is Note.REPEATED
    assert engine.learn_outcome(found("D1", 3)) is Note.CORRECTED, "one of two it was; now it is this one"


def test_irregular_as_a_whole_is_one_finding_and_not_one_an_item(engine: Engine) -> None:
    """Four items of one group: prior 0.1 worth one control, four quarters of a finding: of all goods 1.1 / 2 and not 4.1 / 5."""
    engine.process(lodged("D1", 1, 2, 3, 4))
    engine.learn_outcome(found("D1", None, irregular=True))
    declaration = lodged("ASK")
    groups, _ = encode_item(features(declaration, 1.0)[0])
    everything = engine.heads.non_compliance.model.path(groups)[0]
    assert everything == (pytest.approx(1.0), pytest.approx(1.0), pytest.approx(0.55))


def test_a_correction_takes_the_earlier_result_out_of_the_rates(engine: Engine) -> None:
    """Irregular, then after all compliant: of all goods 0 of 1, (0 + 0.1) / (1 + 1) = 0.05; and as if it had never been otherwise."""
    engine.process(lodged("D1", 1))
    engine.learn_outcome(found("D1", 1, irregular=True))
    assert engine.learn_outcome(found("D1", 1, irregular=False, on="2026-03-09", outcome_id="O-2")) is Note.CORRECTED
    declaration = lodged("ASK")
    groups, _ = encode_item(features(declaration, 1.0)[0])
    assert engine.heads.non_compliance.model.path(groups)[0] == (pytest.approx(1.0), pytest.approx(0.0), pytest.approx(0.05))
    assert engine.heads.non_compliance.outcomes == 1, "one control, corrected"
    assert engine.learn_outcome(found("D1", 1, irregular=False, on="2026-03-10", outcome_id="O-3")) is Note.REPEATED


def test_a_result_decided_before_the_one_that_was_learned_is_no_correction(engine: Engine) -> None:
    engine.process(lodged("D1", 1))
    engine.learn_outcome(found("D1", 1, irregular=True, on="2026-03-09"))
    assert engine.learn_outcome(found("D1", 1, irregular=False, on="2026-03-08", outcome_id="O-0")) is Note.REPEATED


def test_an_item_that_the_declaration_has_not_is_unknown(engine: Engine) -> None:
    engine.process(lodged("D1", 1, 2))
    assert engine.learn_outcome(found("D1", 9)) is Note.UNKNOWN_ITEM
    assert engine.heads.non_compliance.outcomes == 0


def test_an_outcome_before_its_declaration_is_learned_when_that_comes(engine: Engine) -> None:
    assert engine.learn_outcome(found("D1")) is Note.UNKNOWN_DECLARATION
    assert engine.learn_outcome(found("D1")) is Note.UNKNOWN_DECLARATION
    assert engine.heads.non_compliance.outcomes == 0
    result = engine.process(lodged("D1"))
    assert result.early_outcomes == [Note.LEARNED]
    assert result.assessment.items[0].scores.non_compliance is None, "scored before learning, as always"
    assert probability(engine) > 0.1
    assert engine.learn_outcome(found("D1")) is Note.REPEATED


def test_early_outcomes_have_the_notes_that_they_would_have_had_later(engine: Engine) -> None:
    engine.learn_outcome(found("D1", 1, outcome_id="O-1"))
    engine.learn_outcome(found("D1", 1, outcome_id="O-2"))
    engine.learn_outcome(found("D1", 7, outcome_id="O-3"))
    engine.learn_outcome(found("D1", 2, on="2026-05-01", outcome_id="O-4"))
    assert engine.process(lodged("D1", 1, 2)).early_outcomes == [Note.LEARNED, Note.REPEATED, Note.UNKNOWN_ITEM, Note.LEARNED_LATE]


def test_an_outcome_after_an_amendment_teaches_the_items_as_amended_and_only_once(engine: Engine) -> None:
    engine.process(lodged("D1", 1))
    engine.learn_outcome(found("D1", 1))
    engine.process(replace(lodged("D1", 1, 2), version=2))
    assert engine.learn_outcome(found("D1", 1)) is Note.REPEATED
    assert engine.learn_outcome(found("D1", 2)) is Note.LEARNED


def test_a_mature_head_selects_goods_that_were_irregular_before_and_says_so() -> None:
    pipeline = Pipeline(selection=Selection(warm_up_items=100, budget=0.04), non_compliance=RiskHead(mature_outcomes=100))
    engine = Engine(pipeline)
    for number in range(1_000):
        bad = number % 250 == 0
        engine.process(lodged(f"D{number}", hs_code="950300" if bad else "610910"))
        engine.learn_outcome(found(f"D{number}", irregular=bad))
    # Usual in itself: only what controls found speaks against these toys.
    result = engine.process(lodged("ASK", hs_code="950300"))
    assert result.alert is not None
    assert result.alert.typology == "non_compliance"
    reason = result.alert.reasons[0]
    assert (reason.code, reason.unit) == ("irregular_before", "share of controls")
    assert reason.n_peer == pytest.approx(4, abs=0.1)
    assert "950300" in reason.peer_group
    assert reason.actual > 0.5 > 0.05 > reason.typical
    # Four toys among a thousand items were controlled and irregular, all from one place: every group below the chapter is the same four.
    assert [step.level for step in reason.path] == list(GOODS)
    assert [step.n for step in reason.path] == [1_000, *[4] * (len(GOODS) - 1)]
    assert [step.value for step in reason.path] == [pytest.approx(0.004), *[1.0] * (len(GOODS) - 1)]


def test_goods_that_many_controls_found_clean_have_that_said_for_them() -> None:
    """Every other control of toys finds something, none of sixty of T-shirts does: a low rate where all goods have a high one."""
    pipeline = Pipeline(selection=Selection(warm_up_items=50, budget=0.04), non_compliance=RiskHead(mature_outcomes=5_000))
    engine = Engine(pipeline)
    for number in range(120):
        toy = number % 2 == 0
        engine.process(lodged(f"D{number}", hs_code="950300" if toy else "610910"))
        engine.learn_outcome(found(f"D{number}", irregular=toy and number % 4 == 0))
    odd = lodged("ASK")
    result = engine.process(replace(odd, items=[replace(odd.items[0], customs_value=1.0)]))
    assert result.alert is not None
    (reason,) = [reason for reason in result.alert.counter_evidence if reason.feature == "share_irregular"]
    assert (reason.code, reason.actual) == ("regular_before", 0.0)
    assert reason.typical == pytest.approx(0.25, abs=0.01)
    assert reason.n_peer == pytest.approx(60, abs=2)


def test_a_group_hardly_worse_than_all_goods_is_not_held_against_an_item() -> None:
    """Near miss: of 60 toys 30 are irregular, of 60 T-shirts 20, of all goods 50 in 120. The toys' odds are 1, those of all 5 / 7: not twice."""
    engine = Engine(Pipeline(selection=Selection(warm_up_items=50, budget=0.04), non_compliance=RiskHead(mature_outcomes=5_000)))
    for number in range(120):
        toy = number % 2 == 0
        engine.process(lodged(f"D{number}", hs_code="950300" if toy else "610910"))
        engine.learn_outcome(found(f"D{number}", irregular=number % 4 == 0 if toy else number % 6 == 1))
    odd = lodged("ASK", hs_code="950300")
    alert = engine.process(replace(odd, items=[replace(odd.items[0], customs_value=1.0)])).alert
    assert alert is not None
    assert "share_irregular" not in {reason.feature for reason in alert.reasons + alert.counter_evidence}


def test_an_immature_head_selects_nothing() -> None:
    engine = Engine(Pipeline(selection=Selection(warm_up_items=100), non_compliance=RiskHead(mature_outcomes=5_000)))
    typologies = set()
    for number in range(1_000):
        bad = number % 250 == 0
        result = engine.process(lodged(f"D{number}", hs_code="950300" if bad else "610910"))
        typologies |= {result.alert.typology} if result.alert else set()
        engine.learn_outcome(found(f"D{number}", irregular=bad))
    assert "non_compliance" not in typologies
    assert engine.process(lodged("ASK", hs_code="950300")).assessment.items[0].scores.non_compliance > 0.5


def test_an_answer_about_many_items_counts_as_one_outcome(engine: Engine) -> None:
    engine.process(lodged("D1", *range(1, 41)))
    engine.heads.learn(found("D1", irregular=False), list(range(1, 41)))
    assert engine.heads.states()["non_compliance"].n == 1


def test_the_item_that_was_found_is_news_after_the_declaration_as_a_whole(engine: Engine) -> None:
    engine.process(lodged("D1", 1, 2, 3))
    assert engine.learn_outcome(found("D1", None)) is Note.LEARNED
    assert engine.learn_outcome(found("D1", 2, outcome_id="O-2")) is Note.CORRECTED
    assert engine.learn_outcome(found("D1", 2, outcome_id="O-3")) is Note.REPEATED


def test_a_correction_after_an_amendment_is_taken_out_of_the_goods_that_were_taught(engine: Engine) -> None:
    engine.process(lodged("D1", hs_code="610910"))
    engine.learn_outcome(found("D1"))
    before = probability(engine, hs_code="610910")
    engine.process(replace(lodged("D1", hs_code="840820"), version=2))
    assert engine.learn_outcome(found("D1", irregular=False, outcome_id="O-2")) is Note.CORRECTED
    after = probability(engine, hs_code="610910")
    assert before is not None
    assert after is not None
    assert after < before


def test_an_item_is_kept_with_the_propensity_of_the_version_that_selected_it() -> None:
    held = lists(watch(trader_id="T-1"))
    engine = Engine(Pipeline(), lists=held)
    engine.process(lodged("D1"))
    engine.process(lodged("D2", hs_code="851713"))
    held.watchlist.remove("W-1")
    engine.process(lodged("D3"))
    for name in ("D1", "D3"):
        assert engine.process(replace(lodged(name, 1, 2), version=2)).assessment.items[0].selection.propensity < 0.1

    def kept(name: str) -> list[float]:
        known = engine.heads.pending.get(name)
        assert known is not None
        return [unpack(item).propensity for item in known.items.values()]

    assert kept("D1")[0] == kept("D2")[0] == 1.0
    assert max(*kept("D3"), kept("D1")[1]) < 0.1


def test_another_result_of_all_items_together_corrects_all_of_them(engine: Engine) -> None:
    """As if it had never been otherwise."""
    engine.process(lodged("D1", 1, 2))
    straight = pickle.loads(pickle.dumps(engine))
    engine.learn_outcome(found("D1", None, irregular=False))
    assert engine.learn_outcome(found("D1", None, on="2026-03-05", outcome_id="O-2")) is Note.CORRECTED
    assert engine.learn_outcome(found("D1", None, on="2026-03-05", outcome_id="O-2")) is Note.REPEATED
    straight.learn_outcome(found("D1", None, on="2026-03-05"))
    groups, _ = encode_item(features(lodged("ASK"), 1.0)[0])
    rates = [one.heads.non_compliance.model.path(groups)[0] for one in (engine, straight)]
    assert rates[0] == pytest.approx(rates[1])
    assert engine.learn_outcome(found("D1", None, irregular=False, on="2026-03-06", outcome_id="O-3")) is Note.CORRECTED
    assert engine.heads.non_compliance.outcomes == 1


def test_a_result_of_all_items_says_nothing_of_one_that_was_named(engine: Engine) -> None:
    engine.process(lodged("D1", 1, 2))
    engine.learn_outcome(found("D1", 1))
    engine.learn_outcome(found("D1", 2, irregular=False, outcome_id="O-2"))
    for irregular in (True, False):
        assert engine.learn_outcome(found("D1", None, irregular, "2026-03-09", "O-3")) is Note.REPEATED
