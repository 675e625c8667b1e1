"""What must be true of a journey, whatever the mail was like: read with other eyes than those of the gateway.

Refused with the right code, or held for a reason, or delivered: unsealed byte for byte, but for what the documents say
is taken out; sealed so that the passphrase opens exactly that, and nothing of it stands outside.
"""

from __future__ import annotations

import email
import email.policy
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from typing import Final

import pyzipper

from gateway.model.header_text import FOLDER_LINE
from gateway.model.inspection import GapKind
from gateway.model.lifecycle import DeliveryState
from gateway.model.transfer import Delivery
from tests.integration.passage import TRACE
from tests.robustness.seeds import RESTRICTED
from tests.robustness.walk import COLLEAGUE, STRANGER, Journey, ended

AMBIGUOUS: Final = re.compile(rb"\0|\r(?!\n)|(?<!\r)\n")
ENVELOPE: Final = rb"apparently-to|delivered-to|envelope-to|x-delivered-to|x-envelope-to|x-original-to|x-rcpt-to"
OURS: Final = rb"x-gateway-password|x-transfer-reason|x-transfer-consent|bcc|resent-bcc|" + ENVELOPE
INTERNAL: Final = rb"x-originating-ip|x-gateway-[^:\r]*|x-ms-exchange-(?:organization|crosspremises)-[^:\r]*"
ASKED_FOR: Final = re.compile(rb"(?i)^(?:x-gateway-password|x-transfer-(?:reason|consent))[ \t]*:", re.MULTILINE)
BEGINS: Final = rb"(?im)(?:\A[ \t\x0b\x0c]*|^[\x0b\x0c]*)"  # after the first line a space goes on with the field before
REST: Final = rb"[ \t\x0b\x0c]*:(?:[^\r]|\r\n[ \t])*\r\n"
MIME: Final = re.compile(rb"(?im)^content-[a-z-]+:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*")
SUBJECT: Final = re.compile(BEGINS + rb"subject" + REST)
MARK: Final = re.compile(BEGINS + rb"x-protective-marking" + REST)
HOP: Final = re.compile(rb"(?im)^received[ \t]*:")
MAY_CHANGE: Final = re.compile(rb"(?i)encrypt|secure|=\?|[^\x00-\x7f]")
HAS_A_BODY: Final = re.compile(rb"\A\r\n|\r\n\r\n")
LARGEST_HEADER: Final = 1_000_000 - 10
LONGEST_LINE: Final = 1 << 20
LONGEST_WORD: Final = 24
SENTENCE: Final = re.compile(rb"[A-Za-z][A-Za-z0-9,.]*(?: [A-Za-z0-9,.]+){5,}")
MOST_LINES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a message, in words for each recipient, and what is wrong with that."""

    became: tuple[str, ...]
    wrong: tuple[str, ...]


def judge(message: bytes, journey: Journey, marking: str = "") -> Verdict:
    """Judge one journey. `marking` is what the mail was marked with before it was damaged."""
    transfer = journey.transfer
    if transfer is None:
        return Verdict(
            became=(f"refused {journey.answer[:10].rstrip()}",), wrong=tuple(_wrong_refusal(message, journey))
        )
    inspection = transfer.inspection
    wrong = [] if inspection else ["it was never inspected"]
    gaps = sorted({str(gap.kind) for gap in inspection.gaps}) if inspection else []
    if AMBIGUOUS.search(ended(message)):
        wrong.append("a message with bare CR, bare LF or NUL was taken")
    wrong += [f"gap {gap.kind} {gap.detail}" for gap in (inspection.gaps if inspection else ()) if gap.kind in BROKEN]
    became = []
    for each in transfer.deliveries:
        to = each.recipient.partition("@")[2]
        method = each.sealed.method if each.sealed else ""
        if each.state is DeliveryState.DELIVERED:
            became.append(f"{to}: {'sealed' if method != 'none' else 'intact'}")
            wrong += [f"{to}: {why}" for why in _wrong_delivery(message, journey, each, marking)]
        elif each.state in {DeliveryState.HELD, DeliveryState.REFUSED} and (each.trouble or _reasons(each)):
            became.append(f"{to}: {each.state} for {each.trouble or ', '.join(gaps) or _reasons(each)[0]}")
        else:
            wrong.append(f"{to}: left {each.state} without a reason")
    return Verdict(became=tuple(became), wrong=tuple(wrong))


BROKEN: Final = frozenset({GapKind.CRASHED, GapKind.DETECTOR_FAILED, GapKind.TIMEOUT})
"""What a mail may not do to those who read it: it is held then, but somebody's code was surprised."""


