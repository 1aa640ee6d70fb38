from concurrent.futures import ThreadPoolExecutor

import pytest
from kafka import KafkaAdminClient

from stream_app.brokers.admin import Difference, create_topics, partition_counts
from stream_app.brokers.errors import BrokerUnavailableError, TopicsRefusedError
from stream_app.brokers.security import Connection
from stream_app.brokers.topics import Catalogue
from tests.support.broker import Broker

pytestmark = pytest.mark.broker


def make(broker: Broker, name: str, partitions: int) -> None:
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        admin.create_topics({name: {"num_partitions": partitions, "replication_factor": 1}}, wait_for_metadata=True)


def test_the_first_call_creates_and_the_second_finds_everything(broker: Broker, fresh_catalogue: Catalogue) -> None:
    names = tuple(topic.name for topic in fresh_catalogue.values())
    first = create_topics(broker.connection, fresh_catalogue)
    second = create_topics(broker.connection, fresh_catalogue)
    assert (first.created, first.existing, first.different) == (names, (), ())
    assert (second.created, second.existing, second.different) == ((), names, ())


def test_topics_have_their_partitions_as_soon_as_the_call_returns(broker: Broker, fresh_catalogue: Catalogue) -> None:
    create_topics(broker.connection, fresh_catalogue, partitions=3)
    counts = partition_counts(broker.connection, [topic.name for topic in fresh_catalogue.values()])
    assert len(counts) == len(fresh_catalogue)
    assert set(counts.values()) == {3}


def test_another_partition_count_is_reported_and_left_alone(broker: Broker, fresh_catalogue: Catalogue) -> None:
    alerts = fresh_catalogue["alerts"].name
    make(broker, alerts, 2)
    report = create_topics(broker.connection, fresh_catalogue)
    assert report.different == (Difference(alerts, wanted_partitions=4, found_partitions=2),)
    assert report.existing == (alerts,)
    assert partition_counts(broker.connection, [alerts]) == {alerts: 2}


def test_nothing_is_created_beside_a_topic_that_would_split_traders(broker: Broker, fresh_catalogue: Catalogue) -> None:
    make(broker, fresh_catalogue["outcomes"].name, 8)
    with pytest.raises(TopicsRefusedError, match=r"declarations has 4 partitions, outcomes has 8 partitions"):
        create_topics(broker.connection, fresh_catalogue)
    assert partition_counts(broker.connection, [fresh_catalogue["declarations"].name]) == {}


def test_equal_counts_other_than_the_catalogues_are_accepted(broker: Broker, fresh_catalogue: Catalogue) -> None:
    """And a topic that a later release brings gets the partitions of those that it goes with."""
    for alias in ("declarations", "outcomes"):
        make(broker, fresh_catalogue[alias].name, 8)
    report = create_topics(broker.connection, fresh_catalogue)
    milestones = fresh_catalogue["milestones"].name
    assert milestones in report.created
    assert partition_counts(broker.connection, [milestones]) == {milestones: 8}
    assert [difference.found_partitions for difference in report.different] == [8, 8]


def test_two_that_create_at_once_both_succeed(broker: Broker, fresh_catalogue: Catalogue) -> None:
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: create_topics(broker.connection, fresh_catalogue), range(4)))
    assert all(set(r.created) | set(r.existing) == {t.name for t in fresh_catalogue.values()} for r in reports)


def test_asking_for_a_topic_does_not_make_it(broker: Broker, fresh_catalogue: Catalogue) -> None:
    name = fresh_catalogue["alerts"].name
    assert partition_counts(broker.connection, [name]) == {}
    assert partition_counts(broker.connection, [name]) == {}


def test_no_broker_is_said_in_the_time_given(fresh_catalogue: Catalogue) -> None:
    with pytest.raises(BrokerUnavailableError, match=r"127\.0\.0\.1:9"):
        create_topics(Connection("127.0.0.1:9"), fresh_catalogue, timeout_seconds=0.5)
