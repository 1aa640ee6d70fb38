"""Create the topics of the catalogue on a broker. Existing topics are left alone; what differs is reported, never changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, KafkaTimeoutError, for_code

from stream_app.brokers.errors import BrokerUnavailableError, TopicsRefusedError
from stream_app.brokers.security import Connection
from stream_app.brokers.topics import FOLLOWS, Catalogue, Topic, unequal_partitions

_DAY_MS = 86_400_000
_NO_ERROR, _UNKNOWN_TOPIC, _ALREADY_EXISTS = 0, 3, 36  # Kafka protocol error codes


@dataclass(frozen=True, slots=True)
class Difference:
    """A topic that exists with another number of partitions than the catalogue's. Nothing is done about it: adding some would move keys."""

    name: str
    wanted_partitions: int
    found_partitions: int


@dataclass(frozen=True, slots=True)
class TopicReport:
    """Topic names. Those of `different` are in `existing` too."""

    created: tuple[str, ...]
    existing: tuple[str, ...]
    different: tuple[Difference, ...]


def create_topics(
    connection: Connection, catalogue: Catalogue, partitions: int | None = None, replication_factor: int = 1, timeout_seconds: float = 30.0
) -> TopicReport:
    """Create what is missing, and wait until every partition of every topic has a leader. May be repeated.

    `partitions` overrides the catalogue's counts, for all topics. Raises BrokerUnavailableError; and TopicsRefusedError if the broker refuses
    a topic, or if declarations and outcomes would end with unequal partition counts (nothing is created then).
    """
    topics = [replace(topic, partitions=partitions or topic.partitions) for topic in catalogue.values()]
    admin = _admin(connection, timeout_seconds)
    try:
        return _create(admin, topics, replication_factor, timeout_seconds)
    except KafkaTimeoutError as error:
        raise BrokerUnavailableError(f"{connection.bootstrap}: {error}") from error
    finally:
        admin.close()


def partition_counts(connection: Connection, names: Iterable[str], timeout_seconds: float = 30.0) -> dict[str, int]:
    """Topic name -> partition count, as the broker has it; names that it does not know are left out."""
    admin = _admin(connection, timeout_seconds)
    try:
        return _counts(admin, list(names))
    finally:
        admin.close()


def _admin(connection: Connection, timeout_seconds: float) -> Any:
    try:
        return KafkaAdminClient(**connection.kafka_python(), client_id="tidewaiter-admin", bootstrap_timeout_ms=int(timeout_seconds * 1000))
    except KafkaError as error:
        raise BrokerUnavailableError(f"{connection.bootstrap}: {error}") from error


def _create(admin: Any, topics: list[Topic], replication_factor: int, timeout_seconds: float) -> TopicReport:
    before = _counts(admin, [topic.name for topic in topics])
    topics = [_following(topic, topics, before) for topic in topics]
    missing = [topic for topic in topics if topic.name not in before]
    if faults := unequal_partitions({topic.alias: before.get(topic.name, topic.partitions) for topic in topics}):
        raise TopicsRefusedError(faults)
    created = _request(admin, missing, replication_factor) if missing else set()
    admin.wait_for_topics([topic.name for topic in topics], timeout_ms=int(timeout_seconds * 1000))
    # Whichever node answers now may not have heard of what another one has just made.
    found = {topic.name: topic.partitions for topic in topics} | before | _counts(admin, [topic.name for topic in topics])
    return _report(topics, created, found)


def _following(topic: Topic, topics: list[Topic], before: Mapping[str, int]) -> Topic:
    """Our own topics have as many partitions as the input that they are about has already: an older deployment is not stopped by them."""
    leader = next((other for other in topics if other.alias == FOLLOWS.get(topic.alias)), topic)
    return replace(topic, partitions=before.get(leader.name, topic.partitions)) if leader is not topic else topic


def _request(admin: Any, topics: list[Topic], replication_factor: int) -> set[str]:
    """The names that this request created; another client may have been quicker with some."""
    wanted = {t.name: {"num_partitions": t.partitions, "replication_factor": replication_factor, "configs": _configs(t)} for t in topics}
    answers = admin.create_topics(wanted, raise_errors=False)["topics"]
    refused = [answer for answer in answers if answer["error_code"] not in {_NO_ERROR, _ALREADY_EXISTS}]
    if refused:
        raise TopicsRefusedError(f"{a['name']}: {for_code(a['error_code']).__name__}: {a.get('error_message') or 'no reason given'}" for a in refused)
    return {answer["name"] for answer in answers if answer["error_code"] == _NO_ERROR}


def _configs(topic: Topic) -> dict[str, str]:
    configs = {"cleanup.policy": "compact"} if topic.compacted else {"cleanup.policy": "delete", "retention.ms": str(topic.retention_days * _DAY_MS)}
    if topic.max_message_bytes is not None:
        configs["max.message.bytes"] = str(topic.max_message_bytes)
    if topic.segment_bytes is not None:
        configs["segment.bytes"] = str(topic.segment_bytes)
    if topic.broker_time:
        configs["message.timestamp.type"] = "LogAppendTime"
    return configs


def _counts(admin: Any, names: list[str]) -> dict[str, int]:
    found = admin.describe_topics(names)
    broken = [topic for topic in found if topic["error_code"] not in {_NO_ERROR, _UNKNOWN_TOPIC}]
    if broken:
        raise TopicsRefusedError(f"{topic['name']}: {for_code(topic['error_code']).__name__}" for topic in broken)
    return {topic["name"]: len(topic["partitions"]) for topic in found if topic["error_code"] == _NO_ERROR}


def _report(topics: list[Topic], created: set[str], found: Mapping[str, int]) -> TopicReport:
    different = tuple(Difference(t.name, t.partitions, found[t.name]) for t in topics if found[t.name] != t.partitions)
    names = [topic.name for topic in topics]
    return TopicReport(tuple(n for n in names if n in created), tuple(n for n in names if n not in created), different)
