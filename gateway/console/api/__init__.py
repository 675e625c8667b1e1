"""api: the same acts for programs, as JSON over HTTP, version 1.

A program acts in somebody's name with a token (`Authorization: Bearer`, RFC 6750): it may do what they may, and no more
than the token's scopes. What demands a fresh proof of who it is (a value revealed, roles changed) is done by people.
"""

from __future__ import annotations

from typing import Final

from gateway.console.api import held, records
from gateway.console.api.document import document_page
from gateway.console.api.operation import Operation
from gateway.console.routes import Page

OPERATIONS: Final[tuple[Operation, ...]] = (*held.OPERATIONS, *records.OPERATIONS)
"""All that a program may ask or do."""

PAGES: Final[tuple[Page, ...]] = (*(each.page() for each in OPERATIONS), document_page(OPERATIONS))
"""The same as pages of the console, and the document that describes them."""
