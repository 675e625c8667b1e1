"""What several sections of `config/gateway.yaml` share: where a secret is, this machine itself, and relative paths."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, TypeVar

from pydantic import AfterValidator, model_validator

from gateway.model.validation import Strict

if TYPE_CHECKING:
    from gateway.store.keepers.credential import Secret

S = TypeVar("S", bound=Strict)
CREDENTIAL: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")


def _credential(given: str) -> str:
    if not CREDENTIAL.fullmatch(given):
        raise ValueError(f"'{given}' is no name of a credential; write the one that stands in the unit")
    return given


CredentialName: TypeAlias = Annotated[str, AfterValidator(_credential)]


class SecretSettings(Strict):
    """Where a secret is: in a private file, or a systemd credential (below `folder` outside of the service)."""

    file: Path | None = None
    credential: CredentialName | None = None
    folder: Path | None = None

    @model_validator(mode="after")
    def _one(self) -> SecretSettings:
        if (self.file is None) == (self.credential is None):
            raise ValueError("a secret is in one place; name 'file' or 'credential'")
        return self

    def secret(self) -> Secret:
        """Return the secret as the store reads it."""
        from gateway.store.keepers.credential import Credential, Secret  # noqa: PLC0415 - pulls in the ciphers

        if self.credential is None:
            return Secret(file=self.file)
        return Secret(credential=Credential(name=self.credential, folder=self.folder))


def below(section: S, home: Path) -> S:
    """Return a section with absolute paths, in what is within it too: relative ones are below `home`."""
    fields = {name: getattr(section, name) for name in type(section).model_fields}
    return section.model_copy(update={name: _below(value, home) for name, value in fields.items() if value is not None})


def _below(value: object, home: Path) -> object:
    if isinstance(value, Path):
        return home / value
    if isinstance(value, Strict):
        return below(value, home)
    return tuple(_below(each, home) for each in value) if isinstance(value, tuple) else value


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
