"""What bounds the contenders, and what mere copying would reach. Neither is a model to use."""

import numpy as np

from tests.bench.cases import Bools, Cases, Floats, Places
from tests.bench.contenders import heads
from tests.bench.prequential import Scored


class ValuesOracle:
    """The ceiling: knows, of the rows in `measured`, the label rate of every group of equal (HS6, departure, origin, rate, tax type, mass, price).

    No ranking by these values alone can do better on these rows: equals get equal scores, and the groups stand in the best order. Where every
    group is a single row the ceiling is a perfect score and says nothing.
    """

    def __init__(self, cases: Cases, measured: Bools, name: str = "ceiling") -> None:
        self.name = name
        self._irregular = rate_by_group(cases.exact, cases.irregular, measured)[cases.exact]
        self._critical = rate_by_group(cases.exact, cases.critical, measured)[cases.exact]
        self._duty = cases.duty

    def score(self, day: int, places: Places) -> Scored:
        irregular = self._irregular[places]
        return Scored(heads("non_compliance", irregular, self._duty[places]) | {"critical": self._critical[places]})

    def learn(self, places: Places, irregular: Bools, critical: Bools) -> None:
        """It knows already."""


class ExactMemory:
    """The label rate of the row's equals, as far as their labels are known; of everything before there are any. The fingerprint nobody else uses."""

    def __init__(self, cases: Cases, name: str = "exact copies") -> None:
        self.name = name
        self._cases = cases
        groups = int(cases.exact.max()) + 1
        self._n = np.zeros(groups)
        self._sums = {"irregular": np.zeros(groups), "critical": np.zeros(groups)}
        self._total = {"irregular": 1.0, "critical": 1.0, "n": 2.0}

    def score(self, day: int, places: Places) -> Scored:
        irregular, critical = (self._rate(label, self._cases.exact[places]) for label in ("irregular", "critical"))
        return Scored(heads("non_compliance", irregular, self._cases.duty[places]) | {"critical": critical})

    def learn(self, places: Places, irregular: Bools, critical: Bools) -> None:
        groups = self._cases.exact[places]
        np.add.at(self._n, groups, 1.0)
        self._total["n"] += len(places)
        for label, found in (("irregular", irregular), ("critical", critical)):
            np.add.at(self._sums[label], groups[found], 1.0)
            self._total[label] += float(found.sum())

    def _rate(self, label: str, groups: Places) -> Floats:
        prior = self._total[label] / self._total["n"]
        return (self._sums[label][groups] + prior) / (self._n[groups] + 1.0)


def rate_by_group(group: Places, positive: Bools, among: Bools) -> Floats:
    """Share of positives in each group, of its rows in `among`; 0 where it has none."""
    n = np.bincount(group[among], minlength=int(group.max()) + 1)
    found = np.bincount(group[among & positive], minlength=len(n))
    return found / np.maximum(n, 1)
