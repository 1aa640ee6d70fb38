"""What the files under deploy/ may refer to: the series that a worker exports, taken from the metric catalogue itself."""

import re
from pathlib import Path

from stream_app.metrics import Metrics

ROOT = Path(__file__).parents[2]
SUFFIXES = {
    "counter": ("_total", "_created"),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum", "_created"),
    "info": ("_info",),
}
ADDED_BY_PROMETHEUS = {"instance", "job"}


def exported_series() -> dict[str, set[str]]:
    """Series name -> the labels it can have."""
    series: dict[str, set[str]] = {}
    for metric in vars(Metrics()).values():
        for family in metric.collect() if hasattr(metric, "collect") and hasattr(metric, "_labelnames") else ():
            labels = {*metric._labelnames, *ADDED_BY_PROMETHEUS}
            extra = {"histogram": {"le"}, "info": {"version", "model"}}.get(family.type, set())
            series |= {family.name + suffix: labels | extra for suffix in SUFFIXES[family.type]}
    return series


def selectors(expression: str) -> list[tuple[str, set[str]]]:
    """Every tidewaiter_* series in a PromQL expression, with the labels that its braces name."""
    found = re.findall(r"(?<![\w:])(tidewaiter_\w+)(?:\{([^}]*)\})?", expression)
    return [(name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", braces))) for name, braces in found]


def faults(expression: str) -> list[str]:
    """Series and labels in a PromQL expression that no worker exports."""
    known = exported_series()
    unknown = [f"no worker exports {name}" for name, _ in selectors(expression) if name not in known]
    return unknown + [
        f"{name} has no label {label}" for name, labels in selectors(expression) if name in known for label in sorted(labels - known[name])
    ]
