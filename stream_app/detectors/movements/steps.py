"""What is kept of the events of a container: actual ones as steps of its way, planned and estimated ones as plans."""

from msgspec import Struct

from stream_app.contracts.movement import Movement

# What happens first where several things are recorded for the same instant.
_RANK = {
    name: rank
    for rank, name in enumerate(
        ["STUF", "ARRI", "DISC", "DROP", "GTIN", "CROS", "CUSS", "CUSI", "INSP", "RMVD", "RSEA", "CUSR", "STRP", "PICK", "GTOT", "LOAD", "DEPA"]
    )
}


LEAVING = frozenset({"LOAD", "GTOT", "DEPA", "PICK", "CROS"})
"""After these a container is no longer at the place."""


class Step(Struct, array_like=True, frozen=True, gc=False):
    """An event as far as detectors read it; `at` and `recorded` in seconds since 1970, masses in kg, None where nothing is said."""

    at: float
    rank: int
    event_id: str
    type: str
    recorded: float
    location: str | None = None
    facility: str | None = None
    facility_type: str | None = None
    mode: str | None = None
    vessel_imo: str | None = None
    voyage: str | None = None
    laden: bool | None = None
    transshipment: bool = False
    seals: tuple[str, ...] | None = None
    gross_mass_kg: float | None = None
    gross_mass_method: str | None = None
    tare_mass_kg: float | None = None
    iso_equipment_code: str | None = None
    control_result: str | None = None
    carrier_id: str | None = None
    declaration_id: str | None = None
    transport_document: str | None = None

    @property
    def order(self) -> tuple[float, int, str]:
        return self.at, self.rank, self.event_id

    @property
    def country(self) -> str:
        """Of its UN/LOCODE; "" where the place is not known."""
        return (self.location or "")[:2]


class Plan(Struct, array_like=True, frozen=True, gc=False):
    """A planned or estimated event. A later record of the same event at the same place replaces it."""

    recorded: float
    event_id: str
    type: str
    at: float
    location: str | None
    vessel_imo: str | None
    voyage: str | None
    laden: bool | None
    transshipment: bool


def step_of(movement: Movement) -> Step:
    """What is kept of an actual event."""
    m = movement
    return Step(
        m.occurred_epoch,
        _RANK[m.event_type],
        m.event_id,
        m.event_type,
        m.recorded_epoch,
        m.location,
        m.facility,
        m.facility_type,
        m.mode,
        m.vessel_imo,
        m.voyage,
        m.laden,
        m.transshipment,
        None if m.seals is None else tuple(sorted([number for number, _ in m.seals])),
        m.gross_mass_kg,
        m.gross_mass_method,
        m.tare_mass_kg,
        m.iso_equipment_code,
        m.control_result,
        m.carrier_id,
        m.declaration_id,
        m.transport_document,
    )


def plan_of(movement: Movement) -> Plan:
    """What is kept of a planned or estimated event."""
    m = movement
    return Plan(m.recorded_epoch, m.event_id, m.event_type, m.occurred_epoch, m.location, m.vessel_imo, m.voyage, m.laden, m.transshipment)
