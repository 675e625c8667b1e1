"""Encrypted Office documents ([MS-OFFCRYPTO]): how strong the encryption really is, and opening them with a password.

Everything is decrypted in memory, by the ciphers of msoffcrypto-tool: its file classes write temporary files. What the
programs themselves open without asking (a password that everyone knows) is no protection, and is tried with none.
"""

from __future__ import annotations

import base64
import io
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from cryptography.hazmat.backends import default_backend
from msoffcrypto.method.ecma376_agile import ECMA376Agile
from msoffcrypto.method.ecma376_standard import ECMA376Standard

from gateway.extract import Found, Inner, Limits, Locked, media
from gateway.extract.formats.office97.ole import Storage
from gateway.extract.formats.office97.ole_objects import beside
from gateway.model.inspection import Gap, GapKind

BACKEND: Final = default_backend()  # loaded here: behind the walls there is no disk to load it from
EVERYONE_KNOWS: Final = ("VelvetSweatshop", "/01Hannes Ruescher/01")
"""What Excel and PowerPoint try by themselves ([MS-OFFCRYPTO] 2.1.10; both are tried for every document)."""
MOST_SPINS: Final = 1_000_000  # Office writes 100,000; a second of work for each password
AES: Final = {0x660E: 128, 0x660F: 192, 0x6610: 256}
RC4: Final = 0x6801


class LockedOfficeExtractor:
    """Opens Office Open XML documents that were encrypted into an OLE file."""

    name = "locked_office"
    media_types = frozenset({media.LOCKED_OFFICE})

    def open(self, data: bytes, limits: Limits) -> Iterable[Found]:  # noqa: ARG002 - what is inside is no longer
        """Return the properties that lie open, and the package under its lock."""
        storage = Storage(data)
        yield from beside(storage, locked=True)
        info = storage.read("EncryptionInfo")
        managed = storage.has("\tDRMContent") or any("drm" in name.lower() for path in storage.paths for name in path)
        if managed or len(info) < 8:  # noqa: PLR2004 - a version and flags
            yield Gap(part="", kind=GapKind.ENCRYPTED, detail="rights management" if managed else "unknown")
            return
        version = struct.unpack_from("<HH", info)
        if version == (4, 4):
            yield _agile(storage, info[8:])
        elif version[1] == 2:  # noqa: PLR2004 - standard encryption
            yield _standard(storage, info)
        else:
            yield Locked(cipher="extensible encryption", unlock=never)


def never(_password: str) -> None:
    """Open nothing: what no reader of ours can decrypt."""


def first_that_fits(password: str, fits: Callable[[str], bool]) -> str | None:
    """Return the password that fits: the one given, or, where none is, one that everyone knows."""
    known: tuple[str, ...] = () if password else EVERYONE_KNOWS
    return next((each for each in (password, *known) if fits(each)), None)


@dataclass(slots=True)
class _Descriptor:
    """The attributes of an agile encryption descriptor by element ([MS-OFFCRYPTO] 2.3.4.10)."""

    elements: dict[str, dict[str, str]]

    def number(self, element: str, attribute: str) -> int:
        """Return a number, or nothing for what is none."""
        said = self.elements.get(element, {}).get(attribute, "")
        return int(said) if said.isascii() and said.isdecimal() else 0

    def said(self, element: str, attribute: str) -> str:
        """Return an attribute."""
        return self.elements.get(element, {}).get(attribute, "")

    def data(self, attribute: str, element: str = "encryptedKey") -> bytes:
        """Return what is written in base64."""
        return base64.b64decode(self.said(element, attribute))


def _described(xml: bytes) -> _Descriptor:
    """Read a descriptor; `expat.ExpatError`, `ValueError`."""
    found: dict[str, dict[str, str]] = {}
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        found.setdefault(name.rpartition(":")[2], {}).update(attributes)

    def refuse(*_: object) -> None:
        raise ValueError("an entity is declared")

    parser.StartElementHandler, parser.EntityDeclHandler = start, refuse
    parser.Parse(xml.rstrip(b"\0"), True)  # noqa: FBT003 - expat's own signature
    return _Descriptor(found)


def _agile(storage: Storage, xml: bytes) -> Locked:
    """Lock of agile encryption: the weaker of the two keys is its strength."""
    about = _described(xml)
    bits = min(about.number("keyData", "keyBits"), about.number("encryptedKey", "keyBits") or 1 << 16)
    cipher = about.said("keyData", "cipherAlgorithm") or "unknown"
    named = f"Agile {cipher}-{bits}"
    spins = about.number("encryptedKey", "spinCount")
    chained = about.said("keyData", "cipherChaining") == "ChainingModeCBC"
    if cipher != "AES" or not chained or "encryptedKey" not in about.elements or spins > MOST_SPINS:
        return Locked(cipher=named, unlock=never)
    how = about.data("saltValue"), about.said("encryptedKey", "hashAlgorithm")
    key_bits = about.number("encryptedKey", "keyBits")

    def fits(password: str) -> bool:
        verifier = about.data("encryptedVerifierHashInput"), about.data("encryptedVerifierHashValue")
        return bool(ECMA376Agile.verify_password(password, *how, *verifier, spins, key_bits))

    def unlock(password: str) -> Iterable[Found] | None:
        found = first_that_fits(password, fits)
        if found is None:
            return None
        key = ECMA376Agile.makekey_from_password(found, *how, about.data("encryptedKeyValue"), spins, key_bits)
        salt, digest = about.data("saltValue", "keyData"), about.said("keyData", "hashAlgorithm")
        package = io.BytesIO(storage.read("EncryptedPackage"))
        return [Inner(name="package", data=ECMA376Agile.decrypt(key, salt, digest, package))]

    return Locked(cipher=named, unlock=unlock)


def _standard(storage: Storage, info: bytes) -> Locked:
    """Lock of standard encryption ([MS-OFFCRYPTO] 2.3.4.5)."""
    (size,) = struct.unpack_from("<L", info, 8)
    algorithm, digest, bits, provider = struct.unpack_from("<4L", info, 20)
    salt_size, salt, verifier, _, check = struct.unpack_from("<L16s16sL32s", info[12 + size :].ljust(72, b"\0"))
    if algorithm not in AES:
        return Locked(cipher="Standard RC4" if algorithm == RC4 else "Standard unknown", unlock=never)

    def key(password: str) -> bytes:
        made: bytes = ECMA376Standard.makekey_from_password(
            password, algorithm, digest, provider, AES[algorithm], salt_size, salt
        )
        return made

    def unlock(password: str) -> Iterable[Found] | None:
        found = first_that_fits(password, lambda each: bool(ECMA376Standard.verifykey(key(each), verifier, check)))
        if found is None:
            return None
        package = storage.read("EncryptedPackage")
        package = package[: 8 + (len(package) - 8) // 16 * 16]
        return [Inner(name="package", data=ECMA376Standard.decrypt(key(found), io.BytesIO(package)))]

    return Locked(cipher=f"Standard AES-{min(AES[algorithm], bits or 1 << 16)}", unlock=unlock)
