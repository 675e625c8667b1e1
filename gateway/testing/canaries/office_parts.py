"""Parts that Word, Excel and PowerPoint files share: properties, labels, charts, diagrams, custom XML."""

from __future__ import annotations

from typing import Final

from gateway.testing.canaries import Cage
from gateway.testing.canaries.package_bytes import RELATIONS

DRAWING: Final = "http://schemas.openxmlformats.org/drawingml/2006"
OFFICE: Final = "application/vnd.openxmlformats-officedocument"
CORE_LINK: Final = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
LABEL_LINK: Final = "http://schemas.microsoft.com/office/2020/02/relationships/classificationlabels"
CORE: Final = """
    dc:title dc:subject dc:creator cp:keywords dc:description cp:lastModifiedBy cp:category cp:contentStatus
"""
_METADATA: Final = "http://schemas.openxmlformats.org/package/2006/metadata"
_KINDS: Final = "http://schemas.openxmlformats.org/officeDocument/2006"
_SETS: Final = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_GUID: Final = "2096f6a2-d2f7-48be-b329-b73aaa526e5d"

Files = dict[str, str | bytes]


def _own(cage: Cage) -> str:
    """Return properties that somebody made: labels, and one that is none."""
    own = {
        "Case reference": cage("custom property"),
        f"MSIP_Label_{_GUID}_Name": cage("label of Purview"),
        "bjDocumentSecurityLabel": cage("label of Boldon James"),
        "bjLabelRefreshRequired": cage("label of Boldon James, another property"),
        "docIndexRef": cage("reference of Boldon James"),
        "TitusGUID": cage("label of Titus"),
        "CouncilClassification": cage("property with a classification"),
        "X-Protective-Marking": cage("protective marking as a property"),
    }
    rows = "".join(
        f'<property fmtid="{_SETS}" pid="{number}" name="{name}"><vt:lpwstr>{word}</vt:lpwstr></property>'
        for number, (name, word) in enumerate(own.items(), 2)
    )
    return f'<Properties xmlns="{_KINDS}/custom-properties" xmlns:vt="{_KINDS}/docPropsVTypes">{rows}</Properties>'


def _custom_xml(cage: Cage) -> Files:
    """Return XML of other programs: of one's own, and labels."""
    note, text = cage("attribute of custom XML"), cage("custom XML")
    boldon, titus = cage("label of Boldon James as custom XML"), cage("label of Titus as custom XML")
    return {
        "customXml/item1.xml": f'<case xmlns="urn:case"><note kind="{note}">{text}</note></case>',
        "customXml/item2.xml": '<sisl xmlns="http://www.boldonjames.com/2008/01/sie/internal/label" sislVersion="0">'
        f'<element uid="{boldon}" value=""/></sisl>',
        "customXml/item3.xml": '<titus xmlns="http://schemas.titus.com/TitusProperties/">'
        f"<Class>{titus}</Class></titus>",
        "customXml/itemProps1.xml": f'<ds:datastoreItem ds:itemID="{{1}}" xmlns:ds="{_KINDS}/customXml"/>',
    }


def properties(cage: Cage) -> tuple[Files, dict[str, str], list[tuple[str, str]]]:
    """Return the parts for properties and labels, their types, and the package's links to them."""
    core = "".join(f"<{name}>{cage(f'core property {name}')}</{name}>" for name in CORE.split())
    app = "".join(
        f"<{name}>{cage(f'app property {name}')}</{name}>" for name in ("Manager", "Company", "HyperlinkBase")
    )
    parts: Files = {
        "docProps/core.xml": f'<cp:coreProperties xmlns:cp="{_METADATA}/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{core}</cp:coreProperties>',
        "docProps/app.xml": f'<Properties xmlns="{_KINDS}/extended-properties">{app}</Properties>',
        "docProps/custom.xml": _own(cage),
        "docMetadata/LabelInfo.xml": '<clbl:labelList xmlns:clbl="http://schemas.microsoft.com/office/2020/'
        f'mipLabelMetadata"><clbl:label id="{cage("label list of Office")}" enabled="1" method="Privileged" '
        'siteId="{9c}" removed="0"/></clbl:labelList>',
        **_custom_xml(cage),
    }
    types = {
        "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "docProps/app.xml": f"{OFFICE}.extended-properties+xml",
        "docProps/custom.xml": f"{OFFICE}.custom-properties+xml",
        "customXml/itemProps1.xml": f"{OFFICE}.customXmlProperties+xml",
        "docMetadata/LabelInfo.xml": "application/vnd.ms-office.classificationlabels+xml",
    }
    links = [
        (CORE_LINK, "docProps/core.xml"),
        ("extended-properties", "docProps/app.xml"),
        ("custom-properties", "docProps/custom.xml"),
        (LABEL_LINK, "docMetadata/LabelInfo.xml"),
    ]
    return parts, types, links


def chart(cage: Cage) -> str:
    """Return a chart part with a title, a category, a series and titles of axes."""
    return (
        f'<c:chartSpace xmlns:c="{DRAWING}/chart" xmlns:a="{DRAWING}/main"><c:chart>'
        "<c:title><c:tx><c:rich><a:p><a:r><a:t>"
        f"{cage('chart title')}</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea>"
        "<c:barChart><c:ser><c:tx><c:strRef>"
        f"<c:f>{cage('reference in a chart')}!$B$1</c:f><c:strCache><c:pt idx='0'>"
        f"<c:v>{cage('chart series')}</c:v></c:pt>"
        "</c:strCache></c:strRef></c:tx><c:cat><c:strRef><c:strCache><c:pt idx='0'>"
        f"<c:v>{cage('chart category')}</c:v>"
        f"</c:pt></c:strCache></c:strRef></c:cat></c:ser></c:barChart><c:catAx><c:title><c:tx><c:rich><a:p><a:r><a:t>"
        f"{cage('title of an axis')}</a:t></a:r></a:p></c:rich></c:tx></c:title></c:catAx></c:plotArea></c:chart>"
        "</c:chartSpace>"
    )


def diagram(cage: Cage) -> str:
    """Return the data part of a SmartArt diagram."""
    return (
        f'<dgm:dataModel xmlns:dgm="{DRAWING}/diagram" xmlns:a="{DRAWING}/main">'
        '<dgm:ptLst><dgm:pt modelId="1"><dgm:t>'
        f"<a:p><a:r><a:t>{cage('SmartArt')}</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>"
    )


def spaces(**names: str) -> str:
    """Return name space declarations; `r` is always there."""
    return " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in {"r": RELATIONS, **names}.items())
