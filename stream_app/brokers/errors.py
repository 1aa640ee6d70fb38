"""What can go wrong with a broker, named for what the caller does next.

    BrokerError
      BrokerUnavailableError   the broker does not answer, or has stopped: wait, or look at its log
      FaultsError              `faults` lists everything that is wrong
        ConfigurationError     mend the file or the settings
        TopicsRefusedError     the broker answered and said no: mend the catalogue, or the topics

Messages hold addresses, file names and topic names, never a password.
"""

from collections.abc import Iterable


class BrokerError(Exception):
    """Root of this tree."""


class FaultsError(BrokerError):
    """Several things are wrong at once."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


class ConfigurationError(FaultsError):
    """The topic catalogue or the connection settings are wrong."""


class BrokerUnavailableError(BrokerError):
    """Nothing answers the Kafka protocol where a broker was expected."""


class TopicsRefusedError(FaultsError):
    """Topics could not be created, or exist in a shape that breaks the service."""
