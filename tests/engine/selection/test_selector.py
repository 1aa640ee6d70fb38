"""The order of selection, and that what is logged of it is true."""

import pickle
import random
from collections import Counter
from dataclasses import replace
from itertools import accumulate
from typing import Any

import pytest

from stream_app.engine.selection import Candidate, Decision, Selector
from tests.engine.selection.support import NOW, candidate, decided, lists, selector, steady, suppress, watch

RARE = 50.0


def warmed(found: Selector, count: int = 1_000) -> Selector:
    decided(found, steady(count, seed=99))
    return found


def sampled_id(found: Selector) -> str:
    """A declaration that the random sample draws."""
    return next(f"S{n}" for n in range(100_000) if found._draw.of(f"S{n}", 1, 1) < found._random_rate)


def test_lists_come_before_the_sample_the_sample_before_scores_and_scores_before_exploration() -> None:
    found = warmed(selector(lists(watch(trader_id="T-LISTED"), watch("R-1", hs_prefix="0901")), budget=0.2))
    drawn = sampled_id(found)
    assert found.decide(candidate(drawn, RARE, trader_id="T-LISTED"), NOW).reason == "mandatory:watchlist"
    assert found.decide(candidate(drawn, RARE, goods={"hs_code": "090111"}), NOW).reason == "mandatory:rule"
    assert found.decide(candidate(drawn, RARE), NOW).reason == "random"
    assert found.decide(candidate("X", RARE), NOW).reason == "score:anomaly"
    common = [found.decide(candidate(f"E{n}", 0.01), NOW).reason for n in range(500)]
    assert set(common[:5]) == {None}
    assert "exploration" in common


def test_the_lane_is_the_entry_s_the_sample_s_or_the_head_s_by_severity() -> None:
    found = warmed(selector(lists(watch(lane="blue", trader_id="T-LISTED")), random_share=0.3))
    assert found.decide(candidate("A", trader_id="T-LISTED"), NOW).lane == "blue"
    drawn = found.decide(candidate(sampled_id(found), 0.1), NOW)
    assert (drawn.lane, drawn.severity, drawn.typology) == ("red", "low", "random_control")
    rare = found.decide(candidate("B", RARE), NOW)
    assert (rare.lane, rare.severity, rare.typology) == ("red", "critical", "unit_value")
    released = found.decide(candidate("C", 0.1), NOW)
    assert (released.lane, released.severity, released.reason, released.selected) == ("green", None, None, False)


def test_severity_follows_from_how_rare_it_is() -> None:
    """A thousand rarities 1 to 1,000: 21 / 1,001 * exp(-(r - 981) / 9.5) is 0.019 at 982, 0.0081 at 990, 0.0032 at 999, 8e-8 at 1,100."""
    found = selector(budget=0.5, random_share=0, warm_up_items=1)
    decided(found, [candidate(f"D{n}", float(n)) for n in random.Random(1).sample(range(1, 1_001), 1_000)])
    graded = [found.decide(candidate("X", rarity), NOW) for rarity in (982.0, 990.0, 999.0, 1_100.0)]
    assert [one.severity for one in graded] == ["low", "medium", "high", "critical"]
    assert [one.lane for one in graded] == ["yellow", "yellow", "red", "red"]


def test_a_cold_partition_has_its_lists_and_its_sample_and_no_score_selects() -> None:
    found = selector(lists(watch(trader_id="T-LISTED")), warm_up_items=2_000, random_share=0.5)
    assert found.maturity == "cold"
    assert found.decide(candidate("FIRST", trader_id="T-LISTED"), NOW).reason == "mandatory:watchlist"
    assert found.decide(candidate(sampled_id(found)), NOW).reason == "random"
    reasons = Counter(decision.reason for decision in decided(found, steady(1_999)))
    assert not any((reason or "").startswith("score") for reason in reasons)
    assert 8 <= reasons["random"] <= 35, "1 % of 1,999"
    assert found.maturity == "cold"
    found.learn(candidate())
    assert found.maturity == "warming"


def test_the_items_of_one_declaration_are_paced_like_any_others() -> None:
    found = warmed(selector(random_share=0, exploration_share=0))
    assert sum(found.decide(candidate(f"SAME{n}", RARE), NOW).selected for n in range(900)) <= 0.02 * 900 + 24


# The budget


