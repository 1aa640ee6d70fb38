"""The blended model: what its parts give each other, and that it is a value like any other."""

import pickle

import numpy as np
import pytest

from stream_app.learning.compiled import Array
from stream_app.learning.keys import code
from stream_app.learning.risk import CONTROLS, KIND, NARROW, PARTIES, PROBABILITY, SCORED, TWIN, WIDE, Layout, RiskModel

LAYOUT = Layout(goods=3, routes=4, traders=6, middling=2, home=1)
Item = tuple[Array, Array]


def item(goods: str, route: str = "CN", party: str = "P-1", trader: str = "T-1") -> Item:
    """Groups: all, goods, goods and route; route; trader, trader and goods; the party. Crosses: goods and route."""
    known = "all", f"goods {goods}", f"goods {goods} by {route}"
    groups = [*known, f"route {route}", f"trader {trader}", f"trader {trader} {goods}", f"party {party}"]
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
    assert scored(RiskModel(LAYOUT, prior=0.01), item("toys"))[PROBABILITY] == pytest.approx(0.01)


def test_what_it_says_is_what_comes_true() -> None:
    """Nine in ten of the toys, one in ten of the wheat."""
    model = taught()
    assert scored(model, item("toys", "R1"))[PROBABILITY] == pytest.approx(0.9, abs=0.04)
    assert scored(model, item("wheat", "R1"))[PROBABILITY] == pytest.approx(0.1, abs=0.04)


def test_how_far_the_goods_are_known_chooses_the_weights() -> None:
    model = taught()
    assert scored(model, item("toys", "R1"))[KIND] == TWIN
    assert scored(model, item("toys", "elsewhere"))[KIND] == NARROW
    assert scored(model, item("glue", "R1"))[KIND] == WIDE


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


def test_a_trader_is_known_by_its_own_goods() -> None:
    """One trader's toys are irregular; other traders' toys are not, nor is its wheat."""
    rng, model = np.random.default_rng(3), RiskModel(LAYOUT, prior=0.2)
    for _ in range(3_000):
        goods, trader = ("toys", "wheat")[rng.integers(2)], f"T{rng.integers(10)}"
        teach(model, item(goods, f"R{rng.integers(5)}", trader=trader), (goods, trader) == ("toys", "T7"))
    said = {(goods, trader): scored(model, item(goods, "R1", trader=trader))[PROBABILITY] for goods in ("toys", "wheat") for trader in ("T7", "T3")}
    assert said["toys", "T7"] > 0.6
    assert max(said["toys", "T3"], said["wheat", "T7"], said["wheat", "T3"]) < 0.1


def test_of_copies_the_regression_learns_little() -> None:
    """Of ten copies as much as of 1 + 1/2 + ... + 1/10 = 2.9 items."""
    model, other = RiskModel(LAYOUT, prior=0.2), RiskModel(LAYOUT, prior=0.2)
    for number in range(10):
        teach(model, item("toys"), True)
        teach(other, item("toys", f"R{number}"), True)
    toys = np.array([code("x toys")], np.uint64)
    assert model.regression.margin(toys) < other.regression.margin(toys)


def test_where_findings_are_chance_it_says_so() -> None:
    """A thousand controls, some twenty findings among them, of two hundred kinds of goods by forty traders who have nothing to do with it."""
    rng = np.random.default_rng(4)
    model = RiskModel(LAYOUT)
    for _ in range(1_000):
        teach(
            model,
            item(f"goods {rng.integers(200)}", f"R{rng.integers(9)}", f"P{rng.integers(40)}", f"T{rng.integers(40)}"),
            bool(rng.random() < 0.02),
        )
    asked = [item(f"goods {rng.integers(200)}", f"R{rng.integers(9)}", f"P{rng.integers(40)}", f"T{rng.integers(40)}") for _ in range(2_000)]
    said = np.array([scored(model, one)[PROBABILITY] for one in asked])
    assert said.mean() == pytest.approx(0.02, abs=0.01)
    assert said.max() < 0.25


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
