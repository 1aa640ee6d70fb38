"""What an engine says of simulated trade: every text from the catalogue, in any language, and no party in it."""

import re
from pathlib import Path

import orjson
import pytest

from stream_app.contracts.assessment import Alert, Reason, encode
from stream_app.contracts.declaration import Declaration
from stream_app.explain.reading import read_alerts
from stream_app.explain.texts import english, load
from stream_app.explain.wording import peer_group, said, sentence

DUTCH = Path(__file__).with_name("nl.toml")
Alerts = list[tuple[Declaration, Alert]]


def everything(alert: Alert) -> list[Reason]:
    return alert.reasons + alert.counter_evidence


def test_both_sides_are_heard_and_the_reasons_are_of_many_kinds(alerts: Alerts) -> None:
    assert len(alerts) > 10
    against = {reason.code for _, alert in alerts for reason in alert.reasons}
    favour = {reason.code for _, alert in alerts for reason in alert.counter_evidence}
    assert len(against) >= 8
    assert len(favour) >= 4
    assert not against & favour
    assert {alert.typology for _, alert in alerts} > {"non_compliance"}


def test_every_text_comes_from_code_and_values_alone(alerts: Alerts, tmp_path: Path) -> None:
    """By way of bytes: what a consumer gets suffices to say it again."""
    file = tmp_path / "alerts.ndjson"
    file.write_bytes(b"".join(encode(alert) + b"\n" for _, alert in alerts))
    with file.open("rb") as lines:
        given = list(read_alerts(lines))
    assert [one.alert.alert_id for one in given if one.alert] == [alert.alert_id for _, alert in alerts]
    for one in given:
        for reason in everything(one.alert):  # type: ignore[arg-type]
            assert sentence(english(), reason, peer_group(english(), reason)) == reason.text
            assert not set("{}") & set(reason.text)


def test_a_translation_says_every_reason_too(alerts: Alerts) -> None:
    dutch = load(DUTCH)
    texts = {(said(dutch, reason), reason.text) for _, alert in alerts for reason in everything(alert)}
    assert any(text.startswith("GS ") for text, _ in texts)
    assert any(text.startswith("zelden samen: ") for text, _ in texts)
    assert any(text == spoken for text, spoken in texts), "what Dutch lacks is English"


def test_no_reason_holds_a_party_anywhere(alerts: Alerts) -> None:
    for declaration, alert in alerts:
        parties = {declaration.trader_id, declaration.declarant_id, declaration.seller_id, declaration.carrier_id, declaration.consignee_id}
        for reason in everything(alert):
            assert not parties & set(re.findall(r"[\w-]+", repr(reason)))


def test_every_detail_is_a_number_or_a_code(alerts: Alerts) -> None:
    for _, alert in alerts:
        for reason in everything(alert):
            for value in reason.details.values():
                assert isinstance(value, float) or re.fullmatch("[a-z0-9_]+", value)


def test_a_code_of_a_later_release_is_said_as_the_alert_says_it() -> None:
    later = Reason("from_the_future", "said by a later release", "x", 1.0, None, None, None, "kg", "peers", 1.0, 1.0)
    assert said(english(), later) == said(load(DUTCH), later) == "said by a later release"


@pytest.mark.parametrize("name", ["irregular-before", "undervalued-item", "unknown-trader-and-origin"])
def test_the_published_examples_say_what_the_catalogue_says(name: str) -> None:
    file = Path(__file__).parents[2] / "schemas" / "examples" / "alert.v1" / f"{name}.json"
    with file.open("rb") as lines:
        (given,) = read_alerts(lines)
    assert given.alert is not None
    for reason in everything(given.alert):
        assert sentence(english(), reason, peer_group(english(), reason)) == reason.text
    assert orjson.loads(encode(given.alert)) == orjson.loads(file.read_bytes())
