"""How well the heads rank and select KCS rows, with all labels and with those that selection brings, beside the baselines."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from stream_app.engine.pipeline import Pipeline
from tests.bench import drift, metrics
from tests.bench.cases import TEST_FROM, Bools, Cases, Floats, Row, cases
from tests.bench.contenders.engine import TidewaiterEngine
from tests.bench.contenders.entrants import ENTRANTS, Field, field
from tests.bench.policies import BUDGET, RANDOM_SHARE, WARM_UP_DAYS, DailyTop, EveryRow, OwnSelector
from tests.bench.prequential import Policy, Run, run
from tests.bench.selectors import for_selective_labels

Quality = dict[str, Any]
PARTS = ("full", "selective", "drift")
RANDOM_SHARES = {"of_rows": RANDOM_SHARE, "of_budget": RANDOM_SHARE * BUDGET}
TOP_PRECISION, TOP_HEADS = 0.05, 0.01


def evaluate_supervised(
    pipeline: Pipeline, rows: list[Row], parts: Iterable[str] = PARTS, names: Iterable[str] = tuple(ENTRANTS), tell: Callable[[str], None] = print
) -> Quality:
    """{contender: {part: figures}}, and how many rows there were. `tell` hears what is begun: it takes minutes."""
    plain = field(cases(rows, pipeline.record_limits()), pipeline)
    results: Quality = {"rows": len(plain.cases), "refused": plain.cases.refused, "contenders": {name: {} for name in names}}
    for name, figures in results["contenders"].items():
        if "full" in parts:
            tell(f"full labels: {name}")
            figures |= full_labels(name, plain)
        if "selective" in parts:
            tell(f"selective labels: {name}")
            figures["selective"] = {share: selective_labels(name, plain, value) for share, value in RANDOM_SHARES.items()}
    if "selective" in parts and "engine" in results["contenders"] and (own := own_selector(plain)):
        results["contenders"]["engine"]["selective"]["own_selector"] = own
    if "drift" in parts:
        swapped = field(cases(drift.swap_histories(rows, TEST_FROM), pipeline.record_limits()), pipeline)
        for name, figures in results["contenders"].items():
            tell(f"drift: {name}")
            figures["drift"] = ranking(_taken(name, swapped, EveryRow()), swapped.cases)
    return results


def full_labels(name: str, of: Field) -> Quality:
    """All labels, a week late, measured in the test period: ranking, critical goods and revenue, each head with its own score."""
    found = _taken(name, of, EveryRow())
    critical = found if "critical" in found.heads else _taken(name, of, EveryRow(), "critical")
    test = of.cases.test
    duty = of.cases.duty * of.cases.irregular
    revenue, danger = score_of(found, "revenue_at_risk"), score_of(critical, "critical")
    return {
        "full": ranking(found, of.cases),
        "critical_recall": None if danger is None else metrics.recall_at(TOP_HEADS, danger[test], of.cases.critical[test]),
        "revenue_share": None if revenue is None else metrics.captured(TOP_HEADS, revenue[test], duty[test]) / float(duty[test].sum()),
    }


def ranking(found: Run, of: Cases) -> Quality:
    """AUC with interval, precision at 5 %, Brier and reliability of the non-compliance head; CPU seconds of the test period."""
    risk = score_of(found, "non_compliance")
    if risk is None:
        return {}
    parts = {"all": of.test, "never_seen": of.test & of.never_seen}
    quality = {name: _rank(risk[among], of.irregular[among]) for name, among in parts.items()}
    seconds = {"learning_s": found.learning_s, "scoring_s": found.scoring_s, "cpu_s": found.cpu_s}
    return quality | seconds | {"us_per_row": 1e6 * found.cpu_s / int(of.test.sum())}


def _rank(risk: Floats, irregular: Bools) -> Quality:
    auc = metrics.auc_interval(risk, irregular)
    return {
        "n": len(risk),
        "irregular": int(irregular.sum()),
        "auc": auc.value,
        "ci95": [auc.lower, auc.upper],
        "precision": metrics.precision_at(TOP_PRECISION, risk, irregular),
        "brier": metrics.brier(risk, irregular),
        "reliability": [one._asdict() for one in metrics.reliability(risk, irregular)],
    }


def selective_labels(name: str, of: Field, random_share: float) -> Quality:
    """Only what is selected by the contender's own score, or drawn, gets a label."""
    return live(_taken(name, of, DailyTop(of.cases, "non_compliance", random_share=random_share)), of.cases)


def own_selector(of: Field) -> Quality | None:
    """The same with the engine's own selector, item by item; None where it has none that can be set up so."""
    pipeline = for_selective_labels(of.pipeline)
    return live(run(TidewaiterEngine(of.cases, pipeline), of.cases, OwnSelector()), of.cases) if pipeline else None


def live(found: Run, of: Cases) -> Quality:
    """Precision and recall of the controls after the warm-up, and in the test period alone; the control sample's hit rate beside the truth."""
    after = of.day >= WARM_UP_DAYS
    parts = {"live": after, "test": after & of.test}
    parts |= {f"{name}_never_seen": among & of.never_seen for name, among in parts.items()}
    quality: Quality = {name: _controls(found.selected[among], of.irregular[among]) for name, among in parts.items()}
    drawn = after & found.random
    hits = metrics.wilson(int((drawn & of.irregular).sum()), int(drawn.sum()))
    sample = {"n": int(drawn.sum()), "hit_rate": hits.value, "ci95": [hits.lower, hits.upper], "truth": float(of.irregular[after].mean())}
    return quality | {"control_sample": sample, "labels": found.labels, "cpu_s": found.cpu_s}


def _controls(selected: Bools, irregular: Bools) -> Quality:
    caught, controls, frauds = (float(rows.sum()) for rows in (selected & irregular, selected, irregular))
    return {"share": float(selected.mean()), "precision": caught / max(1.0, controls), "recall": caught / max(1.0, frauds)}


def score_of(found: Run, head: str) -> Floats | None:
    """A head's scores, 0 where it had none yet; None where there is no such head."""
    values = found.heads.get(head)
    return None if values is None or np.isnan(values).all() else np.nan_to_num(values)


def _taken(name: str, of: Field, policy: Policy, target: str = "non_compliance") -> Run:
    full = isinstance(policy, EveryRow)
    measured = of.cases.test if full else of.cases.day >= WARM_UP_DAYS
    return run(ENTRANTS[name](of, target, of.first_test_day if full else 0, measured), of.cases, policy)
