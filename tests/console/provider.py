"""A small OpenID provider on loopback that can be told to lie: OpenID Connect Core 1.0, code flow with PKCE."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT = "gateway"
SECRET = "shared between the two"


@dataclass(slots=True)
class Provider:
    """What it says of whoever comes, and how it lies: `bend` changes claims, `sign` the signature."""

    issuer: str
    now: Callable[[], datetime]
    who: dict[str, Any] = field(default_factory=dict)
    bend: Callable[[dict[str, Any]], dict[str, Any]] = field(default=lambda claims: claims)
    sign: Callable[[dict[str, Any]], str] | None = None
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)}))
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)

    def change_key(self) -> None:
        """Sign with another key from now on."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)})

    def hmac_with_public_key(self, claims: dict[str, Any]) -> str:
        """Sign as somebody would who has the public key only, hoping that it is taken for a shared secret."""
        public = json.dumps(self.key.as_dict(private=False)).encode()
        return jwt.encode({"alg": "HS256", "kid": self.key.kid}, claims, OctKey.import_key(public))

    def sign_otherwise(self, claims: dict[str, Any]) -> str:
        """Sign with our own key."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def unsigned(self, claims: dict[str, Any]) -> str:
        """Return a token that nobody signed."""
        parts = ({"alg": "none", "kid": self.key.kid}, claims)
        encoded = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in parts]
        return f"{encoded[0]}.{encoded[1]}."

    async def describe(self, _request: Request) -> Response:
        """Answer the discovery."""
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        )

    async def keys(self, _request: Request) -> Response:
        """Answer with the public key."""
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        """Let whoever comes in at once, as the person who it is set to."""
        asked = dict(request.query_params)
        self.asked.append(asked)
        code = secrets.token_hex(8)
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def token(self, request: Request) -> Response:
        """Exchange a code, once, for whoever has the client's secret and the verifier."""
        form = await request.form()
        asked = self.codes.pop(str(form["code"]), None)
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or request.headers.get("authorization") != f"Basic {expected}":
            self.troubles.append("client or code")
            return JSONResponse({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            self.troubles.append("verifier")
            return JSONResponse({"error": "invalid_grant"}, 400)
        at = int(self.now().timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": at, "exp": at + 300, "nonce": asked["nonce"], **self.who}
        if asked.get("max_age") == "0":
            claims["auth_time"] = at
        bent = self.bend(claims)
        signed = self.sign(bent) if self.sign else jwt.encode({"alg": "RS256", "kid": self.key.kid}, bent, self.key)
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": signed})


@contextmanager
def provider(now: Callable[[], datetime]) -> Iterator[Provider]:
    """Serve one until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}", now)
        app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", made.describe),
                Route("/keys", made.keys),
                Route("/authorize", made.authorize),
                Route("/token", made.token, methods=["POST"]),
            ]
        )
        config = uvicorn.Config(app, http="h11", ws="none", lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="provider")
        thread.start()
        try:
            yield made
        finally:
            server.should_exit = True
            thread.join()
