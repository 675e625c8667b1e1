"""Senders act by mail: they say why, recall, and ask what would happen. Nobody else does."""

from __future__ import annotations

import email
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from gateway import pipeline
from gateway.config.load import load_settings
from gateway.config.notices import Notices
from gateway.config.settings import Settings
from gateway.daemon.answering import build_enclosed, build_manner, preview_address, with_clerk
from gateway.errors import NotFound, StorageFull, Unsound
from gateway.intake.accept import Accept, Acceptor
from gateway.intake.clerk import NOT_ANY_MORE, Clerk
from gateway.intake.door import MainDoor
from gateway.intake.message import OUR_FAULT, Message
from gateway.intake.tokens import Tokens
from gateway.model.lifecycle import DeliveryState, IllegalMove, TransferState
from gateway.model.record import Act, Event
from gateway.model.report import Enclosed
from gateway.model.transfer import Notice, Transfer
from gateway.moves.house import House, Step, commit
from gateway.moves.inside import instruct
from gateway.protect.notice import notice_composer
from gateway.store.answer_key import NAME, answer_key
from gateway.store.embedded import Store, create_keys, open_store
from gateway.testing.values import SteppingClock, a_sealed, a_verdict, an_inspection
from tests.unit.daemon.carrying import POLICY, SlowChannel, house

D = DeliveryState
SAMPLE: Final = Path(__file__).parents[3] / "config" / "gateway.yaml"
STAFF: Final = "ann.lee@exampleshire.example"
FRIEND: Final = "friend@partner.example"
OWN: Final = "gateway.exampleshire.example"
CROWD: Final = tuple(f"friend{number}@partner.example" for number in range(30))
TOLD: Final = "Subject: Flower show\r\nMessage-ID: <m1@exampleshire.example>\r\n"
DAYS: Final = timedelta(days=1)


def mail(to: tuple[str, ...], text: str = "It begins at ten.", *, more: str = "") -> bytes:
    lines = ",\r\n ".join(to)
    return f"From: {STAFF}\r\nTo: {lines}\r\n{more}{TOLD}\r\n{text}\r\n".encode()


@dataclass(slots=True)
class World:
    """A house on a real store, with a mail door's acceptor and the clerk before it."""

    store: Store
    clock: SteppingClock
    accept: Accept
    house: House
    told: list[tuple[Notice, str, Enclosed]]
    channel: SlowChannel

    def send(
        self,
        content: bytes,
        *recipients: str,
        sender: str = STAFF,
        dsn_recipients: tuple[dict[str, str], ...] = (),
    ) -> str:
        return self.accept(
            Message(
                sender=sender, recipients=recipients, content=content, client="127.0.0.1", helo="x", dsn={},
                dsn_recipients=dsn_recipients,
            )
        )  # fmt: skip

    def walked(self, reply: str, until: timedelta = timedelta()) -> Transfer:
        """Advance the transfer that a reply names for as long as something is due."""
        assert reply.startswith("250 "), reply
        name = next(word for word in reply.split() if word.startswith("t-"))
        end = self.clock.now() + until
        due: datetime | None = self.clock.now()
        while due is not None and due <= end:
            self.clock.at = max(self.clock.at, due)
            due = pipeline.advance(name, self.house)
        return self.store.transfers.get(name)

    def held_for_a_reason(self) -> tuple[Transfer, str]:
        """Return a transfer that is held until its sender says why, and the address to which they may say so."""
        transfer = self.walked(self.send(mail(CROWD), FRIEND))
        assert transfer.deliveries[0].state is D.HELD
        (notice, text, enclosed) = self.told[-1]
        assert (notice.about, notice.reply) == ("held", "answer")
        assert "reply to this message" in text
        return transfer, enclosed.reply_to

    def entries(self, event: Event) -> list[Mapping[str, object]]:
        self.store.ledger.integrate()
        found = (json.loads(line) for line in self.store.ledger.entries())
        return [each["facts"] for each in found if each["event"] == event.value]

    def transfers(self) -> list[Transfer]:
        return list(self.store.transfers.find())


