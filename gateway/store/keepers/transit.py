"""The master key in a transit service: HashiCorp Vault's, or OpenBao's, which speaks the same.

    POST /v1/<mount>/encrypt/<key>   {plaintext, associated_data}    -> {data: {ciphertext}}
    POST /v1/<mount>/decrypt/<key>   {ciphertext, associated_data}   -> {data: {plaintext}}

(developer.hashicorp.com/vault/api-docs/secret/transit; openbao.org/api-docs/secret/transit). Plain texts and
associated data go in Base64, the token in `X-Vault-Token`. The key must be of the type `aes256-gcm96`, which takes
associated data. The service numbers the versions of its key, and each cipher text says which one it is under.

Anything but a clear answer means "not now", never "damaged": only a cipher text that does not verify is that.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from gateway.errors import Damaged, Unsound
from gateway.store.keepers import fingerprint
from gateway.system.deadline import closing_within

if TYPE_CHECKING:
    from gateway.store.keepers import KeyKeeper
    from gateway.store.keepers.credential import Secret

SECONDS: Final = 10.0
LARGEST: Final = 65_536
OK: Final = 200
BAD_REQUEST: Final = 400
NOT_GENUINE: Final = (
    "message authentication failed",
    "invalid ciphertext: no prefix",
    "invalid ciphertext: wrong number of fields",
    "invalid ciphertext: version number could not be decoded",
    "invalid ciphertext: could not decode base64",
    "invalid ciphertext length",
)
"""What the service says of a cipher text that was altered, or is bound to something else.

Not "invalid ciphertext: version is too new": so says a service that was rolled back, or a replica that is behind.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitKey:
    """Which key: the service's address (https://host:8200), the engine's mount, the key's name, where the token is."""

    address: str
    mount: str
    key: str
    token: Secret
    namespace: str = ""
    ca_file: Path | None = None


class TransitKeeper:
    """`KeyKeeper` at a service. Each question has a connection of its own."""

    def __init__(self, chosen: TransitKey) -> None:
        self._chosen = chosen
        self.id = fingerprint("transit", chosen.namespace, chosen.mount, chosen.key)

    def __call__(self) -> Sequence[KeyKeeper]:
        """Be the `Holder` of this one key."""
        return (self,)

    def wrap(self, data_key: bytes, bound_to: bytes, /) -> bytes:
        """Return a data key encrypted by the service and bound to `bound_to`; `Unsound`."""
        found = self._ask("encrypt", {"plaintext": _text(data_key), "associated_data": _text(bound_to)})
        return self._field(found, "ciphertext").encode("utf-8")

    def unwrap(self, wrapped: bytes, bound_to: bytes, /) -> bytes:
        """Return the data key; `Damaged`, `Unsound`."""
        try:
            ciphertext = wrapped.decode("ascii")
        except UnicodeDecodeError:
            raise Damaged("a wrapped data key does not verify") from None
        found = self._ask("decrypt", {"ciphertext": ciphertext, "associated_data": _text(bound_to)})
        try:
            return base64.b64decode(self._field(found, "plaintext"), validate=True)
        except binascii.Error:
            raise self._unsound("its answer is not understood") from None

    def _field(self, found: object, name: str) -> str:
        """Return one string of an answer; `Unsound`."""
        data = found.get("data") if isinstance(found, dict) else None
        value = data.get(name) if isinstance(data, dict) else None
        if not isinstance(value, str) or not value:
            raise self._unsound("its answer is not understood")
        return value

    def _ask(self, act: str, question: Mapping[str, str]) -> object:
        """Return the service's answer as JSON; `Damaged` for what it says does not verify, `Unsound` for all else."""
        try:
            status, body = self._exchange(act, json.dumps(question))
            found = json.loads(body) if body else None
        except (OSError, http.client.HTTPException) as error:
            raise self._unsound(_why(error)) from None
        except (ValueError, RecursionError):
            raise self._unsound("its answer is not understood") from None
        if status == OK:
            return found
        if status == BAD_REQUEST and any(words in _errors(found) for words in NOT_GENUINE):
            raise Damaged("a wrapped data key does not verify")
        raise self._unsound(f"it answered {status}")

    def _exchange(self, act: str, question: str) -> tuple[int, bytes]:
        """Return status and body of the answer; raises what the library raises."""
        chosen, token = self._chosen, self._chosen.token.read()
        if not token or not token.isascii() or not token.isprintable():
            raise self._unsound("its token cannot be sent; it is one line of plain letters")
        headers = {"Content-Type": "application/json", "X-Vault-Request": "true", "X-Vault-Token": token}
        if chosen.namespace:
            headers["X-Vault-Namespace"] = chosen.namespace
        path = f"/v1/{quote(chosen.mount)}/{act}/{quote(chosen.key, safe='')}"
        connection = self._connect()
        connection.connect()
        with closing_within(connection.sock, SECONDS):
            connection.request("POST", path, body=question, headers=headers)
            with connection.getresponse() as answer:
                return answer.status, answer.read(LARGEST)

    def _connect(self) -> http.client.HTTPConnection:
        place = urlsplit(self._chosen.address)
        host = place.hostname or ""
        if place.scheme == "http":  # on this machine only: the settings see to it
            return http.client.HTTPConnection(host, place.port, timeout=SECONDS)
        context = ssl.create_default_context(cafile=self._chosen.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return http.client.HTTPSConnection(host, place.port, timeout=SECONDS, context=context)

    def _unsound(self, why: str) -> Unsound:
        return Unsound(
            f"the transit service at {self._chosen.address} does not help: {why}",
            hint="see that it runs, is unsealed, and that its token is valid for this key",
        )


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _errors(found: object) -> str:
    told = found.get("errors") if isinstance(found, dict) else None
    return " ".join(each for each in told if isinstance(each, str)) if isinstance(told, list) else ""


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate does not verify"
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    return str(getattr(error, "strerror", "") or type(error).__name__)
