"""Real brokers for the tests: two for the session, the embedded one and Apache Kafka, and topics of its own for every test.

A test that asks for `broker` runs on both. Outside CI a machine without Java or Maven leaves the half on Apache Kafka out, and says so.
"""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from stream_app.brokers.admin import create_topics
from stream_app.brokers.embedded import EmbeddedBroker
from stream_app.brokers.security import Connection
from stream_app.brokers.topics import Catalogue
from tests.support.apache_kafka import ApacheKafka, CannotRunError, missing

TOPICS_FILE = Path(__file__).parents[2] / "schemas" / "topics.toml"

PATIENCE = 180.0
"""Seconds until a test gives up on what it waits for. What a limit in time is claimed of is measured on its own."""

_numbers = itertools.count()


class Broker(Protocol):
    """What the tests know of either."""

    @property
    def bootstrap(self) -> str: ...

    @property
    def connection(self) -> Connection: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where Apache Kafka cannot run, its tests are marked before they start, so that the summary names their files."""
    on_apache = [item for item in items if _needs_apache(item)]
    if on_apache and not _must_run() and (reason := missing()):
        for item in on_apache:
            item.add_marker(pytest.mark.skip(reason=f"not run on Apache Kafka: {reason}"))


@pytest.fixture(scope="session")
def embedded_broker() -> Iterator[EmbeddedBroker]:
    """Running for the whole session; do not stop it."""
    with EmbeddedBroker(start_seconds=PATIENCE) as broker:
        yield broker


@pytest.fixture(scope="session")
def apache_broker() -> Iterator[ApacheKafka]:
    """One node, running for the whole session; do not stop it."""
    yield from _running(1)


@pytest.fixture(scope="module")
def three_nodes() -> Iterator[ApacheKafka]:
    yield from _running(3)


@pytest.fixture
def apache_quorum(three_nodes: ApacheKafka) -> Iterator[ApacheKafka]:
    """Three nodes, of which a test may kill one."""
    yield three_nodes
    three_nodes.mend()


@pytest.fixture(scope="session", params=["embedded", "apache"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Each in turn; runs for the whole session, do not stop it."""
    found: Broker = request.getfixturevalue(f"{request.param}_broker")
    return found


@pytest.fixture
def fresh_catalogue() -> Catalogue:
    """The catalogue under a prefix that no other test has; its topics do not exist yet."""
    return Catalogue.load(TOPICS_FILE, prefix=f"t{os.getpid()}-{next(_numbers)}.")


@pytest.fixture
def topics(broker: Broker, fresh_catalogue: Catalogue) -> Catalogue:
    """The catalogue, created on the broker."""
    create_topics(broker.connection, fresh_catalogue, timeout_seconds=PATIENCE)
    return fresh_catalogue


def _running(nodes: int) -> Iterator[ApacheKafka]:
    broker = ApacheKafka(nodes, start_seconds=PATIENCE)
    try:
        broker.start()
    except CannotRunError as error:
        if _must_run():
            raise
        pytest.skip(f"not run on Apache Kafka: {error}")
    with broker:
        yield broker


def _must_run() -> bool:
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def _needs_apache(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function):
        return False
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return parameters.get("broker") == "apache" or not {"apache_broker", "apache_quorum"}.isdisjoint(item.fixturenames)
