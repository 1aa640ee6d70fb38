"""What the report says of a head, against counting every pair."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_app.learning.quality import HeadQuality, reliability

labelled = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), max_size=30)


@given(labelled)
def test_auc_and_brier_are_those_of_counting(rows: list[tuple[float, bool]]) -> None:
    quality = HeadQuality()
    for number, (probability, irregular) in enumerate(rows):
        quality.scored(f"D{number}", 1, probability)
        quality.label(f"D{number}", 1, irregular)
    found = quality.as_dict()
    bad, good = [p for p, irregular in rows if irregular], [p for p, irregular in rows if not irregular]
    pairs = [1.0 if b > g else 0.5 if b == g else 0.0 for b in bad for g in good]
    assert found["n"] == len(rows)
    assert found["auc"] == (pytest.approx(sum(pairs) / len(pairs)) if pairs else None)
    assert found["brier"] == (pytest.approx(sum((p - irregular) ** 2 for p, irregular in rows) / len(rows)) if rows else None)


def test_a_head_without_a_probability_is_not_judged() -> None:
    quality = HeadQuality()
    quality.scored("D1", 1, None)
    quality.label("D1", 1, True)
    assert quality.as_dict()["n"] == 0


def test_the_probability_counts_that_was_given_first_and_a_label_counts_once() -> None:
    quality = HeadQuality()
    quality.scored("D1", 1, 0.2)
    quality.scored("D1", 1, 0.9)
    quality.label("D1", 1, True)
    quality.label("D1", 1, True)
    quality.label("D2", 1, True)
    found = quality.as_dict()
    assert (found["n"], found["irregular"], found["auc"], found["brier"]) == (1, 1.0, None, pytest.approx(0.64))


def test_a_label_without_an_item_is_for_all_items_that_wait() -> None:
    quality = HeadQuality()
    for number in (1, 2, 3):
        quality.scored("D1", number, 0.5)
    quality.label("D1", 2, False)
    quality.label("D1", None, True)
    found = quality.as_dict()
    assert (found["n"], found["irregular"], found["auc"]) == (3, pytest.approx(2 / 3), 0.5)


def test_the_reliability_table_sets_what_was_said_beside_what_was_found() -> None:
    """0.05, 0.05 and 0.08 in the first tenth, one of three found; 0.95 and 1.0 in the last, both found; nothing between."""
    rows = reliability([0.05, 0.95, 1.0], [0.05, 0.08])
    assert [(row.lower, row.n) for row in rows] == [(0.0, 3), (0.9, 2)]
    assert (rows[0].said, rows[0].found) == (pytest.approx(0.06), pytest.approx(1 / 3))
    assert (rows[1].said, rows[1].found) == (pytest.approx(0.975), 1.0)
