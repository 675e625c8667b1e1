"""PGPy: seals small content in this process, for a key that gpg has judged. The only place that imports PGPy.

PGPy is not asked to judge anything: it trusts unsigned subkeys, and does not look at expiry or revocation. It is
handed a certificate with one encryption key in it. Nor is it asked to choose: by itself it takes the recipient's
first preferred cipher (AES-128, or 3DES without preferences) and turns ASCII bytes into text.

PGPy 0.6.0 reaches for ciphers where `cryptography` no longer wants them. `_put_ciphers_back` writes the same objects
to the old places, so that PGPy goes on working when the old names are gone, and without warnings meanwhile.
"""

from __future__ import annotations

import warnings
from typing import Any, Final

from cryptography.hazmat.decrepit.ciphers import algorithms as old_algorithms
from cryptography.hazmat.decrepit.ciphers import modes as old_modes
from cryptography.hazmat.primitives.ciphers import algorithms, modes

from gateway.errors import NotSealed

MOVED: Final = ("ARC4", "Blowfish", "CAST5", "Camellia", "IDEA", "SEED", "TripleDES")
RSA: Final = frozenset({1, 2})
ECDH: Final = 18
CURVES: Final = frozenset({"cv25519", "nistp256", "nistp384", "nistp521"})  # Brainpool fails in PGPy: gpg does those


def _put_ciphers_back() -> None:
    for name in MOVED:
        if hasattr(old_algorithms, name):
            setattr(algorithms, name, getattr(old_algorithms, name))
    for name in ("CFB", "CFB8", "OFB"):
        if hasattr(old_modes, name):
            setattr(modes, name, getattr(old_modes, name))


_put_ciphers_back()
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # imghdr, on Python 3.11 and 3.12
    import pgpy
    from pgpy.constants import CompressionAlgorithm, SymmetricKeyAlgorithm


def takes(algorithm: int, curve: str) -> bool:
    """Say whether PGPy can seal for such a key."""
    return algorithm in RSA or (algorithm == ECDH and curve in CURVES)


def encrypt(certificate: bytes, fingerprint: str, content: bytes, name: str) -> tuple[bytes, bytes]:
    """Return the binary message and its session key. The latter never leaves memory: gpg checks the message with it.

    `fingerprint` names the encryption key, in capitals; `name` is the literal packet's file name. Whatever PGPy
    raises goes up as it comes.
    """
    primary = pgpy.PGPKey()  # kept until the end: its subkeys refer to it weakly, and fail without it
    primary.parse(certificate)
    key = _encryption_key(primary, fingerprint)
    cipher = SymmetricKeyAlgorithm.AES256
    session_key = bytes(cipher.gen_key())
    literal = pgpy.PGPMessage.new(content, compression=CompressionAlgorithm.Uncompressed, format="b")
    # PGPy writes the name as Latin-1, the RFC wants UTF-8: hand it the UTF-8 octets, one character each
    literal._message.filename = name.encode().decode("latin-1")  # noqa: SLF001 - PGPy has no public way to set it
    literal._message.update_hlen()  # noqa: SLF001 - the same
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Selected symmetric algorithm not in key preferences")
        return bytes(key.encrypt(literal, sessionkey=session_key, cipher=cipher)), session_key


def _encryption_key(primary: Any, fingerprint: str) -> Any:  # noqa: ANN401 - PGPy has no types
    """Return the key with this fingerprint: a subkey, or the primary itself."""
    for key in (primary, *primary.subkeys.values()):
        if str(key.fingerprint).replace(" ", "").upper() == fingerprint:
            return key
    raise NotSealed("the encryption key that gpg chose is not in the certificate")
