"""A real broker for the tests: one for the session, and topics of its own for every test."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream_app.brokers.admin import create_topics
from stream_app.brokers.embedded import EmbeddedBroker
from stream_app.brokers.topics import Catalogue

TOPICS_FILE = Path(__file__).parents[2] / "schemas" / "topics.toml"

_numbers = itertools.count()


@pytest.fixture(scope="session")
def embedded_broker() -> Iterator[EmbeddedBroker]:
    """Running for the whole session; do not stop it."""
    with EmbeddedBroker() as broker:
        yield broker


@pytest.fixture
def fresh_catalogue() -> Catalogue:
    """The catalogue under a prefix that no other test has; its topics do not exist yet."""
    return Catalogue.load(TOPICS_FILE, prefix=f"t{os.getpid()}-{next(_numbers)}.")


@pytest.fixture
def topics(embedded_broker: EmbeddedBroker, fresh_catalogue: Catalogue) -> Catalogue:
    """The catalogue, created on the embedded broker."""
    create_topics(embedded_broker.connection, fresh_catalogue)
    return fresh_catalogue