def settings_in(folder: Path) -> Settings:
    said = load_settings(SAMPLE)
    paths = said.paths.model_copy(update={"state": folder / "state"})
    told = Notices.model_validate(
        {"channel": "internet", "from": "gateway@exampleshire.example", "own_domain": OWN, "languages": ["en"]}
    )
    return said.model_copy(update={"paths": paths, "notices": told})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = SteppingClock()
    settings = settings_in(tmp_path)
    create_keys(tmp_path / "state")
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=clock)
    channel, told = SlowChannel(), list[tuple[Notice, str, Enclosed]]()
    enclosed = build_enclosed(settings, store.vault)

    def post(transfer: Transfer, notice: Notice, text: str) -> None:
        told.append((notice, text, enclosed(transfer, notice)))

    rooms = replace(
        house(store, channel), clock=clock, post=post, manner=build_manner(settings),
        internal_domains=frozenset({"exampleshire.example"}),
    )  # fmt: skip
    acceptor = Acceptor(MainDoor(store.transfers, store.vault, clock), hostname="gw.example", clock=clock)
    accept = with_clerk(acceptor, settings, store.transfers, clock, lambda: None)
    yield World(store, clock, accept, rooms, told, channel)
    store.close()


def test_a_reason_by_mail_has_it_decided_again_and_the_sender_hears_that_it_went(world: World) -> None:
    held, address = world.held_for_a_reason()
    assert address.startswith("answer+")
    assert address.endswith(f"@{OWN}")
    reply = world.send(mail((address,), "They organise it together.\r\n\r\n> --- Write"), address)
    assert reply == f"250 2.0.0 Ok: answer to {held.id} filed"
    done = world.walked(reply)
    assert (done.state, done.deliveries[0].state) == (TransferState.FINISHED, D.DELIVERED)
    assert done.reason == "They organise it together."
    assert done.deliveries[0].releases == ()
    assert [notice.about for notice, _, _ in world.told] == ["held", "delivered"]
    assert world.entries(Event.REASON_GIVEN) == [
        {"recipient": FRIEND, "sender": STAFF, "reason": "They organise it together."}
    ]
    assert not world.entries(Event.DELIVERY_RELEASED)
    assert world.channel.sent == {FRIEND: 1}


def test_the_notice_is_in_the_thread_of_the_message(world: World) -> None:
    world.held_for_a_reason()
    notice, text, enclosed = world.told[0]
    _, raw = notice_composer("gateway@exampleshire.example")(notice, text, world.clock.now(), enclosed)
    message = email.message_from_bytes(raw)
    assert message["In-Reply-To"] == message["References"] == "<m1@exampleshire.example>"
    assert message["Reply-To"] == enclosed.reply_to
    assert b"Flower show" not in raw


def test_a_reason_that_the_rules_do_not_take_releases_nothing(world: World) -> None:
    held, address = world.held_for_a_reason()
    world.house = replace(world.house, inspect=lambda _: an_inspection(), policy=lambda: replace(POLICY, rules=()))
    reply = world.send(mail((address,), "Please!"), address)
    again = world.walked(reply)
    assert again.deliveries[0].state is D.HELD, "what no rule permits is held"
    assert [notice.about for notice, _, _ in world.told] == ["held", "held"]
    assert world.told[-1][0].reply == "", "nobody is asked twice"
    assert world.send(mail((address,), "Pretty please!"), address).startswith("550 ")
    assert held.deliveries[0].id == again.deliveries[0].id


WRITE: Final = "They organise it together."


