"""Hides what was found before it is sealed: masked, or under a short code that is the same for the same value.

A mask shows the ends of an identifier; of a word or a name, such as an illness, it shows nothing but the kind.

Strict, because what is left out by mistake is disclosed: every finding must be found again in the very bytes that go,
in text files, tables (CSV) and the texts of a mail, and in nothing else; its normal form must mask exactly as it was
masked. Wherever else the same stands in these texts it is hidden too, however it is written; afterwards none of the
values may be left anywhere, and who inspects it again must find nothing. Otherwise `NotSealed` says which part, by its
number: names of files may say as much as the content.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, TypeAlias

from gateway.errors import NotSealed
from gateway.model.inspection import COUNTS_FROM, Finding, Inspection, Where
from gateway.model.redactable import PAGE, TABLES, TEXT_FILES
from gateway.protect import Plain
from gateway.protect.bodies import AS_IT_IS, HTML, PLAIN, Body, bodies, replaced, text_of
from gateway.protect.content import Held, whole
from gateway.protect.leftovers import LARGEST, is_addressed, refuse_leftovers
from gateway.protect.sources import SEPARATORS, Source, as_page, as_table, as_text
from gateway.protect.spans import Hide, Mask, Span, Spans, again, in_text, on_page, rewritten

MARK: Final = "\ufeff"
BY_HAND: Final = "remove the data by hand, or ask an officer"
WORDS: Final = frozenset(
    {"BIOMETRIC", "CHILD_SAFEGUARDING", "COMMERCIAL", "ETHNICITY", "HEALTH", "LEARNED_FORM", "LEGAL_PRIVILEGE"}
    | {"OFFENCE", "PERSON_NAME", "POLITICS", "REGISTERED_PERSON", "RELIGION", "SECRET", "SEX_LIFE"}
    | {"STATUTE_BARRED_HEALTH", "TRADE_UNION"}
)
"""Entities whose values are words and names: the first and last letters of `gonorrhoea` are as good as the word."""
SHORT, LONG = 4, 12  # hexadecimal digits of a code

STEPS: Final = re.compile(r"[/\\]")

Look: TypeAlias = Callable[[str, bytes], Inspection]
"""(name, content) -> what is found in it"""

Read: TypeAlias = Callable[[str], Source | None]
"""(what is written) -> how it is read, None where it cannot be read so"""


def redacted(
    parts: Sequence[Plain], *, message: bool, inspection: Inspection | None, mask: Mask | None, pseudonyms: bool
) -> tuple[Plain, ...]:
    """Return the parts with every finding that counts hidden; `NotSealed` when that cannot be done and shown."""
    if inspection is None or mask is None:
        raise NotSealed("what was found is not known, so it cannot be hidden")
    sure = [finding for finding in inspection.findings if finding.confidence >= COUNTS_FROM]
    hide = _codes(sure) if pseudonyms else _masks(mask)
    redaction = _Redaction(names=[STEPS.split(part.name)[-1] for part in parts], mask=mask, hide=hide)
    if inspection.gaps:
        raise redaction.refusal(inspection.gaps[0].part, "was not read as a whole")
    for finding in sure:
        if redaction.names.count(_top(finding)) != 1:
            raise redaction.refusal(finding.part, "is not known by its name")
    done = []
    for name, part in zip(redaction.names, parts, strict=True):
        own = [finding for finding in sure if _top(finding) == name]
        hidden = redaction.in_message if message else redaction.in_file
        done.append(hidden(part, name, own) if own else part)
    refuse_leftovers(done, redaction.values, message=message)
    return tuple(done)


def refuse_found_again(parts: Sequence[Plain], look: Look, mask: Mask, *, message: bool) -> None:
    """Raise `NotSealed` where a part that was redacted still holds something that counts, or cannot be read any more.

    `look` inspects it as it was inspected when it came. Addresses by which a mail goes are left, as before.
    """
    for part in parts:
        content = whole(part.content)
        seen = look(part.name, content)
        if seen.gaps:
            raise NotSealed("a part cannot be redacted: it cannot be read afterwards", hint=BY_HAND)
        for finding in seen.findings:
            is_left = message and finding.where is Where.MAIL_HEADER and is_addressed(content, finding, mask)
            if finding.confidence >= COUNTS_FROM and not is_left:
                raise NotSealed(f"a part cannot be redacted: {finding.entity} is found in it afterwards", hint=BY_HAND)


def _top(finding: Finding) -> str:
    """Return the name of the part that came in, of which this one is or within which it is."""
    return finding.part.partition("/")[0]


def _masks(mask: Mask) -> Hide:
    """Return what shows the ends of an identifier, and of a word or a name that tells by itself only its kind."""

    def hide(span: Span) -> str:
        words = sorted(WORDS & {span.entity, *span.within}, key=lambda each: (each != span.entity, each))
        return f"[{words[0]}]" if words else mask(span.entity, span.value)

    return hide


def _codes(findings: Sequence[Finding]) -> Hide:
    """Return what writes `[NHS_NUMBER 3f2a]`: the code comes of the finding's key, and is longer where two meet."""
    digests = {each.key: hashlib.sha256(each.key.encode()).hexdigest() for each in findings if each.key}
    short = [digest[:SHORT] for digest in digests.values()]
    code = {key: digest[: SHORT if short.count(digest[:SHORT]) == 1 else LONG] for key, digest in digests.items()}
    if len(set(code.values())) < len(code):
        raise NotSealed("two values would have the same code")
    return lambda span: f"[{span.entity} {code[span.key]}]" if span.key in code else f"[{span.entity}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """One text of a message, decoded."""

    body: Body
    text: str


@dataclass(slots=True, kw_only=True)
class _Redaction:
    """One transfer being redacted. `names` are what its parts are called in findings; `values` is what was hidden."""

    names: Sequence[str]
    mask: Mask
    hide: Hide
    values: list[str] = field(default_factory=list)

    def refusal(self, path: str, why: str) -> NotSealed:
        """Return the refusal for a part, by its number: of `letter.eml/2/plan.docx` it is 1/2."""
        name, *inner = path.split("/")
        number = str(self.names.index(name) + 1) if name in self.names else "?"
        return NotSealed(f"part {'/'.join([number, *inner[::2]])} cannot be redacted: it {why}", hint=BY_HAND)

    def small(self, part: Plain, name: str) -> bytes:
        """Return the content of a part that is small enough to be written anew in memory."""
        if part.content.size > LARGEST:
            raise self.refusal(name, "is too large")
        return whole(part.content)

    def in_file(self, part: Plain, name: str, findings: Sequence[Finding]) -> Plain:
        """Return a text file or a table with its findings hidden."""
        if not name.lower().endswith(TEXT_FILES):
            raise self.refusal(name, "is no plain text")
        if any(finding.part != name or finding.where is not Where.BODY for finding in findings):
            raise self.refusal(name, "holds what was found elsewhere than in its text")
        try:
            written = self.small(part, name).decode("utf-8")
        except UnicodeDecodeError:
            raise self.refusal(name, "is not in UTF-8") from None
        text = written.removeprefix(MARK)
        for read in _readings(name):
            source = read(text)
            if source and (spans := in_text(source, findings, self.mask)):
                done = self.hidden(source, spans, spans, read)
                return replace(part, content=Held((written[: len(written) - len(text)] + done).encode("utf-8")))
        raise self.refusal(name, "does not hold what was found at its place")

    def hidden(self, source: Source, spans: Spans, known: Spans, read: Read) -> str:
        """Return a text with its spans hidden, and what is known wherever else it stands."""
        self.values += [span.value for span in spans]
        done = rewritten(source, spans, self.hide)
        after = read(done)
        return rewritten(after, [*again(after, known)], self.hide) if after else done

    def in_message(self, part: Plain, name: str, findings: Sequence[Finding]) -> Plain:
        """Return a message with the findings in its texts hidden."""
        groups = self._grouped(part, name, findings)
        if not groups:
            return part
        message = self.small(part, name)
        texts = [_decoded(message, body) for body in bodies(message)]
        places: dict[Body, tuple[_Text, Source, Spans]] = {}
        for (path, segment), own in groups.items():
            kind, look = (HTML, on_page) if segment < 0 else (PLAIN, in_text)
            read = [(each, _READ[kind](each.text)) for each in texts if each.body.kind == kind]
            seen = [(each, source, spans) for each, source in read if (spans := look(source, own, self.mask))]
            if len(seen) != 1 or seen[0][0].body in places:
                raise self.refusal(path, "does not hold what was found at its place")
            places[seen[0][0].body] = seen[0]
        known = [span for _, _, spans in places.values() for span in spans]
        changes = [
            (body, _encoded(here, self.hidden(source, spans, known, _READ[body.kind])))
            for body, (here, source, spans) in places.items()
        ]
        return replace(part, content=Held(replaced(message, changes)))

    def _grouped(self, part: Plain, name: str, findings: Sequence[Finding]) -> dict[tuple[str, int], list[Finding]]:
        """Return the findings in the texts by part and segment, a page's with -1; those in addresses stay."""
        groups: dict[tuple[str, int], list[Finding]] = defaultdict(list)
        for finding in findings:
            is_own = finding.part == name
            is_page = bool(re.fullmatch(rf"{re.escape(name)}/[0-9]+/{re.escape(PAGE)}", finding.part))
            if finding.where is Where.MAIL_HEADER and is_own:
                if not is_addressed(whole(part.content), finding, self.mask):
                    raise self.refusal(finding.part, "holds something in its header")
            elif finding.where is Where.BODY and (is_own or is_page):
                groups[finding.part, -1 if is_page else finding.segment].append(finding)
            else:
                raise self.refusal(finding.part, f"holds something that cannot be reached ({finding.where})")
        return groups


