"""`gateway check` and `doctor` say whether S/MIME can be signed, until when, and what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.unit.cli.asking import ask
from tests.unit.protect.smime_people import Person, house, signing

ABOUT = re.compile(r"S/MIME (is|cannot)|signing|smime\.key")
UNSIGNED = "S/MIME is not signed"


def sign_with(config: Path, signer: Person) -> Path:
    """Name what to sign with in the configuration; return the key's file."""
    files = signing(config.parent, signer)
    text = config.read_text()
    config.write_text(f"{text}\nsmime: {{certificate: config/smime.pem, key: config/smime.key}}\n")
    return files.key


def doctor(config: Path) -> dict[str, str]:
    """Return the state of each thing about S/MIME that doctor says."""
    lines = [json.loads(line) for line in ask(config, "doctor", "--json").out.splitlines()]
    return {line["what"]: line["state"] for line in lines if ABOUT.search(line["what"])}


def test_without_a_certificate_doctor_notes_what_is_missing_and_check_is_content(config: Path) -> None:
    (what,) = (each for each in doctor(config) if each.startswith(UNSIGNED))
    assert doctor(config)[what] == "note"
    assert ask(config, "check").code == 0


def test_a_good_one_is_told_with_its_end(config: Path) -> None:
    sign_with(config, house())
    ends = house().certificate.not_valid_after_utc
    (what,) = (each for each in doctor(config) if each.startswith("S/MIME is signed with the certificate "))
    assert doctor(config)[what] == "ok"
    assert what.endswith(f"which ends on {ends:%d %B %Y}")
    assert ask(config, "check").code == 0


def test_one_that_ends_soon_is_noted(config: Path) -> None:
    sign_with(config, house(days=(-300, 20)))
    (what,) = (each for each in doctor(config) if each.startswith("S/MIME is signed with"))
    assert doctor(config)[what] == "note"
    assert ask(config, "check").code == 0


@pytest.mark.parametrize("mode", [0o600, 0o644], ids=["expired", "open to others"])
def test_one_that_cannot_sign_is_wrong(config: Path, mode: int) -> None:
    sign_with(config, house(days=(-30, -1)) if mode == 0o600 else house()).chmod(mode)
    wrong = [what for what, state in doctor(config).items() if state == "wrong"]
    assert len(wrong) == 1
    checked = ask(config, "check")
    assert checked.code == 1
    assert wrong[0] in checked.err


def test_one_that_is_missing_is_wrong(config: Path) -> None:
    sign_with(config, house()).unlink()
    (what,) = (what for what, state in doctor(config).items() if state == "wrong")
    assert what.endswith("smime.key is missing")
    assert what in ask(config, "check").err
