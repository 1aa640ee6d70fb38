"""What a movement becomes once it is read, and what is refused, with which code and where."""

from typing import Any

import orjson
import pytest

from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import Code, ContractError
from stream_app.contracts.keys import record_key
from stream_app.contracts.movement import decode_movement
from tests.support.moves import EQUIPMENT, NOW, VESSEL, moved, movement_document


def refused(**changes: Any) -> list[tuple[Code, str]]:
    """(code, pointer) of every fault."""
    with pytest.raises(ContractError) as caught:
        decode_movement(orjson.dumps(movement_document(**changes)), Limits(), NOW)
    return [(fault.code, fault.pointer) for fault in caught.value.faults]


def test_event_time_and_record_time_stay_apart() -> None:
    # 2026-03-02T00:00:00Z is 1,772,409,600 s (date -u +%s); the event is at eight in the morning, five minutes before its record.
    movement = moved()
    assert (movement.occurred_epoch, movement.recorded_epoch) == (1_772_409_600.0 + 8 * 3_600, 1_772_409_600.0 + 8 * 3_600 + 300)


def test_a_movement_is_read_with_its_place_its_ship_and_its_load() -> None:
    movement = moved()
    assert (movement.location, movement.facility_type, movement.facility) == ("NLRTM", "POTE", None)
    assert (movement.mode, movement.vessel_imo, movement.voyage) == ("VESSEL", VESSEL, "2609W")
    assert (movement.laden, movement.transshipment, movement.retracts) == (True, False, None)
    assert moved(empty_indicator="EMPTY").laden is False
    assert moved(empty_indicator=None).laden is None


def test_no_seals_and_nobody_looked_are_two_things() -> None:
    assert moved(seals=[]).seals == ()
    assert moved().seals is None
    assert moved(seals=[{"number": "S-1", "source": "CUS"}, {"number": "S-2"}]).seals == (("S-1", "CUS"), ("S-2", None))


def test_a_gross_mass_comes_with_its_method() -> None:
    movement = moved(gross_mass_kg=20_500, gross_mass_method="weighbridge", tare_mass_kg=3_800)
    assert (movement.gross_mass_kg, movement.gross_mass_method, movement.tare_mass_kg) == (20_500, "weighbridge", 3_800)
    assert refused(gross_mass_kg=20_500) == [(Code.MISSING_FIELD, "/gross_mass_method")]
    assert refused(gross_mass_method="VGM1") == [(Code.MISSING_FIELD, "/gross_mass_kg")]


@pytest.mark.parametrize("event_type", ["CUSS", "CUSI", "INSP"])
def test_a_control_has_a_result(event_type: str) -> None:
    assert moved(event_type=event_type, control_result="irregular").control_result == "irregular"


def test_nothing_but_a_control_has_a_result() -> None:
    assert refused(control_result="irregular") == [(Code.NOT_ALLOWED, "/event_type")]


def test_a_container_number_whose_check_digit_does_not_fit_is_refused() -> None:
    assert refused(equipment_id=EQUIPMENT[:10] + "4") == [(Code.BAD_FORMAT, "/equipment_id")]


def test_a_ship_number_whose_check_digit_does_not_fit_is_refused_beside_the_container() -> None:
    faults = refused(equipment_id=EQUIPMENT[:10] + "4", transport_call={"mode": "VESSEL", "vessel_imo": "9074720"})
    assert faults == [(Code.BAD_FORMAT, "/equipment_id"), (Code.BAD_FORMAT, "/transport_call/vessel_imo")]


@pytest.mark.parametrize("equipment_id", ["CSQA3054383", "csqu3054383", "CSQU305438", "CSQU30543830"])
def test_what_is_no_container_number_is_refused(equipment_id: str) -> None:
    assert refused(equipment_id=equipment_id) == [(Code.BAD_FORMAT, "/equipment_id")]


def test_an_actual_event_is_not_in_the_future_and_a_planned_one_may_be() -> None:
    later = {"occurred_at": "2026-04-20T00:00:00Z"}
    assert refused(**later) == [(Code.IN_FUTURE, "/occurred_at")]
    assert moved(classifier="PLN", **later).occurred_at == later["occurred_at"]


def test_what_is_planned_half_a_year_ahead_is_taken_and_a_day_more_is_not() -> None:
    # 2026-03-02 + 180 days = 2026-08-29
    assert moved(classifier="EST", occurred_at="2026-08-29T08:00:00Z").classifier == "EST"
    assert refused(classifier="EST", occurred_at="2026-08-30T08:00:00Z") == [(Code.IN_FUTURE, "/occurred_at")]


def test_an_event_recorded_after_today_is_refused() -> None:
    assert refused(recorded_at="2026-04-20T00:00:00Z") == [(Code.IN_FUTURE, "/recorded_at")]


def test_an_event_that_takes_another_back_names_it() -> None:
    assert moved(retracted_event_id="E-0").retracts == "E-0"


def test_the_key_of_a_movement_is_its_container() -> None:
    assert record_key(movement_document()) == EQUIPMENT
