"""S/MIME as mail: the message is the envelope, neutral outside, with its true headers and signature inside."""

from __future__ import annotations

import email
import email.policy
import io
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.protect import Plain
from gateway.protect.content import Held
from gateway.protect.methods.smime import SmimeEncryptor
from gateway.protect.order import MESSAGE
from gateway.protect.seal import Protector
from tests.unit.protect.sealing import ORGANISATION, RECIPIENT, SENDER, Kept, seal
from tests.unit.protect.smime_people import Person, Ring, house, person, signing, verify

pytestmark = pytest.mark.needs("openssl")

CSV = b"forename,surname\nAnna,Example\n"


def original(newline: str = "\r\n") -> bytes:
    message = EmailMessage(policy=email.policy.default.clone(linesep=newline, cte_type="8bit"))
    message["From"] = SENDER
    message["To"] = RECIPIENT
    message["Subject"] = "PROTECT - Änne Example"
    message["Message-ID"] = "<1@council.example>"
    message.set_content("Dear Alice,\nhere is the plan for Änne.\n", cte="8bit")
    message.add_attachment(CSV, maintype="text", subtype="csv", filename="Änne Example.csv")
    return message.as_bytes()


def mail(content: bytes) -> Plain:
    return Plain(name="message.eml", media_type=MESSAGE, content=Held(content))


def csv() -> Plain:
    return Plain(name="Änne Example.csv", media_type="text/csv", content=Held(CSV))


def send(
    folder: Path, *parts: Plain, message: bool, gcm: bool = True, signer: Person | None = None, as_message: bool = True
) -> bytes:
    """Seal for somebody with RSA, and return what goes out."""
    files = signing(folder, signer) if signer else None
    encryptor = SmimeEncryptor(Ring(recipient=person("rsa2048").judged(gcm=gcm)), files)
    kept = Kept()
    outgoing, _ = seal(Protector(ORGANISATION, [encryptor]), parts, kept, message=message, as_message=as_message)
    assert outgoing.method == "smime"
    assert len(outgoing.parts) == 1
    return kept.objects[outgoing.parts[0].object_id]


def opened(outside: bytes, folder: Path) -> bytes:
    """Open it as a mail program does: openssl reads the message itself."""
    path = folder / "outside.eml"
    path.write_bytes(outside)
    return person("rsa2048").decrypt(path, form="SMIME")


