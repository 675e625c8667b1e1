"""S/MIME messages as bytes: canonical lines, a signature beside its entity, an outside that a mail program takes."""

from __future__ import annotations

import email
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gateway.errors import NotSealed
from gateway.protect.compose import Head
from gateway.protect.compose_smime import canonical, media_type, multipart_signed, smime_mime
from tests.unit.protect.sealing import NOW, RECIPIENT, SENDER

ENTITY = b"Content-Type: text/plain\r\n\r\nDear Alice,\r\n--not a boundary\r\n"


def head(recipient: str = RECIPIENT) -> Head:
    return Head(sender=SENDER, recipient=recipient, subject="Secure message", date=NOW, message_id="<1@c.example>")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (b"a\nb\n", b"a\r\nb\r\n"),
        (b"a\r\nb\r\n", b"a\r\nb\r\n"),
        (b"a\nb\r\nc", b"a\r\nb\r\nc"),
        (b"\n\n", b"\r\n\r\n"),
        (b"a\rb", b"a\rb"),
        (b"", b""),
    ],
)
def test_lines_end_in_crlf(given: bytes, wanted: bytes) -> None:
    assert canonical(given) == wanted


@given(entity=some.binary())
def test_what_is_canonical_stays_so(entity: bytes) -> None:
    once = canonical(entity)
    assert canonical(once) == once
    assert once.replace(b"\r\n", b"\n") == entity.replace(b"\r\n", b"\n")


def test_the_signature_stands_beside_the_very_bytes_that_were_signed() -> None:
    whole = multipart_signed(ENTITY, b"signature" * 100)
    message = email.message_from_bytes(whole, policy=email.policy.default)
    boundary = f"--{message.get_boundary()}\r\n".encode()
    assert whole.split(boundary)[1] == ENTITY + b"\r\n"
    _, signature = message.iter_parts()
    assert signature.get_content() == b"signature" * 100
    assert message.get_boundary() != email.message_from_bytes(multipart_signed(ENTITY, b"")).get_boundary()


@pytest.mark.parametrize("gcm", [True, False])
def test_the_outside_says_what_it_is_and_nothing_of_what_is_inside(*, gcm: bool) -> None:
    message = email.message_from_bytes(
        smime_mime(head(), b"sealed" * 50, media_type(gcm=gcm)), policy=email.policy.default
    )
    kind = "authEnveloped-data" if gcm else "enveloped-data"
    assert message["Content-Type"] == f'application/pkcs7-mime; smime-type="{kind}"; name="smime.p7m"'
    assert message.get_content() == b"sealed" * 50
    assert message["Content-Disposition"] == 'attachment; filename="smime.p7m"'


def test_an_address_that_could_be_a_second_header_is_refused() -> None:
    with pytest.raises(NotSealed, match="an address cannot stand in a message"):
        smime_mime(head(recipient="a@b.example\r\nBcc: c@d.example"), b"", media_type(gcm=True))
