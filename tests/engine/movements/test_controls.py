"""What controls of containers teach, worked out by hand."""

from math import exp, log
from typing import Any

import pytest

from stream_app.detectors.movements.base import Move
from stream_app.detectors.movements.steps import Step, step_of
from stream_app.engine.movements.controls import ENOUGH, ControlRates
from tests.support.moves import moved


def step(number: int, kind: str, place: str, **changes: Any) -> Step:
    told = {"occurred_at": f"2026-03-{number:02d}T08:00:00Z", "recorded_at": f"2026-03-{number:02d}T08:05:00Z"}
    return step_of(moved(f"E-{number}-{kind}", event_type=kind, facility={"type": "POTE", "un_location_code": place}, **(told | changes)))


def controlled(country: str, result: str | None, carrier: str = "C-1") -> Move:
    """Loaded in that country, discharged at Rotterdam, and controlled there."""
    steps = [step(1, "LOAD", f"{country}AAA", carrier_id=carrier), step(2, "DISC", "NLRTM", carrier_id=carrier)]
    return Move([*steps, step(3, "CUSS", "NLRTM", carrier_id=carrier, control_result=result)], [], 1.0)


def taught() -> ControlRates:
    """Of 60 controls 30 from EC, 15 of them irregular, and 30 from CN, none of them."""
    rates = ControlRates()
    for number in range(30):
        rates.learn_one(controlled("EC", "irregular" if number % 2 else "compliant"))
        rates.learn_one(controlled("CN", "compliant"))
    return rates


def test_nothing_is_said_before_enough_results() -> None:
    rates = ControlRates()
    for _ in range(ENOUGH - 1):
        rates.learn_one(controlled("EC", "irregular"))
    assert rates.score_one(controlled("EC", None)) is None
    rates.learn_one(controlled("EC", "irregular"))
    assert rates.score_one(controlled("EC", None)) is not None


def test_a_lane_on_which_controls_find_something_is_riskier_by_hand() -> None:
    def odds(p: float) -> float:
        return log(p / (1.0 - p))

    # Prior 0.05 worth 10; all: (15 + 0.5) / 70. Every wider share is the prior of the narrower one.
    base = 15.5 / 70.0
    country = (15.0 + 10.0 * base) / 40.0
    lane, loading, carrier = (15.0 + 10.0 * country) / 40.0, (15.0 + 10.0 * base) / 40.0, (15.0 + 10.0 * base) / 70.0
    expected = odds(base) + sum(odds(share) - odds(base) for share in (lane, loading, carrier))
    assert taught().score_one(controlled("EC", None)) == pytest.approx(1.0 / (1.0 + exp(-expected)))


def test_reasons_name_the_lane_and_the_place_and_not_the_carrier() -> None:
    reasons = taught().explain_one(controlled("EC", None, carrier="C-SECRET"))
    assert [reason.code for reason in reasons] == ["controls_irregular"] * 2
    assert "containers from EC to NL" in reasons[0].text and "30 controls" in reasons[0].text
    assert "SECRET" not in "".join(reason.text for reason in reasons)
    assert taught().explain_one(controlled("CN", None)) == []


def test_a_selection_is_no_result_and_a_result_told_again_is_the_same() -> None:
    rates = ControlRates()
    rates.learn_one(controlled("EC", None))
    assert rates.results == 0
    move = controlled("EC", "irregular")
    rates.learn_one(move)
    rates.learn_one(Move([*move.voyage, step(4, "CUSS", "NLRTM", control_result="irregular")], [], 1.0))
    assert rates.results == 1
