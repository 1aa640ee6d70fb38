"""A synthetic trade world with known ground truth: traders with habits, six fraud schemes, late and selective control outcomes.

`simulate(WorldConfig(seed=7, days=28))` yields events in event-time order; `write_world` puts the same events into files.
"""

from .config import WorldConfig
from .generate import Event, Truth, simulate
from .schemes.catalogue import SCHEMES
from .world import World
from .writer import Summary, write_world

__all__ = ["SCHEMES", "Event", "Summary", "Truth", "World", "WorldConfig", "simulate", "write_world"]
