from __future__ import annotations

import email
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest

from gateway.errors import NotSealed, StorageFull, Unsound
from gateway.model.transfer import Evidence
from gateway.model.verdict import Obligation
from gateway.protect import Envelope, Plain, ae2, compose
from gateway.protect.container import ZipEncryptor
from gateway.protect.container_check import own_reader
from gateway.protect.seal import Form, Protector
from gateway.store import StoredObject
from tests.unit.protect.sealing import ORGANISATION, RECIPIENT, SEAL, SENDER, Kept, seal

LETTER = Plain(name="Anna Example.docx", media_type="text/plain", content=b"Dear Alice, Anna lives in Reading. " * 3)
MAIL = Plain(
    name="whole.eml",
    media_type="application/octet-stream",
    content=b"From: officer@council.example\r\nBcc: boss@council.example\r\n"
    b"Subject: PROTECT - Anna\r\n\r\nDear Alice\r\n",
)


def zipping() -> Protector:
    return Protector(ORGANISATION, [ZipEncryptor(checkers=[own_reader])])


def good(content: bytes = b"sealed", *, words: str = "") -> Envelope:
    evidence = Evidence(method="pgp", cipher="AES-256", verified_by="somebody")
    return Envelope(
        name="s.pgp", media_type="application/octet-stream", content=content, evidence=evidence, passphrase=words
    )


@dataclass(slots=True)
class Plugged:
    """An encryptor from outside: does what it is told, right or wrong."""

    does: Callable[[Sequence[Plain]], Envelope]
    able: bool = True
    name: str = "pgp"

    def may_seal_for(self, recipient: str) -> bool:
        return self.able and bool(recipient)

    def seal(self, parts: Sequence[Plain], recipient: str, name: str) -> Envelope:  # noqa: ARG002 - the seam
        return self.does(parts)


def test_files_become_one_container_with_its_passphrase_apart() -> None:
    kept = Kept()
    sealed, objects = seal(zipping(), [LETTER], kept, obligations=SEAL | {Obligation.TLS_VERIFIED})
    (part,) = sealed.parts
    assert (sealed.method, part.name, part.media_type) == ("zip", "secure-t-1.zip", "application/zip")
    assert sealed.needs_verified_tls
    assert not sealed.message
    assert sealed.rule == "protect-by-public-network"
    assert [each.id for each in objects] == [part.object_id, sealed.secret_object_id]
    words = kept.objects[sealed.secret_object_id].decode()
    assert dict(ae2.read(kept.objects[part.object_id], words))["document-1.docx"] == LETTER.content


def test_by_mail_a_container_travels_under_a_neutral_cover() -> None:
    kept = Kept()
    sealed, _ = seal(zipping(), [LETTER], kept, as_message=True)
    outgoing = kept.objects[sealed.parts[0].object_id]
    assert sealed.message
    assert b"Subject: Secure message from Council [t-1]\r\n" in outgoing
    assert b"Anna" not in outgoing
    assert b"PROTECT" not in outgoing
    assert kept.objects[sealed.secret_object_id] not in outgoing


def test_a_message_goes_whole_into_a_container_without_blind_recipients() -> None:
    kept = Kept()
    sealed, _ = seal(zipping(), [MAIL], kept, message=True)
    inside = dict(ae2.read(kept.objects[sealed.parts[0].object_id], kept.objects[sealed.secret_object_id].decode()))
    assert list(inside) == ["contents.txt", "message.eml", "message.txt"]
    assert inside["message.eml"] == MAIL.content.replace(b"Bcc: boss@council.example\r\n", b"")
    assert b"Subject: PROTECT - Anna" in inside["contents.txt"]


