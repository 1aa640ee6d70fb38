"""A challenger and the champion over the same recorded events."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from stream_app.backtest.backtest import Backtest
from stream_app.backtest.budget import Budget, parse_budget
from stream_app.backtest.report import GROUPS, report, warnings
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import Pipeline, parse_pipeline
from stream_app.eventfile import EventFile, time_field
from stream_app.replay import Replay
from stream_app.simulate import WorldConfig, simulate
from stream_app.simulate.generate import Event
from tests.support.goods import NOW, declaration_document, item_document
from tests.support.service_events import plain_outcome

EVERYTHING = "[selection]\nbudget = 1.0\nwarm_up_items = 1\n"
RELEASED, WITHOUT_NOVELTY = "", "[detectors.novelty]\nenabled = false\n"


def backtested(folder: Path, challenger: Pipeline, champion: Pipeline, declarations: list[bytes], outcomes: list[bytes], now: float) -> Backtest:
    def file(name: str, lines: list[bytes], field: str) -> EventFile:
        path = folder / name
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        return EventFile(path, time_field(field))

    backtest = Backtest(Engine(champion, mode="replay"))
    run = Replay(Engine(challenger, mode="replay"), now, backtest)
    for _ in run.run(file("declarations", declarations, "lodged_at"), file("outcomes", outcomes, "decided_at")):
        pass
    assert not run.report.rejected
    return backtest


@pytest.fixture(scope="module")
def world() -> tuple[list[bytes], list[bytes], float]:
    """Ten simulated days: declarations, outcomes, and a time after all of them."""
    events: list[Event] = list(simulate(WorldConfig(seed=5, days=10, declarations_per_day=300, traders=300)))
    by_kind = {kind: [event.value for event in events if event.kind == kind] for kind in ("declarations", "outcomes")}
    return by_kind["declarations"], by_kind["outcomes"], max(event.at for event in events)


def of_world(folder: Path, world: tuple[list[bytes], list[bytes], float], challenger: Pipeline) -> dict[str, Any]:
    return report(backtested(folder, challenger, Pipeline(), *world))


def test_a_challenger_that_is_the_champion_fires_what_the_champion_fires(tmp_path: Path, world: tuple[list[bytes], list[bytes], float]) -> None:
    found = of_world(tmp_path, world, Pipeline())
    assert found["fired"] == found["champion"]
    assert found["agreement"]["both"]["fired"] == found["fired"]["fired"] > 30
    assert found["agreement"]["challenger_only"]["fired"] == found["agreement"]["champion_only"]["fired"] == found["renamed"] == 0
    assert found["agreement"]["neither"] == found["items"] - found["fired"]["fired"]


def test_without_a_detector_nothing_fires_for_its_reason_and_its_own_alerts_are_the_champions_only(
    tmp_path: Path, world: tuple[list[bytes], list[bytes], float]
) -> None:
    run = backtested(tmp_path, parse_pipeline(WITHOUT_NOVELTY), Pipeline(), *world)
    found = report(run)
    only = [key for key in run.champion_fired if key not in run.challenger_fired]
    assert "novelty" not in found["by"]["typology"]
    assert Counter(run.champion_fired[key].typology for key in only)["novelty"] == found["agreement_by_typology"]["novelty"]["champion_only"] > 0
    assert found["agreement"]["champion_only"]["fired"] == len(only)


def test_every_breakdown_adds_up_to_the_total(tmp_path: Path, world: tuple[list[bytes], list[bytes], float]) -> None:
    found = of_world(tmp_path, world, Budget(share=0.05).of(Pipeline()))
    for name in GROUPS:
        for column in ("fired", "right", "wrong", "unknown"):
            assert sum(counts[column] for counts in found["by"][name].values()) == found["fired"][column], (name, column)
    sides = [found["agreement"][side] for side in ("both", "challenger_only", "champion_only")]
    assert sum(side["fired"] for side in sides) + found["agreement"]["neither"] == found["items"]
    assert found["fired"]["share_of_items"] == pytest.approx(0.05, abs=0.01)


def test_an_office_fires_no_more_by_score_in_a_day_than_it_can_control(tmp_path: Path, world: tuple[list[bytes], list[bytes], float]) -> None:
    run = backtested(tmp_path, parse_budget("2/day/office").of(Pipeline()), Pipeline(), *world)
    utc_days = Counter((fired.office, _utc_day(fired.lodged_at)) for fired in run.challenger_fired.values() if fired.selected_by.startswith("score"))
    assert max(utc_days.values()) == 2
    assert len({office for office, _ in utc_days}) > 5


def _utc_day(lodged_at: str) -> str:
    from datetime import UTC, datetime

    return datetime.fromisoformat(lodged_at).astimezone(UTC).date().isoformat()


@pytest.fixture
def small(tmp_path: Path) -> Backtest:
    """Everything fires from the second item on, at the challenger; the champion is cold. A to F have one item each, G has two."""
    names = "ABCDEF"
    items = [item_document(1), item_document(2)]
    documents = [declaration_document(name, lodged_at=f"2026-03-02T{hour:02d}:00:00Z") for hour, name in enumerate(names)]
    documents.append(declaration_document("G", items, lodged_at="2026-03-03T01:00:00Z", office="OTHER"))
    controls = [
        plain_outcome("RA", "A", result="irregular"),  # fired by nobody: the first item is still cold
        plain_outcome("RB", "B", result="irregular"),
        plain_outcome("RC", "C", result="compliant", selection_reason="random"),
        plain_outcome("RD", "D", result="irregular", selection_reason="random"),
        plain_outcome("RG", "G", result="irregular"),  # one of two, and nobody said which
    ]
    outcomes = [orjson.dumps({**control, "decided_at": "2026-03-04T00:00:00Z"}) for control in controls]
    never = parse_pipeline("[selection]\nrandom_share = 0.0\nexploration_share = 0.0\n")
    return backtested(tmp_path, parse_pipeline(EVERYTHING), never, [orjson.dumps(document) for document in documents], outcomes, NOW)


def test_what_is_known_right_wrong_and_unknown_is_counted_by_hand(small: Backtest) -> None:
    found = report(small)
    assert found["items"] == 8
    # B and D right, C wrong; E, F and both items of G unknown.
    assert {name: found["fired"][name] for name in ("fired", "right", "wrong", "unknown")} == {"fired": 7, "right": 2, "wrong": 1, "unknown": 4}
    assert found["fired"]["declarations"] == 6
    assert found["fired"]["precision"]["value"] == pytest.approx(2 / 3)
    assert found["fired"]["labelled_share"] == pytest.approx(3 / 7)
    assert (found["drawn"]["right"], found["drawn"]["wrong"], found["drawn"]["unknown"]) == (1, 1, 0)
    assert {name: found["labels"][name] for name in ("items", "irregular", "random", "unattributed")} == {
        "items": 4,
        "irregular": 3,
        "random": 2,
        "unattributed": 1,
    }
    assert found["agreement"]["challenger_only"]["fired"] == 7
    assert found["agreement"]["neither"] == 1


def test_a_group_without_labels_has_no_precision_while_others_have(small: Backtest) -> None:
    by = report(small)["by"]
    assert by["office"]["OTHER"]["precision"] is None
    assert by["day"]["2026-03-02"]["precision"]["n"] == 3
    assert list(by["day"]) == ["2026-03-02", "2026-03-03"]


def test_the_list_says_of_each_item_who_fired_it_why_and_what_was_found(small: Backtest) -> None:
    lines = list(small.lines())
    assert [(line["declaration_id"], line["item_number"]) for line in lines if line["outcome"] == "irregular"] in (
        [("B", 1), ("D", 1)],
        [("D", 1), ("B", 1)],
    )
    assert len(lines) == 7
    assert all(line["challenger"] and not line["champion"] and line["typology"] and line["reason"] for line in lines)


def test_labels_of_selected_items_only_are_warned_of(tmp_path: Path) -> None:
    declarations = [orjson.dumps(declaration_document(name, lodged_at=f"2026-03-02T0{n}:00:00Z")) for n, name in enumerate("ABC")]
    outcome = orjson.dumps({**plain_outcome("RB", "B"), "decided_at": "2026-03-04T00:00:00Z"})
    (only,) = warnings(backtested(tmp_path, parse_pipeline(EVERYTHING), Pipeline(), declarations, [outcome], NOW))
    assert "33.3% of the goods items have an outcome, none from a random control" in only
    assert "selection bias" in only


def test_where_everything_is_labelled_there_is_nothing_to_warn_of(tmp_path: Path) -> None:
    declarations = [orjson.dumps(declaration_document(name, lodged_at=f"2026-03-02T0{n}:00:00Z")) for n, name in enumerate("AB")]
    outcomes = [orjson.dumps({**plain_outcome(f"R{name}", name), "decided_at": "2026-03-04T00:00:00Z"}) for name in "AB"]
    assert warnings(backtested(tmp_path, parse_pipeline(EVERYTHING), Pipeline(), declarations, outcomes, NOW)) == []


def test_without_outcomes_no_precision_is_claimed_anywhere(tmp_path: Path, world: tuple[list[bytes], list[bytes], float]) -> None:
    declarations, _, now = world
    found = of_world(tmp_path, (declarations[:1_500], [], now), Pipeline())
    assert found["fired"]["fired"] > 0
    groups = [found["fired"], found["champion"], found["drawn"], *(found["agreement"][side] for side in ("both", "champion_only"))]
    groups += [counts for by in found["by"].values() for counts in by.values()]
    assert all(counts["precision"] is None for counts in groups)
    assert found["warnings"] == ["No outcome belongs to these declarations: nothing is known to be right or wrong, and no precision is given."]
