"""Labels of each standard: what they say, and what is only suspected."""

from __future__ import annotations

import pytest

from gateway.model.inspection import Where
from tests.unit.classify.labelling import (
    BELOW,
    FOREIGN,
    GUID,
    MAPPED,
    NOTHING,
    OWN,
    POLICY,
    UNKNOWN,
    UNREADABLE,
    Answer,
    base64_of,
    classify,
    ess,
    marked,
    purview,
    said,
    sisl,
    stanag,
    suspected,
)

BY_OPENSSL = bytes.fromhex(
    "312402010706038837070c0a52455354524943544544310e300c8003883705a1050c03474252"
)  # `openssl asn1parse -genconf`: policy 2.999.7, classification 7, mark RESTRICTED, category 2.999.5 GBR
HEADER = "X-Protective-Marking"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("VER=2025.1, NS=gov.au, SEC=UNOFFICIAL, ORIGIN=a@b.gov.au", marked("UNCLASSIFIED")),
        ("VER=2025.1, NS=gov.au, SEC=OFFICIAL", marked("OFFICIAL")),
        ("VER=2025.1, NS=gov.au, SEC=OFFICIAL:Sensitive, ACCESS=Legal-Privilege", marked("OFFICIAL-SENSITIVE")),
        ("SEC=PROTECTED", marked("RESTRICTED")),
        ("VER=2018.4,NS=gov.au,SEC=TOP-SECRET,CAVEAT=SH:CABINET", marked("TOP SECRET")),
        ("SEC=SECRET, EXPIRES=2019-07-01, DOWNTO=OFFICIAL", marked("SECRET")),
        ("SEC=SECRET, ACCESS=Personal-Privacy, EXPIRES=the end\\, or so, DOWNTO=OFFICIAL", marked("SECRET")),
        ("VER=2025.1, NS=gov.au,\r\n SEC=SECRET,\r\n\tCAVEAT=RI:REL AFG/DZA", marked("SECRET")),
        ("SEC=OFFICIAL, NOTE=ignore SEC\\=TOP-SECRET\\, please", marked("OFFICIAL")),
        ("SEC=OFFICIAL, SEC=SECRET", marked("SECRET", BELOW)),
        ("SEC=OFFICIAL, COLOUR=red", marked("OFFICIAL", "label_grammar")),
        ("SEC=CONFIDENTIAL", marked("CONFIDENTIAL")),
        ("PROTECT - PERSONAL", marked("PROTECT")),
        ("SEC=SEKRET", UNREADABLE),
        ("VER=2025.1, NS=gov.au", UNREADABLE),
        ("SEC=", UNREADABLE),
        ("Green", UNREADABLE),
    ],
)
def test_the_australian_header(value: str, expected: Answer) -> None:
    assert said((HEADER, value)) == expected
    assert said((HEADER, value), where=Where.MAIL_HEADER) == expected
    assert said((HEADER, value), where=Where.PROPERTY) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Keywords", "VER=2025.1, SEC=PROTECTED", marked("RESTRICTED")),
        ("X-Trace", "id=1; sec=12; sec=secret-12", NOTHING),
        ("Source", "https://tickets.example/?sec=official", NOTHING),
        ("X-Trace", "SEC=SECRETARY", NOTHING),
    ],
)
def test_a_field_of_another_name_needs_the_words_of_the_standard(name: str, value: str, expected: Answer) -> None:
    assert said((name, value), where=Where.MAIL_HEADER) == expected
    assert said((name, value), where=Where.PROPERTY) == expected


def test_a_class_with_a_slip_of_the_pen_is_not_read_as_the_lower_one() -> None:
    unknown, known = (said((HEADER, f"SEC=OFFICIAL:{word}")) for word in ("Delicate", "Sensative"))
    assert (unknown.marked, unknown.suspected) == ("OFFICIAL", "RESTRICTED")
    assert (known.marked, known.suspected) == ("OFFICIAL-SENSITIVE", "RESTRICTED")


