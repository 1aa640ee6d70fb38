"""Which voyages carry a scheme, and what scans find of it."""

from types import ModuleType

import numpy as np

from stream_app.simulate.columns import NONE, Bools, Ints
from stream_app.simulate.voyages.boxes import SCAN
from stream_app.simulate.voyages.pace import Pace
from stream_app.simulate.voyages.schemes import (
    container_swap,
    detour,
    early_release,
    ghost_container,
    seal_swap,
    unexplained_stop,
    weight_tampering,
)
from stream_app.simulate.voyages.services import Schedule
from stream_app.simulate.voyages.voyage import ABSENT, Voyages

# As SCHEMES.
MODULES: tuple[ModuleType, ...] = (seal_swap, container_swap, weight_tampering, detour, ghost_container, unexplained_stop, early_release)
# Chance that a scan finds it, by scheme.
SCAN_FINDS = np.array([0.3, 0.6, 0.6, 0.3, 0.5, 0.1, 0.3])
FALSE_FINDINGS = 0.01


def commit(voyages: Voyages, pace: Pace, schedule: Schedule, scheme: Ints) -> Ints:
    """Alters the voyages; for each container when its scheme begins, ABSENT without one."""
    at = np.zeros(len(scheme), dtype=np.int64)
    for number, module in enumerate(MODULES):
        rows = np.flatnonzero((scheme == number) & ~voyages.unlisted)
        at[rows] = module.commit(voyages, pace, schedule, rows)
    at[voyages.unlisted] = voyages.discharged[voyages.unlisted]
    voyages.released[voyages.unlisted] = ABSENT
    _scan(voyages, pace, scheme)
    return at


def _scan(voyages: Voyages, pace: Pace, scheme: Ints) -> None:
    """What scans besides the outcomes find."""
    scanned: Bools = (voyages.control == SCAN) & (voyages.boxes.control != SCAN)
    chance = np.where(scheme == NONE, FALSE_FINDINGS, SCAN_FINDS[scheme])
    voyages.irregular |= scanned & (pace.rng.random(len(scheme)) < chance)
