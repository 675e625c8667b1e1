"""Where keys come from: files and folders, mail, Web Key Directories, LDAP; each only as far as the operator allows."""

from __future__ import annotations

import base64
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from gateway.cli.keys_import import Importing
from gateway.config.load import load_settings
from gateway.errors import NotAccepted, NotFound, NotSealed, TryLater
from gateway.protect.keys import files, ldap, mail, wkd
from gateway.protect.keys.found import Found
from gateway.protect.keys.record import KeyRecord, Kind, Source
from gateway.protect.keys.ring import KeyRing
from gateway.protect.keys.rules import KeyRules
from gateway.protect.keys.web import Connect, NoSuchHost, Web
from gateway.testing.postfix import is_listening
from tests.integration.authority_server import Answer, Server, serving
from tests.integration.postfix import free_port, refusing_port, wait_until
from tests.scenarios.gateway_process import write_config
from tests.unit.protect.keymaking import ADDRESS, USER, KeyMaker, key_maker
from tests.unit.protect.sealing import NOW
from tests.unit.protect.x509making import Authority, pem, rsa_key, trust

pytestmark = pytest.mark.needs("gpg", "gpgconf")


@pytest.fixture(scope="module")
def maker() -> Iterator[KeyMaker]:
    with key_maker() as made:
        yield made


@pytest.fixture(scope="module")
def armoured(maker: KeyMaker) -> bytes:
    return maker.good()[1]


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority("Root")


@pytest.fixture(scope="module")
def certificate(root: Authority) -> x509.Certificate:
    return root.issue()


@pytest.fixture
def ring(tmp_path: Path, root: Authority) -> KeyRing:
    rules = KeyRules(authorities=trust(tmp_path / "authorities", root))
    return KeyRing(tmp_path / "keys" / "recipients", rules=rules)


# ---------------------------------------------------------------------------------------------- files and folders


def test_a_folder_gives_each_of_its_files(tmp_path: Path, armoured: bytes, certificate: x509.Certificate) -> None:
    folder = tmp_path / "in"
    (folder / "below").mkdir(parents=True)
    for name, content in (("b.asc", armoured), ("a.pem", pem(certificate)), (".hidden", b"x"), ("c.txt", b"hello")):
        (folder / name).write_bytes(content)
    assert [path.name for path in files.files_at(folder)] == ["a.pem", "b.asc", "c.txt"]
    assert files.files_at(folder / "b.asc") == [folder / "b.asc"]
    (found,) = files.found_in(folder / "b.asc")
    assert (found.content, found.source) == (armoured, Source.FILE)


def test_both_kinds_live_in_one_ring(
    ring: KeyRing, tmp_path: Path, armoured: bytes, certificate: x509.Certificate
) -> None:
    first = ring.import_key(armoured, NOW)
    second = ring.import_key(pem(certificate), NOW)
    assert [each.kind for each in ring.list()] == [Kind.OPENPGP, Kind.X509] or ring.list()[0].kind is Kind.X509
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex().upper()
    assert (second.fingerprint, second.addresses, second.kind) == (fingerprint, (ADDRESS,), Kind.X509)
    assert {path.suffix for path in (tmp_path / "keys" / "recipients").iterdir()} == {".asc", ".pem", ".json"}
    assert ring.find_x509(ADDRESS) is None
    assert ring.find(ADDRESS) is None
    ring.approve(second.fingerprint, "Olive Officer", NOW)
    assert ring.find(ADDRESS) is None, "a certificate for S/MIME is no OpenPGP key"
    found = ring.find_x509("Alice@Partner.Example")
    assert found is not None
    assert (found.fingerprint, found.takes_gcm, found.pem) == (fingerprint, False, pem(certificate))
    approved = ring.approve(":".join(fingerprint[at : at + 2] for at in range(0, 64, 2)), "Olive", NOW, takes=("gcm",))
    assert approved.takes == ("gcm",)
    found = ring.find_x509(ADDRESS)
    assert found is not None
    assert found.takes_gcm
    ring.remove(fingerprint)
    assert [each.fingerprint for each in ring.list()] == [first.fingerprint]


