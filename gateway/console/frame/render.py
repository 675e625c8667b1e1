"""From a template and values to a page, in the visitor's language.

Everything is escaped unless one of our own templates made it; a name that is not there is an error, not an empty place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from gateway.config.look import LookSettings
from gateway.console.frame.navigation import entries
from gateway.console.frame.silence import is_silent
from gateway.console.frame.static_files import StaticFiles
from gateway.console.frame.visit import TOKEN, Visit, form_token
from gateway.console.words import LANGUAGES
from gateway.console.words.tongue import Tongue
from gateway.system.clock import Clock

NOTHING: Final[Mapping[str, object]] = {
    "visit": None,
    "status": 200,
    "words": "",
    "hint": "",
    "person": None,
    "nonce": "",
    "navigation": (),
    "errors": {},
    "notice": "",
    "compact": False,
    "address": "/",
    "here": lambda **_: "",
    "may": lambda _: False,
    "csrf": lambda: "",
    "is_silent": lambda: False,
}
"""What `base.html` and the macros read, where a page does not say it."""

HIDDEN: Final = (
    (0, 9),
    (11, 13),
    (14, 32),
    (127, 160),
    (0x61C, 0x61D),
    (0x200B, 0x2010),
    (0x2028, 0x202F),
    (0x2060, 0x206A),
    (0xFEFF, 0xFF00),
    (0xE0000, 0xE0080),
)
HIDING: Final = {each: "\ufffd" for first, end in HIDDEN for each in range(first, end)}
"""Control characters, those that set the direction of text, and those that are not seen: there to deceive."""

DECEIVING: Final = re.compile("[" + re.escape("".join(map(chr, HIDING))) + "]")

Change: TypeAlias = str | int | Sequence[str] | None


class Renderer:
    """Makes pages. Safe to share among threads: templates are compiled once for each language, and hold no state."""

    def __init__(self, look: LookSettings, clock: Clock) -> None:
        """Read the templates' words, and all that browsers load beside a page."""
        self.look = look
        self.files = StaticFiles(look)
        self._clock = clock
        zone = ZoneInfo(look.zone)
        self._tongues = {language: Tongue(language=language, zone=zone) for language in LANGUAGES}
        self._environments = {language: self._environment(tongue) for language, tongue in self._tongues.items()}

    def tongue(self, language: str) -> Tongue:
        """Return the words of a language, for sentences that Python makes."""
        return self._tongues[language]

    def page(self, template: str, visit: Visit, **values: object) -> str:
        """Return a page for a visitor, with all that `base.html` needs to know of them."""
        hidden = Markup('<input type="hidden" name="{}" value="{}">').format(TOKEN, form_token(visit.cookie))
        known: dict[str, object] = {
            "visit": visit,
            "person": visit.person,
            "nonce": visit.nonce,
            "navigation": entries(visit),
            "compact": visit.request.cookies.get("compact") == "yes",
            "address": visit.request.url.path,
            "here": _changed_address(visit.request.url.path, visit.query.multi_items()),
            "may": visit.may,
            "csrf": lambda: hidden,
            "is_silent": lambda: is_silent(visit.desk),
        }
        return self.render(template, visit.language, **{**known, **values})

    def render(self, template: str, language: str, **values: object) -> str:
        """Return a template with its values filled in; in English where the language is not one of ours."""
        environment = self._environments.get(language) or self._environments["en"]
        return environment.get_template(template).render({**NOTHING, **values})

    def _environment(self, tongue: Tongue) -> Environment:
        environment = Environment(
            loader=PackageLoader("gateway.console"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=as_it_stands,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        # not jinja's newer style: that marks a message as markup, also one that came out of a variable
        environment.install_gettext_callables(tongue.say, tongue.several, newstyle=False)  # type: ignore[attr-defined]
        environment.filters |= self._filters(tongue)
        environment.globals |= {
            "language": tongue.language,
            "languages": LANGUAGES,
            "look": self.look,
            "static": self.files.address,
            "tongue": tongue,
        }
        return environment

    def _filters(self, tongue: Tongue) -> dict[str, Callable[..., object]]:
        def time(at: datetime) -> Markup:
            return _stamped(at, tongue.time(at, self._clock.now()))

        def day(at: datetime) -> Markup:
            return _stamped(at, tongue.day(at, self._clock.now()))

        def since(at: datetime) -> str:
            return tongue.lasted(self._clock.now() - at)

        def is_past(at: datetime) -> bool:
            return at <= self._clock.now()

        def lasted(span: timedelta) -> str:
            return tongue.lasted(span)

        return {
            "time": time,
            "day": day,
            "since": since,
            "is_past": is_past,
            "lasted": lasted,
            "size": tongue.size,
            "number": tongue.number,
            "listed": tongue.listed,
            "short": shortened,
            "breakable": breakable,
            "capitalised": lambda words: words[:1].upper() + words[1:],
        }


def as_it_stands(value: object) -> object:
    """Return a value as a page shows it: what would turn letters round or hide them is made visible (UAX 9)."""
    if isinstance(value, str) and DECEIVING.search(value):  # a search is quick, and nearly always finds nothing
        return value.translate(HIDING)
    return value


def breakable(address: str) -> Markup:
    """Return an address that a line may break behind its @, and behind the dots of a domain that no line can hold."""
    name, at, domain = address.rpartition("@")
    parts = Markup(".<wbr>").join(domain.split("."))
    return Markup('{}@<wbr><span class="gw-domain">{}</span>').format(name, parts) if at else escape(address)


def shortened(digest: str) -> str:
    """Return the two ends of a long digest: 9f2c8a…41d7."""
    return digest if len(digest) <= 12 else f"{digest[:6]}…{digest[-4:]}"  # noqa: PLR2004 - it would not be shorter


def _stamped(at: datetime, words: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), words)


def _changed_address(path: str, query: Sequence[tuple[str, str]]) -> Callable[..., str]:
    """Return `here(name=value, …)`: this page's address with its query changed; None takes a name out of it."""

    def here(**changes: Change) -> str:
        kept = [(name, value) for name, value in query if name not in changes]
        for name, change in changes.items():
            values = [change] if isinstance(change, str | int) else list(change or ())
            kept += [(name, str(value)) for value in values]
        return f"{path}?{urlencode(kept)}" if kept else path

    return here