def test_without_the_obligation_a_message_passes_unchanged_but_for_blind_recipients() -> None:
    kept = Kept()
    sealed, _ = seal(zipping(), [MAIL], kept, obligations=frozenset(), message=True, as_message=True, sender="")
    assert (sealed.method, sealed.evidence.method, sealed.secret_object_id) == ("none", "none", "")
    assert not sealed.needs_verified_tls
    assert kept.objects[sealed.parts[0].object_id] == MAIL.content.replace(b"Bcc: boss@council.example\r\n", b"")


def test_a_neutral_subject_can_be_asked_for_without_a_seal() -> None:
    kept = Kept()
    wanted = frozenset({Obligation.NEUTRAL_SUBJECT, Obligation.TLS_VERIFIED})
    sealed, _ = seal(zipping(), [MAIL], kept, obligations=wanted, message=True, as_message=True)
    outgoing = kept.objects[sealed.parts[0].object_id]
    assert b"Subject: Secure message from Council [t-1]\r\n" in outgoing
    assert b"PROTECT" not in outgoing
    assert sealed.needs_verified_tls


def test_without_the_obligation_files_go_as_they_are_under_names_that_are_no_paths() -> None:
    kept = Kept()
    parts = [LETTER, replace(LETTER, name="../../etc/passwd"), replace(LETTER, name="Anna Example.docx")]
    sealed, _ = seal(zipping(), parts, kept, obligations=frozenset())
    assert [part.name for part in sealed.parts] == ["Anna Example.docx", "passwd", "Anna Example-2.docx"]
    assert set(kept.objects.values()) == {LETTER.content}


def test_unsealed_files_by_mail_are_attachments_under_the_senders_subject() -> None:
    kept = Kept()
    sealed, _ = seal(zipping(), [LETTER], kept, obligations=frozenset(), as_message=True, subject="plan\r\nBcc: a@b")
    message = email.message_from_bytes(kept.objects[sealed.parts[0].object_id])
    assert message["Subject"] == "plan Bcc: a@b"
    assert message["Bcc"] is None


def test_the_order_of_methods_is_kept_and_a_recipient_without_a_key_gets_the_next() -> None:
    for able, method in ((True, "pgp"), (False, "zip")):
        protector = Protector(
            ORGANISATION, [ZipEncryptor(checkers=[own_reader]), Plugged(lambda _: good(), able=able)], ("pgp", "zip")
        )
        assert protector.can(RECIPIENT, may_tell=True) == ({"pgp", "zip"} if able else {"zip"})
        assert protector.can(RECIPIENT, may_tell=False) == ({"pgp"} if able else frozenset())
        assert seal(protector, [LETTER], Kept())[0].method == method


def test_without_any_method_nothing_is_sealed() -> None:
    for protector in (Protector(ORGANISATION, []), Protector(ORGANISATION, [Plugged(lambda _: good(), able=False)])):
        kept = Kept()
        with pytest.raises(NotSealed, match="no sealing method works"):
            seal(protector, [LETTER], kept)
        assert kept.objects == {}


def raising(error: Exception) -> Callable[[Sequence[Plain]], Envelope]:
    def fail(_: Sequence[Plain]) -> Envelope:
        raise error

    return fail


def lie(method: str = "pgp", cipher: str = "AES-256", verified_by: str = "somebody") -> Envelope:
    return replace(good(), evidence=Evidence(method=method, cipher=cipher, verified_by=verified_by))


