"""The blended model: what its parts give each other, and that it is a value like any other."""

import pickle

import numpy as np
import pytest

from stream_app.learning.compiled import Array
from stream_app.learning.keys import code
from stream_app.learning.risk import CONTROLS, KIND, PARTIES, PROBABILITY, SCORED, Layout, RiskModel

LAYOUT = Layout(goods=3, routes=5, middling=2, deep=3, home=1)
Item = tuple[Array, Array]


def item(goods: str, route: str = "CN", party: str = "T-1") -> Item:
    """Groups: all, goods, goods and route; all, route; the party. Crosses: goods and route."""
    groups = ["all", f"goods {goods}", f"goods {goods} by {route}", "all routes", f"route {route}", f"party {party}"]
    return np.array([code(name) for name in groups], np.uint64), np.array([code(f"x {goods}"), code(f"y {route}")], np.uint64)


def scored(model: RiskModel, one: Item) -> Array:
    found = np.empty(SCORED)
    model.score(*one, 1.0, found)
    return found


def teach(model: RiskModel, one: Item, irregular: bool) -> None:
    model.learn(*one, scored(model, one), irregular, 1.0)


def taught(seed: int = 1) -> RiskModel:
    """Toys irregular, wheat compliant, at random a tenth otherwise; parties that say nothing."""
    rng, model = np.random.default_rng(seed), RiskModel(LAYOUT, prior=0.2)
    for _ in range(2_000):
        toys, otherwise = rng.random() < 0.5, rng.random() < 0.1
        teach(model, item("toys" if toys else "wheat", f"R{rng.integers(5)}", f"P{rng.integers(300)}"), bool(toys != otherwise))
    return model


def test_before_any_outcome_it_says_the_prior() -> None:
    """Both parts that have a say at first start from it, with weights 0.6 and 0.4."""
    assert scored(RiskModel(LAYOUT, prior=0.01), item("toys"))[PROBABILITY] == pytest.approx(0.01)


def test_what_it_says_is_what_comes_true() -> None:
    """Nine in ten of the toys, one in ten of the wheat."""
    model = taught()
    assert scored(model, item("toys", "R1"))[PROBABILITY] == pytest.approx(0.9, abs=0.04)
    assert scored(model, item("wheat", "R1"))[PROBABILITY] == pytest.approx(0.1, abs=0.04)


def test_how_far_the_back_offs_reached_chooses_the_weights() -> None:
    """Class 2 x depth of the goods, and 1 where the whole route is known."""
    model = taught()
    assert scored(model, item("toys", "R1"))[KIND] == 5
    assert scored(model, item("toys", "elsewhere"))[KIND] == 2
    assert scored(model, item("glue", "R1"))[KIND] == 1
    assert scored(model, item("glue", "elsewhere"))[KIND] == 0


def test_goods_under_a_code_that_nobody_knows_are_known_by_their_route() -> None:
    rng, model = np.random.default_rng(2), RiskModel(LAYOUT, prior=0.2)
    for number in range(3_000):
        bad = bool(rng.random() < 0.3)
        teach(model, item(f"code {number % 1_500}", "bad route" if bad else f"R{rng.integers(5)}"), bad)
    unknown = scored(model, item("never seen", "bad route"))[PROBABILITY], scored(model, item("never seen", "R1"))[PROBABILITY]
    assert unknown[0] > 0.8 > 0.2 > unknown[1]


def test_a_party_adds_what_its_own_record_differs_from_that_of_all() -> None:
    """All: 10 of 20, prior 0.2 worth 1: 10.2 / 21. The party: 10 of 10 beside 8 times that rate. The other party: 0 of 10."""
    model = RiskModel(LAYOUT, strength=1.0, prior=0.2)
    for _ in range(10):
        teach(model, item("a", party="bad"), True)
        teach(model, item("a", party="good"), False)
    every = 10.2 / 21
    own = (10 + 8 * every) / 18
    expected = np.log(own / (1 - own)) - np.log(every / (1 - every))
    assert scored(model, item("a", party="bad"))[PARTIES] == pytest.approx(expected)
    assert scored(model, item("a", party="new"))[PARTIES] == 0.0
    assert scored(model, item("a", party="bad"))[CONTROLS] == 20.0


def state(model: RiskModel) -> bytes:
    """Pickled twice: arrays that were unpickled share their types otherwise than new ones do."""
    return pickle.dumps(pickle.loads(pickle.dumps(model)))


def test_scoring_changes_nothing_and_a_snapshot_goes_on_as_if_nothing_had_happened() -> None:
    model = taught()
    before = pickle.dumps(model)
    scored(model, item("toys", "R1"))
    assert pickle.dumps(model) == before
    copy = pickle.loads(before)
    for one in (model, copy):
        for number in range(50):
            teach(one, item(f"goods {number % 7}", f"R{number % 3}"), number % 4 == 0)
    assert state(copy) == state(model)


def test_the_same_outcomes_give_the_same_bytes() -> None:
    assert pickle.dumps(taught()) == pickle.dumps(taught())
