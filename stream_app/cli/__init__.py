"""The commands of `tidewaiter`, one module a group. Each imports what it needs when it runs, so that --help is instant."""

import sys
import zlib

import click

from stream_app import __version__
from stream_app.cli import bench, demo, explain, files, replay, service, simulate, studies


class Group(click.Group):
    """Expected failures (configuration, broker, files) end in one clear message each, not in a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        from stream_app.adapters.comtrade import ComtradeError
        from stream_app.adapters.kcs import KcsError
        from stream_app.brokers.errors import BrokerError, FaultsError

        try:
            return super().invoke(ctx)
        except FaultsError as error:
            raise click.ClickException("\n".join(error.faults)) from None
        except (BrokerError, ComtradeError, KcsError) as error:
            raise click.ClickException(str(error)) from None
        except UnicodeDecodeError:
            raise click.ClickException("the file is not UTF-8") from None
        except (EOFError, zlib.error) as error:
            raise click.ClickException(f"the file is damaged: {error}") from None
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(1)
        except OSError as error:
            raise click.ClickException(f"{error.filename or ''} {error.strerror or error}".strip()) from None


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, prog_name="tidewaiter")
def main() -> None:
    """Streaming risk detection for customs: declarations in, explained alerts out."""


for module in (service, replay, studies, files, explain, simulate, demo, bench):
    for command in module.COMMANDS:
        main.add_command(command)
