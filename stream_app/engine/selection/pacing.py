"""How low a tail probability must be now to be selected, so that the capacity is spent and not overspent.

Adaptive conformal control (Gibbs and Candes, "Adaptive conformal inference under distribution shift", NeurIPS 2021): every decision moves the
threshold, towards fewer after a selection, towards more after none, so the share holds for any sequence of scores, drifting or tied.
The threshold follows the sum of the errors (here `balance`) through a function that saturates: Angelopoulos, Candes and Tibshirani,
"Conformal PID control for time series prediction", NeurIPS 2023, section 2.2. A bounded balance bounds the error of every window.
"""

from math import exp, pi, tan
from typing import Protocol

GAIN = 0.7
"""Of the strict threshold: one item too many in a band of eleven lowers it by a tenth."""
LEAST_BAND = 2.0
"""Items. A narrower band would select by turn, not by score."""

MEMORY_DAYS = 4
"""Over which the usual number of items a day is averaged."""


class Pacer(Protocol):
    """What a pool of goods items may still have."""

    threshold: float
    """An item with a tail probability at or below this is selected; in [0, 1]."""

    numbers: list[float]
    """What it has counted so far. Given to another pacer of its kind, that goes on from there by its own settings."""

    def count(self, selected: bool, warm: bool = True) -> None:
        """Takes in what became of the next item, for whatever reason it was selected. Before scores select (not warm), nothing is owed."""


class _Banded:
    """Keeps a balance, items selected less items due, and a threshold that follows it. What is selected beyond `_most` is forgiven."""

    __slots__ = ("_half", "_most", "_share", "_usual", "balance", "threshold")

    def __init__(self, share: float, window: int, tolerance: float, usual: float | None = None) -> None:
        """`usual`: the threshold at balance 0; by default the share itself."""
        self._share = share
        self._usual = share if usual is None else usual
        self._half = _half_band(share, window, tolerance)
        self._most = self._half
        self.balance = 0.0
        self.threshold = self._usual

    def count(self, selected: bool, warm: bool = True) -> None:
        if not warm:
            return
        balance = self.balance + (1.0 - self._share if selected else -self._share)
        self.balance = balance = min(balance, self._most + 1.0)
        self.threshold = self._at(balance)

    @property
    def numbers(self) -> list[float]:
        return [self.balance]

    @numbers.setter
    def numbers(self, numbers: list[float]) -> None:
        """Raises ValueError for those of another kind."""
        (balance,) = numbers
        self.balance = min(balance, self._most + 1.0)
        self.threshold = self._at(self.balance)

    def _at(self, balance: float) -> float:
        """The threshold at a balance."""
        return _saturating(self._usual, balance / self._half)


class Strict(_Banded):
    """Holds `share` in every window of `window` items, within `tolerance` of it, relative.

    The balance stays within a band, so no two moments differ by more than its width. What mandatory criteria take beyond the band is forgiven:
    a hundred entries of a watchlist at once do not silence the scores for days.
    """

    __slots__ = ()


class BurstTolerant(_Banded):
    """Adapts slowly, and holds a reserve that a burst may spend: after it, the share is earned back a little at a time.

    In any window at most its share and the reserve are selected by score. Below the share it presses on as `Strict` does, so what was not
    spent is not saved up beyond the strict band.
    """

    __slots__ = ()

    def __init__(self, share: float, window: int, tolerance: float, reserve: float, usual: float | None = None) -> None:
        """`reserve`: in budgets of one window."""
        super().__init__(share, window, tolerance, usual)
        self._most = max(LEAST_BAND, reserve * window * share)

    def _at(self, balance: float) -> float:
        if balance <= 0.0:
            return super()._at(balance)
        # Spending all of the reserve lowers the threshold by e: what is certain goes on, what is doubtful waits.
        return 0.0 if balance > self._most else self._usual * exp(-balance / self._most)


def _half_band(share: float, window: int, tolerance: float) -> float:
    """How far the balance may be off: two of it and the one item in hand make up what a window is allowed."""
    return max(LEAST_BAND, tolerance * window * share / 2.0 - 1.0)


def _saturating(usual: float, place: float) -> float:
    """The threshold at a place in the band: nothing passes from 1 on, everything from -1 on, and in the middle the balance hardly matters."""
    if place >= 1.0:
        return 0.0
    return 1.0 if place <= -0.99 else min(1.0, usual * exp(-GAIN * tan(pi / 2.0 * place)))


class Daily:
    """At most `per_day` items a day, the day's best as far as the days before tell how many there will be.

    The share is `per_day` over the usual number of items a day; the first day goes by `share`. A day ends with the first item of the next.
    """

    __slots__ = ("_day", "_days", "_items", "_pacer", "_per_day", "_selected", "_usual_items", "threshold")

    def __init__(self, per_day: int, share: float) -> None:
        self._per_day = per_day
        self._usual_items = per_day / share if per_day else 1.0
        self._day = self._days = 0
        self._items = self._selected = 0
        self._begin()

    def turn(self, day: int) -> None:
        """Before an item of `day` (days since 1970, local): a new day has its whole capacity. An earlier day counts as the present one."""
        if day <= self._day:
            return
        if self._items:
            self._days = min(self._days + 1, MEMORY_DAYS)
            self._usual_items += (self._items - self._usual_items) / self._days
        self._day = day
        self._items = self._selected = 0
        self._begin()

    def count(self, selected: bool, warm: bool = True) -> None:
        self._items += 1
        self._selected += selected
        self._pacer.count(selected, warm)
        self.threshold = self._pacer.threshold if self._selected < self._per_day else 0.0

    @property
    def numbers(self) -> list[float]:
        return [self._usual_items, self._day, self._days, self._items, self._selected, *self._pacer.numbers]

    @numbers.setter
    def numbers(self, numbers: list[float]) -> None:
        """Raises ValueError for those of another kind."""
        self._usual_items, day, days, items, selected, balance = numbers
        self._day, self._days, self._items, self._selected = int(day), int(days), int(items), int(selected)
        self._begin()
        self._pacer.numbers = [balance]
        self.threshold = self._pacer.threshold if self._selected < self._per_day else 0.0

    def _begin(self) -> None:
        share = min(1.0, self._per_day / max(1.0, self._usual_items))
        self._pacer = Strict(share or 1.0, int(self._usual_items) + 1, 0.5)
        self.threshold = self._pacer.threshold if self._per_day else 0.0
