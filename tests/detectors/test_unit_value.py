"""A hundred T-shirt consignments, half at 20 / 1.1 and half at 20 * 1.1 a kilogram: ln(value per kg) is ln 20 +- ln 1.1."""

from math import exp, log, log1p, sqrt

import pytest

from stream_app.contracts.assessment import Reason
from stream_app.detectors.features import Features
from stream_app.detectors.unit_value import UnitValue
from tests.support.goods import item_features

QUIET = UnitValue.quiet


def loud(reasons: list[Reason]) -> list[Reason]:
    """Those that are worth saying in themselves."""
    return [reason for reason in reasons if reason.impact >= QUIET]


def offered(per_kg: float, net_mass_kg: float | None = 100.0, **item: object) -> Features:
    value = per_kg * (net_mass_kg or 100.0)
    return item_features(net_mass_kg=net_mass_kg or 0, customs_value=value, supplementary_quantity=0, **item)


@pytest.fixture
def detector() -> UnitValue:
    found = UnitValue()
    for number in range(100):
        found.learn_one(offered(20 * (1.1 if number % 2 else 1 / 1.1), net_mass_kg=10.0 + number))
    return found


DEVIATION = sqrt(log(1.1) ** 2 * (1 + 1 / 100))
"""The narrowest group holds all hundred, which needs no prior: their own mean ln 20 and variance ln(1.1)^2."""


def nats(per_kg: float) -> float:
    """Student with eight degrees of freedom, (8 + 1) / 2 * ln(1 + z^2 / 8), where nobody declared about the same: of a hundred and five, the
    curve is worth five."""
    z = log(per_kg / 20) / DEVIATION
    return 4.5 * log1p(z * z / 8) + log(105 / 5)


def test_a_tenth_of_the_usual_value_fires(detector: UnitValue) -> None:
    x = offered(2.0)
    # z = ln(10) / 0.0958 = 24.04: 4.5 * ln(1 + 577.7 / 8) + ln(21) = 19.3 + 3.0 nats.
    assert detector.score_one(x) == pytest.approx(nats(2.0), rel=1e-6) == pytest.approx(22.4, abs=0.05)
    (reason,) = detector.explain_one(x)
    assert (reason.code, reason.feature, reason.peer_group, reason.n_peer) == ("unit_value_low", "unit_value", "HS 610910 from CN", 100.0)
    assert reason.actual == pytest.approx(2.0)
    assert reason.typical == pytest.approx(20.0)
    assert reason.lower == pytest.approx(20 * exp(-2 * DEVIATION), rel=1e-6)
    assert reason.upper == pytest.approx(20 * exp(2 * DEVIATION), rel=1e-6)
    assert "100 peers" in reason.text


def test_ten_times_the_usual_value_fires_too_and_less_loudly(detector: UnitValue) -> None:
    assert detector.score_one(offered(200.0)) == pytest.approx(0.4 * detector.score_one(offered(2.0)))
    assert detector.explain_one(offered(200.0))[0].code == "unit_value_high"


def test_fifteen_percent_less_stays_quiet(detector: UnitValue) -> None:
    """Half of the hundred, at 18.2, are in its bin of a seventh (e^2.85 to e^3.0), the others, at 22, in the next: peers declared about as little."""
    assert detector.score_one(offered(17.5)) < 1.0
    assert loud(detector.explain_one(offered(17.5))) == []


def test_a_second_quality_is_no_surprise_once_it_was_seen(detector: UnitValue) -> None:
    """Ten at 2.0 a kilogram among a hundred at about 20: the next one at 2.0 is still far from the mean, and has precedents."""
    before = detector.score_one(offered(2.0))
    for _ in range(10):
        detector.learn_one(offered(2.0))
    assert detector.score_one(offered(2.0)) < before / 4
    assert detector.score_one(offered(0.7)) > detector.score_one(offered(2.0)) + 5, "a near miss: nobody declared that little"


def test_an_origin_that_is_new_is_compared_with_the_whole_hs6(detector: UnitValue) -> None:
    (reason,) = detector.explain_one(offered(2.0, origin_country="BD"))
    assert reason.peer_group == "HS 610910"


def test_the_path_goes_from_the_chapter_to_the_group_that_speaks_and_beyond_it_to_who_has_no_peers(detector: UnitValue) -> None:
    """All hundred are of one HS6 and origin: no wider group is asked where that one has plenty, and none of BD has been seen."""
    (known,), (new,) = detector.explain_one(offered(2.0)), detector.explain_one(offered(2.0, origin_country="BD"))
    assert [step.group for step in known.path] == ["HS 61", "HS 6109", "HS 610910", "HS 610910 from CN"]
    assert [step.n for step in known.path] == [100.0] * 4
    assert [step.value for step in known.path] == pytest.approx([20.0] * 4)
    assert [step.estimate for step in known.path] == [None, None, None, pytest.approx(20.0)]
    assert [(step.n, step.value) for step in new.path] == [(100.0, pytest.approx(20.0))] * 3 + [(0.0, None)]
    assert [step.estimate for step in new.path] == [None, None, pytest.approx(20.0), None]


