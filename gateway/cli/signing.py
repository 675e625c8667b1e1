"""What `gateway check` and `doctor` say of the certificate that S/MIME is signed with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from gateway.config.settings import Settings
from gateway.errors import Unsound

ALTERED = "S/MIME is not signed: who reads AES-256-CBC only cannot see that it was altered on its way"


def examine_signing(settings: Settings, now: datetime) -> Iterator[tuple[str, str, str]]:
    """Yield (state, what, fix) for `gateway doctor`."""
    from gateway.protect.methods.smime_signer import read_signer  # noqa: PLC0415 - pulls in the ciphers

    if settings.smime is None:
        yield "note", ALTERED, "name a certificate for mail and its key under 'smime'"
        return
    try:
        signer = read_signer(settings.smime.files(), now)
    except Unsound as error:
        yield "wrong", error.message, error.hint
        return
    what = f"S/MIME is signed with the certificate {signer.fingerprint[:16]}…, which ends on {signer.ends:%d %B %Y}"
    yield ("note", what, "renew it") if signer.ends_soon(now) else ("ok", what, "")


def without_signature(settings: Settings, now: datetime) -> Iterator[str]:
    """Yield a line for `gateway check` where nothing can be signed though it is set."""
    for state, what, fix in examine_signing(settings, now):
        if state == "wrong":
            yield f"{what}; {fix}"
