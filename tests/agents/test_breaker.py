import pytest

from stream_app.agents.breaker import BreakerTrippedError, RefusalBreaker
from stream_app.engine.settings.intake import Breaker


def breaker(**settings: float) -> RefusalBreaker:
    return RefusalBreaker("customs.declarations.v1", Breaker(**settings))


def survives(breaker: RefusalBreaker, records: str) -> int:
    """How many of the records ("." accepted, "x" refused) pass before it trips; all of them if it does not."""
    for number, record in enumerate(records):
        try:
            breaker.accepted() if record == "." else breaker.refused()
        except BreakerTrippedError:
            return number
    return len(records)


def test_it_trips_at_the_first_refusal_beyond_the_limit_in_a_row() -> None:
    assert survives(breaker(in_a_row=3, window=1_000), "xxxx") == 3


def test_an_accepted_record_begins_the_row_anew() -> None:
    assert survives(breaker(in_a_row=3, window=1_000), "xxx.xxx.xxx") == 11


def test_the_share_counts_only_once_the_window_is_full() -> None:
    # 10 % of 10 is 1. Nine records, three of them refused, are no full window; the tenth makes it one, and is refused itself.
    assert survives(breaker(in_a_row=100, window=10, share=0.1), "x.x.x....") == 9
    assert survives(breaker(in_a_row=100, window=10, share=0.1), "x.x.x....x") == 9


def test_exactly_the_share_is_still_allowed_and_one_more_is_not() -> None:
    assert survives(breaker(in_a_row=100, window=10, share=0.2), "........xx") == 10
    assert survives(breaker(in_a_row=100, window=10, share=0.2), ".......xxx") == 9


def test_a_refusal_that_leaves_the_window_is_forgotten() -> None:
    # Each refusal stands alone in its ten: 1 of 10 for ever.
    assert survives(breaker(in_a_row=100, window=10, share=0.1), "x........." * 5) == 50
    # Moved one nearer, the third record of the second ten sees two.
    assert survives(breaker(in_a_row=100, window=10, share=0.1), "x........." + "........x") == 19
    assert survives(breaker(in_a_row=100, window=10, share=0.1), "x........." + "....x...x") == 18


def test_a_full_window_trips_at_a_refusal_only_never_at_an_accepted_record() -> None:
    assert survives(breaker(in_a_row=100, window=4, share=0.25), "xxx.") == 4


@pytest.mark.parametrize(
    ("records", "words"), [("xxxx", "more than 3 records refused in a row"), (".x.x.x.x.x", "of the last 6 records refused, more than 10.00%")]
)
def test_the_message_names_topic_limit_and_what_to_do(records: str, words: str) -> None:
    with pytest.raises(BreakerTrippedError) as caught:
        tripping = breaker(in_a_row=3, window=6, share=0.1)
        for record in records:
            tripping.accepted() if record == "." else tripping.refused()
    assert str(caught.value).startswith("customs.declarations.v1: ")
    assert words in str(caught.value)
    assert "dead-letter topic" in str(caught.value)
