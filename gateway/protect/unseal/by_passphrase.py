"""Opens what a passphrase opens: ZIP (pyzipper), 7z (the program), PDF (pikepdf), the HTML page (our own reader)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Final

import pikepdf
import pyzipper

from gateway.protect.methods.page import reader
from gateway.protect.naming import distinct, file_name
from gateway.protect.unseal import NotOpened, Secrets
from gateway.system import programs
from gateway.system.pipes import patience

WORDS_NEEDED: Final = "put the passphrase into a file and name it with --password-file; mind the hyphens"
SEVEN_ZIP: Final = "7z"


def container(file: Path, folder: Path, secrets: Secrets) -> None:
    """Open a ZIP; every entry must verify. Files come out under the names of the list within, where there is one."""
    try:
        with pyzipper.AESZipFile(file) as archive:
            archive.setpassword(secrets.words.encode())
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            for entry, name in zip(entries, distinct(entry.filename for entry in entries), strict=True):
                with archive.open(entry) as source, (folder / name).open("xb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
    except (RuntimeError, pyzipper.BadZipFile, NotImplementedError, OSError, EOFError):
        raise _refused(file) from None


def seven_zip(file: Path, folder: Path, secrets: Secrets) -> None:
    """Open a 7z archive with the program 7z."""
    command = [SEVEN_ZIP, "x", "-y", f"-o{folder}", "--", str(file)]
    ran = programs.run(command, stdin=f"{secrets.words}\n".encode(), seconds=patience(file.stat().st_size))
    if ran.code != 0:
        raise _refused(file)


def pdf(file: Path, folder: Path, secrets: Secrets) -> None:
    """Open a PDF: the document without its encryption, and what is attached to it."""
    try:
        with pikepdf.open(file, password=secrets.words) as document:
            attached = [(file_name(name), each) for name, each in document.attachments.items()]
            names = distinct([f"{file.stem}.pdf", *(name for name, _ in attached)])
            for name, (_, each) in zip(names[1:], attached, strict=True):
                (folder / name).write_bytes(each.get_file().read_bytes())
            document.save(folder / names[0], encryption=False)
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError):
        raise _refused(file) from None


def page(file: Path, folder: Path, secrets: Secrets) -> None:
    """Open a page without a browser, by the reader that also verifies it. What is in a page is limited in size."""
    try:
        with file.open("rb") as source:
            found = reader.SEALED.search(source.read(reader.FRONT))
            parameters = reader.read_parameters(found[1] if found else b"")
            key = reader.derive(parameters, secrets.words)
            if found is None or key is None:
                raise _refused(file)
            source.seek(found.end())
            inside = b"".join(reader.opened(source, parameters, key))
    except ValueError:
        raise _refused(file) from None
    end = reader.LENGTH + int.from_bytes(inside[: reader.LENGTH], "big")
    for told in json.loads(inside[reader.LENGTH : end])["files"]:
        content, end = inside[end : end + told["size"]], end + told["size"]
        (folder / file_name(told["name"])).write_bytes(content)


def _refused(file: Path) -> NotOpened:
    return NotOpened(f"{file.name} does not open with this passphrase, or was altered", hint=WORDS_NEEDED)
