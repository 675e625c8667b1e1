"""HTML bodies as MAPI keeps them, made to be known for HTML: often they are no whole page."""

from __future__ import annotations

import re
from typing import Final

PAGE: Final = re.compile(rb"<(!doctype|html|body|head)\b", re.IGNORECASE)
START: Final = 4096


def as_html(content: str | bytes) -> bytes:
    """Return HTML that says so at its start. What came as text is in UTF-8, with a mark of it."""
    data = content if isinstance(content, bytes) else content.encode("utf-8-sig", "replace")
    if PAGE.search(data[:START].replace(b"\0", b"")):
        return data
    return data[:3] + b"<body>" + data[3:] if data.startswith(b"\xef\xbb\xbf") else b"<body>" + data
