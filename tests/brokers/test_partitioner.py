"""Keys go to the partition that every other Kafka client gives them."""

from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as plain_murmur2
from hypothesis import given
from hypothesis import strategies as st

from stream_app.brokers.partitioner import murmur2, partition_of


@given(st.binary(max_size=80))
def test_the_hash_is_that_of_aiokafka(key: bytes) -> None:
    assert int(murmur2(key)) == plain_murmur2(key) & 0xFFFF_FFFF


@given(st.binary(max_size=40), st.integers(2, 500))
def test_the_partition_is_that_of_aiokafka(key: bytes, count: int) -> None:
    partitions = list(range(count))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, partitions, partitions)


def test_the_hash_of_a_known_key() -> None:
    # UtilsTest.testMurmur2 of Apache Kafka: "foobar" -> -790332482
    assert int(murmur2(b"foobar")) == -790332482 & 0xFFFF_FFFF


def test_records_without_a_key_are_spread() -> None:
    assert {partition_of(None, [0, 1, 2]) for _ in range(200)} == {0, 1, 2}
    assert partition_of(None, [7]) == 7
