"""Signs of encryption in formats that are not opened: OpenPGP packets, 7z coders, ZIP entries."""

from __future__ import annotations

import zipfile

AES_IN_7Z = b"\x06\xf1\x07\x01"  # 7zFormat.txt: the method 7zAES, AES-256 in CBC mode
AES_EXTRA = b"\x01\x99"  # the extra field 0x9901 of WinZip's AE-1 and AE-2
STRONG = 1 << 6


def pgp_packet(data: bytes) -> str:
    """Return `OpenPGP` if the file starts with an encrypted-session-key packet (RFC 9580 4.2, 5.1, 5.3)."""
    if len(data) < 16:  # noqa: PLR2004 - no such packet is shorter
        return ""
    first = data[0]
    versions: tuple[int, ...] = ()
    if first in (0x84, 0x85, 0x86, 0xC1):
        versions = (2, 3, 6)
    elif first in (0x8C, 0x8D, 0xC3):
        versions = (4, 5, 6)
    length_bytes = {0x84: 1, 0x85: 2, 0x86: 4, 0x8C: 1, 0x8D: 2}.get(first, _new_length(data[1]))
    return "OpenPGP" if versions and data[1 + length_bytes] in versions else ""


def _new_length(octet: int) -> int:
    """Return how many octets a new-format length takes (RFC 9580 4.2.1)."""
    return 1 if octet < 192 else 2 if octet < 224 else 5  # noqa: PLR2004 - the limits of the standard


def seven_zip_cipher(data: bytes) -> str:
    """Return `AES-256` if a coder of a 7z archive is 7zAES; a packed header hides it and shows none."""
    offset = 32 + int.from_bytes(data[12:20], "little")
    return "AES-256" if AES_IN_7Z in data[offset : offset + 65_536] else ""


def zip_cipher(entry: zipfile.ZipInfo) -> str:
    """Name the method of an encrypted ZIP entry, as APPNOTE 7.2 and WinZip's AE-2 description have it."""
    if not entry.flag_bits & 1:
        return ""
    if entry.compress_type == 99:  # noqa: PLR2004 - AE-x
        at = entry.extra.find(AES_EXTRA)
        strength = entry.extra[at + 8] if 0 <= at < len(entry.extra) - 8 else 0
        return {1: "AES-128", 2: "AES-192", 3: "AES-256"}.get(strength, "AES")
    return "strong encryption" if entry.flag_bits & STRONG else "ZipCrypto"
