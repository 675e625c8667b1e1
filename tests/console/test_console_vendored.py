"""What others wrote and we ship: as it was locked, without GOV.UK's typeface, crest and crown."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Final

import pytest

from gateway.config.look import LookSettings
from gateway.console.frame.static_files import TYPES, VENDORED, StaticFiles, address
from tests.console.vendoring import LOCK, ROOT, SHIPPED, UNWANTED, digest, without_branding, without_map

TEMPLATES: Final = ROOT / "gateway" / "console" / "templates"
OWN: Final = tuple(sorted(path for path in SHIPPED.parent.iterdir() if path.is_file()))
FILES: Final = StaticFiles(LookSettings())


def test_every_file_is_as_it_was_locked() -> None:
    locked = json.loads(LOCK.read_text(encoding="utf-8"))["files"]
    there = {str(path.relative_to(ROOT)) for path in SHIPPED.iterdir() if path != LOCK}
    assert there | {"tests/console/data/axe.min.js"} == set(locked)
    assert {name: digest(ROOT / name) for name in locked} == locked


@pytest.mark.parametrize("path", [*(SHIPPED / name for name in VENDORED), *OWN], ids=lambda path: path.name)
def test_nothing_of_gov_uk_alone_is_shipped(path: Path) -> None:
    assert UNWANTED.findall(path.read_text(encoding="utf-8")) == []


def templates() -> list[tuple[str, str]]:
    """Return every template without its comments, by name."""
    found = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        found.append((str(path.relative_to(TEMPLATES)), text))
    assert len(found) > 3
    return found


BANNED: Final = {
    "branding": r'class="govuk-header|govuk-footer__crown|copyright-logo|govuk-crest',
    "inline code or style": r"\sstyle\s*=|\son[a-z]+\s*=|<style|javascript:|hx-on|hx-vals|hx-headers",
    "unescaped text": r"\|\s*safe\b|autoescape|Markup",
    "something from elsewhere": r"""(?:src|href|action)=["']https?:""",
    "a script without its nonce": r'<script(?![^>]*nonce="\{\{ nonce \}\}")[^>]*>',
    "a script that is not a file": r"<script(?![^>]*src=)[^>]*>",
    "an act of htmx without its nonce": r"<[a-z]+(?![^>]*hx-nonce=)[^>]*\shx-(?:get|post|put|delete|boost)\b[^>]*>",
}


@pytest.mark.parametrize("what", BANNED)
def test_no_template_holds(what: str) -> None:
    assert [(name, each) for name, text in templates() for each in re.findall(BANNED[what], text)] == []


def test_every_form_that_posts_has_its_token() -> None:
    form = re.compile(r"<form\b[^>]*\bmethod=\"post\"[^>]*>.*?</form>", flags=re.DOTALL)
    found = [(name, each[:120]) for name, text in templates() for each in form.findall(text) if "csrf()" not in each]
    assert found == []


@pytest.mark.parametrize(
    ("what", "bad"),
    [
        ("branding", '<header class="govuk-header">'),
        ("inline code or style", '<p style="color:red">'),
        ("inline code or style", "<a onclick = 'x()'>"),
        ("unescaped text", "{{ name | safe }}"),
        ("something from elsewhere", '<script src="https://cdn.example/x.js" nonce="{{ nonce }}">'),
        ("a script without its nonce", '<script src="/x.js">'),
        ("a script that is not a file", '<script nonce="{{ nonce }}">'),
        ("an act of htmx without its nonce", '<div id="a" hx-get="/x">'),
    ],
)
def test_what_no_template_may_hold_is_seen(what: str, bad: str) -> None:
    assert re.search(BANNED[what], bad)


def test_htmx_and_its_guard_are_one_file() -> None:
    """As two files htmx may start before hx-csp is there, and then checks no nonce at all."""
    both = (SHIPPED / "htmx-csp.min.js").read_text(encoding="utf-8")
    assert both.index("var htmx=") < both.index('registerExtension("hx-csp"')


def test_branding_is_taken_out() -> None:
    css = (
        "/*! by Margaret Calvert */@font-face{font-family:GDS Transport;src:url(/assets/f.woff2)}"
        "a{font-family:GDS Transport,arial}.c{background:url(/assets/images/govuk-crest.svg) 50% no-repeat;color:red}"
        "/*# sourceMappingURL=x.map */"
    )
    assert without_branding(css) == "a{font-family:arial}.c{color:red}"
    assert without_map("a();\n//# sourceMappingURL=a.js.map") == "a();\n"


def test_an_address_changes_when_the_content_does() -> None:
    for name in (*VENDORED, "brand.css", *(path.name for path in OWN)):
        at = FILES.address(name).removeprefix("/static/")
        found = FILES.find(at)
        assert found is not None
        assert hashlib.sha256(found.content).hexdigest()[:12] in at
        assert found.media_type == TYPES[name.rpartition(".")[2]]
    assert address("a.css", b"1") != address("a.css", b"2")
    assert FILES.find("console.css") is None
    assert FILES.find("../render.py") is None
    with pytest.raises(KeyError):
        FILES.address("nowhere.css")


def test_scripts_of_ours_name_others_by_their_address() -> None:
    app = FILES.find(FILES.address("app.mjs").removeprefix("/static/"))
    assert app is not None
    assert FILES.address("govuk-frontend.min.js").encode() in app.content
    assert b"static:" not in app.content


def test_two_organisations_have_two_stylesheets() -> None:
    other = StaticFiles(LookSettings(brand="#8a1f4b", header="#5a2d0c"))
    assert other.address("brand.css") != FILES.address("brand.css")
    assert other.address("console.css") == FILES.address("console.css")
