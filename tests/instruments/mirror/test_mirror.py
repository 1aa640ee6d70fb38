"""Mirror analysis over months and consignments, with figures worked out by hand."""

from collections.abc import Iterable
from math import log
from typing import Any

import pytest

from stream_app.contracts.errors import ContractError
from stream_app.instruments.base import Event
from stream_app.instruments.mirror import MirrorAnalysis
from stream_app.instruments.mirror.freight import Lane
from stream_app.instruments.mirror.priors import LARGEST
from tests.support.goods import item_document
from tests.support.instruments import DAY, START, export, lodged


def at(event: Event) -> float:
    return getattr(event, "exported_epoch", None) or event.lodged_epoch  # type: ignore[union-attr,no-any-return]


def learned(events: Iterable[Event], **settings: Any) -> MirrorAnalysis:
    instrument = MirrorAnalysis(**{"country": "NL", "default_freight": 0.0, **settings})
    for event in sorted(events, key=at):
        instrument.learn(event)
    return instrument


def imported(number: str, days: float, value: float, mass: float = 100.0, hs_code: str = "610910", trader: str = "T-1", **fields: Any) -> Event:
    rate = fields.pop("rate", 12.0)
    origin = fields.pop("origin", "CN")
    item = item_document(
        hs_code=hs_code, customs_value=value, net_mass_kg=mass, gross_mass_kg=mass * 1.1, duty_rate_percent=rate, origin_country=origin
    )
    return lodged(number, days * 24.0, [item], importer_id=trader, **fields)


def classes(instrument: MirrorAnalysis, *window: float) -> dict[str, int]:
    return {kind: found["cells"] for kind, found in instrument.figures(*window)["classes"].items() if found["cells"]}


def later(days: float = 120.0) -> Event:
    """Something of another lane, so that time goes on."""
    return imported("LATER", days, 1.0, departure_country="US")


def test_undervalued_imports_are_found_with_their_gaps_and_the_duty_at_stake() -> None:
    events = [export("E-1", 2.0, fob_value=1_000.0), export("E-2", 3.0, fob_value=1_000.0), imported("D-1", 5.0, 660.0), imported("D-2", 6.0, 660.0)]
    (line,) = learned(events, default_freight=0.1).figures()["gaps"]
    assert (line["exporter"], line["importer"], line["hs6"], line["class"]) == ("CN", "NL", "610910", "under_valued")
    # 1,320 CIF are 1,200 FOB against 2,000
    assert line["import_fob"] == 1_200.0
    assert line["g_value"] == line["g_price"] == pytest.approx(log(0.6), abs=1e-4)
    assert (line["g_quantity"], line["weight"], line["weighted_gap"]) == (0.0, 1.0, -800.0)
    assert line["duty_at_stake"] == pytest.approx(96.0)


def test_goods_moved_to_a_neighbouring_code_of_lower_duty_are_misclassified() -> None:
    events = [
        export("E-1", 1.0, hs_code="610910", fob_value=1_000.0),
        export("E-2", 1.0, hs_code="610990", fob_value=500.0, net_mass_kg=50.0),
        imported("D-1", 5.0, 200.0, 20.0, "610910", rate=12.0),
        imported("D-2", 5.0, 1_300.0, 130.0, "610990", trader="T-2", rate=4.0),
        later(),
    ]
    instrument = learned(events)
    lines = {line["hs6"]: line for line in instrument.figures()["gaps"] if line["exporter"] == "CN"}
    assert (lines["610910"]["class"], lines["610910"]["neighbour"]) == ("misclassified", "610990")
    assert (lines["610990"]["class"], lines["610990"]["neighbour"]) == ("over_valued", "610910")
    # whoever declares the code of lower duty is who moved them
    now = START + 120 * DAY
    assert instrument.priors.raised("610990", "CN", "T-2", now) is not None
    assert instrument.priors.raised("610910", "CN", "T-1", now) is None


