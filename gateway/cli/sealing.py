"""`gateway seal`: encrypts files by one method that a person names, and shows the evidence."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.opening import read_passwords, read_settings, require_files
from gateway.daemon.encryptors import build_encryptors
from gateway.decide.address import domain_of
from gateway.errors import GatewayError, NotAccepted, NotFound, NotPermitted, NotSealed
from gateway.model.document import nearest
from gateway.model.transfer import Evidence
from gateway.protect import Encryptor, Plain, passphrase
from gateway.protect.agreed import weakness
from gateway.protect.content import InFile
from gateway.protect.enclose import enclose
from gateway.system.atomic import put_new

HELD = 10
METHOD_NAMES = "pgp, smime, zip, pdf, 7z or html"


class Exists(GatewayError):
    """There is a file already where one would be written."""


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--for", "recipient", required=True, help="The address of the recipient.")
@click.option("--using", "method", required=True, help=f"The method: {METHOD_NAMES}.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The sealed file.")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    help="A file with the passphrase in its first line; without one it is drawn and shown once.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def seal(
    config: Path,
    paths: tuple[Path, ...],
    recipient: str,
    method: str,
    out: Path,
    password_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Encrypt files for somebody with the gateway's own methods: AES-256, verified by another reader, or nothing.

    You name the method: no policy chooses, nothing looks at what is in the files, and nothing is sent or recorded. Keys
    are those of the key ring that an officer has approved. With --json a passphrase that is drawn stands in the answer,
    as "passphrase", whoever reads it.

    \b
    Example:
      gateway seal report.docx --for alice@partner.example --using zip --out sealed.zip
      gateway seal report.docx --for alice@partner.example --using pgp --out sealed.pgp --json
    """
    require_files(paths)
    if domain_of(recipient) is None:
        raise NotAccepted(f"'{recipient}' is no plain address", hint="write it as name@domain")
    encryptor = _encryptor(config, method)
    given = _given(password_file) if encryptor.by_passphrase else ""
    drawn = passphrase.draw() if encryptor.by_passphrase and not given else ""
    _require_free(out)
    parts = [Plain(name=path.name, media_type="application/octet-stream", content=InFile(path)) for path in paths]
    with tempfile.TemporaryDirectory(prefix=".desk-", dir=out.parent) as desk:
        try:
            envelope = enclose(encryptor, parts, recipient, "sealed", Path(desk), given or drawn)
        except NotSealed as trouble:
            trouble.exit_code = HELD  # the gateway would hold it
            raise
        try:
            put_new(envelope.file, out)
        except FileExistsError:
            raise _exists(out) from None
    shown = _shown(envelope.evidence, out, drawn)
    if as_json:
        show.print_json(shown)
        return
    for name, value in shown.items():
        click.echo(f"{name:<12}{', '.join(value) if isinstance(value, list) else value}")
    if "passphrase" in shown:
        click.echo("It is shown this once. Tell it by another way than the file goes.")


def _given(password_file: Path | None) -> str:
    """Return the passphrase in a file, empty where no file is named; `NotAccepted` for none in it, or one too weak."""
    if password_file is None:
        return ""
    found = read_passwords(password_file)
    if not found:
        raise NotAccepted(f"there is no passphrase in {password_file}", hint="leave the option out and one is drawn")
    weak = weakness(found[0])
    if weak:
        raise NotAccepted(f"this passphrase will not do: {weak}", hint="leave the option out and one is drawn")
    return found[0]


def _require_free(out: Path) -> None:
    """Require a folder that may be written in, and no file of that name."""
    if not out.parent.is_dir():
        raise NotFound(f"there is no folder {out.parent}", hint="make it first")
    if not os.access(out.parent, os.W_OK | os.X_OK):
        raise NotPermitted(f"nothing may be written into {out.parent}", hint="name another folder with --out")
    if os.path.lexists(out):
        raise _exists(out)


def _exists(out: Path) -> Exists:
    return Exists(f"{out} is there already", hint="name another file, or move it away")


def _shown(evidence: Evidence, out: Path, words: str) -> dict[str, object]:
    """Return what is told of a sealed file."""
    return {
        "out": str(out),
        "size": out.stat().st_size,
        "sha256": _sha256(out),
        "method": evidence.method,
        "cipher": evidence.cipher,
        "verified_by": evidence.verified_by,
        "recipients": list(evidence.recipients),
        "status": evidence.status,
    } | ({"passphrase": words} if words else {})


def _sha256(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _encryptor(config: Path, method: str) -> Encryptor:
    known = {each.name: each for each in build_encryptors(read_settings(config))}
    if method not in known:
        hint = f"the methods here: {', '.join(known)}"
        raise NotFound(f"there is no method '{method}'; {nearest(method, known)}", hint=hint)
    return known[method]
