"""Fifty consignments of coffee from Colombia and fifty of salmon from Norway, each shipped from where it was made, by one declarant.

P(NO) = 50.5 / 101 = 1/2; P(NO | b) = (n_ab + 2 / 2) / (n_b + 2).
"""

from math import log, log1p

import pytest

from stream_app.detectors.features import Features
from stream_app.detectors.odd_goods import OddGoods
from stream_app.detectors.odd_office import OddOffice
from stream_app.detectors.odd_origin import OddOrigin
from tests.support.goods import item_features

COFFEE, SALMON = ("090111", "CO", "CO"), ("030214", "NO", "NO")
ODDS = 26.0
"""Against an origin that none of fifty had: 1/2 over (0 + 1) / 52. For one that all of them had it is 1/2 over 51 / 52."""
USUAL = 52 / 102


def offered(hs6: str, origin: str, departure: str, **header: str) -> Features:
    return item_features({"departure_country": departure} | header, hs_code=hs6, origin_country=origin)


def learned(kind: type[OddOrigin | OddGoods | OddOffice]) -> OddOrigin | OddGoods | OddOffice:
    found = kind()
    for _ in range(50):
        found.learn_one(offered(*COFFEE, office="A"))
        found.learn_one(offered(*SALMON, office="B"))
    return found


def test_an_origin_that_contradicts_goods_and_route_fires() -> None:
    """HS6, chapter and departure speak against it; preference and declarant are those of all."""
    detector, x = learned(OddOrigin), offered("090111", "NO", "CO")
    against = 3 * log(ODDS)
    assert detector.score_one(x) == pytest.approx(against + log1p(1 / ODDS**3))
    reasons = detector.explain_one(x)
    assert [reason.code for reason in reasons] == ["odd_origin", "odd_origin"]
    assert all((reason.actual, reason.n_peer, reason.impact) == ("NO", 50.0, pytest.approx(log(ODDS), abs=0.001)) for reason in reasons)


def test_the_usual_stays_quiet() -> None:
    detector, x = learned(OddOrigin), offered(*COFFEE)
    assert detector.score_one(x) == pytest.approx(log1p(USUAL**3))
    assert detector.explain_one(x) == []


def test_near_miss_goods_from_there_by_another_route() -> None:
    """The route alone speaks against the origin, goods and chapter for it."""
    detector, x = learned(OddOrigin), offered("090111", "CO", "NO")
    assert detector.score_one(x) == pytest.approx(log1p(ODDS * USUAL**2))
    assert 0.0 < detector.score_one(x) < log(ODDS)


def test_a_context_that_was_never_seen_says_nothing() -> None:
    detector = learned(OddOrigin)
    assert detector.score_one(offered("851713", "NO", "JP")) == pytest.approx(log(2))


def test_a_code_that_comes_from_elsewhere_to_elsewhere_fires() -> None:
    """Origin, departure and office speak against coffee."""
    x = offered("090111", "NO", "NO", office="B")
    assert learned(OddGoods).score_one(x) == pytest.approx(3 * log(ODDS) + log1p(1 / ODDS**3))


def test_goods_at_the_other_office_fire() -> None:
    """HS6, chapter, origin and departure speak against office B."""
    detector, x = learned(OddOffice), offered(*COFFEE, office="B")
    assert detector.score_one(x) == pytest.approx(4 * log(ODDS) + log1p(1 / ODDS**4))
    assert {reason.actual for reason in detector.explain_one(x)} == {"B"}


def test_known_miss_an_origin_that_is_usual_for_such_goods_on_this_route() -> None:
    """Missed, and the module says so: coffee from Ethiopia by way of Colombia, once half of it comes from there."""
    detector = learned(OddOrigin)
    for _ in range(50):
        detector.learn_one(offered("090111", "ET", "CO"))
    assert detector.score_one(offered("090111", "ET", "CO")) < OddOrigin.quiet
