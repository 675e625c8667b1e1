"""What this program calls itself in mail."""

from __future__ import annotations

from typing import Final

PRODUCT: Final = "secure-transfer-gateway"
