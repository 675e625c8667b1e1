"""An approval is for the addresses that an officer means: whatever else a certificate claims counts for nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from gateway.errors import NotAccepted, NotSealed, TryLater
from gateway.protect import gnupg
from gateway.protect.keys import by_gpg
from gateway.protect.keys.ring import KeyRing
from gateway.protect.keys.rules import KeyRules
from tests.unit.protect.keymaking import ADDRESS, USER, KeyMaker, key_maker
from tests.unit.protect.sealing import NOW
from tests.unit.protect.x509making import Authority, pem, trust

pytestmark = pytest.mark.needs("gpg", "gpgconf")

OFFICER = "Olive Officer"
MALLORY = "mallory@elsewhere.example"


@pytest.fixture(scope="module")
def maker() -> Iterator[KeyMaker]:
    with key_maker() as made:
        yield made


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "recipients")


def with_both(maker: KeyMaker) -> str:
    """Make Mallory's key, with a second user id in the name of Alice that Mallory signed."""
    fingerprint, _ = maker.good(f"Mallory <{MALLORY}>")
    maker.gpg("--quick-add-uid", fingerprint, USER)
    return fingerprint


def test_a_second_address_in_a_certificate_is_not_approved_with_the_first(maker: KeyMaker, ring: KeyRing) -> None:
    alice, certificate = maker.good()
    ring.import_key(certificate, NOW)
    ring.approve(alice, OFFICER, NOW)
    mallory = with_both(maker)
    ring.import_key(maker.export(mallory), NOW)
    with pytest.raises(NotAccepted, match=f"several addresses: {ADDRESS}, {MALLORY}"):
        ring.approve(mallory, OFFICER, NOW)
    ring.approve(mallory, OFFICER, NOW, addresses=[MALLORY])
    found, other = ring.find(ADDRESS), ring.find(MALLORY)
    assert found is not None
    assert other is not None
    assert (found.fingerprint, other.fingerprint) == (alice, mallory)
    for how in ({"addresses": [ADDRESS]}, {"every": True}):
        with pytest.raises(NotAccepted, match=f"{ADDRESS} is sealed to another key already, {alice}") as refused:
            ring.weigh(mallory, **how)
        assert "--instead" in refused.value.hint


def test_another_key_comes_instead_only_when_that_is_said(maker: KeyMaker, ring: KeyRing) -> None:
    (before, old), (after, new) = maker.good(), maker.good()
    maker.gpg("--quick-add-uid", before, "Alice <director@partner.example>")
    for each in (maker.export(before), new):
        ring.import_key(each, NOW)
    assert old
    ring.approve(before, OFFICER, NOW, every=True)
    with pytest.raises(NotAccepted):
        ring.approve(after, OFFICER, NOW)
    approval = ring.weigh(after, instead=True)
    assert [each.fingerprint for each in approval.withdrawn] == [before]
    ring.approve(after, OFFICER, NOW, instead=True)
    found, director = ring.find(ADDRESS), ring.find("director@partner.example")
    assert found is not None
    assert director is not None
    assert (found.fingerprint, director.fingerprint) == (after, before)
    ring.remove(after)
    assert ring.find(ADDRESS) is None, "what was withdrawn does not come back by itself"


def test_a_key_that_cannot_be_used_is_not_in_the_way(maker: KeyMaker, tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "recipients")
    before, certificate = maker.good()
    ring.import_key(certificate, NOW)
    ring.approve(before, OFFICER, NOW)
    maker.gpg("--import", stdin=maker.revocation(before))
    ring.import_key(maker.export(before), NOW)
    after, new = maker.good()
    ring.import_key(new, NOW)
    ring.approve(after, OFFICER, NOW)
    found = ring.find(ADDRESS)
    assert found is not None
    assert found.fingerprint == after
    assert (ring.record(before).approved_by, ring.record(before).approved_for) == ("", ())


def test_only_what_a_certificate_names_today_can_be_approved(maker: KeyMaker, ring: KeyRing) -> None:
    fingerprint, certificate = maker.good()
    ring.import_key(certificate, NOW)
    with pytest.raises(NotAccepted, match=r"does not name bob@partner\.example") as refused:
        ring.approve(fingerprint, OFFICER, NOW, addresses=["bob@partner.example"])
    assert refused.value.hint == f"it names {ADDRESS}"


def test_a_certificate_in_anothers_place_is_not_approved(maker: KeyMaker, ring: KeyRing, tmp_path: Path) -> None:
    fingerprint, certificate = maker.good()
    ring.import_key(certificate, NOW)
    (tmp_path / "recipients" / f"{fingerprint}.asc").write_bytes(maker.good()[1])
    with pytest.raises(NotSealed, match="another certificate lies in its place"):
        ring.approve(fingerprint, OFFICER, NOW)