def test_a_neighbour_of_higher_duty_is_no_reason_to_move_goods_there() -> None:
    events = [
        export("E-1", 1.0, hs_code="610910"), export("E-2", 1.0, hs_code="610990", fob_value=500.0, net_mass_kg=50.0),
        imported("D-1", 5.0, 200.0, 20.0, "610910", rate=4.0), imported("D-2", 5.0, 1_300.0, 130.0, "610990", rate=12.0),
    ]  # fmt: skip
    assert classes(learned(events)) == {"missing_quantity": 1, "over_valued": 1}


def test_orphans_on_either_side_are_named_where_the_partner_tells_of_its_exports_at_all() -> None:
    events = [export("E-1", 1.0, hs_code="850440"), imported("D-1", 5.0, 1_000.0), imported("D-2", 5.0, 900.0, departure_country="VN")]
    assert classes(learned(events)) == {"import_only": 1, "export_only": 1}


def test_a_month_speaks_45_days_after_its_end_and_not_before() -> None:
    instrument = learned([export("E-1", 2.0), imported("D-1", 5.0, 500.0)])
    end = 31 + 45
    instrument.learn(imported("D-2", end - 0.1, 1.0, departure_country="US"))
    assert (instrument.take(), instrument.figures()["pending"]) == ([], True)
    instrument.learn(imported("D-3", end + 0.1, 1.0, departure_country="US"))
    (note,) = instrument.take()
    assert (note.name, note.subject.of, note.value) == ("mirror_gap", "CN/610910", -500.0)
    assert instrument.figures(START, START + 31 * DAY)["pending"] is False


def test_exports_that_come_after_their_month_has_spoken_make_it_speak_once_more() -> None:
    instrument = learned([export("E-1", 2.0, fob_value=500.0, net_mass_kg=50.0), imported("D-1", 5.0, 500.0, 50.0), later(100.0)])
    assert instrument.take() == []
    instrument.learn(export("E-2", 3.0, fob_value=1_500.0, net_mass_kg=150.0))
    instrument.learn(imported("D-9", 102.0, 1.0, departure_country="US"))
    (note,) = instrument.take()
    assert note.value == -1_500.0


@pytest.mark.parametrize("days", [29.0, 61.0])
def test_pending_is_30_to_60_days(days: float) -> None:
    with pytest.raises(ValueError, match="pending_days"):
        MirrorAnalysis(pending_days=days)


def test_a_gap_raises_the_prior_of_the_family_partner_and_trader_that_undervalue() -> None:
    events = [
        export("E-1", 2.0, fob_value=2_000.0, net_mass_kg=200.0),
        imported("D-1", 5.0, 1_000.0, 100.0, trader="T-fair"),
        imported("D-2", 6.0, 300.0, 100.0, trader="T-low"),
        later(),
    ]
    priors, now = learned(events).priors, START + 76 * DAY
    raised = priors.raised("61091000", "CN", "T-low", now)
    assert raised is not None
    assert (raised.kind, raised.log_odds, raised.period) == ("under_valued", pytest.approx(-log(0.3)), "2026-03")
    assert priors.raised("610910", "CN", "T-fair", now) is None
    assert priors.raised("610910", "US", "T-low", now) is None
    half = priors.raised("610910", "CN", "T-low", raised.told + 180 * DAY)
    assert half is not None
    assert half.log_odds == pytest.approx(-log(0.3) / 2)


def test_missing_quantity_speaks_of_every_trader_of_the_cell() -> None:
    events = [export("E-1", 2.0), imported("D-1", 5.0, 200.0, 20.0, trader="A"), imported("D-2", 6.0, 300.0, 30.0, trader="B"), later()]
    priors = learned(events).priors
    raised = [priors.raised("610910", "CN", trader, START + 76 * DAY) for trader in "AB"]
    assert [one and one.log_odds for one in raised] == [pytest.approx(-log(0.5))] * 2


def test_totals_of_a_month_and_of_a_year_are_one_side_like_any_other() -> None:
    monthly = [export("M-3", 30.9, period="2026-03", fob_value=1_000.0), imported("D-1", 5.0, 1_000.0)]
    assert classes(learned(monthly)) == {"matched": 1}
    yearly = [export("Y", 300.0, period="2026", fob_value=3_000.0, net_mass_kg=300.0), *(imported(f"D-{n}", 5.0 + 60 * n, 1_000.0) for n in range(3))]
    begin = START - 59 * DAY
    assert classes(learned(yearly), begin, begin + 365 * DAY) == {"matched": 1}
    both = [*monthly, export("Y", 300.0, period="2026", fob_value=1_000.0)]
    assert classes(learned(both), begin, begin + 365 * DAY) == {"matched": 1}


