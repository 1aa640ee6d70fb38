"""Between probabilities and log-odds, and the loss of a probability."""

from math import exp, log
from typing import Any

import numpy as np

from stream_app.learning.compiled import inlined

UNLIKELY = 1e-6
"""Least probability that log-odds are taken of."""
FURTHEST = 30.0
"""Log-odds beyond which a probability is 0 or 1 to a float."""


@inlined
def logit(p: Any) -> Any:
    p = min(max(p, UNLIKELY), 1.0 - UNLIKELY)
    return np.log(p / (1.0 - p))


@inlined
def logistic(z: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-min(max(z, -FURTHEST), FURTHEST)))


def log_odds(p: float) -> float:
    """As `logit`, where no kernel asks: a part of kernels would be compiled when the first record comes."""
    p = min(max(p, UNLIKELY), 1.0 - UNLIKELY)
    return log(p / (1.0 - p))


def probability(z: float) -> float:
    """As `logistic`, where no kernel asks."""
    return 1.0 / (1.0 + exp(-min(max(z, -FURTHEST), FURTHEST)))


@inlined
def log_loss(p: Any, irregular: Any) -> Any:
    """Nats of surprise at the outcome, at most 6.9: a thousand to one against."""
    return -np.log(max(p if irregular > 0.0 else 1.0 - p, 1e-3))