def rows(drifting: bool, count: int = 30_000) -> list[Candidate]:
    """Two heads. Drifting: rarities grow fivefold and jump at half time, probabilities double."""
    rng = random.Random(7)
    found = []
    for number in range(count):
        at = number / count if drifting else 0.0
        rarity = rng.expovariate(1.0) * (1.0 + 4.0 * at) + 3.0 * (at > 0.5)
        found.append(candidate(f"D{number}", rarity, rng.betavariate(1.0 + 2.0 * at, 9.0), ("anomaly", "non_compliance"), number % 37, number % 11))
    return found


@pytest.mark.parametrize("drifting", [False, True])
def test_strict_holds_two_percent_in_every_window_of_5000_lists_sample_and_exploration_included(drifting: bool) -> None:
    stream = rows(drifting)
    for number in range(0, len(stream), 250):
        stream[number] = stream[number]._replace(declaration=replace(stream[number].declaration, trader_id="T-LISTED"))
    decisions = decided(selector(lists(watch(trader_id="T-LISTED"))), stream)
    sums = [0, *accumulate(decision.selected for decision in decisions)]
    shares = [(later - earlier) / 5_000 for earlier, later in zip(sums, sums[5_000:], strict=False)]
    assert min(shares) >= 0.015
    assert max(shares) <= 0.025
    reasons = Counter(decision.reason for decision in decisions)
    assert reasons["mandatory:watchlist"] == 120
    assert min(reasons[reason] for reason in ("random", "exploration", "score:anomaly", "score:non_compliance")) > 10


def test_a_burst_tolerant_selector_finds_most_of_a_burst_that_strict_cannot_hold() -> None:
    rng = random.Random(3)
    fraud = [12_000 <= number < 13_000 and rng.random() < 0.25 for number in range(15_000)]
    stream = [candidate(f"D{n}", rng.expovariate(1.0) + (rng.uniform(6.0, 10.0) if odd else 0.0)) for n, odd in enumerate(fraud)]
    recall = {}
    for pacing in ("strict", "burst_tolerant"):
        decisions = decided(selector(pacing=pacing), stream)
        recall[pacing] = sum(odd and decision.selected for odd, decision in zip(fraud, decisions, strict=True)) / sum(fraud)
    assert recall["strict"] < 0.2, "20 in 1,000 and the band, against 250 frauds"
    assert recall["burst_tolerant"] > 0.6


# Propensities


def logged(count: int = 40_000) -> list[Decision]:
    """A large random and exploring share, so that frequencies are sharp; nothing is learned from, so exploration's rates stay as they are."""
    found = selector(budget=0.2, random_share=0.3, exploration_share=0.3, warm_up_items=10**9)
    for number in range(1_000):
        found.learn(candidate(f"L{number}", 1.0, group=number % 4 and 1, controls=3.0))
    return [found.decide(candidate(f"D{n}", 1.0, group=n % 3 and 1, controls=float(n % 2)), NOW) for n in range(count)]


def test_items_are_controlled_as_often_as_their_propensity_says() -> None:
    by_propensity: dict[float, list[bool]] = {}
    for decision in logged():
        by_propensity.setdefault(round(decision.propensity, 12), []).append(decision.selected)
    assert len(by_propensity) == 4, "two groups, two numbers of controls"
    for propensity, selected in by_propensity.items():
        deviation = (propensity * (1.0 - propensity) / len(selected)) ** 0.5
        assert abs(sum(selected) / len(selected) - propensity) < 4.0 * deviation


def test_propensities_add_up_to_what_is_selected() -> None:
    decisions = logged()
    expected = sum(decision.propensity for decision in decisions)
    variance = sum(decision.propensity * (1.0 - decision.propensity) for decision in decisions)
    assert abs(sum(decision.selected for decision in decisions) - expected) < 4.0 * variance**0.5


@pytest.mark.parametrize("drifting", [False, True])
def test_with_scores_too_the_controls_estimate_a_total_without_bias(drifting: bool) -> None:
    """Horvitz and Thompson (1952): selected items, each over its propensity, count all items. Items whose rarity passes 3 are counted here."""
    stream = rows(drifting)
    decisions = decided(selector(random_share=0.4), stream)
    wanted = [one.scores[0] > 3.0 for one in stream]
    estimate = sum(1.0 / decision.propensity for decision, odd in zip(decisions, wanted, strict=True) if odd and decision.selected)
    spread = sum((1.0 - decision.propensity) / decision.propensity for decision, odd in zip(decisions, wanted, strict=True) if odd) ** 0.5
    assert abs(estimate - sum(wanted)) < 4.0 * spread


