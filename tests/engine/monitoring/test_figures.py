"""What is counted of controls: once each, at the item that was selected, apart for what is new."""

import pytest

from stream_app.contracts.assessment import Selection
from stream_app.engine.monitoring.figures import favour
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.settings.watching import Feedback
from stream_app.learning.intervals import wilson
from tests.engine.monitoring.support import BY_ANOMALY, DRAWN, RELEASED, Desk

RANDOM = ("hit_rate", "sample", "random", "all")
ANOMALY = ("precision", "head", "anomaly", "all")


def test_the_random_samples_hit_rate_counts_what_was_drawn_whoever_drew_it() -> None:
    desk = Desk()
    for number in range(20):
        desk.scored(f"D{number}", DRAWN if number < 10 else RELEASED)
        desk.outcome(f"D{number}", irregular=number % 5 == 0, reason="unknown" if number < 10 else "random")
    for number in range(20, 30):
        desk.scored(f"D{number}", RELEASED)
        desk.outcome(f"D{number}", irregular=True)
    found = desk.told()[RANDOM]
    expected = wilson(4 / 20, 20)
    assert (found.value, found.n, found.unit) == (0.2, 20.0, "share of controls")
    assert found.interval is not None
    assert (found.interval.lower, found.interval.upper) == pytest.approx((expected.lower, expected.upper), abs=1e-6)


def test_precision_is_told_by_head_reason_office_and_detector_and_only_of_what_was_selected() -> None:
    desk = Desk()
    for number in range(8):
        desk.scored(f"D{number}", BY_ANOMALY, lane="red", office="NL000510" if number < 6 else "NL000396")
        desk.outcome(f"D{number}", irregular=number < 3)
    desk.scored("OTHER", RELEASED)
    desk.outcome("OTHER", irregular=True)
    found = desk.told()
    assert found[ANOMALY].value == found["precision", "detector", "unit_value", "all"].value == pytest.approx(3 / 8)
    assert found["precision", "office", "NL000510", "all"].value == 0.5
    assert found["precision", "office", "NL000396", "all"].n == 2.0
    assert found["hits_by_lane", "lane", "red", "all"].n == 8.0
    assert found["hits_by_lane", "lane", "green", "all"].value == 1.0, "what the service released and somebody found"


def test_a_control_of_a_whole_declaration_counts_once_at_the_selected_item() -> None:
    desk = Desk()
    desk.scored("D1", RELEASED, DRAWN, RELEASED)
    assert desk.outcome("D1", irregular=True, item=None)
    assert not desk.outcome("D1", irregular=True, item=2)
    assert not desk.outcome("D1", irregular=False, item=None)
    found = desk.told()
    assert (found[RANDOM].n, found[RANDOM].value) == (1.0, 1.0)


def test_controls_of_single_items_count_each_and_their_first_outcome_only() -> None:
    desk = Desk()
    desk.scored("D1", BY_ANOMALY, BY_ANOMALY)
    assert desk.outcome("D1", irregular=True, item=1)
    assert desk.outcome("D1", irregular=False, item=2)
    assert not desk.outcome("D1", irregular=False, item=1)
    assert not desk.outcome("D1", irregular=False, item=9)
    assert not desk.outcome("UNKNOWN", irregular=False)
    assert desk.told()[ANOMALY].value == 0.5


def test_an_amendment_keeps_what_was_counted_and_is_no_new_item() -> None:
    desk = Desk()
    desk.scored("D1", BY_ANOMALY)
    assert desk.outcome("D1", irregular=True)
    desk.scored("D1", BY_ANOMALY, BY_ANOMALY, amended=True, day=2)
    assert not desk.outcome("D1", irregular=True, day=3)
    assert desk.outcome("D1", irregular=False, item=2, day=3)
    assert desk.told()[ANOMALY].n == 2.0
    assert desk.monitor.figures.design.scored_certain == pytest.approx(1.0, abs=0.1)


def test_a_control_of_what_a_first_version_selected_is_no_control_of_its_amendment() -> None:
    desk = Desk()
    desk.scored("D1", BY_ANOMALY, lane="red")
    desk.scored("D1", RELEASED, lane="green", amended=True, day=1)
    assert desk.outcome("D1", irregular=True, day=2)
    told = desk.told()
    assert (told[ANOMALY].value, told[ANOMALY].n) == (1.0, 1.0)
    assert {key[2] for key in told if key[0] == "hits_by_lane"} == {"red"}
    certain, chance = desk.monitor.figures.design.certain.rate(), desk.monitor.figures.design.chance.rate()
    assert certain is not None
    assert (certain.n, chance) == (1.0, None)


def test_what_was_drawn_stays_in_the_sample_whatever_selects_its_amendment() -> None:
    desk = Desk()
    desk.scored("D1", DRAWN, RELEASED, leader=1)
    desk.scored("D1", RELEASED, BY_ANOMALY, leader=2, amended=True, day=1)
    desk.outcome("D1", irregular=True, item=None, day=2)
    told = desk.told()
    assert told["hit_rate", "sample", "random", "all"].n == 1.0
    assert told["precision", "reason", "random", "all"].n == 1.0
    assert ANOMALY not in told


def test_what_only_an_amendment_selected_is_told_by_its_reason_and_is_in_no_sample() -> None:
    desk = Desk()
    desk.scored("D1", RELEASED)
    desk.scored("D1", DRAWN, BY_ANOMALY, amended=True, day=1)
    desk.outcome("D1", irregular=True, item=1, day=2)
    desk.outcome("D1", irregular=True, item=2, day=2)
    told = desk.told()
    assert told["precision", "reason", "random", "all"].n == told[ANOMALY].n == 1.0
    assert not {"hit_rate", "irregular_share"} & {name for name, *_ in told}