def parsed(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


@pytest.mark.parametrize("gcm", [True, False], ids=["GCM", "CBC"])
def test_outside_it_is_neutral_and_says_what_it_is(tmp_path: Path, *, gcm: bool) -> None:
    outside = send(tmp_path, mail(original()), message=True, gcm=gcm)
    message = parsed(outside)
    assert message.get_content_type() == "application/pkcs7-mime"
    assert message.get_param("smime-type") == ("authEnveloped-data" if gcm else "enveloped-data")
    assert message.get_param("name") == message.get_filename() == "smime.p7m"
    assert message["Content-Transfer-Encoding"] == "base64"
    assert message["Subject"] == "Secure message from Council [t-1]"
    assert sorted(name.lower() for name in message) == [
        "content-disposition",
        "content-transfer-encoding",
        "content-type",
        "date",
        "from",
        "message-id",
        "mime-version",
        "references",
        "subject",
        "to",
    ]
    for secret in ("Änne".encode(), b"=C3=84nne", b"Example", b"PROTECT", b"the plan"):  # nothing that base64 may say
        assert secret not in outside
    assert max(map(len, outside.splitlines())) <= 78
    assert outside.count(b"\n") == outside.count(b"\r\n")


@pytest.mark.parametrize("newline", ["\r\n", "\n"], ids=["CRLF", "LF"])
@pytest.mark.parametrize("gcm", [True, False], ids=["GCM", "CBC"])
def test_inside_is_the_whole_message_with_its_true_headers(newline: str, tmp_path: Path, *, gcm: bool) -> None:
    inside = opened(send(tmp_path, mail(original(newline)), message=True, gcm=gcm), tmp_path)
    message = parsed(inside)
    assert message["Subject"] == "PROTECT - Änne Example"
    assert message.get_param("hp") == "cipher"
    assert "Subject: Secure message from Council [t-1]" in message.get_all("HP-Outer", [])
    body, attached = message.get_body(), list(message.iter_attachments())
    assert body is not None
    assert "Änne" in body.get_content()
    assert [(each.get_filename(), each.get_content().encode()) for each in attached] == [("Änne Example.csv", CSV)]
    assert inside.count(b"\n") == inside.count(b"\r\n")


@pytest.mark.parametrize("newline", ["\r\n", "\n"], ids=["CRLF", "LF"])
@pytest.mark.parametrize("gcm", [True, False], ids=["GCM", "CBC"])
def test_a_signed_message_is_verified_by_openssl(newline: str, tmp_path: Path, *, gcm: bool) -> None:
    inside = opened(send(tmp_path, mail(original(newline)), message=True, gcm=gcm, signer=house()), tmp_path)
    signed = parsed(inside)
    assert signed.get_content_type() == "multipart/signed"
    assert signed.get_param("protocol") == "application/pkcs7-signature"
    assert signed.get_param("micalg") == "sha-256"
    assert [each.get_content_type() for each in signed.iter_parts()] == [
        "multipart/mixed",
        "application/pkcs7-signature",
    ]
    code, content = verify(inside, tmp_path, form="SMIME")
    assert code == 0
    assert parsed(content)["Subject"] == "PROTECT - Änne Example"
    assert parsed(content).get_param("hp") == "cipher"
    as_bytes, _ = verify(inside, tmp_path, form="SMIME", more=["-crlfeol", "-binary"])
    assert as_bytes == 0  # and as bytes, where nothing mends the ends of its lines


def test_an_altered_signed_message_does_not_verify(tmp_path: Path) -> None:
    inside = opened(send(tmp_path, mail(original()), message=True, gcm=False, signer=house("p256")), tmp_path)
    assert verify(inside, tmp_path, form="SMIME")[0] == 0
    assert verify(inside.replace(b"here is the plan", b"here is no plan "), tmp_path, form="SMIME")[0] != 0


@pytest.mark.parametrize("signer", [None, house()], ids=["unsigned", "signed"])
def test_files_by_mail_are_attached_inside(tmp_path: Path, signer: Person | None) -> None:
    inside = opened(send(tmp_path, csv(), csv(), message=False, signer=signer), tmp_path)
    content = verify(inside, tmp_path, form="SMIME")[1] if signer else inside
    attached = list(parsed(content).iter_attachments())
    assert [each.get_filename() for each in attached] == ["Änne Example.csv", "Änne Example-2.csv"]
    assert [each.get_content().encode() for each in attached] == [CSV, CSV]


@pytest.mark.parametrize("signer", [None, house()], ids=["unsigned", "signed"])
def test_into_a_folder_goes_the_file_under_its_name(tmp_path: Path, signer: Person | None) -> None:
    path = tmp_path / "secure-t-1.p7m"
    path.write_bytes(send(tmp_path, csv(), message=False, as_message=False, signer=signer))
    read = person("rsa2048").decrypt(path)
    with zipfile.ZipFile(io.BytesIO(verify(read, tmp_path)[1] if signer else read)) as archive:
        assert [(each, archive.read(each)) for each in archive.namelist()] == [("Änne Example.csv", CSV)]


def test_a_message_that_is_a_file_keeps_every_byte(tmp_path: Path) -> None:
    """Only what is sealed as mail gets CRLF; a message as a file in a folder stays as it is, signed or not."""
    content = original("\n")
    path = tmp_path / "secure-t-1.p7m"
    path.write_bytes(send(tmp_path, mail(content), message=False, as_message=False, signer=house()))
    code, read = verify(person("rsa2048").decrypt(path), tmp_path)
    with zipfile.ZipFile(io.BytesIO(read)) as archive:
        assert (code, [archive.read(each) for each in archive.namelist()]) == (0, [content])


def test_blind_recipients_stay_behind(tmp_path: Path) -> None:
    blind = b"Bcc: hidden@elsewhere.example\r\n" + original()
    inside = opened(send(tmp_path, mail(blind), message=True, signer=house()), tmp_path)
    assert b"hidden@elsewhere.example" not in inside
