"""TLS of the mail door: STARTTLS (RFC 3207) and TLS from the first byte (RFC 8314), 1.2 or later (RFC 8996).

A certificate that was renewed is taken up while the door is open; one that cannot be used leaves the last one in force.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from gateway.errors import Unsound
from gateway.store.master_key import read_private
from gateway.system.log import get_log

Seen = tuple[tuple[int, int, int], ...]


class DoorTls:
    """The certificate of a door with its key, in two PEM files; `context` is for every new connection.

    Raises `Unsound` when they cannot be used: missing, not of one another, or a key that others can read.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = (certificate, key)
        self._seen = self._look()
        self.context = self._load()

    def refresh(self) -> None:
        """Take up files that changed. Connections that are open keep what they have."""
        try:
            seen = self._look()
            if seen == self._seen:
                return
            self._seen = seen  # so that files that will not do are complained of once
            self.context = self._load()
        except Unsound as trouble:
            get_log().error("mail:certificate-not-taken", error=trouble)
        else:
            get_log().info("mail:certificate-taken")

    def _load(self) -> ssl.SSLContext:
        certificate, key = self._files
        read_private(Path(os.path.realpath(key)))  # renewal programs put a link where the key is looked for
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(certificate, key, password="")
        except (ssl.SSLError, OSError, ValueError) as error:
            raise Unsound(
                f"the mail door cannot use the certificate {certificate} with the key {key} ({type(error).__name__})",
                hint="both are PEM, the key has no passphrase and belongs to the first certificate of the file",
            ) from None
        return context

    def _look(self) -> Seen:
        try:
            return tuple((about.st_ino, about.st_size, about.st_mtime_ns) for about in map(Path.stat, self._files))
        except OSError as error:
            raise Unsound(
                f"a file of the mail door's certificate cannot be read ({type(error).__name__})",
                hint="see 'mail' in the configuration",
            ) from None
