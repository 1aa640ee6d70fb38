"""A challenger on the champion's records: who fires, and that nothing else differs."""

import pytest

from stream_app.contracts.declaration import Declaration
from stream_app.contracts.outcome import Outcome
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import Pipeline, parse_pipeline
from stream_app.engine.shadow import Agreement, Compared, Shadow, Tally, agreement
from stream_app.learning.pending import Note
from tests.engine.conftest import Fortnight
from tests.engine.selection.support import NOW, lists, watch
from tests.support.goods import declaration_document, declared, decode, item_document, suite_stream

CAREFUL = parse_pipeline("[selection]\nrandom_share = 0.0\nexploration_share = 0.0\n")


def off(*detectors: str) -> str:
    return "".join(f"[detectors.{name}]\nenabled = false\n" for name in detectors)


def shadowed(live: Engine, shadow: Shadow, events: list[Declaration | Outcome]) -> list[Compared]:
    found = []
    for event in events:
        if isinstance(event, Outcome):
            live.learn_outcome(event)
            shadow.learn_outcome(event, live)
        else:
            found.append(shadow.process(event, None, live.process(event))[1])
    return found


@pytest.mark.parametrize(
    ("live", "challenger", "expected"),
    [(True, True, "both"), (True, False, "live_only"), (False, True, "would_fire_only"), (False, False, "neither")],
)
def test_agreement_says_who_fired(live: bool, challenger: bool, expected: str) -> None:
    assert agreement(live, challenger).value == expected


def test_a_challenger_that_is_the_champion_agrees_with_it_on_every_declaration(fortnight: Fortnight) -> None:
    shadow, tally, compared = Shadow(Engine(Pipeline(), mode="shadow")), Tally(), []
    results = iter(fortnight.results)
    for event in fortnight.events:
        if isinstance(event, Outcome):
            shadow.learn_outcome(event, fortnight.engine)
        else:
            result, found = shadow.process(event, None, next(results))
            compared.append((result, found))
            tally.add(found)
    fired = sum(result.alert is not None for result, found in compared if found.agreement is not Agreement.COLD)
    assert fired > 50
    assert tally.total(Agreement.BOTH) == fired
    assert tally.total(Agreement.LIVE_ONLY) == tally.total(Agreement.WOULD_FIRE_ONLY) == tally.renamed == 0
    assert sum(tally.counts.values()) == len(compared)
    assert [result.assessment.items for result, _ in compared] == [result.assessment.items for result in fortnight.results]
    assert {result.assessment.mode for result, _ in compared} == {"shadow"}


def test_without_a_detector_exactly_what_only_that_detector_found_is_lost() -> None:
    honest = [offered.declaration for offered in suite_stream() if not offered.scheme]
    last = honest[-1]
    header = {"importer_id": "T-1", "declarant_id": "D-1", "office": "O1", "departure_country": "CN", "lodged_at": last.lodged_at}
    shirts = {"net_mass_kg": 120.0, "gross_mass_kg": 129.6, "packages": 10, "supplementary_quantity": 481}
    ghost = header | {"importer_id": "T-GHOST", "declarant_id": "D-GHOST", "seller_id": "S-GHOST"}
    odd = [
        decode(declaration_document("CHEAP", [item_document(customs_value=4.0, **shirts)], **header)),
        decode(declaration_document("GHOST", [item_document(customs_value=2_400.0, **shirts)], **ghost)),
    ]
    two = "[selection]\nrandom_share = 0.0\nexploration_share = 0.0\n" + off("mass", "rare_combination", "half_space")
    live, challenger = Engine(parse_pipeline(two)), Engine(parse_pipeline(two + off("novelty")), mode="shadow")
    compared = shadowed(live, Shadow(challenger), [*honest, *odd])
    assert compared[-2:] == [Compared(Agreement.BOTH, "unit_value", False), Compared(Agreement.LIVE_ONLY, "novelty", False)]


def test_a_challenger_learns_an_answer_to_an_alert_of_the_champions_at_the_items_that_officers_saw() -> None:
    # Nine items; the champion is led by a watchlist to the one that is nothing special, which the challenger, without it, does not even alert.
    goods = [item_document(number, origin_country="BD" if number == 5 else "CN") for number in range(1, 10)]
    live, shadow = Engine(CAREFUL, lists=lists(watch(origin_country="BD"))), Shadow(Engine(CAREFUL, mode="shadow"))
    declaration = declared("D1", goods)
    champion = live.process(declaration)
    challenger, _ = shadow.process(declaration, None, champion)
    assert champion.alert is not None
    assert challenger.alert is None
    for said, note in (("confirmed_risk", Note.LEARNED), ("valuable", Note.REPEATED)):
        answer = Outcome("A", "D1", "T-1", None, "other", "risk", said == "confirmed_risk", False, "", NOW, champion.alert.alert_id, said)
        assert live.learn_outcome(answer) is note
        assert shadow.learn_outcome(answer, live) is note
    known = shadow.engine.heads.pending.get("D1")
    assert known is not None
    assert {number: taught.irregular for number, taught in known.taught.items()} == {5: True}


def test_nothing_is_compared_while_one_of_the_two_is_cold() -> None:
    events: list[Declaration | Outcome] = [offered.declaration for offered in suite_stream()[:60]]
    early, late = (Engine(parse_pipeline(f"[selection]\nwarm_up_items = {items}\n")) for items in (10, 40))
    assert [found.agreement is Agreement.COLD for found in shadowed(early, Shadow(late), events)] == [True] * 40 + [False] * 20


def test_a_share_takes_about_that_many_declarations_and_always_the_same() -> None:
    ids = [f"26NL{number:07d}" for number in range(10_000)]
    one, other = Shadow(Engine(Pipeline()), 0.2), Shadow(Engine(Pipeline()), 0.2)
    assert [id_ for id_ in ids if one.takes(id_)] == [id_ for id_ in ids if other.takes(id_)]
    # Binomial: 2,000 with a standard deviation of 40.
    assert abs(sum(map(one.takes, ids)) - 2_000) < 200
    assert all(map(Shadow(Engine(Pipeline())).takes, ids))


def test_a_tally_counts_by_agreement_and_by_typology() -> None:
    tally = Tally()
    for found in (
        Compared(Agreement.BOTH, "mass", False),
        Compared(Agreement.BOTH, "mass", True),
        Compared(Agreement.LIVE_ONLY, "mass", False),
        Compared(Agreement.WOULD_FIRE_ONLY, "novelty", False),
        Compared(Agreement.NEITHER, "none", False),
        Compared(Agreement.COLD, "none", False),
    ):
        tally.add(found)
    assert tally.summary() == {
        "both": 2,
        "would_fire_only": 1,
        "live_only": 1,
        "neither": 1,
        "cold": 1,
        "renamed": 1,
        "by_typology": {"mass": {"both": 2, "live_only": 1}, "novelty": {"would_fire_only": 1}},
    }
