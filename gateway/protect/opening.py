"""What the recipient of a sealed file is told: what it is, how to open it, what cannot, and whom to ask.

In plain words, as text and as a page (HTML without pictures, links or styles from elsewhere). Never what is inside.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.protect.passphrase import Told

WIDTH: Final = 76
APART: Final = "It is encrypted with a passphrase (AES-256)."
TYPE: Final = "Type the passphrase exactly as you were told it, with the hyphens between its words."
TOLD: Final[Mapping[str, str]] = MappingProxyType(
    {
        Told.AGREED: "It is the passphrase that was agreed with your organisation.",
        Told.CHANNEL: "You are sent the passphrase separately, for example by text message, and never with the file.",
        Told.SENDER: "The sender tells you the passphrase by another way, for example by telephone. It is never sent "
        "with the file.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How one kind of sealed file is opened. `unable` says what does not open it, where people would try."""

    what: str
    steps: tuple[str, ...]
    unable: str = ""


OPENINGS: Final[Mapping[str, Opening]] = MappingProxyType(
    {
        "pgp": Opening(
            what="It is encrypted with your OpenPGP key (AES-256).",
            steps=(
                "Save the file.",
                "Open it with your OpenPGP program, for example Kleopatra (Windows), GPG Suite (macOS) or gpg.",
            ),
        ),
        "smime": Opening(
            what="It is encrypted with the certificate of your mail address (S/MIME, AES-256).",
            steps=(
                "Open the message in the mail program that has your certificate: Outlook, Apple Mail, Thunderbird.",
            ),
            unable="A web mail page without your certificate shows only a file smime.p7m.",
        ),
        "zip": Opening(
            what=APART,
            steps=(
                "Save the file.",
                "Open it with 7-Zip or WinZip (Windows), Keka (macOS) or another program for AES-256 ZIP files.",
                TYPE,
                "The file contents.txt inside lists what you were sent.",
            ),
            unable="The folder view that is built into Windows and the command unzip cannot open it.",
        ),
        "7z": Opening(
            what=APART,
            steps=(
                "Save the file.",
                "Open it with 7-Zip (Windows), Keka (macOS) or p7zip (Linux).",
                TYPE,
            ),
            unable="Until the passphrase is typed no file is listed. The folder view of Windows cannot open it.",
        ),
        "pdf": Opening(
            what=APART,
            steps=(
                "Save the file.",
                "Open it with a PDF program, for example Adobe Acrobat Reader.",
                TYPE,
                "If files are attached, find the paper clip at the side, choose a file, and save it.",
            ),
            unable="The PDF view of a web browser shows the page, but may not show attached files.",
        ),
        "html": Opening(
            what=APART,
            steps=(
                "Save the file; do not open it within your mail program.",
                "Open the saved file with a web browser: Edge, Chrome, Firefox or Safari. It needs no internet.",
                "Type the passphrase. Capital letters do not matter, and spaces will do instead of hyphens.",
                "Press Open, then press Save beside each file you need.",
                "Press Lock again when you are done. What you saved is no longer encrypted.",
            ),
            unable=(
                "A browser older than 2021, or one with scripts switched off, cannot open it. The preview of a mail "
                "program or of a telephone may show the page but not open it."
            ),
        ),
    }
)
OTHER: Final = Opening(what="It is encrypted (AES-256).", steps=("Ask the sender how to open it.",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """The note that goes with one sealed file.

    `sender` is whom the recipient may ask, `told` how they learn the passphrase, empty where a key opens the file.
    """

    method: str
    name: str
    organisation: str
    sender: str
    reference: str
    told: str = ""

    @property
    def opening(self) -> Opening:
        """How this kind of file is opened."""
        return OPENINGS.get(self.method, OTHER)

    @property
    def _what(self) -> str:
        return " ".join([self.opening.what, *([TOLD[self.told]] if self.told in TOLD else [])])

    @property
    def _sent(self) -> str:
        return f"{self.organisation} has sent you a protected file: {self.name}"

    @property
    def _doubt(self) -> str:
        return f"If you did not expect this, or anything looks wrong, ask {self.sender or 'them'} before you open it."

    def text(self) -> str:
        """Return the note as plain text."""
        numbered = [f"{number}. {step}" for number, step in enumerate(self.opening.steps, start=1)]
        steps = "\n".join(textwrap.fill(step, WIDTH, subsequent_indent="   ") for step in numbered)
        others = [self.opening.unable] if self.opening.unable else []
        closing = [textwrap.fill(each, WIDTH) for each in (*others, self._doubt)]
        head = [self._sent, textwrap.fill(self._what, WIDTH)]
        return "\n\n".join([*head, steps, *closing, f"Reference: {self.reference}\n"])

    def page(self) -> str:
        """Return the note as a page."""
        told = html.escape
        steps = "".join(f"<li>{told(step)}</li>\n" for step in self.opening.steps)
        unable = f"<p>{told(self.opening.unable)}</p>\n" if self.opening.unable else ""
        return PAGE.format(
            title=told(f"Protected file from {self.organisation}"),
            sent=told(self._sent),
            what=told(self._what),
            steps=steps,
            unable=unable,
            doubt=told(self._doubt),
            reference=told(self.reference),
        )


PAGE: Final = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body style="font-family: sans-serif; line-height: 1.5; max-width: 40em">
<h1 style="font-size: 1.25em">{title}</h1>
<p>{sent}</p>
<p>{what}</p>
<h2 style="font-size: 1.1em">How to open it</h2>
<ol>
{steps}</ol>
{unable}<p>{doubt}</p>
<p>Reference: {reference}</p>
</body>
</html>
"""
