"""Fifty consignments of coffee from Colombia and fifty of salmon from Norway, alike in everything else.

P(b | a) = (n_ab + 5 P(b)) / (n_a + 5), with P(b) = (n_b + 0.5) / (100 + 1).
"""

from dataclasses import replace
from math import log

import pytest

from stream_app.contracts.assessment import Reason
from stream_app.detectors.features import Features
from stream_app.detectors.rare_combination import RareCombination
from tests.support.goods import item_features

QUIET = RareCombination.quiet


def loud(reasons: list[Reason]) -> list[Reason]:
    """Those that are worth saying in themselves."""
    return [reason for reason in reasons if reason.impact >= QUIET]


COFFEE, SALMON = ("090111", "CO", "CO"), ("030214", "NO", "NO")


def offered(hs6: str, origin: str, departure: str, **header: str) -> Features:
    return item_features({"departure_country": departure} | header, hs_code=hs6, origin_country=origin)


@pytest.fixture
def detector() -> RareCombination:
    found = RareCombination()
    for _ in range(50):
        found.learn_one(offered(*COFFEE))
        found.learn_one(offered(*SALMON))
    return found


def test_coffee_from_norway_fires(detector: RareCombination) -> None:
    """P(NO | coffee) = (0 + 5 * 50.5 / 101) / (50 + 5) = 2.5 / 55: ln 22 nats; nothing else is odder."""
    x = offered("090111", "NO", "NO")
    assert detector.score_one(x) == pytest.approx(log(22))
    reasons = detector.explain_one(x)
    assert {reason.feature for reason in reasons} == {"hs6_x_origin", "hs6_x_departure"}
    assert all(reason.impact == pytest.approx(log(22), abs=0.001) for reason in reasons)
    assert all((reason.actual, reason.peer_group, reason.n_peer) == ("NO", "HS 090111", 50.0) for reason in reasons)
    assert all("0 of 50" in reason.text for reason in reasons)


def test_the_path_of_a_rare_pair_has_both_rates_with_their_counts(detector: RareCombination) -> None:
    """Half of all hundred items come from Norway, and none of fifty coffees."""
    reason = detector.explain_one(offered("090111", "NO", "NO"))[0]
    assert [(step.group, step.n, step.value) for step in reason.path] == [("all earlier items", 100.0, 0.5), ("HS 090111", 50.0, 0.0)]


def test_a_pair_that_belongs_together_speaks_for_its_item(detector: RareCombination) -> None:
    """All fifty coffees come from Colombia, and half of all items do: twice as often, ln 2 nats."""
    (reason,) = detector.counter_one(offered(*COFFEE))
    assert reason.code == "usual_combination"
    assert reason.impact == pytest.approx(log(2), abs=0.001)
    assert (reason.n_peer, reason.details["both"]) == (50.0, 50.0)
    assert all(reason.feature != "hs6_x_origin" for reason in detector.counter_one(offered("090111", "NO", "NO")))


def test_an_origin_that_nobody_ever_declared_fires_louder(detector: RareCombination) -> None:
    """P(AQ) = 0.5 / 101, P(AQ | coffee) = (5 * 0.5 / 101) / 55 = 1 / 2222."""
    assert detector.score_one(offered("090111", "AQ", "CO")) == pytest.approx(log(2222))


def test_of_goods_that_nobody_knows_a_rare_origin_is_told_among_all_goods(detector: RareCombination) -> None:
    """P(AQ | anything unknown) = P(AQ) = 0.5 / 101; with coffee and salmon it would be "0 of 0"."""
    reasons = detector.explain_one(offered("970600", "AQ", "CO"))
    (told,) = [one for one in reasons if one.feature == "hs6_x_origin"]
    assert told.text == "origin AQ is unusual: 0 of 100 earlier items; of HS 970600 nothing is known"
    assert ([step.group for step in told.path], told.n_peer, told.impact) == (["all earlier items"], 100.0, pytest.approx(log(202), abs=1e-3))


def test_the_usual_stays_quiet(detector: RareCombination) -> None:
    """P(CO | coffee) = (50 + 2.5) / 55."""
    assert detector.score_one(offered(*COFFEE)) == pytest.approx(log(55 / 52.5))
    assert loud(detector.explain_one(offered(*COFFEE))) == []


def test_an_origin_that_is_a_minority_stays_quiet(detector: RareCombination) -> None:
    """Near miss: one in six coffees comes from Ethiopia. P(ET | coffee) = (10 + 5 * 10.5 / 111) / (60 + 5): 1.83 nats, below the 2 of a reason."""
    for _ in range(10):
        detector.learn_one(offered("090111", "ET", "ET"))
    expected = -log((10 + 5 * 10.5 / 111) / (60 + 5))
    assert detector.score_one(offered("090111", "ET", "ET")) == pytest.approx(expected)
    assert expected < 2.0
    assert loud(detector.explain_one(offered("090111", "ET", "ET"))) == []


def test_a_small_office_is_no_surprise_in_itself(detector: RareCombination) -> None:
    """Clears one in a hundred of anything: P(office | a) is small, and so is the office's share of all."""
    detector.learn_one(offered(*COFFEE, office="SMALL"))
    assert detector.score_one(offered(*COFFEE, office="SMALL")) < 0.5


def test_goods_that_no_other_office_has_at_an_office_of_other_goods_fire(detector: RareCombination) -> None:
    """200 more coffees at one office, 200 salmons at another: coffee at the salmon's office is what exceeds that office's own rarity."""
    for _ in range(200):
        detector.learn_one(offered(*COFFEE, office="A"))
        detector.learn_one(offered(*SALMON, office="B"))
    # HS6 x office: lift = P(B) / P(B | coffee) = P(B) * (250 + 5) / (0 + 5 P(B)) = 255 / 5 = 51.
    assert detector.score_one(offered(*COFFEE, office="B")) == pytest.approx(log(51))


def later(x: Features) -> Features:
    """The item when weights have doubled ten times."""
    return replace(x, goods=x.goods._replace(growth=1024.0))


def test_weights_that_have_grown_leave_the_score_as_it_is() -> None:
    """Forward decay scales sums and prior alike: records all of one time give the same surprise at any time."""
    plain, grown = RareCombination(), RareCombination()
    for goods in [COFFEE, SALMON] * 50:
        plain.learn_one(offered(*goods))
        grown.learn_one(later(offered(*goods)))
    assert grown.score_one(later(offered("090111", "NO", "NO"))) == pytest.approx(plain.score_one(offered("090111", "NO", "NO")))


def test_known_miss_three_attributes_that_are_usual_two_by_two() -> None:
    """Missed, and the module says so: coffee from CO goes by KR and from ET by JP, salmon the other way round; coffee from CO by JP is new."""
    detector = RareCombination()
    for _ in range(25):
        for hs6, origin, departure in [("090111", "CO", "KR"), ("090111", "ET", "JP"), ("030214", "CO", "JP"), ("030214", "ET", "KR")]:
            detector.learn_one(offered(hs6, origin, departure))
    x = offered("090111", "CO", "JP")
    # Each pair was seen 25 times out of 50: (25 + 2.5) / 55, one half.
    assert detector.score_one(x) == pytest.approx(log(2))
    assert loud(detector.explain_one(x)) == []
