from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deliver.answers import printable
from gateway.deliver.channels import ChannelKind, build
from gateway.deliver.folder import FolderChannel, safe_name
from gateway.deliver.level import TlsLevel
from gateway.deliver.mail import SmtpChannel
from gateway.errors import GatewayError, NotSealed, TryLater
from tests.unit.deliver.consignments import consignment


def files(path: Path) -> dict[str, bytes]:
    return {each.relative_to(path).as_posix(): each.read_bytes() for each in path.rglob("*") if each.is_file()}


def test_every_part_is_written_under_the_recipient_and_the_delivery(tmp_path: Path) -> None:
    channel = FolderChannel("share", path=tmp_path)
    receipt = channel.send(consignment(b"one", b"three", message=False))
    assert files(tmp_path) == {"b@nhs.net/d-7-1-sealed.zip": b"one", "b@nhs.net/d-7-2-sealed-2.zip": b"three"}
    assert receipt.channel == "share"
    assert receipt.answer == "wrote 2 files, 8 bytes"
    assert receipt.tls == ""


def test_handing_over_again_changes_nothing(tmp_path: Path) -> None:
    channel = FolderChannel("share", path=tmp_path)
    channel.send(consignment(b"one", message=False))
    before = files(tmp_path)
    channel.send(consignment(b"one", message=False))
    assert files(tmp_path) == before


def test_a_crash_in_the_middle_shows_nothing_and_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = FolderChannel("share", path=tmp_path)

    def crash(_descriptor: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", crash)
        (tmp_path / "b@nhs.net").mkdir()
        with pytest.raises(KeyboardInterrupt):
            channel.send(consignment(b"one", message=False))
    assert [name for name in files(tmp_path) if not name.rpartition("/")[2].startswith(".")] == []
    channel.send(consignment(b"one", message=False))
    assert files(tmp_path) == {"b@nhs.net/d-7-1-sealed.zip": b"one"}


def test_a_folder_is_no_verified_tls(tmp_path: Path) -> None:
    with pytest.raises(NotSealed):
        FolderChannel("share", path=tmp_path).send(consignment(b"one", message=False, needs_verified_tls=True))
    assert files(tmp_path) == {}


def test_a_folder_for_trials_takes_it_and_says_what_was_not_proved(tmp_path: Path) -> None:
    channel = build(ChannelKind.FOLDER, "share", path=tmp_path, trial=True)
    receipt = channel.send(consignment(b"one", message=False, needs_verified_tls=True))
    assert files(tmp_path) == {"b@nhs.net/d-7-1-sealed.zip": b"one"}
    assert receipt.answer == "trial: written to a folder, no TLS proved; wrote 1 files, 3 bytes"
    assert receipt.tls == ""
    ordinary = channel.send(consignment(b"one", message=False))
    assert ordinary.answer == "wrote 1 files, 3 bytes"


def test_a_share_that_is_not_there_is_waited_for_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(TryLater, match="mounted"):
        FolderChannel("share", path=tmp_path / "mnt").send(consignment(b"one", message=False))
    assert not (tmp_path / "mnt").exists()


@pytest.mark.parametrize("trap", ["link", "file"])
def test_a_recipient_folder_that_is_something_else_is_not_written_through(tmp_path: Path, trap: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    share = tmp_path / "share"
    share.mkdir()
    if trap == "link":
        (share / "b@nhs.net").symlink_to(elsewhere)
    else:
        (share / "b@nhs.net").write_bytes(b"")
    with pytest.raises(TryLater):
        FolderChannel("share", path=share).send(consignment(b"one", message=False))
    assert files(elsewhere) == {}


def test_a_part_name_is_no_path(tmp_path: Path) -> None:
    FolderChannel("share", path=tmp_path).send(
        consignment(b"1", b"2", message=False, names=("../../evil", "a/b.txt"), recipient="x/../y@nhs.net")
    )
    assert len(files(tmp_path)) == 2
    assert all(name.count("/") == 1 for name in files(tmp_path))


@given(st.text(max_size=300))
def test_a_safe_name_is_one_step_visible_and_short(untrusted: str) -> None:
    name = safe_name(untrusted)
    assert 0 < len(os.fsencode(name)) <= 110
    assert "/" not in name
    assert not name.startswith(".")
    assert safe_name(name) == name


@given(st.text(max_size=40), st.text(max_size=40))
def test_different_names_stay_different(one: str, other: str) -> None:
    assert (safe_name(one) == safe_name(other)) is (one == other) or safe_name(one) in {one, other}


@given(st.text(max_size=600))
def test_an_answer_is_kept_as_one_short_line_of_printable_ascii(untrusted: str) -> None:
    kept = printable(untrusted)
    assert len(kept) <= 200
    assert kept.isascii()
    assert kept == "" or kept.isprintable()


def test_channels_are_built_by_kind_and_say_what_they_lack(tmp_path: Path) -> None:
    mail = build(ChannelKind.SMTP, "relay", host="127.0.0.1", tls=TlsLevel.ENCRYPT)
    share = build(ChannelKind.FOLDER, "share", path=tmp_path)
    assert isinstance(mail, SmtpChannel)
    assert isinstance(share, FolderChannel)
    assert (mail.name, mail.takes_messages) == ("relay", True)
    assert (share.name, share.takes_messages) == ("share", False)
    with pytest.raises(GatewayError, match="relay names no host"):
        build(ChannelKind.SMTP, "relay")
    with pytest.raises(GatewayError, match="share names no path"):
        build(ChannelKind.FOLDER, "share")
    with pytest.raises(GatewayError, match="cannot be read"):
        build(ChannelKind.SMTP, "relay", host="127.0.0.1", ca_file=str(tmp_path / "none.pem"))
