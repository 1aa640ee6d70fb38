"""What a mirror learned, told as plain data and taken into another one: that one goes on as if it were the first."""

from typing import Any

import pytest

from stream_app.instruments.base import Event, Note
from stream_app.instruments.mirror import MirrorAnalysis
from stream_app.instruments.mirror.freight import Lane
from stream_app.learning.plain import MisfitError, Rows, Snapshot
from stream_app.learning.snapshots import snapshot, take_in
from tests.support.goods import item_document
from tests.support.instruments import export, lodged
from tests.support.keeping import as_read, difference

LANES = {"CN": Lane(9_000.0), "VN": Lane(10_000.0), "BE": Lane(200.0, True)}
CODES = ("610910", "610990", "850440", "851713", "220421")


def mirror(**settings: Any) -> MirrorAnalysis:
    return MirrorAnalysis(**{"country": "NL", "lanes": LANES, **settings})


def arrived(number: int, days: float, partner: str, code: str, **fields: Any) -> Event:
    item = item_document(hs_code=code, customs_value=600.0 + 10 * number, net_mass_kg=100.0, gross_mass_kg=110.0, origin_country=partner)
    return lodged(f"D-{number}", days * 24.0, [item], importer_id=f"T-{number % 7}", departure_country=partner, **fields)


def stream() -> list[Event]:
    """Five months of three partners: consignments with and without an end, a container that comes back, repeated and late records, totals."""
    events: list[tuple[float, Event]] = []
    for number in range(180):
        days, partner, code = 0.8 * number, ("CN", "VN", "BE")[number % 3], CODES[number % 5]
        by = {"ucr": f"U-{number}"} if number % 4 else {"equipment_ids": [f"MSKU00000{number % 8:02d}"]}
        left = export(f"E-{number}", days, reporter_country=partner, hs_code=code, **by)
        events += [(days, left)] if number % 9 else [(days, left), (days + 0.1, left)]
        box = {"containers": [{"equipment_id": one} for one in by["equipment_ids"]]} if "equipment_ids" in by else by
        events += [(days + 15.0, arrived(number, days + 15.0, partner, code, **box))] if number % 5 else []
    late = [(days, export(f"L-{days}", days - 90.0, hs_code="220421", fob_value=900.0)) for days in (100.0, 125.0)]
    total = (20.0, export("Y-1", 20.0, reporter_country="VN", hs_code="850440", period="2025", fob_value=9_000.0))
    return [event for _, event in sorted([*events, *late, total], key=lambda one: one[0])]


def said(analysis: MirrorAnalysis, events: list[Event]) -> list[Any]:
    """All that the stream and other workers hear of it."""
    found: list[Any] = []
    for event in events:
        analysis.learn(event)
        found += [*analysis.take(), *analysis.told]
        analysis.told.clear()
    return found


def copied(analysis: MirrorAnalysis, **settings: Any) -> MirrorAnalysis:
    other = mirror(**settings)
    take_in(other, as_read(snapshot(analysis)))
    return other


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_mirror_goes_on_from_a_checkpoint_to_the_byte(share: float) -> None:
    events = stream()
    cut = int(share * len(events))
    whole, first = mirror(), mirror()
    expected = said(whole, events)
    found = said(first, events[:cut])
    second = copied(first)
    assert difference(first, second, but=["caught"]) is None
    found += said(second, events[cut:])
    assert found == expected
    assert second.figures() == whole.figures()
    assert difference(whole, second, but=["caught"]) is None
    assert any(isinstance(one, Note) for one in expected), "the stream is told of gaps"


def test_every_part_of_it_is_in_use_in_that_stream() -> None:
    analysis = mirror()
    said(analysis, stream())
    taken = as_read(snapshot(analysis))
    empty = as_read(snapshot(mirror()))
    always = {path for path in taken if path.endswith("/forgotten")}
    told = {"/_again", "/_again_due", "/importer"}  # between two late months; set by the configuration
    assert {path for path in taken if path not in always and difference(taken[path], empty[path]) is None} <= told
    assert analysis.counts["exports_repeated"] == 20


def test_what_was_met_before_the_checkpoint_is_not_counted_again_behind_it() -> None:
    events, whole = stream(), mirror()
    said(whole, events)
    again = copied(whole)
    said(again, events)
    assert again.figures()["cells"] == whole.figures()["cells"]
    assert again.figures()["gaps"] == whole.figures()["gaps"]
    assert again.counts["import_items"] == whole.counts["import_items"]


def test_two_snapshots_of_one_state_are_the_same_bytes() -> None:
    analysis = mirror()
    said(analysis, stream())
    assert difference(as_read(snapshot(analysis)), as_read(snapshot(copied(analysis)))) is None


def test_a_snapshot_stays_as_it_was_taken_while_learning_goes_on() -> None:
    events, analysis = stream(), mirror()
    said(analysis, events[:100])
    taken = snapshot(analysis)
    before = as_read(taken)
    said(analysis, events[100:])
    assert difference(as_read(taken), before) is None


def test_groups_of_cells_end_with_their_keys_and_not_with_their_number() -> None:
    """So most chunks stay as they are when a cell comes."""
    one, other = mirror(), mirror()
    exports: list[Event] = [export(f"E-{n}", 1.0, hs_code=f"{100_000 + n}") for n in range(6_000)]
    said(one, exports)
    said(other, [export("E-0", 0.5, hs_code="999999"), *exports])
    groups = [set(map(bytes, _groups(analysis))) for analysis in (one, other)]
    assert len(groups[0]) > 5
    assert len(groups[0] - groups[1]) <= 2


def _groups(analysis: MirrorAnalysis) -> Any:
    taken: Snapshot = snapshot(analysis)
    assert isinstance(taken["/_cells"], Rows)
    return as_read(taken)["/_cells"]


@pytest.mark.parametrize(
    ("path", "value"),
    [("/_cells", [b"\x91\x01"]), ("/_consignments/_rows", [b"\x91\x92\x01\x91\x01"]), ("/_next_month", b"\xa1x"), ("/counts", b"\x81\xa1x\xa1y")],
)
def test_what_is_no_state_of_a_mirror_is_refused(path: str, value: Any) -> None:
    analysis = mirror()
    said(analysis, stream()[:50])
    with pytest.raises(MisfitError, match=path):
        take_in(mirror(), as_read(snapshot(analysis)) | {path: value})


def test_more_cells_than_there_is_room_for_are_refused() -> None:
    analysis = mirror()
    said(analysis, stream())
    with pytest.raises(MisfitError, match="room"):
        copied(analysis, max_cells=3)
