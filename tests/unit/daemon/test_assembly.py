"""What inspects a transfer: one budget of time, size and pictures over all its parts, and its sender's passwords."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gateway.config.load import load_settings
from gateway.config.settings import InspectionSettings, LimitsSettings, Settings
from gateway.daemon.assembly import build_inspect, build_post, may_tell
from gateway.daemon.inspectors import Inspectors
from gateway.errors import NotFound
from gateway.intake import Arrival
from gateway.intake.door import MainDoor
from gateway.model.inspection import GapKind, Inspection
from gateway.model.lifecycle import TransferState
from gateway.model.transfer import Notice, Origin, Transfer
from gateway.moves.inside import inspect
from gateway.moves.outside import forget
from gateway.record.passphrases import TO_OFFICERS
from gateway.store.embedded import Store, create_keys, open_store
from gateway.system.clock import MachineClock
from gateway.testing.values import NOON, a_transfer, an_inspection
from gateway.worker import Inspector
from tests.unit.daemon.carrying import SlowChannel, house

SAMPLE = Path(__file__).parents[3] / "config" / "gateway.yaml"


@dataclass(eq=False)
class Telling(Inspector):
    """Says how many pictures it read, and keeps what it was asked."""

    pages: list[int]
    asked: list[tuple[str, int | None, tuple[str, ...]]] = field(default_factory=list)

    def inspect(
        self,
        name: str,
        content: bytes,
        *,
        seconds: float | None = None,
        pages: int | None = None,
        passwords: Sequence[str] = (),
    ) -> Inspection:
        del content
        assert seconds is not None
        self.asked.append((name, pages, tuple(passwords)))
        return replace(an_inspection(), pages=self.pages.pop(0))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_keys(tmp_path / "state")
    opened = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=MachineClock())
    yield opened
    opened.close()


def settings(**limits: int) -> Settings:
    chosen = InspectionSettings(limits=LimitsSettings().model_copy(update=limits))
    return load_settings(SAMPLE).model_copy(update={"inspection": chosen})


def admit(store: Store, *contents: bytes, passwords: tuple[str, ...] = ()) -> Transfer:
    arrival = Arrival(
        origin=Origin.COMMAND,
        sender="staff@council.example",
        recipients=("friend@partner.example",),
        parts=[(f"{number}.txt", io.BytesIO(content)) for number, content in enumerate(contents)],
        passwords=passwords,
    )
    return MainDoor(store.transfers, store.vault, MachineClock()).admit(arrival)


def test_pictures_have_one_budget_over_all_parts_whatever_a_worker_says(store: Store) -> None:
    inspector = Telling([20, 25, 1_000_000, 0])
    seen = build_inspect(settings(pages=50), Inspectors(inspector), store.vault, MachineClock())(
        admit(store, *[b"x"] * 4)
    )
    assert [pages for _, pages, _ in inspector.asked] == [50, 30, 5, 0]
    assert seen.pages == 1_000_045


def test_an_inspection_says_with_what_it_was_read(store: Store) -> None:
    inspector = Telling([0, 0])
    inspector.read_with = "c1a55"
    seen = build_inspect(settings(), Inspectors(inspector), store.vault, MachineClock())(admit(store, b"x", b"y"))
    assert seen.read_with == "c1a55"


def test_what_is_larger_than_what_is_left_is_a_gap_and_the_rest_is_read(store: Store) -> None:
    inspector = Telling([0, 0])
    limits = settings(part_size=10, total_size=15)
    seen = build_inspect(limits, Inspectors(inspector), store.vault, MachineClock())(
        admit(store, b"x" * 9, b"y" * 9, b"z" * 5)
    )
    assert [name for name, _, _ in inspector.asked] == ["0.txt", "2.txt"]
    assert [(gap.part, gap.kind) for gap in seen.gaps] == [("1.txt", GapKind.TOO_LARGE)]


def test_what_officers_are_told_lies_where_staff_read_nothing(tmp_path: Path) -> None:
    paths = settings().paths.model_copy(update={"notices": tmp_path / "notices", "state": tmp_path / "state"})
    (tmp_path / "state").mkdir()
    post = build_post(settings().model_copy(update={"paths": paths}), {})
    notice = Notice(id="n-1", about="tell:dpo", to="dpo@council.example", subject="Held", object_id="o-1", begun=NOON)
    post(a_transfer(), notice, "words")
    (told,) = (tmp_path / "state").rglob("*.txt")
    assert told.parent.name == "dpo"
    assert not (tmp_path / "notices").exists()
    post(a_transfer(), replace(notice, about="held", to="staff@council.example"), "words")
    assert len(list((tmp_path / "notices").iterdir())) == 1


def test_passwords_go_with_every_part_and_are_destroyed_when_it_was_inspected(store: Store) -> None:
    transfer = admit(store, b"x", b"y", passwords=("one", "two"))
    inspector = Telling([0, 0])
    rooms = replace(
        house(store, SlowChannel()),
        inspect=build_inspect(settings(), Inspectors(inspector), store.vault, MachineClock()),
    )
    step = inspect(transfer, rooms, MachineClock().now())
    assert step is not None
    assert [passwords for _, _, passwords in inspector.asked] == [("one", "two")] * 2
    store.vault.read(transfer.passwords_object_id)  # still there: nothing is committed yet
    forget(step.before, step.after, rooms)
    with pytest.raises(NotFound):
        store.vault.read(transfer.passwords_object_id)
    assert all(store.vault.read(part.object_id) for part in transfer.parts)


def test_passwords_that_a_crash_left_behind_are_destroyed_with_a_later_move(store: Store) -> None:
    transfer = replace(admit(store, b"x", passwords=("one",)), state=TransferState.INSPECTED)
    forget(transfer, replace(transfer, state=TransferState.DECIDED), house(store, SlowChannel()))
    with pytest.raises(NotFound):
        store.vault.read(transfer.passwords_object_id)


def test_passwords_are_on_no_disk_in_clear_and_the_stored_transfer_names_them(store: Store, tmp_path: Path) -> None:
    transfer = admit(store, b"x", passwords=("a quetzal",))
    assert store.transfers.get(transfer.id).passwords_object_id == transfer.passwords_object_id
    assert "quetzal" not in repr(transfer)
    store.close()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"quetzal" not in path.read_bytes(), path


def by_mail() -> Settings:
    notices = settings().notices.model_copy(update={"channel": "relay", "from_address": "gateway@council.example"})
    organisation = settings().organisation.model_copy(update={"internal_domains": ("council.example",)})
    return settings().model_copy(update={"notices": notices, "organisation": organisation})


@pytest.mark.parametrize(
    ("sender", "recipient", "may"),
    [
        ("ann@council.example", "ward@trust.example", True),
        ("ann@elsewhere.example", "ward@trust.example", False),
        ("ann@council.example", "ann@council.example", False),
        ("Ann@council.example", "ann@council.example", False),
        ("ann@council.example", "ann+out@council.example", False),
        ("ann+in@council.example", "ann@COUNCIL.example", False),
        ("ann@council.example", "ann@council.example.", False),
    ],
)
def test_nobody_is_told_a_passphrase_by_mail_into_the_mailbox_that_got_the_form(
    sender: str, recipient: str, *, may: bool
) -> None:
    transfer = replace(a_transfer(), origin=Origin.MAIL, sender=sender)
    assert may_tell(by_mail())(transfer, replace(transfer.deliveries[0], recipient=recipient)) is may


def test_what_is_for_no_officer_by_name_goes_into_their_folder_though_others_go_by_mail(tmp_path: Path) -> None:
    paths = settings().paths.model_copy(update={"state": tmp_path})
    relay = SlowChannel()
    post = build_post(by_mail().model_copy(update={"paths": paths}), {"relay": relay})
    notice = Notice(id="n-1", about=TO_OFFICERS, to="", subject="See to it", object_id="o-1", begun=NOON)
    post(a_transfer(), notice, "words")
    (told,) = tmp_path.rglob("*.txt")
    assert told.parent.name == "passphrase"
    post(a_transfer(), replace(notice, to="officer@council.example"), "words")
    assert relay.sent == {"officer@council.example": 1}