def test_the_chain_is_kept_with_a_certificate(tmp_path: Path, ring: KeyRing, root: Authority) -> None:
    between = Authority("Between", root)
    data = pkcs7.serialize_certificates([between.certificate, between.issue()], Encoding.PEM)
    record = ring.import_key(data, NOW)
    ring.approve(record.fingerprint, "Olive Officer", NOW)
    found = ring.find_x509(ADDRESS)
    assert found is not None
    assert found.fingerprint == record.fingerprint
    kept = tmp_path / "keys" / "recipients" / f"{record.fingerprint}.pem"
    assert kept.read_bytes().count(b"BEGIN CERTIFICATE") == 2


def test_an_approved_certificate_is_lost_when_its_authority_is_no_longer_trusted(
    tmp_path: Path, ring: KeyRing, certificate: x509.Certificate
) -> None:
    record = ring.import_key(pem(certificate), NOW)
    ring.approve(record.fingerprint, "Olive Officer", NOW)
    assert ring.find_x509(ADDRESS) is not None
    trust(tmp_path / "authorities", Authority("Root"))  # in the place of the other
    assert ring.find_x509(ADDRESS) is None


def test_a_record_of_an_older_release_is_read(ring: KeyRing, tmp_path: Path, armoured: bytes) -> None:
    record = ring.import_key(armoured, NOW)
    path = tmp_path / "keys" / "recipients" / f"{record.fingerprint}.json"
    old = f'{{"fingerprint": "{record.fingerprint}", "addresses": ["{ADDRESS}"], '
    path.write_text(old + f'"imported_at": "{NOW.isoformat()}", "approved_by": "", "approved_at": ""}}')
    assert ring.list() == (record,)


# ------------------------------------------------------------------------------------------------------------ mail


def message() -> EmailMessage:
    made = EmailMessage()
    made["From"] = USER
    made["To"] = "officer@council.example"
    made.set_content("My key is attached.\n")
    return made


def attached(content: bytes, kind: str, name: str = "") -> bytes:
    made = message()
    maintype, subtype = kind.split("/")
    made.add_attachment(content, maintype=maintype, subtype=subtype, filename=name or None)
    return made.as_bytes()


@pytest.mark.parametrize(
    ("kind", "name"),
    [("application/pgp-keys", ""), ("application/octet-stream", "key.asc"), ("text/plain", "0xALICE.ASC")],
)
def test_an_attached_key_is_found(armoured: bytes, kind: str, name: str) -> None:
    (found,) = mail.found_in(attached(armoured, kind, name), "m.eml")
    assert found.source is Source.MAIL
    assert b"".join(found.content.split()) == b"".join(armoured.split())


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("application/pkix-cert", ""),
        ("application/octet-stream", "alice.cer"),
        ("application/pkcs7-mime", "smime.p7c"),
        ("application/octet-stream", "chain.p7b"),
    ],
)
def test_an_attached_certificate_is_found(root: Authority, certificate: x509.Certificate, kind: str, name: str) -> None:
    is_chain = "p7" in name
    chain = pkcs7.serialize_certificates([root.certificate, certificate], Encoding.DER)
    (found,) = mail.found_in(attached(chain if is_chain else certificate.public_bytes(Encoding.DER), kind, name), "m")
    assert pem(certificate) in found.content


def test_a_signed_message_brings_its_signers_certificate(
    ring: KeyRing, certificate: x509.Certificate, root: Authority
) -> None:
    key = rsa_key()
    assert isinstance(key, rsa.RSAPrivateKey)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(b"Dear Officer\r\n").add_signer(certificate, key, hashes.SHA256())
    builder = builder.add_certificate(root.certificate)
    signed = builder.sign(Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature])
    (found,) = mail.found_in(b"From: alice@partner.example\r\n" + signed, "m.eml")
    assert found.source is Source.MAIL
    record = ring.import_key(found.content, NOW, source=found.source)
    assert (record.kind, record.addresses, record.source) == (Kind.X509, (ADDRESS,), Source.MAIL)


