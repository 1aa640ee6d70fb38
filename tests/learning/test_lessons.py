"""Lessons between partitions: each is told until it is on its way for good, and heard once."""

from stream_app.learning import lessons as module
from stream_app.learning.lessons import AT_MOST, WAITING, Batch, Lesson, Lessons
from stream_app.learning.snapshots import snapshot, take_in

LESSON = Lesson(True, False, 1.0, 1_700_000_000.0, b"item", False)


def sharing() -> Lessons:
    lessons = Lessons()
    lessons.share()
    return lessons


def taught(lessons: Lessons, times: int = 1) -> None:
    for _ in range(times):
        lessons.tell(LESSON)
        lessons.tell_outcome(True, False)


def test_without_others_nothing_is_kept() -> None:
    lessons = Lessons()
    taught(lessons)
    assert lessons.seal() == []


def test_what_is_sealed_does_not_change_and_what_comes_later_has_the_next_number() -> None:
    lessons = sharing()
    taught(lessons, 2)
    first = lessons.seal()
    assert [(batch.number, batch.outcomes, batch.irregular, len(batch.lessons)) for batch in first] == [(1, 2, 2, 2)]
    taught(lessons)
    assert [(batch.number, len(batch.lessons)) for batch in lessons.seal()] == [(1, 2), (2, 1)]


def test_a_batch_is_told_again_from_a_checkpoint_under_its_number_until_it_is_on_its_way() -> None:
    lessons = sharing()
    taught(lessons, 3)
    lessons.seal()
    restored = sharing()
    take_in(restored, snapshot(lessons))
    assert restored.seal() == lessons.seal()
    restored.told(1)
    taught(restored)
    assert [batch.number for batch in restored.seal()] == [2]


def test_a_batch_is_news_once() -> None:
    lessons = Lessons()
    assert [lessons.is_news(3, number) for number in (1, 1, 2, 1, 2, 3)] == [True, False, True, False, False, True]
    assert lessons.is_news(4, 1)


def test_state_that_was_learned_anew_tells_nothing_again() -> None:
    lessons = sharing()
    taught(lessons, 5)
    lessons.begin_behind(7)
    assert lessons.seal() == []
    taught(lessons)
    assert [batch.number for batch in lessons.seal()] == [8]


def test_a_batch_has_a_limit_and_so_have_those_that_wait() -> None:
    lessons = sharing()
    taught(lessons, AT_MOST + 1)
    assert [len(batch.lessons) for batch in lessons.seal()] == [AT_MOST, 1]
    for _ in range(WAITING):
        taught(lessons)
        lessons.seal()
    assert (len(lessons.waiting), lessons.lost) == (WAITING, AT_MOST + 1)


def test_an_empty_batch_teaches_nothing_and_is_no_fault() -> None:
    assert Batch(1).lessons == []
    assert module.AT_MOST * 400 < 1 << 20  # a batch fits into a record
