"""How likely a score is among the recent ones, taken as normal: what makes raw scores of one detector comparable over time.

Source: Ahmad, Lavin, Purdy and Agha, "Unsupervised real-time anomaly detection for streaming data", Neurocomputing 262 (2017), section 3.
"""

from math import erfc, log, sqrt

LEAST_SPREAD = 1e-3
"""Scores that hardly differ do not become rare by a hair."""
LEAST = 1e-300


class Likelihood:
    """Exponentially weighted mean and variance of scores; `window`: how many of them weigh about as much as all before."""

    KEEPS = {"n": float, "_mean": float, "_variance": float}

    __slots__ = ("_mean", "_rate", "_variance", "n")

    def __init__(self, window: int) -> None:
        self.n = 0.0
        """Scores taken in, at most the window."""
        self._rate = 1.0 / window
        self._mean = 0.0
        self._variance = 0.0

    def surprise(self, score: float) -> float:
        """-ln of the share of scores that are as high, in nats; 0 up to the mean, and until half a window is known."""
        if score <= self._mean or self.n * self._rate < 0.5:
            return 0.0
        z = (score - self._mean) / max(sqrt(self._variance), LEAST_SPREAD)
        return -log(max(erfc(z / sqrt(2.0)), LEAST))

    def learn(self, score: float) -> None:
        """Take a score in: all weigh the same up to the window, the older less beyond it."""
        self.n = min(self.n + 1.0, 1.0 / self._rate)
        share = 1.0 / self.n
        away = score - self._mean
        self._mean += share * away
        self._variance = (1.0 - share) * (self._variance + share * away * away)
