"""The section `vault` of `config/gateway.yaml`: who keeps the vault's master key."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from gateway.config.sections import CredentialName, SecretSettings, is_loopback
from gateway.model.validation import Strict, Words

if TYPE_CHECKING:
    from gateway.store.keepers import Holder, Ring

KEYS: Final = "keys"
MASTER_KEY: Final = "master.key"
PLACE: Final = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


def _place(given: str) -> str:
    if not PLACE.fullmatch(given):
        raise ValueError(f"'{given}' is not understood; write letters, digits, '-', '_' and '/', like secret/transit")
    return given


def _address(given: str) -> str:
    misunderstood = f"'{given}' is not understood; write https://host:port"
    try:
        place = urlsplit(given)
        port = place.port
    except ValueError:
        raise ValueError(misunderstood) from None
    if place.username is not None:
        raise ValueError("no name and no password stands in an address; put the token into a file")
    is_whole = bool(place.hostname) and port != 0 and place.scheme in {"http", "https"}
    if not is_whole or place.path.strip("/") or place.query or place.fragment:
        raise ValueError(misunderstood)
    if place.scheme == "http" and not is_loopback(place.hostname or ""):
        raise ValueError(f"'{given}' would send data keys in clear; write https, http is for this machine only")
    return given.rstrip("/")


Place: TypeAlias = Annotated[str, AfterValidator(_place)]


class FileKeySettings(Strict):
    """32 bytes in a file; without `path` the one in the state folder. The keys before it lie in `former/` beside it."""

    kind: Literal["file"]
    path: Path | None = None


class CredentialKeySettings(Strict):
    """32 bytes that systemd hands to the service. `folder` is where commands outside of the service find them."""

    kind: Literal["credential"]
    name: CredentialName
    folder: Path | None = None


class TokenKeySettings(Strict):
    """An AES-256 key that never leaves its PKCS#11 token."""

    kind: Literal["pkcs11"]
    module: Path
    token: Words
    key: Words
    pin: SecretSettings


class TransitKeySettings(Strict):
    """A key of a transit service: HashiCorp Vault, OpenBao."""

    kind: Literal["transit"]
    address: Annotated[Words, AfterValidator(_address)]
    mount: Place = "transit"
    key: Place
    token: SecretSettings
    namespace: Place | None = None
    ca_file: Path | None = None


KeySettings: TypeAlias = Annotated[
    FileKeySettings | CredentialKeySettings | TokenKeySettings | TransitKeySettings, Field(discriminator="kind")
]


class VaultSettings(Strict):
    """Who keeps the key that wraps what is new, and who keeps those before it, as long as objects name them."""

    key: KeySettings = FileKeySettings(kind="file")
    former: tuple[KeySettings, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> VaultSettings:
        if any(each in (self.key, *self.former[:number]) for number, each in enumerate(self.former)):
            raise ValueError("a key stands here twice; under 'former' are keys that were in use before")
        return self

    @property
    def hash(self) -> str:
        """Tell one configuration of keepers from another; it says nothing about a key."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def files(self, state: Path) -> tuple[Path, ...]:
        """Return the files of the master keys that are kept in files."""
        return tuple(_file(each, state) for each in (self.key, *self.former) if isinstance(each, FileKeySettings))

    def own_file(self, state: Path) -> Path | None:
        """Return the file of the master key in use; None when it is kept elsewhere."""
        return _file(self.key, state) if isinstance(self.key, FileKeySettings) else None

    def holders(self, state: Path) -> Sequence[tuple[str, Holder]]:
        """Return who holds each key, in words and as the store asks them; none is asked yet."""
        return [(_described(each, state), _holder(each, state)) for each in (self.key, *self.former)]

    def ring(self, state: Path) -> Ring:
        """Return the keepers; none of them is asked yet."""
        from gateway.store.keepers import Ring  # noqa: PLC0415 - with the others, see `_holder`

        return Ring(*(holder for _, holder in self.holders(state)))


def _described(key: KeySettings, state: Path) -> str:
    if isinstance(key, CredentialKeySettings):
        return f"credential {key.name}"
    if isinstance(key, TokenKeySettings):
        return f"key {key.key} in the token {key.token}"
    if isinstance(key, TransitKeySettings):
        return f"key {key.key} of the transit service {key.address}"
    return f"file {_file(key, state)}"


def _file(key: FileKeySettings, state: Path) -> Path:
    return key.path or state / KEYS / MASTER_KEY


def _holder(key: KeySettings, state: Path) -> Holder:
    """Return who holds a key. Imported late: a command that opens no vault needs no cipher."""
    from gateway.store.keepers import credential, file, token, transit  # noqa: PLC0415 - as the docstring says

    if isinstance(key, CredentialKeySettings):
        return credential.CredentialKeys(credential.Credential(name=key.name, folder=key.folder))
    if isinstance(key, TokenKeySettings):
        chosen = token.TokenKey(module=key.module, token=key.token, key=key.key, pin=key.pin.secret())
        return token.TokenKeeper(chosen)
    if isinstance(key, TransitKeySettings):
        return transit.TransitKeeper(
            transit.TransitKey(
                address=key.address,
                mount=key.mount,
                key=key.key,
                token=key.token.secret(),
                namespace=key.namespace or "",
                ca_file=key.ca_file,
            )
        )
    return file.FileKeys(_file(key, state))
