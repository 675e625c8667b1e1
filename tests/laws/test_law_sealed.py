"""Law 2: nothing leaves that was not sealed. Whatever the parts, names, subjects and encryptors: sealed, or held."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import NotSealed
from gateway.model.transfer import Evidence, Sealed
from gateway.model.verdict import Obligation
from gateway.protect import Envelope, Plain
from gateway.protect.content import Held, whole
from gateway.protect.methods.zip_check import own_reader
from gateway.protect.methods.zip_writer import ZipEncryptor
from gateway.protect.seal import Protector
from tests.unit.protect.findings import MASK, inspection
from tests.unit.protect.sealing import ORGANISATION, Kept, on_desk, opened, seal

CANARY = "Zaphod-Beeblebrox-94"
"""Stands in every content, name and subject below, and may never be seen outside a seal."""

texts = st.text(max_size=40).map(lambda text: text + CANARY + text)
contents = st.binary(max_size=2000).map(lambda content: content + CANARY.encode() + content)
files = st.lists(st.builds(Plain, name=texts, media_type=texts, content=contents.map(Held)), min_size=1, max_size=3)
undoable = {Obligation.ASK_REASON, Obligation.PASSPHRASE_OTHER_CHANNEL, Obligation.SEAL_BY_KEY}  # by a ZIP alone
more = st.sets(st.sampled_from([each for each in Obligation if each not in undoable])).map(frozenset)
NOTHING_FOUND = inspection()


def zipping() -> Protector:
    return Protector(ORGANISATION, [ZipEncryptor(checkers=[own_reader])], mask=MASK)


def everything(kept: Kept, but: str) -> list[bytes]:
    """Return all that was stored but the passphrase, and every attachment decoded."""
    stored = [content for name, content in kept.objects.items() if name != but]
    messages = [email.message_from_bytes(content, policy=email.policy.compat32) for content in stored]
    bodies = [part.get_payload(decode=True) for message in messages for part in message.walk()]
    return stored + [body for body in bodies if isinstance(body, bytes)]


@settings(max_examples=60)
@given(parts=files, subject=texts, obligations=more, as_message=st.booleans())
def test_whatever_must_be_sealed_shows_nothing_outside(
    parts: list[Plain],
    subject: str,
    obligations: frozenset[Obligation],
    as_message: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    kept = Kept()
    wanted = obligations | {Obligation.SEAL_AES256}
    sealed, objects = seal(
        zipping(),
        parts,
        kept,
        obligations=wanted,
        as_message=as_message,
        subject=subject,
        marking="PROTECT",
        inspection=NOTHING_FOUND,
    )
    words = kept.objects[sealed.secret_object_id]
    for seen in everything(kept, but=sealed.secret_object_id):
        assert CANARY.encode() not in seen
        assert words not in seen
        assert b"PROTECT" not in seen, "no marking on the envelope"
    assert CANARY not in "".join(part.name for part in sealed.parts)
    assert sealed.evidence.cipher == "AES-256"
    assert sealed.evidence.verified_by
    assert sealed.needs_verified_tls == (Obligation.TLS_VERIFIED in obligations)
    assert [each.id for each in objects] == list(kept.objects)
    container = next(seen for seen in everything(kept, but=sealed.secret_object_id) if seen.startswith(b"PK\x03\x04"))
    assert list(opened(container, words).values())[1:] == [whole(part.content) for part in parts]


@settings(max_examples=20)
@given(parts=files, obligations=more, as_message=st.booleans())
def test_what_only_a_key_may_open_is_never_sealed_with_a_passphrase(
    parts: list[Plain],
    obligations: frozenset[Obligation],
    as_message: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    kept = Kept()
    wanted = obligations | {Obligation.SEAL_BY_KEY}
    with pytest.raises(NotSealed):
        seal(
            zipping(), parts, kept, obligations=wanted, as_message=as_message, marking="PROTECT",
            inspection=NOTHING_FOUND,
        )  # fmt: skip
    assert kept.objects == {}


@settings(max_examples=40)
@given(head=texts, body=contents, as_message=st.booleans())
def test_a_message_that_must_be_sealed_shows_nothing_outside(
    head: str,
    body: bytes,
    as_message: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    kept = Kept()
    flat = "".join(letter for letter in head if letter.isprintable())
    message = Plain(name=head, media_type="", content=Held(f"Subject: {flat}\r\n\r\n".encode() + body))
    sealed, _ = seal(zipping(), [message], kept, message=True, as_message=as_message, subject=head)
    for seen in everything(kept, but=sealed.secret_object_id):
        assert CANARY.encode() not in seen
        assert kept.objects[sealed.secret_object_id] not in seen


@dataclass(slots=True)
class Crooked:
    """Returns what Hypothesis wants it to return, and says that it is sealed."""

    content: bytes
    evidence: Evidence
    tells: bool = False
    name: str = "pgp"
    by_passphrase: bool = True

    def seal(self, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str) -> Envelope:
        del parts, recipient
        content = self.content + words.encode() if self.tells else self.content
        return replace(on_desk(desk, content, name=f"{name}.pgp"), evidence=self.evidence)


@given(part=contents, before=st.binary(max_size=50), after=st.binary(max_size=50), as_message=st.booleans())
def test_an_encryptor_that_hands_the_content_back_is_caught(
    part: bytes,
    before: bytes,
    after: bytes,
    as_message: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    evidence = Evidence(method="pgp", cipher="AES-256", verified_by="itself")
    content = part.ljust(40, b".")
    kept = Kept()
    protector = Protector(ORGANISATION, [Crooked(before + content + after, evidence)])
    with pytest.raises(NotSealed):
        seal(protector, [Plain(name="a", media_type="a/b", content=Held(content))], kept, as_message=as_message)
    assert kept.objects == {}


@given(before=st.binary(max_size=50), as_message=st.booleans())
def test_a_form_with_its_own_passphrase_in_it_is_caught(
    before: bytes,
    as_message: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    evidence = Evidence(method="pgp", cipher="AES-256", verified_by="itself")
    protector = Protector(ORGANISATION, [Crooked(before, evidence, tells=True)])
    kept = Kept()
    with pytest.raises(NotSealed, match="passphrase"):
        seal(protector, [Plain(name="a", media_type="a/b", content=Held(b"x"))], kept, as_message=as_message)
    assert kept.objects == {}


weak = st.builds(
    Evidence,
    method=st.sampled_from(["pgp", "zip", "none", ""]),
    cipher=st.sampled_from(["AES-256", "AES-128", "3DES", "none", ""]),
    verified_by=st.sampled_from(["gpg", ""]),
)


@given(evidence=weak)
def test_nothing_is_taken_without_evidence_for_aes_256(evidence: Evidence) -> None:
    protector = Protector(ORGANISATION, [Crooked(b"sealed", evidence)])
    kept = Kept()
    part = Plain(name="a", media_type="a/b", content=Held(b"x"))
    if (evidence.method, evidence.cipher, evidence.verified_by) == ("pgp", "AES-256", "gpg"):
        assert seal(protector, [part], kept)[0].evidence == evidence
        return
    with pytest.raises(NotSealed, match="no evidence"):
        seal(protector, [part], kept)
    assert kept.objects == {}


with_keys = st.tuples(more, st.sampled_from([frozenset(), frozenset({Obligation.SEAL_BY_KEY})])).map(
    lambda both: both[0] | both[1]
)


@given(obligations=with_keys, as_message=st.booleans())
def test_without_a_method_only_what_needs_no_seal_goes_out(
    obligations: frozenset[Obligation],
    as_message: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    kept = Kept()
    part = Plain(name="a", media_type="a/b", content=Held(b"x"))

    def attempt() -> Sealed:
        return seal(
            Protector(ORGANISATION, [], mask=MASK),
            [part],
            kept,
            obligations=obligations,
            as_message=as_message,
            marking="PROTECT",
            inspection=NOTHING_FOUND,
        )[0]

    must_seal = obligations & {Obligation.SEAL_AES256, Obligation.SEAL_BY_KEY}
    if must_seal or obligations >= {Obligation.MARK_SUBJECT, Obligation.NEUTRAL_SUBJECT}:
        with pytest.raises(NotSealed):
            attempt()
        assert kept.objects == {}
    else:
        sealed = attempt()
        assert sealed.method == sealed.evidence.method == "none"
        assert sealed.needs_verified_tls == (Obligation.TLS_VERIFIED in obligations)


@given(
    obligations=more,
    unknown=st.one_of(st.sampled_from(sorted(undoable)), st.text(max_size=12), st.just("tell:nobody")),
    as_message=st.booleans(),
)
def test_what_nobody_can_do_is_never_left_out(
    obligations: frozenset[Obligation],
    unknown: str,
    as_message: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    kept = Kept()
    part = Plain(name="a", media_type="a/b", content=Held(b"x"))
    with pytest.raises(NotSealed):
        seal(
            zipping(),
            [part],
            kept,
            obligations=obligations | {unknown, Obligation.SEAL_AES256},
            as_message=as_message,
            marking="PROTECT",
            inspection=NOTHING_FOUND,
        )
    assert kept.objects == {}
