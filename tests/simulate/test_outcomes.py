from collections import Counter
from datetime import datetime

from stream_app.simulate import SCHEMES
from stream_app.simulate.outcomes import CONTROLS, DETECTION, FINDINGS

from .conftest import Written


def test_outcomes_refer_to_declarations_lodged_before_them(world: Written) -> None:
    first = world.first_versions()
    for outcome in world.outcomes:
        declaration = first[outcome["declaration_id"]]
        assert datetime.fromisoformat(declaration["lodged_at"]) < datetime.fromisoformat(outcome["decided_at"])
        assert outcome["trader_id"] == declaration.get("importer_id", declaration.get("exporter_id"))
        if "item_number" in outcome:
            assert 1 <= outcome["item_number"] <= len(declaration["items"])


def test_delays_run_from_minutes_to_months(world: Written) -> None:
    first = world.first_versions()
    hours = sorted(
        (datetime.fromisoformat(o["decided_at"]) - datetime.fromisoformat(first[o["declaration_id"]]["lodged_at"])).total_seconds() / 3600
        for o in world.outcomes
    )
    assert hours[0] < 2
    assert 2 < hours[len(hours) // 2] < 30
    assert 30 * 24 < hours[-1] <= 150 * 24


def test_targeted_controls_find_more_than_the_random_sample_and_both_miss_something(world: Written) -> None:
    fraudulent = {declaration_id for declaration_id, _ in world.truth}
    found: Counter[tuple[bool, str]] = Counter((o["selection_reason"] == "random", o["result"]) for o in world.outcomes)
    rate = {random: found[random, "irregular"] / (found[random, "irregular"] + found[random, "compliant"]) for random in (True, False)}
    assert rate[False] > 1.3 * rate[True] > 0
    results = Counter((o["declaration_id"] in fraudulent, o["result"]) for o in world.outcomes)
    assert min(results[True, "compliant"], results[False, "irregular"]) > 0
    assert results[False, "irregular"] < 0.04 * results[False, "compliant"]


def test_about_one_declaration_in_twenty_is_controlled_at_random(world: Written) -> None:
    controlled = {o["outcome_id"] for o in world.outcomes if o["selection_reason"] == "random"}
    assert 0.04 < len(controlled) / len(world.first_versions()) < 0.06


def test_a_real_finding_names_the_item_its_scheme_and_the_duty_at_stake(world: Written) -> None:
    codes = {
        "undervaluation": "VALUE",
        "mass": "MASS",
        "misclassification": "TARIFF",
        "impossible_origin": "ORIGIN",
        "ghost_trader": "PARTY",
        "splitting": "SPLIT",
    }
    findings = [o for o in world.outcomes if "item_number" in o]
    assert len(findings) > 10
    for outcome in findings:
        assert outcome["finding_codes"][0] == codes[world.truth[outcome["declaration_id"], outcome["item_number"]]]
        assert outcome["duty_difference"] >= 0
        assert outcome["critical"] == ("PROHIBITED" in outcome["finding_codes"])


def test_a_few_outcomes_are_sent_twice_with_the_same_content(world: Written) -> None:
    by_id: dict[str, dict[str, object]] = {}
    twice = 0
    for outcome in world.outcomes:
        twice += outcome["outcome_id"] in by_id
        assert by_id.setdefault(outcome["outcome_id"], outcome) == outcome
    assert 0 < twice < 0.02 * len(world.outcomes)


def test_every_scheme_has_a_finding_and_a_chance_to_be_found_by_each_control() -> None:
    assert len(FINDINGS) == len(SCHEMES)
    assert DETECTION.shape == (len(SCHEMES), len(CONTROLS))
    assert 0 < DETECTION.min() <= DETECTION.max() < 1
