"""Signatures: the octets by which a file says what it is, at its start or at a fixed place.

What no extractor opens is named as well, so that the gap says what it was. Names are IANA's where there is one.
Sources: the specifications of each format; [MS-SHLLINK], [MS-ONESTORE], [MS-PST] for those of Windows.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.extract import media

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", media.PDF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"\xd7\xcd\xc6\x9a", media.WMF),
    (b"VCLMTF\x01\x00", media.SVM),
    (b"\x00\x05\x16\x07\x00\x02", media.APPLE_FILE),  # AppleDouble, RFC 1740 appendix B
    (b"\x00\x05\x16\x00\x00\x02", media.APPLE_FILE),  # AppleSingle
    (b"\x00\x00\x00\x01Bud1", media.DS_STORE),
    (b"\x01\x00\x09\x00\x00\x01", media.WMF),  # without the header that makes it placeable
    (b"\x01\x00\x09\x00\x00\x03", media.WMF),
    (b"\x00\x00\x01\x00", "image/vnd.microsoft.icon"),
    (b"8BPS\x00", "image/vnd.adobe.photoshop"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/jp2"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"AT&TFORM", "image/vnd.djvu"),
    (b"{\\rt", media.RTF),  # all that Word looks at
    (b"7z\xbc\xaf\x27\x1c", media.SEVEN_ZIP),
    (b"Rar!\x1a\x07", media.RAR),
    (b"\x1f\x8b\x08", media.GZIP),
    (b"\x1f\x9d", media.COMPRESS),
    (b"\xfd7zXZ\x00", media.XZ),
    (b"\x28\xb5\x2f\xfd", media.ZSTD),
    (b"MSCF\x00\x00\x00\x00", media.CAB),
    (b"!<arch>\n", media.AR),
    (b"070701", media.CPIO),
    (b"070702", media.CPIO),
    (b"070707", media.CPIO),
    (b"\xc7\x71", media.CPIO),
    (b"\x78\x9f\x3e\x22", media.TNEF),
    (OLE, media.OLE),
    (b"-----BEGIN PGP MESSAGE", media.PGP),
    (b"!BDN", "application/vnd.ms-outlook-pst"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"\x7fELF", "application/x-elf"),
    (b"\xca\xfe\xba\xbe", "application/java-vm"),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (b"\xce\xfa\xed\xfe", "application/x-mach-binary"),
    (b"\x00asm", "application/wasm"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "application/onenote"),
    (b"\x00\x01\x00\x00Standard Jet DB", "application/vnd.ms-access"),
    (b"\x00\x01\x00\x00Standard ACE DB", "application/vnd.ms-access"),
    (b"ITSF\x03\x00\x00\x00", "application/vnd.ms-htmlhelp"),
    (b"\xffWPC", "application/vnd.wordperfect"),
    (b"%!PS", "application/postscript"),
    (b"\xc5\xd0\xd3\xc6", "application/postscript"),
    (b"AC10", "image/vnd.dwg"),
    (b"\xfe\xed\xfe\xed", "application/x-java-keystore"),
    (b"\xed\xab\xee\xdb", "application/x-rpm"),
    (b"xar!", "application/x-xar"),
    (b"MSWIM\x00\x00\x00", "application/x-ms-wim"),
    (b"PAR1", "application/vnd.apache.parquet"),
    (b"\x89HDF\r\n\x1a\n", "application/x-hdf5"),
    (b"$FL2", "application/x-spss-sav"),
    (b"\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"),
    (b"\xa1\xb2\xc3\xd4", "application/vnd.tcpdump.pcap"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"OTTO\x00", "font/otf"),
    (b"\x00\x01\x00\x00\x00", "font/ttf"),
    (b"ID3\x02", "audio/mpeg"),
    (b"ID3\x03", "audio/mpeg"),
    (b"ID3\x04", "audio/mpeg"),
    (b"fLaC\x00", "audio/flac"),
    (b"OggS\x00", "audio/ogg"),
    (b"#!AMR", "audio/amr"),
    (b"MThd\x00", "audio/midi"),
    (b"\x1a\x45\xdf\xa3", "video/matroska"),
    (b"FLV\x01", "video/x-flv"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
)
PLACED: Final[tuple[tuple[int, bytes, str], ...]] = (
    (32_769, b"CD001", media.ISO),
    (128, b"DICM", "application/dicom"),
)
BITMAP_HEADERS: Final = frozenset({12, 16, 40, 52, 56, 64, 108, 124})  # lengths
RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
STILLS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"})
AVIF: Final = frozenset({b"avif", b"avis"})
BZIP2: Final = re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)")
LHA: Final = re.compile(rb"..-l(?:h[0-7d]|z[45s])-", re.DOTALL)
PNM: Final = re.compile(rb"P(?:[1-6]\s+(?:#[^\n]*\n\s*)*\d{1,6}\s+(?:#[^\n]*\n\s*)*\d{1,6}\s|7\nWIDTH )")
MP3: Final = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xef]", re.DOTALL)
SKIPPED_FRAME: Final = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18", re.DOTALL)


def signed_as(data: bytes) -> list[str]:
    """Return the types that a file's signatures speak of, most often one or none."""
    seen = [kind for magic, kind in MAGIC if data.startswith(magic)]
    seen += [kind for at, magic, kind in PLACED if data.startswith(magic, at)]
    if seen:
        return seen
    for look in (_boxed, _patterned, _program):
        if kind := look(data):
            return [kind]
    return []


