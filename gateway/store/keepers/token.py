"""The master key in a PKCS#11 token (an HSM, a smart card, SoftHSM2): AES-256 that never leaves it.

CKM_AES_GCM with a random nonce and the binding as additional data (PKCS #11 v3.1, 6.13.4), through python-pkcs11, the
optional dependency `pkcs11`. Wrapped: the nonce (12 bytes), what was encrypted (32), the tag (16). A key that may be
taken out of its token is refused: it would be no better than a file. The session is opened when it is first needed,
and again after a failure: a token may be taken out and put back.
"""

from __future__ import annotations

import importlib
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway.errors import Damaged, Unsound
from gateway.store.keepers import fingerprint
from gateway.store.master_key import NONCE, SIZE

if TYPE_CHECKING:
    from gateway.store.keepers import KeyKeeper
    from gateway.store.keepers.credential import Secret

TAG_BITS: Final = 128
PROBE: Final = bytes(SIZE)
ONE_AT_A_TIME: Final = threading.Lock()
"""For all tokens of a process: python-pkcs11 does not ask a module for locks of its own (C_Initialize)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """Which key: the module's file, the token's label, the key's label, and where the PIN is."""

    module: Path
    token: str
    key: str
    pin: Secret


class TokenKeeper:
    """`KeyKeeper` on a token, with one session."""

    def __init__(self, chosen: TokenKey) -> None:
        self._chosen = chosen
        self.id = fingerprint("pkcs11", chosen.token, chosen.key)
        self._session: Any = None
        self._key: Any = None
        self._refused_pin = ""

    def __call__(self) -> Sequence[KeyKeeper]:
        """Be the `Holder` of this one key."""
        return (self,)

    def wrap(self, data_key: bytes, bound_to: bytes, /) -> bytes:
        """Return a data key encrypted by the token and bound to `bound_to`; `Unsound`."""
        nonce = secrets.token_bytes(NONCE)
        encrypted = self._asked(lambda key: key.encrypt(data_key, **_gcm(nonce, bound_to)))
        return nonce + encrypted

    def unwrap(self, wrapped: bytes, bound_to: bytes, /) -> bytes:
        """Return the data key; `Damaged`, `Unsound`.

        Tokens have no common answer for what does not verify. One that does its work and refuses again means it.
        """
        nonce, encrypted = wrapped[:NONCE], wrapped[NONCE:]
        if len(encrypted) != SIZE + TAG_BITS // 8:
            raise Damaged("a wrapped data key does not verify")
        try:
            return self._asked(lambda key: key.decrypt(encrypted, **_gcm(nonce, bound_to)))
        except Unsound:
            self._probe()
        try:  # it may have been away for that moment
            return self._asked(lambda key: key.decrypt(encrypted, **_gcm(nonce, bound_to)))
        except Unsound:
            raise Damaged("a wrapped data key does not verify") from None

    def _probe(self) -> None:
        """See that the token encrypts and decrypts; `Unsound`."""
        nonce = secrets.token_bytes(NONCE)
        encrypted = self._asked(lambda key: key.encrypt(PROBE, **_gcm(nonce, b"probe")))
        if self._asked(lambda key: key.decrypt(encrypted, **_gcm(nonce, b"probe"))) != PROBE:
            raise Unsound(f"the token {self._chosen.token} does not decrypt what it encrypted", hint="replace it")

    def _asked(self, act: Callable[[Any], bytes]) -> bytes:
        """Let the token act; once more in a fresh session when it fails. `Unsound`, with the token's own word."""
        with ONE_AT_A_TIME:
            for last in (False, True):
                try:
                    return bytes(act(self._open()))
                except _errors() as error:
                    self._close()
                    if last:
                        raise self._unsound(error) from None
            raise AssertionError  # the loop returns or raises

    def _open(self) -> Any:  # noqa: ANN401 - an optional library's
        if self._key is None:
            pkcs11, chosen = _library(), self._chosen
            if not chosen.module.is_file():
                raise Unsound(f"there is no PKCS#11 module at {chosen.module}", hint="install the token's software")
            token = pkcs11.lib(str(chosen.module)).get_token(token_label=chosen.token)
            self._session = self._log_in(token)
            key = self._session.get_key(object_class=pkcs11.ObjectClass.SECRET_KEY, label=chosen.key)
            self._require_sound(key)
            self._key = key
        return self._key

    def _log_in(self, token: Any) -> Any:  # noqa: ANN401 - as above
        """Return a session. A PIN that was refused is not said twice: after a few times a token locks itself."""
        faults, pin = _library().exceptions, self._chosen.pin.read()
        if pin != self._refused_pin:
            try:
                return token.open(user_pin=pin)
            except faults.UserAlreadyLoggedIn:  # by another key's session: a login is the whole process's
                return token.open()
            except (faults.PinIncorrect, faults.PinInvalid, faults.PinLenRange):
                self._refused_pin = pin
        raise Unsound(
            f"the token {self._chosen.token} refuses its PIN",
            hint="write the right one; a token locks itself when it is told a wrong one a few times",
        )

    def _require_sound(self, key: Any) -> None:  # noqa: ANN401 - as above
        pkcs11 = _library()
        if key.key_type is not pkcs11.KeyType.AES or key.key_length != SIZE * 8:
            raise Unsound(f"the key {self._chosen.key} in the token is not AES-256", hint="make one that is")
        if key[pkcs11.Attribute.EXTRACTABLE] or not key[pkcs11.Attribute.SENSITIVE]:
            raise Unsound(
                f"the key {self._chosen.key} may be taken out of its token",
                hint="make it sensitive and not extractable",
            )

    def _close(self) -> None:
        session, self._session, self._key = self._session, None, None
        if session is not None:
            try:
                session.close()
            except _errors():
                return  # it went with the token

    def _unsound(self, error: Exception) -> Unsound:
        told = type(error).__name__
        return Unsound(
            f"the token {self._chosen.token} does not do its work ({told})",
            hint="see that it is plugged in, that its PIN is right and that it holds the key",
        )


def _gcm(nonce: bytes, bound_to: bytes) -> dict[str, Any]:
    pkcs11 = _library()
    return {
        "mechanism": pkcs11.Mechanism.AES_GCM,
        "mechanism_param": pkcs11.GCMParams(nonce, bound_to, TAG_BITS),
    }


def _errors() -> type[Exception]:
    """Return the class of all that the library raises."""
    found: type[Exception] = _library().exceptions.PKCS11Error
    return found


def _library() -> Any:  # noqa: ANN401 - as above
    try:
        return importlib.import_module("pkcs11")
    except ImportError:
        raise Unsound("python-pkcs11 is not installed", hint="pip install 'secure-transfer-gateway[pkcs11]'") from None
