"""Addresses as keys name them and recipients have them: equal only where no sign was folded into another."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from gateway.protect.keys.addresses import canonical
from gateway.protect.keys.listing import address_in
from gateway.protect.keys.x509_read import subject_addresses
from tests.unit.protect.x509making import Authority

KELVIN = "\u212a"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("Alice@Partner.Example", "alice@partner.example"),
        ("alice@bücher.example", "alice@xn--bcher-kva.example"),
        ("alice@XN--bcher-kva.Example", "alice@xn--bcher-kva.example"),
        ("alice@internal_host", "alice@internal_host"),
        (f"{KELVIN}ate@partner.example", ""),
        (f"kate@ban{KELVIN}.example", ""),
        ("kate@\uff42ank.example", ""),
        ("kate@bank\u3002example", ""),
        ("kate@\u0430pple.example", "kate@xn--pple-43d.example"),
        ("é@partner.example", ""),
        ("alice@", ""),
        ("@partner.example", ""),
        ("alice", ""),
        ("", ""),
        ("a\n@partner.example", ""),
        (f"{'a' * 400}@partner.example", ""),
    ],
)
def test_an_address_as_it_is_compared(address: str, said: str) -> None:
    assert canonical(address) == said


@given(st.text(max_size=30))
def test_it_is_plain_and_stays_what_it_is(address: str) -> None:
    said = canonical(address)
    assert said.isascii()
    assert canonical(said) == said
    if address.isascii() and said:
        assert said == address.lower()


def test_no_certificate_takes_over_an_address_by_a_sign_that_looks_like_another() -> None:
    other = f"{KELVIN}ate@partner.example"
    assert address_in(f"Kate <{other}>") == ""
    assert address_in("Kate <Kate@partner.example>") == "kate@partner.example"
    for address, named in ((other, set()), ("Kate@partner.example", {"kate@partner.example"})):
        subject = x509.Name([x509.NameAttribute(NameOID.EMAIL_ADDRESS, address, _type=x509.name._ASN1Type.UTF8String)])
        assert subject_addresses(Authority("Root").issue(subject=subject)) == named
