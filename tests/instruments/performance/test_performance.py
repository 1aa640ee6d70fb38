"""The performance contracts' indicators, with figures worked out by hand."""

import json
from collections.abc import Iterable
from math import comb
from typing import Any

import pytest

from stream_app.instruments.base import Event
from stream_app.instruments.performance import Performance
from stream_app.instruments.performance.comparing import compared, told
from stream_app.instruments.performance.counts import Ratio
from tests.support.instruments import DAY, START, lodged, milestone, outcome


def learned(events: Iterable[Event], **settings: Any) -> Performance:
    instrument = Performance(**{"minimum_files": 1, "minimum_cases": 1, **settings})
    for event in events:
        instrument.learn(event)
    return instrument


def file(number: str, days_to_check: float | None, officer: str = "O-1", **fields: Any) -> list[Event]:
    """Registered on the first day at 10:00, checked at the same hour so many days later."""
    found: list[Event] = [lodged(number, 9.5), milestone(number, "T4", 10.0, officer_ref=officer, lane="yellow", **fields)]
    if days_to_check is not None:
        found.append(milestone(number, "T6", 10.0 + 24.0 * days_to_check, officer_ref=officer, **fields))
    return found


def test_shares_on_the_day_after_five_days_and_never_within_a_month() -> None:
    events = [event for n, days in enumerate([0.2, 0.3, 1.0, 4.9, 5.0, 12.0, 31.0, None]) for event in file(str(n), days)]
    events.append(milestone("later", "T4", 24.0 * 40))
    office = learned(events).figures(START, START + DAY)["offices"]["NL000510"]
    assert office["files"] == 8
    # 10:00 + 4.9 days is 7:36 on the fifth day after: by the calendar 5 days. Late: 4.9, 5, 12, 31 and the one never assessed.
    assert office["assessed_on_the_day"] == {"share": 0.25, "n": 8}
    assert office["assessed_after_5_days"] == {"share": 0.625, "n": 8}
    assert office["not_assessed_within_a_month"] == {"share": 0.25, "n": 8}


def test_a_file_that_is_too_young_to_tell_is_not_counted_as_late() -> None:
    office = learned([*file("A", 0.1), *file("B", None)]).figures()["offices"]["NL000510"]
    assert office["files"] == 2
    assert office["assessed_on_the_day"] == {"share": 1.0, "n": 1}
    assert office["not_assessed_within_a_month"] == {"share": 0.0, "n": 1}


def test_the_day_is_the_offices_own() -> None:
    events = [milestone("A", "T4", 22.0), milestone("A", "T6", 25.0)]
    assert learned(events).figures()["offices"]["NL000510"]["assessed_on_the_day"]["share"] == 0.0
    assert learned(events, utc_offset_hours=-5.0).figures()["offices"]["NL000510"]["assessed_on_the_day"]["share"] == 1.0


def test_rerouting_its_yield_and_what_it_brought() -> None:
    """Four yellow files; A and B become red, A is irregular (500 of duty); C is irregular without (100); D is lowered by 50."""
    events: list[Event] = [event for number in "ABCD" for event in file(number, 0.1)]
    events += [milestone(number, "T9", 13.0, lane="red") for number in "AB"]
    events += [
        outcome("A", 30.0, result="irregular", duty_difference=500.0, currency="EUR"),
        outcome("B", 30.0),
        outcome("C", 30.0, result="irregular", duty_difference=100.0),
        outcome("D", 30.0, duty_difference=-50.0),
    ]
    office = learned(events).figures()["offices"]["NL000510"]
    assert office["rerouted_yellow_to_red"] == {"share": 0.5, "n": 4}
    assert office["yield_of_rerouting"] == {"share": 0.5, "n": 2}
    assert office["offence_rate"] == {"share": 0.5, "n": 4}
    assert office["lowered_reassessments"] == {"share": 0.25, "n": 4}
    # 2,000 at 12 % is 240 of duty a declaration
    assert (office["duty_assessed"], office["duty_adjusted"], office["duty_adjusted_by_rerouting"]) == (960.0, 600.0, 500.0)
    assert office["adjusted_over_assessed"] == 0.625


def test_a_file_that_was_green_first_is_none_of_those_that_began_yellow() -> None:
    events: list[Event] = [event for number in "ABCD" for event in file(number, 0.1)]
    for number in (f"G{n}" for n in range(9)):
        events += [
            milestone(number, "T4", 1.0, lane="green"),
            milestone(number, "T9", 13.0, lane="yellow"),
            milestone(number, "T9", 14.0, lane="red"),
        ]
    office = learned(events).figures()["offices"]["NL000510"]
    assert office["rerouted_yellow_to_red"] == {"share": 0.0, "n": 4}


