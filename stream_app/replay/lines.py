"""The lines that `tidewaiter replay --out` writes."""

from collections.abc import Iterator

import orjson

from stream_app.contracts.assessment import Assessment
from stream_app.contracts.movement_assessment import MovementAssessment
from stream_app.engine.movements.engine import MissedResult


def item_lines(assessment: Assessment) -> Iterator[bytes]:
    """One line per goods item."""
    for item in assessment.items:
        yield orjson.dumps(
            {
                "declaration_id": assessment.declaration_id,
                "item_number": item.item_number,
                "lodged_at": assessment.lodged_at,
                "scores": item.scores,
                "score": item.score,
                "lane": item.lane,
                "alerted": item.alerted,
                "reasons": item.reasons,
                "version": assessment.version,
                "severity": item.severity,
                "selection": item.selection,
                "maturity": item.maturity,
                "p_values": item.p_values,
                "missing": item.missing,
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )


def movement_line(assessment: MovementAssessment) -> bytes:
    """One line per movement event."""
    return orjson.dumps(
        {
            "equipment_id": assessment.equipment_id,
            "event_id": assessment.event_id,
            "occurred_at": assessment.occurred_at,
            "scores": assessment.scores,
            "typologies": assessment.typologies,
            "alerted": assessment.alerted,
            "reasons": assessment.reasons,
            "event_type": assessment.event_type,
            "classifier": assessment.classifier,
            "score": assessment.score,
            "lane": assessment.lane,
            "severity": assessment.severity,
            "p_values": assessment.p_values,
            "late": assessment.late,
            "alerts": assessment.alerts,
            "withdrawn": assessment.withdrawn,
            "maturity": assessment.maturity,
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )


def container_line(said: MissedResult) -> bytes:
    """The same, of a container without any event of it: what it is about is the plan, or the declaration."""
    raised = [alert for alert in said.alerts if alert.status == "raised"]
    first = (raised or said.alerts)[0]
    return orjson.dumps(
        {
            "equipment_id": said.equipment_id,
            "event_id": first.event_id,
            "occurred_at": first.occurred_at,
            "scores": first.scores,
            "typologies": [alert.typology for alert in raised],
            "alerted": bool(raised),
            "reasons": first.reasons,
            "score": first.score,
            "lane": first.lane,
            "severity": first.severity,
            "alerts": [alert.alert_id for alert in raised],
            "withdrawn": [alert.alert_id for alert in said.alerts if alert.status == "withdrawn"],
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )
