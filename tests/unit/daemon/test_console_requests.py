"""What the daemon shows and foretells: from the very content, by real workers, and to nobody but who asked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.config.load import load_policies, load_settings
from gateway.config.settings import Settings
from gateway.daemon.assembly import build_inspect, start_inspector
from gateway.daemon.console_requests import ConsoleRequests
from gateway.daemon.inspectors import Inspectors
from gateway.daemon.revealing import Revealer
from gateway.errors import NotAccepted
from gateway.intake import Arrival
from gateway.intake.door import MainDoor
from gateway.model.board import DaemonBoard
from gateway.model.inspection import Finding, Gap, GapKind
from gateway.model.lifecycle import DeliveryState
from gateway.model.passage import MARKING, Run, Unshown
from gateway.model.record import Act, FoundAt, Instruction
from gateway.model.transfer import Origin, Transfer
from gateway.store.embedded import Store, create_keys, open_store
from gateway.store.exchange import Tried, ask_preview, ask_refresh, passages_said, take_answer, waiting_to_see
from gateway.store.parcels import Side
from gateway.store.pinned import pin
from gateway.system.parcels import ParcelKey
from gateway.system.sandbox import describe_kernel
from gateway.testing.documents import docx
from gateway.testing.values import NOON, SteppingClock
from tests.scenarios.gateway_process import write_config

pytestmark = pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp")
NUMBER: Final = "943 476 5919"
LINE: Final = f"Please note that the NHS number: {NUMBER} belongs to the file of last week and to no other."
STAFF, FRIEND = "staff@exampleshire.example", "friend@partner.example"


class World:
    """Real workers, a store, and what the console would hold."""

    def __init__(self, settings: Settings, inspectors: Inspectors) -> None:
        self.settings, self.inspectors, self.clock = settings, inspectors, SteppingClock()
        create_keys(settings.paths.state)
        self.store: Store = open_store(state=settings.paths.state, vault=settings.paths.quarantine, clock=self.clock)
        key = ParcelKey()
        pin(self.store.boards, DaemonBoard(version="1", since=NOON, key=key.public), NOON)
        self.asked = list[str]()
        policy = load_policies(settings.paths.policies)
        self.requests = ConsoleRequests(
            settings, self.store, lambda: policy, inspectors, self.clock, key=key, refresh=self.asked.append
        )
        self.reveal = Revealer(self.store.vault, inspectors, self.store.parcels, self.clock)

    def held(self, name: str, content: bytes, *, message: bool = False) -> Transfer:
        """Bring something in and inspect it as the walk does; return it held."""
        arrival = Arrival(
            origin=Origin.MAIL if message else Origin.COMMAND, sender=STAFF, recipients=(FRIEND,),
            parts=[(name, io.BytesIO(content))], message=message,
        )  # fmt: skip
        made = MainDoor(self.store.transfers, self.store.vault, self.clock).admit(arrival)
        inspect = build_inspect(self.settings, self.inspectors, self.store.vault, self.clock)
        delivery = replace(made.deliveries[0], state=DeliveryState.HELD)
        return replace(made, inspection=inspect(made), deliveries=(delivery,))

    def shown(self, transfer: Transfer, finding: Finding) -> dict[str, Any] | None:
        """Ask for what a finding found, and fetch the answer."""
        waiting = waiting_to_see("i-1")
        found = FoundAt(
            part=finding.part, segment=finding.segment, start=finding.start, end=finding.end, entity=finding.entity,
        )  # fmt: skip
        asking = Instruction(
            id="i-1", transfer_id=transfer.id, delivery_id=transfer.deliveries[0].id, act=Act.REVEAL, officer="Officer",
            officer_address="officer@exampleshire.example", reason="is it real?", at=NOON, found=found,
            key=waiting.key.public,
        )  # fmt: skip
        self.reveal(transfer, asking)
        return take_answer(self.store.parcels, waiting, NOON)

    def read(self, transfer: Transfer) -> dict[str, Any]:
        """Ask for the words around all that was found, and fetch the answer."""
        waiting = waiting_to_see("i-2")
        asking = Instruction(
            id="i-2", transfer_id=transfer.id, delivery_id=transfer.deliveries[0].id, act=Act.READ, officer="Officer",
            officer_address="officer@exampleshire.example", reason="", at=NOON, key=waiting.key.public,
        )  # fmt: skip
        self.reveal(transfer, asking)
        said = take_answer(self.store.parcels, waiting, NOON)
        assert said is not None
        return said

    def foretold(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of `Tried`
        tried = replace(Tried(name="note.txt", sender=STAFF, recipients=(FRIEND,), content=LINE.encode()), **more)
        waiting = ask_preview(self.store.parcels, self.store.boards, tried, NOON)
        self.requests.look()
        said = take_answer(self.store.parcels, waiting, NOON)
        assert said is not None
        return said


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Inspectors]]:
    settings = load_settings(write_config(tmp_path_factory.mktemp("requests")))
    create_keys(settings.paths.state)
    with start_inspector(settings) as inspector:
        yield settings, Inspectors(inspector)


@pytest.fixture
def world(workers: tuple[Settings, Inspectors], tmp_path: Path) -> Iterator[World]:
    settings, inspectors = workers
    paths = settings.paths.model_copy(update={"state": tmp_path / "state", "quarantine": tmp_path / "vault"})
    made = World(settings.model_copy(update={"paths": paths}), inspectors)
    yield made
    made.store.close()


def packed(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, content)
    return target.getvalue()


def mail(text: str) -> bytes:
    return f"From: {STAFF}\r\nTo: {FRIEND}\r\nSubject: The file\r\n\r\n{text}\r\n".encode()


FORMS: Final = (
    ("note.txt", LINE.encode(), False),
    ("plans.zip", packed("inner/plan.docx", docx(["Dear all,", LINE])), False),
    ("message.eml", mail(LINE), True),
)
"""Names and contents in which the line stands, and whether they are mail."""


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        *FORMS,
        ("plan.docx", docx([LINE]), False),
        ("list.csv", f"Who;What\r\nPat;NHS number {NUMBER}\r\n".encode(), False),
    ],
)
def test_what_a_finding_found_is_shown_with_a_few_words_around_it(
    world: World,
    name: str,
    content: bytes,
    message: bool,  # noqa: FBT001 - a row
) -> None:
    transfer = world.held(name, content, message=message)
    assert transfer.inspection is not None
    (finding,) = [each for each in transfer.inspection.findings if each.entity == "NHS_NUMBER"]
    said = world.shown(transfer, finding)
    assert said is not None
    assert said["value"] == NUMBER
    assert len(said["before"]) <= 60
    assert len(said["after"]) <= 60
    if "no other" in content.decode(errors="replace"):
        assert said["after"].startswith(" belongs to the file of last week")


def test_the_values_of_its_neighbours_are_hidden(world: World) -> None:
    rows = "Name;NHS number\r\nPat;943 476 5919\r\nSam;987 654 4321\r\nGil;401 023 2137\r\n"
    transfer = world.held("list.csv", rows.encode())
    assert transfer.inspection is not None
    numbers = [each for each in transfer.inspection.findings if each.entity == "NHS_NUMBER"]
    assert len(numbers) == 3
    said = world.shown(transfer, numbers[1])
    assert said is not None
    assert said["value"] == "987 654 4321"
    assert "943 476" not in said["before"]
    assert "401 023" not in said["after"]
    assert "\u2022" * 12 in said["after"]
    others = tuple(
        replace(each, start=each.start + 1, end=each.end + 1) if each is numbers[2] else each
        for each in transfer.inspection.findings
    )
    moved = world.shown(replace(transfer, inspection=replace(transfer.inspection, findings=others)), numbers[1])
    assert moved is not None
    assert (moved["before"], moved["value"], moved["after"]) == ("", "987 654 4321", ""), "a neighbour is elsewhere"
    full = replace(transfer.inspection, gaps=(Gap(part="list.csv", kind=GapKind.TOO_MANY, detail="findings"),))
    cut = world.shown(replace(transfer, inspection=full), numbers[1])
    assert cut is not None
    assert (cut["before"], cut["value"], cut["after"]) == ("", "987 654 4321", "")


def test_what_is_known_again_is_hidden_beside_a_value_and_in_context(world: World) -> None:
    text = f"Patient name: Blodwen Pugh\nOf PUGH, Blodwen and B. Pugh NHS number: {NUMBER} (943-476-5919), Mrs Pugh's."
    transfer = world.held("note.txt", text.encode())
    assert transfer.inspection is not None
    by_entity = {each.entity: each for each in transfer.inspection.findings if each.start < text.index("(943")}
    assert {"NHS_NUMBER", "PERSON_NAME"} <= by_entity.keys()
    for finding in (by_entity["NHS_NUMBER"], by_entity["PERSON_NAME"]):
        said = world.shown(transfer, finding)
        assert said is not None
        around = f"{said['before']}{said['after']}"
        assert " and B. \u2022\u2022\u2022\u2022 NHS number: " in around
        assert not any(each in around for each in ("Pugh", "PUGH", "Blodwen", "943", "5919"))
    (passage,) = passages_said(world.read(transfer))
    plain = "".join(run.text for run in passage.runs if not run.entity)
    assert not any(each in plain for each in ("Pugh", "PUGH", "Blodwen", "943", "5919"))
    assert "Mrs" in plain


@pytest.mark.parametrize(("name", "content", "message"), [*FORMS])
def test_what_was_found_is_read_in_context_masked(
    world: World,
    name: str,
    content: bytes,
    message: bool,  # noqa: FBT001 - a row
) -> None:
    transfer = world.held(name, content, message=message)
    assert transfer.inspection is not None
    (finding,) = [each for each in transfer.inspection.findings if each.entity == "NHS_NUMBER"]
    (passage,) = [
        each for each in passages_said(world.read(transfer)) if any(run.entity == "NHS_NUMBER" for run in each.runs)
    ]
    assert (passage.part, passage.where) == (finding.part, finding.where)
    before, found, after = passage.runs
    assert before.text.endswith("the NHS number: ")
    assert found.text == finding.masked
    assert after.text.startswith(" belongs to the file of last week")
    assert NUMBER not in str(passage)


def test_the_marking_is_read_in_context_as_it_is(world: World) -> None:
    words = "RESTRICTED - INVESTIGATION\n\nThe visit of last week is described below.\n"
    (passage,) = passages_said(world.read(world.held("note.txt", words.encode())))
    assert passage.runs[0] == Run(text="RESTRICTED - INVESTIGATION", entity=MARKING)
    assert passage.runs[1].text.startswith("\nThe visit of last week")


@pytest.mark.parametrize("kind", [GapKind.TOO_MANY, GapKind.DETECTOR_FAILED])
def test_nothing_is_read_around_where_not_all_was_found(world: World, kind: GapKind) -> None:
    transfer = world.held("note.txt", LINE.encode())
    assert transfer.inspection is not None
    full = replace(transfer.inspection, gaps=(Gap(part="note.txt", kind=kind),))
    assert world.read(replace(transfer, inspection=full)) == {"trouble": Unshown.NOT_ALL}


def test_of_files_that_have_one_name_nothing_is_read(world: World) -> None:
    transfer = world.held("note.txt", LINE.encode())
    twice = replace(transfer, parts=(*transfer.parts, replace(transfer.parts[0], name="x/note.txt")))
    assert world.read(twice) == {"trouble": Unshown.GONE}


def test_what_moved_is_not_read_and_lost_content_never_raises(world: World) -> None:
    transfer = world.held("note.txt", LINE.encode())
    assert transfer.inspection is not None
    findings = transfer.inspection.findings
    moved = tuple(replace(each, start=each.start - 5, end=each.end - 5) for each in findings)
    elsewhere = replace(transfer, inspection=replace(transfer.inspection, findings=moved))
    assert world.read(elsewhere) == {"trouble": Unshown.GONE}
    world.store.vault.destroy(transfer.parts[0].object_id)
    assert world.read(transfer) == {"trouble": Unshown.FAULT}


def test_what_is_not_at_its_place_any_more_is_not_shown(world: World) -> None:
    transfer = world.held("note.txt", LINE.encode())
    assert transfer.inspection is not None
    (finding,) = [each for each in transfer.inspection.findings if each.entity == "NHS_NUMBER"]
    moved = replace(finding, start=finding.start - 5, end=finding.end - 5)
    elsewhere = replace(transfer, inspection=replace(transfer.inspection, findings=(moved,)))
    assert world.shown(elsewhere, moved) == {"trouble": Unshown.GONE}


def test_lost_content_is_said_to_be_lost_and_never_raises(world: World) -> None:
    transfer = world.held("note.txt", LINE.encode())
    assert transfer.inspection is not None
    world.store.vault.destroy(transfer.parts[0].object_id)
    said = world.shown(transfer, transfer.inspection.findings[0])
    assert said == {"trouble": Unshown.FAULT}


def test_what_would_happen_is_foretold_as_the_command_line_does(world: World) -> None:
    said = world.foretold()
    assert said["findings_by_entity"] == {"NHS_NUMBER": 1}
    (recipient,) = said["recipients"]
    assert recipient["outcome"] in {"deliver", "quarantine"}
    assert recipient["reasons"]
    assert NUMBER not in str(said)
    assert [*world.store.transfers.find()] == [], "nothing of it is stored"


def test_a_mail_is_foretold_as_mail(world: World) -> None:
    plain = world.foretold(name="draft.eml", content=mail("See you at noon."))
    asked = world.foretold(
        name="draft.eml", content=mail("See you at noon.").replace(b"The file", b"[encrypt] The file")
    )
    assert plain["recipients"][0]["obligations"] == []
    assert "seal:aes256" in asked["recipients"][0]["obligations"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"recipients": ()}, "whom would it go to"),
        ({"recipients": ("no address",)}, "malformed"),
        ({"recipients": tuple(f"a{n}@b.example" for n in range(51))}, "more than 50"),
        ({"sender": "nobody"}, "malformed"),
        ({"route": "nowhere"}, "no route 'nowhere'"),
        ({"consent": "perhaps"}, "not understood"),
        ({"reason": "x" * 2000}, "longer than"),
    ],
)
def test_what_could_not_be_sent_so_is_said(world: World, more: dict[str, Any], said: str) -> None:
    assert said in world.foretold(**more)["trouble"]


def test_what_is_larger_than_a_mail_may_be_is_not_tried(world: World) -> None:
    mail_settings = world.settings.mail.model_copy(update={"max_size": 10})
    small = ConsoleRequests(
        world.settings.model_copy(update={"mail": mail_settings}), world.store, lambda: None,  # type: ignore[arg-type,return-value]
        world.inspectors, world.clock, key=ParcelKey(), refresh=world.asked.append,
    )  # fmt: skip
    with pytest.raises(NotAccepted, match="larger than 10 bytes"):
        small.preview(Tried(name="a.txt", sender=STAFF, recipients=(FRIEND,), content=b"x" * 11))


def test_a_board_is_asked_for_and_rubbish_harms_nobody(world: World) -> None:
    ask_refresh(world.store.parcels, "keys", NOON)
    waiting = ask_preview(
        world.store.parcels, world.store.boards, Tried(name="a", sender=STAFF, recipients=(FRIEND,)), NOON
    )
    (refresh, parcel) = sorted(world.store.parcels.take(Side.DAEMON, NOON), key=lambda each: each.kind != "refresh")
    for rubbish in (b"", parcel.body[:-1], b"\0" * 200):
        world.store.parcels.leave(replace(parcel, body=rubbish))
        world.requests.look()
    world.store.parcels.leave(refresh)
    world.requests.look()
    assert world.asked == ["keys"]
    assert take_answer(world.store.parcels, waiting, NOON) is None
