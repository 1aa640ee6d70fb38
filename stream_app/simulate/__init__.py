"""A synthetic trade world with known ground truth: traders with habits, six fraud schemes, late and selective control outcomes; on demand
the voyages of its containers, with seven schemes more.

`simulate(WorldConfig(seed=7, days=28))` yields events in event-time order; `write_world` puts the same events into files.
"""

from stream_app.simulate.config import WorldConfig
from stream_app.simulate.events import ContainerTruth, Event, Truth
from stream_app.simulate.generate import simulate
from stream_app.simulate.schemes.catalogue import SCHEMES
from stream_app.simulate.voyages.schemes.catalogue import SCHEMES as CONTAINER_SCHEMES
from stream_app.simulate.world import World
from stream_app.simulate.writer import Summary, write_world

__all__ = ["CONTAINER_SCHEMES", "SCHEMES", "ContainerTruth", "Event", "Summary", "Truth", "World", "WorldConfig", "simulate", "write_world"]
