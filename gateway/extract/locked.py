"""Signs of encryption in formats of which libarchive says nothing: 7z."""

from __future__ import annotations

AES_IN_7Z = b"\x06\xf1\x07\x01"  # 7zFormat.txt: the method 7zAES, AES-256 in CBC mode
HEADER_7Z = 32


def seven_zip_end(data: bytes) -> int:
    """Return where a 7z archive ends by its first header: beyond the data where a volume is missing."""
    return HEADER_7Z + int.from_bytes(data[12:20], "little") + int.from_bytes(data[20:28], "little")


def seven_zip_cipher(data: bytes) -> str:
    """Return `AES-256` if a coder of a 7z archive is 7zAES; a packed header hides it and shows none."""
    offset = HEADER_7Z + int.from_bytes(data[12:20], "little")
    return "AES-256" if AES_IN_7Z in data[offset : offset + 65_536] else ""