def test_more_addresses_than_an_entry_of_the_ledger_holds_are_not_approved_at_once(
    maker: KeyMaker, ring: KeyRing, tmp_path: Path
) -> None:
    fingerprint, certificate = maker.good()
    for number in range(50):
        maker.gpg("--quick-add-uid", fingerprint, f"Alice <a{number}@partner.example>")
    assert certificate
    ring.import_key(maker.export(fingerprint), NOW)
    with pytest.raises(NotAccepted, match="51 addresses; 50 are approved at once"):
        ring.approve(fingerprint, OFFICER, NOW, every=True)
    ring.approve(fingerprint, OFFICER, NOW, addresses=[ADDRESS])
    assert json.loads((tmp_path / "recipients" / f"{fingerprint}.json").read_text())["approved_for"] == [ADDRESS]


def test_an_address_with_other_letters_in_its_domain_is_found(maker: KeyMaker, ring: KeyRing) -> None:
    fingerprint, certificate = maker.good("Jürgen <jurgen@bücher.example>")
    assert ring.import_key(certificate, NOW).addresses == ("jurgen@xn--bcher-kva.example",)
    ring.approve(fingerprint, OFFICER, NOW, addresses=["jurgen@bücher.example"])
    assert ring.find("Jurgen@xn--bcher-kva.example") is not None


def test_a_busy_machine_says_nothing_of_a_key(
    maker: KeyMaker, ring: KeyRing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fingerprint, certificate = maker.good()
    ring.import_key(certificate, NOW)
    ring.approve(fingerprint, OFFICER, NOW)
    slow = tmp_path / "bin" / "gpg"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(slow.parent))
    with gnupg.private_home() as home, pytest.raises(TryLater, match="gpg was not done in time") as late:
        gnupg.gpg(home, "--version", seconds=0.2)
    assert late.value.hint == "the machine is busy; try again"
    again = KeyRing(tmp_path / "recipients")
    monkeypatch.setattr(by_gpg, "gpg", lambda home, *words, **_: gnupg.gpg(home, *words, seconds=0.2))
    with pytest.raises(TryLater, match="not done in time"):
        again.find(ADDRESS)  # no answer is not "no key": it is asked again later
    monkeypatch.setattr(gnupg, "patience", lambda _: 0.2)
    with (tmp_path / "sealed").open("wb") as target, pytest.raises(TryLater, match="not done in time"):
        gnupg.encrypt(certificate, lambda into: into.write(b"x"), 1, "x", target)


def test_what_an_older_release_approved_counts_for_all_addresses(
    maker: KeyMaker, ring: KeyRing, tmp_path: Path
) -> None:
    fingerprint = with_both(maker)
    ring.import_key(maker.export(fingerprint), NOW)
    ring.approve(fingerprint, OFFICER, NOW, every=True)
    path = tmp_path / "recipients" / f"{fingerprint}.json"
    raw = json.loads(path.read_text())
    del raw["approved_for"]
    path.write_text(json.dumps(raw))
    assert ring.record(fingerprint).approved_for == (ADDRESS, MALLORY)
    assert ring.find(ADDRESS) is not None
    path.write_text(json.dumps(raw | {"approved_by": "", "approved_at": ""}))
    assert ring.record(fingerprint).approved_for == ()


# ------------------------------------------------------------------------------------------------------------ X.509


def test_the_certificates_of_strangers_do_not_pile_up(tmp_path: Path) -> None:
    root, other = Authority("Root"), Authority("Other")
    between = Authority("Between", root)
    ring = KeyRing(tmp_path / "recipients", rules=KeyRules(authorities=trust(tmp_path / "authorities", root)))
    certificate = between.issue()
    for number in range(4):
        strangers = [Authority(f"Stranger {number} {each}", other).certificate for each in range(15)]
        data = pkcs7.serialize_certificates([certificate, between.certificate, *strangers], Encoding.DER)
        record = ring.import_key(data, NOW)
        assert ring.judge_x509(record.fingerprint).fingerprint == record.fingerprint
        assert ring.certificate(record.fingerprint) == pem(certificate, between.certificate)
    record = ring.import_key(pem(certificate), NOW)  # the chain that is here already still counts
    assert ring.certificate(record.fingerprint) == pem(certificate, between.certificate)


def test_an_update_that_does_not_hold_changes_nothing(tmp_path: Path) -> None:
    root = Authority("Root")
    ring = KeyRing(tmp_path / "recipients", rules=KeyRules(authorities=trust(tmp_path / "authorities", root)))
    certificate = root.issue()
    record = ring.import_key(pem(certificate), NOW)
    ring.approve(record.fingerprint, OFFICER, NOW)
    trust(tmp_path / "authorities", Authority("Root"))  # in the place of the other
    before = {path.name: path.read_bytes() for path in (tmp_path / "recipients").iterdir()}
    with pytest.raises(NotSealed, match="signature does not match"):
        ring.import_key(pem(certificate, Authority("Stranger").certificate), NOW)
    assert {path.name: path.read_bytes() for path in (tmp_path / "recipients").iterdir()} == before
