"""Forecasts by day, against series whose answer is known."""

import random
from itertools import permutations
from math import sin

import orjson

from stream_app.instruments.forecasts import Forecasts
from stream_app.instruments.forecasts.planning import Yield, capacities
from stream_app.instruments.forecasts.series import Series
from tests.support.goods import item_document
from tests.support.instruments import lodged, milestone, outcome

WEEK = (120, 124, 122, 118, 110, 60, 46)


def noisy(days: int, seed: int) -> list[float]:
    """A weekly pattern with a slow swing and noise of about a tenth."""
    draw = random.Random(seed)
    return [WEEK[day % 7] * (1 + 0.1 * sin(day / 60)) * draw.lognormvariate(0, 0.1) for day in range(days)]


def learned(values: list[float]) -> Series:
    series = Series(0.9)
    for value in values:
        series.learn(value)
    return series


def test_a_week_that_repeats_is_forecast_to_the_letter() -> None:
    told = learned([float(WEEK[day % 7]) for day in range(70)]).forecast(14)
    assert [round(one.value) for one in told] == [WEEK[day % 7] for day in range(14)]


def test_forecasts_beat_seasonal_naive_and_their_intervals_hold_what_they_promise() -> None:
    qualities = [learned(noisy(250, seed)).quality() for seed in range(6)]
    assert all(quality["mase"] < 1.0 and quality["relative_mae"] < 1.0 for quality in qualities)
    hits = sum(quality["coverage"] * quality["intervals"] for quality in qualities)
    assert 0.85 < hits / sum(quality["intervals"] for quality in qualities) < 0.95


def test_intervals_hold_what_they_promise_in_a_series_of_six_weeks() -> None:
    qualities = [learned(noisy(40, seed)).quality() for seed in range(20, 40)]
    intervals = sum(quality["intervals"] for quality in qualities)
    assert intervals > 20 * 40
    assert 0.85 < sum(quality["coverage"] * quality["intervals"] for quality in qualities) / intervals < 0.95


def test_a_season_ahead_is_forecast_tested_and_held_by_its_intervals() -> None:
    """90 days: what was issued on day 160 against the days that came."""
    values = noisy(250, 3)
    series = learned(values[:160])
    told = series.forecast(90)
    naive = [values[153 + day % 7] for day in range(90)]
    assert sum(one.lower <= value <= one.upper for one, value in zip(told, values[160:], strict=True)) >= 77
    assert sum(abs(one.value - value) for one, value in zip(told, values[160:], strict=True)) < sum(
        abs(guess - value) for guess, value in zip(naive, values[160:], strict=True)
    )
    before = series.tested
    series.learn(values[160])
    # Of one day more, every horizon was tested: 1 to 7, 14, 21, 28, 60 and 90 days before it.
    assert series.tested - before == 12


