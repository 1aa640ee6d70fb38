"""What real clearance systems send besides clean records: masses of 0, and optional fields left out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from stream_app.simulate.columns import Items

NET_MASS_ZERO, VALUE_ZERO, PACKAGES_ZERO = 0.006, 0.0008, 0.004
ITEM_FIELDS_MISSING = {"gross_mass_kg": 0.015, "supplementary_quantity": 0.02, "packages": 0.02, "package_type": 0.03, "description": 0.1}
HEADER_FIELDS_MISSING = {"seller_id": 0.08, "carrier_id": 0.05, "transport_document": 0.06, "exchange_rate": 0.02, "containers": 0.02}


def soil_columns(rng: np.random.Generator, items: Items) -> None:
    """Puts zeros into a few honest and dishonest items alike."""
    u = rng.random((3, len(items.declaration)))
    items.net_mass_kg[u[0] < NET_MASS_ZERO] = 0
    items.value_eur[u[1] < VALUE_ZERO] = 0
    items.packages[u[2] < PACKAGES_ZERO] = 0


def drop_fields(rng: np.random.Generator, documents: Sequence[dict[str, Any]], missing: dict[str, float]) -> None:
    for field, share in missing.items():
        for row in rng.integers(0, max(len(documents), 1), rng.binomial(len(documents), share)).tolist():
            documents[row].pop(field, None)
