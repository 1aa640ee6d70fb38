import pytest

from stream_app.agents.watchdog import TURNS, Place, ReadingStalledError, Watchdog

DECLARATIONS, OTHER, OUTCOMES = ("declarations", 0), ("declarations", 1), ("outcomes", 0)
ALL: frozenset[Place] = frozenset({DECLARATIONS, OTHER, OUTCOMES})


def look(watchdog: Watchdog, positions: dict[Place, int], waiting: frozenset[Place] = ALL, busy: frozenset[str] = frozenset()) -> None:
    watchdog.looked(positions, busy, waiting)
    watchdog.check(60.0)


def looks(watchdog: Watchdog, count: int, positions: dict[Place, int], **how: frozenset[str]) -> None:
    for _ in range(count):
        look(watchdog, positions, **how)  # type: ignore[arg-type]


def test_records_that_wait_through_all_looks_end_the_worker_with_a_message_that_says_where() -> None:
    watchdog = Watchdog()
    looks(watchdog, TURNS, {DECLARATIONS: 41})  # the first look knows of none before it
    assert watchdog.turns == TURNS - 1
    with pytest.raises(ReadingStalledError, match=r"declarations, partition 0: records wait at offset 41, and nothing was read for 60 s"):
        look(watchdog, {DECLARATIONS: 41})


def test_an_idle_topic_never_does() -> None:
    watchdog = Watchdog()
    for _ in range(50):
        look(watchdog, {DECLARATIONS: 41}, waiting=frozenset())
    assert watchdog.turns == 0


def test_one_record_read_is_enough_to_begin_anew() -> None:
    watchdog = Watchdog()
    for offset in range(10):
        looks(watchdog, TURNS, {DECLARATIONS: offset})


def test_a_record_that_has_just_come_has_its_whole_time() -> None:
    watchdog = Watchdog()
    for _ in range(50):
        look(watchdog, {DECLARATIONS: 41}, waiting=frozenset())
    looks(watchdog, TURNS - 1, {DECLARATIONS: 41})
    with pytest.raises(ReadingStalledError):
        look(watchdog, {DECLARATIONS: 41})


def test_a_batch_in_hand_is_no_stall_however_long_it_takes_and_the_broker_is_not_asked() -> None:
    watchdog, busy = Watchdog(), frozenset({"declarations"})
    looks(watchdog, 50, {DECLARATIONS: 41, OTHER: 7}, busy=busy)
    assert watchdog.suspects({DECLARATIONS: 41, OTHER: 7}, busy) == {}


def test_a_batch_in_hand_does_not_forgive_a_partition_that_is_not_read() -> None:
    """The other partition of the topic goes on; in every second look a batch of it is in hand."""
    watchdog = Watchdog()
    with pytest.raises(ReadingStalledError, match="partition 1"):
        for number in range(2 * TURNS + 2):
            look(watchdog, {DECLARATIONS: number, OTHER: 7}, busy=frozenset({"declarations"} if number % 2 else set()))


def test_one_topic_that_stands_is_seen_beside_others_that_flow() -> None:
    watchdog = Watchdog()
    with pytest.raises(ReadingStalledError, match="outcomes"):
        for number in range(TURNS + 1):
            look(watchdog, {DECLARATIONS: number, OUTCOMES: 3})


def test_a_rebalance_or_a_restore_begins_anew() -> None:
    """While partitions come and go none is the worker's to read."""
    watchdog = Watchdog()
    for _ in range(10):
        looks(watchdog, TURNS, {DECLARATIONS: 41})
        look(watchdog, {})


def test_a_broker_that_does_not_answer_stops_the_count() -> None:
    """What nobody could read does not wait for this worker."""
    watchdog = Watchdog()
    for _ in range(10):
        looks(watchdog, TURNS - 1, {DECLARATIONS: 41})
        look(watchdog, {DECLARATIONS: 41}, waiting=frozenset())


def test_only_what_has_not_moved_is_asked_for() -> None:
    watchdog = Watchdog()
    assert watchdog.suspects({DECLARATIONS: 1, OUTCOMES: 1}, frozenset()) == {}
    look(watchdog, {DECLARATIONS: 1, OUTCOMES: 1}, waiting=frozenset())
    assert watchdog.suspects({DECLARATIONS: 2, OUTCOMES: 1}, frozenset()) == {OUTCOMES: 1}
