"""Makes the files under `gateway/console/static/vendor` from the packages of npm; a maintainer runs it, seldom.

    npm pack govuk-frontend@6.6.0 htmx.org@4.0.1 axe-core@4.14.1 --pack-destination FOLDER
    .venv/bin/python -m tests.console.vendoring FOLDER

Three things are done to them, and no more. The typeface (made for GOV.UK alone), the crest and the source maps go from
GOV.UK Frontend: other services use the design system "with the exception of branding (including logos and fonts)".
htmx and its extension hx-csp become one file: as two, htmx may begin before the extension is there, and then checks no
nonce at all. What came out is locked with SHA-256; `test_console_vendored.py` looks at it on every run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SHIPPED: Final = ROOT / "gateway" / "console" / "static" / "vendor"
FOR_TESTS: Final = Path(__file__).resolve().parent / "data"
LOCK: Final = SHIPPED / "vendor.lock.json"

PACKAGES: Final[Mapping[str, str]] = {
    "govuk-frontend-6.6.0": "xctkWrQvLnvQt7fyjQ3MGX9S0wz0x0RQuLxCeoXF+s8EjGICG81/DYQGKN5qgO+0KVT12UAaRwUsGY6fulRcRg==",
    "htmx.org-4.0.1": "oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
    "axe-core-4.14.1": "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
}
"""The packages, and the SHA-512 that npm publishes for each."""

UNWANTED: Final = re.compile(r"GDS Transport|crest|/assets/|@font-face|sourceMappingURL", flags=re.IGNORECASE)
"""What must stand in no file that we ship."""


def member(folder: Path, package: str, name: str) -> str:
    """Return one file of a package; ValueError when the package is not the one that was published."""
    archive = folder / f"{package}.tgz"
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != PACKAGES[package]:
        raise ValueError(f"{archive} is not the package that npm published")
    with tarfile.open(archive) as packed:
        found = packed.extractfile(f"package/{name}")
        if found is None:
            raise ValueError(f"{archive} has no {name}")
        return found.read().decode("utf-8")


def without_branding(css: str) -> str:
    """Return the stylesheet without typeface, crest and source map."""
    css = re.sub(r"/\*![^*]*Calvert[^*]*\*/", "", css)
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = re.sub(r"GDS Transport,\s*", "", css)
    css = re.sub(r"[a-z-]+:[^;{}]*url\([^)]*govuk-crest[^)]*\)[^;}]*;?", "", css)
    return re.sub(r"/\*#\s*sourceMappingURL=.*?\*/", "", css)


def without_map(script: str) -> str:
    """Return a script without the line that names its source map."""
    return re.sub(r"//# sourceMappingURL=\S*", "", script).strip() + "\n"


def shipped(folder: Path) -> Mapping[str, str]:
    """Return the files that the console serves, by name."""
    govuk, htmx = "govuk-frontend-6.6.0", "htmx.org-4.0.1"
    return {
        "govuk-frontend.min.css": without_branding(member(folder, govuk, "dist/govuk/govuk-frontend.min.css")),
        "govuk-frontend.min.js": without_map(member(folder, govuk, "dist/govuk/govuk-frontend.min.js")),
        "htmx-csp.min.js": without_map(member(folder, htmx, "dist/htmx.min.js"))
        + without_map(member(folder, htmx, "dist/ext/hx-csp.min.js")),
        "LICENSE.htmx.txt": member(folder, htmx, "LICENSE"),
    }


def digest(path: Path) -> str:
    """Return a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(folder: Path) -> None:
    """Write the files and their lock."""
    for name, text in shipped(folder).items():
        if UNWANTED.search(text):
            raise ValueError(f"{name} still holds {UNWANTED.findall(text)}")
        (SHIPPED / name).write_text(text, encoding="utf-8")
    (FOR_TESTS / "axe.min.js").write_text(member(folder, "axe-core-4.14.1", "axe.min.js"), encoding="utf-8")
    files = sorted(path for path in (*SHIPPED.iterdir(), FOR_TESTS / "axe.min.js") if path != LOCK)
    lock = {"packages": list(PACKAGES), "files": {str(path.relative_to(ROOT)): digest(path) for path in files}}
    LOCK.write_text(json.dumps(lock, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