def test_codes_of_an_earlier_edition_are_compared_by_family() -> None:
    events = [export("E-1", 1.0, hs_code="851712", hs_version=2017), imported("D-1", 5.0, 1_000.0, hs_code="8517130000")]
    assert classes(learned(events)) == {"matched": 1}


def test_by_dispatch_re_exports_are_exports_and_by_origin_they_are_left_out() -> None:
    """T-shirts of CN by way of DE: DE tells of a re-export, our import departs from DE and is of CN."""
    events = [
        export("E-1", 1.0, reporter_country="DE", origin_country="CN", re_export=True),
        export("E-2", 1.0, reporter_country="CN", hs_code="850440"),
        imported("D-1", 5.0, 1_000.0, departure_country="DE"),
        imported("D-2", 5.0, 1_000.0, hs_code="850440"),
    ]
    by_dispatch = learned(events).figures()
    assert (by_dispatch["classes"]["matched"]["cells"], by_dispatch["gaps"]) == (2, [])
    by_origin = learned(events, basis="origin")
    (line,) = by_origin.figures()["gaps"]
    assert (line["exporter"], line["hs6"], line["class"], line["other_origin_share"]) == ("CN", "610910", "import_only", 1.0)
    assert by_origin.counts["re_exports_left_out"] == 1


def test_consignments_are_matched_by_ucr_or_container_and_their_goods_compared_by_family() -> None:
    events = [
        export("E-1", 1.0, ucr="U-1"),
        export("E-2", 1.0, equipment_ids=["MSKU4928179"], fob_value=4_000.0, net_mass_kg=400.0),
        export("E-3", 1.0, ucr="U-3"),
        imported("D-1", 20.0, 1_000.0, ucr="U-1"),
        imported("D-2", 20.0, 1_000.0, 400.0, trader="T-2", containers=[{"equipment_id": "MSKU4928179"}]),
    ]
    instrument = learned(events)
    found = instrument.figures()["transactions"]
    assert {kind: n for kind, n in found["classes"].items() if n} == {"matched": 1, "under_valued": 1}
    (line,) = found["gaps"]
    assert (line["trader"], line["g_price"]) == ("T-2", pytest.approx(log(0.25), abs=1e-4))
    # after its time the one that never came is told, and the undervalued one raises its trader's prior
    instrument.learn(later(200.0))
    found = instrument.figures()["transactions"]["classes"]
    assert {kind: n for kind, n in found.items() if n} == {"matched": 1, "under_valued": 1, "export_only": 1}
    raised = instrument.priors.raised("610910", "CN", "T-2", START + 200 * DAY)
    assert raised is not None
    assert raised.log_odds > 1.0


def test_a_container_that_comes_back_months_later_is_another_consignment() -> None:
    box: dict[str, Any] = {"equipment_ids": ["MSKU4928179"]}
    events = [export("E-1", 1.0, **box), imported("D-1", 20.0, 1_000.0, containers=[{"equipment_id": "MSKU4928179"}]), export("E-2", 150.0, **box)]
    found = learned(events).figures()["transactions"]["classes"]
    assert {kind: n for kind, n in found.items() if n} == {"matched": 1}


def test_an_import_counts_for_the_month_in_which_its_lane_says_it_left() -> None:
    """Thirty consignments teach 20 days at sea; then exports at the end of March, without a reference, arrive in the middle of April."""
    teaching = [
        event for n in range(30) for event in (export(f"E-{n}", n / 10, ucr=f"U-{n}"), imported(f"D-{n}", 20 + n / 10, 1_000.0, ucr=f"U-{n}"))
    ]
    events = [*teaching, export("E", 27.0, hs_code="850440"), imported("D", 47.0, 1_000.0, hs_code="850440")]
    instrument = learned(events)
    assert instrument.figures()["transit_days"] == {"CN": 20.0}
    assert classes(instrument, START, START + 31 * DAY) == {"matched": 2}


