"""`gateway keys`: what officers see of keys, and what they can do with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from gateway.cli.keys_doctor import examine_keys
from gateway.cli.keys_import import Importing
from gateway.cli.opening import open_store, read_settings
from gateway.system import programs
from tests.unit.cli.asking import Said, ask
from tests.unit.protect.keymaking import ADDRESS, USER, KeyMaker, key_maker
from tests.unit.protect.x509making import Authority, pem, self_signed, trust

pytestmark = pytest.mark.needs("gpg")

SIX = Path(__file__).parents[2] / "hostile" / "data" / "openpgpjs" / "v6.asc"


@pytest.fixture(scope="module")
def maker() -> Iterator[KeyMaker]:
    with key_maker() as made:
        yield made


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority("Root")


def configured(config: Path, keys: str) -> None:
    """Write a section `keys` into a configuration."""
    config.write_text(config.read_text() + f"\nkeys: {keys}\n")


def import_all(config: Path, tmp_path: Path, **files: bytes) -> Said:
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return ask(config, "keys", "import", str(folder))


def listed(config: Path, *words: str) -> list[dict[str, Any]]:
    said = ask(config, "keys", *(words or ("list",)), "--json")
    return [json.loads(line) for line in said.out.splitlines()]


def doctor(config: Path) -> list[tuple[str, str]]:
    """Return what the doctor says of keys."""
    return [(state, what) for state, what, _ in examine_keys(read_settings(config))]


def test_a_folder_of_keys_has_a_verdict_for_each(
    config: Path, tmp_path: Path, maker: KeyMaker, root: Authority
) -> None:
    trust(config.parent / "authorities", root)
    configured(config, "{authorities: config/authorities}")
    good, weak = maker.good()[1], maker.good(algorithm="rsa1024")[1]
    said = import_all(
        config, tmp_path, a_asc=good, b_asc=weak, c_pem=pem(root.issue()), d_txt=b"hello", e_asc=SIX.read_bytes()
    )
    assert said.code == 1, "one was refused"
    assert said.out.count("imported openpgp") == 2
    assert said.out.count("imported x509") == 1
    assert "b.asc: this certificate may not be used: no key in it may encrypt" in said.err
    assert "RSA with 1024 bits is too short" in said.err
    assert "d.txt: this certificate may not be used: there are 0 certificates in it" in said.err
    kinds = [each["kind"] for each in listed(config)]
    assert sorted(kinds) == ["openpgp", "openpgp", "x509"]


def test_check_says_how_each_key_stands(config: Path, tmp_path: Path, maker: KeyMaker, root: Authority) -> None:
    trust(config.parent / "authorities", root)
    configured(config, "{authorities: config/authorities, warn: 400 days}")
    import_all(config, tmp_path, a_asc=maker.good()[1], c_pem=pem(root.issue()))
    x509, pgp = sorted(listed(config), key=lambda each: str(each["kind"]), reverse=True)
    assert (pgp["key_wrap"], pgp["usable"], pgp["until"]) == ("AES-128 key wrap (cv25519)", True, None)
    assert "its key is wrapped with AES-128" in pgp["warnings"][0]
    assert (x509["key_wrap"], x509["takes"]) == ("RSA-2048", [])
    assert "runs out on" in x509["warnings"][0]
    assert ask(config, "keys", "approve", x509["fingerprint"], "--takes", "gcm").code == 0
    assert listed(config, "check", x509["fingerprint"])[0]["takes"] == ["gcm"]
    said = ask(config, "keys", "check")
    assert said.code == 0
    for words in ("AES-128 key wrap (cv25519)", "takes gcm", "usable: for good", "note: runs out on", "nobody yet"):
        assert words in said.out
    assert "runs out on" in ask(config, "keys", "list").out
    assert ask(config, "keys", "check", "0" * 40).code == 4


def test_check_fails_when_an_approved_key_is_lost(config: Path, tmp_path: Path, maker: KeyMaker) -> None:
    fingerprint, certificate = maker.good()
    import_all(config, tmp_path, a_asc=certificate)
    ask(config, "keys", "approve", fingerprint)
    configured(config, "{aes128_key_wrap: refuse}")
    said = ask(config, "keys", "check")
    assert said.code == 1
    assert "refused: no key in it may encrypt" in said.out
    assert "AES-128 key wrap (cv25519) is refused here, by the setting keys.aes128_key_wrap" in said.out
    lost = [what for state, what in doctor(config) if state == "wrong"]
    assert lost[0].startswith(f"the key of {ADDRESS} may not be used: ")
    assert "not usable" in ask(config, "keys", "list").out


def test_a_key_that_is_not_approved_fails_nobody(config: Path, tmp_path: Path, maker: KeyMaker) -> None:
    import_all(config, tmp_path, a_asc=maker.good()[1])
    configured(config, "{aes128_key_wrap: refuse}")
    assert ask(config, "keys", "check").code == 0


def test_what_a_recipient_takes_is_said_of_certificates_only(
    config: Path, tmp_path: Path, maker: KeyMaker, root: Authority
) -> None:
    trust(config.parent / "authorities", root)
    configured(config, "{authorities: config/authorities}")
    fingerprint, certificate = maker.good()
    import_all(config, tmp_path, a_asc=certificate, c_pem=pem(root.issue()))
    assert ask(config, "keys", "approve", fingerprint, "--takes", "gcm").code == 2
    x509 = next(each["fingerprint"] for each in listed(config) if each["kind"] == "x509")
    assert "approved by" in ask(config, "keys", "approve", x509).out
    assert "already approved" in ask(config, "keys", "approve", x509).out
    assert "already approved" not in ask(config, "keys", "approve", x509, "--takes", "gcm").out
    assert "already approved" in ask(config, "keys", "approve", x509, "--takes", "gcm").out


def test_self_signed_certificates_only_where_that_is_allowed(config: Path, tmp_path: Path) -> None:
    assert "keys.self_signed does not allow" in import_all(config, tmp_path, a_pem=pem(self_signed())).err
    configured(config, "{self_signed: true}")
    said = import_all(config, tmp_path, a_pem=pem(self_signed()))
    assert said.code == 0, said.err
    assert any("nobody vouches for them but the officer" in what for _, what in doctor(config))


def test_nobody_is_asked_over_the_network_unless_allowed(config: Path) -> None:
    for option, word in (("--wkd", "'wkd: true'"), ("--ldap", "'ldap'")):
        said = ask(config, "keys", "import", option, ADDRESS)
        assert said.code == 1
        assert f"{word} under 'keys'" in said.err
    assert ask(config, "keys", "import").code == 2


def test_a_message_is_looked_into(config: Path, tmp_path: Path, maker: KeyMaker) -> None:
    key = maker.good()[1]
    message = b"From: alice@partner.example\nContent-Type: application/pgp-keys\n\n" + key
    said = import_all(config, tmp_path, m_eml=message)
    assert said.code == 0, said.err
    assert listed(config)[0]["source"] == "mail"
    assert "no certificate in" in import_all(config, tmp_path, n_eml=b"Subject: x\n\nHello\n").err


def test_what_was_found_cannot_steer_the_terminal(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a\x1b[31m.asc"
    path.write_bytes(b"x")
    settings = read_settings(config)
    importing = Importing(settings.keys.ring(settings.paths.state), settings, lambda _: None)
    importing.take([path])
    assert importing.has_refused
    assert "\x1b" not in capsys.readouterr().err
    assert click.unstyle("x") == "x"


def test_the_doctor_says_what_is_there(
    config: Path, tmp_path: Path, maker: KeyMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    fingerprint, certificate = maker.good()
    import_all(config, tmp_path, a_asc=certificate, b_asc=maker.good("Bob <bob@partner.example>")[1])
    ask(config, "keys", "approve", fingerprint)
    said = "\n".join(what for _, what in doctor(config))
    assert "1 recipients' keys are approved and usable; 1 wait for an officer's approval" in said
    assert "1 approved keys have the content's key wrapped with AES-128" in said
    assert "version 6 and X25519 can be used" in said
    configured(config, '{authorities: nowhere, ldap: {url: "ldap://localhost", base: "dc=x"}}')
    monkeypatch.setenv("PATH", "")
    said = "\n".join(what for _, what in doctor(config))
    assert "there are no authorities at" in said
    assert "ldapsearch is not installed" in said


def ledger(config: Path) -> list[tuple[str, Any]]:
    """Return what the ledger says of keys."""
    with open_store(read_settings(config)) as store:
        entries = [json.loads(line) for line in store.ledger.entries()]
    return [(each["event"], each["facts"]) for each in entries if each["event"].startswith("key:")]


def test_an_officer_sees_and_names_the_addresses_that_a_key_is_approved_for(
    config: Path, tmp_path: Path, maker: KeyMaker
) -> None:
    alice, certificate = maker.good()
    mallory, _ = maker.good("Mallory <mallory@elsewhere.example>")
    maker.gpg("--quick-add-uid", mallory, USER)
    said = import_all(config, tmp_path, a_asc=certificate, b_asc=maker.export(mallory))
    assert f"gateway keys approve {alice}\n" in said.out
    assert f"gateway keys approve {mallory} --for ADDRESS" in said.out
    assert f"  {ADDRESS}\n" in ask(config, "keys", "approve", alice).out
    said = ask(config, "keys", "approve", mallory)
    assert said.code == 2
    assert f"names several addresses: {ADDRESS}, mallory@elsewhere.example" in said.err
    assert "--all-addresses" in said.err
    both = ("--for", ADDRESS, "--all-addresses")
    assert ask(config, "keys", "approve", mallory, *both).code == 2
    said = ask(config, "keys", "approve", mallory, "--all-addresses")
    assert (said.code, f"sealed to another key already, {alice}, approved by First Officer" in said.err) == (2, True)
    said = ask(config, "keys", "approve", mallory, "--for", "mallory@elsewhere.example")
    assert "  mallory@elsewhere.example\n" in said.out
    assert ADDRESS not in said.out
    assert "not approved for " + ADDRESS in ask(config, "keys", "check").out
    assert "First Officer for mallory@elsewhere.example" in ask(config, "keys", "list").out
    said = ask(config, "keys", "approve", mallory, "--all-addresses", "--instead")
    assert f"withdrawn for {ADDRESS}: {alice}, approved by First Officer" in said.out
    approved = {each["fingerprint"]: each["approved_for"] for each in listed(config)}
    assert approved == {alice: [], mallory: [ADDRESS, "mallory@elsewhere.example"]}


def test_the_ledger_tells_what_officers_do_with_keys(config: Path, tmp_path: Path, maker: KeyMaker) -> None:
    (first, certificate), (second, other) = maker.good(), maker.good()
    import_all(config, tmp_path, a_asc=certificate)
    ask(config, "keys", "approve", first)
    ask(config, "keys", "approve", first)  # changes nothing, and is no event
    import_all(config, tmp_path, a_asc=other)
    ask(config, "keys", "approve", second)  # refused
    ask(config, "keys", "approve", second, "--instead")
    ask(config, "keys", "remove", second)
    who = {"officer": "First Officer", "address": "officer@exampleshire.example"}
    told = {"kind": "openpgp", "addresses": [ADDRESS], "named": 1, "source": "file"} | who
    assert ledger(config) == [
        ("key:imported", told | {"fingerprint": first}),
        ("key:approved", told | {"fingerprint": first}),
        ("key:imported", told | {"fingerprint": second}),
        ("key:approved", told | {"fingerprint": second, "instead_of": [first]}),
        ("key:removed", told | {"fingerprint": second}),
    ]


def test_the_doctor_sees_an_approval_that_no_officer_gave(config: Path, tmp_path: Path, maker: KeyMaker) -> None:
    fingerprint, certificate = maker.good()
    import_all(config, tmp_path, a_asc=certificate)
    ask(config, "keys", "approve", fingerprint)
    assert "does not stand in the ledger" not in str(doctor(config))
    ask(config, "keys", "remove", fingerprint)
    import_all(config, tmp_path, a_asc=certificate)
    path = read_settings(config).paths.state / "keys" / "recipients" / f"{fingerprint}.json"
    raw = json.loads(path.read_text()) | {"approved_by": "First Officer", "approved_for": [ADDRESS]}
    path.write_text(json.dumps(raw | {"approved_at": raw["imported_at"]}))
    notes = [what for state, what in doctor(config) if state == "note"]
    assert any(f"the approval of {fingerprint} for {ADDRESS} does not stand in the ledger" in what for what in notes)


def test_a_record_that_cannot_be_read_is_shown_with_the_fix(config: Path, tmp_path: Path, maker: KeyMaker) -> None:
    fingerprint, certificate = maker.good()
    bob, other = maker.good("Bob <bob@partner.example>")
    import_all(config, tmp_path, a_asc=certificate, b_asc=other)
    path = read_settings(config).paths.state / "keys" / "recipients" / f"{fingerprint}.json"
    path.write_text("{")
    for words, code in ((("list",), 0), (("check",), 1), (("list", "--json"), 0)):
        said = ask(config, "keys", *words)
        assert (said.code, bob in said.out) == (code, True)
        assert f"the record of certificate {fingerprint} cannot be read" in said.err
        assert f"gateway keys remove {fingerprint}, then import" in said.err
    assert any("cannot be read: nothing is sealed to it" in what for state, what in doctor(config) if state == "wrong")
    said = import_all(config, tmp_path)
    assert (said.code, f"imported openpgp {bob}" in said.out) == (1, True), "one that cannot be read stops no others"
    assert ask(config, "keys", "remove", fingerprint).code == 0
    assert import_all(config, tmp_path).code == 0
    assert doctor(config)


def test_a_busy_machine_stops_no_import(
    config: Path, tmp_path: Path, maker: KeyMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object, **__: object) -> None:
        raise TimeoutError("gpg")

    monkeypatch.setattr(programs, "run", late)
    said = import_all(config, tmp_path, a_asc=maker.good()[1], b_asc=maker.good()[1])
    assert said.code == 1
    assert said.err.count("gpg was not done in time\n  the machine is busy; try again") == 2
