"""Seizures: the risk that they raise, decayed and by likeness, worked out by hand."""

import json
from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.instruments.seizures import Seizures
from tests.support.instruments import DAY, START, outcome, seizure

BANANAS = ("08", "EC", "EC", "vessel")


def learned(*cases: object) -> Seizures:
    instrument = Seizures()
    for case in cases:
        instrument.learn(case)  # type: ignore[arg-type]
    return instrument


def test_a_fresh_case_doubles_the_odds_of_what_is_exactly_like_it() -> None:
    raised = learned(seizure("A", 0.0)).risk.raised(*BANANAS, START)
    assert raised is not None
    assert (raised.irregular, raised.critical) == (pytest.approx(log(2.0)), pytest.approx(log(2.0)))
    assert (raised.level, raised.key, raised.cases) == ("hs2_conveyance", ("08", "EC", "EC", "vessel"), 1)


@pytest.mark.parametrize(
    ("goods", "odds"),
    [
        (("08", "EC", "EC", "vessel"), 2.0),
        (("08", "EC", "EC", "aircraft"), 1.7),
        (("08", "CO", "EC", "vessel"), 1.4),
        (("08", "CO", "CO", "vessel"), 1.05),
    ],
)
def test_the_less_alike_the_less_it_counts(goods: tuple[str, str, str, str], odds: float) -> None:
    raised = learned(seizure("A", 0.0)).risk.raised(*goods, START)
    assert raised is not None
    assert exp(raised.irregular) == pytest.approx(odds)


def test_of_another_chapter_nothing_is_said() -> None:
    assert learned(seizure("A", 0.0)).risk.raised("61", "EC", "EC", "vessel", START) is None


def test_a_case_counts_half_after_180_days() -> None:
    raised = learned(seizure("A", 0.0)).risk.raised(*BANANAS, START + 180 * DAY)
    assert raised is not None
    assert (exp(raised.irregular), raised.decayed) == (pytest.approx(1.5), pytest.approx(0.5))


def test_many_cases_raise_the_odds_twentyfold_at_most() -> None:
    raised = learned(*[seizure(f"C-{n}", 0.0) for n in range(100)]).risk.raised(*BANANAS, START)
    assert raised is not None
    assert exp(raised.irregular) == pytest.approx(20.0)


def test_evaded_duties_are_irregular_and_not_critical() -> None:
    raised = learned(seizure("A", 0.0, commodity_group="tax_and_duty_evasion")).risk.raised(*BANANAS, START)
    assert raised is not None
    assert (raised.irregular, raised.critical) == (pytest.approx(log(2.0)), 0.0)


def test_a_case_by_another_conveyance_counts_as_far_as_the_route_is_shared() -> None:
    raised = learned(seizure("A", 0.0, conveyance="mail")).risk.raised(*BANANAS, START)
    assert raised is not None
    assert raised.level == "hs2_route"


def test_a_case_told_again_replaces_the_first_and_a_cancelled_one_is_taken_back() -> None:
    instrument = learned(seizure("A", 0.0), seizure("A", 0.0))
    assert instrument.figures()["cases"] == 1
    instrument.learn(seizure("A", 0.0, hs_code="24"))
    assert instrument.risk.raised(*BANANAS, START) is None
    instrument.learn(seizure("A", 1.0, cancelled=True))
    assert (instrument.figures()["cases"], len(instrument.risk)) == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0.0, 300.0), st.sampled_from(["08", "24", "61"])), max_size=30))
def test_what_is_held_is_what_the_last_record_of_each_case_says(told: list[tuple[int, float, str]]) -> None:
    both, last = Seizures(), Seizures()
    for number, day, chapter in told:
        both.learn(seizure(f"C-{number}", day, hs_code=chapter))
    for number, (day, chapter) in {number: (day, chapter) for number, day, chapter in told}.items():
        last.learn(seizure(f"C-{number}", day, hs_code=chapter))
    for chapter in ("08", "24", "61"):
        one, other = (instrument.risk.raised(chapter, "EC", "EC", "vessel", START + 300 * DAY) for instrument in (both, last))
        assert (one is None) == (other is None)
        assert one is None or other is None or one.irregular == pytest.approx(other.irregular, abs=1e-9)


