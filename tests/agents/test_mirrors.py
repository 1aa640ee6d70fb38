"""Imports sent on to their lane, gaps told to every worker, and analyses by partition."""

from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from stream_app.agents.intake import Record
from stream_app.agents.mirrors import Exports, Gaps, Imports, Mirrors, sent_on, told
from stream_app.contracts.assessment import encode
from stream_app.contracts.decode import Limits
from stream_app.engine.pipeline import Pipeline, parse_pipeline
from stream_app.instruments.mirror.priors import GapPriors
from stream_app.instruments.settings import InstrumentsSection, MirrorSection
from stream_app.metrics import Metrics
from stream_app.state.errors import RefusedError
from stream_app.state.manifest import Manifest, Seal
from stream_app.state.packing import Packer, unpacked
from stream_app.state.shelf import Restored
from tests.support.goods import declaration_document, declared, item_document
from tests.support.instruments import DAY, START

SETTINGS = MirrorSection(country="NL", partners=("CN", "VN"), default_freight=0.0)
EXPORT = {
    "export_id": "E-1", "reporter_country": "CN", "partner_country": "NL", "hs_code": "610910", "exported_at": "2026-03-02T00:00:00Z",
    "fob_value": 4_000.0, "currency": "EUR", "net_mass_kg": 100.0,
}  # fmt: skip


def mirrors_of(settings: MirrorSection) -> Mirrors:
    return Mirrors(Pipeline(instruments=InstrumentsSection(mirror=settings)))


def record(topic: str, body: object, offset: int = 0, key: bytes = b"CN/NL", partition: int = 0) -> Record:
    return Record(topic, partition, offset, START + 100 * DAY, key, body if isinstance(body, bytes) else encode(body), [])


@pytest.mark.parametrize(
    ("settings", "header", "lanes"),
    [
        (SETTINGS, {}, ["CN/NL"]),
        (SETTINGS, {"departure_country": "US"}, []),
        (SETTINGS, {"direction": "export"}, []),
        (MirrorSection(), {}, []),
        (MirrorSection(country="NL", partners=("CN", "VN"), basis="origin"), {"departure_country": "US"}, ["CN/NL", "VN/NL"]),
    ],
)
def test_an_import_is_sent_on_to_the_lanes_that_are_mirrored(settings: MirrorSection, header: dict[str, str], lanes: list[str]) -> None:
    declaration = declared(items=[item_document(), item_document(2, origin_country="VN"), item_document(3, origin_country="BR")], **header)
    sent = sent_on(declaration, b"as it came", settings)
    assert [(alias, key, body) for alias, key, _, body in sent] == [("imports", lane, b"as it came") for lane in lanes]
    assert [event_id for _, _, event_id, _ in sent] == [event_id for _, _, event_id, _ in sent_on(declaration, b"", settings)]


def test_partners_without_our_own_country_are_a_fault_of_the_configuration() -> None:
    with pytest.raises(ValidationError, match="country must be set"):
        parse_pipeline('[instruments.mirror]\npartners = ["CN"]\n')


def test_by_origin_each_lane_learns_its_own_items() -> None:
    mirrors = mirrors_of(MirrorSection(country="NL", partners=("CN", "VN"), basis="origin"))
    handle = Imports(mirrors, Limits(), Metrics(), "m")
    document = declaration_document(items=[item_document(), item_document(2, origin_country="VN", hs_code="850440")], departure_country="US")
    handle(record("imports", document), START + 2 * DAY)
    handle(record("imports", document, partition=1, key=b"VN/NL"), START + 2 * DAY)
    assert [mirrors.analysis(number).counts["import_items"] for number in (0, 1)] == [1, 1]


def test_a_gap_comes_out_as_an_indicator_and_a_word_to_every_worker_and_raises_nothing_for_others() -> None:
    mirrors, metrics = mirrors_of(SETTINGS), Metrics()
    exports, imports = Exports(mirrors, Limits(), metrics, "m"), Imports(mirrors, Limits(), metrics, "m")
    exports(record("exports", EXPORT), START + 5 * DAY)
    imports(record("imports", declaration_document("D-1")), START + 5 * DAY)
    answer = imports(record("imports", declaration_document("D-2", lodged_at="2026-06-01T00:00:00Z"), 1), START + 100 * DAY)
    (indicator, gap) = answer.results
    assert (indicator[0], orjson.loads(indicator[3])["name"], gap[0]) == ("indicators", "mirror_gap", "gaps")
    assert "T-1" not in gap[1]
    held = GapPriors()
    Gaps(held).take(record("gaps", gap[3]), 0.0)
    raised = held.raised("610910", "CN", "T-1", START + 90 * DAY)
    assert raised is not None
    assert raised.kind == "under_valued"
    assert held.raised("610910", "CN", "T-2", START + 90 * DAY) is None
    assert told(mirrors.analysis(0), 0, metrics, "m") == [], "it is handed over once"


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"{}", b'{"family": 1, "partner": 2, "trader": 3, "log_odds": "x"}', b"null"])
def test_a_word_that_is_none_changes_nothing(body: bytes) -> None:
    held = GapPriors()
    Gaps(held).take(record("gaps", body), 0.0)
    assert len(held) == 0


