"""E-mail addresses, in the form people write them.

Source: RFC 5321 section 4.1.2, dot-atom local parts only; a top-level domain is letters, or
an internationalised one as RFC 5891 writes it. An address in a mail's own
header is how mail is addressed, not what it discloses, and is weak.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.classify import Candidate, Detection, Pattern
from gateway.model.inspection import Where

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.inspection import Segment

_DOMAIN: Final = r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,6}\.(?:xn--[A-Za-z0-9-]{1,59}|[A-Za-z]{2,24})\b"
_FIT: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_%+'-]|\.(?!\.)){0,62}[A-Za-z0-9_+-]?@(?!-)(?!.*-\.)(?!.*\.-).+")


class EmailAddress:
    """Detector of EMAIL_ADDRESS."""

    name = "email_address"
    patterns: tuple[Pattern, ...] = (
        Pattern(
            name="address",
            expression=rf"\b[A-Za-z0-9](?:[A-Za-z0-9._%+'-]{{0,63}})(?:@|%40){_DOMAIN}",
            scan=(r"[A-Za-z0-9._%+'-](?:@|%40)[A-Za-z0-9-]",),
            start_known=False,
        ),
    )

    def judge(self, segment: Segment, candidates: Sequence[Candidate]) -> Iterable[Detection]:
        """Report every well-formed address."""
        for candidate in candidates:
            value = segment.text[candidate.start : candidate.end].replace("%40", "@")  # as it stands in web addresses
            if _FIT.fullmatch(value):
                header = segment.where is Where.MAIL_HEADER
                yield Detection(
                    entity="EMAIL_ADDRESS",
                    start=candidate.start,
                    end=candidate.end,
                    confidence=0.4 if header else 0.9,
                    why=("shape", "mail_header") if header else ("shape",),
                    value=value.lower(),
                )