def test_never_seen_patterns_and_new_traders_are_told_apart_once_the_partition_is_old_enough_to_know() -> None:
    desk = Desk(Pipeline(feedback=Feedback(new_trader_days=10, half_life_days=36_500)))
    desk.scored("EARLY", BY_ANOMALY)
    desk.scored("SAME", BY_ANOMALY, day=20)
    desk.scored("MASS", BY_ANOMALY, day=20, item={"net_mass_kg": 9_000.0})
    desk.scored("AGAIN", BY_ANOMALY, day=20, item={"net_mass_kg": 9_100.0})
    desk.scored("TRADER", BY_ANOMALY, day=20, importer_id="T-9")
    desk.scored("STILL", BY_ANOMALY, day=29, importer_id="T-9")
    desk.scored("OLD", BY_ANOMALY, day=31, importer_id="T-9")
    for name in ("EARLY", "SAME", "MASS", "AGAIN", "TRADER", "STILL", "OLD"):
        desk.outcome(name, irregular=name in ("MASS", "TRADER"), day=32)
    found = desk.told()
    assert found["precision", "head", "anomaly", "all"].n == 7.0
    assert (found["precision", "head", "anomaly", "never_seen"].n, found["precision", "head", "anomaly", "never_seen"].value) == (1.0, 1.0)
    assert (found["precision", "head", "anomaly", "new_trader"].n, found["precision", "head", "anomaly", "new_trader"].value) == (2.0, 0.5)


def test_the_share_irregular_of_all_goods_is_estimated_from_what_the_policy_selected() -> None:
    """20 by score, all found; 2,000 others with 1 in 10 drawn, of which a tenth are found: (20 + 2,000 x 0.1) / 2,020."""
    desk = Desk()
    for number in range(20):
        desk.scored(f"S{number}", BY_ANOMALY)
        desk.outcome(f"S{number}", irregular=True)
    for number in range(2_000):
        desk.scored(f"R{number}", DRAWN if number % 10 == 0 else RELEASED)
        if number % 10 in (0, 3):
            desk.outcome(f"R{number}", irregular=number % 100 == 0 or number % 10 == 3)
    found = desk.told()["irregular_share", "sample", "all_items", "all"]
    assert found.value == pytest.approx(220 / 2_020, abs=0.001)
    assert found.n == pytest.approx(220, abs=1)


def test_figures_are_told_once_a_period_and_only_those_that_changed() -> None:
    desk = Desk()
    desk.scored("D1", BY_ANOMALY, day=0.1)
    desk.outcome("D1", irregular=True, day=0.5)
    first = desk.told(1.2)[ANOMALY]
    assert (first.at, first.window["to"]) == ("2026-03-03T00:00:00Z", "2026-03-03T00:00:00Z")
    assert ANOMALY not in desk.told(1.6)
    assert ANOMALY not in desk.told(2.5)
    desk.scored("D2", BY_ANOMALY, day=2.6)
    desk.outcome("D2", irregular=False, day=2.7)
    second = desk.told(3.1)[ANOMALY]
    assert second.at == "2026-03-05T00:00:00Z"
    assert second.value == pytest.approx(0.5, abs=1e-4)
    assert second.indicator_id != first.indicator_id
    assert second.series == first.series


def test_old_controls_fade() -> None:
    desk = Desk(Pipeline(feedback=Feedback(half_life_days=30)))
    desk.scored("OLD", BY_ANOMALY)
    desk.outcome("OLD", irregular=True, day=1)
    desk.scored("NEW", BY_ANOMALY, day=89)
    desk.outcome("NEW", irregular=False, day=91)
    assert desk.told()[ANOMALY].value == pytest.approx(0.125 / 1.125, abs=1e-6)


def test_a_head_that_is_right_more_often_is_favoured_as_far_as_its_controls_go() -> None:
    """100 controls of each head, half and a quarter of them right: (50 + 50 x 3/8) / 150 and (25 + 50 x 3/8) / 150, over 3/8."""
    desk = Desk()
    for number in range(200):
        head = "anomaly" if number < 100 else "non_compliance"
        desk.scored(f"D{number}", Selection(f"score:{head}", 1.0, False, None, None))
        desk.outcome(f"D{number}", irregular=number % 4 < (2 if number < 100 else 1))
    desk.scored("RARE", Selection("score:critical", 1.0, False, None, None))
    desk.outcome("RARE", irregular=False)
    found = favour(desk.monitor.figures.tallies)
    assert found == pytest.approx({"anomaly": 11 / 9, "non_compliance": 7 / 9})


def test_before_anything_was_found_no_head_is_favoured() -> None:
    desk = Desk()
    assert favour(desk.monitor.figures.tallies) == {}
    desk.scored("D1", BY_ANOMALY)
    desk.outcome("D1", irregular=False)
    assert favour(desk.monitor.figures.tallies) == {}


@pytest.mark.parametrize("moves", [True, False])
def test_favours_are_handed_over_once_after_a_period_unless_switched_off(moves: bool) -> None:
    desk = Desk(Pipeline(feedback=Feedback(moves_thresholds=moves)))
    desk.scored("D1", BY_ANOMALY)
    desk.outcome("D1", irregular=True, day=0.5)
    assert desk.monitor.take_favour() == {}
    desk.told(1.5)
    assert desk.monitor.take_favour().keys() == ({"anomaly"} if moves else set())
    assert desk.monitor.take_favour() == {}
