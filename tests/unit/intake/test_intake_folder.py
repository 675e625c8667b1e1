from __future__ import annotations

import getpass
import os
import pwd
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.errors import GatewayError, StorageFull, StoreError
from gateway.intake.door import MainDoor
from gateway.intake.folder import BROKEN, NO_RECIPIENT, FolderDoor
from gateway.intake.watch import silence_the_library
from gateway.model.transfer import Origin, Transfer
from gateway.store.ledger import entry_bytes
from tests.unit.intake.memory_store import HandClock, MemoryTransfers, MemoryVault

ROUTES = {"nhsmail": "inbox@nhs.net", "partner": ""}
SENDER = "folders@force.police.uk"


class House:
    """A folder door with everything around it."""

    def __init__(self, outbound: Path) -> None:
        self.outbound = outbound
        self.clock = HandClock()
        self.transfers = MemoryTransfers()
        self.vault = MemoryVault()
        self.reports: list[tuple[str, str]] = []
        self.max_size = 1000
        self.door = self.open_door()
        self.door.scan()

    def open_door(self) -> FolderDoor:
        """Return a door as after a restart: it remembers nothing."""
        return FolderDoor(
            MainDoor(self.transfers, self.vault, self.clock),
            self.transfers,
            self.outbound,
            lambda: ROUTES,
            SENDER,
            quiet=10.0,
            max_size=self.max_size,
            clock=self.clock,
            report=lambda path, why: self.reports.append((path.relative_to(self.outbound).as_posix(), why)),
        )

    def drop(self, place: str, content: bytes = b"content") -> Path:
        path = self.outbound / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def settle(self) -> tuple[Transfer, ...]:
        """Scan twice, far enough apart."""
        first = self.door.scan()
        self.clock.move(11)
        return first + self.door.scan()

    def contents(self, transfer: Transfer) -> dict[str, bytes]:
        return {part.name: self.vault.read(part.object_id) for part in transfer.parts}

    def is_empty(self) -> bool:
        """Say whether nothing but folders and nothing claimed is left."""
        return not [path for path in self.outbound.rglob("*") if not path.is_dir()] and not self.claims()

    def claims(self) -> list[Path]:
        return list((self.outbound / ".work").iterdir())


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "outbound")


def test_a_file_in_a_route_goes_to_the_fixed_recipient_of_the_route(house: House) -> None:
    path = house.drop("nhsmail/plan.txt")
    [transfer] = house.settle()
    assert transfer.origin is Origin.FOLDER
    assert transfer.route == "nhsmail"
    assert transfer.sender == SENDER
    assert [delivery.recipient for delivery in transfer.deliveries] == ["inbox@nhs.net"]
    assert house.contents(transfer) == {"plan.txt": b"content"}
    assert not path.exists()
    assert house.is_empty()
    assert house.settle() == ()


def test_a_file_below_to_goes_to_the_address_of_its_folder(house: House) -> None:
    house.drop("to/Alice@NHS.net/plan.txt")
    [transfer] = house.settle()
    assert transfer.route == ""
    assert [delivery.recipient for delivery in transfer.deliveries] == ["Alice@nhs.net"]


def test_a_dropped_folder_is_one_transfer_whose_names_begin_with_its_own(house: House) -> None:
    house.drop("nhsmail/case 7/b.txt", b"b")
    house.drop("nhsmail/case 7/photos/1.jpg", b"1")
    house.drop("nhsmail/single.txt", b"s")
    transfers = house.settle()
    assert [house.contents(transfer) for transfer in transfers] == [
        {"case 7/b.txt": b"b", "case 7/photos/1.jpg": b"1"},
        {"single.txt": b"s"},
    ]
    assert house.is_empty()


def test_one_look_is_never_enough_however_old_the_file(house: House) -> None:
    path = house.drop("nhsmail/plan.txt")
    os.utime(path, (0, 0))
    assert house.door.scan() == ()
    house.clock.move(9)
    assert house.door.scan() == ()
    house.clock.move(1)
    assert len(house.door.scan()) == 1


