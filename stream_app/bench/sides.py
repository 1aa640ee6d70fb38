"""The two sides that are compared. Each takes the bytes of one event and encodes what it makes of it; decoding and validation are the same code.

Both decode READ_TOGETHER records ahead, as the service does with what it has fetched (agents/intake.py).

Tidewaiter    decode, validate, score, learn, encode assessment and alert
StockRiver    decode, validate, (OneHotEncoder + StandardScaler) | HalfSpaceTrees and (TargetAgg + StandardScaler) | LogisticRegression,
              encode the two scores
"""

from collections import OrderedDict
from time import perf_counter
from typing import Any

from river import anomaly, compose, feature_extraction, linear_model, preprocessing, stats

from stream_app.contracts.assessment import encode
from stream_app.contracts.declaration import Declaration, GoodsItem, decode_declaration
from stream_app.contracts.errors import ContractError
from stream_app.contracts.outcome import Outcome, decode_outcome
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import Pipeline

READ_TOGETHER = 32
"""As many as the service (agents/intake.py)."""
KEPT = 200_000
"""Declarations whose features wait for their outcome, on both sides."""

CATEGORIES = ("hs6", "origin", "departure", "procedure", "mode", "office")
"""Encoded one-hot. Importers are not: thousands of columns would slow River down beyond all comparison."""
GROUPS = ("hs6", "origin", "importer", "office")
"""Whose mean of labels the classifier sees."""

Row = dict[str, Any]
Records = list[tuple[bool, bytes]]
"""(whether it is a declaration, else an outcome; its body)."""

Event = Declaration | Outcome | ContractError


class Side:
    """One of the contestants. Every record is decoded and validated by the same code; a refused one goes no further."""

    def __init__(self, pipeline: Pipeline, now: float) -> None:
        self.refused = 0
        self.limits = pipeline.record_limits()
        self.now = now

    def take(self, records: Records) -> int:
        """Goods items assessed; none of an outcome or a refused record."""
        return sum(map(self._event, [self.read(*record) for record in records]))

    def read(self, is_declaration: bool, body: bytes) -> Event:
        try:
            return decode_declaration(body, self.limits, self.now) if is_declaration else decode_outcome(body, self.limits, self.now)
        except ContractError as error:
            return error

    def _event(self, event: Event) -> int:
        try:
            if isinstance(event, Declaration):
                return self.declaration(event)
            if isinstance(event, Outcome):
                self.outcome(event)
            else:
                self.refused += 1
        except ContractError:  # one that came before
            self.refused += 1
        return 0

    def declaration(self, declaration: Declaration) -> int:
        """Its goods items, scored and learned from, the scores encoded."""
        raise NotImplementedError

    def outcome(self, outcome: Outcome) -> None:
        """Learned from."""
        raise NotImplementedError


class Tidewaiter(Side):
    """The engine as the service calls it."""

    def __init__(self, pipeline: Pipeline, now: float) -> None:
        super().__init__(pipeline, now)
        self.engine = Engine(pipeline, mode="replay")
        self.alerts = 0

    def outcome(self, outcome: Outcome) -> None:
        self.engine.learn_outcome(outcome)

    def declaration(self, declaration: Declaration) -> int:
        result = self.engine.process(declaration)
        encode(result.assessment)
        if result.alert is not None:
            encode(result.alert)
            self.alerts += 1
        return len(result.assessment.items)


class StagedTidewaiter(Tidewaiter):
    """The same with a watch on every stage, on an engine that another one has warmed; seconds add up in `stages`."""

    def __init__(self, warm: Tidewaiter, pipeline: Pipeline) -> None:
        super().__init__(pipeline, warm.now)
        self.engine = warm.engine
        self.stages = dict.fromkeys(("decode", "engine", "encode", "outcomes"), 0.0)

    def read(self, is_declaration: bool, body: bytes) -> Event:
        begun = perf_counter()
        event = super().read(is_declaration, body)
        self.stages["decode" if is_declaration else "outcomes"] += perf_counter() - begun
        return event

    def outcome(self, outcome: Outcome) -> None:
        begun = perf_counter()
        super().outcome(outcome)
        self.stages["outcomes"] += perf_counter() - begun

    def declaration(self, declaration: Declaration) -> int:
        begun = perf_counter()
        result = self.engine.process(declaration)
        assessed = perf_counter()
        encode(result.assessment)
        if result.alert is not None:
            encode(result.alert)
        self.stages["engine"] += assessed - begun
        self.stages["encode"] += perf_counter() - assessed
        return len(result.assessment.items)


class StockRiver(Side):
    """A River pipeline of stock parts on the fields that the engine reads. Scores before it learns; learns a label when it comes.

    `drop_zeros` is OneHotEncoder's own option: its default, False, hands every category seen so far on with every item.
    """

    def __init__(self, pipeline: Pipeline, now: float, drop_zeros: bool = False) -> None:
        super().__init__(pipeline, now)
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

    def declaration(self, declaration: Declaration) -> int:
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

    def outcome(self, outcome: Outcome) -> None:
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
