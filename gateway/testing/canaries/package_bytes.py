"""Office packages written by hand (ECMA-376 part 2; OpenDocument 1.3 part 2): no library writes every hiding place."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Final

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MANIFEST: Final = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
TYPES: Final = {
    "rels": "application/vnd.openxmlformats-package.relationships+xml",
    "xml": "application/xml",
    "vml": "application/vnd.openxmlformats-officedocument.vmlDrawing",
    "png": "image/png",
    "bin": "application/octet-stream",
    "html": "text/html",
    "mht": "message/rfc822",
    "rtf": "application/rtf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Links = Mapping[str, Sequence[tuple[str, str]]]


def zipped(files: Mapping[str, bytes], stored: Sequence[str] = ()) -> bytes:
    """Return a ZIP of these files, the same bytes each time."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            how = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, how)
    return target.getvalue()


def office(parts: Mapping[str, str | bytes], types: Mapping[str, str], links: Links) -> bytes:
    """Return an OOXML package: `types` by part, and by part (`""` is the package) the kind and target of its links.

    A kind is the last step of a relationship's type, or all of it. A target with a colon or a backslash is outside.
    The links of a part are called `rId1` and so on.
    """
    defaults = "".join(f'<Default Extension="{ending}" ContentType="{said}"/>' for ending, said in TYPES.items())
    overrides = "".join(f'<Override PartName="/{name}" ContentType="{said}"/>' for name, said in types.items())
    files = {
        "[Content_Types].xml": (
            f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">{defaults}{overrides}</Types>'
        ).encode()
    }
    for source, targets in links.items():
        folder, _, name = source.rpartition("/")
        rows = "".join(_link(number, kind, target) for number, (kind, target) in enumerate(targets, 1))
        path = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
        files[path] = f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'.encode()
    files |= {
        name: content if isinstance(content, bytes) else (DECLARATION + content).encode()
        for name, content in parts.items()
    }
    return zipped(files)


def _link(number: int, kind: str, target: str) -> str:
    """Return one relationship."""
    mode = ' TargetMode="External"' if ":" in target or "\\" in target else ""
    whole = kind if kind.startswith("http") else f"{RELATIONS}/{kind}"
    return f'<Relationship Id="rId{number}" Type="{whole}" Target="{target}"{mode}/>'


def open_document(media_type: str, parts: Mapping[str, str | bytes]) -> bytes:
    """Return an OpenDocument package: its media type first and not packed."""
    listed = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>' for name in parts
    )
    manifest = (
        f'<manifest:manifest xmlns:manifest="{MANIFEST}" manifest:version="1.3">'
        '<manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{media_type}"/>{listed}</manifest:manifest>'
    )
    files = {"mimetype": media_type.encode()}
    for name, content in {**parts, "META-INF/manifest.xml": manifest}.items():
        files[name] = (
            content if isinstance(content, bytes) else ('<?xml version="1.0" encoding="UTF-8"?>\n' + content).encode()
        )
    return zipped(files, stored=["mimetype"])