@pytest.mark.parametrize(
    ("sender", "changed", "content"),
    [
        ("other@exampleshire.example", lambda address: address, mail(("x@y.example",), WRITE)),
        ("officer@exampleshire.example", lambda address: address, mail(("x@y.example",), WRITE)),
        (FRIEND, lambda address: address, mail(("x@y.example",), WRITE)),
        ("", lambda address: address, mail(("x@y.example",), WRITE)),
        (STAFF, lambda address: address.replace("answer", "recall"), mail(("x@y.example",), WRITE)),
        (STAFF, lambda address: address[:30] + "zz" + address[32:], mail(("x@y.example",), WRITE)),
        (STAFF, lambda address: address[:7] + "00000000" + address[15:], mail(("x@y.example",), WRITE)),
        (STAFF, lambda address: "answer@" + address.partition("@")[2], mail(("x@y.example",), WRITE)),
        (STAFF, lambda address: address, mail(("x@y.example",), WRITE, more="Auto-Submitted: auto-replied\r\n")),
        (STAFF, lambda address: address, mail(("x@y.example",), WRITE, more="Precedence: bulk\r\n")),
        (STAFF, lambda address: address, mail(("x@y.example",), "> --- Write your answer above this line ---")),
        (STAFF, lambda address: address, mail(("x@y.example",), "...")),
        (STAFF, lambda address: address, mail(("x@y.example",), "because " * 200)),
        (STAFF, lambda address: address, b"x" * 2_000_000),
    ],
    ids=[
        "another-sender", "an-officer", "the-recipient", "nobody", "another-act", "forged", "another-transfer",
        "no-token", "a-machine", "in-bulk", "only-quoted", "no-words", "too-long", "too-large",
    ],
)  # fmt: skip
def test_anything_else_is_refused_and_changes_nothing(
    world: World, sender: str, changed: Callable[[str], str], content: bytes
) -> None:
    held, address = world.held_for_a_reason()
    reply = world.send(content, changed(address), sender=sender)
    assert reply.startswith("550 5.7.1 ")
    assert world.store.transfers.instructions(held.id) == ()
    assert world.store.transfers.get(held.id) == world.walked(f"250 {held.id}")
    assert len(world.transfers()) == 1


def test_an_address_is_good_for_a_week_and_once(world: World) -> None:
    held, address = world.held_for_a_reason()
    begun = world.clock.now()
    world.clock.at = begun + 7 * DAYS + timedelta(seconds=1)
    assert world.send(mail((address,), WRITE), address) == f"550 5.7.1 {NOT_ANY_MORE}"
    world.clock.at = begun + 7 * DAYS
    first = world.send(mail((address,), WRITE), address)
    assert world.send(mail((address,), "No."), address).startswith("550 "), "it is filed, and not carried out yet"
    world.walked(first)
    assert world.send(mail((address,), "No."), address).startswith("550 "), "it is carried out"
    assert len(world.entries(Event.REASON_GIVEN)) == 1
    assert world.store.transfers.get(held.id).reason == WRITE


def test_an_answer_whose_reply_was_lost_has_the_same_reply_and_counts_once(world: World) -> None:
    held, address = world.held_for_a_reason()
    first = world.send(mail((address,), WRITE), FRIEND, address)
    assert first == f"250 2.0.0 Ok: answer to {held.id} filed"
    assert world.send(mail((address,), WRITE), address) == first, "it is filed, and not carried out yet"
    assert len(world.store.transfers.instructions(held.id)) == 1
    world.walked(first)
    assert world.send(mail((address,), WRITE), address) == first, "it is carried out"
    assert world.walked(first).reason == WRITE
    assert len(world.entries(Event.REASON_GIVEN)) == 1
    assert not world.entries(Event.INSTRUCTION_REFUSED)


def test_others_get_an_answer_that_could_not_be_filed_at_first_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, address = world.held_for_a_reason()
    with monkeypatch.context() as full:
        full.setattr(world.store.transfers, "instruct", _no_room)
        assert world.send(mail((address,), WRITE), "boss@exampleshire.example", address) == OUR_FAULT
    assert [each.id for each in world.transfers()] == [held.id]
    assert world.send(mail((address,), WRITE), "boss@exampleshire.example", address).startswith("250 ")
    assert len(world.transfers()) == 2


def _no_room(_instruction: object) -> None:
    raise StorageFull("no room")


def test_what_an_officer_decided_meanwhile_is_decided(world: World) -> None:
    held, address = world.held_for_a_reason()
    refused = replace(held.deliveries[0], state=D.REFUSED, trouble="a security officer refused it: no")
    commit(Step(before=held, after=held.with_delivery(refused)), world.house)
    assert world.send(mail((address,), WRITE), address).startswith("550 5.7.1 nothing of")


def test_one_that_is_filed_and_is_too_late_is_refused_in_the_ledger(world: World) -> None:
    held, address = world.held_for_a_reason()
    reply = world.send(mail((address,), WRITE), address)
    now = world.store.transfers.get(held.id)
    refused = replace(now.deliveries[0], state=D.REFUSED, trouble="a security officer refused it: no")
    commit(Step(before=now, after=now.with_delivery(refused)), world.house)
    assert world.walked(reply).deliveries[0].state is D.REFUSED
    (entry,) = world.entries(Event.INSTRUCTION_REFUSED)
    assert entry["act"] == "answer"


