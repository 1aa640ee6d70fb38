"""The instruments together: each event goes to those that need it, and what they tell comes out in one list."""

from collections.abc import Callable, Iterable
from typing import Any

from stream_app.contracts.assessment import Assessment
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.export import Export
from stream_app.contracts.milestone import Milestone
from stream_app.contracts.outcome import Outcome
from stream_app.contracts.seizure import Seizure
from stream_app.instruments.base import Event, Instrument, Note, Plain, Stateful
from stream_app.instruments.data_quality import DataQuality
from stream_app.instruments.forecasts import Forecasts
from stream_app.instruments.mirror import MirrorAnalysis
from stream_app.instruments.mirror.concordance import known
from stream_app.instruments.mirror.freight import Lane
from stream_app.instruments.performance import Performance
from stream_app.instruments.seizures import Seizures
from stream_app.instruments.settings import InstrumentsSection, MirrorSection
from stream_app.instruments.time_release import TimeRelease

NEEDS: dict[str, tuple[type, ...]] = {
    "mirror": (Export, Declaration),
    "time_release": (Milestone, Declaration, Assessment),
    "performance": (Milestone, Declaration, Outcome),
    "seizures": (Seizure, Outcome),
    "data_quality": (Declaration, Outcome),
    "forecasts": (Declaration, Milestone, Assessment, Outcome),
}
"""Which events each instrument learns from."""
OWN: dict[str, str] = {"mirror": "exports", "time_release": "milestones", "performance": "milestones", "seizures": "seizures"}
"""The topic without which an instrument has nothing to say."""
NAMES = tuple(NEEDS)


class Suite:
    """Some of the instruments, by name."""

    KEEPS = {"kept": dict[str, Any]}

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self.instruments = instruments
        self._by_event: dict[type, list[Instrument]] = {}
        for name, instrument in instruments.items():
            for event in NEEDS[name]:
                self._by_event.setdefault(event, []).append(instrument)

    def learn(self, event: Event, received: float | None = None) -> None:
        """Take one event in. `received`: when Kafka had it, seconds since 1970, where that is known."""
        for instrument in self._by_event.get(type(event), ()):
            if received is not None and isinstance(instrument, DataQuality) and isinstance(event, Declaration):
                instrument.declared(event, event.declarant_id, received)
            else:
                instrument.learn(event)

    def take(self) -> list[Note]:
        """What became worth telling since this was last asked."""
        return [note for instrument in self.instruments.values() for note in instrument.take()]

    def figures(self, begin: float | None = None, end: float | None = None) -> dict[str, Plain]:
        """By instrument."""
        return {name: instrument.figures(begin, end) for name, instrument in self.instruments.items()}

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Every bounded table by name: rows held, rows forgotten so far."""
        return {table: size for instrument in self.instruments.values() for table, size in instrument.sizes().items()}

    def state(self) -> dict[str, Plain]:
        """Without the mirror: its lanes are partitions of their own."""
        return {name: instrument.state() for name, instrument in self.instruments.items() if isinstance(instrument, Stateful)}

    def restore(self, state: dict[str, Plain]) -> None:
        for name, instrument in self.instruments.items():
            if isinstance(instrument, Stateful):
                instrument.restore(state[name])

    @property
    def kept(self) -> dict[str, Plain]:
        """As a checkpoint keeps it."""
        return self.state()

    @kept.setter
    def kept(self, state: dict[str, Plain]) -> None:
        self.restore(state)


def build(settings: InstrumentsSection, names: Iterable[str] = NAMES) -> Suite:
    """Fresh instruments of these names. Raises KeyError for an unknown one."""
    makers: dict[str, Callable[[], Instrument]] = {
        "mirror": lambda: mirror(settings.mirror),
        "time_release": lambda: TimeRelease(**settings.time_release.model_dump()),
        "performance": lambda: Performance(**settings.performance.model_dump()),
        "seizures": lambda: Seizures(**settings.seizures.model_dump()),
        "data_quality": lambda: DataQuality(**settings.data_quality.model_dump()),
        "forecasts": lambda: Forecasts(**settings.forecasts.model_dump()),
    }
    return Suite({name: makers[name]() for name in names})


def mirror(settings: MirrorSection) -> MirrorAnalysis:
    """A fresh mirror."""
    lanes = {partner: Lane(lane.distance_km, lane.contiguous) for partner, lane in settings.lanes.items()}
    given = settings.model_dump(exclude={"lanes", "partners", "concordance"})
    return MirrorAnalysis(**given, lanes=lanes, concordance=known(settings.concordance))
