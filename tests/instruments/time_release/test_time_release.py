"""The Time Release Study, with times worked out by hand."""

import json
from typing import Any

import numpy as np
import pytest

from stream_app.instruments.time_release import TimeRelease
from stream_app.instruments.time_release.study import as_csv
from tests.support.goods import declared
from tests.support.instruments import DAY, START, journey, milestone

FULL = {"T0": 0.0, "T1": 4.0, "T2": 6.0, "T3": 10.0, "T4": 11.0, "T5": 15.0, "T6": 18.0, "T11": 20.0, "T12": 30.0}


def learned(*journeys: Any, **settings: Any) -> TimeRelease:
    instrument = TimeRelease(**settings)
    for event in sorted((event for one in journeys for event in one), key=lambda event: event.occurred_epoch):
        instrument.learn(event)
    return instrument


def by_name(entries: list[dict[str, Any]], key: str) -> dict[str, dict[str, Any]]:
    return {entry[key]: entry for entry in entries}


def test_one_consignment_gives_its_segments_its_total_and_whose_time_it_was() -> None:
    found = learned(journey("A", FULL)).figures()
    assert (found["total"]["n"], found["total"]["median_hours"], found["total"]["mean_hours"]) == (1, pytest.approx(20, rel=0.005), 20.0)
    hours = {name: entry["mean_hours"] for name, entry in by_name(found["segments"], "segment").items()}
    assert hours == {"T0-T1": 4, "T1-T2": 2, "T2-T3": 4, "T3-T4": 1, "T4-T5": 4, "T5-T6": 3, "T6-T11": 2, "T11-T12": 10}
    # carrier 4, operator 2, trader 4 + 4, customs 1 + 3 + 2; gate-out is after release, and nobody's part of it
    actors = {name: entry["mean_hours"] for name, entry in by_name(found["actors"], "actor").items()}
    assert actors == {"carrier": 4, "operator": 2, "trader": 8, "customs": 6}


def test_mean_spread_and_share_within_target_of_four_releases() -> None:
    found = learned(*[journey(str(n), {"T0": 0.0, "T11": hours}) for n, hours in enumerate([10, 20, 40, 90])]).figures()["total"]
    # mean 160/4; squares 900 + 400 + 0 + 2500 = 3800, over 3; median between 20 and 40; p90 at rank 2.7: 40 + 0.7 * 50
    assert found["mean_hours"] == 40.0
    assert found["sd_hours"] == pytest.approx((3_800 / 3) ** 0.5, abs=1e-4)
    assert found["median_hours"] == pytest.approx(30.0, rel=0.005)
    assert found["p90_hours"] == pytest.approx(75.0, rel=0.005)
    assert (found["target_hours"], found["within_target"]) == (48.0, 0.75)


def test_lodging_before_arrival_counts_as_no_time_and_is_counted() -> None:
    found = learned(journey("early", {"T3": -30.0, "T4": -29.0, "T0": 0.0, "T11": 5.0})).figures()
    segments = by_name(found["segments"], "segment")
    assert (segments["T0-T3"]["mean_hours"], segments["T0-T3"]["clamped"]) == (0.0, 1)
    assert (segments["T3-T4"]["mean_hours"], segments["T3-T4"]["clamped"]) == (1.0, 0)
    assert found["total"]["mean_hours"] == 5.0
    assert list(found["by"]["pre_arrival"]) == ["yes"]


def test_release_before_arrival_is_a_total_of_nothing() -> None:
    total = learned(journey("early", {"T3": -30.0, "T11": -2.0, "T0": 0.0})).figures()["total"]
    assert (total["n"], total["mean_hours"], total["clamped"]) == (1, 0.0, 1)


def test_the_waterfall_adds_up_to_the_mean_total_even_where_duties_are_paid_after_release() -> None:
    late_payment = journey("B", {"T0": 0.0, "T3": 8.0, "T5": 700.0, "T11": 12.0})
    found = learned(journey("A", FULL), late_payment).figures()
    assert sum(step["mean_hours"] for step in found["waterfall"]) == pytest.approx(found["total"]["mean_hours"]) == pytest.approx(16.0)
    assert by_name(found["segments"], "segment")["T3-T5"]["mean_hours"] == 692.0


def test_offices_lanes_modes_and_classes_are_told_apart() -> None:
    red = journey("A", {"T0": 0.0, "T11": 50.0}, lane="red", office="NL1", transport_mode="1", trader_class="AEO")
    green = journey("B", {"T0": 0.0, "T11": 5.0}, lane="green", office="NL2", transport_mode="4")
    by = learned(red, green).figures()["by"]
    totals = {dimension: {value: group["total"]["mean_hours"] for value, group in values.items()} for dimension, values in by.items()}
    assert totals == {"office": {"NL1": 50, "NL2": 5}, "lane": {"red": 50, "green": 5}, "mode": {"1": 50, "4": 5}, "trader_class": {"AEO": 50}}


def test_mode_comes_from_the_declaration_where_no_milestone_says_it() -> None:
    instrument = learned(journey("D-1", {"T0": 0.0, "T3": 1.0}))
    instrument.learn(declared("D-1", transport_mode="7"))
    instrument.learn(milestone("D-1", "T11", 9.0))
    assert list(instrument.figures()["by"]["mode"]) == ["7"]


def test_a_correction_replaces_the_step_and_a_repetition_changes_nothing() -> None:
    instrument = learned(journey("A", FULL))
    before = instrument.figures()["total"]
    instrument.learn(milestone("A", "T0", 0.0))
    assert instrument.figures()["total"] == before
    instrument.learn(milestone("A", "T0", 8.0))
    assert instrument.figures()["total"]["mean_hours"] == 12.0
    assert (instrument.counts["repeated"], instrument.counts["told_again"]) == (1, 2)


