"""Addresses, telephones, vehicles and networks: what counts, what does not, and where Presidio sees it otherwise."""

from __future__ import annotations

import csv
import json
from ipaddress import IPv4Address

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.classify import Candidate
from gateway.classify.detectors.ip_address import is_public
from gateway.classify.detectors.uk_phone import UkPhone
from gateway.classify.patterns import compiled
from gateway.model.inspection import COUNTS_FROM, Segment, Where
from tests.unit.classify.classifying import CORPORA, best, classify, findings

COUNTED = [
    ("UK_POSTCODE", "12 High Street, London SW1A 1AA"),
    ("UK_POSTCODE", "Postcode: dt1 1xj"),
    ("UK_POSTCODE", "name,postcode\nA,M1 1AE"),
    ("UK_ADDRESS", "She lives at 12 High Street, London SW1A 1AA."),
    ("UK_ADDRESS", "12 High Street\nDorchester\nDorset\nDT1 1XJ"),
    ("UK_ADDRESS", "12 HIGH STREET, POOLE, BH15 2AA"),
    ("UK_ADDRESS", "Flat 3, 12 High Street, Dorchester DT1 1XJ"),
    ("UK_ADDRESS", "12a-14 St John's Road, Weston on the Green, OX25 3QT"),
    ("UK_ADDRESS", "Rose Cottage, Mill Lane, Dorchester DT1 1XJ"),
    ("UK_ADDRESS", "Address: 14 Mill Lane, Poole"),
    ("UK_ADDRESS", "Home address\n7a Acacia Avenue\nSwindon"),
    ("UK_ADDRESS", 'name,address\nA,"14 Mill Lane, Poole"'),
    ("UK_PHONE", "Tel: 01305 251010"),
    ("UK_PHONE", "(01305) 251010"),
    ("UK_PHONE", "0121 234 5678"),
    ("UK_PHONE", "01305 25 10 10"),
    ("UK_PHONE", "+44 1305 251010"),
    ("UK_PHONE", "+44 (0)1305 251010"),
    ("UK_PHONE", "0044 7911 123456"),
    ("UK_PHONE", "07911 123456"),
    ("UK_PHONE", "07911123456 is her mobile"),
    ("UK_PHONE", "Telephone 01305251010"),
    ("UK_PHONE", "Mobile: 07700 900123"),  # set aside for drama, but somebody calls it a mobile
    ("UK_PHONE", "name,phone\nA,01305 251010"),
    ("UK_PHONE", "016977 2345"),
    ("VEHICLE_REGISTRATION", "Vehicle registration: AB51 CDE"),
    ("VEHICLE_REGISTRATION", "a white van, AB51CDE, drove off"),
    ("VEHICLE_REGISTRATION", "VRM ab51 cde"),
    ("VEHICLE_REGISTRATION", "Reg. No. A123 BCD"),
    ("VEHICLE_REGISTRATION", "number plate ABC 123D"),
    ("VEHICLE_REGISTRATION", "vehicle reg: 123 ABC"),
    ("VEHICLE_REGISTRATION", "VRN JAZ 4321"),
    ("VEHICLE_REGISTRATION", "Make,VRM\nFord,AB51CDE"),
    (
        "VEHICLE_REGISTRATION",
        "seen: BD62 XYZ; later that day, some way off the road to the north, beyond the river, a grey van: AB51 CDE",
    ),
    ("VEHICLE_REGISTRATION", "ANPR: AB51CDE at 12:04"),
    ("EMAIL_ADDRESS", "write to j.smith+x@dorset.gov.uk."),
    ("EMAIL_ADDRESS", "<o'neill@example.org>"),
    ("EMAIL_ADDRESS", "/find?email=a.smith%40example.org&page=2"),
    ("IP_ADDRESS", "logged in from 81.2.69.142 at noon"),
    ("IP_ADDRESS", "IP address: 8.8.8.8"),
    ("IP_ADDRESS", "from [81.2.69.142]:8080"),
    ("IP_ADDRESS", "2a00:1450:4009:81f::200e"),
    ("IP_ADDRESS", "host 2001:4860:4860:0000:0000:0000:0000:8888."),
    ("IP_ADDRESS", "user,ip\nA,81.2.69.142"),
]
NOT_COUNTED = [
    ("UK_POSTCODE", "the code GC89 9BB here"),
    ("UK_POSTCODE", "the M1 1AE thing"),
    ("UK_POSTCODE", "we saw m1 1ae there, 12 High Street"),
    ("UK_POSTCODE", "model E10 2AB of the pump"),
    ("UK_ADDRESS", "123 Main Street, Springfield, IL 62701"),
    ("UK_ADDRESS", "Mailing address: 123 Main Street, Springfield, IL 62701"),
    ("UK_ADDRESS", "in 2002 Wall Street fell"),
    ("UK_ADDRESS", "the 3 Wise Men Walk to the Park and then on to M1 1AE"),
    ("UK_ADDRESS", "12 High Street is closed"),  # a street without a house of somebody's
    ("UK_ADDRESS", "Address: unknown"),
    ("UK_PHONE", "943 476 5919"),
    ("UK_PHONE", "NHS number 0943 476 5919"),
    ("UK_PHONE", "order no. 07911 123456"),
    ("UK_PHONE", "https://example.org/?id=07911123456"),
    ("UK_PHONE", "01-02-2019 12:30"),
    ("UK_PHONE", "09-11-2001 123"),
    ("UK_PHONE", "ISBN 0 306 40615 2"),
    ("UK_PHONE", "barcode 012345678905"),
    ("UK_PHONE", "0.12345678901"),
    ("UK_PHONE", "extension 01234"),
    ("UK_PHONE", "+1 415 555 0132"),
    ("UK_PHONE", "07700 900123"),  # drama
    ("UK_PHONE", "account 01305251010"),
    ("UK_PHONE", "20190102030405 and 01305251010.csv"),
    ("VEHICLE_REGISTRATION", "USD 33k in the 80s"),
    ("VEHICLE_REGISTRATION", "order AB51 CDE"),
    ("VEHICLE_REGISTRATION", "SKU,Qty\nLS12ABC,4\nGH18XYZ,9\nBD51SMR,2\n"),
    ("VEHICLE_REGISTRATION", "registration opens: 12 MAY"),
    ("VEHICLE_REGISTRATION", "company registration number 1234567"),
    ("VEHICLE_REGISTRATION", "vehicle AB51CDEF"),
    ("VEHICLE_REGISTRATION", "flight BA117 to JFK, gate A12"),
    ("VEHICLE_REGISTRATION", "RFC 822 and ISO 9001 and MP3"),
    ("VEHICLE_REGISTRATION", "the car cost GBP 800"),
    ("EMAIL_ADDRESS", "a@b"),
    ("EMAIL_ADDRESS", "a..b@example.org"),
    ("EMAIL_ADDRESS", "version 1@2.3"),
    ("IP_ADDRESS", "version 1.91.2.3"),
    ("IP_ADDRESS", "section 81.2.69.142"),
    ("IP_ADDRESS", "4.3.2.1 Scope"),
    ("IP_ADDRESS", "10.0.0.1 and 192.168.1.1 and 127.0.0.1"),
    ("IP_ADDRESS", "192.0.2.1 and 2001:db8::1"),  # for documentation
    ("IP_ADDRESS", "http://81.2.69.142/index.html"),
    ("IP_ADDRESS", "81.2.69.142.55"),
    ("IP_ADDRESS", "1.3.6.1.4.1.81.2.69.142"),
    ("IP_ADDRESS", "std::dead::beef"),
    ("IP_ADDRESS", "at 12:30:45:12:30:45:12:30"),
    ("IP_ADDRESS", "256.300.1.1"),
]


