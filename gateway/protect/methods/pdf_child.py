"""What is done with PDFs in a process of its own: they come from outside, and two large libraries in C++ read them.

    python -m gateway.protect.methods.pdf_child seal | cover | read

Standard input: a line of JSON, then bytes. Standard output: the sealed document, or for `read` a line of JSON. What is
wrong with a document stands in one word on standard error, with code 3. A passphrase comes in the line of JSON, so it
is on no command line. Behind the walls of `system.harden` there are no files, no network, and memory has an end.

The owner's password is drawn here and forgotten: an empty one would open the document without any passphrase. Whoever
has the passphrase may do everything with it.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import pikepdf
import pypdfium2
from pikepdf import settings

from gateway.protect.methods.pdf_check import VALUES
from gateway.protect.methods.pdf_cover import Block, Cover
from gateway.protect.methods.pdf_words import UNFIT, Kind
from gateway.system import harden

MEMORY: Final = 3 << 30
SECONDS: Final = 300.0
MOST_INFLATED: Final = 64 << 20  # bytes of one stream of objects
MOST_OBJECTS: Final = 2_000_000
PAGES_READ: Final = 50  # of which the text is compared
STAY: Final = {"/Length", "/Filter", "/DecodeParms"}  # values by which a stream itself is read
EVERYTHING: Final = pikepdf.Permissions(modify_assembly=True, modify_other=True)
Said = Mapping[str, Any]


class UnfitError(Exception):
    """The document cannot be encrypted by itself; the message is one word that says why."""


def seal(said: Said, content: bytes) -> bytes:
    """Return a PDF encrypted as it is; `UnfitError` for one that would suffer by it, or that is not whole."""
    before = settings.qpdf_limit_errors()
    try:
        with pikepdf.open(io.BytesIO(content), suppress_warnings=True) as document:
            why = _unfit(document)
            if why:
                raise UnfitError(why)
            sealed = _encrypted(document, said["words"])
            if document.get_warnings() or settings.qpdf_limit_errors() > before:
                raise UnfitError("damaged")
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, RuntimeError, RecursionError):
        raise UnfitError("unreadable") from None
    _same(said, content, sealed)
    return sealed


def _unfit(document: pikepdf.Pdf) -> str:
    form = document.Root.get("/AcroForm", pikepdf.Dictionary())
    form = form if isinstance(form, pikepdf.Dictionary) else pikepdf.Dictionary()
    reasons = {
        "encrypted": document.is_encrypted,
        "signed": "/Perms" in document.Root or "/SigFlags" in form or any(map(_may_be_signature, document.objects)),
        "form": "/XFA" in form,
        "empty": not len(document.pages),
        "large": len(document.objects) > MOST_OBJECTS,
        "damaged": bool(document.get_warnings()),
    }
    return next((word for word, holds in reasons.items() if holds), "")


def _may_be_signature(thing: object) -> bool:
    """Say whether a signature stands in an object, at any depth: to write it anew would break it (12.8)."""
    if not isinstance(thing, pikepdf.Object):  # a number, or nothing
        return False
    direct = thing.stream_dict if isinstance(thing, pikepdf.Stream) else thing
    return b"/ByteRange" in direct.unparse(resolved=True)


def _encrypted(document: pikepdf.Pdf, words: str) -> bytes:
    protection = pikepdf.Encryption(
        owner=secrets.token_urlsafe(32), user=words, R=6, aes=True, metadata=True, allow=EVERYTHING
    )
    return saved(document, protection)


def saved(document: pikepdf.Pdf, protection: pikepdf.Encryption) -> bytes:
    """Return a document with all its objects within encrypted streams (`pdf_check` says what cannot be there).

    Half of the identifier is drawn here and the other is always the same. The source's own would tell which document
    it is, and so would the one that qpdf makes: a hash of the title, the author and the time.
    """
    _put_away(document, document.Root)
    for each in document.objects:
        if isinstance(each, pikepdf.Stream):
            _put_away(document, each)
    if "/Info" in document.trailer:
        document.trailer.Info = document.make_indirect(document.trailer.Info)
    if "/DocChecksum" in document.trailer:
        del document.trailer.DocChecksum  # of the source's bytes
    document.trailer.ID = pikepdf.Array([secrets.token_bytes(16), b""])
    target = io.BytesIO()
    document.save(
        target,
        encryption=protection,
        compress_streams=False,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        static_id=True,
    )
    return target.getvalue()


def _put_away(document: pikepdf.Pdf, clear: pikepdf.Object) -> None:
    """Make the values of a dictionary that stands in clear objects of their own, which are encrypted."""
    for key, value in list(clear.items()):
        is_name = isinstance(value, pikepdf.Name) and str(value).encode() in VALUES
        if not (getattr(value, "is_indirect", True) or is_name or key in STAY):  # numbers are no objects here
            clear[key] = document.make_indirect(value)


def _same(said: Said, content: bytes, sealed: bytes) -> None:
    """Have the other library read both, and compare pages and text."""
    if _pages(content, None) != _pages(sealed, said["words"]):
        raise UnfitError("different")


def cover(said: Said, content: bytes) -> bytes:
    """Return an encrypted PDF that carries files: `blocks`, and `files` as name, size and relationship."""
    pages = Cover(said["title"], said["marking"])
    pages.write(Block(kind=Kind(kind), text=text) for kind, text in said["blocks"])
    files, at = [], 0
    for name, size, relationship in said["files"]:
        files.append((name, content[at : at + size], relationship))
        at += size
    if at != len(content):
        raise UnfitError("changed")
    with pages.finish(files) as document:
        return _encrypted(document, said["words"])


def read(said: Said, content: bytes) -> bytes:
    """Return what PDFium finds with the passphrase, and whether it refuses the empty one and another."""
    refused = all(_is_refused(content, other) for other in (None, "", said["other"]))
    document = pypdfium2.PdfDocument(content, password=said["words"])
    found = {
        "refused": refused,
        "revision": pypdfium2.raw.FPDF_GetSecurityHandlerRevision(document),
        "pages": len(document),
        "files": [_file(document.get_attachment(at)) for at in range(document.count_attachments())],
    }
    document.close()
    return json.dumps(found).encode()


def _file(file: pypdfium2.PdfAttachment) -> tuple[str, int, str]:
    try:
        content = bytes(file.get_data())
    except pypdfium2.PdfiumError:  # what it says of an empty one
        content = b""
    return file.get_name(), len(content), hashlib.sha256(content).hexdigest()


def _is_refused(content: bytes, words: str | None) -> bool:
    """Say whether both libraries refuse. PDFium never tries an empty passphrase as the owner's; qpdf does."""
    with suppress(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(content), password=words or "").close()
        return False
    with suppress(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(content, password=words).close()
        return False
    return True


def _pages(content: bytes, words: str | None) -> tuple[int, str]:
    """Return how many pages there are, and a digest of the text of the first ones."""
    digest = hashlib.sha256()
    try:
        document = pypdfium2.PdfDocument(content, password=words)
        for at in range(min(len(document), PAGES_READ)):
            text = document[at].get_textpage()
            digest.update(text.get_text_range().encode("utf-8", "replace"))
        count = len(document)
        document.close()
    except pypdfium2.PdfiumError:
        raise UnfitError("unreadable") from None
    return count, digest.hexdigest()


VERBS: Final[Mapping[str, Callable[[Said, bytes], bytes]]] = {"seal": seal, "cover": cover, "read": read}


def main() -> int:
    """Do what the first argument says."""
    verb = VERBS[sys.argv[1]]
    settings.set_qpdf_limits(
        flate_max_memory=MOST_INFLATED, png_max_memory=MOST_INFLATED, run_length_max_memory=MOST_INFLATED
    )
    _rehearse()
    harden.die_with_parent()
    harden.harden(MEMORY, allow_degraded=True)
    harden.allow_seconds(SECONDS)
    said = json.loads(sys.stdin.buffer.readline())
    try:
        answer = verb(said, sys.stdin.buffer.read())
    except UnfitError as error:
        sys.stderr.write(str(error))
        return UNFIT
    sys.stdout.buffer.write(answer)
    return 0


def _rehearse() -> None:
    """Do everything once, with a document of our own: behind the walls nothing can be loaded any more."""
    blocks = [[Kind.TITLE, "\u0142"], [Kind.ITEM, "a"]]
    said = {"words": "a", "other": "b", "title": "", "marking": "", "blocks": blocks, "files": [["a", 1, "Source"]]}
    read(said, cover(said, b"a"))
    with Cover("", "").finish([]) as document:
        target = io.BytesIO()
        document.save(target)
    with suppress(UnfitError):
        seal(said, target.getvalue())


if __name__ == "__main__":
    sys.exit(main())
