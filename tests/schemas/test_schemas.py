"""The schema files: what they promise to integrators, and that what the service sends keeps to them."""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

from stream_app.contracts.assessment import Source, encode
from stream_app.contracts.control_lists import decode_suppression, decode_watch_entry
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import Code, ContractError, Fault
from stream_app.contracts.export import decode_export
from stream_app.contracts.milestone import decode_milestone
from stream_app.contracts.movement import decode_movement
from stream_app.contracts.outcome import decode_outcome
from stream_app.contracts.receipt import receipt
from stream_app.contracts.seizure import decode_seizure
from stream_app.engine.engine import Engine, Result
from stream_app.engine.pipeline import parse_pipeline
from stream_app.learning.pending import Note
from stream_app.simulate import WorldConfig, simulate
from tests.support.goods import decode

SCHEMAS = Path(__file__).parents[2] / "schemas"
NAMES = sorted(path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json"))
INPUTS = ("declaration.v1", "export.v1", "milestone.v1", "movement.v1", "outcome.v1", "seizure.v1", "suppression.v1", "watchlist.v1")
OUTPUTS = ("alert.v1", "assessment.v1", "indicator.v1", "movement_alert.v1", "movement_assessment.v1", "receipt.v1")
EXAMPLES = sorted((SCHEMAS / "examples").glob("*/*.json"))
NOW = 1_773_100_800.0  # 2026-03-10T00:00:00Z

WITHOUT_WCO_ID = {
    "/schema_version": "of our contract",
    "/direction": "the WCO has two messages for it, import and export",
    "/containers": "a class of the WCO model, not an element",
    "/containers/*/seals": "a class of the WCO model, not an element",
    "/items": "a class of the WCO model, not an element",
    "/items/*/origin_marking": "national",
    "/items/*/goods_use": "national",
    "/items/*/supplementary_unit": "an attribute of the quantity in the WCO model",
}
OUTCOMES_OWN = {
    "/schema_version", "/outcome_id", "/trader_id", "/control_type", "/selection_reason", "/result", "/alert_id", "/answer", "/finding_codes",
    "/critical", "/duty_difference", "/officer_ref", "/decided_at", "/seizure", "/seizure/commodity_group", "/seizure/concealment",
    "/seizure/detection_method", "/seizure/quantity", "/seizure/unit", "/seizure/value",
}  # fmt: skip
"""The WCO Data Model has no message for what a control found."""
DCSA_OWN = {
    "/schema_version", "/event_id", "/event_type", "/classifier", "/occurred_at", "/recorded_at", "/retracted_event_id", "/is_transshipment",
    "/facility", "/facility/type", "/facility/un_location_code", "/facility/code", "/transport_call", "/transport_call/mode", "/seals",
    "/seals/*/source", "/gross_mass_kg", "/gross_mass_method", "/tare_mass_kg", "/control_result",
}  # fmt: skip
"""The vocabulary of Track & Trace; the WCO Data Model has masses of goods, not of containers, and no message for a move."""
LISTS_OWN = {
    "/schema_version", "/entry_id", "/owner", "/reason", "/criteria", "/valid_from", "/expires_at", "/criteria/trader_id", "/criteria/direction",
}  # fmt: skip
"""Nor for what an administration decides to look at."""
MILESTONES_OWN = {"/schema_version", "/trader_id", "/milestone", "/occurred_at", "/officer_ref", "/lane", "/trader_class", "/actor", "/cancelled"}
"""Nor for the steps of clearance, as a Time Release Study counts them."""
EXPORTS_OWN = {
    "/schema_version", "/export_id", "/reporter_country", "/partner_country", "/re_export", "/hs_version", "/exported_at", "/period", "/fob_value",
    "/supplementary_unit", "/equipment_ids",
}  # fmt: skip
"""Trade statistics, in the words of UN Comtrade; the containers of a record are a list of 159."""
SEIZURES_OWN = {
    "/schema_version", "/case_id", "/reporter_country", "/seized_at", "/commodity_group", "/transit_countries", "/conveyance", "/concealment",
    "/detection_method", "/quantity", "/unit", "/value", "/cancelled",
}  # fmt: skip
"""The CEN's."""
WITHOUT_ID = {
    "milestone.v1": MILESTONES_OWN,
    "export.v1": EXPORTS_OWN,
    "seizure.v1": SEIZURES_OWN,
    "declaration.v1": set(WITHOUT_WCO_ID),
    "movement.v1": DCSA_OWN,
    "outcome.v1": OUTCOMES_OWN,
    "watchlist.v1": LISTS_OWN | {"/lane"},
    "suppression.v1": LISTS_OWN | {"/typologies"},
}


def document(name: str) -> dict[str, Any]:
    return orjson.loads((SCHEMAS / f"{name}.schema.json").read_bytes())


def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(document(name), validate_formats=True)


def properties(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property with its path, in arrays and definitions too."""
    for name, child in node.get("properties", {}).items():
        yield f"{path}/{name}", child
        yield from properties(child, f"{path}/{name}")
    if isinstance(node.get("items"), dict):
        yield from properties(node["items"], f"{path}/*")
    for name, child in node.get("$defs", {}).items():
        yield from properties(child, f"#{name}")


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema of an object with named properties."""
    if isinstance(node, dict):
        if "properties" in node and "required" in node:
            yield node
        for child in node.values():
            yield from objects(child)


def test_there_is_a_schema_for_every_input_and_output() -> None:
    assert sorted(NAMES) == sorted(INPUTS + OUTPUTS)


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_itself_valid(name: str) -> None:
    found = document(name)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["$id"] == f"https://tidewaiter.example/schemas/{name}.schema.json"
    jsonschema_rs.meta.validate(found)


@pytest.mark.parametrize("name", NAMES)
def test_every_property_says_what_it_is(name: str) -> None:
    undescribed = [path for path, child in properties(document(name)) if "$ref" not in child and len(child.get("description", "")) < 8]
    assert undescribed == []


@pytest.mark.parametrize("name", INPUTS)
def test_every_property_of_an_input_has_its_wco_id_or_a_reason_for_none(name: str) -> None:
    without = {path for path, child in properties(document(name)) if "x-wco-id" not in child}
    assert without == WITHOUT_ID[name]


def test_the_same_element_has_the_same_wco_id_in_every_schema() -> None:
    ids: dict[str, set[str]] = {}
    for name in NAMES:
        for path, child in properties(document(name)):
            if "x-wco-id" in child:
                ids.setdefault(path.rsplit("/", 1)[-1], set()).add(child["x-wco-id"])
    assert {element: found for element, found in ids.items() if len(found) > 1} == {}


@pytest.mark.parametrize("name", INPUTS)
def test_inputs_are_closed_so_that_a_misspelt_property_is_found(name: str) -> None:
    assert all(node["additionalProperties"] is False for node in objects(document(name)))


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_are_complete_and_open_so_that_consumers_ignore_what_they_do_not_know(name: str) -> None:
    for node in objects(document(name)):
        assert node["additionalProperties"] is True
        assert node["required"] == list(node["properties"])


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_has_examples(name: str) -> None:
    assert [path for path in EXAMPLES if path.parent.name == name]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_example_is_valid(path: Path) -> None:
    validator(path.parent.name).validate(orjson.loads(path.read_bytes()))


@pytest.mark.parametrize("path", [path for path in EXAMPLES if path.parent.name in INPUTS], ids=lambda path: path.stem)
def test_every_example_of_an_input_is_read(path: Path) -> None:
    body = path.read_bytes()
    key = orjson.loads(body).get("entry_id", "").encode()
    read: dict[str, Callable[[], object]] = {
        "declaration.v1": lambda: decode(orjson.loads(body), NOW).items,
        "movement.v1": lambda: decode_movement(body, Limits(), NOW).equipment_id,
        "outcome.v1": lambda: decode_outcome(body, Limits(), NOW).outcome_id,
        "milestone.v1": lambda: decode_milestone(body, Limits(), NOW).office,
        "export.v1": lambda: decode_export(body, Limits(), NOW).mirror_key,
        "seizure.v1": lambda: decode_seizure(body, Limits(), NOW).chapter,
        "watchlist.v1": lambda: decode_watch_entry(body, key, Limits(), NOW, 730).criteria,
        "suppression.v1": lambda: decode_suppression(body, key, Limits(), NOW, 730).criteria,
    }
    assert read[path.parent.name]()


def test_every_example_of_an_alert_has_a_reason() -> None:
    alerts = [orjson.loads(path.read_bytes()) for path in EXAMPLES if path.parent.name == "alert.v1"]
    assert all(alert["reasons"] for alert in alerts)


def test_every_topic_names_a_schema_that_exists_and_every_schema_has_a_topic() -> None:
    topics = tomllib.loads((SCHEMAS / "topics.toml").read_text())
    assert sorted({topic["schema"] for topic in topics.values() if "schema" in topic}) == NAMES


QUICK = "[selection]\nwarm_up_items = 100\n[non_compliance]\nmature_outcomes = 20\n[detectors.unit_value]\n[detectors.mass]\n[detectors.novelty]\n"


@pytest.fixture(scope="module")
def results() -> list[Result]:
    """What an engine says of some simulated days, outcomes learned in between; soon warm, so that both heads select."""
    engine = Engine(parse_pipeline(QUICK + "[detectors.rare_combination]\n[detectors.half_space]\nwindow_size = 200\n"), mode="replay")
    found = []
    for offset, event in enumerate(simulate(WorldConfig(seed=4, days=6, declarations_per_day=150, traders=150, random_control_share=0.3))):
        if event.kind == "outcomes":
            engine.learn_outcome(decode_outcome(event.value, Limits(), event.at))
        else:
            source = Source("customs.declarations.v1", 0, offset, int(event.at * 1_000)) if offset % 2 else None
            found.append(engine.process(decode(orjson.loads(event.value), event.at), source))
    return found


def test_every_assessment_of_the_engine_is_valid(results: list[Result]) -> None:
    assessment = validator("assessment.v1")
    for result in results:
        assessment.validate(orjson.loads(encode(result.assessment)))
    assert len(results) > 300
    assert any(len(result.assessment.items) > 1 for result in results)
    assert any(item.missing for result in results for item in result.assessment.items)
    assert any(item.reasons for result in results for item in result.assessment.items)


def test_every_alert_of_the_engine_is_valid(results: list[Result]) -> None:
    alert = validator("alert.v1")
    alerts = [result.alert for result in results if result.alert is not None]
    for one in alerts:
        alert.validate(orjson.loads(encode(one)))
    assert {one.lane for one in alerts} >= {"yellow", "red"}
    assert any(one.typology == "non_compliance" for one in alerts)


def test_the_schemas_name_every_property_that_the_service_sends(results: list[Result]) -> None:
    def unnamed(value: Any, schema: dict[str, Any], whole: dict[str, Any], path: str = "") -> Iterator[str]:
        schema = whole["$defs"][schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
        if isinstance(value, list):
            for entry in value:
                yield from unnamed(entry, schema["items"], whole, f"{path}/*")
        elif isinstance(value, dict) and "properties" in schema:
            yield from (f"{path}/{name}" for name in value if name not in schema["properties"])
            for name in value.keys() & schema["properties"].keys():
                yield from unnamed(value[name], schema["properties"][name], whole, f"{path}/{name}")

    sent = [("assessment.v1", encode(result.assessment)) for result in results]
    sent += [("alert.v1", encode(result.alert)) for result in results if result.alert is not None]
    sent.append(("receipt.v1", encode(receipt("t", 0, 0, None, "rejected", [Fault("", Code.EMPTY, "the body is empty")]))))
    whole = {name: document(name) for name in OUTPUTS}
    assert {path for name, body in sent for path in unnamed(orjson.loads(body), whole[name], whole[name])} == set()


@pytest.mark.parametrize("code", list(Code))
@pytest.mark.parametrize("status", ["accepted", "rejected", "duplicate"])
def test_every_receipt_is_valid(code: Code, status: Any) -> None:
    faults = () if status == "accepted" else (Fault("/items/0", code, "must be of type object"),)
    for note in (None, *Note):
        validator("receipt.v1").validate(orjson.loads(encode(receipt("customs.declarations.v1", 0, 2**40, "e-1", status, faults, note))))


def test_a_receipt_for_a_record_of_nothing_but_faults_is_valid() -> None:
    with pytest.raises(ContractError) as caught:
        decode({"items": [{"item_number": 0}] * 900})
    validator("receipt.v1").validate(orjson.loads(encode(receipt("t", 0, 0, None, "rejected", caught.value.faults))))
