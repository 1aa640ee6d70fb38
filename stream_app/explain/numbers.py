"""How a language writes numbers. Nothing else in an explanation writes one."""

from collections.abc import Mapping

SMALLEST_POINTS = 0.01
"""Percent, below which a share is only said to be smaller."""


class Numbers:
    """`marks`: `decimal`, `thousands`, and `percent`, the pattern of a percentage ("{0}%"); English where one is not given."""

    def __init__(self, marks: Mapping[str, str]) -> None:
        self._percent = marks.get("percent", "{0}%")
        pairs = {",": marks.get("thousands", ","), ".": marks.get("decimal", ".")}
        self._marks = str.maketrans({ours: theirs for ours, theirs in pairs.items() if ours != theirs})

    def number(self, value: float) -> str:
        """As people write it: 0.0786, 5.62, 12,760."""
        size = abs(value)
        return self._marked(f"{value:,.0f}" if 999.95 <= size < 1e15 else f"{value:.4g}" if size >= 1 else f"{value:.3g}")

    def count(self, value: float) -> str:
        return self._marked(f"{value:,.0f}")

    def _marked(self, figure: str) -> str:
        return figure.translate(self._marks) if self._marks else figure

    def percent(self, share: float) -> str:
        """A share as a percentage: 0.4%, 3.7%, 42%; near all of it with as many nines as it takes, such as 99.97%."""
        points = 100.0 * share
        if 0.0 < points < SMALLEST_POINTS:
            return "<" + self.percent(SMALLEST_POINTS / 100.0)
        if 99.0 < points < 100.0:
            decimals = next((places for places in range(1, 6) if round(points, places) < 100.0), 6)
            figure = f"{points:.{decimals}f}"
        else:
            figure = f"{points:.0f}" if points >= 9.95 or not points else f"{points:.2g}"
        return self._percent.replace("{0}", self._marked(figure))
