"""Apache Kafka for the tests and for `make kafka`: fetched with Maven, run from its jars, on loopback only."""

from tests.support.apache_kafka.cluster import ApacheKafka
from tests.support.apache_kafka.fetch import CannotRunError, missing

__all__ = ["ApacheKafka", "CannotRunError", "missing"]
