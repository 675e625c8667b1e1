"""The policy files that ship with the gateway, as classify reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateway.config.load import read_classify_files

SHIPPED: Final = read_classify_files(Path(__file__).parents[2] / "policies")
"""Texts by name below the policy folder, of a checkout."""