def test_caveats_and_access_stand_beside_the_tier() -> None:
    found = classify((HEADER, "SEC=SECRET, CAVEAT=C:LOB\\,STER, CAVEAT=RI:REL AFG/DZA, ACCESS=Legal-Privilege")).marking
    assert found is not None
    assert found.caveats == ("C:LOB,STER", "RI:REL AFG/DZA")
    assert found.descriptors == ("Legal-Privilege",)
    assert found.text == "SEC=SECRET"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Plan [SEC=PROTECTED]", marked("RESTRICTED")),
        ("Plan [SEC=OFFICIAL:Sensitive, CAVEAT=SH:NATIONAL-CABINET]", marked("OFFICIAL-SENSITIVE")),
        ("RE: [SEC=SECRET] was [SEC=OFFICIAL]", marked("SECRET", BELOW)),
        ("Plan [sec=PROTECTED]", marked("RESTRICTED")),
        ("Ticket [sec=12] is closed", NOTHING),
        ("Plan [SEC=Sekret]", UNREADABLE),
        ("Plan [sector=PROTECTED]", NOTHING),
    ],
)
def test_the_australian_subject(subject: str, expected: Answer) -> None:
    assert said(("Subject", subject), where=Where.SUBJECT) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('marking="OFFICIAL-SENSITIVE"; fgcolor=black; bgcolor=red', marked("OFFICIAL-SENSITIVE")),
        ("marking=RESTRICTED; fgcolor=black", marked("RESTRICTED")),
        ('marking*0="OFFICIAL-"; marking*1="SENSITIVE"', marked("OFFICIAL-SENSITIVE")),
        ('marking*1="SENSITIVE"; marking*0="OFFICIAL-"', marked("OFFICIAL-SENSITIVE")),
        ("marking*=UTF-8'en'RESTR%49CTED", marked("RESTRICTED")),
        ("marking*0*=UTF-8''TOP%20; marking*1=SECRET", marked("TOP SECRET")),
        ('marking="SECRET; not"; type=":ess"', marked("SECRET")),
        (f'marking="OFFICIAL"; type=":ess"; label="{base64_of(ess(4))}"', marked("SECRET", BELOW)),
        (f'type=":x411"; label="{base64_of(ess(2))}"', marked("RESTRICTED")),
        (f'type=":xml"; label="{base64_of(stanag("SECRET").encode())}"', marked("SECRET")),
        (f'label="{base64_of(ess(3))[:9]} {base64_of(ess(3))[9:]}"', marked("CONFIDENTIAL")),
        (f'label*1="{base64_of(ess(3))[9:]}"; label*0="{base64_of(ess(3))[:9]}"', marked("CONFIDENTIAL")),
        ('marking="Green"; fgcolor=green', UNREADABLE),
        ('type=":ess"; label="!!!"', UNREADABLE),
        (f'type=":ess"; label="{base64_of(ess(4)[:-2])}"', UNREADABLE),
        ("", NOTHING),
    ],
)
def test_the_label_of_rfc_7444(value: str, expected: Answer) -> None:
    assert said(("SIO-Label", value)) == expected


def test_a_label_s_history_is_suspected() -> None:
    history = 'marking="SECRET"; new-marking="OFFICIAL"; changed-by="a"'
    assert said(("SIO-Label-History", history)).suspected == "SECRET"
    assert said(("SIO-Label-History", history), ("SIO-Label", "marking=OFFICIAL")) == Answer(
        marked="OFFICIAL", suspected="SECRET", codes=frozenset({"earlier_label"})
    )


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (ess(0), marked("UNCLASSIFIED")),
        (ess(1), marked("UNCLASSIFIED")),
        (ess(2), marked("RESTRICTED")),
        (ess(3), marked("CONFIDENTIAL")),
        (ess(4), marked("SECRET")),
        (ess(5), marked("TOP SECRET")),
        (ess(1, policy=POLICY), marked("OFFICIAL")),
        (ess(7, policy=POLICY), marked("PROTECT")),
        (ess(255, policy=POLICY), marked("SECRET")),
        (ess(8, policy=POLICY), suspected("RESTRICTED", "unknown_label")),
        (ess(6), suspected("RESTRICTED", "unknown_label")),
        (ess(None), suspected("RESTRICTED", "unknown_label")),
        (ess(2**70), UNREADABLE),
        (ess(1, mark="RESTRICTED"), marked("RESTRICTED", BELOW)),
        (ess(1, mark="FOR BREAKFAST"), marked("UNCLASSIFIED")),
        (ess(3, countries=("GBR", "USA")), marked("CONFIDENTIAL")),
        (BY_OPENSSL, marked("RESTRICTED", BELOW)),
        (b"", UNREADABLE),
        (b"\x31\x00", suspected("RESTRICTED", "unknown_label")),
        (b"\x04\x02hi", UNREADABLE),
    ],
)
def test_the_label_of_rfc_2634(label: bytes, expected: Answer) -> None:
    assert said(("ESSSecurityLabel", base64_of(label) or "=")) == expected


