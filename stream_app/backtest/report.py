"""A backtest's answer as one document: how many, which, how many known to be right, and what may not be concluded."""

from collections.abc import Iterable
from typing import Any

from stream_app.backtest.backtest import Backtest, Fired, Key
from stream_app.backtest.counts import Counts
from stream_app.engine.shadow import Agreement, agreement

GROUPS = ("typology", "reason", "selected_by", "lane", "office", "day")
ALL_LABELLED = 0.99
"""Share of all goods items from which on labels count as not selected."""
CALLED = {Agreement.WOULD_FIRE_ONLY: "challenger_only", Agreement.LIVE_ONLY: "champion_only"}


def report(run: Backtest) -> dict[str, Any]:
    """JSON-ready. `labels`: of all items; `fired`: by the challenger; `drawn`: those of them that a random control labelled."""
    labels, fired, champion = run.labels, run.challenger_fired, run.champion_fired
    known = {"items": labels.labelled, "irregular": labels.irregular, "random": labels.random, "unattributed": labels.unattributed}
    drawn = [key for key in fired if (label := run.label(key)) and label.random]
    return {
        "items": labels.items,
        "labels": {**known, "share": labels.labelled / labels.items if labels.items else None, "forgotten": labels.forgotten},
        "fired": _group(run, fired),
        "drawn": _counts(run, drawn).as_dict(),
        "by": {name: _by(run, name) for name in GROUPS},
        "champion": _group(run, champion),
        "agreement": _agreement(run),
        "agreement_by_typology": _agreement_by_typology(run),
        "renamed": sum(champion[key].typology != fired[key].typology for key in fired.keys() & champion.keys()),
        "warnings": warnings(run),
    }


def warnings(run: Backtest) -> list[str]:
    """What the labels do not tell, in sentences."""
    labels, found = run.labels, []
    if not labels.labelled:
        found.append("No outcome belongs to these declarations: nothing is known to be right or wrong, and no precision is given.")
    elif labels.labelled < ALL_LABELLED * labels.items:
        share = f"{labels.labelled / labels.items:.1%} of the goods items have an outcome"
        if labels.random:
            text = f"{share}, {labels.random:,} of them from random controls; the others were selected, and are no sample of what fires."
        else:
            text = (
                f"{share}, none from a random control: labels come from selected items only. What nobody selected before has none (selection bias)."
            )
        found.append(text)
    if labels.unattributed:
        found.append(f"{labels.unattributed:,} irregular outcomes name none of several items: those items stay unknown.")
    if labels.forgotten:
        found.append(f"{labels.forgotten:,} rows were forgotten to stay within memory: their items stay unknown.")
    return found


def _counts(run: Backtest, keys: Iterable[Key]) -> Counts:
    return Counts.of(run.label(key) for key in keys)


def _group(run: Backtest, fired: dict[Key, Fired]) -> dict[str, Any]:
    share = len(fired) / run.labels.items if run.labels.items else None
    return {"declarations": len({key[0] for key in fired}), "share_of_items": share, **_counts(run, fired).as_dict()}


def _by(run: Backtest, name: str) -> dict[str, Any]:
    """Counts of the challenger's items, by one of their fields: days in their order, others with the most first."""
    groups: dict[str, list[Key]] = {}
    for key, fired in run.challenger_fired.items():
        groups.setdefault(getattr(fired, name), []).append(key)
    order = sorted(groups, key=lambda group: (0 if name == "day" else -len(groups[group]), group))
    return {group: _counts(run, groups[group]).as_dict() for group in order}


def _agreement(run: Backtest) -> dict[str, Any]:
    """Counts of who fired an item; of `neither` only how many."""
    groups: dict[Agreement, list[Key]] = {Agreement.BOTH: [], Agreement.WOULD_FIRE_ONLY: [], Agreement.LIVE_ONLY: []}
    keys = run.challenger_fired.keys() | run.champion_fired.keys()
    for key in keys:
        groups[agreement(key in run.champion_fired, key in run.challenger_fired)].append(key)
    counts = {CALLED.get(which, which.value): _counts(run, group).as_dict() for which, group in groups.items()}
    return {**counts, "neither": run.labels.items - len(keys)}


def _agreement_by_typology(run: Backtest) -> dict[str, dict[str, int]]:
    """Items by the typology of the champion's alert, where it raised none of the challenger's."""
    found: dict[str, dict[str, int]] = {}
    for key in sorted(run.challenger_fired.keys() | run.champion_fired.keys()):
        which = agreement(key in run.champion_fired, key in run.challenger_fired)
        typology = (run.champion_fired.get(key) or run.challenger_fired[key]).typology
        row = found.setdefault(typology, {})
        called = CALLED.get(which, which.value)
        row[called] = row.get(called, 0) + 1
    return found
