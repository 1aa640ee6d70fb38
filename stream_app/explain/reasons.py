"""How detectors and heads state a reason: its code and its values. The words come from the English catalogue, by the code.

path = [step("hs6", "610910", n=412, value=19.2), step("hs6_origin", "610910", "CN", n=114, value=20.0)]
reason("unit_value_low", "unit_value", actual=2.0, path=path, impact=19.3, typical=20.0, lower=13.4, upper=29.9)
"""

from collections.abc import Mapping
from functools import lru_cache

from stream_app.contracts.assessment import Distribution, Reason, Step
from stream_app.explain.texts import english
from stream_app.explain.wording import sentence


def step(level: str, *key: str, n: float, value: float | None = None, estimate: float | None = None) -> Step:
    """One group of a back-off path. `level` is a name of [groups] in the catalogue, `key` fills its text: never a party's identifier."""
    return Step(_group(level, key), level, list(key), round(float(n), 1), _plain(value), _plain(estimate))


@lru_cache(maxsize=8_192)
def _group(level: str, key: tuple[str, ...]) -> str:
    return english().group(level, key)


@lru_cache(maxsize=1_024)
def _unit(code: str, feature: str) -> str:
    return english().unit(code, feature)


def student(mean: float, deviation: float, freedom: float) -> Distribution:
    """Where the peers' natural logarithms lie."""
    return Distribution("log", round(mean, 6), round(deviation, 6), round(freedom, 2))


def reason(
    code: str,
    feature: str,
    *,
    actual: float | str | None,
    path: list[Step],
    impact: float,
    typical: float | None = None,
    lower: float | None = None,
    upper: float | None = None,
    distribution: Distribution | None = None,
    speaks: int = -1,
    details: Mapping[str, float | str] | None = None,
) -> Reason:
    """One piece of evidence in words. `path` goes from the widest group to the narrowest; `speaks` is the place in it of the peers that
    the value is compared with. `details` are the other fields of the code's text. Raises KeyError for a code that the catalogue lacks."""
    peers = path[speaks]
    actual = actual if isinstance(actual, str) else _plain(actual)
    values = _plain(typical), _plain(lower), _plain(upper)
    unit = _unit(code, feature)
    found = Reason(code, "", feature, actual, *values, unit, peers.group, peers.n, round(float(impact), 3), path, distribution, dict(details or {}))
    found.text = sentence(english(), found, peers.group)
    return found


def _plain(value: float | None) -> float | None:
    """Seven significant digits: an alert is read by people."""
    return None if value is None else float(f"{value:.7g}")
