"""Consignments of very different size, all packed alike: 1.08 to 1.12 kg gross a kilogram net, 9.8 to 10.2 kg a package."""

from math import log, log1p, sqrt

import pytest

from stream_app.contracts.assessment import Reason
from stream_app.detectors.features import Features
from stream_app.detectors.mass import Mass
from tests.support.goods import item_features

QUIET = Mass.quiet


def loud(reasons: list[Reason]) -> list[Reason]:
    """Those that are worth saying in themselves."""
    return [reason for reason in reasons if reason.impact >= QUIET]


def packed(packages: int, gross_to_net: float = 1.1, kg_per_package: float = 10.0) -> Features:
    net = packages * kg_per_package
    return item_features(net_mass_kg=net, gross_mass_kg=net * gross_to_net, packages=packages, supplementary_quantity=0)


@pytest.fixture
def detector() -> Mass:
    found = Mass()
    for number in range(100):
        sign = 1 if number % 2 else -1
        found.learn_one(packed(2 ** (1 + number // 2 % 8), 1.1 * 1.02**sign, 10.0 * 1.02**sign))
    return found


FLOORED = sqrt(0.0025 * (1 + 1 / 100))
"""ln(1.02)^2 is below the floor of 0.05^2 under the variance, so the floor is what counts."""


def test_goods_hidden_in_the_gross_mass_fire(detector: Mass) -> None:
    x = packed(16, gross_to_net=2.2)
    z = log(2.2 / 1.1) / FLOORED
    # None of the hundred is packed like that: of a hundred and five, the curve is worth five.
    assert detector.score_one(x) == pytest.approx(4.5 * log1p(z * z / 8) + log(105 / 5), rel=1e-6)
    (reason,) = detector.explain_one(x)
    assert (reason.code, reason.unit, reason.n_peer) == ("gross_to_net_high", "kg gross per kg net", 100.0)
    assert (reason.actual, reason.typical) == (pytest.approx(2.2), pytest.approx(1.1))


def test_packages_of_a_tenth_of_the_usual_mass_fire(detector: Mass) -> None:
    x = packed(160, kg_per_package=1.0)
    assert detector.score_one(x) > 10.0
    assert [reason.code for reason in detector.explain_one(x)] == ["mass_per_package_low"]


def test_packing_that_is_a_little_heavier_stays_quiet(detector: Mass) -> None:
    assert detector.score_one(packed(16, gross_to_net=1.15)) < 1.0
    assert loud(detector.explain_one(packed(16, gross_to_net=1.15))) == []


def test_size_alone_is_no_evidence(detector: Mass) -> None:
    """2 to 256 packages were usual; a hundred thousand of them, packed alike, are for the value to judge."""
    assert detector.score_one(packed(100_000)) < 1.0


def test_a_zero_mass_gives_nothing_to_judge_and_teaches_nothing(detector: Mass) -> None:
    before = detector.score_one(packed(16, gross_to_net=1.5))
    x = item_features(net_mass_kg=0, gross_mass_kg=500.0)
    assert detector.score_one(x) == 0.0
    detector.learn_one(x)
    assert detector.score_one(packed(16, gross_to_net=1.5)) == before


def test_measures_that_are_missing_leave_the_others_to_judge(detector: Mass) -> None:
    x = item_features(net_mass_kg=160.0, gross_mass_kg=352.0, packages=0, supplementary_quantity=0)
    assert [reason.feature for reason in detector.explain_one(x)] == ["gross_to_net"]


def test_known_miss_masses_and_packages_falsified_in_step_look_usual(detector: Mass) -> None:
    """Missed, and the module says so: 8 packages of 80 kg declared as 16 of 160 kg have the usual ratios throughout."""
    assert detector.score_one(packed(16)) < 1.0
    assert loud(detector.explain_one(packed(16))) == []
