"""Seizures as administrations share them: some anywhere, most on two routes that are planted."""

from typing import Any

import numpy as np
import orjson

from stream_app.simulate.countries import CODES, HOME, HOME_INDEX, OFFICES
from stream_app.simulate.render import timestamps

ROUTES, ON_ROUTES = 2, 0.6
PER_DAY, FEWEST = 0.6, 12
GOODS = (("24", "tobacco"), ("22", "alcohol"), ("64", "ipr"), ("61", "ipr"), ("30", "drugs"), ("29", "precursors"), ("93", "weapons_and_explosives"))
CONVEYANCES = ("vessel", "aircraft", "road_vehicle", "mail")
CONCEALMENT = ("in_goods", "in_packaging", "in_container_structure", "false_declaration")
METHODS = ("risk_profile", "routine_control", "scanner", "dog", "intelligence")

Route = tuple[str, str, str, str, str]
"""Chapter, commodity group, origin, departure, conveyance."""


def _pick(rng: np.random.Generator, names: Any) -> Any:
    return names[int(rng.integers(0, len(names)))]


def _route(rng: np.random.Generator) -> Route:
    chapter, group = _pick(rng, GOODS)
    origin = CODES[int(rng.integers(0, HOME_INDEX))]
    return chapter, group, origin, origin, _pick(rng, CONVEYANCES)


class Seizures:
    """All cases of a world of so many days from `begin` (epoch seconds)."""

    def __init__(self, rng: np.random.Generator, begin: int, days: int) -> None:
        self.routes = [_route(rng) for _ in range(ROUTES)]
        count = max(FEWEST, int(PER_DAY * days))
        times = np.sort(rng.integers(begin, begin + days * 86_400, count))
        texts = timestamps(times)
        self.lines = [(int(at), self._case(rng, number, text)) for number, (at, text) in enumerate(zip(times.tolist(), texts, strict=True), 1)]

    def _case(self, rng: np.random.Generator, number: int, text: str) -> str:
        route = _pick(rng, self.routes) if rng.random() < ON_ROUTES else _route(rng)
        chapter, group, origin, departure, conveyance = route
        case = {
            "case_id": f"{HOME}-{number:05d}",
            "reporter_country": HOME,
            "seized_at": text,
            "commodity_group": group,
            "hs_code": chapter,
            "origin_country": origin,
            "departure_country": departure,
            "destination_country": HOME,
            "conveyance": conveyance,
            "concealment": _pick(rng, CONCEALMENT),
            "detection_method": _pick(rng, METHODS),
            "office": _pick(rng, OFFICES),
            "quantity": float(rng.integers(1, 500)),
            "unit": "KGM",
        }
        return orjson.dumps(case, option=orjson.OPT_APPEND_NEWLINE).decode()

    def truth(self) -> list[dict[str, Any]]:
        names = ("hs_chapter", "commodity_group", "origin_country", "departure_country", "conveyance")
        return [{"kind": "seizure_route", **dict(zip(names, route, strict=True))} for route in self.routes]