def test_categories_are_caveats() -> None:
    found = classify(("ESSSecurityLabel", base64_of(ess(3, countries=("GBR", "USA"))))).marking
    assert found is not None
    assert found.caveats == ("2.999.5: GBR", "2.999.5: USA")


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (stanag("UNCLASSIFIED"), marked("OFFICIAL")),
        (stanag("RESTRICTED"), marked("RESTRICTED")),
        (stanag("NATO SECRET"), marked("SECRET")),
        (stanag("COSMIC TOP SECRET"), marked("TOP SECRET")),
        (stanag("Green", policy="Acme"), marked("OFFICIAL")),
        (stanag("Acme Black", policy="Acme"), marked("SECRET")),
        (stanag("OFFICIAL-SENSITIVE", policy="GBR"), marked("OFFICIAL-SENSITIVE")),
        (stanag("Blue", policy="Acme"), suspected("RESTRICTED", "unknown_label")),
        (stanag("Green", policy="Elsewhere"), suspected("RESTRICTED", "unknown_label")),
        (stanag(""), UNREADABLE),
        (stanag("SECRET")[:-5], UNREADABLE),
        (f"<mb:BindingInformation xmlns:mb='b'><mb:Metadata>{stanag('SECRET')}</mb:Metadata></mb:BindingInformation>",
         marked("SECRET")),
        (f"<a>{stanag('RESTRICTED')}{stanag('SECRET').replace('originator', 'alternative')}</a>",
         marked("SECRET", BELOW)),
        (f"<a>{stanag('SECRET').replace('<', '&lt;')}</a>", marked("SECRET")),
        ('<schema targetNamespace="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"/>', NOTHING),
    ],
)  # fmt: skip
def test_the_label_of_stanag_4774(xml: str, expected: Answer) -> None:
    assert said(("label XML", xml)) == expected


def test_who_may_have_it_is_a_caveat() -> None:
    category = (
        '<slab:Category TagName="Releasable To" Type="PERMISSIVE"><slab:GenericValue>GBR</slab:GenericValue>'
        "<slab:GenericValue>USA</slab:GenericValue></slab:Category>"
    )
    found = classify(("label XML", stanag("SECRET", categories=category))).marking
    assert found is not None
    assert (found.text, found.caveats) == ("NATO SECRET", ("Releasable To: GBR, USA",))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (purview(Enabled="True", Name="OFFICIAL-SENSITIVE"), marked("OFFICIAL-SENSITIVE")),
        (purview(Enabled="true", SiteId=OWN, Name="PROTECT - STAFF"), marked("PROTECT")),
        (purview(Enabled="true", SiteId=f"{{{OWN.upper()}}}", Name="Internal"), marked("OFFICIAL")),
        (purview(MAPPED, Enabled="true", SiteId=OWN, Name="SECRET"), marked("OFFICIAL")),
        (purview(MAPPED.upper(), Enabled="true", SiteId=OWN.upper()), marked("OFFICIAL")),
        (purview(MAPPED, Enabled="true", SiteId=FOREIGN, Name="Red"), marked("SECRET")),
        (purview(Enabled="true", SiteId=FOREIGN, Name="SECRET"), suspected("SECRET", "foreign_label")),
        (purview(Enabled="true", SiteId=FOREIGN, Name="Internal"), suspected("OFFICIAL", "foreign_label")),
        (purview(Enabled="true", SiteId=FOREIGN, Name=GUID), UNKNOWN),
        (purview(Enabled="true", SiteId=OWN, Name="Hush"), UNKNOWN),
        (purview(Enabled="true"), UNKNOWN),
        (purview(Enabled="false", SiteId=OWN, Name="SECRET"), NOTHING),
        (purview(Enabled="False", Name="SECRET"), NOTHING),
        (purview(Removed="1", Name="SECRET"), NOTHING),
        (purview(Name="SECRET"), marked("SECRET")),
        ([*purview(Enabled="false"), *purview(Enabled="true", Name="SECRET")], marked("SECRET")),
        ([*purview(Name="OFFICIAL"), *purview(MAPPED, Name="SECRET")], marked("SECRET", BELOW)),
        (purview(Enabled="maybe", Name="SECRET"), marked("SECRET")),
    ],
)
def test_the_properties_of_purview(fields: list[tuple[str, str]], expected: Answer) -> None:
    assert said(*fields) == expected


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (f"id={{{MAPPED}}}; enabled=1; method=Privileged; siteId={{{OWN}}}; contentBits=0; removed=0",
         marked("OFFICIAL")),
        (f"id={{{GUID}}}; enabled=1; siteId={{{OWN}}}; removed=0", UNKNOWN),
        (f"id={{{MAPPED}}}; enabled=0; siteId={{{FOREIGN}}}; removed=0", NOTHING),
        (f"id={{{MAPPED}}}; enabled=1; siteId={{{FOREIGN}}}; removed=1", NOTHING),
        ("enabled=1", UNREADABLE),
    ],
)  # fmt: skip
def test_the_list_of_purview_has_no_names(info: str, expected: Answer) -> None:
    assert said(("LabelInfo", info)) == expected