def _boxed(data: bytes) -> str:
    """Name what has its signature behind a length: bitmaps, RIFF, the boxes of ISO/IEC 14496-12, EMF."""
    if data[:2] == b"BM" and (data[6:10] == b"\0\0\0\0" or int.from_bytes(data[14:18], "little") in BITMAP_HEADERS):
        return "image/bmp"
    if data[:4] == b"RIFF":
        return RIFF.get(data[8:12], "")
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand in AVIF:
            return "image/avif"
        return "image/heif" if brand in STILLS else "audio/mp4" if brand[:2] == b"M4" else "video/mp4"
    if data[4:8] in {b"moov", b"mdat", b"wide"} and data[:1] == b"\0":
        return "video/quicktime"
    return media.EMF if data[:4] == b"\1\0\0\0" and data[40:44] == b" EMF" else ""


def _patterned(data: bytes) -> str:
    """Name what begins in one of several ways."""
    if BZIP2.match(data):
        return media.BZIP2
    if LHA.match(data):
        return media.LHA
    if SKIPPED_FRAME.match(data):
        return media.ZSTD
    if PNM.match(data):
        return "image/x-portable-anymap"
    if _is_lzma(data):
        return media.LZMA
    return "audio/mpeg" if MP3.match(data) else ""


def _is_lzma(data: bytes) -> bool:
    """Say whether a file begins as .lzma does: properties, a dictionary of a usual size, a length, and a zero."""
    if data[:1] != b"\x5d" or data[13:14] != b"\0":
        return False
    dictionary, length = int.from_bytes(data[1:5], "little"), int.from_bytes(data[5:13], "little")
    is_usual = dictionary == 0xFFFFFFFF or (dictionary and dictionary & (dictionary - 1) in {0, dictionary // 3 * 2})  # noqa: PLR2004 - 2^n or 2^n + 2^(n-1)
    return bool(is_usual) and (length == (1 << 64) - 1 or length < 1 << 40)


def _program(data: bytes) -> str:
    """Name programs for DOS and Windows: two letters alone are too little to go by ([PE] 2)."""
    if data[:2] != b"MZ":
        return ""
    at = int.from_bytes(data[60:64], "little")
    return "application/vnd.microsoft.portable-executable" if data[at : at + 2] in {b"PE", b"NE", b"LE"} else (
        "application/x-dosexec" if b"\0" in data[:64] else ""
    )  # fmt: skip