@pytest.mark.parametrize(("entity", "text"), COUNTED)
def test_counted(entity: str, text: str) -> None:
    assert best(text, entity) >= COUNTS_FROM


@pytest.mark.parametrize(("entity", "text"), NOT_COUNTED)
def test_not_counted(entity: str, text: str) -> None:
    assert best(text, entity) < COUNTS_FROM


def test_an_internationalised_address_is_reported_to_its_end() -> None:
    [finding] = findings("to a@xn--d1acufc.xn--p1ai today", "EMAIL_ADDRESS")
    assert (finding.start, finding.end) == (3, len("to a@xn--d1acufc.xn--p1ai"))


def test_an_address_is_reported_from_flat_to_postcode() -> None:
    text = "to Flat 3, 12 High Street,\nDorchester DT1 1XJ, today"
    [finding] = findings(text, "UK_ADDRESS")
    assert text[finding.start : finding.end] == "Flat 3, 12 High Street,\nDorchester DT1 1XJ"


@pytest.mark.parametrize(("where", "counts"), [("body", True), ("mail_header", False)])
def test_addresses_in_a_mail_header_are_how_it_came(where: str, counts: bool) -> None:  # noqa: FBT001 - a case
    found = classify("from a@example.org [81.2.69.142]", where).findings
    assert {each.entity: each.confidence >= COUNTS_FROM for each in found} == {
        "EMAIL_ADDRESS": counts,
        "IP_ADDRESS": counts,
    }


