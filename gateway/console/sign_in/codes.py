"""Codes of an app (TOTP, RFC 6238) and recovery codes: each good for once.

A code is known by its time step, and the step that was used last is kept: the same code, or an older one, is refused
(RFC 6238 section 5.2). Recovery codes are kept as hashes; they have 80 random bits, so a plain one is enough.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import Path
from typing import Final

import pyotp
import segno

from gateway.model.person import Credential, Kind, Person
from gateway.store.codes_key import lock, unlock
from gateway.store.embedded import Store
from gateway.system.ids import draw, serial

DIGITS: Final = re.compile(r"[0-9]{6}")
DRIFT: Final = 1
"""Time steps of 30 seconds that a phone's clock may be off, either way."""

RECOVERY_CODES: Final = 10
RECOVERY_LENGTH: Final = 16  # letters of 5 bits
GROUP: Final = 4
ERROR_CORRECTION: Final = "m"


def new_secret(store: Store, person: Person) -> tuple[str, str]:
    """Return the secret of a code app, 160 random bits in base 32, and the same locked."""
    secret = pyotp.random_base32()
    return secret, lock(_state(store), secret, person.id)


def address_of(secret: str, person: Person, organisation: str) -> str:
    """Return what a code app reads: an otpauth address with the name under which the app shows it."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.address, issuer_name=organisation)


def picture_of(address: str) -> str:
    """Return the address as a QR code: an SVG in a data address, black on white in any light."""
    return segno.make(address, error=ERROR_CORRECTION, micro=False).svg_data_uri(scale=4, border=4, light="#fff")


def opened(store: Store, locked: str, person: Person) -> str:
    """Return the secret that was locked for a person; `Damaged`."""
    return unlock(_state(store), locked, person.id)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step to which a code belongs, None where it belongs to none near now."""
    given = re.sub(r"\s", "", code)
    if not DIGITS.fullmatch(given):
        return None
    app = pyotp.TOTP(secret)
    current = app.timecode(now)
    found = [step for step in range(current - DRIFT, current + DRIFT + 1) if _is_same(app.generate_otp(step), given)]
    return max(found) if found else None


def is_right(store: Store, held: Credential, person: Person, code: str, now: datetime) -> bool:
    """Say whether a code is the app's, and was not used before; from now on it was."""
    step = step_of(opened(store, held.secret, person), code, now)
    return step is not None and store.people.use(held, step, now)


def new_app(person: Person, locked: str, step: int, now: datetime) -> Credential:
    """Return the credential of an app that has shown a code of the time step `step`."""
    return Credential(
        id=serial("app"), person_id=person.id, kind=Kind.CODE_APP, since=now, secret=locked, used=step, last_used=now
    )


def new_recovery_codes(person: Person, now: datetime) -> tuple[list[str], list[Credential]]:
    """Return recovery codes to be written down, and how they are kept."""
    codes = [draw(RECOVERY_LENGTH) for _ in range(RECOVERY_CODES)]
    kept = [
        Credential(id=_hash_of(person.id, code), person_id=person.id, kind=Kind.RECOVERY_CODE, since=now)
        for code in codes
    ]
    return ["-".join(code[at : at + GROUP] for at in range(0, RECOVERY_LENGTH, GROUP)) for code in codes], kept


def use_recovery_code(store: Store, person: Person, code: str) -> bool:
    """Say whether this is one of the person's recovery codes, and use it up."""
    letters = re.sub(r"[\s-]", "", code.casefold())
    kept = store.people.find(Kind.RECOVERY_CODE, _hash_of(person.id, letters))
    return kept is not None and kept.person_id == person.id and store.people.use_up(kept)


def _hash_of(person_id: str, code: str) -> str:
    return hashlib.sha256(f"recovery\x00{person_id}\x00{code}".encode()).hexdigest()


def _is_same(one: str, other: str) -> bool:
    return pyotp.utils.strings_equal(one, other)


def _state(store: Store) -> Path:
    return store.database.path.parent
