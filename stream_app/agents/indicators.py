"""What the engines say of their own work, on its way out: as indicator events, and as metrics summed over this worker's partitions."""

from collections.abc import Collection
from math import nan

from stream_app.contracts.assessment import encode
from stream_app.contracts.indicator import Indicator, Kind
from stream_app.engine.engine import Engine
from stream_app.engine.heads.challengers import GROWN, RESTORED, Challengers
from stream_app.engine.monitoring.figures import Key, rates
from stream_app.engine.monitoring.watch import FEATURES, HEADS
from stream_app.learning.tally import Design, Tally
from stream_app.metrics import Metrics

MATURITIES = ("cold", "warming", "mature")
BOUNDS = ("value", "lower", "upper")
Result = tuple[str, str, str, bytes]
"""Topic alias, key, id, body."""


def results(engine: Engine, metrics: Metrics) -> list[Result]:
    """The indicators that became known since this was last asked, to be published with the record that brought them."""
    return [result(indicator, metrics) for indicator in engine.monitor.take()]


def result(indicator: Indicator, metrics: Metrics) -> Result:
    """One indicator to be published, and counted."""
    metrics.indicators.labels(indicator.kind.value, indicator.name).inc()
    if indicator.kind in (Kind.DRIFT, Kind.DISTRIBUTION):
        # Of a feature at an office or a submitter, the feature: names of senders are no labels.
        metrics.drifts.labels(indicator.subject.by, indicator.subject.of.partition("/")[0]).inc()
    return "indicators", indicator.series, indicator.indicator_id, encode(indicator)


def report(engines: Collection[Engine], metrics: Metrics, told: set[Key]) -> set[Key]:
    """Figures, losses, stability and silences as they stand; the figures that were set, of which `told` are those of the last time.

    What several partitions counted is added up, never averaged.
    """
    for head in HEADS:
        present = [engine.monitor.watch.losses[head].present(head) for engine in engines]
        if rows := sum(n for _, n in present):
            metrics.log_loss.labels(head).set(sum(loss * n for loss, n in present) / rows)
    _report_forests([engine.heads.challengers for engine in engines], metrics)
    for place, feature in enumerate(FEATURES):
        metrics.stability.labels(feature).set(max((engine.monitor.watch.histograms.latest[place] for engine in engines), default=0.0))
    metrics.silent.set(sum(engine.monitor.rhythm.silent for engine in engines))
    return _report_figures(engines, metrics, told)


def _report_forests(all_challengers: Collection[Challengers], metrics: Metrics) -> None:
    """River's forests, where they run: losses are weighted by the outcomes behind them; partitions whose forests are mature are counted."""
    running = [challengers for challengers in all_challengers if challengers.models]
    if not running:
        return
    metrics.forest_items.set(sum(challengers.items for challengers in running))
    for maturity in MATURITIES:
        metrics.forests.labels(maturity).set(sum(challengers.maturity == maturity for challengers in running))
    for why in (RESTORED, GROWN):
        metrics.forests_begun_anew.labels(why).set(sum(challengers.begun_anew[why] for challengers in running))
    standings = [challengers.standings() for challengers in running]
    for model in standings[0]:
        told = [(one[model].log_loss, one[model].n) for one in standings]
        known = [(loss, n) for loss, n in told if loss is not None]
        n = sum(n for _, n in known)
        metrics.forest_log_loss.labels(model).set(sum(loss * n for loss, n in known) / n if n else nan)


def _report_figures(engines: Collection[Engine], metrics: Metrics, told: set[Key]) -> set[Key]:
    tallies: dict[Key, Tally] = {}
    design = Design.empty()
    confidence = 0.95
    for engine in engines:
        figures, confidence = engine.monitor.figures, engine.pipeline.feedback.confidence
        design += figures.design
        for key, tally in figures.tallies.items():
            tallies[key] = tallies.get(key, Tally()) + tally
    # A hundred offices by three segments would be too many series: those are in the indicators alone.
    found = {key: rate for key, rate in rates(tallies, design, confidence).items() if key.by != "office" or key.segment == "all"}
    for key, rate in found.items():
        for bound, value in zip(BOUNDS, rate, strict=False):
            metrics.figure.labels(*key, bound).set(value)
        metrics.controls.labels(*key).set(rate.n)
    for key in told - found.keys():
        for bound in BOUNDS:
            metrics.figure.remove(*key, bound)
        metrics.controls.remove(*key)
    return set(found)