def announced(maker: KeyMaker, address: str = ADDRESS, sender: str = USER) -> bytes:
    """Return a message whose header announces Alice's key, folded as programs do."""
    lines = base64.encodebytes(maker.gpg("--export", maker.good()[0])).splitlines()
    field = b"Autocrypt: addr=%s; prefer-encrypt=mutual; keydata=\r\n " % address.encode() + b"\r\n ".join(lines)
    return field + b"\r\nFrom: " + sender.encode() + b"\r\n\r\nHello\r\n"


def test_an_announced_key_is_found(maker: KeyMaker, ring: KeyRing) -> None:
    (found,) = mail.found_in(announced(maker), "m.eml")
    assert found.names == ADDRESS
    assert ring.import_key(found.content, NOW, source=found.source, names=found.names).addresses == (ADDRESS,)


def test_a_key_announced_for_somebody_else_is_let_be(maker: KeyMaker) -> None:
    assert mail.found_in(announced(maker, "bob@partner.example"), "m") == ()
    once = announced(maker)
    field = once[: once.index(b"From: ")]
    assert mail.found_in(field + once, "m") == (), "several announcements count as none"


def test_an_announced_key_must_name_who_announces_it(maker: KeyMaker, ring: KeyRing) -> None:
    bob = "bob@partner.example"
    (found,) = mail.found_in(announced(maker, bob, bob), "m.eml")
    with pytest.raises(NotSealed, match=r"does not name bob@partner\.example"):
        ring.import_key(found.content, NOW, names=found.names)


def test_what_is_no_key_is_let_be(maker: KeyMaker) -> None:
    signature = maker.gpg("--armor", "--local-user", maker.make(), "--detach-sign", stdin=b"x")
    for content in (signature, b"%PDF-1.4", b""):
        assert mail.found_in(attached(content, "application/octet-stream", "signature.asc"), "m") == ()


def test_a_message_within_a_message_is_looked_into(armoured: bytes) -> None:
    outer = message()
    inner = message()
    inner.add_attachment(armoured, maintype="application", subtype="pgp-keys")
    outer.add_attachment(inner)
    assert len(mail.found_in(outer.as_bytes(), "m.eml")) == 1


