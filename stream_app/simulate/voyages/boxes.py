"""The containers of one day's declarations, with what their papers say, as columns."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from stream_app.simulate.columns import NONE, Bools, Consignments, Floats, Ints
from stream_app.simulate.equipment import OWNERS, equipment_ids
from stream_app.simulate.freight import CARRIERS, SEA
from stream_app.simulate.outcomes import CONTROLS, Control

REUSE_DAYS = 150  # a number is not drawn again before its voyage is over
SERIALS = 1_000_000
TRIES = 16


class NumberPool:
    """Which container numbers are under way. Bounded: two bytes for every number there is; a world too large for that many repeats some."""

    def __init__(self) -> None:
        self._last_day = np.full(len(OWNERS) * SERIALS, -REUSE_DAYS - 1, dtype=np.int16)

    def claim(self, owners: Ints, serials: Ints, day: int) -> Ints:
        """Serials, moved on to a free one where the number is under way."""
        serials = serials.copy()
        rows = np.arange(len(serials))
        for _ in range(TRIES):
            number = owners[rows] * SERIALS + serials[rows]
            _, first = np.unique(number, return_index=True)
            fresh = np.zeros(len(rows), dtype=np.bool_)
            fresh[first] = True
            fresh &= day - self._last_day[number] > REUSE_DAYS
            self._last_day[number[fresh]] = day
            rows = rows[~fresh]
            if not len(rows):
                break
            serials[rows] = 100_000 + (serials[rows] - 100_000 + 7_919) % (SERIALS - 100_000)
        return serials


@dataclass(slots=True)
class Boxes:
    """One row a container; lists hold texts. `declaration` is the row of the day, NONE for a container nobody declared."""

    names: list[str]
    declaration: Ints
    declaration_ids: list[str]
    transport_documents: list[str]
    carriers: list[str]
    seals: list[str]
    export: Bools
    lodged_at: Ints
    trader: Ints
    country: Ints  # the foreign one
    goods_kg: Floats
    control: Ints  # index into CONTROLS, or NONE
    decided_at: Ints
    irregular: Bools

    def leader(self) -> Ints:
        """For each container the row of the first one of its declaration."""
        together = (self.declaration != NONE) & (np.diff(self.declaration, prepend=NONE) == 0)
        return np.maximum.accumulate(np.where(together, 0, np.arange(len(together))))


def boxes_of(rng: np.random.Generator, batch: Consignments, documents: list[dict[str, Any]], controls: list[Control]) -> Boxes:
    headers, items = batch.headers, batch.items
    carrying = [row for row, document in enumerate(documents) if "containers" in document]
    rows: Ints = np.repeat(np.array(carrying, dtype=np.int64), [len(documents[row]["containers"]) for row in carrying])
    gross = np.bincount(items.declaration, items.gross_mass_kg, len(documents))
    kind, decided, irregular = (
        np.full(len(documents), NONE, dtype=np.int64),
        np.zeros(len(documents), dtype=np.int64),
        np.zeros(len(documents), np.bool_),
    )
    for control in controls:
        kind[control.declaration], decided[control.declaration] = control.control, control.decided_at
        irregular[control.declaration] = control.item != NONE
    found = [container for row in carrying for container in documents[row]["containers"]]
    drawn = rng.integers(10**8, 10**9, len(rows)).tolist()
    papers = [documents[row] for row in rows.tolist()]
    carriers = [paper.get("carrier_id") or f"C-{CARRIERS[SEA][draw % len(CARRIERS[SEA])]}" for paper, draw in zip(papers, drawn, strict=True)]
    return Boxes(
        names=[container["equipment_id"] for container in found],
        declaration=rows,
        declaration_ids=[paper["declaration_id"] for paper in papers],
        transport_documents=[paper.get("transport_document") or f"{by[2:]}{draw}" for paper, by, draw in zip(papers, carriers, drawn, strict=True)],
        carriers=carriers,
        seals=[container["seals"][0]["number"] if "seals" in container else f"U{draw}" for container, draw in zip(found, drawn, strict=True)],
        export=headers.export[rows],
        lodged_at=headers.lodged_at[rows],
        trader=headers.trader[rows],
        country=np.where(headers.export, headers.destination, headers.departure)[rows],
        goods_kg=gross[rows] / np.bincount(rows, minlength=len(documents))[rows],
        control=kind[rows],
        decided_at=decided[rows],
        irregular=irregular[rows],
    )


def undeclared(rng: np.random.Generator, boxes: Boxes, chosen: Ints, pool: NumberPool, day: int) -> Boxes:
    """Containers like the chosen ones, under numbers and papers of their own, that no declaration names."""
    count = len(chosen)
    owners, drawn = rng.integers(0, len(OWNERS), count), rng.integers(10**8, 10**9, count).tolist()
    rows = chosen.tolist()
    names = equipment_ids(owners, pool.claim(owners, rng.integers(100_000, SERIALS, count), day))
    return Boxes(
        names=list(names),
        declaration=np.full(count, NONE, dtype=np.int64),
        declaration_ids=[""] * count,
        transport_documents=[f"{boxes.carriers[row][2:]}{draw}" for row, draw in zip(rows, drawn, strict=True)],
        carriers=[boxes.carriers[row] for row in rows],
        seals=[f"U{draw}" for draw in drawn],
        export=np.zeros(count, dtype=np.bool_),
        lodged_at=boxes.lodged_at[chosen],
        trader=boxes.trader[chosen],
        country=boxes.country[chosen],
        goods_kg=boxes.goods_kg[chosen],
        control=np.full(count, NONE, dtype=np.int64),
        decided_at=np.zeros(count, dtype=np.int64),
        irregular=np.zeros(count, dtype=np.bool_),
    )


def stack(boxes: Boxes, more: Boxes) -> Boxes:
    def both(name: str) -> Any:
        one, other = getattr(boxes, name), getattr(more, name)
        return one + other if isinstance(one, list) else np.concatenate([one, other])

    return Boxes(*(both(column.name) for column in fields(Boxes)))


PHYSICAL, SCAN, POST_CLEARANCE = CONTROLS.index("physical"), CONTROLS.index("scan"), CONTROLS.index("post_clearance")
