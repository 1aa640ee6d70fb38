"""The command line as click reads it, without running anything."""

from collections.abc import Sequence

import click

from stream_app.cli import main


def parsed(arguments: Sequence[str]) -> click.Context:
    """The parameters with which these arguments of `tidewaiter` would run. Raises click.UsageError for what is unknown or ill-typed.

    Every context has its parent: a command keeps the help option of the first context that it sees, and `-h` comes from the parent's settings.
    """
    context, rest = main.make_context("tidewaiter", list(arguments)), list(arguments)
    while isinstance(group := context.command, click.Group):
        name, command, rest = group.resolve_command(context, rest)
        assert command is not None, rest
        context = command.make_context(name, list(rest), parent=context)
    return context
