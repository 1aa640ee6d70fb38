"""Surprise of what follows, worked out by hand."""

from math import log

import numpy as np
import pytest

from stream_app.learning.transitions import Transitions

NARROW, WIDE, LEFT, RIGHT = (code << 40 for code in (7, 9, 11, 13))
CONTEXTS = np.array([NARROW, WIDE], np.uint64)


def test_nothing_is_surprising_before_anything_was_seen() -> None:
    assert Transitions(64).followed(CONTEXTS, LEFT, 1.0) == (0.0, 0.0, 0.0, -1)


def test_what_never_followed_is_surprising_and_what_always_did_is_not() -> None:
    found = Transitions(1_024, strength=1.0, unseen=0.1)
    for _ in range(99):
        found.learn(CONTEXTS, LEFT, 1.0)
    usual, odd = found.followed(CONTEXTS, LEFT, 1.0), found.followed(CONTEXTS, RIGHT, 1.0)
    assert usual.excess == 0.0
    assert (usual.n, usual.both, usual.level) == (99.0, 99.0, 0)
    # One of 99 was a first. Wide: (1 + 1) / 100 = 0.02 for something new; narrow: (1 + 0.02) / 100 = 0.0102, and a tenth of that for this:
    # 6.89 nats, less a mean surprise of a few hundredths.
    assert odd.both == 0.0
    assert 6.7 < odd.excess < -log(0.00102)


def test_something_new_is_no_surprise_where_most_is_new() -> None:
    known, always_new = Transitions(4_096), Transitions(4_096)
    for number in range(200):
        known.learn(CONTEXTS, LEFT, 1.0)
        always_new.learn(CONTEXTS, (number + 100) << 40, 1.0)
    assert known.followed(CONTEXTS, RIGHT, 1.0).excess > 4.0
    assert always_new.followed(CONTEXTS, RIGHT, 1.0).excess < 0.2


def test_a_context_from_which_everything_follows_hardly_surprises() -> None:
    found = Transitions(4_096, strength=1.0, unseen=0.01)
    for number in range(300):
        found.learn(CONTEXTS, (number % 30 + 100) << 40, 1.0)
    assert found.followed(CONTEXTS, 105 << 40, 1.0).excess < 1.0


def test_an_unknown_context_falls_back_on_the_wider_one() -> None:
    found = Transitions(64, strength=1.0, unseen=0.1)
    found.learn(CONTEXTS[1:], LEFT, 1.0)
    followed = found.followed(CONTEXTS, RIGHT, 1.0)
    assert (followed.level, followed.n) == (1, 1.0)
    # Something new: (1 + 1) / 2 = 1, all that was met was a first; this: 0.1. The one surprise met so far was that of 0.1, over n + strength = 2.
    assert followed.excess == pytest.approx(-log(0.1) + log(0.1) / 2)
