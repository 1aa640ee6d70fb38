"""The instruments' figures as metrics, put together over this worker's partitions. No office, officer or trader is a label."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import inf

from stream_app.engine.heads.priors import Priors
from stream_app.instruments.data_quality import DataQuality
from stream_app.instruments.data_quality.scoring import parts, score
from stream_app.instruments.forecasts import Forecasts
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
BANDS = {"below_60": 60.0, "60_to_80": 80.0, "80_to_95": 95.0, "from_95": inf}
"""Of scores, up to which."""


def report(metrics: Metrics, suites: Iterable[Suite], mirrors: Sequence[MirrorAnalysis], seizures: Seizures, priors: Priors) -> None:
    """Every gauge of the instruments, as they stand."""
    instruments = [instrument for suite in suites for instrument in suite.instruments.values()]
    _release(metrics, [one for one in instruments if isinstance(one, TimeRelease)])
    _performance(metrics, [one for one in instruments if isinstance(one, Performance)])
    _quality(metrics, [one for one in instruments if isinstance(one, DataQuality)])
    _forecasts(metrics, [one for one in instruments if isinstance(one, Forecasts)])
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


def _quality(metrics: Metrics, instruments: Sequence[DataQuality]) -> None:
    faults: Counter[tuple[str, str]] = Counter()
    cases: Counter[tuple[str, str]] = Counter()
    for key, (wrong, of) in (entry for instrument in instruments for entry in instrument.latest.items()):
        faults[key] += wrong
        cases[key] += of
    counts = {key: (faults[key], cases[key]) for key in cases}
    found = parts(counts, counts)
    if (total := score(found)) is not None:
        metrics.quality_score.set(total)
    for part, value in found.items():
        if value is not None:
            metrics.quality_parts.labels(part).set(value)
    scores = [value for instrument in instruments for value in instrument.scores.values()]
    bands = Counter(next(band for band, below in BANDS.items() if value < below) for value in scores)
    for band in BANDS if instruments else ():
        metrics.quality_submitters.labels(band).set(bands[band])


def _forecasts(metrics: Metrics, instruments: Sequence[Forecasts]) -> None:
    """Of forecasts that partitions make for themselves, the sum; of how good they are, the mean over their tests."""
    for measure in ("volume", "revenue"):
        told = [value for instrument in instruments if (value := instrument.next_day(measure)) is not None]
        if told:
            metrics.forecast.labels(measure).set(sum(told))
    qualities = [instrument.quality() for instrument in instruments]
    for figure, weight in (("mase", "tested"), ("mase_seasonal_naive", "tested"), ("coverage", "intervals")):
        known = [(one[figure], one[weight]) for one in qualities if one[figure] is not None]
        if n := sum(tests for _, tests in known):
            metrics.forecast_quality.labels(figure).set(sum(value * tests for value, tests in known) / n)
