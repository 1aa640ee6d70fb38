"""The instruments' figures as metrics, put together over this worker's partitions. No office, officer or trader is a label."""

from collections.abc import Iterable, Sequence

from stream_app.engine.heads.priors import Priors
from stream_app.instruments.mirror import MirrorAnalysis
from stream_app.instruments.mirror.gaps import CLASSES
from stream_app.instruments.performance import Performance
from stream_app.instruments.performance.counts import SHARES
from stream_app.instruments.seizures import Seizures
from stream_app.instruments.suite import Suite
from stream_app.instruments.time_release import TimeRelease
from stream_app.instruments.time_release.panes import Times
from stream_app.metrics import Metrics

DAYS = 7


def report(metrics: Metrics, suites: Iterable[Suite], mirrors: Sequence[MirrorAnalysis], seizures: Seizures, priors: Priors) -> None:
    """Every gauge of the instruments, as they stand."""
    instruments = [instrument for suite in suites for instrument in suite.instruments.values()]
    _release(metrics, [one for one in instruments if isinstance(one, TimeRelease)])
    _performance(metrics, [one for one in instruments if isinstance(one, Performance)])
    for kind in CLASSES:
        metrics.mirror_gaps.labels(kind).set(sum(mirror.counts[f"told_{kind}"] for mirror in mirrors))
    tables = [size for mirror in mirrors for size in mirror.sizes().items()] + list(seizures.sizes().items())
    for name in {name for name, _ in tables}:
        metrics.keys_held.labels(name).set(sum(held for table, (held, _) in tables if table == name))
        metrics.keys_forgotten.labels(name).set(sum(gone for table, (_, gone) in tables if table == name))
    metrics.seizures.set(seizures.sizes()["seizures"][0])
    metrics.priors.labels("seizures").set(len(priors.seizures))
    metrics.priors.labels("mirror").set(len(priors.gaps))


def _release(metrics: Metrics, instruments: Iterable[TimeRelease]) -> None:
    times = Times()
    for instrument in instruments:
        if (recent := instrument.recent(DAYS)).n:
            times.merge(recent)
    metrics.releases.set(times.n)
    if times.n:
        median, p90 = times.quantiles.quantiles((0.5, 0.9))
        for statistic, hours in (("median", median), ("mean", times.mean), ("p90", p90)):
            metrics.release_hours.labels(statistic).set(hours)


def _performance(metrics: Metrics, instruments: Sequence[Performance]) -> None:
    for name in SHARES:
        ratios = [instrument.latest[name] for instrument in instruments if name in instrument.latest]
        if cases := sum(ratio.cases for ratio in ratios):
            metrics.performance.labels(name).set(sum(ratio.hits for ratio in ratios) / cases)
