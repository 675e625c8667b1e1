"""`gateway init`, `run`, `check` and `doctor`: set up, start, and say what is wrong."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.opening import inside_state, permitted, read_both, read_settings
from gateway.cli.policy_status import examine_standing
from gateway.cli.readers import judging, libraries, sandbox, workers
from gateway.config.channels import FolderSettings
from gateway.config.load import load_observed
from gateway.config.settings import Settings
from gateway.decide.policy import Policy
from gateway.errors import GatewayError
from gateway.model.record import OWNER
from gateway.plugins import Seam, load_named
from gateway.system.atomic import make_private_folder
from gateway.system.clock import MachineClock
from gateway.testing.documents import samples

PROGRAMS = (
    ("gpg", "gnupg", "OpenPGP"),
    ("openssl", "openssl", "S/MIME"),
    ("7z", "p7zip-full", "7z archives, and verifying AES-256 ZIPs"),
)
TRY = """
Try three things, in another terminal:

     mkdir -p {outbound}/to/friend@partner.example

  1. a harmless file       echo "Minutes of the flower show" > {outbound}/to/friend@partner.example/minutes.txt
                           it arrives below {delivered}
  2. a PROTECT document    cp {samples}/protect.docx {outbound}/to/friend@partner.example/
                           it arrives as an AES-256 ZIP that 7-Zip opens; the passphrase is in {notices}
  3. a RESTRICTED document cp {samples}/restricted.docx {outbound}/to/friend@partner.example/
                           it is held: gateway held list, and {notices} says why
