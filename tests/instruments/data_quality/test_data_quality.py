"""Data quality by submitter, with figures worked out by hand."""

from typing import Any

import orjson
import pytest

from stream_app.contracts.errors import Code, Fault
from stream_app.instruments.data_quality import DataQuality
from stream_app.instruments.data_quality.volume import silent_days, unusual
from tests.support.goods import item_document
from tests.support.instruments import DAY, HOUR, START, lodged, outcome

GOOD = {"duty_amount": 240.0}  # 12 % of 2,000


def taught(documents: int, bad: int, **fault: Any) -> DataQuality:
    """`documents` of D-1, of which `bad` have the fault in their one item, among as many good ones of D-2 and D-3 each."""
    quality = DataQuality()
    for n in range(documents):
        quality.learn(lodged(f"A-{n}", n * 0.5, [item_document(**(GOOD | (fault if n < bad else {})))]))
        for other in ("D-2", "D-3"):
            quality.learn(lodged(f"{other}-{n}", n * 0.5, [item_document(**GOOD)], declarant_id=other))
    return quality


def submitter(quality: DataQuality, name: str = "D-1") -> dict[str, Any]:
    return next(one for one in quality.figures()["submitters"] if one["submitter"] == name)


def test_a_field_that_is_left_out_is_found_and_told_in_words_that_can_be_acted_on() -> None:
    found = submitter(taught(40, 20, gross_mass_kg=None))
    assert [(one["dimension"], one["what"], one["share"], one["others"], one["n"]) for one in found["findings"]] == [
        ("completeness", "gross_mass_kg", 0.5, 0.0, 40)
    ]
    assert found["findings"][0]["text"] == "gross_mass_kg is left out in 50.0% of 40 cases; at others in 0.0%."


def test_the_score_is_the_weighted_mean_of_the_parts_that_can_be_judged() -> None:
    found = submitter(taught(40, 20, gross_mass_kg=None))
    # Of 8 fields a declaration carrier and seller are always missing here, and gross mass in half: 2.5 of 8.
    assert found["parts"] == {"completeness": 0.6875, "validity": 1.0, "consistency": 1.0, "accuracy": 1.0, "timeliness": None}
    assert found["score"] == round(100 * (0.25 * 0.6875 + 0.25 + 0.25 + 0.15) / 0.9, 1)


@pytest.mark.parametrize(
    ("what", "fault"),
    [
        ("net_not_above_gross", {"gross_mass_kg": 90.0}),
        ("duty_is_rate_times_value", {"duty_amount": 250.0}),
        ("hs_chapter_exists", {"hs_code": "770000"}),
    ],
)
def test_fields_that_contradict_each_other_are_found(what: str, fault: dict[str, Any]) -> None:
    found = submitter(taught(40, 20, **fault))
    assert what in [one["what"] for one in found["findings"] if one["dimension"] == "consistency"]


def test_a_unit_that_nobody_else_uses_for_the_code_is_found() -> None:
    quality = DataQuality()
    for n in range(40):
        quality.learn(lodged(f"B-{n}", n * 0.5, [item_document(supplementary_unit="NAR")], declarant_id="D-2"))
    for n in range(40):
        quality.learn(lodged(f"A-{n}", 20 + n * 0.5, [item_document(supplementary_unit="NAR" if n % 2 else "KGM")]))
    finding = submitter(quality)["findings"][0]
    # The 16 first of KGM among NAR: 40 of 56 to 40 of 60 is no longer 80 %, so later ones are not judged.
    assert (finding["what"], finding["others"]) == ("unit_is_the_usual_one", 0.0)


def test_round_masses_are_told_when_others_have_few() -> None:
    quality = DataQuality()
    for n in range(60):
        quality.learn(lodged(f"A-{n}", n * 0.5, [item_document(net_mass_kg=300.0 if n % 2 else 317.2, gross_mass_kg=400.0)]))
        quality.learn(lodged(f"B-{n}", n * 0.5, [item_document(net_mass_kg=123.4, gross_mass_kg=400.0)], declarant_id="D-2"))
    assert [one["what"] for one in submitter(quality)["findings"]] == ["net_mass_of_one_digit"]
    assert submitter(quality, "D-2")["findings"] == []


