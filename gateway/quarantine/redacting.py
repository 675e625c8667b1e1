"""Whether what was found can be masked before it goes: asked before an officer releases it so.

The same is asked again, of the very bytes, when it is sealed (`protect.redaction`); what cannot be done then is held.
"""

from __future__ import annotations

import re

from gateway.model.inspection import COUNTS_FROM, Finding, Where
from gateway.model.redactable import PAGE, TEXT_FILES
from gateway.model.transfer import Transfer


def why_not(transfer: Transfer) -> str:
    """Return why what was found in a transfer cannot be masked, in words, empty where it seems that it can."""
    inspection = transfer.inspection
    if inspection is None:
        return "it was not read yet"
    if inspection.gaps:
        return "it was not read as a whole, so nobody knows what else is in it"
    sure = [finding for finding in inspection.findings if finding.confidence >= COUNTS_FROM]
    if not sure:
        return "nothing was found in it that counts"
    look = _in_message if transfer.message else _in_file
    return next((why for finding in sure if (why := look(finding))), "")


def _in_file(finding: Finding) -> str:
    if not finding.part.lower().endswith(TEXT_FILES):
        return "what was found is not in plain text or a table (CSV): other formats cannot be written again faithfully"
    return "" if finding.where is Where.BODY and "/" not in finding.part else "something was found outside the text"


def _in_message(finding: Finding) -> str:
    if finding.where is Where.MAIL_HEADER:
        return ""  # an address by which it goes stays; all else is found when it is sealed
    is_text = "/" not in finding.part or re.fullmatch(rf"[^/]*/[0-9]+/{re.escape(PAGE)}", finding.part)
    if finding.where is Where.BODY and is_text:
        return ""
    return "something was found in an attachment or in the header: only the text of a mail can be written again"
