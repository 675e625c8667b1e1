"""The mail form of a notice to the sender: our own words, no content."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from gateway.model.transfer import Evidence, Notice, Sealed


def notice_composer(own_address: str) -> Callable[[Notice, str, datetime], tuple[Sealed, bytes]]:
    """Return what turns a notice into a message from `own_address`, and the `Sealed` that says it is ours."""

    def compose(notice: Notice, text: str, at: datetime) -> tuple[Sealed, bytes]:
        message = EmailMessage(policy=SMTP)
        message["From"] = own_address
        message["To"] = notice.to
        message["Subject"] = notice.subject
        message["Date"] = format_datetime(at)
        message["Message-ID"] = f"<{notice.id}@{own_address.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-replied"  # RFC 3834: nobody's machine answers it
        message.set_content(text)
        sealed = Sealed(
            delivery_id=notice.id,
            method="none",
            message=True,
            parts=(),
            evidence=Evidence(method="none", cipher="none", verified_by="notice"),
            needs_verified_tls=False,
            rule="notice-to-sender",
        )
        return sealed, message.as_bytes()

    return compose
