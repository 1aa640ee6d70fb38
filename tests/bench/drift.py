"""Streams that change under the models: codes that take over each other's history, a burst of fraud, and one where nothing changes."""

import numpy as np

from tests.bench.cases import Row
from tests.bench.injection import Injected, inject

SWAPPED_SHARE = 0.30
BURST = ("2020-11-02", "2020-11-15")
BURST_SHARE = 0.20
DATE = "Date"


def swap_histories(rows: list[Row], first_date: str, share: float = SWAPPED_SHARE, seed: int = 1) -> list[Row]:
    """From `first_date` on, the goods of `share` of the HS6 codes come under another of these codes: what was learned of a code is then another's."""
    rng = np.random.default_rng(seed)
    codes = rng.permutation(sorted({row["HS6 Code"] for row in rows})).tolist()
    chosen = codes[: round(share * len(codes))]
    new_code = dict(zip(chosen, [*chosen[1:], *chosen[:1]], strict=True))
    return [{**row, "HS6 Code": new_code.get(row["HS6 Code"], row["HS6 Code"])} if row[DATE] >= first_date else row for row in rows]


def shuffled(rows: list[Row], seed: int = 1) -> list[Row]:
    """The same rows in a random order under the same dates: nothing drifts."""
    order = np.random.default_rng(seed).permutation(len(rows)).tolist()
    return [{**rows[other], DATE: row[DATE]} for row, other in zip(rows, order, strict=True)]


def with_burst(rows: list[Row], seed: int = 1) -> Injected:
    """Two weeks in which a fifth of the rows is fraud."""
    return inject(rows, seed, BURST_SHARE, *BURST)
