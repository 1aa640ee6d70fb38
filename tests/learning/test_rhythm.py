"""Who stopped: told by each sender's own week, soon, once, and not for its pauses."""

import numpy as np
import pytest

from stream_app.learning.rhythm import HOUR, WEEK, Rhythm, Silence

MONDAY = 1_772_409_600.0  # 2026-03-02T00:00:00Z, a Monday by `date -u -d @1772409600`
WEEKS = 14


def office_hours(hour: int) -> bool:
    return 8 <= hour % 24 < 17 and hour // 24 % 7 < 5


def every_day(hour: int) -> bool:
    return 6 <= hour % 24 < 22


def always(hour: int) -> bool:
    return True


def heard(
    active, messages: float, stopped: range = range(0), seed: int = 0, weeks: int = WEEKS
) -> tuple[list[tuple[int, Silence]], list[tuple[int, int]]]:  # type: ignore[no-untyped-def]
    """One sender beside one that never stops: its silences by the hour in which they were told, and its returns with the hours it was away."""
    rng, rhythm = np.random.default_rng(seed), Rhythm(8, 1e-9, 3.0)
    silences, returns = [], []
    for hour in range(weeks * WEEK):
        at = MONDAY + hour * HOUR
        silences += [(hour, silence) for silence in rhythm.hear("clock", at).silences]
        sent = rng.poisson(messages) if active(hour) and hour not in stopped else 0
        for second in np.sort(rng.random(min(sent, 5))) * HOUR:
            news = rhythm.hear("broker", at + second)
            silences += [(hour, silence) for silence in news.silences]
            returns += [(hour, news.silent_hours)] if news.silent_hours else []
    return silences, returns


@pytest.mark.parametrize("active", [office_hours, every_day, always])
@pytest.mark.parametrize("messages", [30.0, 1.0, 0.2])
def test_nights_weekends_and_thin_traffic_are_no_silence(active, messages: float) -> None:  # type: ignore[no-untyped-def]
    for seed in range(3):
        assert heard(active, messages, seed=seed) == ([], [])


@pytest.mark.parametrize(
    ("active", "messages", "active_hours"), [(office_hours, 30.0, 12), (every_day, 30.0, 12), (always, 30.0, 12), (every_day, 1.0, 30)]
)
def test_a_sender_that_stops_is_told_within_so_many_of_its_active_hours(active, messages: float, active_hours: int) -> None:  # type: ignore[no-untyped-def]
    stop = 8 * WEEK + 10  # a Monday at ten
    ((told, silence),), returns = heard(active, messages, range(stop, WEEKS * WEEK))
    missed = sum(active(hour) for hour in range(stop, told))
    assert missed <= active_hours
    assert silence.sender == "broker"
    assert silence.hours >= told - stop
    assert silence.hours == told - stop or messages == 1.0
    assert silence.expected == pytest.approx(missed, rel=0.6)
    assert returns == []


def test_who_comes_back_is_told_with_the_hours_it_was_away() -> None:
    stop, back = 8 * WEEK + 10, 9 * WEEK + 10
    silences, returns = heard(office_hours, 30.0, range(stop, back))
    assert len(silences) == 1
    assert returns == [(back, back - stop)]


def test_who_is_hardly_known_is_not_told() -> None:
    assert heard(always, 30.0, range(2 * WEEK, 12 * WEEK), weeks=12)[0] == []


def test_where_nobody_else_sends_the_silence_is_told_when_it_ends() -> None:
    rhythm = Rhythm(8, 1e-9, 3.0)
    for hour in range(6 * WEEK):
        rhythm.hear("broker", MONDAY + hour * HOUR)
    news = rhythm.hear("broker", MONDAY + (6 * WEEK + 48) * HOUR)
    assert [silence.sender for silence in news.silences] == ["broker"]
    assert news.silent_hours == 48


def test_the_longest_quiet_makes_room_and_is_counted() -> None:
    rhythm = Rhythm(2, 1e-9, 3.0)
    for hour, sender in enumerate(["a", "b", "a", "c"]):
        rhythm.hear(sender, MONDAY + hour * HOUR)
    assert (len(rhythm), rhythm.forgotten, rhythm.silent) == (2, 1, 0)
    rhythm.hear("a", MONDAY + 5 * HOUR)
    assert rhythm.forgotten == 1, "b had gone, not a"


def test_a_late_message_counts_as_of_now_and_a_leap_of_months_starts_anew() -> None:
    rhythm = Rhythm(4, 1e-9, 3.0)
    for hour in range(5 * WEEK):
        rhythm.hear("a", MONDAY + hour * HOUR)
        rhythm.hear("b", MONDAY)
    assert rhythm.silent == 0
    assert rhythm.hear("a", MONDAY + 60 * WEEK * HOUR).silences == []