def test_a_cancelled_declaration_is_no_release() -> None:
    instrument = learned(journey("A", FULL))
    instrument.learn(milestone("A", "T12", 40.0, cancelled=True))
    found = instrument.figures()
    assert (found["total"]["n"], found["counts"]["cancelled"], found["counts"]["released"]) == (0, 1, 0)


def test_steps_in_any_order_give_the_same_study() -> None:
    events = journey("A", FULL)
    forward, backward = TimeRelease(), TimeRelease()
    for event in events:
        forward.learn(event)
    for event in reversed(events):
        backward.learn(event)
    assert forward.figures() == backward.figures()


def test_a_window_takes_whole_days_of_release() -> None:
    days = [journey(str(day), {"T0": 24.0 * day, "T11": 24.0 * day + 2 + day}) for day in range(6)]
    found = learned(*days).figures(START + 2 * DAY, START + 4 * DAY)
    assert (found["total"]["n"], found["total"]["mean_hours"]) == (2, 4.5)
    assert found["window"] == {"from": "2026-03-03T00:00:00Z", "to": "2026-03-05T00:00:00Z"}
    assert learned(*days).figures(START + 90 * DAY)["total"]["n"] == 0


def test_quantiles_of_ten_thousand_releases_are_within_a_percent_of_the_exact_ones() -> None:
    random = np.random.default_rng(5)
    hours = np.where(random.random(10_000) < 0.4, random.lognormal(1.0, 0.8, 10_000), random.lognormal(4.0, 0.5, 10_000))
    arrivals = random.random(10_000) * 480.0
    exact = (np.round((arrivals + hours) * 3_600) - np.round(arrivals * 3_600)) / 3_600
    instrument = TimeRelease()
    for number, (arrived, took) in enumerate(zip(np.round(arrivals * 3_600) / 3_600, exact, strict=True)):
        instrument.learn(milestone(str(number), "T0", float(arrived)))
        instrument.learn(milestone(str(number), "T11", float(arrived + took)))
    total = instrument.figures()["total"]
    assert total["n"] == 10_000
    assert total["median_hours"] == pytest.approx(np.median(exact), rel=0.01)
    assert total["p90_hours"] == pytest.approx(np.quantile(exact, 0.9), rel=0.01)
    assert total["mean_hours"] == pytest.approx(exact.mean(), rel=1e-3)


def test_a_segment_that_becomes_three_times_as_slow_is_told_once_and_the_others_are_not() -> None:
    random, instrument = np.random.default_rng(9), TimeRelease()
    notes = []
    for day in range(60):
        for number in range(12):
            began = 24.0 * day + number
            checked = began + random.lognormal(1.0, 0.3) * (3.0 if day >= 40 else 1.0)
            for event in journey(f"{day}-{number}", {"T3": began, "T6": checked, "T11": checked + random.lognormal(0.5, 0.3), "T12": checked + 20}):
                instrument.learn(event)
        notes += instrument.take()
    assert [note.subject.of for note in notes] == ["NL000510/T3-T6"]
    (note,) = notes
    assert note.value / note.before == pytest.approx(3.0, rel=0.25)
    assert START + 33 * DAY <= note.begin <= START + 44 * DAY
    assert "document check" in note.text


def test_state_is_plain_data_and_goes_on_where_it_stood() -> None:
    events = [event for n in range(40) for event in journey(str(n), {step: at + 24.0 * n for step, at in FULL.items()}, lane="red")]
    whole, first = TimeRelease(), TimeRelease()
    for event in events:
        whole.learn(event)
    for event in events[:170]:
        first.learn(event)
    second = TimeRelease()
    second.restore(json.loads(json.dumps(first.state())))
    for event in events[170:]:
        second.learn(event)
    assert second.figures() == whole.figures()
    assert second.state() == whole.state()


def test_what_is_held_is_bounded_and_what_goes_is_counted() -> None:
    instrument = TimeRelease(keep_days=1_000, max_journeys=50, max_groups=200)
    for number in range(500):
        for event in journey(str(number), {"T0": 24.0 * number, "T11": 24.0 * number + 3}, office=f"O{number % 150}"):
            instrument.learn(event)
    sizes = instrument.sizes()
    assert sizes["journeys"][0] <= 50
    assert sizes["journeys"][1] > 400
    assert sizes["release_times"][0] <= 230
    assert sizes["release_times"][1] > 0


def test_the_study_as_csv_has_a_line_a_group_and_segment() -> None:
    lines = as_csv(learned(journey("A", FULL, lane="red")).figures()).split("\r\n")
    assert lines[0] == "by,of,what,n,median_hours,mean_hours,sd_hours,p90_hours,clamped,target_hours,within_target"
    # 8 segments, 4 actors and a total, of all, the office, the lane and filing after arrival
    assert len(lines) - 2 == 13 * 4
    assert any(line.startswith("lane,red,T5-T6,1,") for line in lines)


def test_a_look_at_the_figures_changes_nothing() -> None:
    """Not even that of a release whose office is new, and which still waits to be counted."""
    instrument = TimeRelease()
    for event in journey("D-1", {"T0": 0.0, "T4": 1.0, "T11": 5.0}, office="NL000777"):
        instrument.learn(event)
    before = instrument.state()
    assert instrument.figures()["by"]["office"].keys() == {"NL000777"}
    assert instrument.state() == before