def test_amounts_are_in_accounting_currency() -> None:
    events = [lodged("A", 0.0, currency="USD", exchange_rate=0.5), outcome("A", 9.0, result="irregular", duty_difference=100.0, currency="USD")]
    office = learned(events).figures()["offices"]["NL000510"]
    assert (office["duty_assessed"], office["duty_adjusted"]) == (120.0, 50.0)


def test_cancellations_are_a_share_of_files_and_no_late_files() -> None:
    events = [event for number in "ABC" for event in file(number, 0.1)]
    events += [*file("D", None), milestone("D", "T6", 12.0, cancelled=True), milestone("later", "T4", 24.0 * 40)]
    office = learned(events).figures(START, START + DAY)["offices"]["NL000510"]
    assert office["cancellations"] == {"share": 0.25, "n": 4}
    assert office["assessed_on_the_day"] == {"share": 1.0, "n": 3}


def test_whoever_checked_has_assessed_it_not_who_accepted_it() -> None:
    events = [
        milestone("A", "T4", 10.0, officer_ref="O-gate"),
        milestone("A", "T6", 12.0, officer_ref="O-1"),
        milestone("A", "T11", 13.0, officer_ref="O-2"),
    ]
    assert [officer["officer"] for officer in learned(events).figures()["officers"]] == ["O-1"]


def office_of_officers(slow: str, each: int = 60) -> list[Event]:
    """Five officers; every fifth file of each waits a week, of the slow one all but every fifth."""
    found: list[Event] = []
    for officer in ("O-1", "O-2", "O-3", "O-4", "O-5"):
        for n in range(each):
            late = (n % 5 == 0) != (officer == slow)
            found += file(f"{officer}-{n}", 7.0 if late else 0.1, officer)
    return sorted(found, key=lambda event: getattr(event, "occurred_epoch", None) or event.lodged_epoch)


def test_an_unusual_officer_is_told_apart_within_the_office_and_the_others_are_alike() -> None:
    officers = {one["officer"]: one["assessed_on_the_day"] for one in learned(office_of_officers("O-3"), minimum_files=30).figures()["officers"]}
    assert {name: found["compared"] for name, found in officers.items()} == {
        "O-1": "like", "O-2": "like", "O-3": "below", "O-4": "like", "O-5": "like",
    }  # fmt: skip
    # 12 of 60, against 192 of 240; all 204 of 300: (12 + 20 * 0.68) / 80
    assert (officers["O-3"]["share"], officers["O-3"]["office_share"]) == (0.2, 0.8)
    assert officers["O-3"]["shrunken"] == pytest.approx(25.6 / 80)


def test_below_the_minimum_nothing_is_told_of_a_person() -> None:
    found = learned(office_of_officers("O-3", each=10), minimum_files=30).figures()
    assert found["officers"] == []
    assert found["offices"]["NL000510"]["files"] == 50


def test_a_share_of_few_cases_is_not_told_though_the_person_is() -> None:
    (officer,) = learned([event for n in range(40) for event in file(str(n), 0.1)], minimum_files=30, minimum_cases=10).figures()["officers"]
    assert officer["assessed_on_the_day"]["n"] == 40
    assert officer["offence_rate"] is None


def test_the_comparison_is_fishers_exact_test_divided_by_the_number_of_comparisons() -> None:
    """30 of 60 against 60 of 240, by the hypergeometric sum itself."""
    p = sum(comb(90, k) * comb(210, 60 - k) for k in range(30, 61)) / comb(300, 60)
    own, rest = Ratio(30, 60), Ratio(60, 240)
    assert compared(own, rest, int(0.025 / p) - 1) == "above"
    assert compared(own, rest, int(0.025 / p) + 2) == "like"
    assert compared(Ratio(0, 5), Ratio(0, 0), 1) == "like"


def test_a_few_hits_where_the_rest_has_none_are_no_difference_yet() -> None:
    """All three late files of 1,400 are by chance one officer's, who has 226, in one of 237 offices."""
    assert compared(Ratio(3, 226), Ratio(0, 1_174), 64) == "like"


def test_two_of_two_say_little() -> None:
    found = told(Ratio(2, 2), Ratio(12, 102), 1, 1)
    assert found is not None
    assert (found["share"], found["compared"]) == (1.0, "above")
    assert found["shrunken"] == pytest.approx((2 + 20 * 12 / 102) / 22, abs=1e-6)