def test_who_is_not_of_the_organisation_is_not_asked_for_an_answer(world: World) -> None:
    held = world.walked(world.send(mail(CROWD), FRIEND, sender="forwarder@elsewhere.example"))
    assert held.deliveries[0].state is D.HELD
    notice, text, enclosed = world.told[-1]
    assert (notice.to, notice.reply, enclosed.reply_to) == ("forwarder@elsewhere.example", "", "")
    assert "reply to this message" not in text


def test_a_recall_that_was_filed_by_half_is_filed_whole_when_it_comes_again(world: World) -> None:
    transfer = waiting(world, FRIEND, "friend9@partner.example")
    world.walked(f"250 {transfer.id}")
    address = world.told[-1][2].reply_to
    reply = world.send(mail((address,), "stop"), address)
    first, _ = world.store.transfers.instructions(transfer.id)
    assert world.send(mail((address,), "no, wait"), address).startswith("550 "), "both wait to be carried out"
    assert world.send(mail((address,), "stop"), address) == reply, "it comes again because our reply was lost"
    assert len(world.store.transfers.instructions(transfer.id)) == 2
    done = instruct(world.store.transfers.get(transfer.id), world.house, world.clock.now())
    assert done is not None
    half = commit(done, world.house)
    assert [each.state for each in half.deliveries].count(D.REFUSED) == 1
    assert first.delivery_id in {each.id for each in half.deliveries if each.state is D.REFUSED}
    assert {each.state for each in world.walked(reply).deliveries} == {D.REFUSED}
    assert world.send(mail((address,), "stop"), address) == reply, "all is done already"
    assert world.store.transfers.instructions(transfer.id) == ()


def test_other_recipients_of_an_answer_get_it_as_any_mail(world: World) -> None:
    held, address = world.held_for_a_reason()
    said: tuple[dict[str, str], ...] = ({"NOTIFY": "NEVER"}, {}, {"NOTIFY": "SUCCESS"})
    reply = world.send(
        mail((address,), WRITE), "boss@exampleshire.example", address, "friend9@partner.example", dsn_recipients=said
    )
    assert reply == f"250 2.0.0 Ok: answer to {held.id} filed"
    (other,) = (each for each in world.transfers() if each.id != held.id)
    told = {each.recipient: each.notify for each in other.deliveries}
    wanted = {"boss@exampleshire.example": {"NEVER"}, "friend9@partner.example": {"SUCCESS"}}
    assert told == {address: frozenset(words) for address, words in wanted.items()}


def test_with_an_address_that_is_refused_nobody_gets_anything(world: World) -> None:
    reply = world.send(mail((f"answer@{OWN}",), WRITE), FRIEND, f"answer@{OWN}")
    assert reply == "550 5.7.1 there is no such address here"
    assert world.transfers() == []


def test_where_the_rest_is_not_accepted_its_sender_hears_so_and_what_was_filed_counts_once(world: World) -> None:
    held, address = world.held_for_a_reason()
    looping = b"Received: by x\r\n" * 60 + mail((address,), WRITE)
    assert world.send(looping, FRIEND, address).startswith("554 ")
    assert [each.id for each in world.transfers()] == [held.id]
    assert world.send(mail((address,), WRITE), FRIEND, address).startswith("250 ")
    assert len(world.transfers()) == 2
    assert len(world.store.transfers.instructions(held.id)) == 1


def test_an_endless_header_is_refused_before_anybody_reads_it(world: World) -> None:
    _, address = world.held_for_a_reason()
    endless = b"X-A: b\r\n" * 150_000 + mail((address,), WRITE)
    assert world.send(endless, address) == "550 5.7.1 the header of the message is too large"


def test_postmaster_is_a_person_and_capitals_do_not_matter(world: World) -> None:
    reply = world.send(mail((FRIEND,)), f"Postmaster@{OWN.upper()}")
    assert world.walked(reply).deliveries[0].recipient == f"Postmaster@{OWN}"
    assert world.send(mail((FRIEND,)), f"anybody@{OWN.upper()}").startswith("550 ")


