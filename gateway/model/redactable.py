"""What can be redacted honestly: text that can be written again with nothing else in it changed."""

from __future__ import annotations

from typing import Final

TABLES: Final = (".csv",)
TEXT_FILES: Final = (".txt", ".text", *TABLES)
"""How the names of files end that hold text and nothing else."""
PAGE: Final = "body.html"
"""How a page that is no file is named within its message."""
