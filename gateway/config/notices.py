"""The settings of notices: how senders are told, in which languages, and whether they may answer by mail."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from gateway.config.names import Address, Domain, Name
from gateway.model.validation import Strict

ENGLISH: Final = "en"
WELSH: Final = "cy"


def _distinct(given: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(given)) < len(given):
        raise ValueError("a language stands here twice")
    return given


Languages = Annotated[tuple[Literal["en", "cy"], ...], Field(min_length=1), AfterValidator(_distinct)]


class Notices(Strict):
    """How senders are told. `channel` is `folder`, or the name of an smtp channel, and then `from` is needed.

    Notices by mail are written in all `languages`, in this order. Mail to `own_domain` is read by the gateway itself.
    """

    channel: Name = "folder"
    from_address: Address | None = Field(default=None, alias="from")
    languages: Languages = (ENGLISH, WELSH)
    own_domain: Domain | None = None
