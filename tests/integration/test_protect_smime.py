"""What we seal with S/MIME, openssl and gpgsm open: every byte, and only with the private key (law 10)."""

from __future__ import annotations

import io
import zipfile
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from gateway.errors import NotSealed
from gateway.model import der
from gateway.protect import Envelope, Plain, Readable
from gateway.protect.compose_smime import ENTITY
from gateway.protect.content import Held, InFile
from gateway.protect.keys.ring import KeyRing
from gateway.protect.keys.rules import GCM, KeyRules
from gateway.protect.methods import cms_reader, smime_engine
from gateway.protect.methods.cms_reader import element
from gateway.protect.methods.smime import LARGEST_GCM, SmimeEncryptor
from tests.unit.protect.smime_gpgsm import gnupg
from tests.unit.protect.smime_people import KINDS, Person, Ring, authority, house, openssl, person, signing, verify
from tests.unit.protect.x509making import ADDRESS, NOW

pytestmark = pytest.mark.needs("openssl")

MEBIBYTE = 1 << 20
FIVE_MEGABYTES = bytes(range(251)) * (5 * MEBIBYTE // 251)
CRLF = b"forename,surname\r\nAnna,Example\nmixed\r"
SIZES = [0, 1, 15, 16, 17, 4095, 4096, 4097, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1]


def plain(content: bytes, name: str = "Anna Example.csv") -> Plain:
    return Plain(name=name, media_type="text/csv", content=Held(content))


def sealed(folder: Path, to: Person, *parts: Plain, gcm: bool = True, signer: Person | None = None) -> Envelope:
    desk = folder / "desk"
    desk.mkdir(exist_ok=True)
    files = signing(folder, signer) if signer else None
    encryptor = SmimeEncryptor(Ring(recipient=to.judged(gcm=gcm)), files)
    return encryptor.seal(parts, "alice@partner.example", "secure-t-1", desk, "")


def unpacked(read: bytes) -> bytes:
    """Return the one file in the archive inside, which bears its true name."""
    with zipfile.ZipFile(io.BytesIO(read)) as archive:
        assert archive.namelist() == ["Anna Example.csv"]
        return archive.read("Anna Example.csv")


@pytest.mark.parametrize("content", [b"", b"x", CRLF, FIVE_MEGABYTES], ids=["0 B", "1 B", "CRLF", "5 MB"])
@pytest.mark.parametrize("gcm", [True, False], ids=["GCM", "CBC"])
@pytest.mark.parametrize("kind", KINDS)
def test_openssl_opens_it_byte_for_byte(kind: str, content: bytes, tmp_path: Path, *, gcm: bool) -> None:
    to = person(kind)
    envelope = sealed(tmp_path, to, plain(content), gcm=gcm)
    assert unpacked(to.decrypt(envelope.file)) == content
    assert envelope.name == envelope.file.name == "secure-t-1.p7m"
    evidence = envelope.evidence
    assert (evidence.method, evidence.cipher, evidence.verified_by) == ("smime", "AES-256", "own CMS reader")
    assert evidence.recipients == (to.judged(gcm=gcm).fingerprint,)
    assert evidence.status.startswith(f"sealed by openssl (0): aes256-{'GCM' if gcm else 'CBC'}, ")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("gcm", [True, False], ids=["GCM", "CBC"])
def test_every_size_at_an_edge_comes_back(size: int, tmp_path: Path, *, gcm: bool) -> None:
    to = person("rsa2048")
    content = FIVE_MEGABYTES[:size]
    (tmp_path / "clear").write_bytes(content)
    for each in (Held(content), InFile(tmp_path / "clear")):  # fed by us, read by openssl itself
        entity = Plain(name="", media_type=ENTITY, content=each)  # sealed as it is: the edges are of its own size
        assert to.decrypt(sealed(tmp_path, to, entity, gcm=gcm).file) == content


@pytest.mark.parametrize("kind", ["rsa2048", "p256"])
@pytest.mark.parametrize("gcm", [True, False], ids=["GCM", "CBC"])
def test_openssl_names_the_algorithms_that_were_asked_for(kind: str, tmp_path: Path, *, gcm: bool) -> None:
    file = sealed(tmp_path, person(kind), plain(CRLF), gcm=gcm).file
    code, printed = openssl("cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", str(file))
    assert code == 0
    text = printed.decode()
    wanted = {"aes-256-gcm" if gcm else "aes-256-cbc"}
    wanted |= {"id-smime-ct-authEnvelopedData" if gcm else "pkcs7-envelopedData"}
    if kind == "p256":
        wanted |= {"dhSinglePass-stdDH-sha256kdf-scheme", "id-aes256-wrap"}
    else:
        wanted |= {"rsaesOaep", "sha256", "mgf1"} if gcm else {"rsaEncryption"}
    assert {each for each in wanted if f"{each} (" not in text and f":{each}" not in text} == set()
    for weak in ("aes-128", "aes128", "sha1", "des3"):
        assert weak not in text.lower()


@pytest.mark.parametrize("gcm", [True, False], ids=["GCM", "CBC"])
def test_another_key_opens_nothing(tmp_path: Path, *, gcm: bool) -> None:
    file = sealed(tmp_path, person("rsa2048"), plain(CRLF), gcm=gcm).file
    other = person("rsa2048", 1)
    held = tmp_path / "other.key"
    held.write_bytes(other.key_pem)
    code, read = openssl("cms", "-decrypt", "-inform", "DER", "-in", str(file), "-inkey", str(held))
    assert CRLF not in read
    assert code != 0 or not gcm  # with CBC openssl may hide a wrong key behind noise (RFC 3218)


def flipped(file: Path, content: bytes) -> Path:
    """Flip one bit in the middle of what is encrypted."""
    altered = bytearray(file.read_bytes())
    altered[-len(content) // 2] ^= 1
    other = file.with_name("flipped.p7m")
    other.write_bytes(altered)
    return other


def test_one_flipped_bit_is_refused_with_gcm(tmp_path: Path) -> None:
    to = person("rsa2048")
    content = FIVE_MEGABYTES[:100_000]
    file = sealed(tmp_path, to, plain(content)).file
    to.decrypt(flipped(file, content), code=4)  # openssl writes while it reads: only its code says that it was altered


def test_one_flipped_bit_is_not_seen_with_cbc_alone(tmp_path: Path) -> None:
    """Say plainly what the format does: openssl ends with 0 and gives another content. Nobody is told."""
    to = person("rsa2048")
    content = FIVE_MEGABYTES[:100_000]
    file = sealed(tmp_path, to, plain(content), gcm=False).file
    whole = to.decrypt(file)
    read = to.decrypt(flipped(file, content), code=0)
    assert read != whole
    assert len(read) == len(whole)


def test_one_flipped_bit_is_refused_with_cbc_by_the_signature_within(tmp_path: Path) -> None:
    to = person("rsa2048")
    content = FIVE_MEGABYTES[:100_000]
    file = sealed(tmp_path, to, plain(content), gcm=False, signer=house()).file
    code, read = verify(to.decrypt(file), tmp_path)
    assert (code, unpacked(read)) == (0, content)
    assert verify(to.decrypt(flipped(file, content)), tmp_path)[0] != 0


@pytest.mark.parametrize("content", [b"", b"x", CRLF, FIVE_MEGABYTES], ids=["0 B", "1 B", "CRLF", "5 MB"])
@pytest.mark.parametrize("gcm", [True, False], ids=["GCM", "CBC"])
@pytest.mark.parametrize("kind", ["rsa2048", "p256"])
def test_a_signed_file_is_verified_by_openssl(kind: str, content: bytes, tmp_path: Path, *, gcm: bool) -> None:
    to, signer = person("rsa2048"), house(kind)
    envelope = sealed(tmp_path, to, plain(content), gcm=gcm, signer=signer)
    code, read = verify(to.decrypt(envelope.file), tmp_path)
    assert (code, unpacked(read)) == (0, content)
    assert f"signed by {signer.judged(gcm=False).fingerprint}" in envelope.evidence.status


def test_a_key_with_a_passphrase_signs(tmp_path: Path) -> None:
    to = person("p256")
    files = signing(tmp_path, house(), passphrase="correct horse £ 'quoted' \\ back")
    encryptor = SmimeEncryptor(Ring(recipient=to.judged(gcm=True)), files)
    envelope = encryptor.seal([plain(CRLF)], "alice@partner.example", "secure-t-1", tmp_path, "")
    code, read = verify(to.decrypt(envelope.file), tmp_path)
    assert (code, unpacked(read)) == (0, CRLF)


def test_certificates_between_signer_and_authority_travel_with_the_signature(tmp_path: Path) -> None:
    to, between = person("p256"), person("p384")
    files = signing(tmp_path, house(), others=between.pem + house().pem)  # the signer's own again is no trouble
    encryptor = SmimeEncryptor(Ring(recipient=to.judged(gcm=True)), files)
    signed = to.decrypt(encryptor.seal([plain(CRLF)], "alice@partner.example", "s", tmp_path, "").file)
    code, read = verify(signed, tmp_path)
    assert (code, unpacked(read)) == (0, CRLF)
    carried = pkcs7.load_der_pkcs7_certificates(
        openssl("cms", "-cmsout", "-inform", "DER", "-outform", "DER", stdin=signed)[1]
    )
    assert {each.serial_number for each in carried} == {
        house().certificate.serial_number,
        between.certificate.serial_number,
    }


def test_several_parts_go_in_one_archive(tmp_path: Path) -> None:
    to = person("rsa2048")
    parts = [plain(CRLF, "../Änne.csv"), plain(b"", "Änne.csv")]
    with zipfile.ZipFile(io.BytesIO(to.decrypt(sealed(tmp_path, to, *parts).file))) as archive:
        assert [(each, archive.read(each)) for each in archive.namelist()] == [("Änne.csv", CRLF), ("Änne-2.csv", b"")]


def test_nothing_in_clear_stays_on_the_desk_or_in_the_file(tmp_path: Path) -> None:
    file = sealed(tmp_path, person("rsa2048"), plain(CRLF), signer=house()).file
    assert [each.name for each in file.parent.iterdir()] == ["secure-t-1.p7m"]
    outside = file.read_bytes()
    for secret in (b"Anna", b"Example.csv", b"Council", CRLF):
        assert secret not in outside


def test_without_a_certificate_nothing_is_sealed(tmp_path: Path) -> None:
    encryptor = SmimeEncryptor(Ring(recipient=None))
    assert not encryptor.may_seal_for("alice@partner.example")
    with pytest.raises(NotSealed, match="no approved, usable certificate"):
        encryptor.seal([plain(CRLF)], "alice@partner.example", "s", tmp_path, "")


def test_a_signature_that_cannot_be_made_holds_the_delivery(tmp_path: Path) -> None:
    with pytest.raises(NotSealed, match="it has expired on") as caught:
        sealed(tmp_path, person("rsa2048"), plain(CRLF), signer=house(days=(-30, -1)))
    assert "renew" in caught.value.hint or "smime" in caught.value.hint
    assert list((tmp_path / "desk").iterdir()) == []


def test_the_settings_of_the_machine_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "openssl.cnf"
    broken.write_text("openssl_conf = init\n[init]\nproviders = none\n[none]\n")
    monkeypatch.setenv("OPENSSL_CONF", str(broken))
    monkeypatch.setenv("OPENSSL_MODULES", str(tmp_path))
    file = sealed(tmp_path, person("rsa2048"), plain(CRLF)).file
    monkeypatch.undo()
    assert unpacked(person("rsa2048").decrypt(file)) == CRLF


@pytest.mark.parametrize("kind", ["rsa2048", "p256"])
@pytest.mark.parametrize("gcm", [True, False], ids=["GCM", "CBC"])
def test_a_file_that_openssl_made_otherwise_is_not_taken(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, gcm: bool
) -> None:
    """Let openssl do it as it would by itself: the reader sees that it is not what was asked for."""
    if kind == "rsa2048" and not gcm:
        monkeypatch.setattr(smime_engine.Suite, "cipher", "-aes-128-cbc")
    else:
        monkeypatch.setattr(smime_engine.Suite, "key_options", ())
    with pytest.raises(NotSealed, match=r"another (way to encrypt the key|cipher) than was asked for"):
        sealed(tmp_path, person(kind), plain(CRLF), gcm=gcm)


def test_a_second_recipient_is_seen(tmp_path: Path) -> None:
    first, second = person("rsa2048"), person("rsa2048", 1)
    paths = [tmp_path / "1.pem", tmp_path / "2.pem"]
    for path, each in zip(paths, (first, second), strict=True):
        path.write_bytes(each.pem)
    command = ["cms", "-encrypt", "-stream", "-binary", "-outform", "DER", "-aes-256-cbc", *map(str, paths)]
    file = tmp_path / "two.p7m"
    file.write_bytes(openssl(*command, stdin=CRLF)[1])
    with pytest.raises(cms_reader.Malformed):
        cms_reader.read(file)


@pytest.mark.needs("gpgsm")
def test_gpgsm_opens_cbc_byte_for_byte_and_says_that_it_cannot_gcm(tmp_path: Path) -> None:
    """GnuPG 2.2 has no AES-GCM: that is what the compatible suite is for. A newer one may open both."""
    to = person("rsa2048")
    with gnupg(to) as gpgsm:
        for content in (b"", b"x", CRLF, FIVE_MEGABYTES):
            code, read = gpgsm.run("--decrypt", str(sealed(tmp_path, to, plain(content), gcm=False).file))
            assert (code, unpacked(read)) == (0, content)
        code, read = gpgsm.run("--decrypt", str(sealed(tmp_path, to, plain(CRLF)).file))
    assert (code == 0) == bool(read)
    assert not read or unpacked(read) == CRLF


@dataclass(frozen=True, slots=True)
class Huge:
    """Content that says it is too large, and must not be read."""

    size: int = LARGEST_GCM + 1

    def open(self) -> AbstractContextManager[Readable]:
        raise AssertionError


def test_what_nobody_could_open_is_not_sealed(tmp_path: Path) -> None:
    huge = Plain(name="huge.bin", media_type="application/octet-stream", content=Huge())
    with pytest.raises(NotSealed, match="more than 2 GB") as caught:
        sealed(tmp_path, person("rsa2048"), huge)
    assert caught.value.hint == "send it with pgp, zip or 7z"


@pytest.mark.parametrize("kind", ["rsa2048", "p384"])
@pytest.mark.parametrize("takes", [(GCM,), ()], ids=["GCM", "CBC"])
def test_an_approved_certificate_of_the_key_ring_is_sealed_for(
    kind: str, takes: tuple[str, ...], tmp_path: Path
) -> None:
    to, root = person(kind), tmp_path / "root.pem"
    root.write_bytes(authority().certificate.public_bytes(Encoding.PEM))
    ring = KeyRing(tmp_path / "keys" / "recipients", rules=KeyRules(authorities=root))
    encryptor = SmimeEncryptor(ring)
    fingerprint = ring.import_key(to.pem, NOW).fingerprint
    assert not encryptor.may_seal_for(ADDRESS)
    ring.approve(fingerprint, "Olive Officer", NOW, takes=takes)
    assert encryptor.may_seal_for(ADDRESS)
    envelope = encryptor.seal([plain(CRLF)], ADDRESS, "s", tmp_path, "")
    assert unpacked(to.decrypt(envelope.file)) == CRLF
    assert envelope.evidence.recipients == (fingerprint,)
    assert ("GCM" in envelope.evidence.status) == bool(takes)


def definite(data: bytes, at: der.Node) -> bytes:
    """Write an element again with definite lengths, as DER has them."""
    if at.tag == 0xA0 and der.node(data, at.start, at.end).tag == der.OCTETS:
        return element(0x80, der.octets(data, at))
    if at.tag & der.CONSTRUCTED:
        return element(at.tag, *(definite(data, each) for each in der.children(data, at)))
    return element(at.tag, at.of(data))


@pytest.mark.parametrize("content", [b"", b"x", CRLF, FIVE_MEGABYTES], ids=["0 B", "1 B", "CRLF", "5 MB"])
def test_another_library_opens_cbc_once_its_lengths_are_definite(content: bytes, tmp_path: Path) -> None:
    """Python's cryptography has an own reader, of DER only and without GCM."""
    to = person("rsa2048")
    sealed_bytes = sealed(tmp_path, to, plain(content), gcm=False).file.read_bytes()
    assert isinstance(to.key, rsa.RSAPrivateKey)
    rewritten = definite(sealed_bytes, der.node(sealed_bytes, 0))
    assert unpacked(pkcs7.pkcs7_decrypt_der(rewritten, to.certificate, to.key, [])) == content
