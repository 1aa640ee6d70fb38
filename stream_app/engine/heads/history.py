"""What earlier controls of like goods say for and against an item: the back-off path of the non-compliance head, in words."""

from itertools import takewhile
from math import floor, log

from stream_app.contracts.assessment import Reason, Step
from stream_app.detectors.features import NET_MASS, VALUE, Features
from stream_app.engine.heads.groups import GOODS, encode
from stream_app.engine.heads.revenue import duty_at_stake
from stream_app.explain.reasons import reason, step
from stream_app.learning.risk import RiskModel

SMALLEST = 1e-9
TELLING = log(2.0)
"""Difference of log odds from all goods, from which on a group is worth naming."""
MANY = 10.0
"""Controls, from which on a clean group speaks for an item."""
IRREGULAR, CRITICAL = "irregular", "critical"
"""What a model was taught to find: the first part of its reasons' codes."""
WORTH_NAMING = 0.5
"""Controls; less is left of a group whose outcomes were corrected away."""


def explain(x: Features, model: RiskModel, finding: str) -> tuple[list[Reason], list[Reason]]:
    """What speaks against an item (the group of the highest rate, where its odds are twice those of all goods or more) and what speaks for
    it (the group of the lowest rate, where many controls found half the odds or less)."""
    path = _path(x, model)
    if not path:
        return [], []
    ranked = sorted(range(len(path)), key=lambda place: _log_odds(path[place]))
    everything, worst = _log_odds(path[0]), ranked[-1]
    clean = [place for place in ranked if path[place].n >= MANY and _log_odds(path[place]) <= everything - TELLING]
    against = _log_odds(path[worst]) >= everything + TELLING
    told = [_reason(f"{finding}_before", f"share_{finding}", path, worst)] if against else []
    return told, [_reason("regular_before", "share_irregular", path, clean[0])] if clean else []


def at_stake(x: Features, revenue: float, model: RiskModel) -> Reason:
    """Why an item's revenue is at risk: the duty, and the chance of losing it."""
    duty = duty_at_stake(x.declaration, x.item) or 0.0
    share = revenue / duty if duty else 0.0
    return reason("duty_at_stake", "revenue_at_risk", actual=revenue, path=_path(x, model), impact=0.0, details={"duty": duty, "share": share})


def _path(x: Features, model: RiskModel) -> list[Step]:
    """From all goods to the narrowest group that was controlled."""
    groups, _ = encode(x.codes, x.measures)
    known = list(takewhile(lambda step: step.n >= WORTH_NAMING, model.path(groups)))
    levels, keys = GOODS[: len(known)], _keys(x, len(known))
    return [step(level, *key, n=one.n, value=one.own, estimate=one.rate) for level, key, one in zip(levels, keys, known, strict=True)]


def _keys(x: Features, levels: int) -> list[tuple[str, ...]]:
    """The parts of the texts of the first groups in the catalogue; masses and values per kg as the bounds of their step."""
    item, rate, hs6 = x.item, x.item.duty_rate_percent, x.hs6
    route = hs6, item.origin_country, x.declaration.departure_country, "-" if rate is None else f"{rate:g}"
    plain: list[tuple[str, ...]] = [(), (hs6[:2],), (hs6[:4],), (hs6,), route[:2], route]
    if levels <= len(plain):
        return plain[:levels]
    value, mass = float(x.measures[VALUE]), float(x.measures[NET_MASS])
    unit, quarter = value - mass, _bounds(mass, 0.25)
    measured = (
        (item.preference or "-", *_bounds(mass, 1.0)),
        (*_bounds(mass, 0.5), *_bounds(unit, 0.5)),
        (*quarter, *_bounds(unit, 0.5)),
        (*quarter, *_bounds(unit, 0.25), *_bounds(value, 0.25)),
    )
    return [*plain, *[(*route, *parts) for parts in measured]][:levels]


FARTHEST = 1_000.0
"""Doublings: what a float can hold. A schema allows a mass of 1e-300, and whoever declares one shall be explained as well."""


def _bounds(logarithm: float, doublings: float) -> tuple[str, str]:
    """Of the step that the value lies in (groups.py), to three digits."""
    if logarithm != logarithm:
        return "-", "-"
    most = FARTHEST / doublings
    number = floor(min(max(logarithm / (doublings * log(2.0)), -most), most))
    return _three_digits(2.0 ** (number * doublings)), _three_digits(2.0 ** ((number + 1) * doublings))


def _three_digits(value: float) -> str:
    return f"{float(f'{value:.3g}'):,.15g}"


def _reason(code: str, feature: str, path: list[Step], speaks: int) -> Reason:
    group, everything = path[speaks], path[0]
    impact = abs(_log_odds(group) - _log_odds(everything))
    return reason(code, feature, actual=group.value, typical=everything.value, path=path, speaks=speaks, impact=impact)


def _log_odds(group: Step) -> float:
    """Of what the group is expected to show, which no prior lets be 0 or 1."""
    rate = min(max(group.estimate or 0.0, SMALLEST), 1.0 - SMALLEST)
    return log(rate / (1.0 - rate))
