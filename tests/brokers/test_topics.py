from pathlib import Path

import pytest

from stream_app.brokers.errors import ConfigurationError
from stream_app.brokers.topics import Catalogue, Topic, unequal_partitions
from tests.support.broker import TOPICS_FILE


def load(tmp_path: Path, text: str, prefix: str = "") -> Catalogue:
    file = tmp_path / "topics.toml"
    file.write_text(text, encoding="utf-8")
    return Catalogue.load(file, prefix)


def faults(tmp_path: Path, text: str, prefix: str = "") -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text, prefix)
    return caught.value.faults


def table(alias: str, **changes: object) -> str:
    values = {"name": f'"{alias}"', "key": '"k"', "partitions": 4, "retention_days": 1} | changes
    return f"[{alias}]\n" + "".join(f"{name} = {value}\n" for name, value in values.items() if value is not None)


def test_the_file_of_the_repository_loads() -> None:
    catalogue = Catalogue.load(TOPICS_FILE)
    assert catalogue["declarations"] == Topic(
        "declarations", "customs.declarations.v1", "trader_id", 4, 120, max_message_bytes=4_194_304, schema="declaration.v1"
    )
    assert set(catalogue) >= {"declarations", "outcomes", "assessments", "alerts", "receipts"}


def test_the_prefix_stands_in_front_of_every_name() -> None:
    assert all(topic.name.startswith("acme.") for topic in Catalogue.load(TOPICS_FILE, "acme.").values())


def test_an_input_finds_its_dead_letters_and_an_output_has_none() -> None:
    catalogue = Catalogue.load(TOPICS_FILE)
    assert catalogue.dead_letters("declarations").name == "customs.declarations.v1.dlq.v1"
    with pytest.raises(KeyError):
        catalogue.dead_letters("alerts")


def test_all_faults_of_the_tables_are_reported_at_once(tmp_path: Path) -> None:
    text = table("a", partitions=0) + table("b", partitions="true", colour='"red"') + table("c", key=None, name="7")
    assert set(faults(tmp_path, "top = 1\n" + text)) == {
        "top: must be a table",
        "a: partitions must be at least 1",
        "b: partitions must be int",
        "b: colour is unknown",
        "c: key is missing",
        "c: name must be str",
    }


def test_all_faults_between_the_tables_are_reported_at_once(tmp_path: Path) -> None:
    text = (
        table("declarations", partitions=8, max_message_bytes=2_000_000)
        + table("outcomes", partitions=4)
        + table("declarations_dlq", max_message_bytes=1_000_000)
        + table("orphan_dlq")
        + table("one", name='"x.y"')
        + table("two", name='"x_y"')
        + table("three", name='"nö"')
    )
    found = faults(tmp_path, text)
    assert found == (
        "three: 'nö' is no legal topic name",
        "two: x_y collides with the name of one",
        "a trader's records must share one partition number: declarations has 8 partitions, outcomes has 4 partitions",
        "declarations_dlq: max_message_bytes must be at least that of declarations, or its largest records have nowhere to go",
        "orphan_dlq: holds the dead letters of no topic in the catalogue",
    )


def test_a_prefix_can_make_a_name_illegal(tmp_path: Path) -> None:
    assert faults(tmp_path, table("a"), prefix="p/") == ("a: 'p/a' is no legal topic name",)
    assert load(tmp_path, table("a"), prefix="p" * 248)["a"].name.endswith("pa")
    assert len(faults(tmp_path, table("a"), prefix="p" * 249)) == 1


@pytest.mark.parametrize("text", ["[a", "\x00"])
def test_what_is_no_toml_is_a_fault_and_names_the_file(tmp_path: Path, text: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert "topics.toml" in fault


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml"):
        Catalogue.load(tmp_path / "none.toml")


def test_only_copartitioned_topics_must_be_equal() -> None:
    assert unequal_partitions({"declarations": 4, "outcomes": 4, "alerts": 1}) == []
    assert unequal_partitions({"declarations": 4}) == []
    assert len(unequal_partitions({"declarations": 4, "milestones": 5})) == 1
