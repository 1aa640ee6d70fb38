"""customs.exports.v1, and the imports that mirror them: an analysis a partition, and gaps that every worker hears of.

Imports are keyed by trader, exports by lane. So declarations of the partners that are mirrored are sent on, as they came, to an internal topic by
lane, which has as many partitions as that of exports; and what a gap says of a trader comes back on a compacted topic that every worker reads.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson

from stream_app.agents import indicators
from stream_app.agents.intake import Answer, Record
from stream_app.agents.partitions import LIVE, Partitions
from stream_app.contracts.assessment import deterministic_id
from stream_app.contracts.cloudevents import envelope, refuse_other_versions
from stream_app.contracts.declaration import Declaration, decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.export import decode_export
from stream_app.contracts.keys import mirror_key
from stream_app.engine.pipeline import Pipeline
from stream_app.instruments.base import indicator
from stream_app.instruments.mirror import MirrorAnalysis
from stream_app.instruments.mirror.priors import GapPriors, Raised
from stream_app.instruments.settings import MirrorSection
from stream_app.instruments.suite import mirror
from stream_app.metrics import Metrics

Result = tuple[str, str, str, bytes]
"""Topic alias, key, id, body."""


class Mirrors(Partitions):
    """An analysis a partition of the exports, and how far each is read."""

    def __init__(self, pipeline: Pipeline, worker_id: str = "") -> None:
        super().__init__(pipeline, worker_id=worker_id)
        self.settings = pipeline.instruments.mirror
        self._digest = pipeline.mirror_learning()
        self._analyses: dict[int, MirrorAnalysis] = {}

    def analysis(self, partition: int) -> MirrorAnalysis:
        """Made when first asked for."""
        if partition not in self._analyses:
            self._analyses[partition] = mirror(self.settings)
        return self._analyses[partition]

    def all(self) -> list[MirrorAnalysis]:
        return list(self._analyses.values())

    def keep_only(self, partitions: Iterable[int]) -> None:
        kept = frozenset(partitions)
        super().keep_only(kept)
        self._analyses = {number: analysis for number, analysis in self._analyses.items() if number in kept}

    def forget(self, partition: int) -> None:
        super().forget(partition)
        self._analyses.pop(partition, None)

    def has(self, partition: int) -> bool:
        return partition in self._analyses or super().has(partition)

    def numbers(self) -> list[int]:
        return sorted({*self._analyses, *super().numbers()})

    def learning(self) -> dict[str, str]:
        return {LIVE: self._digest}

    def learners(self, partition: int) -> dict[str, Any]:
        return {LIVE: self.analysis(partition)}


class Exports:
    """Handles one export record against the analysis of its partition."""

    def __init__(self, mirrors: Mirrors, limits: Limits, metrics: Metrics, model: str) -> None:
        self._mirrors = mirrors
        self._limits = limits
        self._metrics = metrics
        self._model = model

    def __call__(self, record: Record, now: float) -> Answer:
        """Raises ContractError for a record at fault."""
        refuse_other_versions("exports", envelope(record.headers))
        analysis = self._mirrors.analysis(record.partition)
        analysis.learn(decode_export(record.value, self._limits, now))
        return Answer(told(analysis, record.partition, self._metrics, self._model))


class Imports:
    """Handles one declaration that the service sent on to itself."""

    def __init__(self, mirrors: Mirrors, limits: Limits, metrics: Metrics, model: str) -> None:
        self._mirrors = mirrors
        self._limits = limits
        self._metrics = metrics
        self._model = model

    def __call__(self, record: Record, now: float) -> Answer:
        declaration = decode_declaration(record.value, self._limits, now)
        analysis = self._mirrors.analysis(record.partition)
        partner = (record.key or b"").decode("utf-8", "replace").partition("/")[0]
        if self._mirrors.settings.basis == "origin":
            # Its items of other origins are another lane's, and sent there too.
            declaration = replace(declaration, items=[item for item in declaration.items if item.origin_country == partner])
        analysis.learn(declaration)
        return Answer(told(analysis, record.partition, self._metrics, self._model))


def sent_on(declaration: Declaration, body: bytes, settings: MirrorSection) -> list[Result]:
    """A declaration as it came, for every lane that it belongs to; none where its partners send no exports."""
    if not settings.partners or settings.country is None or declaration.direction != "import":
        return []
    origins = {item.origin_country for item in declaration.items}
    partners = sorted(origins if settings.basis == "origin" else {declaration.departure_country})
    return [
        ("imports", mirror_key(partner, settings.country), deterministic_id("import", partner, declaration.declaration_id, declaration.version), body)
        for partner in partners
        if partner in settings.partners
    ]


def told(analysis: MirrorAnalysis, partition: int, metrics: Metrics, model: str) -> list[Result]:
    """Indicators, and what gaps say of traders, since this was last asked."""
    found = [indicators.result(indicator(note, partition, model, "live"), metrics) for note in analysis.take()]
    for (family, partner, trader), raised in analysis.told:
        key = deterministic_id("gap", family, partner, trader)
        body = orjson.dumps({"family": family, "partner": partner, "trader": trader, **raised._asdict()})
        found.append(("gaps", key, deterministic_id(key, raised.period, raised.told), body))
    analysis.told.clear()
    return found


class Gaps:
    """What gaps say of traders, as every worker reads it into the picture that its engines share."""

    def __init__(self, held: GapPriors) -> None:
        self._held = held

    def take(self, record: Record, now: float) -> None:
        """A record that is none of ours changes nothing."""
        try:
            told: dict[str, Any] = orjson.loads(record.value or b"")
            key = str(told.pop("family")), str(told.pop("partner")), str(told.pop("trader"))
            gap = None if told["gap"] is None else float(told["gap"])
            raised = Raised(float(told["log_odds"]), str(told["kind"]), gap, str(told["period"]), float(told["told"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        self._held.put(key, raised)