def test_freight_is_fitted_from_the_lanes_whose_distance_is_known() -> None:
    lanes = {"CN": Lane(9_000), "DE": Lane(400, True), "TR": Lane(2_200)}
    factors = {"CN": 0.12, "DE": 0.02, "TR": 0.06}
    events: list[Event] = [later()]
    for partner, factor in factors.items():
        for n in range(20):
            events += [
                export(f"{partner}-{n}", 2.0, reporter_country=partner, hs_code=f"6109{n + 10}"),
                imported(f"D-{partner}-{n}", 5.0, 1_000.0 * (1 + factor), hs_code=f"6109{n + 10}", departure_country=partner),
            ]
    found = learned(events, lanes=lanes, default_freight=0.1).figures()["freight"]
    assert {partner: (found[partner]["source"], found[partner]["factor"]) for partner in factors} == {
        partner: ("fitted", pytest.approx(factor, abs=0.002)) for partner, factor in factors.items()
    }


def test_exports_to_others_and_our_own_exports_are_no_side_of_it() -> None:
    events = [export("E-1", 1.0, partner_country="BE"), imported("D-1", 2.0, 1_000.0, direction="export")]
    instrument = learned(events)
    assert instrument.figures()["cells"] == 0
    assert instrument.counts["exports_to_others"] == 1


def test_gaps_are_ranked_by_the_duty_at_stake() -> None:
    events = [
        export("E-1", 1.0, hs_code="610910"), imported("D-1", 5.0, 500.0, 50.0, "610910", rate=12.0),
        export("E-2", 1.0, hs_code="850440", fob_value=2_000.0), imported("D-2", 5.0, 1_000.0, 50.0, "850440", rate=1.0),
    ]  # fmt: skip
    lines = learned(events).figures()["gaps"]
    assert [(line["hs6"], line["duty_at_stake"]) for line in lines] == [("610910", 60.0), ("850440", 10.0)]


def test_a_record_that_comes_again_counts_once() -> None:
    exports, imports = [export("E-1", 2.0), export("E-2", 3.0)], [imported("D-1", 5.0, 1_000.0), imported("D-2", 6.0, 1_000.0)]
    once, twice = learned([*exports, *imports]), learned([*exports, *exports, *imports, *imports, export("E-1", 9.0, reporter_country="VN")])
    assert classes(once) == {"matched": 1}
    assert classes(twice) == {"matched": 1, "export_only": 1}
    counts = twice.figures()["counts"]
    assert (counts["exports"], counts["exports_repeated"]) == (3, 2), "another partner's number is another record"
    assert (counts["import_items"], counts["imports_repeated"]) == (2, 2)


def test_cells_consignments_and_traders_are_bounded_and_what_goes_is_counted() -> None:
    exports = [export(f"E-{n}", n / 100, hs_code=f"{n + 100_000}", ucr=f"U-{n}") for n in range(300)]
    imports = [imported(f"D-{n}", 5.0, 9.0, trader=f"T-{n}") for n in range(99)]
    instrument = learned([*exports, *imports], max_cells=100, max_consignments=80)
    sizes = instrument.sizes()
    assert sizes["mirror_cells"][0] == 100
    assert sizes["mirror_cells"][1] >= 200
    assert sizes["mirror_consignments"][0] == 80


def test_goods_declared_to_be_worth_nothing_are_told_and_raise_their_trader() -> None:
    instrument = learned([export("E-1", 2.0, fob_value=1e6), imported("D-1", 5.0, 0.0), later()])
    assert ["under valued" in note.text for note in instrument.take()] == [True]
    raised = instrument.priors.raised("610910", "CN", "T-1", START + 76 * DAY)
    assert raised is not None
    assert (raised.kind, raised.gap, raised.log_odds) == ("under_valued", None, LARGEST)


@pytest.mark.parametrize("period", ["9999", "9999-12", "0000-01", "0000", "1996-02"])
def test_the_period_of_a_total_is_held_to_the_same_limits_as_its_time(period: str) -> None:
    with pytest.raises(ContractError) as error:
        export("E", 2.0, period=period)
    assert [fault.pointer for fault in error.value.faults] == ["/period"]
