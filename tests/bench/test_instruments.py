"""The bench of the instruments: all six, on events of their own."""

from stream_app.bench.instruments import memory, rates
from stream_app.instruments.suite import NAMES


def test_every_instrument_has_a_rate_and_a_size() -> None:
    found = rates(400, repeats=1)
    assert set(found) == set(NAMES)
    assert min(found.values()) > 0
    held = memory(400)
    assert set(held) == set(NAMES)
    assert held["mirror"]["rows"]["mirror_records_known"] == 400
    assert held["performance"]["rows"]["performance_files"] == 100, "a file has four events"
