"""The shipped documents as pages: Markdown without any HTML of its own, in the classes of the console."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from gateway.errors import NotFound

NAME: Final = re.compile(r"[a-z0-9-]{1,80}")
NO_WORD: Final = re.compile(r"[^a-z0-9]+")
COMMENT: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)
DECISIONS: Final = "decisions"
SHELVES: Final[Mapping[str, str]] = {
    "runbook": "docs/runbook.md",
    "console": "docs/console.md",
    "mail": "docs/mail.md",
    "configuration": "config/README.md",
    "policy": "policies/README.md",
    "glossary": "docs/glossary.md",
    "threat-model": "docs/threat-model.md",
    "changes": "docs/changes.md",
}
"""The documents by the last part of their address, in the order in which they are listed."""

CLASSES: Final[Mapping[str, str]] = {
    "paragraph_open": "govuk-body",
    "bullet_list_open": "govuk-list govuk-list--bullet",
    "ordered_list_open": "govuk-list govuk-list--number",
    "table_open": "govuk-table",
    "thead_open": "govuk-table__head",
    "tbody_open": "govuk-table__body",
    "tr_open": "govuk-table__row",
    "th_open": "govuk-table__header",
    "td_open": "govuk-table__cell",
    "blockquote_open": "govuk-inset-text",
    "hr": "govuk-section-break govuk-section-break--visible govuk-section-break--m",
    "code_inline": "gw-mono gw-wrap",
    "fence": "gw-mono gw-wrap",
    "code_block": "gw-mono gw-wrap",
}
HEADINGS: Final = {"h1": "govuk-heading-l", "h2": "govuk-heading-m", "h3": "govuk-heading-s", "h4": "govuk-heading-s"}
SCROLLS: Final = Markup('<div class="gw-scroll" role="region" tabindex="0" aria-label="{}, table {}">')


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document: its title, and the rest of it as HTML that holds nothing but what Markdown says."""

    name: str
    title: str
    html: Markup


@lru_cache(maxsize=64)
def document(name: str) -> Document:
    """Return a shipped document by the last part of its address, or `decisions/` and a decision's; `NotFound`."""
    return rendered(name, _text(name))


def decisions() -> Sequence[tuple[str, str]]:
    """Return the decisions by the last part of their addresses, each with its title."""
    folder = folder_of("docs") / DECISIONS
    return [(path.stem, _title(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.md"))]


def titles() -> Sequence[tuple[str, str]]:
    """Return the documents by the last part of their addresses, each with its title."""
    return [(name, document(name).title) for name in SHELVES]


def rendered(name: str, text: str) -> Document:
    """Return Markdown as HTML. Whatever HTML stands in it is shown as text; links to documents lead to their pages."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(COMMENT.sub("", text))
    title = _title(text)
    if len(tokens) > 2 and tokens[0].tag == "h1":  # noqa: PLR2004 - a heading is three tokens
        tokens = tokens[3:]
    tables = 0
    html: list[str] = []
    for number, token in enumerate(tokens):
        _dress(token, name)
        if token.type == "heading_open":
            token.attrSet("id", NO_WORD.sub("-", tokens[number + 1].content.casefold()).strip("-"))
        if token.type == "table_open":
            tables += 1
            html.append(str(SCROLLS.format(title, tables)))
        html.append(reader.renderer.render([token], reader.options, {}))
        if token.type == "table_close":
            html.append("</div>")
    return Document(name=name, title=title, html=Markup("".join(html)))  # noqa: S704 - made by markdown-it with html off


def _dress(token: Token, name: str) -> None:
    """Give a token and those within it our classes, and nothing that the page's own rules would refuse."""
    token.attrs.pop("style", None)
    known = HEADINGS.get(token.tag) if token.type == "heading_open" else CLASSES.get(token.type)
    if known:
        token.attrSet("class", known)
    if token.type == "th_open":
        token.attrSet("scope", "col")
    if token.type == "link_open":
        token.attrSet("class", "govuk-link")
        token.attrSet("href", _address(str(token.attrGet("href") or ""), name))
    for inner in token.children or ():
        if inner.type == "image":
            inner.type, inner.tag, inner.children = "text", "", None
        _dress(inner, name)


def _address(given: str, name: str) -> str:
    """Return where a link of a document leads: to the page of another one, or as it is to another site."""
    if given.startswith(("https://", "http://", "#", "mailto:")):
        return given
    path, _, place = given.partition("#")
    at = PurePosixPath(path)
    if at.suffix == ".md":
        stem = next((key for key, shelf in SHELVES.items() if _ends_alike(shelf, at)), "")
        within = DECISIONS in at.parts or (name.startswith(DECISIONS) and len(at.parts) == 1)
        known = f"{DECISIONS}/{at.stem}" if within else stem
        if known:
            return f"/help/{known}" + (f"#{place}" if place else "")
    return "/help"


def _ends_alike(shelf: str, path: PurePosixPath) -> bool:
    parts = [part for part in path.parts if part not in {"..", "."}]
    return bool(parts) and PurePosixPath(shelf).parts[-len(parts) :] == tuple(parts)


def _title(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return first.lstrip("# ").strip()


def _text(name: str) -> str:
    folder, _, stem = name.rpartition("/")
    if folder == DECISIONS and NAME.fullmatch(stem):
        path = folder_of("docs") / DECISIONS / f"{stem}.md"
    elif name in SHELVES:
        place, _, file = SHELVES[name].partition("/")
        path = folder_of(place) / file
    else:
        raise NotFound("there is no such document", hint="see the list of documents")
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound("that document is not here", hint="see the list of documents") from None


def folder_of(place: str) -> Path:
    """Return where documents lie: inside the package, in what it ships, or beside it where it runs from its sources."""
    package = Path(str(files("gateway")))
    if place == "docs":
        return package / "docs"
    shipped = package / "_shipped" / place
    return shipped if shipped.is_dir() else package.parent / place
