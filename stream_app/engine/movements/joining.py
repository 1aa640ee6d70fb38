"""Declarations and movements, each told of the other: what a declaration says of its containers, and what its containers say of it."""

from typing import Any

import orjson

from stream_app.contracts.assessment import Reason, deterministic_id
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.declared import Declared
from stream_app.engine.alerts import LANES, POINTS_PER_DECADE, alert, leading
from stream_app.engine.engine import Result
from stream_app.engine.panel import MAX_REASONS

SEVERITIES = ("low", "medium", "high", "critical")
CONTRADICTED = "mandatory:rule"
"""Why a declaration is selected that nothing else had selected."""


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


def raised_again(declared: Declared, typology: str, reasons: list[Reason], score: float, severity: str, lane: str) -> Declared:
    """The declaration with its alert revised: one more reason, and no less severe than before. An alert that there was none of yet is about
    the finding, and its first revision."""
    before = declared.alert
    told: list[Any] = orjson.loads(orjson.dumps(reasons))
    after = before | {
        "revision": before["revision"] + 1,
        "reasons": [*told, *before["reasons"]][:MAX_REASONS],
        "score": max(before["score"], score),
        "severity": max(before["severity"], severity, key=SEVERITIES.index),
        "lane": max(before["lane"], lane, key=LANES.index),
    }
    after["percentile"] = round(100.0 * (1.0 - 10 ** (-after["score"] / POINTS_PER_DECADE)), 4)
    if not before["revision"]:
        after["typology"] = typology
        after["alert_id"] = deterministic_id("alert", declared.declaration_id, declared.version, typology)
        after["items_alerted"] = [before["item_number"]]
        after["selection"] = before["selection"] | {"reason": CONTRADICTED, "propensity": 1.0}
    return Declared(**{field: getattr(declared, field) for field in declared.__struct_fields__} | {"alert": after})