@pytest.mark.parametrize(
    ("does", "said"),
    [
        (raising(RuntimeError("Anna lives in Reading")), "RuntimeError"),
        (raising(TimeoutError("gpg")), "TimeoutError"),
        (raising(Unsound("the program gpg is not installed")), "Unsound"),
        (raising(NotSealed("its own words")), "its own words"),
        (lambda parts: good(parts[0].content), "a part unsealed"),
        (lambda parts: good(b"in the middle " + parts[0].content + b" of it"), "a part unsealed"),
        (lambda _: good(b"open me with one-two-three", words="one-two-three"), "its own passphrase"),
        (lambda _: good(b""), "no evidence"),
        (lambda _: lie(cipher="AES-128"), "no evidence"),
        (lambda _: lie(verified_by=""), "no evidence"),
        (lambda _: lie(method="zip"), "no evidence"),
    ],
    ids=[
        "raises",
        "runs out of time",
        "lacks its program",
        "says no",
        "gives back the part",
        "hides the part",
        "tells its passphrase",
        "gives nothing",
        "uses a weaker cipher",
        "was not verified",
        "claims another method",
    ],
)
def test_an_encryptor_that_fails_or_lies_holds_the_delivery(
    does: Callable[[Sequence[Plain]], Envelope], said: str
) -> None:
    """And the next method is not tried behind the policy's back."""
    for as_message in (False, True):
        kept = Kept()
        protector = Protector(ORGANISATION, [Plugged(does), ZipEncryptor(checkers=[own_reader])])
        with pytest.raises(NotSealed, match=said) as refused:
            seal(protector, [LETTER], kept, as_message=as_message)
        assert "Reading" not in str(refused.value)
        assert refused.value.__cause__ is None
        assert kept.objects == {}


def test_headers_that_also_stand_outside_do_not_look_like_a_leak() -> None:
    headers = f"From: {SENDER}\r\nTo: {RECIPIENT}\r\n".encode()
    whole = Plain(name="m", media_type="", content=headers + b"Subject: PROTECT\r\n\r\n" + LETTER.content)
    protector = Protector(ORGANISATION, [Plugged(lambda _: good())])
    assert seal(protector, [whole], Kept(), message=True, as_message=True)[0].method == "pgp"
    leaking = Protector(ORGANISATION, [Plugged(lambda parts: good(compose.body_of(parts[0].content)))])
    with pytest.raises(NotSealed, match="a part unsealed"):
        seal(leaking, [whole], Kept(), message=True)


def test_a_passphrase_in_the_name_of_the_sealed_file_is_seen() -> None:
    told = replace(good(words="one-two-three"), name="one-two-three.zip")
    with pytest.raises(NotSealed, match="its own passphrase"):
        seal(Protector(ORGANISATION, [Plugged(lambda _: told)]), [LETTER], Kept())


@pytest.mark.parametrize("reference", ["a b", "a\r\nBcc: x@y", "../x", "-", "a" * 65])
def test_a_reference_is_letters_digits_and_hyphens(reference: str) -> None:
    with pytest.raises(NotSealed, match="reference"):
        seal(zipping(), [LETTER], Kept(), reference=reference)


def test_without_a_reference_the_transfers_id_stands_in_for_it() -> None:
    assert seal(zipping(), [LETTER], Kept())[0].parts[0].name == "secure-t-1.zip"


@pytest.mark.parametrize(("parts", "message"), [([], False), ([], True), ([MAIL, MAIL], True)])
def test_nothing_and_two_messages_are_refused(parts: list[Plain], message: bool) -> None:  # noqa: FBT001 - a table
    for obligations in (SEAL, frozenset[str]()):
        with pytest.raises(NotSealed, match="a delivery needs parts"):
            seal(zipping(), parts, Kept(), message=message, obligations=obligations)


def test_a_full_store_stays_what_it_is() -> None:
    class Full(Kept):
        def put(self, content: bytes) -> StoredObject:
            raise StorageFull(f"no room for {len(content)} bytes")

    with pytest.raises(StorageFull):
        seal(zipping(), [LETTER], Full())


def test_no_representation_shows_passphrase_or_content() -> None:
    sealed = ZipEncryptor(checkers=[own_reader]).seal([LETTER], RECIPIENT, "secure-1")
    form = Form(method="zip", files=(LETTER,), evidence=sealed.evidence, passphrase=sealed.passphrase)
    for shown in (repr(sealed), repr(form)):
        assert sealed.passphrase not in shown
        assert "Reading" not in shown
    whole, _ = seal(zipping(), [LETTER], Kept())
    assert whole.secret_object_id not in repr(whole)
