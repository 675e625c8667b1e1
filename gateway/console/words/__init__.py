"""The words of the pages: English is written where it is shown, Welsh in `cy.po` beside this file.

In a template: `_("Held")`, `_("Held by %(name)s", name=name)`, `{% trans %}`, and
`ngettext("%(num)s part", "%(num)s parts", number)`. In Python: `mark("Held")` around words that a template shows with
`_(value)`, and `Tongue.say` and `Tongue.several` where the sentence is made. A test finds all of them and demands that
`cy.po` has each.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "cy": "Cymraeg"}
"""The languages of the console, each in its own words."""


def mark(words: str) -> str:
    """Return the words as they are: they are translated where they are shown."""
    return words


@cache
def translations(language: str) -> NullTranslations:
    """Return what the messages are in a language; in English they are themselves."""
    if language == "en":
        return NullTranslations()
    with files(__name__).joinpath(f"{language}.po").open("rb") as source:
        catalog = read_po(source, locale=language, abort_invalid=True)
    packed = io.BytesIO()
    write_mo(packed, catalog)
    packed.seek(0)
    return Translations(packed)