"""


@click.command()
@click.pass_obj
def init(config: Path) -> None:
    """Create the folders and keys that the configuration names, and the console's first account; leave what exists.

    \b
    Example:
      gateway init
    """
    from gateway.cli.people import add_first  # noqa: PLC0415 - pulls in the database

    settings = read_settings(config)
    with permitted(settings):
        _set_up(settings)
    click.echo(f"ready: folders and keys are in {settings.home}", err=True)
    add_first(settings)


def _set_up(settings: Settings) -> None:
    from gateway.daemon.assembly import CACHE  # noqa: PLC0415 - pulls in everything
    from gateway.store.embedded import create_keys  # noqa: PLC0415 - pulls in the database

    for folder in (settings.paths.state, settings.paths.state / "keys", settings.paths.quarantine):
        make_private_folder(folder)
        folder.chmod(0o700)  # the one in a clone is open to all
    make_private_folder(settings.paths.state / "keys" / "recipients")
    make_private_folder(settings.paths.state / CACHE)
    for folder in (settings.paths.outbound, settings.paths.outbound / "to", settings.paths.notices):
        folder.mkdir(parents=True, exist_ok=True)
    for channel in settings.channels.values():
        if isinstance(channel, FolderSettings) and channel.path.is_relative_to(settings.home):
            channel.path.mkdir(parents=True, exist_ok=True)  # one elsewhere is a share: it is mounted, not made
    own = settings.vault.own_file(settings.paths.state)
    create_keys(settings.paths.state, master=[own] if own else [], ring=settings.vault.ring(settings.paths.state))
    (settings.paths.state / "samples").mkdir(exist_ok=True)
    for name, content in samples().items():
        (settings.paths.state / "samples" / name).write_bytes(content)


@click.command()
@click.option("--log", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the log.")
@click.option("--only", type=click.Choice(["daemon", "console"]), help="One of the two processes; both without it.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when the process that started it has ended.")
@click.pass_obj
def run(config: Path, log: str, only: str | None, *, with_parent: bool) -> None:
    """Run the gateway in the foreground, its daemon and its console; Ctrl-C stops both cleanly.

    The console is a process of its own that holds no keys; it may run as another account, or not at all.

    \b
    Example:
      gateway run
      gateway run --only daemon
    """
    from gateway.cli.console import ConsoleProcess, serve  # noqa: PLC0415 - everything heavy hangs on it
    from gateway.daemon import service  # noqa: PLC0415 - the same
    from gateway.system.log import configure  # noqa: PLC0415 - the same

    if only == "console":
        settings = read_settings(config)
        configure(as_json=log == "json")
        serve(settings, with_parent=with_parent)
        return
    settings, policy = read_both(config)
    with inside_state(settings):
        configure(as_json=log == "json")
    console = ConsoleProcess(config, as_json=log == "json") if only is None else None

    def announce(mail_address: str) -> None:
        _announce(settings, policy, mail_address)
        if console:
            console.start()

    try:
        service.run(settings, policy, announce, config)
    finally:
        if console:
            console.stop()
    click.echo("gateway has stopped; nothing was lost", err=True)


def _announce(settings: Settings, policy: Policy, mail_address: str) -> None:
    """Say where everything is, and what to try first; where the console is it says itself, once it listens."""
    click.echo(f"gateway is running for {settings.organisation.name}")
    partners = [route.id for route in policy.routes.values() if route.recipient]
    click.echo(f"  outbound folder   {settings.paths.outbound}/to/ADDRESS/", nl=False)
    click.echo(f" and, for partners, {settings.paths.outbound}/{{{','.join(partners)}}}/" if partners else "")
    click.echo(f"  outgoing mail     SMTP at {mail_address}")
    click.echo("  quarantine        gateway held list")
    words = {
        "outbound": settings.paths.outbound,
        "notices": settings.paths.notices,
        "delivered": settings.home / "delivered",
        "samples": settings.paths.state / "samples",
    }
    click.echo(TRY.format(**words))


@click.command()
@click.pass_obj
def check(config: Path) -> None:
    """Validate configuration and policies, with proofs and golden cases; then look for folders, keys and accounts.

    Every problem at once. Exits 3 when a file is invalid, 1 when a folder or key is missing.

    \b
    Example:
      gateway check
    """
    from gateway.cli.checking import lacking, strangers  # noqa: PLC0415 - pulls in the database
    from gateway.cli.mail_doctor import unusable  # noqa: PLC0415 - pulls in the ciphers
    from gateway.cli.signing import without_signature  # noqa: PLC0415 - the same
    from gateway.daemon.telling import troubles  # noqa: PLC0415 - the same

    settings, policy = read_both(config)
    observed = load_observed(settings)
    for seam, names in (
        (Seam.DETECTORS, settings.plugins.detectors),
        (Seam.EXTRACTORS, settings.plugins.extractors),
        (Seam.ENCRYPTORS, settings.plugins.encryptors),
    ):
        load_named(seam, names)
    for warning in strangers(settings):
        click.echo(f"warning: {warning}", err=True)
    with permitted(settings):
        now = MachineClock().now()
        complaints = [*lacking(settings), *without_signature(settings, now), *unusable(settings, now)]
        complaints += [f"the second channel tells nobody: {each}" for each in troubles(settings)]
    if complaints:
        raise GatewayError("\n".join(complaints))
    click.echo(f"good: {len(policy.rules)} rules, {len(policy.routes)} routes, policy {policy.hash[:12]}")
    if observed is not None:
        click.echo(f"observed: {len(observed.rules)} rules, policy {observed.hash[:12]}; it decides nothing")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> None:
    """Say what is switched on, what is missing and what is insecure; each with the fix. Exits 1 if anything is wrong.

    \b
    Example:
      gateway doctor
    """
    settings = read_settings(context.obj)
    with permitted(settings):
        findings = list(examine(settings, context.obj))
    for state, what, fix in findings:
        if as_json:
            show.print_json({"state": state, "what": what, "fix": fix})
        else:
            click.echo(f"{state:8} {what}" + (f"\n         fix: {fix}" if fix else ""))
    context.exit(1 if any(state == "wrong" for state, _, _ in findings) else 0)


def examine(settings: Settings, config: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (state, what, fix) for everything that can be missing or insecure; state is ok, note or wrong."""
    from gateway.cli.channel_doctor import examine_collectors, examine_second_channel  # noqa: PLC0415 - pulls in the database
    from gateway.cli.checking import logging_in, telling, vacant  # noqa: PLC0415 - the same
    from gateway.cli.keys_doctor import examine_keys  # noqa: PLC0415 - pulls in the ciphers
    from gateway.cli.mail_doctor import examine_mail  # noqa: PLC0415 - the same
    from gateway.cli.people_doctor import examine_people  # noqa: PLC0415 - pulls in the database
    from gateway.cli.signing import examine_signing  # noqa: PLC0415 - pulls in the ciphers
    from gateway.cli.vault import examine_keepers  # noqa: PLC0415 - the same

    yield from _programs()
    yield from _kernel(settings)
    yield from libraries()
    yield from sandbox(settings)
    yield from workers(settings)
    yield from judging(settings)
    yield from _database()
    yield from _folders(settings)
    yield from examine_keepers(settings)
    yield from examine_keys(settings)
    yield from examine_signing(settings, MachineClock().now())
    yield from examine_mail(settings, MachineClock().now())
    yield from examine_second_channel(settings)
    yield from examine_collectors(settings)
    yield from logging_in(settings)
    yield from telling(settings)
    yield from examine_people(settings)
    on_disk = ""
    try:
        _, policy = read_both(config)
        on_disk = policy.hash
        yield "ok", f"policy {on_disk[:12]}: {len(policy.rules)} rules proved", ""
        yield from (("note", each, "list it under 'roles' of an officer") for each in vacant(settings, policy))
    except GatewayError as error:
        yield "wrong", f"the policy does not load: {error.message.splitlines()[0]}", "see 'gateway check'"
    yield from examine_standing(settings, on_disk)
    if any(OWNER in officer.accounts for officer in settings.officers):
        yield "note", "the account that runs the gateway is an officer too (@owner)", "name officers' own accounts"
    for name, channel in settings.channels.items():
        if channel.kind == "smtp" and channel.tls in {"none", "may"}:
            yield "note", f"channel {name} may send without TLS", "set tls: verify where the far side has a certificate"
        if channel.kind == "smtp" and channel.tls == "encrypt":
            yield "note", f"channel {name} takes any certificate", "set tls: verify, or tls: pin with the server's key"
        if channel.kind == "smtp" and channel.tls in {"mta-sts", "dane"}:
            what = f"channel {name} proves TLS only to domains that publish {channel.tls}; the rest goes with any"
            yield "note", what, "name relays of partners by host, with tls: verify"
        if channel.kind == "folder":
            what = "is on trial: it stands for verified TLS and proves none" if channel.trial else "writes to a folder"
            yield "note", f"channel {name} {what}", "set kind: smtp when you have a next hop for mail"


