"""Seals, masses and manifests: what says less than it seems, and what must not be passed over. Moves are made by hand."""

from math import log
from typing import Any

import pytest

from stream_app.contracts.declared import Declared
from stream_app.detectors.movements.base import Move
from stream_app.detectors.movements.empty_full import EmptyFull
from stream_app.detectors.movements.incidents import told_late
from stream_app.detectors.movements.leg_time import LegTime
from stream_app.detectors.movements.mass_mismatch import MassMismatch
from stream_app.detectors.movements.overlanded import ACCOUNTED, Overlanded
from stream_app.detectors.movements.seal_change import SealChange
from stream_app.detectors.movements.steps import Step, step_of
from tests.support.moves import moved


def at(number: int, kind: str, place: str = "NLRTM", hour: int = 8, **changes: Any) -> Step:
    """The step of that number: a day after the one before it."""
    told = {"occurred_at": f"2026-02-{number:02d}T{hour:02d}:00:00Z", "recorded_at": f"2026-02-{number:02d}T{hour:02d}:05:00Z"} | changes
    return step_of(moved(f"E-{number}", event_type=kind, facility={"type": "POTE", "un_location_code": place}, **told))


def sealed(*numbers: str) -> dict[str, Any]:
    return {"seals": [{"number": number} for number in numbers]}


def declared(**changes: Any) -> Declared:
    values: dict[str, Any] = {
        "equipment_id": "CSQU3054383",
        "declaration_id": "D-1",
        "version": 1,
        "lodged_at": "2026-03-01T00:00:00Z",
        "lodged_epoch": 1_772_323_200.0,
        "direction": "import",
        "departure_country": "CN",
        "loading_location": None,
        "discharge_location": "NLRTM",
        "vessel_imo": None,
        "seals": (),
        "gross_mass_kg": 10_000.0,
        "alert": {},
    }
    return Declared(**(values | changes))


def test_whoever_strips_a_container_tells_the_seal_that_it_came_with() -> None:
    steps = [at(1, "GTOT", **sealed("A")), at(2, "STRP", **sealed("B"))]
    case = SealChange().case(Move(steps, [], 1.0))
    assert case is not None and case.hit


def test_a_scan_opens_nothing_and_an_inspection_does() -> None:
    def case(kind: str) -> Any:
        return SealChange().case(Move([at(1, "DISC", **sealed("A")), at(2, kind, control_result="compliant"), at(3, "GTOT", **sealed("B"))], [], 1.0))

    assert case("CUSS").hit
    assert case("CUSI") is None


def weighed(kg: float) -> Move:
    step = at(1, "GTOT", gross_mass_kg=kg, gross_mass_method="weighbridge", tare_mass_kg=2_000.0)
    return Move([step], [], 1.0, [declared()])


def test_ten_percent_more_than_declared_is_a_finding_and_less_is_a_fifth_of_one() -> None:
    detector = MassMismatch()
    for number in range(200):
        detector.learn_one(weighed(12_000.0 * (1.0 + 0.004 * (-1) ** number)))
    more, usual, less = (detector.score_one(weighed(kg)) for kg in (13_200.0, 12_050.0, 12_000.0 / 1.1))
    assert more is not None and less is not None and usual is not None
    assert more > 8.0 and usual < 0.5
    assert less == pytest.approx(more / 5.0, rel=0.05)  # the logarithms lie as far on either side, but for the mean of what was learned


def test_a_box_of_feathers_is_not_off_its_declaration_by_the_division_of_a_scale() -> None:
    detector = MassMismatch()
    for number in range(200):
        detector.learn_one(weighed(12_000.0 * (1.0 + 0.004 * (-1) ** number)))
    step = at(1, "GTOT", gross_mass_kg=2_060.0, gross_mass_method="weighbridge", tare_mass_kg=2_000.0)
    light = Move([step], [], 1.0, [declared(gross_mass_kg=40.0)])  # 20 kg of 2,040: one percent, though half of the goods
    score = detector.score_one(light)
    assert score is not None and score < 2.0


def test_a_light_load_is_no_empty_container() -> None:
    step = at(1, "GTOT", gross_mass_kg=2_010.0, gross_mass_method="weighbridge", tare_mass_kg=2_000.0)
    hit = EmptyFull().case(Move([step], [], 1.0, [declared()]))
    assert hit is not None and hit.hit
    assert EmptyFull().case(Move([step], [], 1.0, [declared(gross_mass_kg=18.0)])) is None


@pytest.mark.parametrize(
    ("transshipment", "papers", "worse"),
    [(False, [], 0.0), (False, [declared()], -ACCOUNTED), (False, [declared(discharge_location="BEANR")], 0.0), (True, [], -ACCOUNTED)],
)
def test_a_lost_plan_says_less_where_other_papers_name_the_container(transshipment: bool, papers: list[Declared], worse: float) -> None:
    steps = [at(1, "DISC", is_transshipment=transshipment), at(2, "GTOT")]
    case = Overlanded().case(Move(steps, [], 1.0, papers))
    assert case is not None and case.hit and case.worse == worse


@pytest.mark.parametrize(
    ("recorded_at", "word"),
    [
        ("2026-02-01T08:30:00Z", "at once"),
        ("2026-02-01T13:00:00Z", "within hours"),
        ("2026-02-02T07:00:00Z", "within a day"),
        ("2026-02-03T08:00:00Z", "days later"),
    ],
)
def test_how_late_a_step_was_told(recorded_at: str, word: str) -> None:
    assert told_late(at(1, "DISC"), at(1, "DISC", recorded_at=recorded_at)) == word


def leg(days: int, told: str | None = None, **changes: Any) -> Move:
    steps = [at(1, "LOAD", "CNSHA"), at(1 + days, "DISC", "NLRTM", **({"recorded_at": told} if told else {}), **changes)]
    return Move(steps, [], 1.0)


def test_a_leg_of_which_the_end_was_told_late_is_less_odd_where_most_of_those_are_odd() -> None:
    detector = LegTime()
    for number in range(300):
        detector.learn_one(leg(10, f"2026-02-11T08:{number % 50:02d}:00Z"))
    for _ in range(12):
        detector.learn_one(leg(2, "2026-02-12T08:00:00Z"))
    prompt, late = detector.score_one(leg(22)), detector.score_one(leg(22, "2026-02-28T08:00:00Z"))
    assert prompt is not None and late is not None
    assert prompt - late > log(2.0)


def test_an_empty_container_may_take_its_time() -> None:
    detector = LegTime()
    for _ in range(300):
        detector.learn_one(leg(10))
    laden, empty = detector.score_one(leg(22)), detector.score_one(leg(22, empty_indicator="EMPTY"))
    assert laden is not None and empty == pytest.approx(0.4 * laden)
