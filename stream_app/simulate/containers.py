"""Containers with their seals, for what comes by sea."""

from collections.abc import Callable
from typing import Any

import numpy as np

from stream_app.simulate.columns import Headers, Ints, Items
from stream_app.simulate.countries import CODES
from stream_app.simulate.equipment import OWNERS, equipment_ids
from stream_app.simulate.freight import SEA

CONTAINER_KG, MOST_CONTAINERS = 21_000, 8
UNSEALED = 0.1


Free = Callable[[Ints, Ints], Ints]  # (owners, serials drawn) -> serials that no container under way bears


def containers(rng: np.random.Generator, headers: Headers, items: Items, free: Free | None) -> tuple[list[dict[str, Any]], Ints]:
    """All containers of the day, and how many belong to each declaration: by sea only, one for every CONTAINER_KG begun."""
    gross = np.bincount(items.declaration, items.gross_mass_kg, len(headers.mode))
    counts = np.where(headers.mode == SEA, np.clip(np.ceil(gross / CONTAINER_KG), 1, MOST_CONTAINERS), 0).astype(np.int64)
    total = int(counts.sum())
    owners, serials = rng.integers(0, len(OWNERS), total), rng.integers(100_000, 1_000_000, total)
    names = equipment_ids(owners, free(owners, serials) if free else serials)
    country = np.repeat(headers.departure, counts).tolist()
    seals, unsealed = rng.integers(1_000_000, 10_000_000, total).tolist(), (rng.random(total) < UNSEALED).tolist()
    return [
        {"equipment_id": name} if bare else {"equipment_id": name, "seals": [{"number": f"{CODES[c]}{seal}"}]}
        for name, c, seal, bare in zip(names, country, seals, unsealed, strict=True)
    ], counts
