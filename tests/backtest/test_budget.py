import pytest

from stream_app.backtest.budget import Budget, parse_budget
from stream_app.engine.pipeline import Pipeline, parse_pipeline


@pytest.mark.parametrize(
    ("text", "budget", "told"),
    [
        ("2%", Budget(share=0.02), "2%"),
        (" 0.5 % ", Budget(share=0.005), "0.5%"),
        ("100%", Budget(share=1.0), "100%"),
        ("40/day/office", Budget(per_day=40), "40/day/office"),
    ],
)
def test_a_budget_is_a_share_or_a_capacity_a_day(text: str, budget: Budget, told: str) -> None:
    assert parse_budget(text) == budget
    assert str(budget) == told


@pytest.mark.parametrize("text", ["", "2", "0%", "101%", "-1%", "0/day/office", "1.5/day/office", "40/day", "40/week/office", "two %"])
def test_anything_else_is_refused_with_what_would_be_understood(text: str) -> None:
    with pytest.raises(ValueError, match="40/day/office"):
        parse_budget(text)


def test_a_share_is_that_of_every_office_and_changes_nothing_else() -> None:
    challenger = parse_pipeline('[selection]\nwarm_up_items = 7\noffices = { "30" = { per_day = 3 } }\n[detectors.mass]\nenabled = false\n')
    found = Budget(share=0.05).of(challenger)
    assert (found.selection.budget, found.selection.offices, found.selection.warm_up_items) == (0.05, {}, 7)
    assert found.detectors == challenger.detectors
    assert "mass" not in found.detectors


def test_a_capacity_a_day_is_that_of_every_office_and_leaves_the_share_for_the_draws() -> None:
    found = Budget(per_day=40).of(Pipeline())
    assert {name: office.per_day for name, office in found.selection.offices.items()} == {"*": 40}
    assert found.selection.budget == Pipeline().selection.budget
