"""Detection when the work is spread: the KCS rows over 1, 4 and 16 engines by their traders, as the topics' key does, with and without sharing.

Lessons are told every day, shares every `SHARE_DAYS`, as records, and every worker keeps a book of its own, as in the service.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
from kafka.partitioner.default import murmur2

from stream_app.adapters import kcs
from stream_app.contracts.assessment import Assessment
from stream_app.contracts.declaration import Declaration, decode_declaration
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import Pipeline
from stream_app.learning.share import total
from stream_app.state.manifest import Seal
from stream_app.state.shares import SCHEMA, Book, Place, TellsShare, sealed, share_told
from tests.bench import injection, metrics
from tests.bench.anomaly import TOP, on_injected
from tests.bench.cases import Bools, Cases, Places, Row, cases, latest, never_seen
from tests.bench.policies import EveryRow
from tests.bench.prequential import Scored, run
from tests.bench.supervised import score_of

HEADS = ("anomaly", "non_compliance", "critical")
SHARE_DAYS = 7
NAME = "live"
SEAL = Seal()


class Spread:
    """Engines of as many partitions, on as many workers; `sharing`: whether they tell each other anything."""

    name = "spread"

    def __init__(self, pipeline: Pipeline, partitions: int, workers: int = 1, sharing: bool = True) -> None:
        self.engines = [Engine(pipeline, "replay", part=(number, partitions)) for number in range(partitions)]
        self._books = [Book() for _ in range(workers)]
        self._sharing = sharing and partitions > 1
        self._days = 0
        for engine in self.engines if self._sharing else ():
            engine.shares.lessons.share()

    def partition(self, declaration: Declaration) -> int:
        return int(murmur2(declaration.trader_id.encode()) & 0x7FFFFFFF) % len(self.engines)

    def worker(self, partition: int) -> int:
        return partition % len(self._books)

    def process(self, declaration: Declaration) -> Assessment:
        return self.engines[self.partition(declaration)].process(declaration).assessment

    def next_day(self) -> None:
        """Tell what is to be told."""
        self._days += 1
        if self._sharing:
            self._tell_lessons()
            if self._days % SHARE_DAYS == 0:
                self._tell_shares()

    def _tell_lessons(self) -> None:
        for number, engine in enumerate(self.engines):
            batches = engine.shares.lessons.seal()
            for batch in batches:
                for other, hearer in enumerate(self.engines):
                    if other != number:
                        hearer.shares.hear(number, batch)
            engine.shares.lessons.told(engine.shares.lessons.number)

    def _tell_shares(self) -> None:
        for name, chunk in self.engines[0].shares.places():
            place = Place(NAME, name, chunk)
            for number, engine in enumerate(self.engines):
                share = engine.shares.own((name, chunk))
                record = sealed(TellsShare(SCHEMA, "", number, place, 0, 0, share.keys.tobytes(), share.rows.tobytes()), SEAL)
                for book in self._books:
                    book.put(share_told(record, SEAL))
            for number, engine in enumerate(self.engines):
                others = self._books[self.worker(number)].of_others(place, number)
                engine.shares.lend((name, chunk), total(others.values(), engine.shares.tables[name].width))


class SpreadContender(Spread):
    """For prequential runs: a worker after the other, as they come to run."""

    def __init__(self, of: Cases, pipeline: Pipeline, partitions: int, workers: int = 1, sharing: bool = True) -> None:
        super().__init__(pipeline, partitions, workers, sharing)
        self._cases = of

    def score(self, day: int, places: Places) -> Scored:
        del day
        self.next_day()
        order = sorted(places.tolist(), key=lambda place: self.worker(self.partition(self._cases.declarations[place])))
        items = {place: self.process(self._cases.declarations[place]).items[0] for place in order}
        heads = {head: np.array([getattr(items[place].scores, head) for place in places.tolist()], dtype=float) for head in HEADS}
        return Scored(heads, np.array([items[place].alerted for place in places.tolist()]))

    def learn(self, places: Places, irregular: Bools, critical: Bools) -> None:
        del irregular, critical
        for place in places.tolist():
            self.engines[self.partition(self._cases.declarations[place])].learn_outcome(self._cases.outcomes[place])


def labelled(of: Cases, pipeline: Pipeline, partitions: int, workers: int = 1, sharing: bool = True) -> dict[str, Any]:
    """AUC and recall at 2 % of the heads that learn from labels, in the test period; all labels, a week late."""
    found = run(SpreadContender(of, pipeline, partitions, workers, sharing), of, EveryRow())
    quality: dict[str, Any] = {}
    for head, truth in (("non_compliance", of.irregular), ("critical", of.critical)):
        score = score_of(found, head)
        if score is not None:
            risk, positive = score[of.test], truth[of.test]
            quality[head] = {"auc": metrics.auc(risk, positive), "recall": metrics.recall_at(TOP, risk, positive)}
    return quality


def anomalies(rows: list[Row], pipeline: Pipeline, partitions: int, seed: int, sharing: bool = True) -> dict[str, Any]:
    """AUC and recall at 2 % of the anomaly head on injected frauds."""
    injected, limits, now = injection.inject(rows, seed), pipeline.record_limits(), latest(rows)
    spread, scores, day = Spread(pipeline, partitions, sharing=sharing), [], ""
    for row in injected.rows:
        if row["Date"] != day:
            day = row["Date"]
            spread.next_day()
        scores.append(spread.process(decode_declaration(orjson.dumps(kcs.declaration(row)), limits, now)).items[0].scores.anomaly)
    found = on_injected(injected, never_seen(injected.rows), np.array(scores))["all_rows"]["overall"]
    return {"auc": found["auc"], "recall": found["recall"]}


def evaluate_partitions(pipeline: Pipeline, rows: list[Row], partitions: Sequence[int] = (1, 4, 16), seed: int = 1) -> list[dict[str, Any]]:
    """A row each: with and without sharing."""
    of, found = cases(rows, pipeline.record_limits()), []
    for count in partitions:
        for sharing in (True, False) if count > 1 else (False,):
            heads = labelled(of, pipeline, count, sharing=sharing) | {"anomaly": anomalies(rows, pipeline, count, seed, sharing)}
            found.append({"partitions": count, "sharing": sharing, "heads": heads})
    return found
