"""The voyages of one day's containers as columns: one row a container."""

from dataclasses import dataclass, field, fields
from typing import get_args

import numpy as np

from stream_app.simulate.columns import NONE, Bools, Floats, Ints
from stream_app.simulate.rhythm import DAY_S
from stream_app.simulate.voyages.boxes import PHYSICAL, Boxes
from stream_app.simulate.voyages.pace import HOUR_S
from stream_app.simulate.voyages.services import TRANSIT_S, Calls

ABSENT = 0
# (ISO 6346 size and type, tare in kg)
SIZES = (("22G1", 2_280.0), ("45R1", 4_650.0), ("45G1", 3_900.0))


@dataclass(slots=True)
class Voyages:
    """Times in epoch seconds, ABSENT where there is no such step; places index PLACES, ports PORTS."""

    boxes: Boxes
    first: Ints
    hub: Ints  # NONE for direct services
    last: Ints
    feeder: Calls  # from the first port; of a direct service the same as main
    main: Calls  # to the last port
    size: Ints
    tare_kg: Floats
    mass_kg: Floats  # true gross mass with the container, as loaded
    origin: Ints  # place of stuffing
    terminal_out: Ints
    terminal_hub: Ints
    terminal_in: Ints
    inland: Ints
    destination: Ints  # place of stripping
    depot: Ints
    stuffed: Ints
    gate_in: Ints
    loaded: Ints
    hub_discharged: Ints
    hub_loaded: Ints
    discharged: Ints
    control: Ints  # SCAN, PHYSICAL or NONE
    selected: Ints  # for it
    controlled: Ints
    irregular: Bools  # what it found
    checked: Ints  # by another authority
    released: Ints = field(init=False)
    gate_out: Ints = field(init=False)
    inland_in: Ints = field(init=False)
    inland_out: Ints = field(init=False)
    stripped: Ints = field(init=False)
    returned: Ints = field(init=False)
    # What schemes add.
    seal_swapped: Ints = field(init=False)
    mass_changed: Ints = field(init=False)
    mass_after_kg: Floats = field(init=False)
    twin_seen: Ints = field(init=False)
    twin_place: Ints = field(init=False)
    odd_in: Ints = field(init=False)
    odd_out: Ints = field(init=False)
    odd_place: Ints = field(init=False)  # of these two, or of a stop on the road
    stop_in: Ints = field(init=False)
    stop_out: Ints = field(init=False)
    watched: Bools = field(init=False)  # whose seals and mass are recorded wherever they may be
    vanished: Bools = field(init=False)  # that nobody ever sees, though its papers are there
    unlisted: Bools = field(init=False)  # on no manifest and in no declaration

    def __post_init__(self) -> None:
        for column in fields(self):
            if not column.init:
                _, kind = get_args(column.type)  # of NDArray
                setattr(self, column.name, np.zeros(len(self.size), dtype=get_args(kind)[0]))

    @property
    def departed(self) -> Ints:
        return self.feeder.departure

    @property
    def arrived(self) -> Ints:
        return self.main.arrival

    @property
    def sailed(self) -> Ints:
        return self.main.departure

    @property
    def estimated_arrival(self) -> Ints:
        return self.arrived // HOUR_S * HOUR_S + 3 * HOUR_S

    @property
    def forecast(self) -> Ints:
        return np.maximum(self.arrived - 2 * DAY_S, self.main.departure)

    @property
    def at_control(self) -> Ints:
        """The terminal at home."""
        return np.where(self.boxes.export, self.terminal_out, self.terminal_in)

    @property
    def place_of_control(self) -> Ints:
        """The same, or where the container has got to when it has left."""
        gone = ~self.boxes.export & (self.controlled > self.gate_out)
        return np.where(gone, self.destination, self.at_control)

    @property
    def resealed(self) -> Ints:
        return np.where((self.control == PHYSICAL) & (self.controlled != ABSENT), self.controlled + 20 * 60, ABSENT)

    @property
    def planned_discharge(self) -> Ints:
        return self.main.departure + TRANSIT_S[self.main.leg] + 8 * HOUR_S

    @property
    def planned_hub_discharge(self) -> Ints:
        return np.where(self.hub == NONE, ABSENT, self.feeder.departure + TRANSIT_S[self.feeder.leg] + 8 * HOUR_S)

    @property
    def planned_loading(self) -> Ints:
        return self.feeder.departure - 8 * HOUR_S
