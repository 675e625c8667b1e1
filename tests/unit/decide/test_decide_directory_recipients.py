"""What is known of single recipients: a telephone number, and what they open; that comes before the partner."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decide.directory.recipients import is_e164
from gateway.model.verdict import METHODS
from tests.unit.decide.directories import SHIPPED, complaints_about, directory

PARTNERS: Final = """
partners:
  - {id: trust, says: A trust., kind: health, country: GB, domains: [trust.example], opens: [smime, zip]}
  - {id: force, says: A force., kind: police, country: GB, domains: [force.example]}
"""
ADDRESSES: Final = """
recipients:
  - {address: Ward@Trust.example, phone: +447700900001}
  - {address: clinic@trust.example, opens: [pdf]}
  - {address: anna@home.example, phone: "+441632960001", opens: [html, zip], note: checked by telephone}
"""
KNOWN: Final = directory({"partners.yaml": PARTNERS, "addresses.yaml": ADDRESSES})


@pytest.mark.parametrize(
    ("recipient", "opens", "phone"),
    [
        ("ward@trust.example", ("smime", "zip"), "+447700900001"),  # a number says nothing of what they open
        ("WARD@TRUST.EXAMPLE", ("smime", "zip"), "+447700900001"),
        ("clinic@trust.example", ("pdf",), ""),
        ("desk@trust.example", ("smime", "zip"), ""),
        ("anna@home.example", ("html", "zip"), "+441632960001"),
        ("ward@sub.trust.example", (), ""),
        ("desk@force.example", (), ""),
        ("anna+x@home.example", (), ""),
        ("not an address", (), ""),
        ("", (), ""),
    ],
)
def test_the_address_comes_before_the_partner_and_nobody_is_guessed(
    recipient: str, opens: tuple[str, ...], phone: str
) -> None:
    assert KNOWN.opens(recipient) == opens
    assert KNOWN.contact_of(recipient) == phone


def test_the_shipped_directory_says_of_nobody_what_they_can_open() -> None:
    assert SHIPPED.opens("ward@st-elsewhere.example") == ()
    assert SHIPPED.contact_of("ward@st-elsewhere.example") == ""


@given(st.text(max_size=40))
def test_every_text_has_an_answer(recipient: str) -> None:
    assert set(KNOWN.opens(recipient)) <= set(METHODS)
    assert KNOWN.contact_of(recipient) in {"", "+447700900001", "+441632960001"}


@pytest.mark.parametrize("number", ["+447700900001", "+441632960001", "+33639981234", "+12025550123", "+4930901820"])
def test_a_number_is_written_as_e_164_writes_it(number: str) -> None:
    assert is_e164(number)


@pytest.mark.parametrize(
    "number",
    [
        "", "+", "07700900001", "447700900001", "00447700900001", "+44 7700 900001", "+44(0)7700900001",
        "+4407700900001", "tel:+447700900001", "+447700900001;ext=2", "+447700900001x2", "+4477009000",
        "+44770090000123", "+999123456789", "+\uff14\uff147700900001", "+447700900001\n", "+44-7700-900001", "999",
        "+44999",
    ],
)  # fmt: skip
def test_what_is_no_number_or_is_written_otherwise_is_refused(number: str) -> None:
    assert not is_e164(number)


def test_every_slip_has_its_place() -> None:
    first = '{address: a@b.example, phone: "0"}'
    lines = ["recipients:", f"  - {first}", "  - {address: a@b.example, opens: [zpi]}", "  - {address: c}"]
    assert complaints_about({"addresses.yaml": "\n".join(lines)}) == [
        "addresses.yaml:2:35: '0' is no telephone number; write it as +447700900001, without blanks",
        "addresses.yaml:3:15: 'a@b.example' stands here twice; keep one",
        "addresses.yaml:3:36: 'zpi' is no method of sealing; did you mean 'zip'?",
        "addresses.yaml:4:5: this says nothing; name 'phone', 'opens' or both",
        "addresses.yaml:4:15: 'c' is not a plain address; write name@domain",
    ]