def test_figures_of_a_window_count_by_group_and_method_and_rank_routes_by_risk() -> None:
    cases = [
        seizure("A", 0.0, concealment="in_goods", detection_method="scanner"),
        seizure("B", 10.0, detection_method="scanner"),
        seizure("C", 12.0, hs_code="2402", commodity_group="tobacco", origin_country="AE", departure_country="AE", detection_method="dog"),
        seizure("D", 99.0),
    ]
    found = learned(*cases).figures(START, START + 30 * DAY)
    assert found["cases"] == 3
    assert found["commodity_groups"] == {"drugs": 2, "tobacco": 1}
    assert found["detection_methods"] == {"scanner": 2, "dog": 1}
    assert found["concealment"] == {"unknown": 2, "in_goods": 1}
    # as of day 99: A, B and D count; 1 + 2 ** (-99 / 180) + 2 ** (-89 / 180) + 1
    first, second = found["routes"]
    assert (first["hs_chapter"], first["cases"], first["odds_irregular"]) == (
        "08",
        2,
        pytest.approx(1 + 2 ** (-99 / 180) + 2 ** (-89 / 180) + 1, abs=1e-3),
    )
    assert (second["hs_chapter"], second["odds_critical"]) == ("24", 1.0)


def test_each_new_case_is_an_indicator_that_does_not_name_it() -> None:
    instrument = learned(seizure("SECRET-1", 0.0), seizure("SECRET-2", 1.0))
    notes = instrument.take()
    assert [(note.subject.of, note.n) for note in notes] == [("08/EC/EC/vessel", 1), ("08/EC/EC/vessel", 2)]
    assert not any("SECRET" in note.text for note in notes)


def test_own_outcomes_with_a_seizure_are_counted_by_group() -> None:
    instrument = learned(outcome("D-1", 1.0, result="irregular", seizure={"commodity_group": "tobacco"}), outcome("D-2", 1.0))
    assert instrument.figures()["own_outcomes"] == {"tobacco": 1}


def test_state_is_plain_data_and_goes_on_where_it_stood() -> None:
    whole = learned(*[seizure(f"C-{n}", float(n), hs_code=f"{n % 9 + 10}") for n in range(60)])
    first = learned(*[seizure(f"C-{n}", float(n), hs_code=f"{n % 9 + 10}") for n in range(30)])
    second = Seizures()
    second.restore(json.loads(json.dumps(first.state())))
    for n in range(30, 60):
        second.learn(seizure(f"C-{n}", float(n), hs_code=f"{n % 9 + 10}"))
    assert json.dumps(second.state()) == json.dumps(whole.state())
    assert second.figures() == whole.figures()


def test_cases_and_groups_are_bounded_and_what_goes_is_counted() -> None:
    instrument = Seizures(max_cases=20, max_groups=30)
    for n in range(90):
        instrument.learn(seizure(f"C-{n}", 0.0, hs_code=f"{n + 10}"))
    assert instrument.sizes()["seizures"] == (20, 70)
    assert instrument.sizes()["seizure_groups"][0] == 30


def test_an_own_seizure_counts_once_and_as_it_was_decided_last() -> None:
    tobacco = outcome("D-1", 1.0, result="irregular", seizure={"commodity_group": "tobacco"})
    drugs = outcome("D-1", 2.0, result="irregular", seizure={"commodity_group": "drugs"}, outcome_id="R-2")
    nothing = outcome("D-1", 3.0, outcome_id="R-3")
    assert learned(tobacco, tobacco).figures()["own_outcomes"] == {"tobacco": 1}
    for order in ((tobacco, drugs), (drugs, tobacco), (tobacco, drugs, tobacco)):
        assert learned(*order).figures()["own_outcomes"] == {"drugs": 1}
    assert learned(tobacco, nothing, tobacco).figures()["own_outcomes"] == {}


def test_a_cancelled_case_is_not_the_latest_of_its_route_any_more() -> None:
    risk = learned(
        seizure("C-1", 0.0, commodity_group="tobacco"), seizure("C-2", 5.0, commodity_group="drugs"), seizure("C-2", 5.0, cancelled=True)
    ).risk
    raised = risk.raised("08", "EC", "EC", "vessel", START + 10 * DAY)
    assert raised is not None
    assert (raised.cases, raised.commodity_group, raised.latest) == (1, "tobacco", START)
