"""Second versions: a few declarations are corrected some hours later, a little, honest and dishonest ones alike."""

from typing import Any

import numpy as np

MEDIAN_DELAY_H, DELAY_SPREAD, LONGEST_H = 5.0, 0.9, 72.0


def draw_amendments(rng: np.random.Generator, share: float, count: int) -> list[tuple[int, int]]:
    """(row of the day, delay in seconds)."""
    rows = np.flatnonzero(rng.random(count) < share)
    hours = np.minimum(MEDIAN_DELAY_H * np.exp(rng.normal(0, DELAY_SPREAD, len(rows))), LONGEST_H)
    return list(zip(rows.tolist(), np.maximum(hours * 3600, 60).astype(np.int64).tolist(), strict=True))


def amended(document: dict[str, Any], lodged_at: str, draw: int) -> dict[str, Any]:
    """The next version: one item's value falls a little, or its gross mass rises a little, or a package was forgotten."""
    items = [dict(item) for item in document["items"]]
    item = items[draw % len(items)]
    change = draw % 3
    if change == 0:
        item["customs_value"] = round(item["customs_value"] * 0.985, 2)
        if "duty_amount" in item:
            item["duty_amount"] = round(item["customs_value"] * item["duty_rate_percent"] / 100, 2)
    elif change == 1 and "gross_mass_kg" in item:
        item["gross_mass_kg"] = round(item["gross_mass_kg"] * 1.02 + 0.1, 3)
    else:
        item["packages"] = item.get("packages", 0) + 1
    return document | {"version": document["version"] + 1, "lodged_at": lodged_at, "items": items}