def _reasons(delivery: Delivery) -> list[str]:
    return [reason.rule for reason in delivery.verdict.reasons] if delivery.verdict else []


def _wrong_refusal(message: bytes, journey: Journey) -> Iterator[str]:
    top = message.partition(b"\r\n\r\n")[0]
    answer = journey.answer
    if AMBIGUOUS.search(ended(message)):
        right = answer.startswith("550 5.6.11 ") or max(map(len, message.split(b"\r\n"))) > LONGEST_LINE
    elif answer.startswith("500 5.6.0 "):
        right = max(map(len, message.split(b"\r\n"))) > LONGEST_LINE
    elif answer.startswith("554 5.4.6 "):
        right = len(HOP.findall(top)) > 50 or top.count(b"(secure-transfer-gateway)") >= 3
    elif answer.startswith("554 5.6.0 "):
        right = bool(ASKED_FOR.search(top)) or len(top) > LARGEST_HEADER
    else:
        right = False
    if not right:
        yield f"refused for no reason: {answer}"


def _wrong_delivery(message: bytes, journey: Journey, delivery: Delivery, marking: str) -> Iterator[str]:
    files = journey.got.get(delivery.recipient, [])
    verdict, sealed = delivery.verdict, delivery.sealed
    if len(files) != 1 or verdict is None or sealed is None:
        yield f"{len(files)} files were handed over"
        return
    outside = delivery.recipient != COLLEAGUE
    if marking == RESTRICTED and _shows(message, marking):
        yield "what is marked RESTRICTED left"
    if sealed.method == "none":
        if delivery.recipient == STRANGER and marking and _shows(message, marking):
            yield "what is marked went over the internet in clear"
        yield from wrong_copy(
            message, files[0], outside=outside, marked=any(each.startswith("mark:") for each in verdict.obligations)
        )
    elif sealed.method == "zip":
        yield from _wrong_seal(message, files[0], journey.secrets.get(delivery.recipient, ""), verdict.obligations)
    else:
        yield f"sealed as {sealed.method}, which nobody can check here"


def expected(message: bytes, *, outside: bool) -> bytes:
    """Return what is to arrive behind our trace field: all of it, but for what the documents say is taken out."""
    whole = ended(message)
    names = OURS + (b"|" + INTERNAL if outside else b"")
    gone = re.compile(BEGINS + rb"(?:" + names + rb")" + REST)
    top, end, rest = whole.partition(b"\r\n\r\n")
    if whole.startswith(b"\r\n"):
        return whole
    return gone.sub(b"", top + end[:2]) + end[2:] + rest if end else gone.sub(b"", whole)


def wrong_copy(message: bytes, arrived: bytes, *, outside: bool, marked: bool) -> Iterator[str]:
    """Yield what is wrong with an unsealed copy. One that is `marked` may differ in its subject and in one field."""
    trace = TRACE.match(arrived)
    if trace is None:
        yield "our trace field is not on top"
        return
    fields = email.message_from_bytes(_top(arrived) + b"\r\n", policy=email.policy.compat32).keys()
    if any(name.strip().lower() in {"bcc", "resent-bcc"} for name in fields):
        yield "a blind recipient is named"
    wanted, got = expected(message, outside=outside), (trace[1] or b"") + arrived[trace.end() :]
    if got in {wanted, wanted + b"\r\n"} and (wanted == got or not HAS_A_BODY.search(wanted)):
        return
    if marked:  # the line of a mail folder is not in what is written anew
        wanted, got = (FOLDER_LINE.sub(b"", each) for each in (wanted, got))
    changing = [SUBJECT] if outside or marked else []
    changing += [MARK] if marked else []
    plain = [_without(each, changing) for each in (wanted, got)]
    if plain[0] != plain[1] or not changing:
        yield f"it was changed silently: {_difference(*plain)}"
    elif not marked and not any(map(_may_change, SUBJECT.findall(_top(wanted)))):
        yield f"its subject was changed for no reason: {_difference(wanted, got)}"


