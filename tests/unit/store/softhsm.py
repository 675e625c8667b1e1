"""SoftHSM2 with a token in a folder of its own: a real PKCS#11 neighbour without hardware."""

from __future__ import annotations

import importlib
import os
import subprocess
from pathlib import Path
from typing import Any, Final

PIN: Final = "271828"
MODULES: Final = tuple(
    Path(place) / "libsofthsm2.so"
    for place in ("/usr/lib/softhsm", "/usr/lib/x86_64-linux-gnu/softhsm", "/usr/lib/aarch64-linux-gnu/softhsm")
)


def module() -> Path:
    """Return the module's file."""
    return next((path for path in MODULES if path.is_file()), MODULES[0])


def make_token(folder: Path, label: str) -> None:
    """Make a token below `folder` and let SoftHSM2 find it in this process."""
    settings = folder / "softhsm2.conf"
    (folder / "tokens").mkdir(exist_ok=True)
    settings.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "31415926"],
        check=True,
        capture_output=True,
    )
    pkcs11: Any = importlib.import_module("pkcs11")
    pkcs11.lib(str(module())).reinitialize()


def make_key(token: str, label: str, *, bits: int = 256, may_leave: bool = False) -> None:
    """Make an AES key in a token."""
    pkcs11: Any = importlib.import_module("pkcs11")
    template = {pkcs11.Attribute.EXTRACTABLE: may_leave, pkcs11.Attribute.SENSITIVE: not may_leave}
    with pkcs11.lib(str(module())).get_token(token_label=token).open(rw=True, user_pin=PIN) as session:
        session.generate_key(pkcs11.KeyType.AES, bits, label=label, store=True, template=template)