def test_what_a_list_or_a_score_selects_has_propensity_one_and_nothing_has_none() -> None:
    decisions = decided(selector(lists(watch(hs_prefix="0901"))), [*steady(3_000), candidate("W", goods={"hs_code": "090111"})])
    for decision in decisions[1:]:
        assert (decision.reason or "").startswith(("mandatory", "score")) <= (decision.propensity == 1.0)
        assert decision.propensity >= 0.002 * (1.0 - 1e-12), "2 % of which a tenth is random"


def test_the_control_sample_is_a_simple_random_sample_whatever_else_selects() -> None:
    stream = [*steady(10_000, trader_id="T-LISTED"), *steady(10_000, seed=2)]
    decisions = decided(selector(lists(watch(trader_id="T-LISTED")), budget=0.1, random_share=0.5), stream)
    for half in (decisions[:10_000], decisions[10_000:]):
        assert abs(sum(decision.sampled for decision in half) - 500) < 4 * 22, "5 % of 10,000, standard deviation 22"
    assert all(decision.reason == "mandatory:watchlist" for decision in decisions[:10_000])
    assert all((decision.reason == "random") == decision.sampled for decision in decisions[10_000:])


# Suppressions


def test_a_suppressed_item_is_released_unless_it_is_drawn_and_says_what_held_it_back() -> None:
    found = warmed(selector(lists(suppress(typologies="unit_value", declarant_id="D-1")), random_share=0.3))
    held_back = found.decide(candidate("A", RARE), NOW)
    assert (held_back.reason, held_back.suppressed_by, held_back.lane, held_back.severity) == (None, "S-1", "green", None)
    assert held_back.propensity < 0.3
    drawn = found.decide(candidate(sampled_id(found), RARE), NOW)
    assert (drawn.reason, drawn.suppressed_by) == ("random", "S-1")
    other = found.decide(candidate("B", RARE)._replace(leader="mass"), NOW)
    assert (other.reason, other.suppressed_by) == ("score:anomaly", None)


def test_a_suppression_ends_with_event_time() -> None:
    found = warmed(selector(lists(suppress(declarant_id="D-1", expires_at=NOW + 60.0))))
    reasons = [found.decide(candidate(f"X{at}", RARE, lodged_epoch=NOW + at), NOW + at).reason for at in (0.0, 59.0, 60.0)]
    assert reasons == [None, None, "score:anomaly"]


def test_a_mandatory_control_is_not_suppressed() -> None:
    found = warmed(selector(lists(suppress(declarant_id="D-1"), watch(trader_id="T-1"))))
    decision = found.decide(candidate("A", RARE), NOW)
    assert (decision.reason, decision.entry, decision.suppressed_by) == ("mandatory:watchlist", "W-1", None)


def test_what_a_suppression_frees_goes_to_the_next_rarest() -> None:
    stream = [one._replace(declaration=replace(one.declaration, declarant_id=f"D-{n % 2}")) for n, one in enumerate(steady(12_000))]
    decisions = decided(selector(lists(suppress(declarant_id="D-1"))), stream)
    assert 0.018 < sum(decision.selected for decision in decisions[2_000:]) / 10_000 < 0.022
    assert sum(decision.suppressed_by is not None for decision in decisions) > 100


# Replay


def test_the_same_stream_is_decided_alike_from_the_beginning_and_from_a_snapshot() -> None:
    stream = rows(drifting=True, count=4_000)
    whole = decided(selector(), stream)
    found = selector()
    first = decided(found, stream[:2_500])
    restored = pickle.loads(pickle.dumps(found))
    assert first + decided(restored, stream[2_500:]) == whole


NO_HEAD = dict.fromkeys(("anomaly", "non_compliance", "critical", "revenue_at_risk"), 0.0)


@pytest.mark.parametrize("changes", [{"random_share": 0.6, "exploration_share": 0.4}, {"shares": NO_HEAD}])
def test_settings_that_leave_nothing_to_scores_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"scores|share"):
        selector(**changes)