@pytest.mark.parametrize("change", ["grow", "replace", "touch"])
def test_a_change_starts_the_quiet_time_again(house: House, change: str) -> None:
    path = house.drop("nhsmail/plan.txt")
    house.door.scan()
    house.clock.move(9)
    if change == "grow":
        path.write_bytes(b"content and more")
    elif change == "replace":
        other = house.drop("elsewhere", b"another")
        other.replace(path)
    else:
        os.utime(path, (1, 1))
    assert house.door.scan() == ()
    house.clock.move(9)
    assert house.door.scan() == ()
    house.clock.move(2)
    assert len(house.door.scan()) == 1


def test_a_late_file_in_a_folder_makes_the_whole_folder_wait(house: House) -> None:
    house.drop("nhsmail/case/1.txt")
    house.door.scan()
    house.clock.move(9)
    house.drop("nhsmail/case/2.txt")
    house.clock.move(2)
    assert house.door.scan() == ()
    [transfer] = house.settle()
    assert set(house.contents(transfer)) == {"case/1.txt", "case/2.txt"}


def test_a_file_that_is_open_for_writing_is_not_taken(house: House) -> None:
    path = house.drop("nhsmail/plan.txt")
    with path.open("ab"):
        assert house.settle() == ()
    assert len(house.settle()) == 1


def test_an_empty_file_is_content_too(house: House) -> None:
    house.drop("nhsmail/nothing.txt", b"")
    [transfer] = house.settle()
    assert house.contents(transfer) == {"nothing.txt": b""}


@pytest.mark.parametrize("name", ["a.part", "a.TMP", "a.filepart", "a.crdownload", "a.partial", "~$a.docx", ".a.swp"])
def test_an_unfinished_name_waits_and_is_reported_after_an_hour(house: House, name: str) -> None:
    house.drop(f"nhsmail/{name}")
    assert house.settle() == ()
    assert not house.reports
    house.clock.move(3600)
    house.door.scan()
    house.door.scan()
    assert [place for place, _ in house.reports] == [f"nhsmail/{name}"]
    (house.outbound / "nhsmail" / name).rename(house.outbound / "nhsmail" / "done.txt")
    assert len(house.settle()) == 1


@pytest.mark.parametrize(
    "place",
    ["loose.txt", "unknown/a.txt", "partner/a.txt", "to/loose.txt", "to/nobody/a.txt", "nhsmail/f/.hidden"],
)
def test_what_has_no_way_out_stays_and_is_reported_once(house: House, place: str) -> None:
    path = house.drop(place)
    assert house.settle() == ()
    assert house.settle() == ()
    assert path.read_bytes() == b"content"
    assert len(house.reports) == 1


def test_what_the_gateway_writes_itself_is_not_read(house: House) -> None:
    path = house.drop("notices/n.txt")
    assert house.settle() == ()
    assert path.exists()
    assert not house.reports


def test_an_empty_folder_is_reported_and_stays(house: House) -> None:
    (house.outbound / "nhsmail" / "New folder").mkdir()
    assert house.settle() == ()
    assert house.reports == [("nhsmail/New folder", "is an empty folder")]


@pytest.mark.parametrize("failure", [StorageFull("no room"), StoreError("the database is away")])
def test_a_failure_leaves_the_file_where_it_is(house: House, failure: StoreError) -> None:
    path = house.drop("nhsmail/plan.txt")
    house.transfers.failure = failure
    assert house.settle() == ()
    assert path.read_bytes() == b"content"
    assert not house.claims()
    house.transfers.failure = None
    assert len(house.settle()) == 1
    assert len(house.transfers.kept) == 1


def test_no_room_in_the_vault_leaves_a_folder_where_it_is(house: House) -> None:
    house.drop("nhsmail/case/1.txt")
    house.drop("nhsmail/case/2.txt")
    house.vault.failure, house.vault.failing_after = StorageFull("no room"), 1
    assert house.settle() == ()
    assert sorted(path.name for path in (house.outbound / "nhsmail/case").iterdir()) == ["1.txt", "2.txt"]
    assert not house.vault.kept


def test_a_commit_whose_answer_was_lost_is_not_repeated(house: House) -> None:
    house.drop("nhsmail/plan.txt")
    house.transfers.failure, house.transfers.after_commit = StoreError("the answer was lost"), True
    house.settle()
    house.transfers.failure = None
    assert house.settle() == ()
    assert len(house.transfers.kept) == 1
    assert house.is_empty()