def waiting(world: World, *recipients: str) -> Transfer:
    """Return mail that was sealed and waits for an hour in which it can be recalled."""
    reply = world.send(mail(recipients), *recipients)
    before = world.store.transfers.get(next(word for word in reply.split() if word.startswith("t-")))
    seen = commit(
        Step(before=before, after=replace(before, state=TransferState.INSPECTED, inspection=an_inspection())),
        world.house,
    )
    verdict = replace(a_verdict(), obligations=frozenset({"delay:60m"}))
    decided = replace(seen, state=TransferState.DECIDED)
    for each in seen.deliveries:
        decided = decided.with_delivery(replace(each, state=D.CLEARED, verdict=verdict))
    decided = commit(Step(before=seen, after=decided), world.house)
    now, ready = world.clock.now(), decided
    for each in decided.deliveries:
        form = replace(a_sealed(), parts=())
        ready = ready.with_delivery(
            replace(each, state=D.SEALED, sealed=form, begun=now, due=now + timedelta(minutes=60))
        )
    return commit(Step(before=decided, after=ready), world.house)


def test_what_waits_is_recalled_by_an_answer_to_its_notice(world: World) -> None:
    transfer = waiting(world, FRIEND, "friend9@partner.example")
    world.walked(f"250 {transfer.id}")
    notice, text, enclosed = world.told[-1]
    assert (notice.about, notice.reply) == ("waiting", "recall")
    assert "reply to this message" in text
    assert enclosed.reply_to.startswith("recall+")
    reply = world.send(mail((enclosed.reply_to,), "> --- Write your answer above this line ---"), enclosed.reply_to)
    assert reply == f"250 2.0.0 Ok: recall to {transfer.id} filed"
    done = world.walked(reply)
    assert [each.state for each in done.deliveries] == [D.REFUSED, D.REFUSED]
    assert [notice.about for notice, _, _ in world.told] == ["waiting", "recalled"]
    assert {str(each["reason"]) for each in world.entries(Event.DELIVERY_REFUSED)} == {"recalled by mail"}
    assert not world.channel.sent


def test_what_was_handed_over_is_not_recalled(world: World) -> None:
    transfer = waiting(world, FRIEND)
    world.walked(f"250 {transfer.id}")
    address = world.told[-1][2].reply_to
    now = world.store.transfers.get(transfer.id)
    gone = replace(now.deliveries[0], attempts=1, attempt_open=True)
    commit(Step(before=now, after=now.with_delivery(gone)), world.house)
    reply = world.send(mail((address,), "stop"), address)
    assert reply == f"550 5.7.1 nothing of {transfer.id} waits to go: what was handed over cannot be called back"


def asked(world: World, text: str, *, to: tuple[str, ...] = (), more: str = "") -> Transfer:
    explain = f"explain@{OWN}"
    return world.walked(world.send(mail((explain, *to), text, more=more), explain))


def test_a_question_is_answered_for_each_recipient_and_nothing_goes(world: World) -> None:
    done = asked(world, f"To: {FRIEND}, boss@exampleshire.example\r\nIt begins at ten.")
    assert done.preview
    assert done.state is TransferState.FINISHED
    assert [each.recipient for each in done.deliveries] == [FRIEND, "boss@exampleshire.example"]
    assert {each.state for each in done.deliveries} == {D.REFUSED}
    ((notice, text, enclosed),) = world.told
    assert (notice.about, notice.to, enclosed.report) == ("preview", STAFF, None)
    assert f"{FRIEND}: it would be sent" in text
    assert "boss@exampleshire.example: it would be sent" in text
    assert "Nothing was sent" in text
    assert "Flower show" not in text
    assert not world.channel.sent
    assert not world.store.transfers.has_corresponded(STAFF, FRIEND)
    with pytest.raises(NotFound):
        world.store.vault.read(done.parts[0].object_id)


def test_a_question_about_those_in_sight_is_answered_as_it_would_be_decided(world: World) -> None:
    done = asked(world, "It begins at ten.", to=CROWD)
    assert {each.verdict.outcome for each in done.deliveries if each.verdict} == {"quarantine"}
    assert len(done.deliveries) == 30
    text = world.told[0][1]
    assert "Thirty or more people outside would see one another's addresses" in text
    few = asked(world, "It begins at ten.", to=CROWD[:29])
    assert {each.verdict.outcome for each in few.deliveries if each.verdict} == {"deliver"}, "without the gateway's own"


def test_the_reason_of_a_question_counts_too(world: World) -> None:
    done = asked(world, "x", to=CROWD, more="X-Transfer-Reason: they organise it together\r\n")
    assert {each.verdict.outcome for each in done.deliveries if each.verdict} == {"deliver"}


