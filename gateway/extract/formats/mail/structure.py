"""Where a message can be read in two ways: what one program takes for a file, another shows as text, or not at all.

Each such place is a gap, since nobody knows which way the recipient's program goes. RFC 2045 5.1 (parameters),
RFC 2046 5.1 (boundaries), RFC 5322 2.2 (header fields), RFC 2231 3 (split parameters).
"""

from __future__ import annotations

import email.errors
import re
from collections.abc import Iterator
from email.message import Message

STRUCTURAL = ("content-type", "content-transfer-encoding", "content-disposition", "mime-version")
AS_IT_IS = frozenset({"", "7bit", "8bit", "binary"})
HARMLESS = (
    email.errors.InvalidMultipartContentTransferEncodingDefect,  # looked at below
    email.errors.CloseBoundaryNotFoundDefect,  # the last part then runs to the end for every reader: a cut message
    email.errors.InvalidBase64PaddingDefect,  # missing `=` at the end: the same bytes come out
)
_WORD = r'[^\s;"()<>,=\\]'
PARAMETERS = re.compile(
    rf"\s*(?P<kind>[^\s;\"()<>,=/\\]+(?:/[^\s;\"()<>,=/\\]+)?)\s*"
    rf'(?P<rest>(?:;\s*{_WORD}+\s*=\s*(?:(?:{_WORD}|=)+|"(?:[^"\\]|\\.)*")\s*)*)(?:;\s*)*'
)
PARAMETER = re.compile(rf';\s*({_WORD}+)\s*=\s*((?:{_WORD}|=)+|"(?:[^"\\]|\\.)*")')
MIME_LINE = re.compile(r"^content-(?:type|transfer-encoding|disposition)[ \t]*:", re.MULTILINE | re.IGNORECASE)
BLANK_FOLD = re.compile(r"\n[ \t]+(?:\r?\n|$)")
LONGEST_BOUNDARY = 70  # RFC 2046 5.1.1


def disputes(part: Message) -> Iterator[str]:
    """Yield what is disputable about one part, in words of ours; nothing for one that all readers read alike."""
    if any(not isinstance(defect, HARMLESS) for defect in part.defects):
        yield "mail structure"
    for name in STRUCTURAL:
        values = {" ".join(str(value).split()).lower() for value in part.get_all(name, [])}
        if len(values) > 1:
            yield f"{name} repeated"
    for name in ("content-type", "content-disposition"):
        if any(_misread(str(value), name) for value in part.get_all(name, [])):
            yield f"{name} parameters"
    if any(BLANK_FOLD.search(str(value)) for _, value in part.raw_items()):
        yield "blank line in headers"
    main, coding = part.get_content_maintype(), str(part.get("content-transfer-encoding", "")).strip().lower()
    both_read = main == "multipart" and coding == "quoted-printable"
    if main in {"multipart", "message"} and coding not in AS_IT_IS and not both_read:
        yield f"{main} with a transfer encoding"
    if main == "multipart" and not part.is_multipart():
        yield "multipart without parts"
    if any(isinstance(text, str) and MIME_LINE.search(text) for text in (part.preamble, part.epilogue)):
        yield "parts outside boundaries"


def disputes_of_all(message: Message, data: bytes) -> Iterator[str]:
    """Yield what is disputable about a whole message: line ends, its beginning, lines that are nearly a boundary."""
    parts = list(message.walk())
    binary = any(str(part.get("content-transfer-encoding", "")).strip().lower() == "binary" for part in parts)
    if not binary and (b"\0" in data or data.count(b"\r") != data.count(b"\r\n")):
        yield "line ends"
    if data[:1] in {b"\r", b"\n"}:
        yield "blank line before headers"
    boundaries = {_boundary(part) for part in parts if part.get_content_maintype() == "multipart"} - {""}
    if boundaries and any(_is_near(line, boundaries) for line in _dashed(data)):
        yield "nearly a boundary"


def _dashed(data: bytes) -> Iterator[str]:
    """Yield every line that begins with two hyphens, without them and without blanks at its end."""
    at = 0 if data.startswith(b"--") else data.find(b"\n--") + 1
    while at or data.startswith(b"--"):
        end = data.find(b"\n", at)
        yield data[at + 2 : end if end >= 0 else len(data)].rstrip(b" \t\r").decode("utf-8", "surrogateescape")
        at = data.find(b"\n--", at + 2) + 1
        if not at:
            return


def _is_near(line: str, boundaries: set[str]) -> bool:
    """Say whether a line begins as a boundary and is none."""
    if line in boundaries or line.removesuffix("--") in boundaries:
        return False
    return line.startswith(tuple(boundaries))


def _misread(value: str, header: str) -> bool:
    """Say whether a header's parameters are broken, repeated, commented, or (those that matter) split or escaped."""
    whole = PARAMETERS.fullmatch(value)
    if whole is None or (header == "content-type" and "/" not in whole["kind"]):
        return True
    seen: dict[str, str] = {}
    for name, said in PARAMETER.findall(whole["rest"]):
        key = name.lower()
        if seen.setdefault(key, said) != said:
            return True
        bare = said.strip('"')
        if key.partition("*")[0] in {"boundary", "charset"} and ("*" in key or "\\" in said or bare != bare.strip()):
            return True
        if key == "boundary" and not 0 < len(bare) <= LONGEST_BOUNDARY:
            return True
    return False


def _boundary(part: Message) -> str:
    """Return a part's boundary, or empty."""
    try:
        return str(part.get_boundary("") or "")
    except (LookupError, ValueError, TypeError, AttributeError, IndexError):
        return ""
