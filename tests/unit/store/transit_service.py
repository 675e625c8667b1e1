"""A small, strict stand-in for a transit service on the loopback, since none can be installed as a package.

It speaks what HashiCorp documents (developer.hashicorp.com/vault/api-docs/secret/transit) and OpenBao took over: POST
to /v1/<mount>/encrypt/<key> and decrypt, JSON, Base64 in standard form, `vault:v<version>:` before each cipher text,
errors as {"errors": [...]} with the service's own words. What a client should not send, it refuses.
"""

from __future__ import annotations

import base64
import json
import secrets
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN: Final = "hvs.CAESIJ-made-up-for-this-test"
MOUNT: Final = "transit"
KEY: Final = "gateway"
TOO_NEW = "invalid ciphertext: version is too new"
TOO_OLD = "ciphertext or signature version is disallowed by policy (too old)"


@dataclass
class Transit:
    """The service's state: versions of its one key, and how it misbehaves. `raw` is said instead of any answer."""

    versions: dict[int, bytes] = field(default_factory=lambda: {1: secrets.token_bytes(32)})
    oldest: int = 1
    is_sealed: bool = False
    namespace: str = ""
    raw: bytes | None = None
    status: int = 200
    location: str = ""
    pause: threading.Event | None = None
    port: int = 0
    seen: list[str] = field(default_factory=list)

    def rotate(self) -> None:
        """Add a version of the key."""
        self.versions[max(self.versions) + 1] = secrets.token_bytes(32)

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, object]:
        """Return status and JSON."""
        self.seen.append(path)
        if self.is_sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if headers.get("x-vault-request") != "true" or headers.get("content-type") != "application/json":
            return 400, {"errors": ["missing headers"]}
        if headers.get("x-vault-token") != TOKEN or headers.get("x-vault-namespace", "") != self.namespace:
            return 403, {"errors": ["permission denied"]}
        asked = json.loads(body)
        if path == f"/v1/{MOUNT}/encrypt/{KEY}" and asked.keys() == {"plaintext", "associated_data"}:
            return self._encrypt(asked["plaintext"], asked["associated_data"])
        if path == f"/v1/{MOUNT}/decrypt/{KEY}" and asked.keys() == {"ciphertext", "associated_data"}:
            return self._decrypt(asked["ciphertext"], asked["associated_data"])
        return 404, {"errors": ["no handler for route"]}

    def _encrypt(self, plaintext: str, bound: str) -> tuple[int, object]:
        version, nonce = max(self.versions), secrets.token_bytes(12)
        data, bound_to = (base64.b64decode(each, validate=True) for each in (plaintext, bound))
        sealed = nonce + AESGCM(self.versions[version]).encrypt(nonce, data, bound_to)
        text = f"vault:v{version}:{base64.b64encode(sealed).decode()}"
        return 200, {"request_id": "r", "data": {"ciphertext": text, "key_version": version}}

    def _decrypt(self, ciphertext: str, bound: str) -> tuple[int, object]:
        version, _, text = ciphertext.removeprefix("vault:v").partition(":")
        sealed = _decoded(text)
        for is_so, trouble in (
            (not ciphertext.startswith("vault:v"), "invalid ciphertext: no prefix"),
            (not text, "invalid ciphertext: wrong number of fields"),
            (not version.isdecimal(), "invalid ciphertext: version number could not be decoded"),
            (int(version) > max(self.versions) if version.isdecimal() else False, TOO_NEW),
            (int(version) < self.oldest if version.isdecimal() else False, TOO_OLD),
            (sealed is None, "invalid ciphertext: could not decode base64"),
            (len(sealed or b"") < 12, "invalid ciphertext length"),
        ):
            if is_so:
                return 400, {"errors": [trouble]}
        sealed, key = sealed or b"", self.versions[int(version)]
        try:
            plain = AESGCM(key).decrypt(sealed[:12], sealed[12:], base64.b64decode(bound, validate=True))
        except InvalidTag:
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"request_id": "r", "data": {"plaintext": base64.b64encode(plain).decode()}}


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


@contextmanager
def serving(transit: Transit, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Let the service answer on the loopback, with TLS where a context is given; give its address."""

    class Asked(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if transit.pause is not None:
                transit.pause.wait(30)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, told = transit.answer(
                self.path, {name.lower(): value for name, value in self.headers.items()}, body
            )
            content = json.dumps(told).encode() if transit.raw is None else transit.raw
            self.send_response(status if transit.status == 200 else transit.status)
            if transit.location:
                self.send_header("Location", transit.location)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", transit.port), Asked)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