def test_honest_submitters_that_are_alike_have_nothing_to_put_right() -> None:
    quality = taught(200, 0)
    assert all(one["findings"] == [] for one in quality.figures()["submitters"])


def test_what_a_receipt_refused_counts_against_validity_with_its_pointer_but_without_its_place() -> None:
    quality = taught(40, 0)
    for n in range(10):
        quality.refused("D-1", START + n * HOUR, [Fault(f"/items/{n}/net_mass_kg", Code.WRONG_TYPE, "must be a number")])
    found = submitter(quality)
    assert (found["declarations"], found["parts"]["validity"]) == (50, 0.8)
    assert found["refusals"] == {"/items/net_mass_kg wrong_type": 10}


def test_lateness_of_events_and_of_labels() -> None:
    quality = DataQuality()
    for n in range(40):
        quality.declared(lodged(f"A-{n}", float(n)), "D-1", START + n * HOUR + (2.0 if n < 10 else 0.5) * DAY)
    assert submitter(quality)["parts"]["timeliness"] == 0.75
    quality.learn(outcome("A-3", 3 + 48))
    quality.learn(outcome("unknown", 60))
    labels = quality.figures()["labels"]
    assert labels["n"] == 1
    assert labels["median_days"] == pytest.approx(2.0, rel=0.01), "a sketch's quantile"


def test_below_the_minimum_nothing_is_claimed() -> None:
    found = submitter(taught(29, 29, gross_mass_kg=None))
    assert (found["score"], found["parts"], found["findings"]) == (None, None, [])


def test_a_window_holds_its_own_days_only() -> None:
    quality = taught(96, 24, gross_mass_kg=None)  # half an hour apart: two days, the faults in the first half day
    assert quality.figures(START + DAY, START + 2 * DAY)["declarations"] == 3 * 48
    second = next(one for one in quality.figures(START + DAY)["submitters"] if one["submitter"] == "D-1")
    assert second["findings"] == []


def test_every_week_is_told_once_by_submitter() -> None:
    quality = taught(60, 30, gross_mass_kg=None)
    quality.learn(lodged("next", 8 * 24.0))
    notes = quality.take()
    assert sorted(note.subject.of for note in notes) == ["D-1", "D-2", "D-3"]
    assert "gross_mass_kg is left out in 50.0%" in next(note.text for note in notes if note.subject.of == "D-1")
    assert quality.take() == []


def test_a_week_far_from_the_usual_ones_is_told() -> None:
    steady = dict.fromkeys(range(28), 10)
    assert unusual(steady, 27) is None
    # usual 70 a week; counts have a spread of sqrt(70) = 8.4, four of them are 33.5: 7 is far below
    assert unusual({day: 10 if day < 21 else 1 for day in range(28)}, 27) == (7, 70.0)
    assert unusual(dict.fromkeys(range(21), 10), 20) is None, "three weeks are no rhythm yet"


def test_a_silence_is_told_when_its_days_are_usually_busy() -> None:
    busy = dict.fromkeys(range(70), 5)
    # ten weeks of every weekday: P(quiet) = 0.5 / 11 a day; 5 days are 2e-7, 4 are 4e-6
    assert (silent_days(busy, 73), silent_days(busy, 74)) == (0, 5)
    weekdays = {day: 5 for day in range(70) if day % 7 < 5}
    assert silent_days(weekdays, 71) == 0


def test_state_goes_through_json_and_gives_the_same_figures() -> None:
    quality = taught(50, 20, gross_mass_kg=None)
    again = DataQuality()
    again.restore(orjson.loads(orjson.dumps(quality.state())))
    assert again.figures() == quality.figures()


def test_tables_are_bounded_and_what_is_forgotten_is_counted() -> None:
    quality = DataQuality(max_submitters=3, max_panes=5, max_waiting=4)
    for n in range(20):
        quality.learn(lodged(f"A-{n}", n * 24.0, declarant_id=f"D-{n}"))
    sizes = quality.sizes()
    assert sizes["quality_submitters"] == (3, 17)
    assert {one["submitter"] for one in quality.figures()["submitters"]} == {"D-17", "D-18", "D-19"}
    assert sizes["quality_panes"][0] <= 5
    assert sizes["quality_waiting"] == (4, 16)
