from __future__ import annotations

import email
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway.errors import Damaged, NotInstalled, NotSealed, StorageFull
from gateway.model.verdict import Network, Obligation
from gateway.protect import Content, Envelope, Plain, Readable, compose
from gateway.protect.content import Held, whole
from gateway.protect.methods.zip_check import own_reader
from gateway.protect.methods.zip_writer import ZipEncryptor
from gateway.protect.passphrase import Told, Words
from gateway.protect.seal import Form, Protector
from gateway.store import StoredObject
from tests.unit.protect.sealing import ORGANISATION, RECIPIENT, SEAL, SENDER, Kept, on_desk, opened, seal

NAME = "Featherstonehaugh"  # so long that no ciphertext and no Base64 shows it by chance
LETTER = Plain(
    name=f"Anna {NAME}.docx",
    media_type="text/plain",
    content=Held(f"Dear Alice, {NAME} lives in Reading. ".encode() * 3),
)
MAIL = Plain(
    name="whole.eml",
    media_type="application/octet-stream",
    content=Held(
        b"From: officer@council.example\r\nBcc: boss@council.example\r\nSubject: PROTECT - Anna\r\n\r\nDear Alice\r\n"
    ),
)


def zipping() -> Protector:
    return Protector(ORGANISATION, [ZipEncryptor(checkers=[own_reader])])


Does = Callable[[Sequence[Plain], Path, str], Envelope]


def good(_parts: Sequence[Plain], desk: Path, _words: str) -> Envelope:
    return on_desk(desk)


@dataclass(slots=True)
class Plugged:
    """An encryptor from outside: does what it is told, right or wrong."""

    does: Does
    able: bool = True
    name: str = "pgp"
    by_passphrase: bool = False

    def may_seal_for(self, recipient: str) -> bool:
        return self.able and bool(recipient)

    def seal(self, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str) -> Envelope:
        del recipient, name
        return self.does(parts, desk, words)


def test_files_become_one_container_with_its_passphrase_apart() -> None:
    kept = Kept()
    sealed, objects = seal(zipping(), [LETTER], kept, obligations=SEAL | {Obligation.TLS_VERIFIED})
    part, note = sealed.parts
    assert (note.name, note.media_type) == ("how-to-open-t-1.html", "text/html")
    assert (sealed.method, part.name, part.media_type) == ("zip", "secure-t-1.zip", "application/zip")
    assert sealed.needs_verified_tls
    assert not sealed.message
    assert sealed.rule == "protect-by-public-network"
    assert [each.id for each in objects] == [part.object_id, note.object_id, sealed.secret_object_id]
    words = kept.objects[sealed.secret_object_id]
    assert opened(kept.objects[part.object_id], words)["document-1.docx"] == whole(LETTER.content)
    assert sealed.told == "sender"


def test_by_mail_a_container_travels_under_a_neutral_cover() -> None:
    kept = Kept()
    sealed, _ = seal(zipping(), [LETTER], kept, as_message=True, subject=f"PROTECT - {NAME}")
    outgoing = kept.objects[sealed.parts[0].object_id]
    assert sealed.message
    assert b"Subject: Secure message from Council [t-1]\r\n" in outgoing
    assert NAME.encode() not in outgoing
    assert b"PROTECT" not in outgoing
    assert kept.objects[sealed.secret_object_id] not in outgoing


def test_a_message_goes_whole_into_a_container_without_blind_recipients() -> None:
    kept = Kept()
    sealed, _ = seal(zipping(), [MAIL], kept, message=True)
    inside = opened(kept.objects[sealed.parts[0].object_id], kept.objects[sealed.secret_object_id])
    assert list(inside) == ["contents.txt", "message.eml", "message.txt"]
    assert inside["message.eml"] == whole(MAIL.content).replace(b"Bcc: boss@council.example\r\n", b"")
    assert b"Subject: PROTECT - Anna" in inside["contents.txt"]


def test_without_the_obligation_a_message_passes_unchanged_but_for_blind_recipients() -> None:
    kept = Kept()
    sealed, _ = seal(zipping(), [MAIL], kept, obligations=frozenset(), message=True, as_message=True, sender="")
    assert (sealed.method, sealed.evidence.method, sealed.secret_object_id) == ("none", "none", "")
    assert not sealed.needs_verified_tls
    assert kept.objects[sealed.parts[0].object_id] == whole(MAIL.content).replace(b"Bcc: boss@council.example\r\n", b"")