def test_a_list_folded_anywhere_is_read() -> None:
    folded = f"MSIP_Label_{GUID[:20]}\r\n {GUID[20:]}_Enabled=True; MSIP_Label_{GUID}_Name=OFFICIAL-SEN SITIVE; "
    assert said(("msip_labels", folded), where=Where.MAIL_HEADER) == marked("OFFICIAL-SENSITIVE")
    off = f"MSIP_Label_{GUID}_Enabled=False; MSIP_Label_{GUID}_Name=OFFICIAL-SENSITIVE;"
    assert said(("msip_labels", off)) == NOTHING
    assert said(("msip_labels", "x")) == UNREADABLE


def test_that_a_label_encrypts_is_noted() -> None:
    protected = classify(*purview(Name="SECRET", ContentBits="9")).marking
    plain = classify(*purview(Name="SECRET", ContentBits="7")).marking
    assert protected is not None
    assert plain is not None
    assert (protected.descriptors, plain.descriptors) == (("encrypted by the label",), ())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("bjDocumentSecurityLabel", "Some Borough Council UNCLASSIFIED INTERNAL")], marked("UNCLASSIFIED")),
        ([("bjDocumentSecurityLabel", "This item has no classification")], NOTHING),
        ([("bjDocumentSecurityLabel", "Violet")], UNKNOWN),
        ([("bjDocumentLabelXML", sisl("id_classification_nonbusiness"))], marked("UNCLASSIFIED")),
        ([("bjDocumentLabelXML", sisl("id_classification_official-sensitive"))], marked("OFFICIAL-SENSITIVE")),
        ([("bjDocumentLabelXML", base64_of(sisl("7A2B").encode()))], marked("RESTRICTED")),
        ([("bjDocumentLabelXML", sisl("nobody-knows"))], UNKNOWN),
        ([("bjDocumentLabelXML", sisl())], UNKNOWN),
        ([("bjDocumentLabelXML", sisl("7a2b")[:90])], UNREADABLE),
        ([("bjDocumentLabelXML", sisl("x")), ("bjDocumentSecurityLabel", "PROTECT")], marked("PROTECT")),
        ([("bjDocumentSecurityLabel", "OFFICIAL"), ("bjDocumentLabelXML", sisl("7a2b"))], marked("RESTRICTED", BELOW)),
        ([("label XML", sisl("7a2b"))], marked("RESTRICTED")),
        ([("bjSaver", "Zm9vYmFy"), ("docIndexRef", GUID)], NOTHING),
    ],
)
def test_the_label_of_boldon_james(fields: list[tuple[str, str]], expected: Answer) -> None:
    assert said(*fields) == expected


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_pieces_are_joined_in_order(order: tuple[int, ...]) -> None:
    xml = sisl("7a2b")
    names = ("bjDocumentLabelXML", "bjDocumentLabelXML-0", "bjDocumentLabelXML-1")
    pieces = list(zip(names, (xml[:70], xml[70:140], xml[140:]), strict=True))
    assert said(*(pieces[number] for number in order)) == marked("RESTRICTED")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("TitusGUID", GUID), ("CouncilClassification", "OFFICIAL")], marked("OFFICIAL")),
        ([("TitusGUID", GUID)], UNKNOWN),
        ([("Classification", "RESTRICTED")], marked("RESTRICTED")),
        ([("Classification", "Invoice")], NOTHING),
        ([("ProtectiveMarking", "PROTECT - STAFF")], marked("PROTECT")),
        ([("ProtectiveMarking", "Violet")], UNKNOWN),
        ([("SecurityClassification", "Internal")], marked("OFFICIAL")),
        ([("X-Classification", "secret")], marked("SECRET")),
        ([("ClassificationContentMarkingHeaderShapeIds", "1,2,3")], NOTHING),
        ([("Classification", "")], NOTHING),
    ],
)
def test_properties_by_their_names(fields: list[tuple[str, str]], expected: Answer) -> None:
    assert said(*fields) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Personal", suspected("OFFICIAL")),
        ("private", suspected("OFFICIAL")),
        ("Company-Confidential", suspected("PROTECT")),
        ("Company Confidential", suspected("PROTECT")),
        ("Normal", NOTHING),
        ("RESTRICTED", marked("RESTRICTED")),
        ("whatever", NOTHING),
    ],
)
def test_the_header_of_rfc_2156(value: str, expected: Answer) -> None:
    assert said(("Sensitivity", value), where=Where.MAIL_HEADER) == expected
