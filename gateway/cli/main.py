"""The program `gateway`: its commands and its one way to fail."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import click

from gateway import __version__
from gateway.cli import bench, held, keys, ledger, looking, policy, running, sending
from gateway.errors import GatewayError

DEFAULT_CONFIG = Path("config/gateway.yaml")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gateway")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="GATEWAY_CONFIG",
    default=DEFAULT_CONFIG,
    show_default=True,
    help="The configuration file.",
)
@click.pass_context
def cli(context: click.Context, config: Path) -> None:
    r"""Outbound secure-transfer gateway: one policy for folders and mail.

    \b
    Example:
      gateway run
      gateway explain report.docx --from me@council.example --to you@partner.example
    """
    context.obj = config


for command in (
    *running.COMMANDS,
    *looking.COMMANDS,
    *sending.COMMANDS,
    held.held,
    keys.keys,
    ledger.ledger,
    policy.policy,
    bench.bench,
):
    cli.add_command(command)


def main() -> None:
    """Run the program; every error is one or two lines, and every exit code has a meaning."""
    try:
        code = cli.main(standalone_mode=False, prog_name="gateway")
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except click.Abort:
        code = 1
    except click.ClickException as wrong:
        wrong.show()
        code = 2
    except GatewayError as error:
        click.echo(f"gateway: {error}", err=True)
        code = error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; nothing more to say
        code = 1
    except Exception as error:  # noqa: BLE001 - our own mistake; its text may quote content, so only its kind is shown
        click.echo(f"gateway: internal error ({type(error).__name__}); set GATEWAY_TRACE=1 to see where", err=True)
        if os.environ.get("GATEWAY_TRACE"):
            frames = traceback.extract_tb(error.__traceback__)
            click.echo("\n".join(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames), err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)
