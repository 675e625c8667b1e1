"""Sign-in with the organisation's provider of identities: OpenID Connect Core 1.0, code flow with PKCE (RFC 7636).

Who somebody is are the issuer and the subject; a mail address is believed only where the provider says that it verified
it. The answer counts once, for the browser that began, and only with the nonce that was sent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.config.sign_in import ProviderSettings
from gateway.console.sign_in.provider_id import identity_id
from gateway.errors import Busy, NotPermitted
from gateway.model.person import Pending, Role

SCOPE: Final = "openid profile email"
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""What may sign a token. Neither `none` nor a shared secret."""

LEEWAY: Final = 60  # seconds that the two clocks may differ
KNOWN_FOR: Final = 3600.0  # seconds for which the provider's own description is kept
FRESH: Final = 120  # seconds since the provider asked anew
PATIENCE: Final = httpx2.Timeout(10.0)
TWO_FACTORS: Final = "mfa"
"""RFC 8176 section 2: more than one factor was used."""

DISCOVERY: Final = "/.well-known/openid-configuration"
_known: dict[str, tuple[float, dict[str, Any]]] = {}
_lock: Final = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom the provider vouches for. `address` is empty unless it verified it; `roles` are those of their groups."""

    issuer: str
    subject: str
    name: str
    address: str
    roles: frozenset[Role]
    has_second: bool

    @property
    def id(self) -> str:
        """By what somebody is known again: no address, which may go to somebody else one day."""
        return identity_id(self.issuer, self.subject)


def begin(settings: ProviderSettings, back: str, *, again: bool) -> tuple[str, Pending]:
    """Return where to send the browser, and what to remember; with `again` the provider asks anew. `Busy`."""
    pending = Pending(state=generate_token(43), nonce=generate_token(43), verifier=generate_token(64))
    anew = {"prompt": "login", "max_age": "0"} if again else {}
    with _client(settings, back) as client:
        url, _ = client.create_authorization_url(
            _described(settings)["authorization_endpoint"],
            state=pending.state,
            nonce=pending.nonce,
            code_verifier=pending.verifier,
            **anew,
        )
    return str(url), pending


def finish(
    settings: ProviderSettings, back: str, pending: Pending, code: str, now: datetime, *, again: bool
) -> Identity:
    """Return whom the provider vouches for; `NotPermitted` when its answer does not verify, `Busy` without one."""
    described = _described(settings)
    with _client(settings, back) as client:
        token = client.fetch_token(described["token_endpoint"], code=code, code_verifier=pending.verifier)
        raw = token.get("id_token")
        if not isinstance(raw, str):
            raise _unproved("no token")
        claims = _verified(settings, raw, pending.nonce, str(token.get("access_token", "")), now)
    if again and not _is_recent(claims.get("auth_time"), now):
        raise _unproved("it did not ask anew")
    return _identity(settings, claims)


def _verified(settings: ProviderSettings, raw: str, nonce: str, access_token: str, now: datetime) -> Mapping[str, Any]:
    """Return the claims of an ID token whose signature, issuer, audience, times and nonce are right (3.1.3.7)."""
    try:
        token = jwt.decode(raw, _keys(settings), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError):  # a key that we do not know yet: ask once more
        token = jwt.decode(raw, _keys(settings, anew=True), algorithms=list(ALGORITHMS))
    checked = CodeIDToken(
        token.claims,
        token.header,
        {"iss": {"essential": True, "value": settings.issuer}, "aud": {"essential": True, "value": settings.client_id}},
        {"nonce": nonce, "client_id": settings.client_id, "access_token": access_token},
    )
    checked.validate(now=int(now.timestamp()), leeway=LEEWAY)
    return dict(checked)


def _identity(settings: ProviderSettings, claims: Mapping[str, Any]) -> Identity:
    groups, ways, address = claims.get(settings.groups), claims.get("amr"), claims.get("email")
    named = [str(each) for each in groups] if isinstance(groups, list) else [groups] if isinstance(groups, str) else []
    is_verified = claims.get("email_verified") is True and isinstance(address, str)
    return Identity(
        issuer=settings.issuer,
        subject=str(claims["sub"]),
        name=str(claims.get("name") or claims.get("preferred_username") or ""),
        address=str(address) if is_verified else "",
        roles=frozenset(role for group in named for role in settings.roles.get(group, ())),
        has_second=settings.second_factor or (isinstance(ways, list) and TWO_FACTORS in ways),
    )


def _is_recent(at: object, now: datetime) -> bool:
    return isinstance(at, int) and not isinstance(at, bool) and -LEEWAY <= now.timestamp() - at <= FRESH


def _described(settings: ProviderSettings, *, anew: bool = False) -> dict[str, Any]:
    """Return what the provider says of itself, with its keys (OpenID Connect Discovery 1.0)."""
    with _lock:
        known = _known.get(settings.issuer)
    if known is not None and not anew and time.monotonic() - known[0] < KNOWN_FOR:
        return known[1]
    with httpx2.Client(timeout=PATIENCE) as client:
        described = client.get(settings.issuer.rstrip("/") + DISCOVERY).raise_for_status().json()
        if described.get("issuer") != settings.issuer:
            raise _unproved("it names another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if settings.issuer.startswith("https:") and not str(described.get(name, "")).startswith("https:"):
                raise _unproved(f"its {name} is not https")
        described["keys"] = client.get(described["jwks_uri"]).raise_for_status().json()
    with _lock:
        _known[settings.issuer] = (time.monotonic(), described)
    return dict(described)


def _keys(settings: ProviderSettings, *, anew: bool = False) -> KeySet:
    return KeySet.import_key_set(_described(settings, anew=anew)["keys"])


@contextmanager
def _client(settings: ProviderSettings, back: str) -> Iterator[Any]:
    """Lend a client of the provider; what goes wrong with it becomes one of our errors, without its words."""
    try:
        with OAuth2Client(
            client_id=settings.client_id,
            client_secret=settings.client_secret.secret().read(),
            scope=SCOPE,
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=PATIENCE,
        ) as client:
            yield client
    except httpx2.HTTPError:
        raise Busy("the provider cannot be reached", hint="try again in a moment, or sign in another way") from None
    except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError) as error:
        raise _unproved(type(error).__name__) from None


def _unproved(why: str) -> NotPermitted:
    return NotPermitted(f"what the provider says does not verify ({why})", hint="try again; else ask for help")
