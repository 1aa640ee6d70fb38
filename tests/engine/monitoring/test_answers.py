"""An officer's answer to an alert is an outcome: it counts once, and teaches what it says."""

import pickle
from dataclasses import replace

import pytest

from stream_app.contracts.assessment import deterministic_id
from stream_app.contracts.outcome import Outcome
from stream_app.engine.engine import Engine, Result
from stream_app.engine.pipeline import Pipeline, parse_pipeline
from stream_app.engine.settings.selection import Selection
from stream_app.learning.pending import Note
from tests.engine.monitoring.support import ALERT, BY_ANOMALY, RELEASED, Desk
from tests.engine.selection.support import NOW, lists, watch
from tests.support.goods import declared, item_document

CAREFUL = parse_pipeline("[selection]\nrandom_share = 0.0\nexploration_share = 0.0\n")
ANOMALY = ("precision", "head", "anomaly", "all")


@pytest.mark.parametrize(("answer", "share"), [("confirmed_risk", 1.0), ("valuable", 1.0), ("false_positive", 0.0)])
def test_an_answer_counts_for_precision_at_the_leading_item(answer: str, share: float) -> None:
    desk = Desk()
    desk.scored("D1", BY_ANOMALY, BY_ANOMALY, RELEASED, leader=2, alert=True)
    assert desk.answer("D1", answer)
    found = desk.told()[ANOMALY]
    assert (found.value, found.n) == (share, 1.0)


def test_what_is_valuable_is_no_finding() -> None:
    desk = Desk()
    desk.scored("D1", BY_ANOMALY, alert=True, probability=0.5)
    desk.answer("D1", "valuable")
    assert ("irregular_share", "sample", "all_items", "all") not in desk.told()
    assert desk.monitor.watch.losses["non_compliance"].present("non_compliance") == (0.0, 0)


def test_an_alert_is_answered_once_and_with_its_control() -> None:
    desk = Desk()
    desk.scored("D1", BY_ANOMALY, alert=True)
    assert desk.answer("D1", "false_positive")
    assert not desk.answer("D1", "confirmed_risk")
    assert not desk.outcome("D1", irregular=True)
    assert desk.told()[ANOMALY].n == 1.0


def test_an_alert_of_another_declaration_or_an_unknown_one_is_not_answered() -> None:
    desk = Desk()
    desk.scored("D1", BY_ANOMALY, alert=True)
    desk.scored("D2", BY_ANOMALY)
    assert not desk.answer("D2", "confirmed_risk")
    assert not desk.answer("D1", "confirmed_risk", alert_id=ALERT.replace("7", "8"))
    assert ANOMALY not in desk.told()


def test_an_alert_can_be_answered_after_an_amendment_that_raised_none() -> None:
    desk = Desk()
    desk.scored("D1", BY_ANOMALY, alert=True)
    desk.scored("D1", RELEASED, amended=True, day=1)
    assert desk.answer("D1", "confirmed_risk", day=2)


@pytest.fixture(scope="module")
def alerted() -> tuple[Engine, Result]:
    """An engine that has just alerted several items of a declaration. Do not let it learn: it is one for all tests."""
    engine = Engine(Pipeline(selection=Selection(warm_up_items=100, budget=0.05)))
    for number in range(600):
        engine.process(declared(f"D{number}", [item_document(customs_value=2_000.0 + number % 40)], lodged_at="2026-03-02T08:00:00Z"))
    cheap = [item_document(number, customs_value=2_000.0 if number == 3 else 2.0 * number) for number in (1, 2, 3)]
    result = engine.process(declared("ODD", cheap, lodged_at="2026-03-02T09:00:00Z"))
    assert result.alert is not None
    assert len(result.alert.items_alerted) > 1
    return engine, result


def answer(result: Result, said: str, **changes: object) -> Outcome:
    assert result.alert is not None
    at = 1_772_500_000.0
    outcome = Outcome("A-1", "ODD", "T-1", None, "physical", "risk", said == "confirmed_risk", False, "", at, result.alert.alert_id, said)
    return replace(outcome, **changes)  # type: ignore[arg-type]


