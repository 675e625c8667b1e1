"""Passkeys (W3C Web Authentication Level 3): made and used with the person verified by the authenticator.

One is two factors at once: the device, and a finger, a face or a PIN. It answers only to our own address, so a copy of
our page elsewhere gets nothing. The challenge of each ceremony stands in the session and is good for once.
"""

from __future__ import annotations

import json
from binascii import Error as NotBase64
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, generate_challenge
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from gateway.config.console import ConsoleSettings
from gateway.model.person import Credential, Kind, Person
from gateway.store.embedded import Store

LONGEST_LABEL: Final = 60
VERIFIED: Final = UserVerificationRequirement.REQUIRED


def new_challenge() -> str:
    """Return a challenge, 512 random bits in base 64 for addresses."""
    return bytes_to_base64url(generate_challenge())


def to_make(
    settings: ConsoleSettings, organisation: str, person: Person, held: Sequence[Credential], challenge: str
) -> str:
    """Return what the browser is asked for a new passkey (JSON): one that is not on a device that holds one already."""
    options = webauthn.generate_registration_options(
        rp_id=_host(settings),
        rp_name=organisation,
        user_id=person.id.encode(),
        user_name=person.address,
        user_display_name=person.name,
        challenge=base64url_to_bytes(challenge),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.id)) for each in held if each.kind is Kind.PASSKEY
        ],
    )
    return webauthn.options_to_json(options)


def made(
    settings: ConsoleSettings, person: Person, challenge: str, answer: str, label: str, now: datetime
) -> Credential | None:
    """Return the passkey that a browser made, None where what it sent does not verify."""
    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_host(settings),
            expected_origin=settings.reached_at,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    return Credential(
        id=bytes_to_base64url(found.credential_id),
        person_id=person.id,
        kind=Kind.PASSKEY,
        since=now,
        secret=bytes_to_base64url(found.credential_public_key),
        label=label[:LONGEST_LABEL],
        used=found.sign_count,
    )


def to_use(settings: ConsoleSettings, challenge: str) -> str:
    """Return what the browser is asked to prove (JSON): any passkey for our address, so that no name is asked first."""
    return webauthn.options_to_json(
        webauthn.generate_authentication_options(
            rp_id=_host(settings), challenge=base64url_to_bytes(challenge), user_verification=VERIFIED
        )
    )


def used(settings: ConsoleSettings, store: Store, challenge: str, answer: str, now: datetime) -> Credential | None:
    """Return the passkey that signed the challenge, None where none of ours did.

    A counter that does not grow tells of a copied authenticator (section 6.1.1); those that do not count say 0.
    """
    credential_id, user = _named(answer)
    held = store.people.find(Kind.PASSKEY, credential_id)
    if held is None or not challenge or user not in {"", held.person_id}:
        return None
    try:
        found = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_host(settings),
            expected_origin=settings.reached_at,
            credential_public_key=base64url_to_bytes(held.secret),
            credential_current_sign_count=held.used,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    return held if store.people.use(held, found.new_sign_count, now, may_repeat=found.new_sign_count == 0) else None


def _named(answer: str) -> tuple[str, str]:
    """Return the passkey that an answer names and whose it says that it is (section 7.2, step 6); empty for neither."""
    try:
        plain = json.loads(answer)
        return bytes_to_base64url(base64url_to_bytes(plain["rawId"])), base64url_to_bytes(
            plain["response"].get("userHandle") or ""
        ).decode()
    except (ValueError, KeyError, TypeError, AttributeError, NotBase64, RecursionError):
        return "", ""


def _host(settings: ConsoleSettings) -> str:
    return urlsplit(settings.reached_at).hostname or ""