def phones(text: str) -> list[str]:
    """Return the numbers that the detector finds in a text, in international form."""
    detector = UkPhone()
    candidates = [
        Candidate(pattern=pattern.name, start=found.start(), end=found.end())
        for pattern in detector.patterns
        for found in compiled(pattern).finditer(text.encode("ascii"))
    ]
    return [each.value for each in detector.judge(Segment(where=Where.BODY, text=text), candidates)]


@given(st.integers(1_000_000_000, 9_999_999_999), st.sampled_from([3, 4, 5]))
def test_a_number_is_found_exactly_when_an_independent_library_says_it_is_in_use(number: int, area: int) -> None:
    national = str(number)
    drama = phonenumbers.format_number(
        phonenumbers.PhoneNumber(country_code=44, national_number=number), phonenumbers.PhoneNumberFormat.E164
    )
    assume("4960" not in drama and "946" not in drama)
    valid = phonenumbers.is_valid_number(phonenumbers.parse(f"0{national}", "GB"))
    written = f"tel 0{national[: area - 1]} {national[area - 1 :]}"
    assert phones(written) == ([f"+44{national}"] if valid else [])
    assert phones(f"tel +44 {national}") == ([f"+44{national}"] if valid else [])


OURS = {"UK_VEHICLE_REGISTRATION": "VEHICLE_REGISTRATION", "PHONE_NUMBER": "UK_PHONE"} | {
    each: each for each in ("UK_POSTCODE", "IP_ADDRESS", "EMAIL_ADDRESS")
}
EXPLAINED = {
    "not the United Kingdom's": [
        "My US number is (415) 555-0132, and my international one is +1 415 555 0132",
        "My Israeli number is 09-7625400",
        "_: +55 11 98456 5666",
        "Brazil: +55 11 98456 5666",
        "BR: +55 11 98456 5666",
        "My CN number is 13812345678",
        "My US number is (415) 555-0132, and my international one is +91 4155 550132",
        "My US number is (415) 555-0132, and my international one is +44 (20) 7123 4567",
        "My US number is (415) 555-0132, and my international one is +30 21 0 1234567",
        "My US number is (415) 555-0132, and my international one is +33 1 42 68 53 00",
        "My Japanese number is 090-1234-5678",
    ],
    "no mark without a word of motoring, capitals and a current form": ["aa02 aaa", "M456DEF", "ABC 1D", "DEF456G"],
}
NOBODYS = (
    *("192.168.", "10.0.0.", "198.51.100.1", "255.255.255.255"),
    *("db8:", "fe80:", "::ffff:", "::1", "fied ::", "684D:"),
)
"""Private, for documentation, local to a cable, mapped, or in no range that is allotted: nobody has such an address."""


def test_presidio_agrees_or_we_say_why_not() -> None:
    path = CORPORA / "presidio_recognizer_tables" / "tables.tsv"
    if not path.exists():
        pytest.skip("needs the corpus presidio_recognizer_tables")
    explained = {text for texts in EXPLAINED.values() for text in texts}
    unexplained, agreed = [], 0
    with path.open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            text, entity = json.loads(row["text_json"]), OURS.get(row["entity"])
            if entity is None:
                continue
            if len(findings(text, entity)) == int(row["expected_count"]):
                agreed += 1
            elif text not in explained and not (entity == "IP_ADDRESS" and any(each in text for each in NOBODYS)):
                unexplained.append((entity, text))
    assert unexplained == []
    assert agreed > 40


@given(st.ip_addresses(v=4))
def test_an_address_counts_exactly_when_python_says_that_it_is_global(address: IPv4Address) -> None:
    assume(not str(address).startswith("192.0.0."))  # releases of Python disagree about eight addresses of this block
    assert is_public(str(address)) == (address.is_global and not address.is_multicast)
