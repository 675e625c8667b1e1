"""The section `keys` of `config/gateway.yaml`: what is demanded of recipients' keys, and where they are looked up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, model_validator

from gateway.config.units import Duration
from gateway.model.validation import Flag, Strict, Words

if TYPE_CHECKING:
    from gateway.protect.keys.ldap import Directory
    from gateway.protect.keys.ring import KeyRing
    from gateway.protect.keys.rules import KeyRules

KEYS: Final = "keys"
RECIPIENTS: Final = "recipients"


def _directory(given: str) -> str:
    misunderstood = f"'{given}' is not understood; write ldaps://host or ldap://host, with a port if need be"
    try:
        place = urlsplit(given)
        is_whole = place.scheme in {"ldap", "ldaps"} and bool(place.hostname) and place.port != 0
    except ValueError:
        raise ValueError(misunderstood) from None
    if not is_whole or place.path.strip("/") or place.query or place.username is not None or " " in given:
        raise ValueError(misunderstood)
    return given


class LdapSettings(Strict):
    """A directory of recipients' certificates, read without a name or password."""

    url: Annotated[Words, AfterValidator(_directory)]
    base: Words

    def directory(self) -> Directory:
        """Return the directory as the key ring asks it."""
        from gateway.protect.keys.ldap import Directory  # noqa: PLC0415 - needed only where it is asked

        return Directory(url=self.url, base=self.base)


class KeysSettings(Strict):
    """What is demanded of recipients' keys. Nothing is asked over a network unless it stands here.

    `authorities` is a file or folder of X.509 certificates; without it only self-signed certificates can be taken, and
    those only with `self_signed`.
    """

    warn: Duration = timedelta(days=28)
    aes128_key_wrap: Literal["allow", "refuse"] = "allow"
    authorities: Path | None = None
    self_signed: Flag = False
    revocation: Literal["off", "when-reachable", "required"] = "off"
    wkd: Flag = False
    ldap: LdapSettings | None = None

    @model_validator(mode="after")
    def _asks_somebody(self) -> KeysSettings:
        if self.revocation != "off" and self.authorities is None:
            raise ValueError("'revocation' asks the 'authorities', and none are named; name them, or write off")
        return self

    def rules(self) -> KeyRules:
        """Return the demands as the key ring knows them."""
        from gateway.protect.keys.rules import KeyRules, Revocation  # noqa: PLC0415 - as above

        return KeyRules(
            aes128_key_wrap=self.aes128_key_wrap == "allow",
            authorities=self.authorities,
            self_signed=self.self_signed,
            revocation=Revocation(self.revocation),
        )

    def ring(self, state: Path) -> KeyRing:
        """Return the key ring of this installation."""
        from gateway.protect.keys.ring import KeyRing  # noqa: PLC0415 - pulls in the ciphers

        return KeyRing(state / KEYS / RECIPIENTS, rules=self.rules())
