"""Invented declarations for the tests: one plain document to change, and a seeded stream of honest trade with odd items in it."""

import random
from collections.abc import Iterable, Iterator
from functools import cache
from math import exp, log10
from typing import Any, NamedTuple

import numpy as np
import orjson

from stream_app.contracts.declaration import Declaration, decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.detectors.base import Detector
from stream_app.detectors.features import Features, features
from stream_app.detectors.registry import detector_classes
from stream_app.learning.decay import growth
from stream_app.learning.ecdf import RollingEcdf

LODGED_AT = "2026-03-02T08:14:05Z"
NOW = 1_772_668_800.0  # 2026-03-05T00:00:00Z, by `date -u -d 2026-03-05 +%s`
HALF_LIFE_DAYS = 180.0


def item_document(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A goods item as JSON: 100 kg of T-shirts at 20 a kilogram. A change to None leaves the property out."""
    document = {
        "item_number": number,
        "hs_code": "610910",
        "origin_country": "CN",
        "net_mass_kg": 100.0,
        "gross_mass_kg": 110.0,
        "packages": 10,
        "supplementary_quantity": 500,
        "customs_value": 2000.0,
        "duty_rate_percent": 12.0,
    }
    return {name: value for name, value in (document | changes).items() if value is not None}


def declaration_document(declaration_id: str = "26NL000001", items: list[dict[str, Any]] | None = None, **changes: Any) -> dict[str, Any]:
    """A declaration as JSON. A change to None leaves the property out."""
    document = {
        "declaration_id": declaration_id,
        "version": 1,
        "direction": "import",
        "lodged_at": LODGED_AT,
        "office": "NL000510",
        "procedure": "40",
        "declarant_id": "D-1",
        "importer_id": "T-1",
        "transport_mode": "1",
        "departure_country": "CN",
        "currency": "EUR",
        "exchange_rate": 1.0,
        "items": items or [item_document()],
    }
    return {name: value for name, value in (document | changes).items() if value is not None}


def decode(document: dict[str, Any], now: float = NOW, limits: Limits | None = None) -> Declaration:
    """By way of its bytes, as everything comes in."""
    return decode_declaration(orjson.dumps(document), limits or Limits(), now)


def declared(declaration_id: str = "26NL000001", items: list[dict[str, Any]] | None = None, **changes: Any) -> Declaration:
    return decode(declaration_document(declaration_id, items, **changes))


def item_features(header: dict[str, Any] | None = None, **item: Any) -> Features:
    """The features of one changed item, weighing 1."""
    declaration = declared(items=[item_document(**item)], **(header or {}))
    return features(declaration, 1.0)[0]


def surprised(x: Features, surprises: dict[str, float]) -> Features:
    """The item with these surprises of the first stage."""
    x.finders, x.surprises = tuple(surprises), np.array([*surprises.values()], np.float64)
    return x


class Offered(NamedTuple):
    """One goods item of the suite's stream; `scheme` names what is odd about it, "" for honest trade."""

    declaration: Declaration
    scheme: str
    surprises: dict[str, float]

    def features(self) -> Features:
        """Fresh ones for every pass: detectors note in them what they expected."""
        (x,) = features(self.declaration, growth(self.declaration.lodged_epoch, HALF_LIFE_DAYS))
        return surprised(x, self.surprises)


class _Commodity(NamedTuple):
    hs_code: str
    origins: tuple[str, ...]
    value_per_kg: float
    kg_per_package: float


COMMODITIES = (
    _Commodity("610910", ("CN", "BD"), 20.0, 12.0),
    _Commodity("090111", ("CO", "ET"), 5.0, 60.0),
    _Commodity("030214", ("NO",), 8.0, 20.0),
    _Commodity("851713", ("CN", "VN"), 600.0, 4.0),
    _Commodity("870830", ("DE",), 15.0, 25.0),
    _Commodity("220421", ("CL", "ZA"), 4.0, 9.0),
)
SCHEMES = ("undervalued", "overweight", "impossible_origin", "ghost", "several_at_once", "split", "lower_duty", "other_office", "rush", "other_goods")
SERIES = {"split": 6, "lower_duty": 4, "other_office": 3, "rush": 12, "other_goods": 4}
"""Schemes of several declarations, one after the other."""
HONEST, ODD_EVERY, LENGTH = 1_500, 30, 2_400
DUTY = {"61": 12.0, "09": 6.0, "03": 8.0, "85": 5.0, "87": 4.5, "22": 10.0}


@cache
def suite_stream() -> tuple[Offered, ...]:
    """2,400 single-item declarations; after 1,500 honest ones every 30th is odd, or begins an odd series.

    With the first stage's surprises, for detectors of the second.
    """
    rng = random.Random(20_260_302)
    pairs = [_document(rng, number) for number in range(LENGTH)]
    return tuple(with_surprises((decode(document), scheme) for document, scheme in pairs))


def with_surprises(pairs: Iterable[tuple[Declaration, str]]) -> Iterator[Offered]:
    """What the first stage of the registry finds, as -log10 p among the items before."""
    first = {name: kind() for name, kind in detector_classes().items() if kind.stage == 1}
    ecdfs = {name: RollingEcdf(1_000) for name in first}
    for declaration, scheme in pairs:
        offered = Offered(declaration, scheme, {})
        x = offered.features()
        for name, detector in first.items():
            raw = detector.score_one(x)
            offered.surprises[name] = -log10(max(ecdfs[name].p_value(raw), 1e-12))
            detector.learn_one(x)
            ecdfs[name].learn(raw)
        yield offered


def scores(detector: Detector, stream: Iterable[Offered]) -> list[float]:
    """Score, then learn, every item."""
    found = []
    for offered in stream:
        x = offered.features()
        found.append(detector.score_one(x))
        detector.learn_one(x)
    return found


def unique_stream(count: int) -> Iterator[Offered]:
    """No key comes twice: every item has its own trader, declarant, office, commodity, route."""
    for number in range(count):
        item = item_document(hs_code=f"{100_000 + 7 * number:06d}", origin_country=_letters(number))
        header = {"importer_id": f"T-{number}", "declarant_id": f"D-{number}", "office": f"O{number}", "procedure": f"P{number}"}
        declaration = declared(f"U{number}", [item], departure_country=_letters(number + 13), **header)
        yield Offered(declaration, "", dict.fromkeys(("mass", "novelty", "rare_combination", "unit_value"), number % 40 / 10))


def _letters(number: int) -> str:
    return chr(65 + number // 26 % 26) + chr(65 + number % 26)


def _document(rng: random.Random, number: int) -> tuple[dict[str, Any], str]:
    scheme = SCHEMES[number // ODD_EVERY % len(SCHEMES)]
    scheme = scheme if number >= HONEST and number % ODD_EVERY < SERIES.get(scheme, 1) else ""
    trader = min(int(rng.paretovariate(1.0)), 40)
    trader = {"lower_duty": 2, "rush": 9}.get(scheme, trader)
    goods = COMMODITIES[(trader + rng.randrange(2)) % len(COMMODITIES)]
    origin = rng.choice(goods.origins)
    net = goods.kg_per_package * rng.randint(1, 80) * exp(rng.gauss(0, 0.05))
    packages = max(1, round(net / goods.kg_per_package))
    item = {
        "hs_code": goods.hs_code,
        "origin_country": origin,
        "net_mass_kg": net,
        "gross_mass_kg": net * 1.08 * exp(rng.gauss(0, 0.02)),
        "packages": packages,
        "supplementary_quantity": round(net * 4) + 1,
        "customs_value": net * goods.value_per_kg * exp(rng.gauss(0, 0.2)),
        "duty_rate_percent": DUTY[goods.hs_code[:2]],
    }
    header = {"importer_id": f"T-{trader}", "declarant_id": f"D-{trader % 5}", "office": f"O{trader % 3}", "departure_country": origin}
    if scheme in ("undervalued", "several_at_once"):
        item["customs_value"] /= 30
    if scheme in ("overweight", "several_at_once"):
        item["gross_mass_kg"] *= 6
        item["packages"] = packages * 20
    if scheme in ("impossible_origin", "several_at_once"):
        item["origin_country"] = "NO" if origin != "NO" else "CO"
    if scheme in ("ghost", "several_at_once"):
        header |= {"importer_id": f"T-GHOST-{number}", "declarant_id": f"D-GHOST-{number}"}
    if scheme == "split":
        item |= {"hs_code": "220421", "origin_country": "CL", "net_mass_kg": 9.0, "gross_mass_kg": 9.7, "packages": 1, "supplementary_quantity": 37}
        item["customs_value"] = 36.0 + number % 3 / 10
        header |= {"importer_id": f"T-RING-{number // ODD_EVERY}", "consignee_id": "C-RING", "departure_country": "CL"}
    if scheme == "lower_duty":
        item |= {"origin_country": "ZA", "preference": "300", "duty_rate_percent": 0.0}
    if scheme == "other_office":
        header["office"] = f"O{(trader + 1) % 3}"
    if scheme == "other_goods":
        item["hs_code"] = "870830" if goods.hs_code != "870830" else "030214"
    day = 1 + number * 27 // LENGTH
    return declaration_document(f"S{number:05d}", [item_document(**item)], lodged_at=f"2026-02-{day:02d}T10:00:00Z", **header), scheme
