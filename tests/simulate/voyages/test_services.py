import numpy as np

from stream_app.simulate.voyages.services import LEGS, TRANSIT_S, VESSELS, WEEK_S, Schedule, vessel

EVERY_LEG = np.arange(len(LEGS))
NOON = 1_770_000_000


def second_check(imo: str) -> bool:
    """As the IMO writes it: 9074729 is right, since 9x7 + 0x6 + 7x5 + 4x4 + 7x3 + 2x2 = 139."""
    return str(sum(int(digit) * weight for digit, weight in zip(imo, (7, 6, 5, 4, 3, 2), strict=False)))[-1] == imo[6]


def test_ships_bear_imo_numbers_of_their_own_with_the_right_check_digit() -> None:
    assert second_check("9074729")
    assert all(len(imo) == 7 and second_check(imo) for imo in VESSELS)
    assert len(set(VESSELS)) == len(VESSELS)


def test_every_leg_is_served_in_both_directions() -> None:
    assert {(end, start) for start, end in LEGS} == set(LEGS)


def test_the_last_ship_before_a_time_has_arrived_by_then_and_the_next_has_not() -> None:
    schedule, limit = Schedule(5), np.full(len(LEGS), NOON)
    calls = schedule.last_before(EVERY_LEG, limit)
    assert (calls.arrival <= limit).all()
    assert (schedule.sailing(EVERY_LEG, calls.week + 1).arrival > limit).all()


def test_the_first_ship_after_a_time_leaves_then_and_the_one_before_had_left() -> None:
    schedule, limit = Schedule(5), np.full(len(LEGS), NOON)
    calls = schedule.first_after(EVERY_LEG, limit)
    assert (calls.departure >= limit).all()
    assert (schedule.sailing(EVERY_LEG, calls.week - 1).departure < limit).all()


def test_ships_are_late_by_hours_never_early_and_differently_in_another_world() -> None:
    weeks = np.arange(2_900, 2_900 + 200)
    leg = np.zeros_like(weeks)
    gaps = np.diff(Schedule(1).sailing(leg, weeks).departure) - WEEK_S
    assert np.abs(gaps).max() <= 60 * 3600
    assert 2 * 3600 < gaps.std() < 24 * 3600
    assert (Schedule(1).sailing(leg, weeks).departure != Schedule(2).sailing(leg, weeks).departure).all()


def test_a_ship_is_back_before_its_next_turn() -> None:
    weeks = np.arange(2_900, 2_960)
    for leg in range(len(LEGS)):
        calls = Schedule(3).sailing(np.full_like(weeks, leg), weeks)
        ships = vessel(calls)
        for ship in set(ships.tolist()):
            mine = np.flatnonzero(ships == ship)
            assert (calls.departure[mine][1:] - calls.arrival[mine][:-1] > 0.85 * TRANSIT_S[leg]).all()
