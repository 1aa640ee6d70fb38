import pytest
from scipy.stats import binomtest

from stream_app.backtest.counts import Counts
from stream_app.backtest.labels import Label

RIGHT, WRONG = Label(True, False), Label(False, True)


def test_items_are_right_wrong_or_unknown() -> None:
    counts = Counts.of([RIGHT, None, WRONG, RIGHT, None, None])
    assert (counts.fired, counts.right, counts.wrong, counts.unknown, counts.labelled) == (6, 2, 1, 3, 3)


def test_precision_is_of_the_labelled_alone_and_the_share_labelled_stands_beside_it() -> None:
    found = Counts.of([RIGHT] * 3 + [WRONG] + [None] * 4).as_dict()
    assert found["labelled_share"] == 0.5
    assert (found["precision"]["value"], found["precision"]["n"]) == (0.75, 4)


@pytest.mark.parametrize(("right", "wrong"), [(0, 7), (3, 1), (50, 50), (9, 0)])
def test_the_interval_is_wilsons_as_scipy_computes_it(right: int, wrong: int) -> None:
    found = Counts(right + wrong, right, wrong).precision
    expected = binomtest(right, right + wrong).proportion_ci(method="wilson")
    assert found is not None
    assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_without_labels_there_is_no_precision() -> None:
    found = Counts.of([None, None]).as_dict()
    assert found == {"fired": 2, "right": 0, "wrong": 0, "unknown": 2, "labelled_share": 0.0, "precision": None}


def test_where_nothing_fired_not_even_a_share_is_said() -> None:
    assert Counts().as_dict() == {"fired": 0, "right": 0, "wrong": 0, "unknown": 0, "labelled_share": None, "precision": None}