def _wrong_seal(message: bytes, mail: bytes, secret: str, obligations: frozenset[str]) -> Iterator[str]:
    outer = email.message_from_bytes(mail, policy=email.policy.default)
    attached = [each.get_payload(decode=True) for each in outer.iter_attachments()]
    if len(attached) != 1 or not isinstance(attached[0], bytes) or not secret:
        yield "the sealed message does not hold one sealed file with a passphrase"
        return
    with pyzipper.AESZipFile(io.BytesIO(attached[0])) as archive:
        archive.setpassword(secret.encode("ascii"))
        inside = [archive.read(name) for name in archive.namelist() if name == "message.eml"]
    if len(inside) != 1:
        yield "the seal does not hold the message"
        return
    yield from wrong_copy(
        message, inside[0], outside=True, marked=any(each.startswith("mark:") for each in obligations)
    )
    yield from standing_outside(message, mail)


def standing_outside(message: bytes, mail: bytes) -> Iterator[str]:
    """Yield what of a message stands outside the seal of the mail that carries it: whole lines, and its subject."""
    body = message.partition(b"\r\n\r\n")[2]
    if any(line in mail for line in body.split(b"\r\n")[:MOST_LINES] if SENTENCE.fullmatch(line)):
        yield "a line of it stands outside the seal"
    words = MIME.sub(b"", mail)  # which say `multipart/mixed; boundary=` by themselves
    for subject in SUBJECT.findall(_top(message)):
        said = subject.partition(b":")[2].strip()
        if len(said) > LONGEST_WORD and said in words:
            yield "its subject stands outside the seal"


def _shows(message: bytes, marking: str) -> bool:
    """Say whether Python's own parser reads the marking as a line by itself in a text that is shown, with no gap."""
    parsed = email.message_from_bytes(message, policy=email.policy.compat32)
    for part in parsed.walk():
        content = part.get_payload(decode=True)
        is_text = part.get_content_maintype() == "text"
        if is_text and isinstance(content, bytes) and marking.encode() in content.split(b"\r\n"):
            return True
    return False


def asks(message: bytes) -> bool:
    """Say whether the one subject of a message asks for encryption in brackets, as Python decodes it."""
    subjects = SUBJECT.findall(_top(message))
    if len(subjects) != 1:
        return False
    raw = " ".join(subjects[0].partition(b":")[2].decode("utf-8", "replace").split())
    try:
        return "[encrypt]" in str(make_header(decode_header(raw))).lower()
    except (MessageError, LookupError, ValueError):
        return "[encrypt]" in raw.lower()


def _top(message: bytes) -> bytes:
    return b"" if message.startswith(b"\r\n") else message.partition(b"\r\n\r\n")[0] + b"\r\n"


def _may_change(subject: bytes) -> bool:
    """Say whether a subject may ask for encryption, which nobody outside is to read."""
    return bool(MAY_CHANGE.search(subject))


def _without(message: bytes, forms: list[re.Pattern[bytes]]) -> bytes:
    top = _top(message)
    rest = message[len(top) :] if top else message
    for form in forms:
        top = form.sub(b"", top)
    return top + rest


def _difference(wanted: bytes, got: bytes) -> str:
    at = next(
        (at for at, pair in enumerate(zip(wanted, got, strict=False)) if pair[0] != pair[1]), min(len(wanted), len(got))
    )
    return f"at {at} wanted {wanted[max(0, at - 20) : at + 40]!r} and got {got[max(0, at - 20) : at + 40]!r}"
