"""`gateway bench smtp`: its material, its verdicts, and the gateway that it measures; `tests/integration` runs it."""

from __future__ import annotations

import email
import email.policy
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.cli.bench_smtp_measure import Row, Server, _turns
from gateway.config.channels import FolderSettings, SmtpSettings
from gateway.config.load import load_settings
from gateway.errors import GatewayError
from gateway.extract.media import DOCX, PDF, XLSX
from gateway.testing import postfix
from gateway.testing.mail_material import MATERIAL, large, mixed, plain
from gateway.testing.running import own_configuration
from tests.unit.cli.asking import ask


def attached(message: bytes) -> list[tuple[str, bytes]]:
    """Return type and content of what a message carries, as the standard library reads it."""
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    return [(part.get_content_type(), part.get_content()) for part in parsed.iter_attachments()]


@pytest.mark.parametrize("kind", sorted(MATERIAL))
def test_every_message_is_another_and_each_time_the_same(kind: str) -> None:
    made = [MATERIAL[kind](number) for number in range(30)]
    assert made == [MATERIAL[kind](number) for number in range(30)]
    bodies = [email.message_from_bytes(each, policy=email.policy.default).get_body() for each in made]
    assert len({body.get_content() for body in bodies if body}) == 30
    assert max(len(line) for each in made for line in each.split(b"\r\n")) <= 998  # RFC 5322 section 2.1.1


def test_plain_messages_have_10_kb_of_sentences() -> None:
    for number in range(20):
        message = plain(number)
        assert 10_000 <= len(message) <= 10_400
        assert attached(message) == []
    sentences = plain(3).split(b"\r\n\r\n")[1].splitlines()
    assert len(set(sentences)) > 0.9 * len(sentences) > 100


def test_three_of_ten_of_the_mix_carry_a_document_and_no_two_the_same() -> None:
    carried = [attached(mixed(number)) for number in range(20)]
    assert [bool(each) for each in carried] == [turn in {1, 4, 8} for turn in range(10)] * 2
    assert Counter(kind for each in carried for kind, _ in each) == {DOCX: 2, PDF: 2, XLSX: 2}
    contents = [content for each in carried for _, content in each]
    assert len(set(contents)) == 6
    assert all(content.startswith((b"PK", b"%PDF")) for content in contents)


def test_a_large_message_is_as_large_as_was_asked() -> None:
    assert len(large(1, 3_000_000)) == pytest.approx(3_000_000, rel=0.01)


def row(ours: float, theirs: float = 0, *, least: float | None = None, most: float | None = None) -> Row:
    return Row(what="a", unit="b", ours=ours, peer="p", theirs=theirs, least=least, most=most, of_ratio=bool(theirs))


@pytest.mark.parametrize(
    ("measured", "ratio", "asked", "verdict"),
    [
        (row(120, 100, least=1.2), 1.2, "at least 1.2 x", "met"),
        (row(119, 100, least=1.2), 1.19, "at least 1.2 x", "not met"),
        (row(100, least=100), 0, "at least 100", "met"),
        (row(99.9, least=100), 0, "at least 100", "not met"),
        (row(120, most=120), 0, "at most 120", "met"),
        (row(121, most=120), 0, "at most 120", "not met"),
        (row(80, 2), 40, "", ""),
    ],
)
def test_figures_are_judged_by_what_is_asked(measured: Row, ratio: float, asked: str, verdict: str) -> None:
    assert measured.ratio == pytest.approx(ratio)
    assert (measured.asked, measured.verdict) == (asked, verdict)


def test_all_take_turns_and_each_is_fresh_and_ended() -> None:
    seen: list[str] = []

    class Fresh:
        port = 1

    @contextmanager
    def start(name: str) -> Iterator[Server]:
        seen.append(f"start {name}")
        try:
            yield Fresh()
        finally:
            seen.append(f"end {name}")

    def measure(_server: Server, name: str) -> float:
        seen.append(f"measure {name}")
        if len(seen) > 12:
            raise GatewayError("no more")
        return float(len(seen))

    starts = {name: (lambda name=name: start(name)) for name in ("ours", "theirs")}
    assert _turns(starts, 2, measure) == {"ours": [2.0, 8.0], "theirs": [5.0, 11.0]}
    assert seen == [f"{what} {name}" for name in ("ours", "theirs") for what in ("start", "measure", "end")] * 2
    with pytest.raises(GatewayError):
        _turns(starts, 1, measure)
    assert seen[-1] == "end ours"


def test_the_gateway_that_is_measured_relays_what_may_go_in_clear_and_touches_nothing_else(
    bare: Path, tmp_path: Path
) -> None:
    settings = load_settings(bare)
    config = tmp_path / "home" / "config" / "gateway.yaml"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps(own_configuration(settings, tmp_path / "home", 2626)))
    own = load_settings(config)
    assert own.paths.policies == settings.paths.policies
    for place in (own.paths.state, own.paths.quarantine, own.paths.outbound, own.paths.notices):
        assert place.is_relative_to(tmp_path / "home")
    for name in ("internal", "internet"):
        channel = own.channels[name]
        assert isinstance(channel, SmtpSettings)
        assert (channel.host, channel.port, channel.tls) == ("127.0.0.1", 2626, "none")
    proving = own.channels["secure-mail"]
    assert isinstance(proving, FolderSettings)
    assert proving.path.is_relative_to(tmp_path / "home")
    assert own.inspection.workers == settings.inspection.workers
    assert own.mail.max_size > 50_100_000


def test_where_postfix_is_not_installed_the_command_says_so(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postfix, "PATH", str(tmp_path))
    said = ask(bare, "bench", "smtp")
    assert said.code != 0
    assert "the programs of Postfix are not installed" in said.err
    assert "install the package postfix" in said.err
    assert postfix.lacking() == "Postfix is not installed"
