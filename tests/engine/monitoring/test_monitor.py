"""Drift, shifts and silences as indicators: soon, with their cause, the same again, and no person in them."""

import pickle
import random

import orjson
import pytest

from stream_app.contracts.assessment import encode
from stream_app.contracts.indicator import Indicator
from stream_app.contracts.schemas import schema
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.settings.watching import Drift, Indicators
from stream_app.learning.rhythm import HOUR
from tests.engine.monitoring.support import BY_ANOMALY, DAY, RELEASED, START, Desk

OFFICES = ("NL000510", "NL000396", "NL000432", "NL000563")
ORIGINS = ("CN", "DE", "VN", "US", "TR")


def trade(desk: Desk, items: int, seed: int, odd_office: float = 0.02, unit: float = 1.0, begin: int = 0) -> list[tuple[int, Indicator]]:
    """Declarations of one item, a thousand a day; `odd_office`: how often the first office's goods are unusual, `unit`: of the masses."""
    rng = random.Random(seed)
    found = []
    for number in range(begin, begin + items):
        office = rng.choice(OFFICES)
        odd = rng.random() < (odd_office if office == OFFICES[0] else 0.02)
        item = {"origin_country": rng.choice(ORIGINS), "net_mass_kg": unit * rng.lognormvariate(4.0, 1.0)}
        desk.monitor.heard(f"broker-{number % 3}", START + number / 1_000 * DAY)
        desk.scored(f"D{number}", RELEASED, day=number / 1_000, p_value=0.01 if odd else 0.5, office=office, item=item)
        found += [(number, indicator) for indicator in desk.monitor.take()]
    return found


def test_an_alert_rate_that_jumps_at_one_office_is_told_within_two_thousand_items_with_the_office() -> None:
    """From 2 % to 50 % at one office of four: from 2 % to 14 % of all."""
    desk = Desk()
    assert trade(desk, 6_000, seed=1) == []
    found = trade(desk, 4_000, seed=2, odd_office=0.5, begin=6_000)
    number, drift = found[0]
    assert number <= 8_000
    assert (drift.kind, drift.name, drift.subject.by, drift.subject.of) == ("drift", "alert_rate", "detector", "unit_value")
    assert drift.cause is not None
    assert (drift.cause.by, drift.cause.of) == ("office", "NL000510")
    assert drift.before is not None
    assert drift.before < 0.05 < drift.value
    assert "NL000510" in drift.text
    assert drift.window["from"] < drift.window["to"] == drift.at


def test_masses_in_another_unit_are_told_of_everything_and_of_each_submitter_that_sends_so() -> None:
    desk = Desk(Pipeline(drift=Drift(test_items=500)))
    assert trade(desk, 4_000, seed=3) == []
    found = [indicator for _, indicator in trade(desk, 3_000, seed=4, unit=1_000.0, begin=4_000)]
    told = {(one.subject.by, one.subject.of) for one in found if one.kind == "distribution"}
    assert {("feature", "net_mass_kg"), ("feature", "unit_value"), ("office_feature", "net_mass_kg/NL000510")} <= told
    assert {("submitter_feature", f"net_mass_kg/broker-{number}") for number in range(3)} <= told
    assert not {of for by, of in told if of.startswith(("customs_value", "origin", "packages"))}
    whole = next(one for one in found if one.subject.of == "net_mass_kg")
    assert whole.value >= 0.25
    assert "median" in whole.text


@pytest.mark.parametrize("seed", range(6))
def test_trade_that_goes_on_as_it_was_is_not_told(seed: int) -> None:
    assert trade(Desk(Pipeline(drift=Drift(test_items=500))), 6_000, seed=50 + seed) == []


def test_a_head_that_fits_outcomes_worse_is_told_with_its_chapter_and_handed_over() -> None:
    """Sure and right of 800 outcomes; then wrong of those of one chapter, half of what comes."""
    desk, found = Desk(), []
    for number in range(1_600):
        toys = number % 2 == 0
        irregular = number % 4 < 2
        right = number < 800 or not toys
        item = {"hs_code": "950300" if toys else "610910"}
        desk.scored(f"D{number}", BY_ANOMALY, day=number / 100, probability=0.9 if irregular == right else 0.1, item=item)
        desk.outcome(f"D{number}", irregular, day=number / 100)
        found += [(number, one) for one in desk.monitor.take() if one.kind == "drift"]
    number, drift = found[0]
    assert 800 < number <= 1_100
    assert (drift.name, drift.subject.of, drift.unit) == ("log_loss", "non_compliance", "nats an outcome")
    assert drift.cause is not None
    assert (drift.cause.by, drift.cause.of) == ("chapter", "95")
    assert desk.monitor.take_worse() == ["non_compliance"] * len(found)
    assert desk.monitor.take_worse() == []


