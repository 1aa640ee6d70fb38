"""What the engine says of a declaration: assessments for every goods item, and an alert where one was selected.

None of what is encoded has slots: orjson writes an object with a `__dict__` in 0.4 of the time.
"""

from dataclasses import dataclass, field
from hashlib import sha1
from uuid import UUID

import orjson

NAMESPACE = UUID("6f0e2c1e-3f0b-5c4e-9a55-7e1d5a9f2b10")
"""Of all deterministic ids (UUIDv5, RFC 9562): the same input gives the same ids after any restart."""
_NAMESPACE_HASH = sha1(NAMESPACE.bytes, usedforsecurity=False)
_VARIANT = {f"{digit:x}": f"{digit & 0x3 | 0x8:x}" for digit in range(16)}  # RFC 9562, section 4.1


@dataclass(frozen=True)
class Source:
    """Where in Kafka the declaration stood, and since when (the record's own timestamp, milliseconds since 1970)."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int


@dataclass
class Step:
    """One group of a reason's back-off path: `n` records (effective), what they show in themselves (`value`), and what is expected once they have
    corrected the wider groups (`estimate`; None: not used). `level` and `key` say the group in codes, `group` in words."""

    group: str
    level: str
    key: list[str]
    n: float
    value: float | None
    estimate: float | None


@dataclass
class Distribution:
    """Where the peers' values lie: Student's t of the value (`scale` linear) or of its natural logarithm (log), for drawing."""

    scale: str
    mean: float
    deviation: float
    freedom: float


@dataclass
class Reason:
    """One piece of evidence, which an officer can check. `actual` to `upper` are in `unit`; `impact` is in nats.

    `path` goes from the widest peer group to the narrowest; `details` are what else the text says, by name, so that it can be translated.
    """

    code: str
    text: str
    feature: str
    actual: float | str | None
    typical: float | str | None
    lower: float | None
    upper: float | None
    unit: str
    peer_group: str
    n_peer: float
    impact: float
    path: list[Step] = field(default_factory=list)
    distribution: Distribution | None = None
    details: dict[str, float | str] = field(default_factory=dict)


@dataclass
class Scores:
    """The four heads, never mixed. Probabilities in [0, 1], revenue in accounting currency; None: no such head yet."""

    anomaly: float
    non_compliance: float | None
    critical: float | None = None
    revenue_at_risk: float | None = None


@dataclass
class HeadState:
    """How much a head has learned: cold, warming or mature, and from how many items (anomaly) or outcomes (the others)."""

    maturity: str
    n: int


@dataclass
class Selection:
    """Why an item is controlled (None: it is not), and how probable that was under the policy. `control_sample`: it is in the random sample."""

    reason: str | None
    propensity: float
    control_sample: bool
    watchlist_entry: str | None
    suppressed_by: str | None


@dataclass
class ItemAssessment:
    """One goods item scored. `score` is 0-100; `p_values` are tail probabilities by detector; `missing` and `failed` say what could not be judged.

    `reasons` speak against an item that is selected, `counter_evidence` for it.
    """

    item_number: int
    scores: Scores
    score: float
    lane: str
    alerted: bool
    severity: str | None
    selection: Selection
    maturity: str
    p_values: dict[str, float]
    reasons: list[Reason] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    counter_evidence: list[Reason] = field(default_factory=list)


@dataclass
class Assessment:
    """A declaration scored: the highest score, lane and severity of its items, and the items in the order of the declaration."""

    assessment_id: str
    declaration_id: str
    version: int
    lodged_at: str
    office: str
    score: float
    lane: str
    alerted: bool
    severity: str | None
    items: list[ItemAssessment]
    heads: dict[str, HeadState]
    model: str
    mode: str
    source: Source | None


@dataclass
class Alert:
    """Which consignment to control, why, compared with what, and how sure. The same declaration, version and typology give the same alert_id."""

    alert_id: str
    revision: int
    typology: str
    declaration_id: str
    version: int
    lodged_at: str
    office: str
    trader_id: str
    declarant_id: str
    item_number: int
    items_alerted: list[int]
    hs_code: str
    origin_country: str
    departure_country: str
    score: float
    percentile: float
    severity: str
    lane: str
    selection: Selection
    heads: Scores
    reasons: list[Reason]
    counter_evidence: list[Reason]
    missing: list[str]
    failed: list[str]
    maturity: str
    head_states: dict[str, HeadState]
    model: str
    mode: str
    source: Source | None


def deterministic_id(*parts: object) -> str:
    """UUIDv5 over the parts (as `uuid.uuid5` gives it, in a quarter of its time: every assessment has one)."""
    hashed = _NAMESPACE_HASH.copy()
    hashed.update("\x1f".join(map(str, parts)).encode())
    digest = hashed.hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{_VARIANT[digest[16]]}{digest[17:20]}-{digest[20:32]}"


def encode(result: object) -> bytes:
    """One of the results of this package as JSON bytes."""
    return orjson.dumps(result)
