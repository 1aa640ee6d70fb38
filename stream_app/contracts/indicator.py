"""What the service says of itself and of what comes in: how often it is right, what has drifted, who has gone quiet."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from stream_app.contracts.assessment import deterministic_id


class Kind(StrEnum):
    """The families of indicators; they label a metric."""

    FEEDBACK = "feedback"
    DRIFT = "drift"
    DISTRIBUTION = "distribution"
    SILENCE = "silence"
    HEALTH = "health"
    MIRROR = "mirror"
    TIME_RELEASE = "time_release"
    PERFORMANCE = "performance"
    SEIZURES = "seizures"
    DATA_QUALITY = "data_quality"
    FORECAST = "forecast"


@dataclass(frozen=True)
class Subject:
    """What an indicator is about: `by` a dimension (head, detector, lane, office, ...), `of` its value. `segment`: which goods of it."""

    by: str
    of: str
    segment: str = "all"


@dataclass(frozen=True)
class Interval:
    """Confidence limits, in the indicator's unit."""

    lower: float
    upper: float
    confidence: float


@dataclass(frozen=True)
class Cause:
    """The group of goods that a drift is mostly due to: its own figure before and after, and its share of the whole change."""

    by: str
    of: str
    before: float
    after: float
    share: float


@dataclass
class Indicator:
    """One figure at one time. `value` is in `unit`, `before` what it was; `n` is what it rests on, and `window` the time it speaks of."""

    indicator_id: str
    kind: Kind
    name: str
    subject: Subject
    value: float
    before: float | None
    interval: Interval | None
    n: int | float
    unit: str
    window: dict[str, str]
    text: str
    cause: Cause | None
    at: str
    partition: int | None
    model: str
    mode: str

    @property
    def series(self) -> str:
        """What the figure is one of: the record key, so that the figures of a series stay in order."""
        return f"{self.name}/{self.subject.by}/{self.subject.of}/{self.subject.segment}"


def indicator_id(kind: Kind, name: str, subject: Subject, at: str, partition: int | None, mode: str) -> str:
    """The same figure of the same partition at the same event time has the same id, after any restart."""
    return deterministic_id("indicator", mode, partition, kind.value, name, subject.by, subject.of, subject.segment, at)


def moment(epoch: float) -> str:
    """Seconds since 1970 as RFC 3339 in UTC, whole seconds."""
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def window(begin: float, end: float) -> dict[str, str]:
    """From and to, both in seconds since 1970."""
    return {"from": moment(begin), "to": moment(end)}
