"""OpenDocument text, sheets and slides with a canary in every place where LibreOffice keeps words."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.testing.canaries import Cage, CanaryDocument
from gateway.testing.canaries.opendocument_parts import HIDING, annotation, document_of, frame, paragraph


def _changed(cage: Cage) -> tuple[str, str]:
    """Return what is known of tracked changes, and the paragraphs in which they stand."""

    def region(number: int, kind: str, text: str = "", who: str = "x") -> str:
        info = f"<office:change-info><dc:creator>{who}</dc:creator><dc:date>2026-01-01</dc:date></office:change-info>"
        return f'<text:changed-region text:id="c{number}"><text:{kind}>{info}{text}</text:{kind}></text:changed-region>'

    gone, first, second = (
        cage("tracked deletion"),
        cage("whole only before a deletion"),
        cage("whole only before an insertion"),
    )
    known = (
        region(1, "deletion", paragraph(gone), cage("author of a deletion"))
        + region(2, "deletion", paragraph(first[8:]))
        + region(3, "insertion", who=cage("author of an insertion"))
        + region(4, "insertion")
    )
    inserted = (
        f'<text:change-start text:change-id="c3"/>{cage("tracked insertion")}<text:change-end text:change-id="c3"/>'
    )
    between = '<text:change-start text:change-id="c4"/> between <text:change-end text:change-id="c4"/>'
    return f"<text:tracked-changes>{known}</text:tracked-changes>", "".join(
        [
            paragraph('kept <text:change text:change-id="c1"/> kept'),
            paragraph(first[:8], '<text:change text:change-id="c2"/> kept'),
            paragraph("kept ", inserted),
            paragraph(second[:8], between, second[8:]),
        ]
    )


def _note(cage: Cage, kind: str) -> str:
    return (
        f'<text:note text:note-class="{kind}"><text:note-citation>1</text:note-citation>'
        f"<text:note-body>{paragraph(cage(kind))}</text:note-body></text:note>"
    )


def _hidden(cage: Cage) -> str:
    """Return text that does not show."""
    partly = cage("whole only where hidden text is shown")
    return (
        f'<text:section text:display="none">{paragraph(cage("hidden section"))}</text:section>'
        + paragraph("x ", f'<text:span text:style-name="Hid">{cage("hidden text")}</text:span>')
        + paragraph(partly[:8], f'<text:span text:style-name="Hid">{partly[8:]}</text:span> kept')
        + paragraph(
            f'<text:hidden-text text:condition="{cage("condition of hidden text")}" '
            f'text:string-value="{cage("conditional text")}"/>'
        )
    )


def _marks(cage: Cage) -> list[str]:
    """Return paragraphs with links, marks and the like."""
    return [
        paragraph(
            f'<text:a xlink:href="https://example.org/{cage("target of a link")}" '
            f'office:title="{cage("title of a link")}">{cage("text of a link")}</text:a>'
        ),
        paragraph(
            f'<text:bookmark text:name="{cage("bookmark")}"/><text:placeholder '
            f'text:placeholder-type="text" text:description="{cage("help of a placeholder")}">'
            f"{cage('placeholder')}</text:placeholder>"
        ),
        paragraph(
            f"<text:ruby><text:ruby-base>{cage('ruby text')}</text:ruby-base>"
            f"<text:ruby-text>{cage('pronunciation')}</text:ruby-text></text:ruby>"
        ),
        paragraph(f'<text:alphabetical-index-mark text:string-value="{cage("entry of an index")}"/>'),
    ]


def _form(cage: Cage) -> str:
    """Return a form with a field."""
    return (
        '<office:forms><form:form form:name="f"><form:text form:name="t" '
        f'form:current-value="{cage("value of a form field")}" '
        f'form:title="{cage("help of a form field")}"/></form:form></office:forms>'
    )


def _text(cage: Cage) -> CanaryDocument:
    """Return a text document."""
    known, changed = _changed(cage)
    word = cage("word in two spans")
    fields = (
        '<text:user-field-decls><text:user-field-decl text:name="u" '
        f'office:string-value="{cage("user field")}"/></text:user-field-decls>'
    )
    cell = (
        f"<table:table-cell>{paragraph(cage('cell'))}<table:table><table:table-row>"
        f"<table:table-cell>{paragraph(cage('cell in a cell'))}</table:table-cell>"
        "</table:table-row></table:table></table:table-cell>"
    )
    body = [
        _form(cage),
        known,
        fields,
        paragraph(cage("body")),
        paragraph(word[:7], f'<text:span text:style-name="T1">{word[7:]}</text:span>'),
        f"<text:h>{cage('heading')}</text:h>",
        (f"<text:list><text:list-item>{paragraph(cage('list'))}</text:list-item></text:list>"),
        f"<table:table><table:table-row>{cell}</table:table-row></table:table>",
        changed,
        _hidden(cage),
        paragraph("x", _note(cage, "footnote"), _note(cage, "endnote"), annotation(cage, "a comment")),
        paragraph(frame(cage)),
        paragraph(f"<draw:custom-shape>{paragraph(cage('shape'))}</draw:custom-shape>"),
        *_marks(cage),
    ]
    edges = "".join(
        f"<style:{name}>{paragraph(cage(name))}</style:{name}>"
        for name in ("header", "header-left", "header-first", "footer", "footer-left", "footer-first")
    )
    styles = (
        f'<office:master-styles><style:master-page style:name="Standard">{edges}'
        "</style:master-page></office:master-styles>"
    )
    return document_of(
        "odt",
        cage,
        (
            f"<office:automatic-styles>{HIDING}</office:automatic-styles><office:body>"
            f"<office:text>{''.join(body)}</office:text></office:body>"
        ),
        styles,
    )


def _cell(text: str, attributes: str = "", more: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{attributes}>{more}{paragraph(text)}</table:table-cell>'


def _rows(cage: Cage) -> str:
    """Return the rows of a sheet, of which some are hidden."""
    return (
        "<table:table-column/><table:table-column table:visibility='collapse'/><table:table-column/><table:table-row>"
        + _cell(cage("cell"), more=annotation(cage, "a note of a cell"))
        + _cell(cage("hidden column"))
        + _cell(cage("result of a formula"), f' table:formula="of:=&quot;{cage("formula")}&quot;"')
        + "</table:table-row>"
        + f"<table:table-row table:visibility='collapse'>{_cell(cage('hidden row'))}</table:table-row>"
        + f"<table:table-row table:visibility='filter'>{_cell(cage('filtered row'))}</table:table-row>"
    )


def _rule(cage: Cage) -> str:
    """Return a rule for what may stand in a cell."""
    return (
        '<table:content-validation table:name="v" '
        f'table:condition="cell-content-is-in-list(&quot;{cage("list of allowed values")}&'
        'quot;)">'
        f'<table:help-message table:title="{cage("title of a prompt")}">'
        f"{paragraph(cage('prompt'))}</table:help-message>"
        f'<table:error-message table:title="{cage("title of an error")}">'
        f"{paragraph(cage('error'))}</table:error-message></table:content-validation>"
    )


def _sheets(cage: Cage) -> CanaryDocument:
    """Return sheets."""
    shapes = f"<table:shapes>{frame(cage)}</table:shapes>"
    changes = (
        "<table:tracked-changes><table:cell-content-change><office:change-info>"
        f"<dc:creator>{cage('author of a change')}</dc:creator></office:change-info>"
        "<table:previous><table:change-track-table-cell>"
        f"{paragraph(cage('cell before a tracked change'))}"
        "</table:change-track-table-cell></table:previous></table:cell-content-change>"
        "</table:tracked-changes>"
    )
    named = (
        f'<table:named-expressions><table:named-expression table:name="{cage("name")}" '
        f'table:expression="{cage("named expression")}"/></table:named-expressions>'
    )
    pilot = (
        "<table:data-pilot-tables><table:data-pilot-table "
        f'table:name="{cage("pivot table")}"/></table:data-pilot-tables>'
    )
    body = (
        f"{changes}<table:content-validations>{_rule(cage)}</table:content-validations>"
        f'<table:table table:name="{cage("name of a sheet")}">{shapes}{_rows(cage)}</table:table>'
        '<table:table table:name="h" table:style-name="HidSheet">'
        f"<table:table-row>{_cell(cage('hidden sheet'))}</table:table-row></table:table>"
        f"{named}{pilot}"
    )
    edges = "".join(
        f"<style:{name}><style:region-left>{paragraph(cage(f'{name}, left'))}"
        "</style:region-left><style:region-center>"
        f"{paragraph(cage(f'{name}, middle'))}</style:region-center></style:{name}>"
        for name in ("header", "header-left", "footer", "footer-left")
    )
    styles = (
        f'<office:master-styles><style:master-page style:name="Default">{edges}'
        "</style:master-page></office:master-styles>"
    )
    return document_of(
        "ods",
        cage,
        (
            f"<office:automatic-styles>{HIDING}</office:automatic-styles><office:body>"
            f"<office:spreadsheet>{body}</office:spreadsheet></office:body>"
        ),
        styles,
    )


def _slides(cage: Cage) -> CanaryDocument:
    """Return slides."""
    word = cage("word in two spans")
    notes = (
        "<presentation:notes><draw:frame><draw:text-box>"
        f"{paragraph(cage('speaker notes'))}</draw:text-box></draw:frame>"
        "</presentation:notes>"
    )
    table = (
        "<draw:frame><table:table><table:table-row>"
        f"<table:table-cell>{paragraph(cage('cell of a table'))}</table:table-cell>"
        "</table:table-row></table:table></draw:frame>"
    )
    group = f"<draw:g><draw:custom-shape>{paragraph(cage('shape in a group'))}</draw:custom-shape></draw:g>"
    link = (
        "<draw:frame><draw:text-box>"
        + paragraph(
            f'<text:a xlink:href="https://example.org/{cage("target of a link")}">{cage("text of a link")}</text:a>'
        )
        + "</draw:text-box></draw:frame>"
    )
    body = (
        f'<presentation:header-decl presentation:name="h">{cage("header")}</presentation:header-decl>'
        f'<presentation:footer-decl presentation:name="f">{cage("footer")}</presentation:footer-decl>'
        '<presentation:date-time-decl presentation:name="d" '
        f'presentation:source="fixed">{cage("date")}</presentation:date-time-decl>'
        f'<draw:page draw:name="{cage("name of a slide")}">{frame(cage)}<draw:frame><draw:text-box>'
        f"{paragraph(word[:7], f'<text:span>{word[7:]}</text:span>')}</draw:text-box>"
        f"</draw:frame>{table}{group}{link}"
        f"<draw:rect>{paragraph(cage('rectangle'))}</draw:rect>{annotation(cage, 'a comment')}{notes}</draw:page>"
        '<draw:page draw:style-name="HidPage"><draw:frame>'
        f"<draw:text-box>{paragraph(cage('hidden slide'))}</draw:text-box></draw:frame>"
        "</draw:page>"
    )
    styles = (
        '<office:master-styles><style:master-page style:name="M"><draw:frame>'
        f"<draw:text-box>{paragraph(cage('slide master'))}</draw:text-box></draw:frame>"
        f"<presentation:notes><draw:frame><draw:text-box>{paragraph(cage('notes master'))}"
        "</draw:text-box></draw:frame></presentation:notes></style:master-page>"
        "</office:master-styles>"
    )
    return document_of(
        "odp",
        cage,
        (
            f"<office:automatic-styles>{HIDING}</office:automatic-styles><office:body>"
            f"<office:presentation>{body}</office:presentation></office:body>"
        ),
        styles,
    )


def documents() -> Iterator[CanaryDocument]:
    """Yield a text document, sheets and slides with all their hiding places."""
    yield _text(Cage.of("odt"))
    yield _sheets(Cage.of("ods"))
    yield _slides(Cage.of("odp"))
