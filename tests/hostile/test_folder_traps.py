"""What may lie in an outbound folder to make the gateway read or remove something else, or hang."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
from pathlib import Path

import pytest

from gateway.intake import ready
from gateway.intake.claim import _Steady
from tests.unit.intake.test_intake_folder import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "outbound")


@pytest.fixture
def treasure(tmp_path: Path) -> Path:
    path = tmp_path / "treasure.txt"
    path.write_bytes(b"not for sending")
    return path


def lay(trap: str, path: Path, treasure: Path) -> None:
    if trap == "link":
        path.symlink_to(treasure)
    elif trap == "link to a folder":
        path.symlink_to(treasure.parent)
    elif trap == "dangling link":
        path.symlink_to("nowhere")
    elif trap == "hard link":
        path.hardlink_to(treasure)
    elif trap == "fifo":
        os.mkfifo(path)
    else:
        with socket.socket(socket.AF_UNIX) as unix:
            here = Path.cwd()
            os.chdir(path.parent)  # names of sockets are short
            try:
                unix.bind(path.name)
            finally:
                os.chdir(here)


@pytest.mark.parametrize("inside", ["", "case/"], ids=["bare", "in a folder"])
@pytest.mark.parametrize("trap", ["link", "link to a folder", "dangling link", "hard link", "fifo", "socket"])
def test_a_trap_is_never_opened_stays_and_is_reported_once(
    house: House, treasure: Path, trap: str, inside: str
) -> None:
    path = house.outbound / "nhsmail" / f"{inside}x"
    path.parent.mkdir(exist_ok=True)
    lay(trap, path, treasure)
    if inside:
        house.drop("nhsmail/case/harmless.txt")
    assert house.settle() == ()
    assert house.settle() == ()
    assert os.path.lexists(path)
    assert treasure.read_bytes() == b"not for sending"
    assert not house.vault.kept
    assert len(house.reports) == 1


def test_a_route_folder_that_is_a_link_is_not_followed(house: House, treasure: Path) -> None:
    folder = house.outbound / "nhsmail"
    folder.rmdir()
    folder.symlink_to(treasure.parent)
    assert house.settle() == ()
    assert not house.vault.kept
    assert treasure.exists()


def test_a_file_exchanged_for_a_link_between_look_and_claim_is_not_read(house: House, treasure: Path) -> None:
    path = house.drop("nhsmail/plan.txt")
    house.door.scan()
    house.clock.move(11)
    sight = ready.look(path)
    assert sight is not None
    path.unlink()
    path.symlink_to(treasure)
    assert not ready.is_free(path, sight)
    assert house.settle() == ()
    assert not house.vault.kept


def test_a_folder_exchanged_for_a_link_below_is_not_entered(house: House, treasure: Path) -> None:
    house.drop("nhsmail/case/photos/treasure.txt")
    top = house.outbound / "nhsmail/case"
    (top / "photos/treasure.txt").unlink()
    (top / "photos").rmdir()
    (top / "photos").symlink_to(treasure.parent)
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        ready.open_file(top, "photos/treasure.txt", is_folder=True)


def test_a_file_that_changes_while_it_is_read_is_an_error_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"one")
    sight = ready.look(path)
    assert sight is not None
    stream = _Steady(path, *sight.files[0], is_folder=False)
    assert stream.read(2) == b"on"
    with path.open("ab") as writer:
        writer.write(b" more")
    with pytest.raises(ready.StillChanging):
        stream.readall()
    stream.close()


def test_too_many_or_too_deep_is_reported_and_stays(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "MOST_FILES", 5)
    for number in range(6):
        house.drop(f"nhsmail/many/{number}")
    house.drop("nhsmail/deep/" + "d/" * 33 + "f")
    assert house.settle() == ()
    assert len(house.reports) == 2
    assert not house.vault.kept


@pytest.mark.parametrize("name", ["-rf", "a\nb", "$(reboot)", "caf\udce9.txt", "..doc", "x" * 255, "to", "notices"])
def test_a_name_is_data(house: House, name: str) -> None:
    path = house.outbound / "nhsmail" / name
    path.write_bytes(b"content")
    if name.startswith("."):
        assert house.settle() == ()
        return
    [transfer] = house.settle()
    assert transfer.parts[0].name == name.replace("\udce9", "\ufffd")
    assert house.is_empty()


@pytest.mark.parametrize("address", ["..", "a@b@c", " a@nhs.net", "a@nhs.net\n", "a b@nhs.net", "@", "postmaster"])
def test_a_folder_named_by_no_address_sends_nothing(house: House, address: str) -> None:
    if address != "..":
        house.drop(f"to/{address}/x.txt")
    assert house.settle() == ()
    assert not house.transfers.kept


def test_a_forged_note_puts_nothing_outside(house: House, tmp_path: Path) -> None:
    for number, place in enumerate(['"../evil.txt"', '"/tmp/evil.txt"', "[1]", "", "{"]):
        folder = house.outbound / ".work" / f"t-0000000{number}-forged0000"
        folder.mkdir()
        (folder / "note").write_text(place)
        (folder / "content").write_bytes(b"content")
    house.settle()
    assert len(house.claims()) == 5
    assert not (tmp_path / "evil.txt").exists()
    assert not Path("/tmp/evil.txt").exists()
    assert {why for _, why in house.reports} == {
        "was not taken and cannot be put back, because its old name is taken or its folder is gone"
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="needs an ordinary user: root reads everything")
def test_an_unreadable_file_is_reported(house: House) -> None:
    house.drop("nhsmail/plan.txt").chmod(0)
    assert house.settle() == ()
    assert [why for _, why in house.reports] == [ready.UNREADABLE]


def test_a_writer_that_meets_our_lease_does_not_end_the_process(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGIO)
    try:
        ready.ignore_lease_signals()
        path = tmp_path / "x"
        path.write_bytes(b"content")
        reader = os.open(path, os.O_RDONLY)
        fcntl.fcntl(reader, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        with pytest.raises(BlockingIOError):
            os.open(path, os.O_WRONLY | os.O_NONBLOCK)  # the kernel sends SIGIO here
        os.close(reader)
    finally:
        signal.signal(signal.SIGIO, before)
