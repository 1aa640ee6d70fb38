"""A plain reference for the injected frauds: what a data scientist would write in an afternoon, with no bounds on memory and nothing to explain.

Fifteen pair surprises, distances of unit value, mass and price from the narrowest known peers, first-seen identities; each as a rolling empirical
p-value; the smallest p-value ranks. Score before learning, row by row, as the engine does.
"""

from bisect import bisect_left, insort
from collections import Counter, defaultdict, deque
from itertools import combinations
from math import log, sqrt

import numpy as np

Row = dict[str, str]

ATTRIBUTES = ("HS6 Code", "Country of Origin", "Country of Departure", "Import Type", "Mode of Transport", "Office ID")
PAIRS = tuple(combinations(range(len(ATTRIBUTES)), 2))
IDENTITIES = ("Importer ID", "Seller ID", "Declarant ID")
WINDOW = 5_000
PRIOR = 5.0
MIN_PEERS = 5


class Ecdf:
    """P(score or more) among the last WINDOW scores."""

    def __init__(self) -> None:
        self.sorted: list[float] = []
        self.arrivals: deque[float] = deque()

    def p_value_then_learn(self, score: float) -> float:
        n = len(self.sorted)
        p = (n - bisect_left(self.sorted, score) + 1) / (n + 1)
        insort(self.sorted, score)
        self.arrivals.append(score)
        if n == WINDOW:
            del self.sorted[bisect_left(self.sorted, self.arrivals.popleft())]
        return p


class Peers:
    """Mean and spread of a logarithm by group; the narrowest group with MIN_PEERS speaks."""

    def __init__(self) -> None:
        self.sums: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])

    def distance_then_learn(self, groups: list[tuple[str, ...]], value: float) -> float:
        found = 0.0
        for group in groups:
            n, total, squares = self.sums[group]
            if n >= MIN_PEERS:
                deviation = sqrt(max(squares / n - (total / n) ** 2, 0.0)) + 0.1
                found = abs(value - total / n) / deviation
                break
        for group in groups:
            sums = self.sums[group]
            sums[0] += 1.0
            sums[1] += value
            sums[2] += value * value
        return found


def anomaly(rows: list[Row]) -> np.ndarray:
    """-ln of the smallest p-value of every row, in the order of the rows (sorted by date, as the KCS files are)."""
    alone: list[Counter[str]] = [Counter() for _ in ATTRIBUTES]
    together: list[Counter[tuple[str, str]]] = [Counter() for _ in PAIRS]
    peers = [Peers() for _ in range(3)]
    seen: list[Counter[tuple[str, ...]]] = [Counter() for _ in range(len(IDENTITIES) + 1)]
    ecdfs = [Ecdf() for _ in range(len(PAIRS) + len(peers) + 1)]
    result = np.zeros(len(rows))
    for number, row in enumerate(rows):
        scores = [*_pairs(row, alone, together, number), *_distances(row, peers), _novelty(row, seen, number)]
        result[number] = -log(min(ecdf.p_value_then_learn(score) for ecdf, score in zip(ecdfs, scores, strict=True)))
    return result


def _pairs(row: Row, alone: list[Counter[str]], together: list[Counter[tuple[str, str]]], total: int) -> list[float]:
    values = [row[name] for name in ATTRIBUTES]
    found = []
    for (i, j), pair in zip(PAIRS, together, strict=True):
        usual = (alone[j][values[j]] + 0.5) / (total + 1)
        share = (pair[values[i], values[j]] + PRIOR * usual) / (alone[i][values[i]] + PRIOR)
        found.append(-log(share))
        pair[values[i], values[j]] += 1
    for counter, value in zip(alone, values, strict=True):
        counter[value] += 1
    return found


def _distances(row: Row, peers: list[Peers]) -> list[float]:
    mass, price, hs6 = float(row["Net Mass"]), float(row["Item Price"]), row["HS6 Code"].zfill(6)
    groups = [(hs6, row["Country of Origin"]), (hs6,), (hs6[:4],), (hs6[:2],), ()]
    measures = (price / mass if mass and price else 0.0, mass, price)
    return [table.distance_then_learn(groups, log(measure)) if measure else 0.0 for table, measure in zip(peers, measures, strict=True)]


def _novelty(row: Row, seen: list[Counter[tuple[str, ...]]], total: int) -> float:
    """How many of the row's identities were never seen: importer, seller, declarant, importer with these goods."""
    keys = [*((row[name],) for name in IDENTITIES), (row["Importer ID"], row["HS6 Code"])]
    new = sum(1.0 for counter, key in zip(seen, keys, strict=True) if key[0] and not counter[key])
    for counter, key in zip(seen, keys, strict=True):
        counter[key] += 1
    return new