def _readings(name: str) -> Sequence[Read]:
    """Return in which ways a text file may have been read."""
    tables = [partial(as_table, separator=each) for each in SEPARATORS] if name.lower().endswith(TABLES) else ()
    return [*tables, as_text]


def _decoded(message: bytes, body: Body) -> _Text:
    try:
        text = "" if body.untouchable else text_of(message, body).decode(body.charset)
    except (LookupError, UnicodeError):
        raise NotSealed("a text of the message is not in its character set", hint=BY_HAND) from None
    return _Text(body=body, text=text)


def _encoded(here: _Text, done: str) -> bytes:
    """Return a redacted text in letters that its character set and transfer encoding have."""
    is_seven_bit = here.body.coding in AS_IT_IS - {"8bit", "binary"} and here.text.isascii()
    with suppress(UnicodeEncodeError):
        return (done.translate(IN_ASCII) if is_seven_bit else done).encode(here.body.charset)
    return done.translate(IN_ASCII).encode(here.body.charset, "replace")  # the normal form has letters of its own


_READ: Final[Mapping[str, Callable[[str], Source]]] = {HTML: as_page, PLAIN: as_text}
IN_ASCII: Final[Mapping[int, str]] = {ord("\u2022"): "*", ord("\u2026"): "..."}
"""The signs of a masked value where only ASCII can stand."""
