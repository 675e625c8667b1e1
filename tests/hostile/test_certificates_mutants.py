"""Certificates, lists and answers with bytes changed: refused, each of them, and never with a crash."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotSealed
from gateway.protect.keys.judge import Judge
from gateway.protect.keys.judges import kind_of
from gateway.protect.keys.ocsp import judge_answer
from gateway.protect.keys.record import Kind
from gateway.protect.keys.revocation import judge_list
from gateway.protect.keys.rules import KeyRules
from gateway.protect.keys.x509 import X509Judge
from gateway.protect.keys.x509_chain import read_list
from tests.hostile.test_certificates_x509 import Still
from tests.unit.protect.x509making import CAPABILITIES, GCM, NOW, Authority, points_at, self_signed, trust

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # of the library, over what no honest program writes

JS = Path(__file__).parent / "data" / "openpgpjs"
CHANGES = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=4)


def mutant(data: bytes, changes: list[tuple[int, int]]) -> bytes:
    changed = bytearray(data)
    for at, byte in changes:
        changed[at % len(changed)] = byte
    return bytes(changed)


@functools.cache
def root() -> Authority:
    return Authority("Root")


@functools.cache
def certificate() -> x509.Certificate:
    capable = x509.UnrecognizedExtension(CAPABILITIES, GCM), False
    return root().ordinary(*points_at(lists="http://x.example/", responder="http://y.example/"), capable)


@functools.cache
def lone() -> bytes:
    return self_signed().public_bytes(Encoding.DER)


@functools.cache
def revoked() -> bytes:
    return root().revoke(more=[(x509.CRLNumber(1), False)]).public_bytes(Encoding.DER)


@functools.cache
def answer() -> bytes:
    said = ocsp.OCSPResponseBuilder().add_response(
        cert=certificate(),
        issuer=root().certificate,
        algorithm=hashes.SHA256(),
        cert_status=ocsp.OCSPCertStatus.GOOD,
        this_update=NOW,
        next_update=None,
        revocation_time=None,
        revocation_reason=None,
    )
    said = said.responder_id(ocsp.OCSPResponderEncoding.HASH, root().certificate)
    return said.sign(root().key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> X509Judge:
    folder = tmp_path_factory.mktemp("authorities")
    return X509Judge(Still(), KeyRules(authorities=trust(folder, root()), self_signed=True), cache=folder / "cache")


@given(changes=CHANGES, alone=st.booleans())
def test_a_changed_certificate(judge: X509Judge, changes: list[tuple[int, int]], alone: bool) -> None:  # noqa: FBT001 - drawn
    whole = lone() if alone else certificate().public_bytes(Encoding.DER)
    judge.judge(whole)
    data = mutant(whole, changes)
    if data != whole:
        with pytest.raises(NotSealed):
            judge.judge(data)


@given(changes=CHANGES)
def test_a_changed_list_clears_nothing(changes: list[tuple[int, int]]) -> None:
    now = Still().now()
    assert judge_list(read_list(revoked(), "x"), certificate(), root().certificate, now).is_good
    data = mutant(revoked(), changes)
    if data == revoked():
        return
    try:
        said = judge_list(read_list(data, "x"), certificate(), root().certificate, now)
    except NotSealed:
        return
    assert not said.is_good
    assert said.revoked_at is None


@given(changes=CHANGES)
def test_a_changed_answer_clears_nothing(changes: list[tuple[int, int]]) -> None:
    now = Still().now()
    assert judge_answer(answer(), certificate(), root().certificate, now).is_good
    data = mutant(answer(), changes)
    if data != answer():
        said = judge_answer(data, certificate(), root().certificate, now)
        assert not said.is_good
        assert said.revoked_at is None


@given(name=st.sampled_from(["v6", "v4-x25519-aead"]), changes=CHANGES)
def test_a_changed_key_that_sequoia_reads(name: str, changes: list[tuple[int, int]]) -> None:
    """It may be good still, when what was changed is not signed; then it is the same key."""
    import pysequoia  # noqa: PLC0415 - used here only

    whole = bytes(pysequoia.Cert.from_file(str(JS / f"{name}.asc")))
    good = Judge().judge(whole)
    data = mutant(whole, changes)
    if kind_of(data) is Kind.X509:
        return
    try:
        judged = Judge().judge(data)
    except NotSealed:
        return
    assert judged.chosen.fingerprint == good.chosen.fingerprint
    assert judged.fingerprint == good.fingerprint
