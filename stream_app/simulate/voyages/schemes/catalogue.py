"""Names of the schemes on containers, how the injected ones are shared among them, and who carries them.

Imports only, one scheme a container. Lanes from a few countries carry more than others, so that there is something to learn from what
controls find.
"""

import numpy as np

from stream_app.simulate.columns import NONE, Floats, Ints
from stream_app.simulate.countries import CODES
from stream_app.simulate.voyages.boxes import PHYSICAL, SCAN, Boxes

SCHEMES = ("seal_swap", "container_swap", "weight_tampering", "detour", "ghost_container", "unexplained_stop", "early_release")
MIX = np.array([0.20, 0.12, 0.18, 0.12, 0.12, 0.14, 0.12])
GHOST = SCHEMES.index("ghost_container")
RISKY = {"CO": 5.0, "EC": 5.0, "BR": 4.0, "CR": 4.0, "PE": 3.0, "PK": 2.0, "TR": 2.0, "AE": 2.0}
_RISK: Floats = np.array([RISKY.get(code, 1.0) for code in CODES])
HEAVIEST_GOODS_KG = 27_000.0  # above: bulk, which nobody weighs by the container


def draw(rng: np.random.Generator, boxes: Boxes, share: float) -> Ints:
    """For each container its scheme or NONE; `share` of the imports in the mean."""
    count = len(boxes.names)
    # Not what an outcome has looked into: what it says must stay true.
    eligible = ~boxes.export & (boxes.control != PHYSICAL) & (boxes.control != SCAN) & (boxes.goods_kg < HEAVIEST_GOODS_KG)
    weight = np.where(eligible, _RISK[boxes.country], 0.0)
    chosen = rng.random(count) < np.minimum(share * weight * (~boxes.export).sum() / max(weight.sum(), 1e-9), 0.9)
    return np.asarray(np.where(chosen, np.minimum(np.searchsorted(np.cumsum(MIX), rng.random(count)), len(MIX) - 1), NONE), dtype=np.int64)
