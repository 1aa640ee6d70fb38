"""What a declaration and an outcome become once they are read."""

import orjson
import pytest

from stream_app.contracts.decode import Limits
from stream_app.contracts.keys import record_key, trader_key
from stream_app.contracts.outcome import decode_outcome
from tests.support.goods import NOW, declaration_document, declared, item_document


def test_zero_measures_are_accepted_and_read_as_missing() -> None:
    zeros = item_document(net_mass_kg=0, gross_mass_kg=0.0, packages=0, supplementary_quantity=0, customs_value=-0.0, duty_rate_percent=0)
    item = declared(items=[zeros]).items[0]
    assert (item.net_mass_kg, item.gross_mass_kg, item.packages, item.supplementary_quantity, item.customs_value) == (None,) * 5
    assert item.duty_rate_percent == 0, "a rate of 0 is a rate"


def test_measures_that_may_be_left_out_read_as_missing_too() -> None:
    bare = item_document(gross_mass_kg=None, packages=None, supplementary_quantity=None, duty_rate_percent=None)
    item = declared(items=[bare]).items[0]
    assert (item.gross_mass_kg, item.packages, item.supplementary_quantity, item.duty_rate_percent) == (None,) * 4


def test_empty_parties_are_accepted_and_read_as_missing() -> None:
    declaration = declared(seller_id="", consignee_id="", carrier_id="", transport_document="")
    assert (declaration.seller_id, declaration.consignee_id, declaration.carrier_id) == (None, None, None)


def test_the_containers_are_read_by_their_numbers_and_may_be_left_out() -> None:
    containers = [{"equipment_id": "MSKU1234565", "seals": [{"number": "S-1"}]}, {"equipment_id": "TCLU7654326"}]
    assert declared(containers=containers).equipment_ids == ("MSKU1234565", "TCLU7654326")
    assert declared().equipment_ids == ()


def test_an_item_without_a_procedure_has_the_headers() -> None:
    items = [item_document(1), item_document(2, procedure="71")]
    assert [item.procedure for item in declared(items=items, procedure="40").items] == ["40", "71"]


def test_the_rate_of_the_accounting_currency_is_one() -> None:
    assert declared(exchange_rate=None).exchange_rate == 1.0


def test_the_offset_of_the_time_counts_and_its_text_is_kept() -> None:
    # 2026-03-02T00:00:00Z is 1,772,409,600 s (date -u +%s); nine in the morning in Seoul is midnight in UTC.
    declaration = declared(lodged_at="2026-03-02T09:00:00+09:00")
    assert (declaration.lodged_at, declaration.lodged_epoch) == ("2026-03-02T09:00:00+09:00", 1_772_409_600.0)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"direction": "import", "importer_id": "I", "exporter_id": "E"}, "I"),
        ({"direction": "export", "importer_id": "I", "exporter_id": "E"}, "E"),
        ({"direction": "import", "importer_id": "", "declarant_id": "D"}, "D"),
        ({"direction": "export", "importer_id": "I", "declarant_id": "D"}, "D"),
    ],
)
def test_the_key_is_the_trader_and_without_one_the_declarant(changes: dict[str, str], key: str) -> None:
    assert declared(**changes).trader_id == key
    assert trader_key(declaration_document(**changes)) == key


def test_the_key_of_a_list_s_entry_is_its_own() -> None:
    assert record_key({"entry_id": "W-1", "criteria": {"trader_id": ["T-1"]}}) == "W-1"
    assert record_key(declaration_document()) == trader_key(declaration_document()) == "T-1"


def test_the_key_of_an_outcome_is_the_trader_it_names() -> None:
    assert trader_key({"trader_id": "T-9", "declarant_id": "D-1"}) == "T-9"


def test_an_outcome_without_an_item_number_holds_for_all_items() -> None:
    body = orjson.dumps(
        {
            "outcome_id": "O-1",
            "declaration_id": "D1",
            "trader_id": "T-1",
            "control_type": "scan",
            "result": "compliant",
            "decided_at": "2026-03-02T00:00:00Z",
        }
    )
    outcome = decode_outcome(body, Limits(), NOW)
    assert (outcome.item_number, outcome.irregular, outcome.critical, outcome.selection_reason) == (None, False, False, "unknown")
    assert outcome.decided_epoch == 1_772_409_600.0


@pytest.mark.parametrize(
    "lodged_at", ["2026-03-02T08:14:05.123456789Z", "2026-03-02T08:14:05-00:00", "2026-03-02T08:14:05.5+05:30", "2026-03-02t08:14:05z"]
)
def test_the_forms_that_rfc_3339_allows_are_read(lodged_at: str) -> None:
    assert declared(lodged_at=lodged_at).lodged_at == lodged_at


def test_whole_numbers_with_a_decimal_point_are_whole_numbers() -> None:
    """JSON Schema takes 1.0 for an integer; ids are made of it, so it must not stay a float."""
    declaration = declared(version=2.0, items=[item_document(3.0)])
    assert (repr(declaration.version), repr(declaration.items[0].item_number)) == ("2", "3")
