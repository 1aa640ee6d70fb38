"""Target encodings with labels in time: the rate of each of an item's groups, from the labels that were known when it was scored."""

import numpy as np

from tests.bench.cases import Bools, Floats, Places
from tests.bench.features import Matrix

STRENGTH = 0.5


class TargetEncoder:
    """Rates shrunk to the rate of everything labelled so far, which is worth STRENGTH labels (Micci-Barreca, SIGKDD Explorations 2001)."""

    def __init__(self, matrix: Matrix, strength: float = STRENGTH) -> None:
        self._groups = matrix.groups
        self._strength = strength
        self._n, self._positive = np.zeros(matrix.size), np.zeros(matrix.size)
        self._total = self._total_positive = 0.0

    def encode(self, places: Places) -> tuple[Floats, Floats]:
        """(rates, labels they rest on), both (len(places), groups)."""
        groups = self._groups[places]
        prior = (self._total_positive + 1.0) / (self._total + 2.0)
        n = self._n[groups]
        return (self._positive[groups] + self._strength * prior) / (n + self._strength), n

    def learn(self, places: Places, positive: Bools) -> None:
        """The labels of these rows are known from now on."""
        groups = self._groups[places]
        np.add.at(self._n, groups, 1.0)
        np.add.at(self._positive, groups[positive], 1.0)
        self._total += len(places)
        self._total_positive += float(positive.sum())
