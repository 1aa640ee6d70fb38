"""Goods items as they pass: noted with as little as possible, and looked at a batch at a time."""

from array import array
from functools import partial
from math import nan
from typing import NamedTuple

import numpy as np

from stream_app.contracts.assessment import ItemAssessment
from stream_app.contracts.declaration import Declaration
from stream_app.detectors.features import CODED, DEPARTURE, HS2, MEASURED, MODE, OFFICE, ORIGIN, PROCEDURE, Features
from stream_app.engine.monitoring.groups import COLUMNS, Groups
from stream_app.engine.monitoring.policy import Policy, amended, was_selected
from stream_app.learning.compiled import Array
from stream_app.learning.scored import AMENDED, FIRST, ITEM, LEADS, NO_PROBABILITY, SAMPLED, SELECTED, ScoredItem, pack_item

WORD = 8
NOT_SELECTED, BY_ANOMALY = "none", "score:anomaly"


class Scored(NamedTuple):
    """A declaration as assessed: its items, each with the detector that found it the oddest; the one that leads among them.

    `mature`: p-values have settled.
    """

    declaration: Declaration
    items: list[tuple[Features, ItemAssessment, str | None]]
    leader: ItemAssessment
    amended: bool
    mature: bool


class Batch(NamedTuple):
    """Items in their order: rows of ITEM, Features' codes and measures, p-values [items, detectors] (NaN: none), times, groups [items, COLUMNS]."""

    rows: Array
    codes: Array
    measures: Array
    p_values: Array
    at: Array
    groups: Array


Plain = tuple[bytes, bytes, list[tuple[str, ...]], bytes, bytes]


class Notes:
    """What came since the last batch."""

    KEEPS = {"plain": Plain}

    def __init__(self, detectors: tuple[str, ...], groups: Groups) -> None:
        self._detectors = detectors
        self._unsettled = array("d", [nan] * len(detectors))
        self._groups = groups
        self._policies: dict[tuple[str, str | None, str | None], tuple[int, int, int]] = {}
        self._clear()

    def _clear(self) -> None:
        self._rows: list[bytes] = []
        # Never the declarations themselves: thousands held back would have every new one written to memory that no cache has.
        self._words: list[Array] = []
        self._names: list[tuple[str, ...]] = []
        self._at = array("d")
        self._p_values = array("d")

    def add(self, scored: Scored, known: dict[int, ScoredItem] | None, submitter: int) -> None:
        """Note a declaration's items. `known`: by item number, those of its earlier version; None for a declaration that is new."""
        flags, leads = FIRST, LEADS
        if known is not None and any(was_selected(item) for item in known.values()):
            leads = 0  # a control is of what was selected first
        self._words.append(scored.items[0][0].goods.words)
        for x, item, detector in scored.items:
            if item is scored.leader:
                flags |= leads
            policy = self._policy(item, detector)
            if known is not None:
                flags |= AMENDED
                policy = amended(policy, known.get(item.item_number))
            self._rows.append(_row(item, policy, flags, submitter))
            self._names.append(_names(x))
            self._at.append(scored.declaration.lodged_epoch)
            p_values = item.p_values
            if not scored.mature:
                self._p_values.extend(self._unsettled)
            elif len(p_values) == len(self._unsettled):
                self._p_values.extend(p_values.values())
            else:
                self._p_values.extend([p_values.get(name, nan) for name in self._detectors])
            flags = 0

    def _policy(self, item: ItemAssessment, detector: str | None) -> Policy:
        selection = item.selection
        reason = selection.reason
        flags = (0 if reason is None else SELECTED) | (SAMPLED if selection.control_sample else 0)
        # The detector that led counts where its head selected.
        detector = detector if reason == BY_ANOMALY else None
        codes = self._policies.get((item.lane, reason, detector)) or self._coded(item.lane, reason, detector)
        return Policy(selection.propensity, *codes, flags)

    def _coded(self, lane: str, reason: str | None, detector: str | None) -> tuple[int, int, int]:
        """Codes of a policy; of these there are as few as the pipeline has combinations."""
        groups = self._groups
        codes = groups.lane.code(lane), groups.reason.code(reason or NOT_SELECTED), groups.detector.code(detector) if detector else 0
        self._policies[lane, reason, detector] = codes
        return codes

    def __len__(self) -> int:
        return len(self._rows)

    def take(self) -> Batch:
        """All that was noted, with the groups of every item."""
        n = len(self._rows)
        rows = np.frombuffer(b"".join(self._rows), ITEM).copy()
        words = np.concatenate(self._words)
        codes, measures = words[:, :CODED].copy(), words[:, CODED:].copy().view(np.float64)
        p_values = np.frombuffer(self._p_values).reshape(n, -1)
        at = np.frombuffer(self._at)
        groups = self._slots(codes)
        rows["chapter"], rows["origin"], rows["office"] = groups[:, 0], groups[:, 1], groups[:, 5]
        self._clear()
        return Batch(rows, codes, measures, p_values, at, groups)

    @property
    def plain(self) -> Plain:
        """Rows, codes and measures, names, times and p-values of the items, one after the other."""
        words = b"".join(words.tobytes() for words in self._words)
        return b"".join(self._rows), words, self._names, self._at.tobytes(), self._p_values.tobytes()

    @plain.setter
    def plain(self, plain: Plain) -> None:
        """Raises ValueError for what is no such items."""
        rows, words, names, at, p_values = plain
        items, n = np.frombuffer(rows, ITEM), len(names)
        sizes = n, n * (CODED + MEASURED) * WORD, n * WORD, n * len(self._detectors) * WORD
        if (len(items), len(words), len(at), len(p_values)) != sizes or not all(len(told) == len(COLUMNS) for told in names):
            raise ValueError("holds items of another size")
        if n and items["submitter"].max() > self._groups.submitter.max_names:
            raise ValueError("holds an item of a submitter without a name")
        self._clear()
        self._rows = [row.tobytes() for row in items]
        self._words = [np.frombuffer(words, np.uint64).reshape(n, -1)] if n else []
        self._names += names
        self._at.frombytes(at)
        self._p_values.frombytes(p_values)

    def _slots(self, codes: Array) -> Array:
        groups, names = self._groups, self._names
        columns = [
            vocabulary.slots(codes[:, place].copy(), partial(_named, names, column))
            for column, (place, vocabulary) in enumerate(
                (
                    (HS2, groups.chapter),
                    (ORIGIN, groups.origin),
                    (PROCEDURE, groups.procedure),
                    (DEPARTURE, groups.departure),
                    (MODE, groups.transport_mode),
                    (OFFICE, groups.office),
                )
            )
        ]
        return np.stack(columns, axis=1)


def _row(item: ItemAssessment, policy: Policy, flags: int, submitter: int) -> bytes:
    non_compliance, critical = item.scores.non_compliance, item.scores.critical
    return pack_item(
        item.item_number,
        NO_PROBABILITY if non_compliance is None else non_compliance,
        NO_PROBABILITY if critical is None else critical,
        policy.propensity,
        policy.lane,
        policy.reason,
        policy.detector,
        submitter,
        flags | policy.flags,
    )


def _names(x: Features) -> tuple[str, ...]:
    """Of the item's groups, in the order of COLUMNS."""
    declaration, item = x.declaration, x.item
    procedure = item.procedure or declaration.procedure
    return item.hs_code[:2], item.origin_country, procedure, declaration.departure_country, declaration.transport_mode, declaration.office


def _named(names: list[tuple[str, ...]], column: int, place: int) -> str:
    return names[place][column]
