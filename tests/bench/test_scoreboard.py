"""What the one table says."""

from tests.bench.scoreboard import NO_HEAD, lines

RANKED = {"n": 10, "irregular": 4, "auc": 0.91, "ci95": [0.90, 0.92], "precision": 0.8, "brier": 0.1}
FULL = {"all": RANKED, "never_seen": RANKED | {"n": 3}, "cpu_s": 2.0, "us_per_row": 200.0}
BASELINE = {"full": FULL | {"cpu_s": 40.0}, "critical_recall": 0.75, "revenue_share": 0.8}


def cells(name: str, contenders: dict[str, dict[str, object]]) -> dict[str, str]:
    return {line.label: line.cell(contenders[name]) for line in lines(contenders)}


def test_a_head_that_is_not_there_is_said_to_be_missing() -> None:
    engine = {"full": FULL, "critical_recall": None, "revenue_share": 0.5}
    found = cells("engine", {"engine": engine, "lightgbm": BASELINE})
    assert found["critical: recall at 1 % of the rows"] == NO_HEAD
    assert found["revenue: share of the duty at 1 % of the rows"] == "0.500"


def test_cpu_is_read_against_lightgbm() -> None:
    contenders = {"engine": {"full": FULL, "critical_recall": None, "revenue_share": None}, "lightgbm": BASELINE}
    assert cells("engine", contenders)["full labels: CPU, LightGBM = 1"] == "0.050"
    assert cells("lightgbm", contenders)["full labels: CPU, LightGBM = 1"] == "1.000"


def test_parts_that_were_not_run_have_no_rows() -> None:
    found = cells("lightgbm", {"lightgbm": BASELINE})
    assert not any(label.startswith(("drift", "selective")) for label in found)
    assert found["full labels: AUC, all (10 rows, 4 irregular)"] == "0.910 (0.900 to 0.920)"