@pytest.mark.parametrize("network", Network)
@pytest.mark.parametrize("owed", [frozenset[str](), SEAL], ids=["unsealed", "sealed"])
def test_what_goes_unsealed_over_verified_tls_needs_its_proof_though_no_rule_owes_it(
    network: Network, owed: frozenset[str]
) -> None:
    sealed, _ = seal(zipping(), [MAIL], Kept(), obligations=owed, message=True, as_message=True, network=network)
    assert sealed.needs_verified_tls == (network is Network.VERIFIED_TLS and not owed)


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
    parts = [LETTER, replace(LETTER, name="../../etc/passwd"), LETTER]
    sealed, _ = seal(zipping(), parts, kept, obligations=frozenset())
    assert [part.name for part in sealed.parts] == [f"Anna {NAME}.docx", "passwd", f"Anna {NAME}-2.docx"]
    assert set(kept.objects.values()) == {whole(LETTER.content)}


def test_unsealed_files_by_mail_are_attachments_under_the_senders_subject() -> None:
    kept = Kept()
    sealed, _ = seal(zipping(), [LETTER], kept, obligations=frozenset(), as_message=True, subject="plan\r\nBcc: a@b")
    message = email.message_from_bytes(kept.objects[sealed.parts[0].object_id])
    assert message["Subject"] == "plan Bcc: a@b"
    assert message["Bcc"] is None


def test_the_order_of_methods_is_kept_and_a_recipient_without_a_key_gets_the_next() -> None:
    for able, method in ((True, "pgp"), (False, "zip")):
        protector = Protector(
            ORGANISATION, [ZipEncryptor(checkers=[own_reader]), Plugged(good, able=able)], ("pgp", "zip")
        )
        assert protector.can(RECIPIENT, may_tell=True) == ({"pgp", "zip"} if able else {"zip"})
        assert protector.can(RECIPIENT, may_tell=False) == ({"pgp"} if able else frozenset())
        assert seal(protector, [LETTER], Kept())[0].method == method


def test_without_any_method_nothing_is_sealed() -> None:
    for protector in (Protector(ORGANISATION, []), Protector(ORGANISATION, [Plugged(good, able=False)])):
        kept = Kept()
        with pytest.raises(NotSealed, match="no sealing method works"):
            seal(protector, [LETTER], kept)
        assert kept.objects == {}


def raising(error: Exception) -> Does:
    def fail(*_: object) -> Envelope:
        raise error

    return fail


def lie(method: str = "pgp", cipher: str = "AES-256", by: str = "somebody") -> Does:
    return lambda _, desk, __: on_desk(desk, method=method, cipher=cipher, by=by)


def elsewhere(_parts: Sequence[Plain], desk: Path, _words: str) -> Envelope:
    """Point with a link at a file that is on no desk."""
    envelope = on_desk(desk.parent)
    (desk / "s.pgp").symlink_to(envelope.file)
    return replace(envelope, file=desk / "s.pgp")


@pytest.mark.parametrize(
    ("does", "said"),
    [
        (raising(RuntimeError("Anna lives in Reading")), "RuntimeError"),
        (raising(TimeoutError("gpg")), "TimeoutError"),
        (raising(NotInstalled("the program gpg is not installed")), "the program gpg is not installed"),
        (raising(NotSealed("its own words")), "its own words"),
        (lambda parts, desk, _: on_desk(desk, whole(parts[0].content)), "a part unsealed"),
        (lambda parts, desk, _: on_desk(desk, b"a" * (1 << 20) + whole(parts[0].content)), "a part unsealed"),
        (lambda _, desk, words: on_desk(desk, b"open me with " + words.encode()), "its own passphrase"),
        (lambda _, desk, __: on_desk(desk, b""), "no evidence"),
        (lambda _, desk, __: on_desk(desk.parent), "no evidence"),
        (elsewhere, "no evidence"),
        (lie(cipher="AES-128"), "no evidence"),
        (lie(by=""), "no evidence"),
        (lie(method="zip"), "no evidence"),
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
        "gives what is on no desk",
        "gives a link",
        "uses a weaker cipher",
        "was not verified",
        "claims another method",
    ],
)
def test_an_encryptor_that_fails_or_lies_holds_the_delivery(does: Does, said: str, tmp_path: Path) -> None:
    """And the next method is not tried behind the policy's back."""
    for as_message in (False, True):
        kept = Kept()
        plugged = Plugged(does, by_passphrase=said == "its own passphrase")
        protector = Protector(ORGANISATION, [plugged, ZipEncryptor(checkers=[own_reader])], desks=tmp_path)
        with pytest.raises(NotSealed, match=said) as refused:
            seal(protector, [LETTER], kept, as_message=as_message)
        assert "Reading" not in str(refused.value)
        assert refused.value.__cause__ is None
        assert kept.objects == {}
        assert not list(tmp_path.glob("desk-*")), "nothing is left on a desk"


