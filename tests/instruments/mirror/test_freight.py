"""CIF to FOB: default, by lane, fitted."""

import numpy as np
import pytest

from stream_app.instruments.mirror.freight import Freight, Lane, Observed, fit

LANES = {"BE": Lane(200, True), "DE": Lane(400, True), "TR": Lane(2_200), "CN": Lane(9_000), "NZ": Lane(18_500)}


def test_a_known_lane_wins_over_a_fitted_one_and_that_over_the_default() -> None:
    freight = Freight(0.10, {"CN": 0.07}, {"CN": 0.12, "TR": 0.05})
    assert [freight.factor(partner) for partner in ("CN", "TR", "US")] == [0.07, 0.05, 0.10]
    assert [freight.source(partner) for partner in ("CN", "TR", "US")] == ["lane", "fitted", "default"]
    assert freight.free_on_board(1_070.0, "CN") == pytest.approx(1_000.0)


def test_the_fit_finds_the_constants_that_made_the_observations() -> None:
    random = np.random.default_rng(3)
    observed = []
    for partner, lane in LANES.items():
        truth = -0.06 + 0.015 * np.log(lane.distance_km) - 0.01 * lane.contiguous
        observed += [Observed(partner, truth + random.normal(0, 0.01), random.uniform(0.5, 1.0)) for _ in range(60)]
    found = fit(observed, LANES)
    # exp(-0.06 + 0.015 ln 9000) - 1 = 0.0796; exp(-0.06 + 0.015 ln 200 - 0.01) - 1 = 0.0096
    assert found["CN"] == pytest.approx(0.0796, abs=0.004)
    assert found["BE"] == pytest.approx(0.0096, abs=0.004)


def test_what_is_fitted_is_held_within_0_and_20_percent() -> None:
    steep = [Observed(partner, -0.5 + 0.1 * np.log(lane.distance_km), 1.0) for partner, lane in LANES.items() for _ in range(20)]
    found = fit(steep, LANES)
    assert (found["BE"], found["NZ"]) == (pytest.approx(0.03, abs=0.01), 0.20)
    falling = [Observed(partner, -0.01 * np.log(lane.distance_km), 1.0) for partner, lane in LANES.items() for _ in range(20)]
    assert set(fit(falling, LANES).values()) == {0.0}


def test_too_few_observations_or_lanes_fit_nothing() -> None:
    assert fit([Observed("CN", 0.1, 1.0)] * 29, LANES) == {}
    assert fit([Observed("CN", 0.1, 1.0)] * 99, LANES) == {}
    assert fit([Observed("XX", 0.1, 1.0)] * 99, LANES) == {}
