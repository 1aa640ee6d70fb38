"""A study of any window: the figures as plain values, as a table, and as CSV.

{"window", "total", "segments": [...], "actors": [...], "waterfall": [...], "by": {"office": {"NL000510": {"total", "segments", "actors"}}}, "counts"}

Every group of times has n, median_hours, mean_hours, sd_hours, p90_hours, clamped, target_hours and within_target (a share, None without a target).
"""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from stream_app.contracts.indicator import window
from stream_app.contracts.milestone import ACTORS, MILESTONES, USUAL_ACTOR
from stream_app.instruments.base import Plain
from stream_app.instruments.time_release.panes import Key, Times

COLUMNS = ("n", "median_hours", "mean_hours", "sd_hours", "p90_hours", "clamped", "target_hours", "within_target")
NAMES = tuple(MILESTONES)
RELEASED = "released"
"""What counts releases, whether or not their arrival is known."""


def study(found: Mapping[Key, Times], targets: Mapping[str, float], span: tuple[float, float] | None, counts: Mapping[str, int]) -> Plain:
    """`found`: times by group; `span`: begin and end of the days that they are of, seconds since 1970."""
    groups: dict[str, dict[str, dict[str, Times]]] = {}
    for key in sorted(found):
        groups.setdefault(key.by, {}).setdefault(key.of, {})[key.what] = found[key]
    everything = groups.pop("all", {}).get("all", {})
    shown = {by: {of: _group(times, targets) for of, times in values.items()} for by, values in groups.items()}
    return {
        "window": window(*span) if span else None,
        **_group(everything, targets),
        "waterfall": _waterfall(everything),
        "by": shown,
        "counts": {"released": everything.get(RELEASED, Times()).n, **counts},
    }


def _group(times: Mapping[str, Times], targets: Mapping[str, float]) -> Plain:
    segments = sorted((what for what in times if "-" in what), key=_place)
    actors = [actor for actor in ACTORS if f"actor:{actor}" in times]
    return {
        "total": _figures(times.get("total", Times()), targets.get("total")),
        "segments": [{"segment": what, **_ends(what), **_figures(times[what], targets.get(what))} for what in segments],
        "actors": [{"actor": actor, **_figures(times[f"actor:{actor}"], None)} for actor in actors],
    }


def _figures(times: Times, target: float | None) -> Plain:
    median, p90 = times.quantiles.quantiles((0.5, 0.9)) or (None, None)
    values = (
        times.n,
        _rounded(median),
        _rounded(times.mean if times.n else None),
        _rounded(times.deviation),
        _rounded(p90),
        times.clamped,
        target,
        round(times.within / times.n, 6) if times.n and target is not None else None,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _waterfall(times: Mapping[str, Times]) -> list[Plain]:
    """Mean hours that the way to each step adds to the mean total; releases without the step add 0."""
    n = times["total"].n if "total" in times else 0
    found = []
    for step in NAMES[1:12]:
        if way := times.get(f"way:{step}"):
            hours = way.mean * way.n / n
            found.append({"step": step, "name": MILESTONES[step], "actor": USUAL_ACTOR[step], "n": way.n, "mean_hours": _rounded(hours)})
    return found


def _place(segment: str) -> tuple[int, int]:
    begin, _, end = segment.partition("-")
    return NAMES.index(begin), NAMES.index(end)


def _ends(segment: str) -> Plain:
    begin, _, end = segment.partition("-")
    return {"from": MILESTONES[begin], "to": MILESTONES[end], "actor": USUAL_ACTOR[end]}


def rows(figures: Plain) -> Iterable[Plain]:
    """Every line of the study: by, of, what, and COLUMNS."""
    groups = [("all", "all", figures)]
    groups += [(by, of, group) for by, values in figures["by"].items() for of, group in values.items()]
    for by, of, group in groups:
        yield {"by": by, "of": of, "what": "T0-T11 total", **group["total"]}
        for one in group["segments"]:
            yield {"by": by, "of": of, "what": one["segment"], **_only(one)}
        for one in group["actors"]:
            yield {"by": by, "of": of, "what": f"{one['actor']}'s time", **_only(one)}


def _only(line: Plain) -> Plain:
    return {name: line[name] for name in COLUMNS}


def as_csv(figures: Plain) -> str:
    """The study with a header line, RFC 4180."""
    out = io.StringIO()
    writer = csv.DictWriter(out, ["by", "of", "what", *COLUMNS], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows(figures))
    return out.getvalue()


def _rounded(value: float | None) -> Any:
    return None if value is None else round(value, 4)
