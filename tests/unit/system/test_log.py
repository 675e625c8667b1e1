"""The log has no way to print content: unknown fields are dropped by name, exceptions shrink to their class."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.system.log import FIELDS, only_known_fields

CANARY = "QQ123456C-the-canary"
SCRIPT = """
import sys
from gateway.system.log import configure, get_log
configure(as_json=sys.argv[1] == "json")
log = get_log()
try:
    raise ValueError(sys.argv[2])
except ValueError as error:
    log.warning("inspected", transfer="t-1", body=sys.argv[2], error=error, subject=sys.argv[2])
    log.error("trouble", exc_info=True, stack_info=True)
"""


def kept(event: dict[str, Any]) -> dict[str, Any]:
    """Return what the log would write of an event."""
    return dict(only_known_fields(None, "info", dict(event)))


def written(form: str) -> str:
    """Return what a process that logs content by mistake writes."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, form, CANARY], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1)))
def test_only_known_fields_are_written(event: dict[str, str]) -> None:
    assert set(kept(event)) <= FIELDS | {"dropped"}


@given(st.sampled_from(sorted(FIELDS)), st.text())
def test_known_fields_are_written_as_they_are(field: str, value: str) -> None:
    assert kept({field: value}) == {field: value}


def test_what_was_dropped_is_named_but_not_shown() -> None:
    assert kept({"event": "inspected", "body": CANARY, "subject": CANARY}) == {
        "event": "inspected",
        "dropped": "body,subject",
    }


def test_an_exception_is_its_class_alone() -> None:
    assert kept({"error": ValueError(CANARY)}) == {"error": "ValueError"}


def test_no_content_reaches_the_log_of_a_process() -> None:
    for form in ("json", "text"):
        answer = written(form)
        assert "inspected" in answer
        assert "trouble" in answer
        assert CANARY not in answer


def test_the_log_is_json_lines_with_time_and_level() -> None:
    first = json.loads(written("json").splitlines()[0])
    assert first["level"] == "warning"
    assert first["transfer"] == "t-1"
    assert first["error"] == "ValueError"
    assert first["dropped"] == "body,subject"
    assert first["timestamp"].endswith("Z")