def test_a_message_of_boxes_within_boxes_is_left() -> None:
    message = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (each, each) for each in range(5000))
    with pytest.raises(NotAccepted, match="cannot be read as a message"):
        mail.found_in(message, "m.eml")


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 1000, b"Content-Type: multipart/mixed; boundary=\n\n--\n", b"\xff\xfe"]
)
def test_a_broken_message_has_no_key(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.eml"
    path.write_bytes(content)
    with pytest.raises(NotAccepted, match="no certificate in"):
        files.found_in(path)


# ------------------------------------------------------------------------------------------------------------- WKD


def test_the_addresses_are_those_of_the_draft() -> None:
    advanced, direct = wkd.addresses_of("Joe.Doe@Example.ORG")
    assert advanced == (
        "https://openpgpkey.example.org/.well-known/openpgpkey/example.org/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q"
        "?l=Joe.Doe"
    )
    assert direct == ("https://example.org/.well-known/openpgpkey/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe")


def test_gpg_makes_the_same_hash(maker: KeyMaker) -> None:
    listing = maker.gpg("--with-wkd-hash", "--list-keys", maker.good()[0]).decode()
    hashed = next(line.strip().partition("@")[0] for line in listing.splitlines() if line.endswith("@partner.example"))
    assert f"/hu/{hashed}?" in wkd.addresses_of(ADDRESS)[0]


@pytest.mark.parametrize("address", ["", "alice", "@partner.example", "alice@", "alice@a b", "alice@-.example"])
def test_what_is_no_address_is_not_asked_for(address: str) -> None:
    with pytest.raises(NotAccepted, match="not a plain address"):
        wkd.addresses_of(address)


def test_a_local_part_cannot_leave_its_place() -> None:
    assert wkd.addresses_of("../x?y#z@partner.example")[0].endswith("?l=..%2Fx%3Fy%23z")


class Names:
    """A resolver for tests: the hosts that exist are all at one port of the loopback."""

    def __init__(self, port: int, *hosts: str) -> None:
        self.port, self.hosts, self.asked = port, hosts, list[str]()

    def __call__(self, place: tuple[str, int], seconds: float) -> socket.socket:
        self.asked.append(place[0])
        if place[0] not in self.hosts:
            raise socket.gaierror
        return socket.create_connection(("127.0.0.1", self.port), seconds)


@contextmanager
def over_tls(answer: Answer, *hosts: str, known: bool = True) -> Iterator[tuple[Web, Names, Server]]:
    """Serve HTTPS for these hosts; without `known`, under a certificate of somebody whom nobody trusts."""
    authority, stranger = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer = authority if known else stranger
    issuer.issue_cert("partner.example", "openpgpkey.partner.example").configure_cert(context)
    with serving(answer, context) as server:
        client = ssl.create_default_context()
        authority.configure_trust(client)
        names = Names(server.port, *hosts)
        connect: Connect = names
        yield Web(connect=connect, context=client), names, server


ADVANCED, DIRECT = "openpgpkey.partner.example", "partner.example"


@pytest.mark.network
def test_the_advanced_method_comes_first(ring: KeyRing, maker: KeyMaker) -> None:
    binary = maker.gpg("--export", maker.good()[0])
    with over_tls(lambda _path, _body: (200, binary, {}), ADVANCED, DIRECT) as (web, names, server):
        found = wkd.look_up(ADDRESS, web)
    assert names.asked == [ADVANCED]
    assert server.asked[0].startswith("/.well-known/openpgpkey/partner.example/hu/")
    record = ring.import_key(found.content, NOW, source=found.source, names=found.names)
    assert (record.source, record.approved_by) == (Source.WKD, "")


@pytest.mark.network
def test_the_direct_method_is_for_domains_without_the_name(armoured: bytes) -> None:
    with over_tls(lambda _path, _body: (200, armoured, {}), DIRECT) as (web, names, _):
        assert wkd.look_up(ADDRESS, web).content == armoured
    assert names.asked == [ADVANCED, DIRECT]


@pytest.mark.network
def test_a_key_of_somebody_else_is_refused(ring: KeyRing, maker: KeyMaker) -> None:
    _, mallory = maker.good("Mallory <mallory@elsewhere.example>")
    with over_tls(lambda _path, _body: (200, mallory, {}), ADVANCED) as (web, _, _):
        found = wkd.look_up(ADDRESS, web)
    with pytest.raises(NotSealed, match=f"does not name {ADDRESS}"):
        ring.import_key(found.content, NOW, source=found.source, names=found.names)
    assert ring.list() == ()


BAD_DIRECTORIES: dict[str, tuple[Answer, type[Exception]]] = {
    "no such key": (lambda _path, _body: (404, b"", {}), NotFound),
    "nothing": (lambda _path, _body: (200, b"", {}), NotFound),
    "a failure": (lambda _path, _body: (500, b"", {}), TryLater),
    "too large": (lambda _path, _body: (200, b"x" * ((1 << 20) + 1), {}), TryLater),
    "to another scheme": (lambda _path, _body: (302, b"", {"Location": "http://partner.example/k"}), TryLater),
    "to a file": (lambda _path, _body: (302, b"", {"Location": "file:///etc/passwd"}), TryLater),
    "to a host that is not there": (lambda _path, _body: (302, b"", {"Location": "https://x.example/"}), NoSuchHost),
    "round and round": (lambda _path, _body: (302, b"", {"Location": "/again"}), TryLater),
}


@pytest.mark.network
@pytest.mark.parametrize("title", BAD_DIRECTORIES)
def test_a_directory_that_does_not_help(title: str) -> None:
    answer, error = BAD_DIRECTORIES[title]
    with over_tls(answer, ADVANCED) as (web, _, _), pytest.raises(error):
        wkd.look_up(ADDRESS, web)


@pytest.mark.network
def test_a_redirection_is_followed_to_https(armoured: bytes) -> None:
    def answer(path: str, _body: bytes) -> tuple[int, bytes, dict[str, str]]:
        there = {"Location": "https://partner.example/key"}
        return (200, armoured, {}) if path == "/key" else (301, b"", there)

    with over_tls(answer, ADVANCED, DIRECT) as (web, names, _):
        assert wkd.look_up(ADDRESS, web).content == armoured
    assert names.asked == [ADVANCED, DIRECT]


@pytest.mark.network
def test_a_server_that_nobody_vouches_for_is_not_believed(armoured: bytes) -> None:
    with (
        over_tls(lambda _path, _body: (200, armoured, {}), ADVANCED, known=False) as (web, _, server),
        pytest.raises(TryLater, match="SSLCertVerificationError"),
    ):
        wkd.look_up(ADDRESS, web)
    assert server.asked == []


@pytest.mark.network
def test_an_officer_imports_from_a_directory(
    tmp_path: Path, ring: KeyRing, armoured: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path)
    config.write_text(config.read_text() + "\nkeys: {wkd: true}\n")
    with over_tls(lambda path, _body: (200, armoured, {}) if "alice" in path else (404, b"", {}), ADVANCED) as (
        web,
        _,
        _,
    ):
        came: list[KeyRecord] = []
        importing = Importing(ring, load_settings(config), came.append, web=web)
        importing.take([], [ADDRESS])
        assert not importing.has_refused
        importing.take([], ["bob@partner.example"])
        assert importing.has_refused
    assert came == list(ring.list())
    said = capsys.readouterr()
    assert f"imported openpgp {ring.list()[0].fingerprint} of {ADDRESS}" in said.out
    assert "has no key for bob@partner.example" in said.err


# ------------------------------------------------------------------------------------------------------------ LDAP


@pytest.mark.parametrize(
    ("address", "filter_value"),
    [
        (ADDRESS, b"alice@partner.example"),
        ("*", rb"\2a"),
        ("a)(uid=*", rb"a\29\28uid\3d\2a"),
        ("a\\b\0c\nd", rb"a\5cb\00c\0ad"),
        ("é@x", rb"\c3\a9@x"),
        ("%s", rb"\25s"),
    ],
)
def test_an_address_is_only_a_value(address: str, filter_value: bytes) -> None:
    assert ldap.escaped(address) == filter_value


@pytest.mark.parametrize(
    ("ldif", "values"),
    [
        (b"dn: cn=a\nuserCertificate;binary:: MDAw\n", [b"000"]),
        (b"userSMIMECertificate;binary:: MD\n Aw\npgpKey: -----BEGIN\n", [b"000", b"-----BEGIN"]),
        (b"usercertificate:: MDAw\r\n\r\ndn:: YQ==\r\n", [b"000"]),
        (b"userCertificate;binary:< file:///etc/passwd\n", []),
        (b"userCertificate;binary:: not base64\n", []),
        (b"description:: MDAw\ncn: userCertificate:: MDAw\nuserPassword: x\n", []),
        (b"", []),
        (b"\n \n: \n::\nuserCertificate\n", []),
    ],
)
def test_an_answer_is_read_line_by_line(ldif: bytes, values: list[bytes]) -> None:
    assert list(ldap.values(ldif)) == values


SLAPD = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.3401.8.2.11 NAME 'pgpKey' SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )
objectclass ( 1.3.6.1.4.1.3401.8.2.99 NAME 'keyHolder' AUXILIARY MAY pgpKey )
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
database mdb
maxsize 10485760
suffix "dc=example"
directory {folder}/data
access to * by * read
"""


@contextmanager
def directory(folder: Path, *entries: str) -> Iterator[ldap.Directory]:
    """Start slapd on a free port with these entries below `dc=example`."""
    (folder / "data").mkdir()
    (folder / "slapd.conf").write_text(SLAPD.format(folder=folder))
    base = "dn: dc=example\nobjectClass: domain\ndc: example\n"
    (folder / "entries").write_text("\n".join([base, *entries]))
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    load = ["slapadd", "-f", "slapd.conf", "-l", "entries"]
    ran = subprocess.run(load, cwd=folder, env=environment, check=False, capture_output=True)
    assert ran.returncode == 0, ran.stderr
    port = free_port()
    url = f"ldap://127.0.0.1:{port}"
    words = ["slapd", "-f", "slapd.conf", "-h", url, "-d", "0"]
    with subprocess.Popen(words, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: is_listening(port))
            yield ldap.Directory(url=url, base="dc=example")
        finally:
            process.terminate()


def entry(name: str, address: str, **attributes: bytes) -> str:
    lines = [f"dn: cn={name},dc=example", "objectClass: inetOrgPerson", "objectClass: keyHolder", f"cn: {name}"]
    lines += [f"sn: {name}", f"mail: {address}"]
    called = {"certificate": "userCertificate;binary", "smime": "userSMIMECertificate", "key": "pgpKey"}
    lines += [f"{called[each]}:: {base64.b64encode(value).decode()}" for each, value in attributes.items()]
    return "\n".join(lines) + "\n"


@pytest.mark.network
@pytest.mark.needs("ldapsearch", "slapd", "slapadd")
def test_a_real_directory_gives_certificates_and_keys(
    tmp_path: Path, ring: KeyRing, armoured: bytes, root: Authority, certificate: x509.Certificate
) -> None:
    der = certificate.public_bytes(Encoding.DER)
    chain = pkcs7.serialize_certificates([root.certificate, certificate], Encoding.DER)
    entries = [
        entry("alice", ADDRESS, certificate=der, key=armoured),
        entry("alice smime", ADDRESS, smime=chain),
        entry("bob", "bob@partner.example", certificate=der),
    ]
    with directory(tmp_path, *entries) as place:
        found = ldap.look_up("ALICE@partner.example", place)
        assert sorted(each.content for each in found) == sorted([der, armoured, chain])
        assert {(each.source, each.names.lower()) for each in found} == {(Source.LDAP, ADDRESS)}
        records = [ring.import_key(each.content, NOW, source=each.source, names=each.names) for each in found]
        assert {(each.kind, each.source, each.approved_by) for each in records} == {
            (Kind.OPENPGP, Source.LDAP, ""),
            (Kind.X509, Source.LDAP, ""),
        }
        (of_bob,) = ldap.look_up("bob@partner.example", place)
        with pytest.raises(NotSealed, match=r"does not name bob@partner\.example"):
            ring.import_key(of_bob.content, NOW, names=of_bob.names)
        for nobody in ("carol@partner.example", "*", "alice*", "*)(cn=*"):
            with pytest.raises(NotFound, match="has no certificate"):
                ldap.look_up(nobody, place)
        with pytest.raises(NotFound):
            ldap.look_up(ADDRESS, ldap.Directory(url=place.url, base="dc=elsewhere"))


@pytest.mark.network
@pytest.mark.needs("ldapsearch")
def test_a_directory_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing_port() as port, pytest.raises(TryLater, match="could not be asked"):
        ldap.look_up(ADDRESS, ldap.Directory(url=f"ldap://127.0.0.1:{port}", base="dc=example"))
    monkeypatch.setattr(ldap, "SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ldap://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TryLater):
            ldap.look_up(ADDRESS, ldap.Directory(url=url, base="dc=example"))


def test_what_was_found_does_not_show_its_content() -> None:
    found: Callable[..., Found] = Found
    assert "secret" not in repr(found(where="here", content=b"secret"))