def test_pairs_that_meet_more_often_than_chance_are_told() -> None:
    events: list[Event] = []
    for n in range(200):
        officer, declarant = f"O-{n % 4}", f"D-{n % 5}"
        if n % 10 == 0:
            officer, declarant = "O-1", "D-9"
        events += [lodged(str(n), 1.0, declarant_id=declarant), milestone(str(n), "T6", 12.0, officer_ref=officer)]
    (pair,) = learned(events).figures()["pairs"]
    assert (pair["officer"], pair["declarant"], pair["files"]) == ("O-1", "D-9", 20)
    # O-1 has its own 50 files and the 20, so 70 of 200 (none of its own is a tenth: those are even); D-9 has 20: 70 * 20 / 200
    assert pair["expected"] == 7.0


def test_a_person_is_told_of_in_a_weekly_indicator_only_where_something_differs() -> None:
    instrument = learned(office_of_officers("O-3"), minimum_files=30)
    instrument.learn(milestone("later", "T4", 24.0 * 15))
    notes = instrument.take()
    people = {(note.subject.by, note.subject.of, note.name) for note in notes if note.subject.by == "officer"}
    assert {of for _, of, _ in people} == {"NL000510/O-3"}
    assert {"assessed_on_the_day", "assessed_after_5_days"} <= {name for _, _, name in people}
    *_, told_of = [note for note in notes if note.subject.by == "officer" and note.name == "assessed_on_the_day"]
    assert "not a finding" in told_of.text
    assert told_of.before == 0.8


def test_state_is_plain_data_and_goes_on_where_it_stood() -> None:
    events = office_of_officers("O-2")
    whole, first, second = Performance(), Performance(), Performance()
    for event in events:
        whole.learn(event)
    for event in events[:300]:
        first.learn(event)
    second.restore(json.loads(json.dumps(first.state())))
    for event in events[300:]:
        second.learn(event)
    assert second.figures() == whole.figures()
    assert second.state() == whole.state()


def test_files_are_bounded_by_number_and_by_age() -> None:
    instrument = learned((milestone(str(n), "T4", 1.0) for n in range(300)), max_files=100)
    assert instrument.sizes()["performance_files"] == (100, 200)
    instrument.learn(milestone("much-later", "T4", 24.0 * 500))
    assert instrument.sizes()["performance_files"][0] == 1


def test_an_outcome_counts_once_however_often_it_comes_and_a_correction_in_its_place() -> None:
    wrong = outcome("A", 30.0, result="irregular", duty_difference=500.0)
    right = outcome("A", 40.0, outcome_id="R-2", duty_difference=0.0)
    office = learned([*file("A", 0.1), wrong, wrong]).figures()["offices"]["NL000510"]
    assert (office["duty_adjusted"], office["offence_rate"]) == (500.0, {"share": 1.0, "n": 1})
    for events in ([wrong, right], [right, wrong], [wrong, right, wrong]):
        office = learned([*file("A", 0.1), *events]).figures()["offices"]["NL000510"]
        assert (office["duty_adjusted"], office["offence_rate"]) == (0.0, {"share": 0.0, "n": 1})


def test_duty_that_was_found_before_its_declaration_came_is_converted_all_the_same() -> None:
    events = [outcome("A", 9.0, result="irregular", duty_difference=100.0), lodged("A", 0.0, currency="USD", exchange_rate=0.5)]
    assert learned(events).figures()["offices"]["NL000510"]["duty_adjusted"] == 50.0


def test_pairs_are_held_against_the_files_that_name_both() -> None:
    """Half of each officer's files name no declarant: those say nothing of whom an officer meets."""
    events: list[Event] = []
    for n in range(200):
        officer = f"O-{n % 4}"
        events += [lodged(str(n), 1.0, declarant_id=f"D-{n // 4 % 5}"), milestone(str(n), "T6", 12.0, officer_ref=officer)]
        events.append(milestone(f"unnamed-{n}", "T6", 12.0, officer_ref=officer))
    assert learned(events).figures()["pairs"] == []
    for n in range(12):
        events += [lodged(f"more-{n}", 1.0, declarant_id="D-9"), milestone(f"more-{n}", "T6", 12.0, officer_ref="O-1")]
    (pair,) = learned(events).figures()["pairs"]
    assert (pair["officer"], pair["declarant"], pair["expected"]) == ("O-1", "D-9", pytest.approx(62 * 12 / 212, abs=1e-3))
