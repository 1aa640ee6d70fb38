"""Twenty peers at 1 a kilogram and twenty at e, in one group; bins of 0.15 of a logarithm, the curve worth five peers."""

from math import exp, lgamma, log, log1p, pi, sqrt

import numpy as np
import pytest

from stream_app.learning.keys import code
from stream_app.learning.peers import PeerSpread
from stream_app.learning.precedents import Precedents

KEYS = np.array([code(name) for name in ("610910/CN", "610910", "6109", "61")], np.uint64)
DEVIATION, FREEDOM = sqrt(0.25 * (1 + 1 / 40)), 8.0
"""Of the forty: half of one from their mean 0.5, as a prediction of the next."""


@pytest.fixture
def known() -> tuple[PeerSpread, Precedents]:
    peers, precedents = PeerSpread([(0, -1, False, 0.5)], 1_000), Precedents(1_000)
    for number in range(40):
        value = np.array([float(number % 2)])
        precedents.learn_both(peers, KEYS, value, 1.0)
    return peers, precedents


def drop(value: float) -> float:
    z = (value - 0.5) / DEVIATION
    return (FREEDOM + 1) / 2 * log1p(z * z / FREEDOM)


def log_peak() -> float:
    """ln of the curve's share of a bin at its middle."""
    return lgamma((FREEDOM + 1) / 2) - lgamma(FREEDOM / 2) - 0.5 * log(FREEDOM * pi) + log(0.15 / DEVIATION)


def surprise(known: tuple[PeerSpread, Precedents], value: float) -> float:
    peers, precedents = known
    return precedents.surprises(peers, KEYS, np.array([value]), 1.0)[0]


def test_a_value_far_from_all_peers_is_odder_than_the_curve_alone_says(known: tuple[PeerSpread, Precedents]) -> None:
    """Of 40 + 5 only the curve's five: ln 9 more."""
    assert surprise(known, -4.0) == pytest.approx(drop(-4.0) + log(9), rel=1e-6)


def test_a_value_that_peers_declared_is_no_surprise(known: tuple[PeerSpread, Precedents]) -> None:
    assert surprise(known, 0.0) == 0.0
    assert surprise(known, 1.0) == 0.0


def test_of_peers_in_the_bin_beside_a_quarter_counts(known: tuple[PeerSpread, Precedents]) -> None:
    """Four at 1.0, in the bin from 0.90 to 1.05; 1.1 is in the next: (4 / 4 + 5 curve) / 45. Above the mean it weighs half."""
    few = Precedents(1_000)
    for _ in range(4):
        few.learn_both(PeerSpread([(0, -1, False, 0.5)], 1_000), KEYS, np.array([1.0]), 1.0)
    density = (1 + 5 * exp(log_peak() - drop(1.1))) / 45
    assert surprise((known[0], few), 1.1) == pytest.approx(0.5 * (log_peak() - log(density)))


def test_near_the_middle_the_want_of_precedents_is_at_most_as_much_again(known: tuple[PeerSpread, Precedents]) -> None:
    """Nobody declared 0.48, and the curve finds next to nothing."""
    assert surprise(known, 0.48) == pytest.approx(2 * drop(0.48))


def test_too_few_peers_say_nothing() -> None:
    peers = PeerSpread([(0, -1, False, 1.0)], 1_000)
    assert Precedents(1_000).surprises(peers, KEYS, np.array([3.0]), 1.0) == [0.0]
    assert Precedents(1_000).surprises(peers, KEYS, np.array([np.nan]), 1.0) == [0.0]


def test_bins_are_bounded_and_what_goes_is_counted() -> None:
    peers, precedents = PeerSpread([(0, -1, False, 1.0)], 1_000), Precedents(16)
    for number in range(200):
        precedents.learn_both(peers, KEYS, np.array([float(number)]), 1.0)
    assert len(precedents.bins) == 16
    assert precedents.bins.forgotten == 184
