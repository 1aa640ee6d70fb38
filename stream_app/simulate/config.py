"""What a simulated world may be told. Everything else follows from the seed."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldConfig:
    """Raises ValueError, with all faults in one message."""

    seed: int = 0
    days: int = 28
    start: date = date(2026, 1, 1)
    declarations_per_day: int = 2000  # a yearly mean; weekends are lower, amendments come on top
    traders: int = 3000  # active at any time
    new_traders_per_day: float = 0.006  # as a share of `traders`; as many leave
    scheme_share: float = 0.02  # share of goods items with an injected scheme
    amendment_share: float = 0.03
    random_control_share: float = 0.05
    targeted_control_share: float = 0.03
    de_minimis_eur: float = 150.0
    bad_submitters: int = 0  # declarants that fill declarations badly, see bad_submitters.py
    movements: bool = False  # the voyages of the containers too; their declarations then name ports and vessel
    congestion_day: int | None = None  # from the midnight that opens this day on containers stand longer everywhere; day 0 is `start`
    congestion_days: int = 7
    congestion_factor: float = 2.0

    def __post_init__(self) -> None:
        told = [(name, getattr(self, name), low, high) for name, low, high in _BOUNDS]
        faults = [f"{name} must be from {low} to {high}" for name, value, low, high in told if value is not None and not low <= value <= high]
        if faults:
            raise ValueError("; ".join(faults))


_BOUNDS: tuple[tuple[str, float, float], ...] = (
    ("seed", 0, 2**63 - 1),
    ("days", 1, 3660),
    ("declarations_per_day", 1, 1_000_000),
    ("traders", 50, 1_000_000),
    ("new_traders_per_day", 0, 0.5),
    ("scheme_share", 0, 0.5),
    ("amendment_share", 0, 0.5),
    ("random_control_share", 0, 1),
    ("targeted_control_share", 0, 0.2),
    ("de_minimis_eur", 20, 10_000),
    ("bad_submitters", 0, 50),
    ("congestion_day", -200, 4_000),
    ("congestion_days", 1, 400),
    ("congestion_factor", 0.1, 20),
)
