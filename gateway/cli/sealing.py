"""`gateway seal`: encrypts a file as the gateway would, and shows the evidence."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.opening import read_passwords, read_settings, require_files
from gateway.daemon.encryptors import build_encryptors
from gateway.errors import GatewayError, NotFound, NotSealed
from gateway.model.document import nearest
from gateway.model.transfer import Evidence
from gateway.protect import Encryptor, Plain, passphrase
from gateway.protect.content import InFile
from gateway.protect.enclose import enclose

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
    help="A file with the passphrase in its first line; without it a fresh one is drawn and shown once.",
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
    """Encrypt files for somebody as the gateway would: AES-256, verified by another reader, or nothing.

    Nothing is sent or recorded. Keys are those of the key ring that an officer has approved.

    \b
    Example:
      gateway seal report.docx --for alice@partner.example --using zip --out sealed.zip
      gateway seal report.docx --for alice@partner.example --using pgp --out sealed.pgp --json
    """
    require_files(paths)
    encryptor = _encryptor(config, method)
    words = ""
    if encryptor.by_passphrase:
        given = read_passwords(password_file)
        words = given[0] if given else passphrase.draw()
    if out.exists():
        raise Exists(f"{out} is there already", hint="name another file, or move it away")
    parts = [Plain(name=path.name, media_type="application/octet-stream", content=InFile(path)) for path in paths]
    with tempfile.TemporaryDirectory(prefix=".desk-", dir=out.parent) as desk:
        try:
            envelope = enclose(encryptor, parts, recipient, "sealed", Path(desk), words)
        except NotSealed as trouble:
            trouble.exit_code = HELD  # the gateway would hold it
            raise
        envelope.file.rename(out)
    shown = _shown(envelope.evidence, out, words if password_file is None else "")
    if as_json:
        show.print_json(shown)
        return
    for name, value in shown.items():
        click.echo(f"{name:<12}{', '.join(value) if isinstance(value, list) else value}")
    if "passphrase" in shown:
        click.echo("It is shown this once. Tell it by another way than the file goes.")


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
