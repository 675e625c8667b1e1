"""Which cipher an OpenPGP message says that it is sealed with, where it says so at all (RFC 9580).

Version 2 of the integrity-protected packet names its cipher (section 5.13.2). Version 1 does not, and then version 3 of
the session key packet for X25519 does (section 5.1.6); with any other, only whoever can open the message knows.
"""

from __future__ import annotations

from typing import Final

from gateway.protect.packets import Bytes, packets

AES256: Final = 9  # section 9.3
X25519: Final = 25
CIPHER_AT: Final = 1 + 8 + 1 + 32 + 1  # behind version, key id, algorithm, ephemeral key and length


def shown_aes256(message: Bytes) -> str:
    """Return the words in which a message shows AES-256, empty where it does not; `ValueError` as `packets`."""
    *keys, sealed = [packet.start for packet in packets(message)]
    if sealed[:2] == bytes([2, AES256]):
        return f"SEIPD 2, cipher {AES256}, AEAD {sealed[2]}"
    if sealed[:1] == b"\x01" and keys and all(_says_aes256(start) for start in keys):
        return f"SEIPD 1, cipher {AES256} in the session key packet"
    return ""


def _says_aes256(start: bytes) -> bool:
    return len(start) > CIPHER_AT and (start[0], start[9], start[CIPHER_AT]) == (3, X25519, AES256)
