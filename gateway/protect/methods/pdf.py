"""Encryptor `pdf`: a PDF under AES-256 (revision 6, AESV3; ISO 32000-2 section 7.6), for recipients who have no key.

One part that is a PDF is encrypted as it is. Anything else, a PDF that would suffer by it (signed, locked already,
damaged), one that would show more than below, and one with a marking to show, goes as a file inside a cover that says
in plain words what it is and how to save it.

The format encrypts strings and streams, not names, so all objects lie within encrypted streams. In clear stand how many
streams and objects there are, how long each stream is, and of a stream and the catalogue keys of the format, the kind
and the filters, and numbers such as the size of a picture (`pdf_check` lets no others pass). The format has no
authentication: whoever changes bytes on the way damages what is read, and no PDF program must notice. The evidence says
so.

pikepdf (qpdf) writes, and pypdfium2 (PDFium) reads what was written; both in a process of its own (`pdf_child`). What
stands in clear is read by ourselves.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from gateway.errors import NotSealed
from gateway.model.content import Content, Writable, chunks, pour, whole
from gateway.model.transfer import Evidence
from gateway.protect import Envelope, Plain, passphrase
from gateway.protect.content import InFile, looked_at
from gateway.protect.listing import Item, under_true_names
from gateway.protect.methods.pdf_check import is_closed
from gateway.protect.methods.pdf_words import UNFIT, Sender, blocks
from gateway.protect.order import MESSAGE
from gateway.protect.samples import samples, stand_in
from gateway.system.pipes import patience, pipe

LIMIT: Final = 100_000_000  # bytes: the libraries hold all of it in memory, several times
LONGEST: Final = 127  # octets of a passphrase (7.6.4.3.3)
CHILD: Final = (sys.executable, "-P", "-m", "gateway.protect.methods.pdf_child")
REVISION: Final = 6
IS_PDF: Final = b"%PDF-"


class PdfEncryptor:
    """Seals for anybody. `organisation` and `help_contact` stand on the cover, inside the seal."""

    name = "pdf"
    by_passphrase = True

    def __init__(self, organisation: str, help_contact: str) -> None:
        self._organisation = organisation
        self._help_contact = help_contact

    def seal(self, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str) -> Envelope:
        """Seal the parts; `NotSealed` when another reader does not find in it what was sealed."""
        del recipient
        _require(parts, words)
        file = desk / f"{name}.pdf"
        sender = Sender(organisation=self._organisation, help_contact=self._help_contact)
        if _is_pdf(parts) and not parts[0].marking and _by_itself(parts[0].content, words, file):
            items: Sequence[Item] = ()
            what = "the document itself; same pages, same text on the first 50"
        else:
            items = under_true_names(parts)
            _cover(parts, items, sender, name.removeprefix("secure-"), words, file)
            what = f"{len(items)} files attached inside; same bytes"
        _verify(file, items, words, passphrase.draw())
        evidence = Evidence(
            method=self.name,
            cipher="AES-256",
            verified_by="PDFium, own reader",
            status=f"PDF revision 6, AESV3, names and metadata too; empty and wrong passphrase refused; {what}; "
            "the format has no integrity protection",
        )
        return Envelope(name=file.name, media_type="application/pdf", file=file, evidence=evidence)


def _require(parts: Sequence[Plain], words: str) -> None:
    if not parts:
        raise NotSealed("there is nothing to seal")
    if sum(part.content.size for part in parts) > LIMIT:
        raise NotSealed(
            f"the files are larger than {LIMIT // 1_000_000} MB, more than a PDF may carry here",
            hint="the methods pgp, smime, zip and 7z take files of any size",
        )
    if not words or not words.isascii() or len(words) > LONGEST:
        raise NotSealed("a PDF takes a passphrase of ASCII letters only")  # others differ from reader to reader


def _is_pdf(parts: Sequence[Plain]) -> bool:
    if len(parts) != 1 or parts[0].media_type == MESSAGE:
        return False
    with parts[0].content.open() as source:
        return source.read(len(IS_PDF)) == IS_PDF


def _by_itself(content: Content, words: str, file: Path) -> bool:
    """Encrypt a PDF as it is; False where it cannot be read, is signed, would suffer otherwise, or shows anything.

    Whatever goes wrong in the child, the document then goes inside a cover, byte for byte.
    """
    if _child("seal", {"words": words}, [content], file) != 0:
        return False
    return _is_closed(file) and not stand_in(InFile(file), samples(content))


def _is_closed(file: Path) -> bool:
    with looked_at(file) as document:
        return is_closed(document)


def _cover(
    parts: Sequence[Plain], items: Sequence[Item], sender: Sender, reference: str, words: str, file: Path
) -> None:
    markings = " / ".join(dict.fromkeys(part.marking for part in parts if part.marking))
    message = whole(parts[0].content) if len(parts) == 1 and parts[0].media_type == MESSAGE else None
    relationships = {"message.eml": "Source"} if message is not None else {}
    said = {
        "words": words,
        "title": f"{sender.organisation} [{reference}]",
        "marking": markings,
        "blocks": blocks(items, sender, reference, markings, message),
        "files": [(each.entry, each.content.size, relationships.get(each.entry, "Unspecified")) for each in items],
    }
    if _child("cover", said, [each.content for each in items], file) != 0:
        raise NotSealed("the cover of the PDF could not be written", hint="allow the method zip for this recipient")


def _child(verb: str, said: Mapping[str, object], contents: Sequence[Content], file: Path) -> int:
    """Have the child write a file; return its code."""

    def feed(stdin: Writable) -> None:
        stdin.write(json.dumps(said).encode() + b"\n")
        for content in contents:
            pour(content, stdin)

    size = sum(content.size for content in contents)
    with file.open("wb") as target:
        try:
            ran = pipe([*CHILD, verb], feed=feed, target=_Piecewise(target), seconds=patience(size))
        except TimeoutError:
            return UNFIT
    return ran.code


class _Piecewise:
    """A file as what is written to, without being one: the child may write no file."""

    def __init__(self, target: Writable) -> None:
        self._target = target

    def write(self, content: bytes) -> None:
        """Write the next piece."""
        self._target.write(content)


def _verify(file: Path, items: Sequence[Item], words: str, other: str) -> None:
    """Have PDFium read the file, and read ourselves how it is encrypted; `NotSealed` when anything is not as said."""
    if not _is_closed(file):
        raise NotSealed("not all of the PDF is encrypted with AES-256")
    answer = io.BytesIO()

    def feed(stdin: Writable) -> None:
        stdin.write(json.dumps({"words": words, "other": other}).encode() + b"\n")
        pour(InFile(file), stdin)

    ran = pipe([*CHILD, "read"], feed=feed, target=answer, seconds=patience(file.stat().st_size))
    if ran.code != 0:
        raise NotSealed("PDFium does not open the sealed PDF")
    found = json.loads(answer.getvalue())
    if not found["refused"]:
        raise NotSealed("the PDF opens without its passphrase")
    wanted = sorted([each.entry, each.content.size, _digest(each.content)] for each in items)
    if found["revision"] != REVISION or not found["pages"] or (items and sorted(found["files"]) != wanted):
        raise NotSealed("PDFium does not find in the PDF what was sealed")


def _digest(content: Content) -> str:
    digest = hashlib.sha256()
    for piece in chunks(content):
        digest.update(piece)
    return digest.hexdigest()
