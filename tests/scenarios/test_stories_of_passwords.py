"""Staff lock a file themselves and give the gateway its password: it looks inside, and nobody else ever sees it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import pyzipper

from gateway.testing.documents import mail
from tests.scenarios.gateway_process import FRIEND, STAFF, Gateway

pytestmark = [pytest.mark.network]
SECRET = "quetzal-of-the-seven-hills"
MINUTES = b"Minutes of the flower show."
LETTER = b"RESTRICTED\n\nA letter about somebody.\n"


def locked(content: bytes) -> bytes:
    """Return a ZIP under AES-256 that the secret opens."""
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(SECRET.encode())
        archive.writestr("letter.txt", content)
    return target.getvalue()


def drop_with_passwords(gateway: Gateway, name: str, content: bytes) -> Path:
    """Drop the file of passwords, then the file."""
    beside = gateway.drop(f"{name}.passwords", f"{SECRET}\n".encode())
    gateway.drop(name, content)
    return beside


def assert_the_secret_is_nowhere(gateway: Gateway, *said: str) -> None:
    """Look into what commands say, and into every file, delivered ones too."""
    words = (*said, *gateway.notices(), gateway.ask("ledger", "show"), gateway.ask("transfers", "list", "--json"))
    assert not [text for text in words if SECRET in text]
    assert gateway.stop() == 0
    for path in (*gateway.everywhere_else(), *gateway.delivered()):
        assert SECRET.encode() not in path.read_bytes() + str(path).encode(), path


def test_a_locked_file_with_its_password_beside_it_is_read_and_goes_alone(gateway: Gateway) -> None:
    content = locked(MINUTES)
    beside = drop_with_passwords(gateway, "minutes.zip", content)
    drop_with_passwords(gateway, "restricted.zip", locked(LETTER))
    gateway.drop("unknown.zip", content)
    by_name = {each["parts"][0]["name"]: each for each in gateway.settled(3)}
    assert {name: each["deliveries"][0]["state"] for name, each in by_name.items()} == {
        "minutes.zip": "delivered",
        "restricted.zip": "held",
        "unknown.zip": "held",
    }
    minutes, restricted, unknown = by_name["minutes.zip"], by_name["restricted.zip"], by_name["unknown.zip"]
    assert (minutes["gaps"], restricted["gaps"], restricted["marking"]["tier"]) == ([], [], "RESTRICTED")
    assert ("unlocked", "AES-256") in {(each["kind"], each["detail"]) for each in minutes["remarks"]}
    assert [gap["kind"] for gap in unknown["gaps"]] == ["encrypted"]
    [delivered] = gateway.delivered()
    assert delivered.read_bytes() == content
    assert not beside.exists()
    shown = gateway.ask("transfers", "show", minutes["id"])
    assert "opened with a password that the sender gave" in shown
    assert_the_secret_is_nowhere(gateway, shown)


def test_passwords_in_a_mail_are_used_and_taken_out_of_it(gateway: Gateway) -> None:
    message = mail(STAFF, FRIEND, "Minutes", "They are attached.", [("minutes.zip", locked(MINUTES))])
    gateway.mail(message)
    gateway.mail(f"X-Gateway-Password: {SECRET}\r\n".encode() + message)
    plain, given = sorted(gateway.settled(2), key=lambda each: len(each["remarks"]))
    assert [gap["kind"] for gap in plain["gaps"]] == ["encrypted"]
    assert given["gaps"] == []
    assert plain["parts"][0]["size"] == given["parts"][0]["size"]
    [delivered] = gateway.delivered()
    assert delivered.read_bytes().split(b"\r\n", 3)[3] == message  # below our three lines of trace
    assert_the_secret_is_nowhere(gateway)


def test_commands_take_passwords_from_a_file(gateway: Gateway, tmp_path: Path) -> None:
    file, words = tmp_path / "minutes.zip", tmp_path / "words.txt"
    file.write_bytes(locked(MINUTES))
    words.write_text(f"wrong\n{SECRET}\n")
    envelope = ("--from", STAFF, "--to", FRIEND)
    said = gateway.ask("extract", str(file), "--password-file", str(words))
    assert MINUTES.decode() in said
    assert "opened with a password" in gateway.ask("classify", str(file), "--password-file", str(words))
    gateway.ask("explain", str(file), *envelope, "--password-file", str(words))
    gateway.ask("explain", str(file), *envelope, code=10)
    sent = gateway.ask("send", str(file), *envelope, "--password-file", str(words))
    words.unlink()
    gateway.settled(1)
    assert gateway.states() == ["delivered"]
    assert_the_secret_is_nowhere(gateway, said, sent)
