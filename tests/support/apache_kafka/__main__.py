"""`make kafka`: Apache Kafka on loopback until Ctrl-C. The bootstrap address is all that it prints on standard output."""

import argparse
import signal
import sys

from stream_app.brokers.errors import BrokerUnavailableError
from tests.support.apache_kafka.cluster import ApacheKafka
from tests.support.apache_kafka.fetch import CannotRunError, version


def main() -> int:
    """Exit code 0 after Ctrl-C or SIGTERM, 1 where it cannot run."""
    parser = argparse.ArgumentParser(prog="make kafka", description="Apache Kafka on loopback; nothing of it outlives Ctrl-C.")
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=1, help="3: a quorum of three processes, two of which must be in sync")
    nodes = parser.parse_args().nodes
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    _say(f"Apache Kafka {version()} is fetched, if need be, and started ...")
    try:
        with ApacheKafka(nodes, java_options=()) as broker:
            print(broker.bootstrap, flush=True)
            _say("Ctrl-C ends it and removes everything.")
            broker.await_end()
    except (BrokerUnavailableError, CannotRunError) as error:
        _say(f"Apache Kafka cannot run here: {error}")
        return 1


def _leave(*_: object) -> None:
    """Once: an impatient second Ctrl-C would leave the folder behind."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
