"""Labels that programs write: wherever an office document keeps one, it comes out as one, by its name."""

from __future__ import annotations

import pytest

from gateway.model.inspection import Where
from gateway.model.label_names import is_label
from tests.unit.extract.reading import XML, archive, office, opened, word

GUID = "2096f6a2-d2f7-48be-b329-b73aaa526e5d"
NAMES = [
    f"MSIP_Label_{GUID}_Name",
    f"MSIP_Label_{GUID}_Enabled",
    "bjDocumentSecurityLabel",
    "bjDocumentLabelXML",
    "bjLabelRefreshRequired",
    "bjSaver",
    "docIndexRef",
    "TitusGUID",
    "Classification",
    "SecurityClassification",
    "CouncilClassification",
    "ProtectiveMarking",
    "X-Protective-Marking",
    "ClassificationContentMarkingHeaderText",
]


def labels(data: bytes, name: str = "x.docx") -> list[tuple[str, str]]:
    return [(s.name, s.text) for s in opened(data, name).parts[0].segments if s.where is Where.LABEL]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx", "odt"])
def test_a_property_that_labels_is_a_label(name: str, kind: str) -> None:
    custom = (
        f'{XML}<Properties xmlns:vt="v"><property name="{name}"><vt:lpwstr>RESTRICTED'
        "</vt:lpwstr></property></Properties>"
    )
    meta = f'{XML}<m xmlns:meta="m"><meta:user-defined meta:name="{name}">RESTRICTED</meta:user-defined></m>'
    made = {"mimetype": "application/vnd.oasis.opendocument.text", "meta.xml": meta}
    data = archive(made) if kind == "odt" else office(kind, {"docProps/custom.xml": custom})
    assert labels(data, f"x.{kind}") == [(name, "RESTRICTED")]


@pytest.mark.parametrize("name", NAMES)
def test_the_old_formats_and_pdf_know_the_same_names(name: str) -> None:
    assert is_label(name)


@pytest.mark.parametrize("name", ["Client", "Title", "Reviewed by", "bjorn", "Index"])
def test_any_other_property_is_none(name: str) -> None:
    custom = (
        f'{XML}<Properties xmlns:vt="v"><property name="{name}"><vt:lpwstr>RESTRICTED'
        "</vt:lpwstr></property></Properties>"
    )
    assert labels(office("docx", {"docProps/custom.xml": custom})) == []


def test_the_label_list_of_office() -> None:
    info = (
        f'{XML}<clbl:labelList xmlns:clbl="u"><clbl:label id="{{9c}}" enabled="1" '
        f'method="Privileged" siteId="{{7}}" removed="0"/></clbl:labelList>'
    )
    for place in ("docMetadata/LabelInfo.xml", "docMetadata/labelinfo.xml", "other/place.xml"):
        assert labels(office("docx", {place: info})) == [
            ("LabelInfo", "id={9c}; enabled=1; method=Privileged; siteId={7}; removed=0")
        ]


CUSTOM = {
    "Boldon James": (
        '<sisl xmlns="http://www.boldonjames.com/2008/01/sie/internal/label"><element '
        'uid="id_restricted" value=""/></sisl>'
    ),
    "Titus": (
        '<titus xmlns="http://schemas.titus.com/TitusProperties/">'
        "<Classification>id_restricted</Classification></titus>"
    ),
    "STANAG 4774": "<slab:originatorConfidentialityLabel "
    'xmlns:slab="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0">'
    "<slab:Classification>id_restricted</slab:Classification></slab:originatorConfidentialityLabel>",
}


@pytest.mark.parametrize("xml", CUSTOM.values(), ids=CUSTOM.keys())
def test_a_label_in_custom_xml(xml: str) -> None:
    assert "id_restricted" in [text for _, text in labels(office("docx", {"customXml/item7.xml": XML + xml}))]


def test_what_programs_count_is_no_property() -> None:
    app = (
        f"{XML}<Properties><Pages>12</Pages><Characters>40123412</Characters>"
        "<Company>ACME</Company><AppVersion>16.0000</AppVersion></Properties>"
    )
    said = [(s.name, s.text) for s in opened(office("docx", {"docProps/app.xml": app}), "x.docx").parts[0].segments]
    assert said == [("Company", "ACME"), ("path", "x.docx")]


def test_a_schema_says_only_what_people_are_shown() -> None:
    schema = (
        f'{XML}<ct:contentTypeSchema xmlns:ct="c" '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:ma="m"><xsd:schema>'
        '<xsd:element ma:displayName="SHOWN" name="x" ma:internalName="INTERNAL" '
        'type="dms:Text"/></xsd:schema></ct:contentTypeSchema>'
    )
    said = " ".join(s.text for s in opened(office("docx", {"customXml/item1.xml": schema}), "x.docx").parts[0].segments)
    assert "SHOWN" in said
    assert "INTERNAL" not in said


def test_a_watermark_in_a_header_is_one_and_word_art_is_not() -> None:
    art = "<w:p><w:r><w:pict><v:shape><v:textpath string='PROTECT'/></v:shape></w:pict></w:r></w:p>"
    found = {s.where: s.text for s in opened(word("<w:p/>", header1=art), "x.docx").parts[0].segments}
    assert found[Where.WATERMARK] == "PROTECT"
    assert Where.WATERMARK not in {s.where for s in opened(word(art), "x.docx").parts[0].segments}