def test_content_that_the_vault_cannot_give_is_no_fault_of_sealing() -> None:
    """It goes up, so that it is tried again: a key that is away may come back."""

    class Gone:
        size = 3

        @contextmanager
        def open(self) -> Iterator[Readable]:
            raise Damaged("the content does not verify")
            yield

    with pytest.raises(Damaged):
        seal(zipping(), [Plain(name="a", media_type="", content=Gone())], Kept())


def test_headers_that_also_stand_outside_do_not_look_like_a_leak() -> None:
    headers = f"From: {SENDER}\r\nTo: {RECIPIENT}\r\n".encode()
    text = headers + b"Subject: PROTECT\r\n\r\n" + whole(LETTER.content)
    message = Plain(name="m", media_type="", content=Held(text))
    protector = Protector(ORGANISATION, [Plugged(good)])
    assert seal(protector, [message], Kept(), message=True, as_message=True)[0].method == "pgp"
    leak = Plugged(lambda parts, desk, _: on_desk(desk, compose.body_of(whole(parts[0].content))))
    leaking = Protector(ORGANISATION, [leak])
    with pytest.raises(NotSealed, match="a part unsealed"):
        seal(leaking, [message], Kept(), message=True)


def test_a_passphrase_in_the_name_of_the_sealed_file_is_seen() -> None:
    telling = Plugged(lambda _, desk, words: on_desk(desk, name=f"{words}.zip"), by_passphrase=True)
    with pytest.raises(NotSealed, match="its own passphrase"):
        seal(Protector(ORGANISATION, [telling]), [LETTER], Kept())


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
        def put(self, content: Content) -> StoredObject:
            raise StorageFull(f"no room for {content.size} bytes")

    with pytest.raises(StorageFull):
        seal(zipping(), [LETTER], Full())


def test_no_representation_shows_passphrase_or_content(tmp_path: Path) -> None:
    sealed = ZipEncryptor(checkers=[own_reader]).seal([LETTER], RECIPIENT, "secure-1", tmp_path, "one-two")
    form = Form(method="zip", files=(LETTER,), evidence=sealed.evidence, words=Words(text="one-two"))
    for shown in (repr(sealed), repr(form)):
        assert "one-two" not in shown
        assert "Reading" not in shown
    kept, _ = seal(zipping(), [LETTER], Kept())
    assert kept.secret_object_id not in repr(kept)


def test_what_is_larger_than_a_mail_may_be_is_held_before_it_is_read() -> None:
    protector = Protector(ORGANISATION, [ZipEncryptor(checkers=[own_reader])], largest_message=LETTER.content.size - 1)
    with pytest.raises(NotSealed, match="larger than a mail may be"):
        seal(protector, [LETTER], Kept(), as_message=True)
    assert seal(protector, [LETTER], Kept())[0].method == "zip", "a folder takes any size"


@dataclass(slots=True)
class Turning:
    """Passphrases whose way is another one when they are drawn: an agreement was ended meanwhile."""

    def way(self, _recipient: str) -> Told:
        return Told.CHANNEL

    def draw(self, _recipient: str) -> Words:
        return Words(text="one-two-three", told=Told.SENDER)


def test_a_passphrase_that_could_not_go_its_way_any_more_holds_the_delivery() -> None:
    protector = Protector(ORGANISATION, [ZipEncryptor(checkers=[own_reader])], passphrases=Turning())
    with pytest.raises(NotSealed, match="the way by which its passphrase"):
        seal(protector, [LETTER], Kept(), obligations=SEAL | {Obligation.PASSPHRASE_OTHER_CHANNEL})
