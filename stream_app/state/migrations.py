"""Checkpoints of earlier schemas, brought to the present one. Empty so far: schema 1 is the first.

A migration is a pure function from the snapshot of one schema to that of the next; a release that changes what a checkpoint keeps adds one,
or the checkpoints before it are refused, with a message, and the topics are read from their beginning instead.
"""

from collections.abc import Callable, Mapping

from stream_app.learning.plain import Snapshot
from stream_app.state.errors import RefusedError
from stream_app.state.manifest import SCHEMA

Migrations = Mapping[int, Callable[[Snapshot], Snapshot]]
MIGRATIONS: Migrations = {}
"""From the schema that it reads to what makes it the next one."""


def migrated(snapshot: Snapshot, schema: int, migrations: Migrations = MIGRATIONS, wanted: int = SCHEMA) -> Snapshot:
    """Raises RefusedError where a step is missing."""
    for step in range(schema, wanted):
        if step not in migrations:
            raise RefusedError("older_schema", f"the checkpoint has schema {schema}, and this release has no migration from schema {step}")
        snapshot = migrations[step](snapshot)
    return snapshot
