"""A simulated world into the topics, at a steady pace: the load of the demo and of trials."""

import time
from contextlib import ExitStack
from heapq import merge
from operator import attrgetter

from stream_app.brokers.security import Connection
from stream_app.brokers.topics import Catalogue
from stream_app.client.produce import event_id
from stream_app.client.producer import EventProducer
from stream_app.simulate import WorldConfig, simulate
from stream_app.simulate.clearance import FILES, clearance

SOURCE = "tidewaiter-simulator"


def send_world(config: WorldConfig, connection: Connection, catalogue: Catalogue, rate: float, around: bool = False) -> int:
    """Events sent, at most up to the present. `rate` in events a second; 0 sends as fast as the broker takes them. A late start is no burst.
    `around`: milestones, exports and seizures too."""
    kinds = ("declarations", "outcomes", *(["movements"] if config.movements else []), *(FILES if around else []))
    events = merge(simulate(config), clearance(config), key=attrgetter("at")) if around else simulate(config)
    with ExitStack() as stack:
        producers = {kind: stack.enter_context(EventProducer(connection, catalogue, kind, SOURCE)) for kind in kinds}
        due = time.monotonic()
        count = 0
        for event in events:
            if event.at > time.time():
                break  # outcomes go on for months after the last day; the service refuses what has not happened yet
            count += 1
            if rate:
                due = max(due + 1.0 / rate, time.monotonic() - 0.25)
                if (wait := due - time.monotonic()) > 0.002:
                    time.sleep(wait)
            producers[event.kind].send(event.value, event.key, event_id(event.value))
        return count
