"""The key ring: nothing is sealed for a key that nobody approved, and what an officer sees is what counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.errors import Damaged, NotFound, NotSealed
from gateway.protect.keys.ring import KeyRing
from tests.unit.protect.keymaking import ADDRESS, LAST_YEAR, USER, KeyMaker, key_maker
from tests.unit.protect.sealing import NOW

pytestmark = pytest.mark.needs("gpg", "gpgconf")

OFFICER = "Olive Officer"


@pytest.fixture(scope="module")
def maker() -> Iterator[KeyMaker]:
    with key_maker() as made:
        yield made


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "recipients")


def test_an_imported_key_waits_for_approval(maker: KeyMaker, ring: KeyRing) -> None:
    fingerprint, certificate = maker.good()
    assert ring.list() == ()
    record = ring.import_key(certificate, NOW)
    assert (record.fingerprint, record.address) == (fingerprint, ADDRESS)
    assert ring.find(ADDRESS) is None
    approved = ring.approve(fingerprint.lower(), OFFICER, NOW)
    assert (approved.approved_by, approved.approved_at) == (OFFICER, NOW)
    assert ring.list() == (approved,)
    for address in (ADDRESS, "Alice@Partner.Example"):
        found = ring.find(address)
        assert found is not None
        assert found.fingerprint == fingerprint
    assert ring.find("bob@partner.example") is None


def test_it_is_all_in_two_private_files_that_another_process_reads(
    maker: KeyMaker, ring: KeyRing, tmp_path: Path
) -> None:
    fingerprint, certificate = maker.good()
    ring.import_key(certificate, NOW)
    ring.approve(fingerprint, OFFICER, NOW)
    folder = tmp_path / "recipients"
    assert {path.name for path in folder.iterdir()} == {f"{fingerprint}.asc", f"{fingerprint}.json"}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert json.loads((folder / f"{fingerprint}.json").read_text())["approved_by"] == OFFICER
    assert KeyRing(folder).find(ADDRESS) is not None


def test_a_removed_key_is_gone(maker: KeyMaker, ring: KeyRing, tmp_path: Path) -> None:
    fingerprint, certificate = maker.good()
    ring.import_key(certificate, NOW)
    ring.approve(fingerprint, OFFICER, NOW)
    ring.remove(fingerprint)
    assert ring.find(ADDRESS) is None
    assert list((tmp_path / "recipients").iterdir()) == []
    with pytest.raises(NotFound):
        ring.remove(fingerprint)


def test_an_unusable_certificate_does_not_come_in(maker: KeyMaker, ring: KeyRing, tmp_path: Path) -> None:
    expired = maker.make_then(LAST_YEAR, USER, "rsa2048", "default", "1m")
    with pytest.raises(NotSealed, match="expired"):
        ring.import_key(maker.export(expired), NOW)
    assert not (tmp_path / "recipients").exists()


def test_a_revocation_that_comes_later_ends_its_use_and_stays(maker: KeyMaker, ring: KeyRing) -> None:
    fingerprint, certificate = maker.good()
    ring.import_key(certificate, NOW)
    ring.approve(fingerprint, OFFICER, NOW)
    maker.gpg("--import", stdin=maker.revocation(fingerprint))
    ring.import_key(maker.export(fingerprint), NOW)
    assert ring.find(ADDRESS) is None
    ring.import_key(certificate, NOW)  # the older copy, without the revocation
    assert ring.find(ADDRESS) is None
    with pytest.raises(NotSealed, match="revoked"):
        ring.approve(fingerprint, OFFICER, NOW)
    with pytest.raises(NotSealed, match="revoked"):
        ring.judge(fingerprint)


def test_a_new_subkey_keeps_the_approval_and_a_new_address_has_none(maker: KeyMaker, ring: KeyRing) -> None:
    fingerprint, certificate = maker.good()
    ring.import_key(certificate, NOW)
    ring.approve(fingerprint, OFFICER, NOW)
    added = maker.add(fingerprint, "rsa2048")
    assert ring.import_key(maker.export(fingerprint), NOW).approved_by == OFFICER
    found = ring.find(ADDRESS)
    assert found is not None
    assert added in {key.fingerprint for key in found.usable}
    maker.gpg("--quick-add-uid", fingerprint, "Alice <director@partner.example>")
    record = ring.import_key(maker.export(fingerprint), NOW)
    assert record.addresses == (ADDRESS, "director@partner.example")
    assert (record.approved_by, record.approved_for) == (OFFICER, (ADDRESS,))
    assert ring.find(ADDRESS) is not None
    assert ring.find("director@partner.example") is None
    ring.approve(fingerprint, OFFICER, NOW, addresses=["Director@Partner.example"])
    assert ring.find("director@partner.example") is not None
    assert ring.record(fingerprint).approved_for == record.addresses


def test_an_address_counts_only_where_record_and_certificate_agree(
    maker: KeyMaker, ring: KeyRing, tmp_path: Path
) -> None:
    fingerprint, certificate = maker.good()
    ring.import_key(certificate, NOW)
    ring.approve(fingerprint, OFFICER, NOW)
    path = tmp_path / "recipients" / f"{fingerprint}.json"
    path.write_text(path.read_text().replace(ADDRESS, "victim@partner.example"))
    assert ring.find("victim@partner.example") is None
    assert ring.find(ADDRESS) is None


def test_a_certificate_put_in_anothers_place_is_not_used(maker: KeyMaker, ring: KeyRing, tmp_path: Path) -> None:
    fingerprint, certificate = maker.good()
    ring.import_key(certificate, NOW)
    ring.approve(fingerprint, OFFICER, NOW)
    _, mallory = maker.good()  # another key that claims the same address
    (tmp_path / "recipients" / f"{fingerprint}.asc").write_bytes(mallory)
    assert ring.find(ADDRESS) is None


def test_of_several_keys_that_an_older_release_approved_the_latest_counts(
    maker: KeyMaker, ring: KeyRing, tmp_path: Path
) -> None:
    first, second = maker.good(), maker.good()
    for number, (fingerprint, certificate) in enumerate((first, second)):
        ring.import_key(certificate, NOW)
        path = tmp_path / "recipients" / f"{fingerprint}.json"
        raw = json.loads(path.read_text()) | {"approved_by": OFFICER}
        del raw["approved_for"]
        path.write_text(json.dumps(raw | {"approved_at": (NOW + timedelta(days=number)).isoformat()}))
    found = ring.find(ADDRESS)
    assert found is not None
    assert found.fingerprint == second[0]
    ring.remove(second[0])
    found = ring.find(ADDRESS)
    assert found is not None
    assert found.fingerprint == first[0]


@pytest.mark.parametrize("written", ["", "{", "[]", '{"fingerprint": "../x"}', "\udcff", None])
def test_a_record_that_cannot_be_read_stops_nobody_elses_mail(
    maker: KeyMaker, ring: KeyRing, tmp_path: Path, written: str | None
) -> None:
    (fingerprint, certificate), (good, other) = maker.good(), maker.good("Bob <bob@partner.example>")
    for each in (certificate, other):
        ring.import_key(each, NOW)
    ring.approve(good, OFFICER, NOW)
    path = tmp_path / "recipients" / f"{fingerprint}.json"
    path.unlink()
    if written is None:
        path.mkdir()  # what even root cannot read as a file
    else:
        path.write_text(written, errors="surrogateescape")
    with capture_logs() as logs:
        assert ring.find(ADDRESS) is None
        assert ring.find_x509(ADDRESS) is None
        found = ring.find("bob@partner.example")
    assert found is not None
    assert logs[0] == {"event": "keys:damaged", "log_level": "error", "file": fingerprint}
    assert [each.fingerprint for each in ring.list()] == [good]
    (damaged,) = ring.damaged()
    assert f"{fingerprint} cannot be read" in damaged.message
    assert damaged.hint == f"gateway keys remove {fingerprint}, then import the certificate again"
    with pytest.raises(Damaged):
        ring.import_key(certificate, NOW)
    if written is not None:
        ring.remove(fingerprint)
        assert ring.import_key(certificate, NOW).fingerprint == fingerprint


def test_a_certificate_that_cannot_be_read_stops_nobody_elses_mail(
    maker: KeyMaker, ring: KeyRing, tmp_path: Path
) -> None:
    fingerprint, certificate = maker.good()
    ring.import_key(certificate, NOW)
    ring.approve(fingerprint, OFFICER, NOW)
    path = tmp_path / "recipients" / f"{fingerprint}.asc"
    path.unlink()
    path.mkdir()
    assert ring.find(ADDRESS) is None
    with pytest.raises(Damaged, match="cannot be read"):
        ring.judge(fingerprint)


@pytest.mark.parametrize("fingerprint", ["", "../../etc/passwd", "0" * 39, "g" * 40, "0" * 40])
def test_a_fingerprint_is_never_a_path(ring: KeyRing, fingerprint: str) -> None:
    for ask in (ring.certificate, ring.remove, ring.judge):
        with pytest.raises(NotFound):
            ask(fingerprint)


def test_nobody_approves_without_a_name(maker: KeyMaker, ring: KeyRing) -> None:
    fingerprint, certificate = maker.good()
    ring.import_key(certificate, NOW)
    with pytest.raises(NotSealed, match="by name"):
        ring.approve(fingerprint, "", NOW)
