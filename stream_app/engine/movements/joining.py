"""What a declaration says of its containers, for each of them to be told."""

import orjson

from stream_app.contracts.declaration import Declaration
from stream_app.contracts.declared import Declared
from stream_app.engine.alerts import alert, leading
from stream_app.engine.engine import Result


def declared_containers(declaration: Declaration, result: Result) -> list[Declared]:
    """One record a container, each with the declaration's alert, or with what one would say of its leading item."""
    if not declaration.equipment_ids:
        return []
    raised = result.alert
    if raised is None:
        raised = alert(declaration, result.assessment, leading(result.assessment.items), "none")
        raised.revision, raised.counter_evidence = 0, []
    document = orjson.loads(orjson.dumps(raised))
    # A gross mass below the net mass is a slip of the pen, told in data quality; the goods weigh no less than their net mass.
    masses = [None if item.gross_mass_kg is None else max(item.gross_mass_kg, item.net_mass_kg or 0.0) for item in declaration.items]
    alone = len(declaration.equipment_ids) == 1 and None not in masses
    return [
        Declared(
            equipment_id,
            declaration.declaration_id,
            declaration.version,
            declaration.lodged_at,
            declaration.lodged_epoch,
            declaration.direction,
            declaration.departure_country,
            declaration.loading_location,
            declaration.discharge_location,
            declaration.vessel_imo,
            seals,
            sum(mass for mass in masses if mass is not None) if alone else None,
            document,
        )
        for equipment_id, seals in zip(declaration.equipment_ids, declaration.seals, strict=True)
    ]
