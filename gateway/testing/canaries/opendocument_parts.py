"""What OpenDocument text, sheets and slides share: properties, settings, objects, styles that hide."""

from __future__ import annotations

from typing import Final

from gateway.testing.canaries import Cage, CanaryDocument
from gateway.testing.canaries.office_parts import Files
from gateway.testing.canaries.package_bytes import open_document
from gateway.testing.canaries.word import small

OASIS: Final = "urn:oasis:names:tc:opendocument:xmlns"
_OWN: Final = (
    "office style text table draw presentation chart form meta script config number svg-compatible:1.0=svg "
    "xsl-fo-compatible:1.0=fo"
)
SPACES: Final = " ".join(
    f'xmlns:{short or name}="{OASIS}:{name}{"" if ":" in name else ":1.0"}"'
    for name, _, short in (each.partition("=") for each in _OWN.split())
) + (
    ' xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:math="http://www.w3.org/1998/Math/MathML"'
)
TYPES: Final = {
    kind: f"application/vnd.oasis.opendocument.{name}"
    for kind, name in {"odt": "text", "ods": "spreadsheet", "odp": "presentation"}.items()
}


def paragraph(*inside: str, style: str = "") -> str:
    """Return a paragraph."""
    return f'<text:p text:style-name="{style}">{"".join(inside)}</text:p>'


def _document(kind: str, inside: str) -> str:
    return f'<office:document-{kind} {SPACES} office:version="1.3">{inside}</office:document-{kind}>'


def annotation(cage: Cage, name: str) -> str:
    """Return a remark and who made it."""
    return (
        f"<office:annotation><dc:creator>{cage(f'author of {name}')}</dc:creator><dc:date>2026-01-01</dc:date>"
        f"{paragraph(cage(name))}</office:annotation>"
    )


def frame(cage: Cage, what: str = "") -> str:
    """Return a frame with a text box, its names, and what else is in it."""
    said = (
        f"<svg:title>{cage(f'title of a frame{what}')}</svg:title>"
        f"<svg:desc>{cage(f'alternative text{what}')}</svg:desc>"
    )
    return (
        f'<draw:frame draw:name="{cage(f"name of a frame{what}")}">'
        f"<draw:text-box>{paragraph(cage(f'text box{what}'))}"
        f"</draw:text-box>{said}</draw:frame>"
    )


def _properties(cage: Cage) -> str:
    """Return properties and labels."""
    meta = {
        name: cage(f"property {name}")
        for name in (
            "dc:title",
            "dc:subject",
            "dc:description",
            "dc:creator",
            "meta:initial-creator",
            "meta:keyword",
            "meta:printed-by",
        )
    }
    own = {
        "Case": cage("own property"),
        "Classification": cage("property with a classification"),
        "MSIP_Label_2096f6a2-d2f7-48be-b329-b73aaa526e5d_Name": cage("label of Purview"),
    }
    rows = "".join(f"<{name}>{word}</{name}>" for name, word in meta.items())
    rows += "".join(f'<meta:user-defined meta:name="{name}">{word}</meta:user-defined>' for name, word in own.items())
    template = f'<meta:template xlink:href="x.ott" xlink:title="{cage("title of the template")}"/>'
    return _document("meta", f"<office:meta>{rows}{template}</office:meta>")


def _shared(cage: Cage) -> Files:
    """Return properties, settings, a chart and an embedded document."""
    item = (
        '<config:config-item config:name="PrinterName" '
        f'config:type="string">{cage("setting")} at home</config:config-item>'
    )
    chart = (
        "<office:body><office:chart><chart:chart>"
        f"<chart:title>{paragraph(cage('chart title'))}</chart:title><table:table>"
        f"<table:table-rows><table:table-row><table:table-cell>{paragraph(cage('chart category'))}</table:table-cell>"
        "</table:table-row></table:table-rows></table:table></chart:chart></office:chart></office:body>"
    )
    formula = (
        "<math:math xmlns:math='http://www.w3.org/1998/Math/MathML'>"
        f"<math:mi>{cage('formula object')}</math:mi></math:math>"
    )
    return {
        "meta.xml": _properties(cage),
        "settings.xml": _document(
            "settings",
            (
                f'<office:settings><config:config-item-set config:name="x">{item}'
                "</config:config-item-set></office:settings>"
            ),
        ),
        "Object 1/content.xml": _document("content", chart),
        "Object 2/content.xml": formula,
        "Object 3": small(cage("embedded document")),
        "Basic/Standard/Module1.xml": (
            '<script:module xmlns:script="http://openoffice.org/2000/script" '
            f'script:name="m">\' {cage("macro")}</script:module>'
        ),
    }


def document_of(kind: str, cage: Cage, content: str, styles: str) -> CanaryDocument:
    """Return a document."""
    parts: Files = {
        "content.xml": _document("content", content),
        "styles.xml": _document("styles", styles),
        **_shared(cage),
    }
    return cage.document(f"canaries.{kind}", open_document(TYPES[kind], parts))


HIDING: Final = (
    '<style:style style:name="Hid" style:family="text"><style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="HidSheet" style:family="table"><style:table-properties '
    'table:display="false"/></style:style>'
    '<style:style style:name="HidPage" style:family="drawing-page"><style:drawing-page-properties '
    'presentation:visibility="hidden"/></style:style>'
)
