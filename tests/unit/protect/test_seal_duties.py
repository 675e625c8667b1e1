"""What a delivery owes is done before it is sealed, or it is held."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import NotSealed
from gateway.model.transfer import Sealed
from gateway.model.verdict import OWING, Obligation, Owing
from gateway.protect import Envelope, Plain
from gateway.protect.content import Held, whole
from gateway.protect.duties import DELIVER, MARKS, MET_BY, PROTECT, RECORD, due, unmet
from gateway.protect.methods.zip_check import own_reader
from gateway.protect.methods.zip_writer import ZipEncryptor
from gateway.protect.seal import Protector
from tests.unit.protect.findings import MASK, finding, inspection
from tests.unit.protect.sealing import NOW, ORGANISATION, SEAL, Kept, on_desk, opened, seal

MAIL = Plain(
    name="message.eml",
    media_type="message/rfc822",
    content=Held(
        b"From: officer@council.example\r\nSubject: Annamarietta\r\n\r\nNHS number: 943 476 5919, Dear Alice\r\n"
    ),
)
FILE = Plain(
    name="Annamarietta.txt",
    media_type="text/plain",
    content=Held(b"NHS number: 943 476 5919, Dear Alice, dear Alice\r\n"),
)
TEXT = "NHS number: 943 476 5919"
TLS = frozenset({Obligation.TLS_VERIFIED})


@dataclass(slots=True)
class Open:
    """An encryptor that seals nothing and claims to: shows what would go inside."""

    seen: list[Plain]
    name: str = "pgp"
    by_passphrase: bool = False

    def seal(self, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str) -> Envelope:
        del recipient, words
        self.seen += parts
        return on_desk(desk, name=f"{name}.pgp")


def protector(*encryptors: Open) -> Protector:
    return Protector(ORGANISATION, [*encryptors, ZipEncryptor(checkers=[own_reader])], mask=MASK)


def inside(sealed: Sealed, kept: Kept) -> dict[str, bytes]:
    container = kept.objects[sealed.parts[0].object_id]
    for part in email.message_from_bytes(container).walk() if sealed.message else ():
        attached = part.get_payload(decode=True)
        container = attached if part.get_content_type() == "application/zip" else container  # type: ignore[assignment]
    return opened(container, kept.objects[sealed.secret_object_id])


def everything(kept: Kept) -> list[bytes]:
    """Return what was stored, and what the parts of messages hold."""
    decoded = [
        part.get_payload(decode=True)
        for content in kept.objects.values()
        for part in email.message_from_bytes(content).walk()
    ]
    return [*kept.objects.values(), *(each for each in decoded if isinstance(each, bytes))]


# --- the table ---------------------------------------------------------------------------------------------------


def test_every_obligation_but_one_has_somebody_who_meets_it() -> None:
    assert set(MET_BY) == {*Obligation, *Owing} - {Obligation.ASK_REASON}
    assert set(MET_BY.values()) == {PROTECT, DELIVER, RECORD}
    assert set(OWING) == set(Owing)


@pytest.mark.parametrize(
    "owed",
    [
        *("seal:aes512", "delay:0m", "delay", "tell", "tell:ciso", "tell:CISO", "seal:not", "seal:not:", "retain:", ""),
        *("ask:reason", "mark:subject ", "MARK:SUBJECT"),
    ],
)
def test_what_nobody_does_holds_the_delivery(owed: str) -> None:
    assert unmet({owed, *SEAL}, roles=["caldicott-guardian"]) == [owed]
    kept = Kept()
    with pytest.raises(NotSealed, match="nobody here"):
        seal(protector(), [FILE], kept, obligations=SEAL | {owed})
    assert kept.objects == {}


def test_what_somebody_does_does_not() -> None:
    owed = {"tell:ciso", "delay:10m", "retain:six-years", "seal:not:pgp", Obligation.DISCLOSURE_RECORD, *SEAL, *TLS}
    assert unmet(owed, roles=["ciso"]) == []
    assert seal(protector(), [FILE], Kept(), obligations=frozenset(owed), roles=["ciso"])[0].method == "zip"


def test_a_delivery_goes_after_the_longest_delay_it_owes() -> None:
    assert due({"delay:10m", "delay:90m", "delay:9m", "tell:x"}, NOW) == NOW + timedelta(minutes=90)
    assert due({"tell:x"}, NOW) is None


# --- methods -----------------------------------------------------------------------------------------------------


def test_a_barred_method_is_not_chosen_and_without_any_nothing_goes() -> None:
    both = protector(Open([]))
    assert seal(both, [FILE], Kept())[0].method == "pgp"
    assert seal(both, [FILE], Kept(), obligations=SEAL | {"seal:not:pgp"})[0].method == "zip"
    assert both.can("alice@partner.example", may_tell=True) == {"pgp", "zip"}, "what they can take is another question"
    with pytest.raises(NotSealed, match="no sealing method"):
        seal(both, [FILE], Kept(), obligations=SEAL | {"seal:not:pgp", "seal:not:zip"})


def test_a_passphrase_by_another_channel_bars_what_has_one() -> None:
    owed = SEAL | {Obligation.PASSPHRASE_OTHER_CHANNEL}
    assert seal(protector(Open([])), [FILE], Kept(), obligations=owed)[0].method == "pgp"
    with pytest.raises(NotSealed, match="no sealing method"):
        seal(protector(), [FILE], Kept(), obligations=owed)


# --- markings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_message", [False, True])
def test_the_marking_goes_inside_the_seal_and_never_on_the_outside(as_message: bool) -> None:  # noqa: FBT001 - a table
    seen: list[Plain] = []
    for encryptors in ((), (Open(seen),)):
        kept = Kept()
        sealed, _ = seal(
            protector(*encryptors), [MAIL], kept, obligations=SEAL | MARKS, message=True, as_message=as_message,
            marking="PROTECT",
        )  # fmt: skip
        outgoing = kept.objects[sealed.parts[0].object_id]
        assert b"PROTECT" not in outgoing
        assert b"Annamarietta" not in outgoing
        assert "PROTECT" not in sealed.parts[0].name
        if sealed.method == "zip":
            opened = inside(sealed, kept)
            written, shown = opened["message.eml"], opened["message.txt"].decode("utf-8-sig")
            assert "Subject: [PROTECT] Annamarietta" in shown
            assert "\r\nPROTECT\r\n" in shown
            assert "Protective marking: PROTECT\r\n" in opened["contents.txt"].decode("utf-8-sig")
        else:
            written = whole(seen[0].content)
        message = email.message_from_bytes(written, policy=email.policy.default)
        assert (message["Subject"], message["X-Protective-Marking"]) == ("[PROTECT] Annamarietta", "PROTECT")
        assert written.partition(b"\r\n\r\n")[2].startswith(b"PROTECT\r\n\r\nNHS number")


def test_by_verified_tls_the_message_itself_is_marked() -> None:
    kept = Kept()
    sealed, _ = seal(
        protector(), [MAIL], kept, obligations=TLS | MARKS, message=True, as_message=True, marking="PROTECT"
    )
    outgoing = kept.objects[sealed.parts[0].object_id]
    assert (
        b"Subject: [PROTECT] Annamarietta\r\nX-Protective-Marking: PROTECT\r\n\r\nPROTECT\r\n\r\nNHS number" in outgoing
    )


def test_files_are_marked_where_an_envelope_has_a_place_for_it() -> None:
    kept = Kept()
    sealed, _ = seal(protector(), [FILE], kept, obligations=SEAL | MARKS, marking="PROTECT")
    opened = inside(sealed, kept)
    assert opened["document-1.txt"] == whole(FILE.content)
    assert "Protective marking: PROTECT\r\n" in opened["contents.txt"].decode("utf-8-sig")
    kept = Kept()
    sealed, _ = seal(
        protector(), [FILE], kept, obligations=TLS | MARKS, as_message=True, marking="PROTECT", subject="plan"
    )
    message = email.message_from_bytes(kept.objects[sealed.parts[0].object_id], policy=email.policy.default)
    assert (message["Subject"], message["X-Protective-Marking"]) == ("[PROTECT] plan", "PROTECT")
    kept = Kept()
    sealed, _ = seal(protector(), [FILE], kept, obligations=TLS | MARKS, marking="PROTECT")
    assert set(kept.objects.values()) == {whole(FILE.content)}


def test_a_marking_that_cannot_be_shown_holds_the_delivery() -> None:
    for parts, message in (([MAIL], True), ([FILE], False)):
        with pytest.raises(NotSealed, match="no marking"):
            seal(protector(), parts, Kept(), obligations=SEAL | MARKS, message=message)
    both = TLS | {Obligation.MARK_SUBJECT, Obligation.NEUTRAL_SUBJECT}
    with pytest.raises(NotSealed, match="neutral"):
        seal(protector(), [MAIL], Kept(), obligations=both, message=True, as_message=True, marking="PROTECT")


def test_files_that_owe_marks_and_have_no_place_for_one_go_all_the_same() -> None:
    seen: list[Plain] = []
    sealed, _ = seal(protector(Open(seen)), [FILE], Kept(), obligations=SEAL | MARKS, marking="PROTECT")
    assert sealed.method == "pgp"
    assert [whole(part.content) for part in seen] == [whole(FILE.content)]


# --- neutral, without a seal -------------------------------------------------------------------------------------

NEUTRAL = TLS | {Obligation.NEUTRAL_SUBJECT}


@pytest.mark.parametrize("as_message", [False, True])
def test_files_that_must_be_neutral_have_names_that_say_nothing(as_message: bool) -> None:  # noqa: FBT001 - a table
    kept = Kept()
    other = Plain(name="Annamarietta's pictures/Annamarietta.JPG", media_type="image/jpeg", content=Held(b"picture"))
    sealed, _ = seal(protector(), [FILE, other], kept, obligations=NEUTRAL, as_message=as_message)
    assert sealed.method == "none"
    assert not any(b"Annamarietta" in content for content in everything(kept))
    message = email.message_from_bytes(kept.objects[sealed.parts[0].object_id], policy=email.policy.default)
    names = [part.get_filename() for part in message.iter_attachments()] if as_message else []
    assert (names or [part.name for part in sealed.parts]) == ["document-1.txt", "document-2.jpg"]


@pytest.mark.parametrize("as_message", [False, True])
def test_a_message_that_must_be_neutral_says_nothing_outside(as_message: bool) -> None:  # noqa: FBT001 - a table
    kept = Kept()
    telling = b"Subject: Annamarietta\r\nThread-Topic: Annamarietta\r\nKeywords: Annamarietta"
    text = whole(MAIL.content).replace(b"Subject: Annamarietta", telling)
    letter = Plain(name="Annamarietta.eml", media_type="message/rfc822", content=Held(text))
    sealed, _ = seal(protector(), [letter], kept, obligations=NEUTRAL, message=True, as_message=as_message)
    outgoing = kept.objects[sealed.parts[0].object_id]
    assert b"Annamarietta" not in outgoing
    assert b"Subject: Secure message from Council [t-1]\r\n" in outgoing
    assert outgoing.endswith(whole(letter.content).partition(b"\r\n\r\n")[2])
    assert sealed.parts[0].name == "message.eml"


# --- redaction ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("owed", [Obligation.REDACT, Obligation.PSEUDONYMISE])
def test_what_was_found_is_hidden_before_it_is_sealed(owed: Obligation) -> None:
    for part, message, name in ((MAIL, True, "message.eml"), (FILE, False, "document-1.txt")):
        seen = inspection(finding(TEXT, "943 476 5919", part=part.name, segment=1))
        kept = Kept()
        sealed, _ = seal(protector(), [part], kept, obligations=SEAL | {owed}, message=message, inspection=seen)
        opened = inside(sealed, kept)
        assert not any(b"943 476" in content for content in opened.values())
        assert (b"[NHS_NUMBER " in opened[name]) == (owed is Obligation.PSEUDONYMISE)
        assert b"Dear Alice" in opened[name]
        kept = Kept()
        seal(protector(), [part], kept, obligations=TLS | {owed}, message=message, as_message=True, inspection=seen)
        assert not any(b"943 476" in content for content in everything(kept))


def test_what_owes_both_shows_less() -> None:
    seen = inspection(finding(TEXT, "943 476 5919", part=FILE.name))
    kept = Kept()
    owed = TLS | {Obligation.REDACT, Obligation.PSEUDONYMISE}
    seal(protector(), [FILE], kept, obligations=owed, inspection=seen)
    assert any(b"[NHS_NUMBER " in content for content in kept.objects.values())


def test_without_what_was_found_or_without_a_mask_nothing_goes() -> None:
    owed = SEAL | {Obligation.REDACT}
    with pytest.raises(NotSealed, match="not known"):
        seal(protector(), [FILE], Kept(), obligations=owed)
    bare = Protector(ORGANISATION, [ZipEncryptor(checkers=[own_reader])])
    with pytest.raises(NotSealed, match="not known"):
        seal(bare, [FILE], Kept(), obligations=owed, inspection=inspection())


def test_a_redacted_message_is_marked_as_well() -> None:
    seen = inspection(finding(TEXT, "943 476 5919", part=MAIL.name, segment=1))
    kept = Kept()
    owed = TLS | MARKS | {Obligation.REDACT}
    sealed, _ = seal(
        protector(), [MAIL], kept, obligations=owed, message=True, as_message=True, inspection=seen, marking="PROTECT"
    )
    assert b"\r\n\r\nPROTECT\r\n\r\nNHS number: 94* *** **19" in kept.objects[sealed.parts[0].object_id]
