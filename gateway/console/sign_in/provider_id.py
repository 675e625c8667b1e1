"""By what somebody at the provider is known again."""

from __future__ import annotations

import hashlib


def identity_id(issuer: str, subject: str) -> str:
    """Return the id of a credential for somebody at a provider: no address, which may go to somebody else one day."""
    return hashlib.sha256(f"{issuer}\x00{subject}".encode()).hexdigest()
