"""What the engine says of a movement: an assessment of every event, and an alert for every typology that it raised."""

from dataclasses import dataclass, field

from stream_app.contracts.assessment import Reason, Source


@dataclass
class MovementScores:
    """`anomaly`: share of recent events that are less unusual; `non_compliance`: P(a control of this container finds something), None: not known."""

    anomaly: float
    non_compliance: float | None = None


@dataclass
class Evidence:
    """A document that a finding rests on: an event of the container, or a declaration that names it."""

    document: str
    """movement or declaration."""
    id: str
    at: str
    """When it happened or was lodged, RFC 3339 in UTC."""
    type: str | None = None
    location: str | None = None


@dataclass
class MovementAlert:
    """Why a container should be looked at. The same container, event and typology give the same alert_id; a later revision replaces it.

    `status` is raised, or withdrawn: what came late has explained it.
    """

    alert_id: str
    revision: int
    status: str
    typology: str
    equipment_id: str
    event_id: str
    occurred_at: str
    location: str | None
    vessel_imo: str | None
    voyage: str | None
    transport_document: str | None
    declaration_ids: list[str]
    evidence: list[Evidence]
    score: float
    percentile: float
    severity: str
    lane: str
    selection: str
    """mandatory:contradiction, or score:<head>."""
    scores: MovementScores
    reasons: list[Reason]
    maturity: str
    model: str
    mode: str
    source: Source | None


@dataclass
class MovementAssessment:
    """One event judged. `p_values` are tail probabilities by the detectors that had something to ask; `typologies` those that it raised.

    `late`: later events of its voyage were known already. `withdrawn`: alerts that it took back.
    """

    assessment_id: str
    equipment_id: str
    event_id: str
    event_type: str
    classifier: str
    occurred_at: str
    location: str | None
    scores: MovementScores
    score: float
    lane: str
    alerted: bool
    severity: str | None
    typologies: list[str]
    p_values: dict[str, float]
    reasons: list[Reason]
    late: bool
    withdrawn: list[str]
    failed: list[str]
    maturity: str
    model: str
    mode: str
    source: Source | None = None
    alerts: list[str] = field(default_factory=list)
    """Ids of the alerts that it raised."""