def test_the_heads_do_not_stand_in_for_one_another() -> None:
    desk = Desk()
    for number in range(40):
        desk.scored(f"D{number}", BY_ANOMALY, probability=0.9, critical=0.1)
        desk.outcome(f"D{number}", irregular=True, critical=False)
    losses = desk.monitor.watch.losses
    assert losses["non_compliance"].present("non_compliance")[0] == pytest.approx(0.10536, abs=1e-4)  # -ln 0.9
    assert losses["critical"].present("critical")[0] == pytest.approx(0.10536, abs=1e-4)


def test_a_submitter_that_stops_is_told_and_told_when_it_is_back() -> None:
    desk, found = Desk(), []
    for hour in range(6 * 168):
        at = START + hour * HOUR
        for submitter in ("broker-1", "broker-2"):
            if submitter == "broker-1" or not 900 <= hour < 950:
                desk.monitor.heard(submitter, at)
        found += [(hour, one) for one in desk.monitor.take()]
    (told, silence), (back, again) = found
    assert 905 < told < 915
    assert (silence.name, silence.subject.of, silence.unit) == ("silent_submitter", "broker-2", "hours")
    assert silence.window["from"] == "2026-04-08T12:00:00Z"  # 900 hours after START, by `date -u -d "2026-03-02 900 hours"`
    assert (back, again.name, again.value) == (950, "submitter_back", 50.0)


def test_the_same_stream_gives_the_same_indicators_and_one_that_goes_on_after_a_snapshot_too() -> None:
    pipeline = Pipeline(drift=Drift(test_items=300), indicators=Indicators(every_hours=6))

    def run(pickled: bool) -> list[bytes]:
        desk, told = Desk(pipeline), []
        for number in range(3_000):
            if pickled and number == 1_333:
                desk.monitor = pickle.loads(pickle.dumps(desk.monitor))
            told += [encode(one) for _, one in trade(desk, 1, seed=number, odd_office=0.02 if number < 2_000 else 0.9, begin=number)]
            if number % 7 == 0:
                desk.outcome(f"D{number}", irregular=number % 3 == 0, day=number / 1_000, reason="random")
        return told

    first = run(pickled=False)
    assert len(first) > 5
    assert run(pickled=False) == first
    assert run(pickled=True) == first
    assert len({orjson.loads(body)["indicator_id"] for body in first}) == len(first)


def test_every_indicator_keeps_its_contract_and_names_no_person() -> None:
    desk = Desk(Pipeline(drift=Drift(test_items=300), indicators=Indicators(every_hours=6)))
    kinds = set()
    parties = {"importer_id": "ZZTRADER", "declarant_id": "ZZDECLARANT", "seller_id": "ZZSELLER", "consignee_id": "ZZCONSIGNEE"}
    for number in range(4_000):
        desk.monitor.heard("clearance", START + number / 50 * DAY)
        changed = number > 2_000
        item = {"net_mass_kg": 900.0 if changed else 100.0}
        verdict = BY_ANOMALY if number % 2 else RELEASED
        desk.scored(f"ZZ{number}", verdict, day=number / 50, p_value=0.01 if changed else 0.5, probability=0.3, item=item, **parties)
        desk.outcome(f"ZZ{number}", irregular=changed, day=number / 50)
        if number == 3_000:
            desk.monitor.heard("lonely", START + number / 50 * DAY)
        for indicator in desk.monitor.take():
            body = encode(indicator)
            assert schema("indicator.v1").faults(orjson.loads(body)) == []
            assert b"ZZ" not in body
            kinds.add(indicator.kind.value)
    assert kinds >= {"feedback", "drift", "distribution", "health"}


def test_tables_are_bounded_and_say_what_they_forgot() -> None:
    desk = Desk()
    trade(desk, 2_000, seed=7)
    sizes = desk.monitor.sizes()
    assert sizes["awaiting_feedback"] == (2_000, 0)
    assert sizes["submitters"] == (3, 0)
    assert sizes["traders_seen"] == (1, 0)
    assert sizes["patterns_seen"][0] > 10
