"""The containers that are under way, each with its itinerary and what was said of it; bounded, and closed when their voyage is over."""

from math import inf

from msgspec import DecodeError, Struct
from msgspec.msgpack import Decoder, Encoder

from stream_app.contracts.declared import Declared
from stream_app.detectors.movements.itinerary import Itinerary
from stream_app.detectors.movements.steps import Step
from stream_app.detectors.movements.voyages import Voyages, ended
from stream_app.learning.decay import DAY
from stream_app.learning.plain import Table
from stream_app.learning.table import BoundedTable

MAX_DECLARED = 4
"""Declarations remembered of one container: the latest ones."""
LODGED_BEFORE = 30 * DAY
"""How long before the first step of a voyage its declaration may have been lodged."""
MAX_RAISED = 24
"""Alerts remembered of one container: the latest ones."""


class Raised(Struct, array_like=True):
    """An alert of this container."""

    event_id: str
    typology: str
    at: float
    location: str | None
    rests_on: list[str] = []
    """The events that the finding was made from."""
    revision: int = 1
    standing: bool = True
    contradicts: list[str] = []
    """The declarations that were told of it."""


class Container(Struct, array_like=True):
    """All that is known of one container."""

    itinerary: Itinerary
    raised: list[Raised] = []
    declared: list[Declared] = []
    """What declarations say of it, the latest last."""

    def declare(self, declared: Declared) -> bool:
        """Take a declaration in, in the place of an earlier version of it; False, and nothing, where a later one is known."""
        if any(one.declaration_id == declared.declaration_id and one.version > declared.version for one in self.declared):
            return False
        self.declared = [one for one in self.declared if one.declaration_id != declared.declaration_id]
        self.declared.append(declared)
        del self.declared[:-MAX_DECLARED]
        return True

    def declared_for(self, voyage: list[Step], left: float) -> list[Declared]:
        """Those that may be about a voyage: lodged not long before it, and after the container `left` behind the voyage before. One for export
        that was lodged behind the discharge is about the next one, and one that names another ship after the container had left, too."""
        landed = next((step.at for step in voyage if step.type == "DISC" and not step.transshipment), inf)
        lodged = self._lodged_for(voyage[0].at, left)
        return [one for one in lodged if not (one.direction == "export" and one.lodged_epoch > landed) and self.behind(one) < voyage[0].at]

    def behind(self, declared: Declared) -> float:
        """When the container had left, before that was lodged, from a voyage on other ships than it names; -inf where it had not. Papers of one
        consignment of several may be lodged when the container has left, but they name its ship."""
        out, discharged = -inf, False
        ships: set[str | None] = set()
        for step in self.itinerary.steps if declared.vessel_imo else ():
            if step.at > declared.lodged_epoch:
                break
            ships.add(step.vessel_imo)
            if step.type == "DISC" and not step.transshipment:
                discharged = True
            elif step.type == "GTOT" and discharged and declared.vessel_imo not in ships:
                out, discharged = step.at, False
        return out

    def answers(self, declaration_id: str, begins: float) -> bool:
        """Whether a declaration may have meant the voyage that began then, or one before it."""
        meant = next((one for one in self.declared if one.declaration_id == declaration_id), None)
        return meant is None or begins > self.behind(meant)

    def _lodged_for(self, begins: float, left: float) -> list[Declared]:
        """Neither long before a voyage begins, nor before the end of the one before."""
        after = max(begins - LODGED_BEFORE, left)
        return [one for one in self.declared if one.lodged_epoch >= after]

    def said_of(self, event_id: str) -> list[Raised]:
        """The alerts of that event, raised or withdrawn."""
        return [one for one in self.raised if one.event_id == event_id]

    def remember(self, raised: Raised) -> None:
        self.raised.append(raised)
        del self.raised[:-MAX_RAISED]

    def begin_voyage(self, start: int) -> None:
        """Give up the steps before the one at `start`, and what was said of them."""
        begins, left = self.itinerary.steps[start].at, self.itinerary.left_before(start)
        self.itinerary.drop_before(start)
        self.raised = [one for one in self.raised if one.at >= begins]
        self.declared = self._lodged_for(begins, left)


ROW = Table(str, tuple[float, bytes])


class Containers:
    """Container number -> what is known of it, as bytes. Those whose voyage has ended go after `close_days`, silent ones after `silence_days`."""

    KEEPS = {"_open": ROW, "_ended": ROW, "closed": int}

    def __init__(self, max_containers: int, voyages: Voyages) -> None:
        self._voyages = voyages
        self._open: BoundedTable[str, tuple[float, bytes]] = BoundedTable(max_containers)
        self._ended: BoundedTable[str, tuple[float, bytes]] = BoundedTable(max_containers)
        self._pack = Encoder().encode
        self._unpack = Decoder(Container).decode
        self.closed = 0

    def get(self, equipment_id: str) -> Container | None:
        held = self._open.get(equipment_id) or self._ended.get(equipment_id)
        return None if held is None else self._unpack(held[1])

    def put(self, equipment_id: str, container: Container, now: float) -> None:
        """Store it, as of `now`; and close what is over by then."""
        steps = container.itinerary.steps
        out = any(step.type == "GTOT" for step in steps)
        over = out and ended(steps, container.itinerary.cycle_of(len(steps) - 1, self._voyages))
        to, other = (self._ended, self._open) if over else (self._open, self._ended)
        other.pop(equipment_id)
        to.put(equipment_id, (now, self._pack(container)))
        self._close(self._open, now - self._voyages.silence_days * DAY)
        self._close(self._ended, now - self._voyages.close_days * DAY)

    def _close(self, table: BoundedTable[str, tuple[float, bytes]], before: float) -> None:
        while (row := table.oldest()) is not None and row[1][0] < before:
            table.pop(row[0])
            self.closed += 1

    def taken_in(self) -> None:
        """Raises ValueError for what is no container."""
        try:
            for table in (self._open, self._ended):
                for _, packed in table.values():
                    self._unpack(packed)
        except (DecodeError, RecursionError):
            raise ValueError("holds what is no container") from None

    @property
    def forgotten(self) -> int:
        """Containers given up for want of room."""
        return self._open.forgotten + self._ended.forgotten

    def __len__(self) -> int:
        return len(self._open) + len(self._ended)
