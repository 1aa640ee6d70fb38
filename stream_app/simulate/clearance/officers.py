"""Who handles a file: the officers of its office, one of whom re-routes as nobody else does, and one who often has the same declarant."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from stream_app.simulate.clearance.reading import Lodged
from stream_app.simulate.countries import OFFICES
from stream_app.simulate.outcomes import OFFICERS

REROUTED, REROUTED_UNUSUAL = 0.06, 0.5
TOGETHER = 0.8


def officers_of(office: str) -> list[str]:
    return [f"O-{number}" for number in range(OFFICES.index(office), OFFICERS, len(OFFICES))]


class Officers:
    """Chosen by the seed; the pair by who lodges most at the second office on the first day."""

    def __init__(self, rng: np.random.Generator, first_day: Sequence[Lodged]) -> None:
        busy = [office for office, _ in Counter(one.office for one in first_day).most_common(4)] or list(OFFICES[:2])
        order = rng.permutation(len(busy))
        self.unusual_office = busy[int(order[0])]
        self.unusual = officers_of(self.unusual_office)[int(rng.integers(0, 6))]
        self.pair_office = busy[int(order[-1])]
        declarants = Counter(one.declarant_id for one in first_day if one.office == self.pair_office)
        self.pair_declarant = max(sorted(declarants), key=declarants.__getitem__, default="")
        self.pair_officer = officers_of(self.pair_office)[int(rng.integers(0, 6))]
        self._of = {office: officers_of(office) for office in OFFICES}

    def choose(self, office: str, declarant: str, draw: float, together: float) -> str:
        if office == self.pair_office and declarant == self.pair_declarant and together < TOGETHER:
            return self.pair_officer
        names = self._of[office]
        return names[int(draw * len(names))]

    def rerouted_share(self, office: str, officer: str) -> float:
        return REROUTED_UNUSUAL if (office, officer) == (self.unusual_office, self.unusual) else REROUTED

    def truth(self) -> list[dict[str, Any]]:
        return [
            {
                "kind": "unusual_officer",
                "office": self.unusual_office,
                "officer_ref": self.unusual,
                "indicator": "rerouted_yellow_to_red",
                "share": REROUTED_UNUSUAL,
                "usual": REROUTED,
            },
            {
                "kind": "officer_declarant_pair",
                "office": self.pair_office,
                "officer_ref": self.pair_officer,
                "declarant_id": self.pair_declarant,
                "share": TOGETHER,
            },
        ]
