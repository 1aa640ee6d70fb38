import pytest

from stream_app.state.errors import RefusedError
from stream_app.state.manifest import SCHEMA
from stream_app.state.migrations import MIGRATIONS, migrated


def test_the_present_schema_is_taken_as_it_is() -> None:
    snapshot = {"live/a": b"1"}
    assert migrated(snapshot, SCHEMA) is snapshot


def test_migrations_follow_one_another() -> None:
    renamed = {3: lambda old: {"b": old["a"]}, 4: lambda old: {"c": old["b"]}}
    assert migrated({"a": b"1"}, 3, renamed, wanted=5) == {"c": b"1"}


def test_a_missing_step_is_refused_by_name() -> None:
    with pytest.raises(RefusedError, match="schema 2, and this release has no migration from schema 3"):
        migrated({}, 2, {2: lambda old: old}, wanted=4)


def test_every_schema_before_this_one_has_its_migration() -> None:
    assert set(MIGRATIONS) == set(range(1, SCHEMA))