def _programs() -> Iterator[tuple[str, str, str]]:
    for program, package, use in PROGRAMS:
        if shutil.which(program):
            yield "ok", f"{program} is installed ({use})", ""
        else:
            yield "wrong", f"{program} is not installed: {use} is off and such transfers are held", f"install {package}"


def _kernel(settings: Settings) -> Iterator[tuple[str, str, str]]:
    from gateway.system.sandbox import describe_kernel  # noqa: PLC0415 - loads libseccomp

    for feature, is_there in describe_kernel().items():
        if is_there:
            yield "ok", f"the kernel has {feature}", ""
        elif settings.inspection.allow_degraded:
            yield "wrong", f"no {feature}: content is opened with weaker walls, as allowed", "use a kernel that has it"
        else:
            yield "wrong", f"no {feature}: the gateway will not start", "use a kernel that has it"


def _database() -> Iterator[tuple[str, str, str]]:
    from gateway.store.database import sqlite_version  # noqa: PLC0415 - pulls in the database

    yield "ok", f"SQLite {sqlite_version()} (the system's own is {sqlite3.sqlite_version})", ""


def _folders(settings: Settings) -> Iterator[tuple[str, str, str]]:
    for folder in (settings.paths.state, settings.paths.quarantine):
        if not folder.is_dir():
            yield "wrong", f"{folder} is missing", "run 'gateway init'"
        elif stat.S_IMODE(folder.stat().st_mode) & 0o077:
            yield "wrong", f"{folder} is open to others", f"chmod 700 {folder}"
        else:
            yield "ok", f"{folder} is private", ""
    if not os.access(settings.paths.outbound, os.W_OK):
        yield "wrong", f"{settings.paths.outbound} cannot be written", "run 'gateway init', or mend its owner and mode"