def learned(engine: Engine, note: Note, outcome: Outcome) -> int:
    """How many results the non-compliance head learned from it; the engine given stays as it is."""
    copy = pickle.loads(pickle.dumps(engine))
    assert copy.learn_outcome(outcome) is note
    again = copy.learn_outcome(outcome)
    assert again in (Note.REPEATED, Note.UNKNOWN_ALERT)
    return int(copy.heads.non_compliance.outcomes)


def test_a_confirmed_risk_teaches_its_leading_item(alerted: tuple[Engine, Result]) -> None:
    engine, result = alerted
    assert learned(engine, Note.LEARNED, answer(result, "confirmed_risk")) == 1


def test_a_false_positive_teaches_every_item_that_was_alerted_and_counts_once(alerted: tuple[Engine, Result]) -> None:
    engine, result = alerted
    assert result.alert is not None
    assert learned(engine, Note.LEARNED, answer(result, "false_positive")) == 1
    copy = pickle.loads(pickle.dumps(engine))
    copy.learn_outcome(answer(result, "false_positive"))
    taught = copy.heads.pending.get(result.assessment.declaration_id).taught
    assert sorted(taught) == result.alert.items_alerted == [1, 2, 3]
    assert {(finding.irregular, finding.share) for finding in taught.values()} == {(False, 1.0)}


def test_what_is_valuable_is_counted_and_teaches_nothing(alerted: tuple[Engine, Result]) -> None:
    engine, result = alerted
    assert learned(engine, Note.COUNTED, answer(result, "valuable")) == 0


def test_an_answer_to_an_unknown_alert_says_so(alerted: tuple[Engine, Result]) -> None:
    engine, result = alerted
    assert learned(engine, Note.UNKNOWN_ALERT, answer(result, "confirmed_risk", alert_id=ALERT)) == 0
    assert learned(engine, Note.UNKNOWN_ALERT, answer(result, "confirmed_risk", declaration_id="D1")) == 0


@pytest.mark.parametrize(("said", "taught"), [("confirmed_risk", {1: True}), ("false_positive", {1: False})])
def test_an_answer_is_known_by_its_alerts_id_where_lists_of_today_raise_it_no_more(said: str, taught: dict[int, bool]) -> None:
    goods = [item_document(number) for number in (1, 2)]
    then, today = Engine(CAREFUL, lists=lists(watch(trader_id="T-1"))), Engine(CAREFUL)
    alert = then.process(declared("D1", goods)).alert
    assert alert is not None
    assert today.process(declared("D1", goods)).alert is None
    today.process(declared("D1", goods, version=2))
    found = Outcome("A", "D1", "T-1", None, "other", "risk", said == "confirmed_risk", False, "", NOW, alert.alert_id, said)
    assert today.learn_outcome(replace(found, alert_id=ALERT)) is Note.UNKNOWN_ALERT
    assert today.learn_outcome(found) is Note.LEARNED
    known = today.heads.pending.get("D1")
    assert known is not None
    assert {number: one.irregular for number, one in known.taught.items()} == taught


def test_an_alert_of_a_detector_that_is_switched_off_now_is_known_by_its_id() -> None:
    without = Engine(parse_pipeline("[detectors.novelty]\nenabled = false\n"))
    without.process(declared("D1"))
    alert_id = deterministic_id("alert", "D1", 1, "novelty")
    assert without.learn_outcome(Outcome("A", "D1", "T-1", None, "other", "risk", True, False, "", NOW, alert_id, "confirmed_risk")) is Note.LEARNED
    later = deterministic_id("alert", "D1", 2, "novelty")
    unknown = Outcome("A", "D1", "T-1", None, "other", "risk", True, False, "", NOW, later, "confirmed_risk")
    assert without.learn_outcome(unknown) is Note.UNKNOWN_ALERT, "no such version came"
