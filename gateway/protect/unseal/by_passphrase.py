"""Opens what a passphrase opens, with the readers that also verify what is sealed: what they do not know is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pikepdf
from pikepdf import settings

from gateway.protect import passphrase
from gateway.protect.content import looked_at
from gateway.protect.methods import ae2, by_7z
from gateway.protect.methods.page import reader
from gateway.protect.methods.pdf_check import is_closed
from gateway.protect.methods.pdf_child import MOST_INFLATED
from gateway.protect.methods.seven_zip import hides, listed
from gateway.protect.naming import distinct
from gateway.protect.unseal import Secrets, Shown
from gateway.protect.unseal.laying import Files


def container(file: Path, folder: Path, secrets: Secrets) -> Shown:
    """Open a ZIP of stored entries under AES-256. Files bear the neutral names that they have there.

    Their true names stand in its list, `contents.txt`.
    """
    with file.open("rb") as sealed:
        files = Files(folder, [(entry.name, entry.size) for entry in ae2.directory(sealed)])
        ae2.read(sealed, secrets.words, files)
    files.end()
    return Shown()


def seven_zip(file: Path, folder: Path, secrets: Secrets) -> Shown:
    """Open a 7z archive that hides its names and holds stored files under AES-256."""
    entries = listed(file, secrets.words)
    if sum(each for _, each in entries) > file.stat().st_size or not hides(file, passphrase.draw()):
        raise ValueError("it is not sealed as we seal")
    files = Files(folder, entries)
    if not by_7z.pour_out(file, secrets.words, files):
        raise ValueError("7z does not open it")
    files.end()
    return Shown()


def pdf(file: Path, folder: Path, secrets: Secrets) -> Shown:
    """Open a PDF of revision 6: the document without its encryption, and what we attached to it.

    We attach files as they are. A compressed one is of the document's own maker, and stays inside it.
    """
    with looked_at(file) as document:
        if not is_closed(document):
            raise ValueError("it is not sealed as we seal")
    settings.set_qpdf_limits(
        flate_max_memory=MOST_INFLATED, png_max_memory=MOST_INFLATED, run_length_max_memory=MOST_INFLATED
    )
    try:
        if not secrets.words or _opens_without(file):
            raise ValueError("no passphrase is needed")
        with pikepdf.open(file, password=secrets.words) as opened:
            files = [(name, each.get_file()) for name, each in opened.attachments.items()]
            attached = [(name, each) for name, each in files if "/Filter" not in each.obj]
            first, *names = distinct([f"{file.stem}.pdf", *(name for name, _ in attached)])
            for name, (_, each) in zip(names, attached, strict=True):
                (folder / name).write_bytes(each.read_bytes())
            opened.save(folder / first, encryption=False)
    except (pikepdf.PdfError, pikepdf.PasswordError, RuntimeError, TypeError, KeyError):
        raise ValueError("it does not open") from None
    return Shown(verified=False, remark="a PDF cannot show whether it was altered on its way")


def _opens_without(file: Path) -> bool:
    try:
        pikepdf.open(file).close()
    except pikepdf.PasswordError:
        return False
    return True


def page(file: Path, folder: Path, secrets: Secrets) -> Shown:
    """Open a page without a browser. Every file must have the size and the SHA-256 that its list says."""
    with file.open("rb") as source:
        _, parameters, key = reader.unlocked(source, secrets.words)
        told, content = reader.contents(reader.opened(source, parameters, key))
        entries = _told(told)
        files = Files(folder, [(name, size) for name, size, _ in entries])
        for piece in content:
            files.write(piece)
    files.end()
    for path, (_, _, wanted) in zip(files.paths, entries, strict=True):
        with path.open("rb") as written:
            if hashlib.file_digest(written, "sha256").hexdigest() != wanted:
                raise ValueError("a file is not what its list says")
    return Shown()


def _told(told: object) -> Sequence[tuple[str, int, str]]:
    """Return name, size and SHA-256 of each file in the list of a page; `ValueError` for any other list."""
    match told:
        case {"files": list(files)}:
            pass
        case _:
            raise ValueError("it has no list of files")
    entries = []
    for each in files:
        match each:
            case {"name": str(name), "size": int(size), "sha256": str(digest)}:
                entries.append((name, size, digest))
            case _:
                raise ValueError("its list of files is not as we write it")
    return entries
