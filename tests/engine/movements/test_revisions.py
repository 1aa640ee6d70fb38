"""Revisions of a declaration's alert, with findings of several containers that come in any order."""

from itertools import permutations
from typing import Any

import pytest

from stream_app.contracts.assessment import deterministic_id
from stream_app.contracts.contradiction import Contradiction, decode_contradiction, encode_contradiction
from stream_app.engine.movements.revisions import MAX_FINDINGS, Revisions
from stream_app.learning.snapshots import snapshot, take_in
from tests.support.keeping import as_read

ALERTED: dict[str, Any] = {
    "alert_id": "6f0e2c1e-3f0b-5c4e-9a55-7e1d5a9f2b10",
    "declaration_id": "D1",
    "revision": 1,
    "typology": "unit_value",
    "item_number": 2,
    "items_alerted": [2],
    "score": 40.0,
    "percentile": 97.4881,
    "severity": "medium",
    "lane": "yellow",
    "selection": {"reason": "score:anomaly", "propensity": 0.4},
    "reasons": [{"code": "unit_value"}],
}
QUIET = ALERTED | {
    "revision": 0,
    "score": 10.0,
    "percentile": 60.1893,
    "severity": "low",
    "lane": "green",
    "selection": {"reason": None, "propensity": 0.0},
}


def finding(name: str, standing: bool = True, score: float = 75.0, alert: dict[str, Any] | None = ALERTED, version: int = 1) -> Contradiction:
    said = (score, "high", "red", [{"code": name}]) if standing else (0.0, "low", "green", [])
    return Contradiction("D1", version, name, "seal_mismatch", standing, *said, alert=alert)


def revised(revisions: Revisions, *findings: Contradiction) -> list[dict[str, Any]]:
    return [alert for one in findings if (alert := revisions.revise(one)) is not None]


def test_two_containers_get_two_numbers_and_the_later_revision_says_what_both_found() -> None:
    first, second = revised(Revisions(), finding("A"), finding("B", score=90.0))
    assert [first["revision"], second["revision"]] == [2, 3]
    assert first["alert_id"] == second["alert_id"] == ALERTED["alert_id"]
    assert [reason["code"] for reason in second["reasons"]] == ["B", "A", "unit_value"]
    # 100 (1 - 10^(-90/25)): 25 points are a factor of ten.
    assert (second["score"], second["percentile"], second["severity"], second["lane"]) == (90.0, pytest.approx(99.9749), "high", "red")


def test_what_stands_at_the_end_does_not_depend_on_who_came_first() -> None:
    told = [finding("A"), finding("B", score=90.0), finding("C", score=80.0)]
    last = [revised(Revisions(), *order)[-1] for order in permutations(told)]
    assert all(alert == last[0] for alert in last)


def test_a_withdrawal_takes_its_own_finding_back_and_no_other() -> None:
    *_, without_a, without_any = revised(Revisions(), finding("A"), finding("B"), finding("A", False), finding("B", False))
    assert (without_a["revision"], [reason["code"] for reason in without_a["reasons"]]) == (4, ["B", "unit_value"])
    assert without_any == ALERTED | {"revision": 5}


def test_an_alert_that_only_findings_made_goes_back_to_what_the_declaration_was() -> None:
    raised, taken_back = revised(Revisions(), finding("A", alert=QUIET), finding("A", False, alert=None))
    own = deterministic_id("alert", "D1", 1, "seal_mismatch")
    assert (raised["alert_id"], raised["revision"], raised["typology"]) == (own, 1, "seal_mismatch")
    assert raised["selection"] == {"reason": "mandatory:rule", "propensity": 1.0}
    assert taken_back == QUIET | {"alert_id": own, "revision": 2, "typology": "seal_mismatch"}


def test_what_is_told_again_after_a_restart_makes_no_revision() -> None:
    revisions = Revisions()
    assert len(revised(revisions, finding("A"), finding("A"))) == 1
    assert len(revised(revisions, finding("A", False), finding("A", False))) == 1
    assert revised(Revisions(), finding("A", False)) == []


def test_the_alert_of_an_amendment_has_its_own_numbers_and_keeps_what_stands() -> None:
    amended = ALERTED | {"alert_id": "0a3b5c1e-3f0b-5c4e-9a55-7e1d5a9f2b10", "reasons": []}
    _, after, late = revised(Revisions(), finding("A"), finding("B", version=2, alert=amended), finding("C"))
    assert (after["alert_id"], after["revision"], [reason["code"] for reason in after["reasons"]]) == (amended["alert_id"], 2, ["A", "B"])
    assert (late["alert_id"], late["revision"]) == (amended["alert_id"], 3), "a finding against an earlier version is told of the later one"


def test_declarations_and_findings_are_bounded_and_what_is_forgotten_is_counted() -> None:
    revisions = Revisions(max_declarations=1)
    revised(revisions, *(finding(f"F{number:03}") for number in range(MAX_FINDINGS + 1)))
    assert revised(revisions, finding("F000", False)) == [], "the first one is no longer known"
    revisions.revise(Contradiction("D2", 1, "A", "seal_mismatch", True, alert=ALERTED | {"declaration_id": "D2"}))
    assert revisions.size == (1, 1)


def test_the_numbers_of_a_forgotten_declaration_go_on() -> None:
    revisions = Revisions(max_declarations=1)
    revised(revisions, finding("A"), finding("B"))
    revisions.revise(Contradiction("D2", 1, "A", "seal_mismatch", True, alert=ALERTED | {"declaration_id": "D2"}))
    (again,) = revised(revisions, finding("C"))
    assert (again["alert_id"], again["revision"], [reason["code"] for reason in again["reasons"]]) == (ALERTED["alert_id"], 4, ["C", "unit_value"])


def test_the_weakest_finding_makes_room() -> None:
    revisions = Revisions()
    revised(revisions, finding("STRONG", score=99.0), *(finding(f"F{number:03}") for number in range(MAX_FINDINGS)))
    assert revised(revisions, finding("F000", False)) == []
    (left,) = revised(revisions, finding("F001", False))
    assert left["reasons"][0]["code"] == "STRONG"


def test_an_alert_that_is_none_is_not_kept() -> None:
    revisions = Revisions()
    for broken in ({}, {"revision": 1}):
        with pytest.raises(KeyError):
            revisions.revise(finding("A", alert=broken))
    assert revisions.size == (0, 0)
    assert [alert["revision"] for alert in revised(revisions, finding("A"))] == [2]


def test_it_goes_on_from_its_checkpoint() -> None:
    whole, heir = Revisions(), Revisions()
    revised(whole, finding("A"), finding("B"))
    take_in(heir, as_read(snapshot(whole)))
    assert heir.revise(finding("A", False)) == whole.revise(finding("A", False))


def test_a_finding_comes_out_of_its_topic_as_it_went_in() -> None:
    assert decode_contradiction(encode_contradiction(finding("A"))) == finding("A")