def test_mase_of_seasonal_naive_is_the_definition_by_hand() -> None:
    values = [float(WEEK[day % 7] + day) for day in range(60)]  # a week later is always 7 more
    quality = learned(values).quality()
    # Every horizon up to 7 is off by 7, up to 14 by 14, 21 by 21, 28 by 28: over the in-sample 7, 1, 2, 3 and 4; from origins 21 to 59.
    tests = {horizon: 60 - 21 - horizon + 1 for horizon in (1, 2, 3, 4, 5, 6, 7, 14, 21, 28)}
    expected = sum(n * (1 if horizon <= 7 else horizon // 7) for horizon, n in tests.items()) / sum(tests.values())
    assert abs(quality["mase_seasonal_naive"] - expected) < 1e-3
    assert quality["tested"] == sum(tests.values())


def test_intervals_are_issued_before_the_day_that_they_are_of() -> None:
    series = learned(noisy(100, 1))
    tomorrow = series.forecast(1)[0]
    assert series.learn(10_000.0) == tomorrow


def test_nothing_is_forecast_from_less_than_three_weeks() -> None:
    assert learned(noisy(20, 1)).forecast(7) == []


def test_a_forecast_never_runs_away() -> None:
    values = [2.0**day for day in range(25)]  # a slope that no trade keeps up
    told = learned(values).forecast(90)
    assert max(one.value for one in told) <= 1.6 * max(values)


def test_volume_and_revenue_are_counted_by_office_and_chapter() -> None:
    forecasts = Forecasts()
    for day in range(4):
        items = [item_document(1, duty_amount=100.0), item_document(2, hs_code="850440", duty_amount=50.0)]
        forecasts.learn(lodged(f"A-{day}", 24.0 * day + 1, items, exchange_rate=2.0))
        forecasts.learn(lodged(f"A-{day}", 24.0 * day + 2, items, version=2))  # an amendment is no other declaration
    lines = {(line["measure"], line["by"], line["of"]): [one["value"] for one in line["past"]] for line in forecasts.figures()["series"]}
    # The first day is not whole, the fourth is not over.
    assert lines["volume", "office", "NL000510"] == [1.0, 1.0]
    assert lines["revenue", "all", "all"] == [300.0, 300.0]
    assert lines["revenue", "chapter", "85"] == [100.0, 100.0]
    assert lines["volume", "chapter", "61"] == [1.0, 1.0]


def test_a_day_without_records_is_a_day_of_nothing_and_what_is_late_is_counted() -> None:
    forecasts = Forecasts()
    for hours in (1.0, 25.0, 73.0, 97.0, 30.0):
        forecasts.learn(lodged(f"A-{hours}", hours))
    figures = forecasts.figures()
    assert [one["value"] for one in figures["series"][-1]["past"]] == [1.0, 0.0, 1.0]
    assert figures["counts"] == {"late": 1}


def test_an_actual_outside_its_interval_is_told() -> None:
    forecasts = Forecasts()
    number = 0
    for day in range(60):
        for _ in range(200 if day == 58 else 20 + day % 3):
            number += 1
            forecasts.learn(lodged(f"A-{number}", 24.0 * day + 1))
        told = [note for note in forecasts.take() if note.subject.by == "office" and note.name == "volume_outside_forecast"]
    assert [(note.value, note.subject.of) for note in told] == [(200.0, "NL000510")]
    interval = told[0].interval
    assert interval is not None and interval.lower <= 21.0 <= interval.upper < 200.0


def test_lanes_are_counted_once_a_declaration() -> None:
    forecasts = Forecasts()
    for day in range(4):
        forecasts.learn(lodged(f"A-{day}", 24.0 * day + 1))
        forecasts.learn(milestone(f"A-{day}", "T4", 24.0 * day + 2, lane="yellow"))
        forecasts.learn(milestone(f"A-{day}", "T6", 24.0 * day + 3, lane="red"))
    lines = {line["of"]: [one["value"] for one in line["past"]] for line in forecasts.figures()["series"] if line["by"] == "lane"}
    assert lines == {"yellow": [1.0, 1.0]}


def test_revenue_at_risk_is_what_random_controls_found_owing_a_control() -> None:
    random_controls, targeted = Yield(), Yield()
    for duty in (0.0, 0.0, 0.0, 40.0):
        random_controls.add(duty)
    for duty in (0.0, 100.0):
        targeted.add(duty)
    line = next(line for line in capacities(1_000.0, random_controls, targeted) if line["share"] == 0.1)
    # 10 a declaration: 10,000 at risk; 100 controls find 1,000 at random, 5,000 as targeted now
    assert (line["controls"], line["found_at_random"], line["found_targeted"], line["left_at_risk"]) == (100.0, 1_000.0, 5_000.0, 5_000.0)
    forecasts = Forecasts()
    forecasts.learn(outcome("A", 1.0, selection_reason="random", result="irregular", duty_difference=40.0))
    assert forecasts.figures()["revenue_at_risk"]["a_random_control"]["mean"] == 40.0


def test_state_goes_through_json_and_gives_the_same_figures() -> None:
    forecasts = Forecasts()
    for day in range(40):
        for n in range(5 + day % 7):
            forecasts.learn(lodged(f"A-{day}-{n}", 24.0 * day + 1))
    again = Forecasts()
    again.restore(orjson.loads(orjson.dumps(forecasts.state())))
    assert again.figures() == forecasts.figures()


def test_series_are_bounded() -> None:
    forecasts = Forecasts(max_series=6)
    for day in range(3):
        for n in range(10):
            forecasts.learn(lodged(f"A-{day}-{n}", 24.0 * day + 1, office=f"NL{n}"))
    assert forecasts.sizes()["forecast_series"][0] == 6


def test_a_controlled_declaration_is_one_draw_whatever_is_told_of_it_and_when() -> None:
    wrong = outcome("A", 1.0, selection_reason="random", result="irregular", duty_difference=40.0)
    right = outcome("A", 9.0, selection_reason="random", result="irregular", duty_difference=10.0, outcome_id="R-2")
    other = outcome("B", 2.0, selection_reason="random")
    dollars = lodged("A", 0.0, currency="USD", exchange_rate=0.5)
    for events in permutations([wrong, wrong, right, other, dollars]):
        forecasts = Forecasts()
        for event in events:
            forecasts.learn(event)
        told = forecasts.figures()["revenue_at_risk"]["a_random_control"]
        assert (told["n"], told["mean"]) == (2, 2.5)  # 10 dollars, and nothing
        again = Forecasts()
        again.restore(orjson.loads(orjson.dumps(forecasts.state())))
        assert again.figures() == forecasts.figures()


def test_where_there_is_no_room_what_has_trade_stays_and_all_of_it_first() -> None:
    forecasts = Forecasts(max_series=5)
    for day in range(40):
        offices = ["NL1"] if day < 5 else ["NL1", "NL2", "NL3"]
        for office in offices:
            forecasts.learn(lodged(f"{day}-{office}", 24.0 * day + 1, [item_document(hs_code=f"{10 + day:02}0000")], office=office))
    held = {(line["measure"], line["by"], line["of"]): line for line in forecasts.figures()["series"]}
    assert {("volume", "all", "all"), ("revenue", "all", "all"), ("volume", "office", "NL1")} <= held.keys()
    assert len(held["volume", "all", "all"]["past"]) == 38  # the first day is never whole, the last is not over
    assert forecasts.figures()["counts"]["turned_away"] > 0


def test_a_series_that_has_ended_makes_room() -> None:
    forecasts = Forecasts(max_series=6)
    for day in range(60):
        office = "NL1" if day < 20 else "NL2"
        forecasts.learn(lodged(f"{day}", 24.0 * day + 1, office=office))
    # of each: all, office, chapter
    held = {(line["measure"], line["by"], line["of"]) for line in forecasts.figures()["series"]}
    assert ("volume", "office", "NL2") in held
    assert ("volume", "office", "NL1") not in held
    assert forecasts.sizes()["forecast_series"] == (6, 2)