@pytest.mark.parametrize(
    ("text", "more", "sender", "why"),
    [
        ("It begins at ten.", "", STAFF, "whom is it for"),
        (f"To: explain@{OWN}", "", STAFF, "whom is it for"),
        ("To: nobody, nowhere", "", STAFF, "whom is it for"),
        ("To: friend@-partner-.example", "", STAFF, "malformed"),
        ("To: " + ", ".join(f"a{n}@b.example" for n in range(51)), "", STAFF, "more than 50"),
        (f"To: {FRIEND}", "Auto-Submitted: auto-generated\r\n", STAFF, "machine"),
        (f"To: {FRIEND}", "", "", "machine"),
        (f"To: {STAFF}", "", FRIEND, "people of the organisation"),
    ],
)
def test_a_question_about_nobody_is_refused(world: World, text: str, more: str, sender: str, why: str) -> None:
    explain = f"explain@{OWN}"
    reply = world.send(mail((explain,), text, more=more), explain, sender=sender)
    assert reply.startswith("550 5.7.1 ")
    assert why in reply
    assert world.transfers() == []


@pytest.mark.parametrize("state", [D.CLEARED, D.HELD, D.SEALED, D.DELIVERED, D.UNDELIVERABLE])
def test_no_step_can_have_a_question_sent(world: World, state: DeliveryState) -> None:
    done = asked(world, f"To: {FRIEND}")
    moved = done.with_delivery(replace(done.deliveries[0], state=state))
    with pytest.raises(IllegalMove, match="only asks"):
        commit(Step(before=done, after=moved), world.house)


def test_a_question_that_kills_its_reader_ends_refused_and_is_answered(world: World) -> None:
    explain = f"explain@{OWN}"
    reply = world.send(mail((explain,), f"To: {FRIEND}"), explain)
    name = next(word for word in reply.split() if word.startswith("t-"))
    pipeline.hold_all(name, world.house)
    done = world.walked(reply)
    assert {each.state for each in done.deliveries} == {D.REFUSED}
    assert [notice.about for notice, _, _ in world.told] == ["preview"]


@dataclass(slots=True)
class Away:
    """Where answers are filed, on a disk that fails at once or only when something is written."""

    kept: Transfer | None = None

    def transfer(self, _transfer_id: str) -> Transfer:
        if self.kept is None:
            raise Unsound("the disk is gone")
        return self.kept

    def check(self, act: Act, transfer: Transfer, reason: str) -> None:
        assert (act, transfer, reason) == (Act.ANSWER, self.kept, WRITE)

    def file(self, act: Act, transfer: Transfer, reason: str) -> None:
        raise Unsound(f"the disk is gone before {act} of {transfer.id} was kept, {len(reason)} characters")


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_store_that_is_away_defers_an_answer(world: World, tmp_path: Path, *, is_kept: bool) -> None:
    held, address = world.held_for_a_reason()
    tokens = Tokens(answer_key(tmp_path / "state"))
    files = Away(held if is_kept else None)
    people_of = frozenset({"exampleshire.example"})
    world.accept = Clerk(world.accept, domain=OWN, people_of=people_of, tokens=tokens, files=files, now=world.clock.now)
    assert world.send(mail((address,), WRITE), address) == OUR_FAULT


def test_without_a_domain_of_its_own_the_gateway_reads_no_mail(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    plain = settings.model_copy(update={"notices": Notices()})

    def accept(_: Message) -> str:
        return "250 ok"

    assert with_clerk(accept, plain, None, SteppingClock(), lambda: None) is accept  # type: ignore[arg-type]  # unread
    assert not build_manner(plain).answers_from
    assert not (tmp_path / "state" / "keys" / NAME).exists()
    assert (preview_address(plain), preview_address(settings)) == ("", f"explain@{OWN}")


def test_the_key_is_drawn_once_and_is_for_nobody_elses_eyes(tmp_path: Path) -> None:
    create_keys(tmp_path)
    key = answer_key(tmp_path)
    path = tmp_path / "keys" / NAME
    assert (len(key), answer_key(tmp_path), path.stat().st_mode & 0o777) == (32, key, 0o600)
    path.chmod(0o644)
    with pytest.raises(Unsound):
        answer_key(tmp_path)
