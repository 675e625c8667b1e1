"""Labels that mean harm: none makes a reader raise or take long, and what is there is never read as nothing."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.inspection import GapKind, Where
from gateway.model.tier import Tier
from tests.unit.classify.labelling import (
    GUID,
    UNREADABLE,
    answer,
    base64_of,
    classifier,
    classify,
    coded,
    ess,
    oid,
    purview,
    said,
    sisl,
    stanag,
)
from tests.unit.extract.reading import XML, kinds, office, opened

SECONDS = 8.0
"""Of processor time: each of these takes a tenth of it or less."""
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "SECRET">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
NAMES = [
    "X-Protective-Marking",
    "SIO-Label",
    "SIO-Label-History",
    "ESSSecurityLabel",
    "label XML",
    "LabelInfo",
    "msip_labels",
    f"MSIP_Label_{GUID}_Name",
    f"MSIP_Label_{GUID}_SiteId",
    f"MSIP_Label_{GUID}_Enabled",
    "MSIP_Label__",
    "bjDocumentLabelXML",
    "bjDocumentLabelXML-0",
    "bjDocumentLabelXML-9999",
    "bjDocumentSecurityLabel",
    "TitusGUID",
    "TitusClassification",
    "Classification",
    "ProtectiveMarking",
    "Sensitivity",
    "Subject",
    "",
]


def in_time(run: Callable[[], object]) -> None:
    start = time.process_time()
    run()
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize("attack", [LAUGHS, OUTSIDE], ids=["entities that grow", "an entity from outside"])
@pytest.mark.parametrize("label", [stanag("&d;"), sisl("&d;").partition("?>")[2]], ids=["STANAG 4774", "Boldon James"])
def test_an_entity_is_never_expanded(attack: str, label: str) -> None:
    xml = f"{XML}{attack}{label}"
    in_time(lambda: said(("label XML", xml)))
    assert said(("label XML", xml)) == UNREADABLE
    assert said(("SIO-Label", f'type=":xml"; label="{base64_of(xml.encode())}"')) == UNREADABLE
    extraction = opened(office("docx", {"customXml/item1.xml": xml}), "x.docx")
    assert answer(classifier().classify(extraction.parts)).marked == ""
    assert GapKind.CORRUPT in kinds(extraction), "in a document it is a gap"


@pytest.mark.parametrize(
    "xml",
    [
        "<a>" * 10_000 + stanag("SECRET") + "</a>" * 10_000,
        f"<a>{'<b/>' * 30_000}{stanag('SECRET')}</a>",
        f"<a><!-- {'x' * 1_000_000} -->{stanag('SECRET')}</a>",
        f"<a>{stanag('OFFICIAL') * 300}</a>",
        stanag("SECRET").replace(":slab", ":other"),
        stanag("SECRET").replace("</slab:Classification>", "</b>"),
    ],
    ids=["deep", "many elements", "huge", "many labels", "name space undeclared", "not well-formed"],
)
def test_xml_that_is_too_much(xml: str) -> None:
    in_time(lambda: said(("label XML", xml)))
    found = said(("label XML", xml))
    assert found == UNREADABLE or found.marked in {"SECRET", "OFFICIAL"}
    assert found.suspected == "RESTRICTED" or found.marked == "SECRET"


def nested(depth: int) -> bytes:
    return b"\x31\x80" * depth + b"\0\0" * depth


@pytest.mark.parametrize(
    ("label", "tier"),
    [
        (coded(0x31, oid("2.999.1"), coded(0x02, b"\x04"), indefinite=True), "SECRET"),
        (coded(0x31, coded(0x02, b"\x04"), oid("2.999.1")), "SECRET"),
        (coded(0x30, oid("2.999.1"), coded(0x02, b"\x04")), "SECRET"),
        (b"\x31\x82\x00\x0a" + oid("2.999.1") + coded(0x02, b"\x00\x00\x00\x04")[:4] + b"\x04", ""),
        (b"\x31\x88" + b"\xff" * 8 + oid("2.999.1"), ""),
        (b"\x31\x84\xff\xff\xff\xff" + oid("2.999.1"), ""),
        (coded(0x31, oid("2.999.1"), coded(0x02)), ""),
        (coded(0x31, oid("2.999.1"), coded(0x02, b"\x01" * 5_000)), ""),
        (coded(0x31, coded(0x06, b"\x80" * 4_000), coded(0x02, b"\x04")), ""),
        (coded(0x31, coded(0x06), coded(0x02, b"\x04")), ""),
        (nested(60), ""),
        (nested(50_000), ""),
        (coded(0x30, *[ess(1)] * 2_000), "UNCLASSIFIED"),
        (coded(0x31, oid("2.999.1"), coded(0x02, b"\x04"), coded(0x31, *[coded(0x30)] * 20_000)), "SECRET"),
        (coded(0x31, oid("2.999.1"), coded(0x02, b"\x01"), coded(0x02, b"\x04")), "SECRET"),
        (coded(0x31, oid("2.999.1"), coded(0x02, b"\xff")), ""),
        # what is odd behind a classification does not hide it, nor one label another
        (coded(0x31, oid("2.999.1"), coded(0x02, b"\x04"), coded(0xA3, b"x")), "SECRET"),
        (coded(0x30, ess(4), coded(0x04, b"x")), "SECRET"),
        (coded(0x31, oid("2.999.1"), coded(0x02, b"\x01"), coded(0x0C, b"SECRET"), coded(0x0C, b"none")), "SECRET"),
    ],
)
def test_asn1_that_is_odd(label: bytes, tier: str) -> None:
    in_time(lambda: said(("ESSSecurityLabel", base64_of(label))))
    found = said(("ESSSecurityLabel", base64_of(label)))
    assert found.marked == tier
    assert tier or found.suspected == "RESTRICTED"


@pytest.mark.parametrize(
    "fields",
    [
        [(f"MSIP_Label_{number:08x}-1_Name", "SECRET") for number in range(10_000)],
        [("msip_labels", ";".join(f"MSIP_Label_{number}_Name=SECRET" for number in range(50_000)))],
        [("msip_labels", "MSIP_Label_" * 100_000)],
        [("msip_labels", "MSIP_Label_1_Name=SECRET" + " " * 1_000_000)],
        [("LabelInfo", "id=1;" * 200_000 + "name=SECRET")],
        [("SIO-Label", 'marking="\\"' * 100_000)],
        [("SIO-Label", 'a="' * 100_000)],
        [("SIO-Label", "".join(f"marking*{number % 9_999}=x;" for number in range(100_000)))],
        [("SIO-Label", "marking=SECRET;" * 100_000)],
        [("SIO-Label", f'label="{"A" * 1_000_000}"')],
        [("X-Protective-Marking", "SEC=" * 250_000)],
        [("X-Protective-Marking", "SEC=SECRET, " * 80_000)],
        [("X-Protective-Marking", "\\," * 500_000)],
        [("Subject", "[SEC=" * 100_000)],
        [("Classification", "SECRET " * 150_000)],
        [(f"bjDocumentLabelXML-{number}", "<sisl" * 40) for number in range(9_999)],
        [("bjDocumentLabelXML", sisl(*["RESTRICTED"] * 19_000))],
        [("TitusClassification", "x" * 1_000_000)],
    ],
    ids=lambda fields: f"{len(fields)} {fields[0][0]} {fields[0][1][:20]}",
)
def test_labels_without_end(fields: list[tuple[str, str]]) -> None:
    where = Where.SUBJECT if fields[0][0] == "Subject" else Where.LABEL
    in_time(lambda: said(*fields, where=where))
    found = said(*fields, where=where)
    if where is Where.LABEL:
        assert found.marked or found.suspected


def test_of_labels_that_contradict_the_highest_counts() -> None:
    fields = [*purview(Name="OFFICIAL"), ("Classification", "SECRET"), ("SIO-Label", "marking=PROTECT")]
    for order in (fields, fields[::-1]):
        assert said(*order).marked == "SECRET"


@pytest.mark.parametrize("off", [{"Enabled": "false"}, {"Enabled": "0"}, {"Removed": "true"}])
def test_a_label_switched_off_does_not_hide_another(off: dict[str, str]) -> None:
    assert said(*purview(**off, Name="SECRET"), ("Classification", "RESTRICTED")).marked == "RESTRICTED"
    assert said(*purview(**off, Name="SECRET"), *purview("9", Name="PROTECT")).marked == "PROTECT"


def test_letters_of_either_case_are_one_label() -> None:
    parts = [("msip_label_ABCDEF01_ENABLED", "FALSE"), ("MSIP_Label_abcdef01_Name", "SECRET")]
    assert said(*parts).marked == ""


values = st.one_of(
    st.text(max_size=200),
    st.binary(max_size=200).map(lambda data: base64.b64encode(data).decode()),
    st.lists(
        st.sampled_from(
            [
                "SEC=",
                "SECRET",
                ",",
                ";",
                "=",
                '"',
                "\\",
                "<",
                ">",
                "&a;",
                "[",
                "]",
                "marking",
                "label",
                "*0",
                "*",
                "%41",
                "''",
                "id",
                "enabled",
                "MSIP_Label_1_",
                "Name",
                stanag("SECRET"),
                sisl("x"),
                base64_of(ess(4)),
                " ",
                "\n",
            ]
        ),
        max_size=12,
    ).map("".join),
)


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=6),
    st.sampled_from([Where.LABEL, Where.MAIL_HEADER, Where.PROPERTY, Where.SUBJECT]),
)
def test_no_reader_ever_raises(fields: list[tuple[str, str]], where: Where) -> None:
    for marking in (classify(*fields, where=where).marking, classify(*fields, where=where).suspected):
        assert marking is None or (marking.tier > Tier.UNMARKED and len(marking.text) <= 120)


@pytest.mark.parametrize("kind", [0x30, 0x31])
def test_more_than_a_label_has_is_suspected_beside_it(kind: int) -> None:
    filling = [ess(1)] * 101 if kind == 0x30 else [oid("2.999.1"), coded(0x02, b"\x01"), *[coded(0x0C, b"x")] * 100]
    found = said(("ESSSecurityLabel", base64_of(coded(kind, *filling, coded(0x02, b"\x05")))))
    assert (found.marked, found.suspected) == ("UNCLASSIFIED", "RESTRICTED")


def test_two_classifications_in_one_label_do_not_hide_the_higher() -> None:
    both = stanag("UNCLASSIFIED</slab:Classification><slab:Classification>SECRET")
    assert said(("label.xml", both)).marked == "SECRET"


@given(st.binary(max_size=80), st.integers(0, 60))
def test_a_damaged_label_is_never_nothing(noise: bytes, at: int) -> None:
    whole = ess(4, mark="SECRET", countries=("GBR",))
    damaged = whole[:at] + noise + whole[at + len(noise) :]
    found = said(("ESSSecurityLabel", base64_of(damaged)))
    assert found.marked or found.suspected


@given(st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=4), st.sampled_from(["PROTECT", "SECRET"]))
def test_another_label_only_raises(others: list[tuple[str, str]], tier: str) -> None:
    alone, together = classify(("SecurityClassification", tier)), classify(("SecurityClassification", tier), *others)
    assert alone.marking is not None
    assert together.marking is not None
    assert together.marking_status == alone.marking_status
    assert together.marking.tier >= alone.marking.tier