def test_the_distribution_draws_what_was_scored(detector: UnitValue) -> None:
    (reason,) = detector.explain_one(offered(2.0))
    assert reason.distribution is not None
    z = (log(2.0) - reason.distribution.mean) / reason.distribution.deviation
    assert (reason.distribution.scale, reason.distribution.freedom) == ("log", 8.0)
    # The curve, and what the want of precedents among a hundred adds.
    assert (8 + 1) / 2 * log1p(z * z / 8) + log(105 / 5) == pytest.approx(detector.score_one(offered(2.0)), rel=1e-4)


def test_a_usual_value_speaks_for_its_item_and_a_doubtful_one_does_not(detector: UnitValue) -> None:
    """At the mean it weighs all of the nat that would be worth saying. 1.5 deviations off are 4.5 ln(1 + 2.25 / 8) = 1.1 nats."""
    (reason,) = detector.counter_one(offered(20.0))
    assert (reason.code, reason.peer_group, reason.n_peer) == ("unit_value_usual", "HS 610910 from CN", 100.0)
    assert reason.impact == pytest.approx(QUIET)
    assert [step.group for step in reason.path] == ["HS 610910 from CN"]
    assert detector.counter_one(offered(20 * exp(-1.5 * DEVIATION))) == []
    assert detector.counter_one(offered(2.0)) == []


def test_nine_peers_speak_for_nobody() -> None:
    detector = UnitValue()
    for number in range(10):
        assert detector.counter_one(offered(20.0)) == [], number
        detector.learn_one(offered(20.0))
    assert [reason.n_peer for reason in detector.counter_one(offered(20.0))] == [10.0]


def test_goods_that_are_new_are_compared_with_their_chapter(detector: UnitValue) -> None:
    assert detector.explain_one(offered(2.0, hs_code="611595"))[0].peer_group == "HS 61"
    assert detector.score_one(offered(2.0, hs_code="851713")) == 0.0, "a chapter never seen before has no peers"


def test_amounts_are_compared_in_accounting_currency(detector: UnitValue) -> None:
    """26,000 of a currency of which 13 make one: 2,000 for 100 kg, as usual."""
    x = item_features({"exchange_rate": 1 / 13, "currency": "SEK"}, net_mass_kg=100.0, customs_value=26_000.0, supplementary_quantity=0)
    assert detector.score_one(x) == pytest.approx(0.0, abs=1e-9)


def test_without_a_mass_the_value_per_unit_or_the_value_alone_is_compared() -> None:
    detector = UnitValue()
    for number in range(100):
        detector.learn_one(item_features(net_mass_kg=0, supplementary_quantity=100, customs_value=400.0 + number % 9))
        detector.learn_one(item_features(net_mass_kg=0, supplementary_quantity=0, customs_value=900.0 + number % 9))
    low_each = item_features(net_mass_kg=0, supplementary_quantity=100, customs_value=40.0)
    low_alone = item_features(net_mass_kg=0, supplementary_quantity=0, customs_value=90.0)
    assert [reason.feature for reason in detector.explain_one(low_each)] == ["value_per_unit"]
    assert [reason.feature for reason in detector.explain_one(low_alone)] == ["customs_value"]


def test_without_a_value_there_is_nothing_to_judge(detector: UnitValue) -> None:
    x = item_features(customs_value=0)
    assert detector.score_one(x) == 0.0
    detector.learn_one(x)
    assert detector.score_one(offered(20.0)) == pytest.approx(0.0, abs=1e-9)


def test_known_miss_a_peer_group_that_undervalues_together_looks_usual(detector: UnitValue) -> None:
    """Missed, and the module says so: where all of one origin declare a tenth, a tenth is what peers usually show."""
    for number in range(100):
        detector.learn_one(offered(2 * (1.1 if number % 2 else 1 / 1.1), origin_country="PK"))
    assert detector.score_one(offered(2.0, origin_country="PK")) < 1.0


@pytest.mark.parametrize(("net_mass_kg", "customs_value", "rate"), [(5e-324, 1e13, 1e9), (1e9, 1e-300, 1e-300), (5e-324, 5e-324, 5e-324)])
def test_absurd_amounts_are_scored_and_explained(detector: UnitValue, net_mass_kg: float, customs_value: float, rate: float) -> None:
    x = item_features({"exchange_rate": rate}, net_mass_kg=net_mass_kg, customs_value=customs_value)
    assert detector.score_one(x) > 10.0
    assert detector.explain_one(x)
    detector.learn_one(x)
