"""The four heads through the engine: what each says, how mature it is, and what is kept until an outcome comes."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from stream_app.contracts.assessment import Reason
from stream_app.contracts.declaration import Declaration
from stream_app.contracts.outcome import Outcome
from stream_app.detectors.features import DUTY_RATE, NET_MASS, Features, features
from stream_app.engine.engine import Engine
from stream_app.engine.heads.groups import CROSSES, GOODS, GROUPS, LAYOUT, encode
from stream_app.engine.heads.kept import pack, unpack
from stream_app.engine.heads.revenue import duty_at_stake
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.settings.learning import ChallengersSection, Outcomes, RiskHead
from stream_app.learning.risk import CONTROLS, PROBABILITY, SCORED
from tests.support.goods import declared, item_document

DAY = 86_400.0


def lodged(declaration_id: str, **item: object) -> Declaration:
    return declared(declaration_id, [item_document(1, **item)], lodged_at="2026-03-02T00:00:00Z")


def found(declaration_id: str, irregular: bool, critical: bool = False, days: float = 2.0) -> Outcome:
    at = lodged("X").lodged_epoch + days * DAY
    return Outcome(f"O-{declaration_id}", declaration_id, "T-1", 1, "physical", "risk", irregular, critical, "2026-03-04T00:00:00Z", at)


def seen(declaration: Declaration) -> Features:
    return features(declaration, 1.0)[0]


def taught(pipeline: Pipeline, rounds: int = 150) -> Engine:
    """Toys are irregular, tyres irregular and critical, shirts neither."""
    engine = Engine(pipeline)
    for number in range(rounds):
        for hs, irregular, critical in (("950300", True, False), ("401110", True, True), ("610910", False, False)):
            name = f"{hs}-{number}"
            engine.process(lodged(name, hs_code=hs))
            engine.learn_outcome(found(name, irregular, critical))
    return engine


@pytest.fixture(scope="module")
def engine() -> Engine:
    return taught(Pipeline())


def test_no_head_stands_in_for_another(engine: Engine) -> None:
    said = {hs: engine.process(lodged(f"ASK-{hs}", hs_code=hs)).assessment.items[0].scores for hs in ("950300", "401110", "610910")}
    assert said["950300"].non_compliance > 0.9 > 0.1 > said["950300"].critical
    assert min(said["401110"].non_compliance, said["401110"].critical) > 0.9
    assert max(said["610910"].non_compliance, said["610910"].critical) < 0.1


def test_revenue_at_risk_is_the_probability_times_the_duty(engine: Engine) -> None:
    """1,000 at 12 % in a currency worth 2 of ours: 240 at stake. Where the duty assessed is declared, that: 90 makes 180."""
    header = replace(lodged("R1", hs_code="950300", customs_value=1_000.0, duty_rate_percent=12.0), exchange_rate=2.0)
    assert duty_at_stake(header, replace(header.items[0], duty_amount=None)) == pytest.approx(240.0)
    assert duty_at_stake(header, replace(header.items[0], duty_amount=90.0)) == pytest.approx(180.0)
    assert duty_at_stake(header, replace(header.items[0], duty_amount=None, customs_value=None)) is None
    header.items[0].duty_amount = None
    scores = engine.process(header).assessment.items[0].scores
    assert scores.revenue_at_risk == pytest.approx(scores.non_compliance * 240.0)


def test_every_head_says_how_mature_it_is(engine: Engine) -> None:
    """450 outcomes, 300 irregular and 150 critical: short of 500 and of 2,000."""
    heads = engine.process(lodged("ASK-M")).assessment.heads
    assert {name: state.maturity for name, state in heads.items() if name != "anomaly"} == {
        "non_compliance": "warming",
        "critical": "warming",
        "revenue_at_risk": "warming",
    }
    assert [heads[name].n for name in ("non_compliance", "critical", "revenue_at_risk")] == [450, 450, 450]


def test_a_head_matures_by_outcomes_and_by_findings() -> None:
    pipeline = Pipeline(non_compliance=RiskHead(mature_outcomes=100, mature_findings=5))
    heads = Engine(pipeline).heads
    for _ in range(9):
        heads.non_compliance.count(True)
    assert heads.states()["non_compliance"].maturity == "cold", "a tenth of the outcomes wanted"
    heads.non_compliance.count(False)
    assert heads.states()["non_compliance"].maturity == "warming"
    for _ in range(90):
        heads.non_compliance.count(False)
    assert heads.states()["non_compliance"].maturity == "mature"
    for _ in range(2_000):
        heads.critical.count(False)
    assert heads.states()["critical"].maturity == "cold", "nothing critical was ever found"


def test_what_is_kept_comes_back_and_is_small() -> None:
    x = seen(lodged("K", net_mass_kg=2.0))
    heads = np.arange(2 * SCORED, dtype=float).reshape(2, SCORED) / 7
    packed = pack(x.goods.words.tobytes(), heads.astype(np.float32).tobytes(), 0.02)
    kept = unpack(packed)
    assert len(packed) < 300
    assert np.array_equal(kept.codes, x.codes)
    assert np.array_equal(kept.measures, x.measures, equal_nan=True)
    assert np.allclose(kept.heads, heads, rtol=1e-6)
    assert kept.propensity == pytest.approx(0.02)


def test_no_group_or_cross_is_shared_by_two_places() -> None:
    groups, crosses = encode(*(lambda x: (x.codes, x.measures))(seen(lodged("G"))))
    assert (groups.size, crosses.size) == (GROUPS, CROSSES)
    assert len({*groups.tolist(), *crosses.tolist()}) == GROUPS + CROSSES


def changed(place: int, by: float) -> Iterator[bool]:
    """Whether each group of goods changes when a measure does."""
    x = seen(lodged("G", net_mass_kg=100.0, customs_value=1_000.0, duty_rate_percent=5.0))
    measures = x.measures.copy()
    measures[place] += by
    before, after = encode(x.codes, x.measures)[0], encode(x.codes, measures)[0]
    return iter((before != after)[: LAYOUT.goods].tolist())


def test_only_the_groups_that_say_so_depend_on_mass_and_rate() -> None:
    """100 kg and 104 kg lie in one step of a quarter of a doubling (90.5 to 107.6), 1,000 and 1,040 per 100 or 104 kg alike."""
    assert not any(changed(NET_MASS, np.log(1.04)))
    assert dict(zip(GOODS, changed(NET_MASS, np.log(3.0)), strict=True)) == {
        name: name in ("hs6_mass", "hs6_alike", "hs6_close", "hs6_twin") for name in GOODS
    }
    assert dict(zip(GOODS, changed(DUTY_RATE, 1.0), strict=True)) == {name: GOODS.index(name) >= GOODS.index("hs6_route") for name in GOODS}


def test_an_outcome_teaches_the_groups_in_which_the_item_was_scored(engine: Engine) -> None:
    ask = seen(lodged("ASK-C", hs_code="950300"))
    (risk,) = engine.heads.score([ask], engine.heads.growth(engine._now))
    assert risk.controls == 150.0


def test_inverse_propensity_weighs_what_was_rarely_selected_up_to_its_cap() -> None:
    """An outcome of an item that had a chance of 2 %, capped at 10: of all goods 10 of 10, (10 + 0.1) / (10 + 1)."""
    heads = Engine(Pipeline(outcomes=Outcomes(inverse_propensity_cap=10))).heads
    declaration = lodged("P1")
    x = seen(declaration)
    heads.await_outcome(declaration, heads.keep([x], heads.score([x], heads.growth(declaration.lodged_epoch)), [0.02]))
    heads.learn(found("P1", True))
    everything = heads.non_compliance.model.path(encode(x.codes, x.measures)[0])[0]
    assert everything == (pytest.approx(10.0), pytest.approx(1.0), pytest.approx(10.1 / 11))


def test_a_reason_names_group_and_path_with_rates_and_counts(engine: Engine) -> None:
    against, _ = why(engine, seen(lodged("ASK-E", hs_code="950300")), "non_compliance")
    reason = against[0]
    assert (reason.code, reason.n_peer, reason.actual, reason.typical) == ("irregular_before", 150.0, 1.0, pytest.approx(2 / 3, abs=1e-6))
    assert [step.level for step in reason.path] == list(GOODS)
    assert [step.n for step in reason.path] == [450.0] + [150.0] * (len(GOODS) - 1)
    _, clean = why(engine, seen(lodged("ASK-F", hs_code="610910")), "non_compliance")
    assert (clean[0].code, clean[0].actual) == ("regular_before", 0.0)


def why(engine: Engine, x: Features, head: str) -> tuple[list[Reason], list[Reason]]:
    return engine.heads.explain(x, engine.heads.score([x], engine.heads.growth(engine._now))[0], head)


def test_the_critical_head_gives_its_own_history_first(engine: Engine) -> None:
    """Tyres: 150 of 150 critical, a third of all goods."""
    against, _ = why(engine, seen(lodged("ASK-T", hs_code="401110")), "critical")
    assert [reason.code for reason in against] == ["critical_before", "irregular_before"]
    assert (against[0].actual, against[0].typical) == (1.0, pytest.approx(1 / 3, abs=1e-6))
    assert "critical" in against[0].text


def test_the_revenue_head_says_what_is_at_stake(engine: Engine) -> None:
    x = seen(lodged("ASK-D", hs_code="950300", customs_value=1_000.0, duty_rate_percent=12.0))
    x.item.duty_amount = None
    reason = why(engine, x, "revenue_at_risk")[0][0]
    assert (reason.code, reason.details["duty"]) == ("duty_at_stake", pytest.approx(120.0))
    assert reason.actual == pytest.approx(120.0 * reason.details["share"], rel=1e-5)
    assert "120" in reason.text


def test_challengers_learn_from_their_sample_and_are_compared_on_it() -> None:
    """Both forests and the champion on the same outcomes; toys against shirts is easy for all three. A forest asked first knows nothing."""
    heads = taught(Pipeline(challengers=ChallengersSection(sample=1.0, trees=3)), rounds=100).heads
    standings = heads.challengers.standings()
    assert list(standings) == ["champion", "arf", "amf"]
    assert [standing.n for standing in standings.values()] == [300, 300, 300]
    assert all(standing.auc > 0.9 for standing in standings.values())
    assert all(0.0 < standing.log_loss < 0.693 for standing in standings.values())


def test_without_a_sample_no_challenger_is_asked(engine: Engine) -> None:
    assert engine.heads.challengers.standings()["champion"].n == 0


def test_a_share_of_the_declarations_is_sampled_the_same_ones_always() -> None:
    def chosen() -> list[bool]:
        challengers = Engine(Pipeline(challengers=ChallengersSection(sample=0.1, trees=1))).heads.challengers
        return [challengers.sampled(f"D{number}") for number in range(2_000)]

    assert chosen() == chosen()
    assert 150 < sum(chosen()) < 250


def test_after_a_drift_recent_outcomes_count_more_for_a_while(engine: Engine) -> None:
    """Toys were irregular; a year later three are not, so the fast speed says less than the slow one."""
    heads = taught(Pipeline(), rounds=60).heads
    declaration = lodged("DRIFT", hs_code="950300")
    x = seen(declaration)
    for number in range(3):
        one = lodged(f"LATE-{number}", hs_code="950300")
        heads.await_outcome(one, heads.keep([x], heads.score([x], heads.growth(one.lodged_epoch)), [1.0]))
        heads.learn(found(one.declaration_id, False, days=365.0))
    growth = heads.growth(declaration.lodged_epoch + 365 * DAY)
    before = heads.score([x], growth)[0].non_compliance
    heads.on_drift()
    assert heads.score([x], growth)[0].non_compliance < before


def test_the_probability_that_is_kept_is_the_one_that_was_said(engine: Engine) -> None:
    x = seen(lodged("SAID", hs_code="950300"))
    (risk,) = engine.heads.score([x], engine.heads.growth(engine._now))
    kept = unpack(engine.heads.keep([x], [risk], [1.0])[1])
    assert kept.heads[0, PROBABILITY] == pytest.approx(risk.non_compliance, rel=1e-6)
    assert kept.heads[1, PROBABILITY] == pytest.approx(risk.critical, rel=1e-6)
    assert kept.heads[0, CONTROLS] == risk.controls


def test_forests_that_have_grown_begin_anew_cold_and_are_counted() -> None:
    """300 outcomes of one item; a window of 200 is full then, and behind 1,000 everything is new."""
    settings = ChallengersSection(sample=1.0, trees=1, window=200, max_items=1_000)
    heads = taught(Pipeline(challengers=settings), rounds=100).heads
    forests = heads.challengers
    assert (forests.items, forests.maturity, forests.begun_anew) == (300, "mature", {})
    kept = unpack(next(iter(next(iter(heads.pending.rows())).items.values())))
    for _ in range(700):
        forests.learn(kept, False)
    assert (forests.items, forests.maturity, forests.begun_anew) == (0, "cold", {"grown": 1})
    assert forests.standings()["arf"].n == 0
    for _ in range(20):
        forests.learn(kept, False)
    assert (forests.items, forests.maturity) == (20, "warming")
