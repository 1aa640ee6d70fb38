from typing import Any

from stream_app.backtest.labels import Label, Labels
from stream_app.contracts.decode import Limits
from stream_app.contracts.outcome import Outcome, decode_outcome
from tests.support.goods import NOW
from tests.support.service_events import encoded, plain_outcome

IRREGULAR, COMPLIANT = Label(True, False), Label(False, False)


def outcome(of: str, result: str, **changes: Any) -> Outcome:
    return decode_outcome(encoded(plain_outcome(f"R-{of}", of, result=result, decided_at="2026-03-02T08:00:00Z", **changes)), Limits(), NOW)


def labels(**declared: tuple[int, ...]) -> Labels:
    found = Labels()
    for declaration_id, numbers in declared.items():
        found.declared(declaration_id, numbers)
    return found


def test_an_outcome_labels_the_item_that_it_names() -> None:
    found = labels(A=(1, 2))
    found.decided(outcome("A", "irregular", item_number=2))
    assert (found.of("A", 1), found.of("A", 2)) == (None, IRREGULAR)
    assert (found.items, found.labelled, found.irregular) == (2, 1, 1)


def test_compliant_as_a_whole_every_item_was() -> None:
    found = labels(A=(1, 2))
    found.decided(outcome("A", "compliant"))
    assert (found.of("A", 1), found.of("A", 2)) == (COMPLIANT, COMPLIANT)


def test_irregular_as_a_whole_says_which_item_only_where_there_is_one() -> None:
    found = labels(ONE=(1,), MANY=(1, 2))
    for name in ("ONE", "MANY"):
        found.decided(outcome(name, "irregular"))
    assert (found.of("ONE", 1), found.of("MANY", 1), found.of("MANY", 2)) == (IRREGULAR, None, None)
    assert (found.labelled, found.unattributed) == (1, 1)


def test_a_result_of_the_whole_declaration_leaves_what_an_item_was_found_to_be() -> None:
    found = labels(A=(1, 2))
    found.decided(outcome("A", "irregular", item_number=1))
    found.decided(outcome("A", "compliant"))
    assert (found.of("A", 1), found.of("A", 2)) == (IRREGULAR, COMPLIANT)
    assert (found.labelled, found.irregular) == (2, 1)


def test_a_later_result_of_one_item_corrects_the_earlier_one() -> None:
    found = labels(A=(1, 2))
    found.decided(outcome("A", "compliant", selection_reason="random"))
    found.decided(outcome("A", "irregular", item_number=2))
    assert (found.of("A", 1), found.of("A", 2)) == (Label(False, True), IRREGULAR)
    assert (found.labelled, found.irregular, found.random) == (2, 1, 1)


def test_an_outcome_that_came_early_waits_for_its_declaration() -> None:
    found = Labels()
    found.decided(outcome("A", "compliant", selection_reason="random"))
    assert found.labelled == 0
    found.declared("A", (1,))
    assert found.of("A", 1) == Label(False, True)
    assert found.random == 1


def test_an_amendment_adds_only_the_items_that_are_new() -> None:
    found = labels(A=(1,))
    found.declared("A", (1, 2))
    found.decided(outcome("A", "compliant"))
    assert (found.items, found.labelled) == (2, 2)


def test_an_outcome_for_an_item_that_was_not_declared_labels_nothing() -> None:
    found = labels(A=(1,))
    found.decided(outcome("A", "irregular", item_number=9))
    assert (found.of("A", 9), found.labelled) == (None, 0)


def test_what_is_forgotten_to_stay_within_the_bound_is_counted() -> None:
    found = Labels(declarations=2, early=1)
    for name in ("A", "B", "C"):
        found.declared(name, (1,))
    for name in ("A", "X"):  # A is unknown again, and its outcome waits until X takes its place
        found.decided(outcome(name, "compliant"))
    assert found.forgotten == 2
    assert found.labelled == 0
