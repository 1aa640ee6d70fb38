"""How new an identity is, where new ones are rare: -ln((brought + 0.5) / (items + 1)) / (1 + times seen)^2 for each, added up."""

from math import log

import pytest

from stream_app.contracts.assessment import Reason
from stream_app.detectors.features import Features
from stream_app.detectors.novelty import Novelty
from tests.support.goods import item_features

QUIET = Novelty.quiet


def loud(reasons: list[Reason]) -> list[Reason]:
    """Those that are worth saying in themselves."""
    return [reason for reason in reasons if reason.impact >= QUIET]


def lodged(trader: str, declarant: str = "D-1", hs_code: str = "610910") -> Features:
    return item_features({"importer_id": trader, "declarant_id": declarant}, hs_code=hs_code)


@pytest.fixture
def detector() -> Novelty:
    """A hundred items of one trader, one declarant, one commodity."""
    found = Novelty()
    for _ in range(100):
        found.learn_one(lodged("T-1"))
    return found


NEW = -log(1.5 / 101)
"""One of a hundred items brought something new: 4.21 nats."""


def test_a_ghost_that_nobody_has_seen_fires(detector: Novelty) -> None:
    """Trader and declarant are new; what the trader usually does is not known, so it cannot surprise. The seller was seen 100 times."""
    x = lodged("T-GHOST", "D-GHOST")
    assert detector.score_one(x) == pytest.approx(2 * NEW + NEW / 101**2)
    assert {reason.feature for reason in detector.explain_one(x)} == {"trader", "declarant"}
    for reason in detector.explain_one(x):
        assert (reason.actual, reason.n_peer, reason.impact) == (0.0, 100.0, pytest.approx(NEW, abs=0.001))
        assert "GHOST" not in reason.text


def test_known_trader_with_new_goods_fires(detector: Novelty) -> None:
    """New HS6 of the trader: 1 of its 100 items brought a new one. Trader, declarant and seller were seen 100 times: / 101^2 each."""
    x = lodged("T-1", hs_code="851713")
    assert detector.score_one(x) == pytest.approx(NEW + 3 * NEW / 101**2)
    assert [reason.feature for reason in detector.explain_one(x)] == ["trader_hs6"]


def test_who_is_well_known_speaks_for_the_item_by_what_a_new_one_would_have_weighed(detector: Novelty) -> None:
    known = detector.counter_one(lodged("T-1", hs_code="851713"))
    assert {reason.feature for reason in known} == {"trader", "declarant"}, "a seller that is not declared is nobody's good name"
    for reason in known:
        assert (reason.code, reason.actual, reason.n_peer) == ("known_identity", 100.0, 100.0)
        assert reason.impact == pytest.approx(NEW - NEW / 101**2, abs=0.001)
    assert detector.counter_one(lodged("T-GHOST", "D-GHOST")) == []


def test_seen_once_before_counts_a_quarter_and_twice_a_ninth(detector: Novelty) -> None:
    detector.learn_one(lodged("T-2"))
    # Now 2 of 101 items brought a new trader; T-2 was seen once. Declarant and seller were seen 101 times, 1 of 101 brought a new one.
    # Of T-2's own items 1 of 1 brought an HS6, which was seen once.
    own = -log(1.5 / 2) / 4
    expected = -log(2.5 / 102) / 4 - 2 * log(1.5 / 102) / 102**2 + own
    assert detector.score_one(lodged("T-2")) == pytest.approx(expected)
    detector.learn_one(lodged("T-2"))
    own = -log(1.5 / 3) / 9
    expected = -log(2.5 / 103) / 9 - 2 * log(1.5 / 103) / 103**2 + own
    assert detector.score_one(lodged("T-2")) == pytest.approx(expected)


def test_near_miss_a_new_trader_where_every_other_trader_is_new_stays_quiet() -> None:
    """A post office: each of a hundred parcels had another importer. -ln(100.5 / 101) = 0.005."""
    detector = Novelty()
    for number in range(100):
        detector.learn_one(lodged(f"T-{number}"))
    x = lodged("T-NEW")
    assert detector.score_one(x) == pytest.approx(-log(100.5 / 101) + 2 * NEW / 101**2)
    assert loud(detector.explain_one(x)) == []


def test_the_first_item_of_all_is_no_surprise() -> None:
    assert Novelty().score_one(lodged("T-1")) == 0.0


def test_known_miss_a_stolen_identity_in_its_usual_goods_looks_usual(detector: Novelty) -> None:
    """Missed, and the module says so: who uses the name cannot be seen from the name."""
    assert detector.score_one(lodged("T-1")) == pytest.approx(4 * NEW / 101**2)
    assert loud(detector.explain_one(lodged("T-1"))) == []
