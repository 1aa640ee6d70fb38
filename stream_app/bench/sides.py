"""The two sides that are compared. Each takes the bytes of one event and encodes what it makes of it; decoding and validation are the same code.

Tidewaiter    decode, validate, score, learn, encode assessment and alert
StockRiver    decode, validate, (OneHotEncoder + StandardScaler) | HalfSpaceTrees and (TargetAgg + StandardScaler) | LogisticRegression,
              encode the two scores
"""

from collections import OrderedDict
from time import perf_counter
from typing import Any, Protocol

from river import anomaly, compose, feature_extraction, linear_model, preprocessing, stats

from stream_app.contracts.assessment import encode
from stream_app.contracts.declaration import Declaration, GoodsItem, decode_declaration
from stream_app.contracts.errors import ContractError
from stream_app.contracts.outcome import Outcome, decode_outcome
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import Pipeline

KEPT = 200_000
"""Declarations whose features wait for their outcome, on both sides."""

CATEGORIES = ("hs6", "origin", "departure", "procedure", "mode", "office")
"""Encoded one-hot. Importers are not: thousands of columns would slow River down beyond all comparison."""
GROUPS = ("hs6", "origin", "importer", "office")
"""Whose mean of labels the classifier sees."""

Row = dict[str, Any]


class Side(Protocol):
    """One of the contestants."""

    refused: int

    def take(self, is_declaration: bool, body: bytes) -> int:
        """Goods items assessed: 0 for an outcome and for a refused record."""


class Tidewaiter:
    """The engine as the service calls it."""

    def __init__(self, pipeline: Pipeline, now: float) -> None:
        self.engine = Engine(pipeline, mode="replay")
        self.refused = self.alerts = 0
        self.limits = pipeline.record_limits()
        self.now = now

    def take(self, is_declaration: bool, body: bytes) -> int:
        try:
            if is_declaration:
                return self._declaration(body)
            self.engine.learn_outcome(decode_outcome(body, self.limits, self.now))
        except ContractError:
            self.refused += 1
        return 0

    def _declaration(self, body: bytes) -> int:
        result = self.engine.process(decode_declaration(body, self.limits, self.now))
        encode(result.assessment)
        if result.alert is not None:
            encode(result.alert)
            self.alerts += 1
        return len(result.assessment.items)


class StagedTidewaiter:
    """The same engine with a watch on every stage; seconds add up in `stages`."""

    def __init__(self, side: Tidewaiter) -> None:
        self._side = side
        self.stages = dict.fromkeys(("decode", "engine", "encode", "outcomes"), 0.0)

    def take(self, is_declaration: bool, body: bytes) -> int:
        """Goods items assessed. A refused record counts in none of the stages."""
        side, stages = self._side, self.stages
        begun = perf_counter()
        if not is_declaration:
            side.take(False, body)
            stages["outcomes"] += perf_counter() - begun
            return 0
        try:
            declaration = decode_declaration(body, side.limits, side.now)
            decoded = perf_counter()
            result = side.engine.process(declaration)
        except ContractError:
            return 0
        assessed = perf_counter()
        encode(result.assessment)
        if result.alert is not None:
            encode(result.alert)
        ended = perf_counter()
        for stage, seconds in (("decode", decoded - begun), ("engine", assessed - decoded), ("encode", ended - assessed)):
            stages[stage] += seconds
        return len(result.assessment.items)


class StockRiver:
    """A River pipeline of stock parts on the fields that the engine reads. Scores before it learns; learns a label when it comes.

    `drop_zeros` is OneHotEncoder's own option: its default, False, hands every category seen so far on with every item.
    """

    def __init__(self, pipeline: Pipeline, now: float, drop_zeros: bool = False) -> None:
        self.refused = 0
        self._limits = pipeline.record_limits()
        self._now = now
        self._anomaly = compose.Pipeline(
            compose.TransformerUnion(
                compose.Select(*CATEGORIES) | preprocessing.OneHotEncoder(drop_zeros=drop_zeros),
                compose.SelectType(float) | preprocessing.StandardScaler(),
            ),
            anomaly.HalfSpaceTrees(seed=42),
        )
        self._non_compliance = compose.Pipeline(
            compose.TransformerUnion(
                *(feature_extraction.TargetAgg(by=[group], how=stats.Mean()) for group in GROUPS),
                compose.SelectType(float) | preprocessing.StandardScaler(),
            ),
            linear_model.LogisticRegression(),
        )
        self._waiting: OrderedDict[str, dict[int, Row]] = OrderedDict()

    def take(self, is_declaration: bool, body: bytes) -> int:
        try:
            if is_declaration:
                return self._declaration(decode_declaration(body, self._limits, self._now))
            self._outcome(decode_outcome(body, self._limits, self._now))
        except ContractError:
            self.refused += 1
        return 0

    def _declaration(self, declaration: Declaration) -> int:
        rows = {item.item_number: river_row(declaration, item) for item in declaration.items}
        scores = []
        for number, row in rows.items():
            scores.append((number, self._anomaly.score_one(row), self._non_compliance.predict_proba_one(row).get(True, 0.0)))
            self._anomaly.learn_one(row)
        self._waiting[declaration.declaration_id] = rows
        if len(self._waiting) > KEPT:
            self._waiting.popitem(last=False)
        items = [{"item_number": number, "anomaly": odd, "non_compliance": risk} for number, odd, risk in scores]
        encode({"declaration_id": declaration.declaration_id, "version": declaration.version, "items": items})
        return len(items)

    def _outcome(self, outcome: Outcome) -> None:
        rows = self._waiting.get(outcome.declaration_id, {})
        for number, row in rows.items():
            if outcome.item_number in (None, number):
                self._non_compliance.learn_one(row, outcome.irregular)


def river_row(declaration: Declaration, item: GoodsItem) -> Row:
    """An item as River likes it: categories as strings, measures as floats (0 where one is missing)."""
    return {
        "hs6": item.hs_code[:6],
        "origin": item.origin_country,
        "departure": declaration.departure_country,
        "procedure": item.procedure or declaration.procedure,
        "mode": declaration.transport_mode,
        "office": declaration.office,
        "importer": declaration.trader_id,
        "value": (item.customs_value or 0.0) * declaration.exchange_rate,
        "net_mass": item.net_mass_kg or 0.0,
        "gross_mass": item.gross_mass_kg or 0.0,
        "packages": float(item.packages or 0),
        "duty_rate": float(item.duty_rate_percent or 0.0),
    }
