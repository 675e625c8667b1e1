"""Other eyes on what stands readable in front of a sealed part: one script, one style, one policy, and no way out.

Reads with the standard library's parser of HTML. A page may have only the elements and attributes that ours has, so
that one that loads, links, frames or posts anything is refused without a list of the ways to do so.
"""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser
from typing import Final

ELEMENTS: Final = (
    "bdi body button dd div dl dt form h1 h2 head header html input label main meta noscript p progress script section "
    "span strong style title ul"
)
ATTRIBUTES: Final = (
    "aria-controls aria-describedby aria-labelledby aria-live autocapitalize autocomplete charset class content "
    "data-say dir disabled for hidden http-equiv id lang max name novalidate role spellcheck tabindex type value"
)
REACHING_OUT: Final = ("url(", "@import", "image-set(", "\\", "expression(", "src(")


def look_at(text: str) -> None:
    """Require that the text in front holds one script and one style, each as the policy has it, and no way out."""
    front = _Front()
    front.feed(text)
    front.close()
    if len(front.scripts) != 1 or len(front.styles) != 1 or len(front.policies) != 1:
        raise ValueError("the page must have one script, one style and one policy")
    script, style = ("".join(each) for each in (front.scripts[0], front.styles[0]))
    directives = [tuple(each.split()) for each in front.policies[0].split(";")]
    wanted = {
        ("default-src", "'none'"),
        ("script-src", f"'{_hash(script)}'"),
        ("style-src", f"'{_hash(style)}'"),
        ("base-uri", "'none'"),
        ("form-action", "'none'"),
        ("require-trusted-types-for", "'script'"),
        ("trusted-types", "'none'"),
    }
    if len(directives) != len(wanted) or set(directives) != wanted:
        raise ValueError("the content security policy is not the one for this script and this style")
    if any(reach in style.lower() for reach in REACHING_OUT):
        raise ValueError("the style reaches for something outside")


def _hash(text: str) -> str:
    return "sha256-" + base64.standard_b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


class _Front(HTMLParser):
    """Gathers scripts, styles and policies; refuses elements and attributes that a page of ours does not have."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[list[str]] = []
        self.styles: list[list[str]] = []
        self.policies: list[str] = []
        self._inside: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element."""
        values = {name: value or "" for name, value in attrs}
        if tag not in ELEMENTS.split() or not set(values) <= set(ATTRIBUTES.split()) or len(values) != len(attrs):
            raise ValueError("the page has an element or attribute that it must not have")
        if "http-equiv" in values:
            if values["http-equiv"] != "Content-Security-Policy" or self.scripts or self.styles:
                raise ValueError("the policy is not the first thing the page says")
            self.policies.append(values.get("content", ""))
        if tag in ("script", "style"):
            self._inside = []
            (self.scripts if tag == "script" else self.styles).append(self._inside)

    def handle_endtag(self, tag: str) -> None:
        """Leave a script or style."""
        if tag in ("script", "style"):
            self._inside = None

    def handle_comment(self, data: str) -> None:
        """Refuse a comment: ours are in the sources."""
        del data
        raise ValueError("the page has a comment")

    def handle_data(self, data: str) -> None:
        """Keep the text of a script or style."""
        if self._inside is not None:
            self._inside.append(data)
