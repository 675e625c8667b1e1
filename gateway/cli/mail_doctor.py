"""What `gateway check` and `doctor` say of the mail door: who may bring mail, and over what."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from gateway.config.settings import Settings
from gateway.errors import Unsound

SOON = timedelta(days=28)


def examine_mail(settings: Settings, now: datetime) -> Iterator[tuple[str, str, str]]:
    """Yield (state, what, fix) for `gateway doctor`."""
    from gateway.daemon.mail_door import terms_of  # noqa: PLC0415 - pulls in the ciphers

    mail = settings.mail
    try:
        accounts = terms_of(settings).accounts
        names = accounts.names() if accounts else ()
    except Unsound as error:
        yield "wrong", error.message, error.hint
        return
    others = [each for each in mail.clients if not ipaddress.ip_network(each).is_loopback]
    whom = f"{', '.join(others) or 'no machine'} besides this one, and {len(names)} accounts"
    yield "ok", f"the mail door at {mail.listen} takes mail from {whom}", ""
    if any(ipaddress.ip_network(each).prefixlen == 0 for each in mail.clients):
        yield "wrong", "the mail door takes mail from the whole internet", "list your mail servers under 'mail.clients'"
    if others and mail.tls is None:
        yield "note", "mail from other machines may come in clear", "name a certificate and its key under 'mail.tls'"
    elif mail.tls and not mail.tls.required:
        yield (
            "note",
            "the mail door offers TLS and takes mail without it",
            "set mail.tls.required where all clients can",
        )
    if mail.milter:
        what = (
            f"the milter at {mail.milter} has no TLS and no log-in: any program of a machine in mail.clients may use it"
        )
        yield "note", what, "let it listen on loopback, beside the mail server"
    if mail.tls:
        yield _certificate(mail.tls.certificate, now)


def unusable(settings: Settings, now: datetime) -> Iterator[str]:
    """Yield a line for `gateway check` where the door could not open as it is set."""
    for state, what, fix in examine_mail(settings, now):
        if state == "wrong":
            yield f"{what}; {fix}"


def _certificate(path: Path, now: datetime) -> tuple[str, str, str]:
    from cryptography import x509  # noqa: PLC0415 - pulls in the ciphers

    ends = x509.load_pem_x509_certificates(path.read_bytes())[0].not_valid_after_utc
    what = f"the mail door's certificate ends on {ends:%d %B %Y}"
    if ends <= now:
        return "wrong", what.replace("ends on", "ended on"), "renew it; the gateway takes up the new file"
    return ("note", what, "renew it; the gateway takes up the new file") if ends - now < SOON else ("ok", what, "")
