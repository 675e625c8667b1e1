"""The sections `protect` and `passphrases`: the forms in the comments of the sample, paths, and addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.load import load_settings
from gateway.config.second_channel import CommandChannelSettings, HttpChannelSettings, SmsChannelSettings
from gateway.config.sections import is_loopback
from gateway.daemon.telling import build_second, build_second_post
from gateway.errors import Invalid
from gateway.model.verdict import METHODS
from tests.unit.config.test_config_load import SAMPLE, SMALLEST, written


def commented_forms() -> list[str]:
    """Return each of the commented channels of the sample as a section of its own."""
    lines = SAMPLE.read_text().splitlines()
    first = lines.index("# passphrases:")
    last = next(number for number, line in enumerate(lines) if number > first and not line.startswith("#"))
    text = "\n".join(line.removeprefix("# ") for line in lines[first + 1 : last])
    return [f"passphrases:\n  channel:{each}" for each in text.split("  channel:") if each.strip()]


def test_every_form_in_the_comments_of_the_sample_loads_and_can_be_built(tmp_path: Path) -> None:
    found = []
    for form in commented_forms():
        settings = load_settings(written(tmp_path, SMALLEST + form.replace("ca_file:", "# ca_file:")))
        assert settings.passphrases.channel is not None
        build_second_post(settings)
        found.append(type(settings.passphrases.channel))
    assert found == [SmsChannelSettings, HttpChannelSettings, CommandChannelSettings]


def test_without_a_word_senders_tell_and_every_method_may_be_used(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, SMALLEST))
    assert settings.protect.methods == METHODS
    assert settings.passphrases.channel is None

    def never() -> None:
        raise AssertionError("no policy is asked where there is no channel")

    assert build_second(settings, never).contact_of("ward@trust.example") == ""  # type: ignore[arg-type]  # never called


def test_files_are_below_home(tmp_path: Path) -> None:
    said = "passphrases: {channel: {kind: http, url: 'https://h.example/', token: {file: t}, ca_file: ca.pem}}\n"
    channel = load_settings(written(tmp_path, SMALLEST + said)).passphrases.channel
    assert isinstance(channel, HttpChannelSettings)
    assert channel.token is not None
    assert (channel.token.file, channel.ca_file) == (tmp_path / "t", tmp_path / "ca.pem")


@pytest.mark.parametrize(
    "url",
    ["https://sms.example/send?v=1", "https://[2001:db8::1]:8443/", "http://127.0.0.1:8080/x", "http://[::1]/", "http://localhost"],
)  # fmt: skip
def test_https_anywhere_and_http_on_this_machine(tmp_path: Path, url: str) -> None:
    load_settings(written(tmp_path, f"{SMALLEST}passphrases: {{channel: {{kind: http, url: '{url}'}}}}\n"))


@pytest.mark.parametrize(
    "url",
    [
        "http://sms.example/", "http://127.0.0.1.evil.example/", "http://localhost.example/", "ftp://localhost/",
        "sms.example",
        "https://", "https://:443/", "https://h:0/", "https://h:99999/", "https://me@h.example/", "https://h.example/#x",
        "https://h.example/a b", "https://h\u00e9.example/", "file:///etc/passwd", "http://0x7f.1/",
    ],
)  # fmt: skip
def test_what_would_go_in_clear_or_nowhere_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Invalid):
        load_settings(written(tmp_path, f"{SMALLEST}passphrases: {{channel: {{kind: http, url: '{url}'}}}}\n"))


def test_this_machine_is_what_it_is_and_not_what_it_looks_like() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.1.2.3", "::1", "localhost")))
    assert not any(map(is_loopback, ("127.0.0.1.example", "0.0.0.0", "10.0.0.1", "localhost.localdomain", "")))  # noqa: S104 - no address to bind