def test_when_nobody_can_tell_the_claim_waits(house: House) -> None:
    house.drop("nhsmail/plan.txt")
    house.door.scan()
    house.clock.move(11)
    house.transfers.failure, house.transfers.after_commit = StoreError("the answer was lost"), True
    real_get = house.transfers.get

    def get(transfer_id: str) -> Transfer:
        if house.transfers.kept:
            raise StoreError("the database is away")
        return real_get(transfer_id)

    house.transfers.get = get  # type: ignore[method-assign]
    assert house.door.scan() == ()
    assert len(house.claims()) == 1
    house.transfers.get = real_get  # type: ignore[method-assign]
    house.transfers.failure = None
    house.door = house.open_door()
    assert house.settle() == ()
    assert house.is_empty()
    assert len(house.transfers.kept) == 1


class Crash(BaseException):
    """The process ends here: nothing below catches it, as nothing could."""


def crash_at(house: House, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if where == "before the move":
        fail: Callable[..., None] = _crash
        monkeypatch.setattr("gateway.intake.claim.Path.rename", fail)
    elif where == "before the commit":
        house.transfers.failure = Crash()  # type: ignore[assignment]
    elif where == "after the commit":
        house.transfers.failure, house.transfers.after_commit = Crash(), True  # type: ignore[assignment]
    else:
        monkeypatch.setattr("gateway.intake.claim.shutil.rmtree", _crash)


def _crash(*_: object) -> None:
    raise Crash


@pytest.mark.parametrize("what", ["nhsmail/plan.txt", "nhsmail/case/plan.txt"])
@pytest.mark.parametrize("where", ["before the move", "before the commit", "after the commit", "at the removal"])
def test_a_crash_anywhere_admits_exactly_once(
    house: House, what: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.drop(what)
    house.door.scan()
    house.clock.move(11)
    with monkeypatch.context() as patch:
        crash_at(house, where, patch)
        with pytest.raises(Crash):
            house.door.scan()
    house.transfers.failure = None
    house.door = house.open_door()
    house.settle()
    house.settle()
    [transfer] = house.transfers.kept.values()
    assert house.contents(transfer) == {what.removeprefix("nhsmail/"): b"content"}
    assert house.is_empty()


def test_a_claim_goes_back_only_when_its_name_is_free(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.drop("nhsmail/plan.txt", b"first")
    house.door.scan()
    house.clock.move(11)
    with monkeypatch.context() as patch:
        crash_at(house, "before the commit", patch)
        with pytest.raises(Crash):
            house.door.scan()
    house.transfers.failure = None
    house.drop("nhsmail/plan.txt", b"second")
    house.door = house.open_door()
    house.settle()
    assert [why for _, why in house.reports if "put back" in why]
    house.settle()
    house.settle()
    told = sorted(next(iter(house.contents(transfer).values())) for transfer in house.transfers.kept.values())
    assert told == [b"first", b"second"]
    assert house.is_empty()


def test_several_doors_on_one_folder_take_each_file_once(house: House) -> None:
    for number in range(40):
        house.drop(f"nhsmail/{number}.txt", str(number).encode())
    doors = [house.open_door() for _ in range(4)]
    for door in doors:
        door.scan()
    house.clock.move(11)
    threads = [threading.Thread(target=door.scan) for door in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for door in doors:
        door.scan()
    house.settle()
    told = sorted(int(next(iter(house.contents(transfer).values()))) for transfer in house.transfers.kept.values())
    assert told == list(range(40))
    assert house.is_empty()


def test_the_thread_takes_what_is_dropped_and_stops(house: House) -> None:
    door = FolderDoor(
        MainDoor(house.transfers, house.vault, house.clock),
        house.transfers,
        house.outbound,
        lambda: ROUTES,
        SENDER,
        quiet=0.05,
        scan_every=0.1,
    )
    admitted = threading.Event()
    commit = house.transfers.commit

    def tell(*args: object, **words: object) -> Transfer:
        written = commit(*args, **words)  # type: ignore[arg-type]
        admitted.set()
        return written

    house.transfers.commit = tell  # type: ignore[method-assign]
    door.start()
    try:
        house.drop("nhsmail/plan.txt")
        assert admitted.wait(60)
    finally:
        door.stop()
        door.stop()
    assert len(house.transfers.kept) == 1


def test_an_outbound_folder_that_cannot_be_made_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    house = House(tmp_path / "outbound")
    door = FolderDoor(
        MainDoor(house.transfers, house.vault, house.clock), house.transfers, tmp_path / "file", lambda: ROUTES, SENDER
    )
    with pytest.raises(GatewayError, match=r"the outbound folder .* cannot be used"):
        door.start()
    door.stop()


def test_a_file_that_breaks_the_door_does_not_keep_it_from_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = house.drop("nhsmail/a secret name.txt", b"poison")
    house.drop("nhsmail/b.txt")
    house.drop("to/alice@nhs.net/c.txt")
    commit = house.transfers.commit

    def picky(before: Transfer | None, after: Transfer, **words: object) -> Transfer:
        if after.parts[0].size == len(b"poison"):
            raise ValueError("a ledger entry is too long, says a secret name")
        return commit(before, after, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(house.transfers, "commit", picky)
    assert len(house.settle()) == 2
    assert house.settle() == ()
    assert house.reports == [("nhsmail/a secret name.txt", BROKEN)]
    assert broken.read_bytes() == b"poison"
    assert not house.claims()
    assert len(house.vault.kept) == 2
    assert "secret name" not in "".join(capfd.readouterr())


def test_a_report_that_fails_does_not_keep_the_door_from_the_others(house: House) -> None:
    house.drop("loose.txt")
    house.drop("nhsmail/plan.txt")

    class Deaf(list[tuple[str, str]]):
        def append(self, _: tuple[str, str]) -> None:
            raise OSError("the notices folder is away")

    house.reports = Deaf()
    assert len(house.settle()) == 1


def test_a_folder_of_a_thousand_files_is_one_transfer_with_a_short_first_entry(house: House) -> None:
    for number in range(1200):
        house.drop(f"nhsmail/many/{number:04}.txt", str(number).encode())
    house.drop("nhsmail/next.txt")
    first, second = house.settle()
    assert (len(first.parts), len(second.parts)) == (1200, 1)
    assert len(entry_bytes(house.transfers.entries[0])) < 2000
    assert house.is_empty()


def test_the_owner_of_the_file_is_recorded_as_the_account(house: House) -> None:
    house.drop("nhsmail/plan.txt")
    house.drop("nhsmail/case/b.txt")
    transfers = house.settle()
    assert [transfer.account for transfer in transfers] == [getpass.getuser()] * 2
    assert [entry.facts["account"] for entry in house.transfers.entries] == [getpass.getuser()] * 2


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give files away")
def test_the_first_files_owner_counts_for_a_folder_and_an_unknown_one_is_empty(house: House) -> None:
    other = next(entry for entry in pwd.getpwall() if entry.pw_uid not in {0, os.geteuid()})
    os.chown(house.drop("nhsmail/case/a.txt"), other.pw_uid, -1)
    house.drop("nhsmail/case/b.txt")
    os.chown(house.drop("nhsmail/unknown.txt"), 3_999_999, -1)
    assert [transfer.account for transfer in house.settle()] == [other.pw_name, ""]


@pytest.mark.parametrize("place", ["nhsmail/big.bin", "nhsmail/case/big.bin"])
def test_a_file_larger_than_the_door_takes_is_reported_and_stays(house: House, place: str) -> None:
    path = house.drop(place, b"x" * (house.max_size + 1))
    house.drop("nhsmail/fits.bin", b"x" * house.max_size)
    assert [part.name for transfer in house.settle() for part in transfer.parts] == ["fits.bin"]
    [(told, why)] = house.reports
    assert told == "/".join(place.split("/")[:2])
    assert "more than 1000 bytes" in why
    assert path.exists()


@pytest.mark.parametrize("place", ["partner/plan.txt", "partner/alice@nhs.net/plan.txt"])
def test_a_route_without_a_recipient_says_which_folder_to_use(house: House, place: str) -> None:
    house.drop(place)
    assert house.settle() == ()
    assert [why for _, why in house.reports] == [NO_RECIPIENT]
    assert "to/<address>/" in NO_RECIPIENT


def test_a_watch_that_goes_away_puts_no_path_into_the_log() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        silence_the_library()
        said = "Callback with id '7' does not exist for watch /outbound/to/a@b.example and therefore cannot be removed"
        warnings.warn(said, RuntimeWarning, stacklevel=1)
        assert not told
        warnings.warn("something else", RuntimeWarning, stacklevel=1)
        assert len(told) == 1