def test_analyses_go_with_their_partitions() -> None:
    mirrors = mirrors_of(SETTINGS)
    handle = Exports(mirrors, Limits(), Metrics(), "m")
    for number in (0, 1):
        one = record("exports", EXPORT, offset=7, partition=number)
        handle(one, START + 5 * DAY)
        mirrors.advance(one)
    assert (mirrors.position("exports", 1), mirrors.is_next(record("exports", EXPORT, offset=7, partition=1))) == (8, False)
    mirrors.suspend()
    assert not mirrors.owns(0)
    mirrors.keep_only([1])
    assert (mirrors.owns(0), mirrors.owns(1), mirrors.position("exports", 0), len(mirrors.all())) == (False, True, 0, 1)
    assert mirrors.has(1)
    mirrors.forget(1)
    assert (mirrors.has(1), mirrors.all()) == (False, [])


INPUTS = ("exports", "imports")


def checkpoint(mirrors: Mirrors, number: int) -> Restored:
    """Of one partition, as it comes back."""
    packer = Packer(Seal())
    snapshot, about = mirrors.taken(number, packer)
    packed = packer.pack(snapshot)
    made = Manifest(1, number, about.partitions, 0, 1, *about[1:], 0.0, packed.entries, packed.small, packed.small_bytes)
    return Restored(made, unpacked(made, packed.chunks.__getitem__))


def mirroring(settings: MirrorSection) -> tuple[Mirrors, Any]:
    """The analyses, and what feeds them, answering with the results of records after one another."""
    mirrors, metrics = mirrors_of(settings), Metrics()
    handlers = {"exports": Exports(mirrors, Limits(), metrics, "m"), "imports": Imports(mirrors, Limits(), metrics, "m")}

    def feed(records: list[Record]) -> list[Any]:
        found = []
        for one in records:
            if mirrors.is_next(one):
                found.append(handlers[one.topic](one, START + 100 * DAY).results)
                mirrors.advance(one)
        return found

    return mirrors, feed


RECORDS = [
    record("exports", EXPORT, 4, partition=2),
    record("imports", declaration_document("D-1"), 8, partition=2),
    record("imports", declaration_document("D-2", lodged_at="2026-06-01T00:00:00Z"), 9, partition=2),
]


def test_a_worker_goes_on_from_the_checkpoint_of_another() -> None:
    first, feed = mirroring(SETTINGS)
    before = feed(RECORDS[:2])
    assert before == [[], []]
    second, feed_on = mirroring(SETTINGS)
    second.adopt(2, checkpoint(first, 2), INPUTS)
    assert [second.position(topic, 2) for topic in INPUTS] == [5, 9]
    after = feed_on(RECORDS)
    assert [[alias for alias, *_ in results] for results in after] == [["indicators", "gaps"]], "only the last record was new to it"
    assert after == feed(RECORDS[2:])
    assert second.analysis(2).figures() == first.analysis(2).figures()


@pytest.mark.parametrize(
    "changed", [{"tolerance": 0.3}, {"partners": ("CN", "VN", "TR")}, {"duty_rates": {"610910": 0.12}}, {"freight_by_lane": {"CN": 0.05}}]
)
def test_settings_that_only_decide_go_on_from_it(changed: dict[str, Any]) -> None:
    first, feed = mirroring(SETTINGS)
    feed(RECORDS)
    other = mirrors_of(SETTINGS.model_copy(update=changed))
    other.adopt(2, checkpoint(first, 2), INPUTS)
    assert other.analysis(2).counts == first.analysis(2).counts


@pytest.mark.parametrize(
    "changed", [{"basis": "origin"}, {"pending_days": 30}, {"concordance": ((2017, "610910", 2022, "610990"),)}, {"max_cells": 9}]
)
def test_what_other_settings_learned_is_refused_and_learned_from_the_log_instead(changed: dict[str, Any]) -> None:
    first, feed = mirroring(SETTINGS)
    feed(RECORDS)
    other = mirrors_of(SETTINGS.model_copy(update=changed))
    with pytest.raises(RefusedError) as refused:
        other.adopt(2, checkpoint(first, 2), INPUTS)
    assert (refused.value.code, other.has(2)) == ("other_settings", False)


def test_the_mirrors_settings_are_no_part_of_what_declarations_learned() -> None:
    changed = parse_pipeline('[instruments.mirror]\ncountry = "NL"\npartners = ["CN"]\nbasis = "origin"\n')
    assert changed.learning() == Pipeline().learning()
    assert changed.mirror_learning() != Pipeline().mirror_learning()
