"""The program `gateway`: its commands and its one way to fail."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import traceback
from pathlib import Path

import click

from gateway import __version__
from gateway.errors import GatewayError
from gateway.system.log import configure

DEFAULT_CONFIG = Path("config/gateway.yaml")
COMMANDS = {
    "init": "running",
    "run": "running",
    "check": "running",
    "doctor": "running",
    "send": "sending",
    "transfers": "sending",
    "held": "held",
    "queue": "queue",
    "extract": "looking",
    "classify": "looking",
    "explain": "explaining",
    "policy": "policy",
    "detectors": "detectors",
    "seal": "sealing",
    "open": "unsealing",
    "keys": "keys",
    "passphrases": "passphrases",
    "mail": "mail",
    "people": "people",
    "admin": "people",
    "ledger": "ledger",
    "vault": "vault",
    "bench": "bench",
}


class Lazy(click.Group):
    """A group that imports a command's module only when the command is asked for: `--help` need not load a database."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Return the names, in the order of a day's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return a command, None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"gateway.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return command if isinstance(command, click.Command) else None


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
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
    """Outbound secure-transfer gateway: one policy for folders and mail.

    \b
    Example:
      gateway run
      gateway explain report.docx --from me@council.example --to you@partner.example
    """
    configure(as_json=False, level=logging.WARNING)  # a command answers on its own; `run` logs more
    context.obj = config


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
