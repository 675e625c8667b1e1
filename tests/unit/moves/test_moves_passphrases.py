"""A passphrase on its way by the second channel: after what it opens, once, and then to nobody else."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text

from gateway import pipeline
from gateway.config.load import load_policies
from gateway.decide.policy import Route, Written
from gateway.deliver import Consignment
from gateway.errors import NotFound, TryLater, Undeliverable
from gateway.intake import Arrival
from gateway.intake.door import MainDoor
from gateway.model.content import chunks
from gateway.model.lifecycle import DeliveryState, NoticeState, TransferState
from gateway.model.record import Entry, Event, Officer
from gateway.model.schedule import Schedule
from gateway.model.transfer import Delivery, Notice, Origin, Receipt, Transfer
from gateway.model.verdict import Network, Obligation, Outcome, Reason, Verdict
from gateway.moves.house import House, Step, commit
from gateway.moves.outside import forget
from gateway.protect.agreed import StandingPassphrases
from gateway.protect.methods.zip_writer import ZipEncryptor
from gateway.protect.passphrase import Agreements
from gateway.protect.seal import Protector
from gateway.record.passphrases import SecondChannel
from gateway.store.embedded import Store, create_keys, open_store
from gateway.store.vault import FileVault
from gateway.testing.values import SteppingClock, an_inspection

pytestmark = pytest.mark.needs("7z")
D, N = DeliveryState, NoticeState
MINUTES: Final = timedelta(minutes=1)
DAYS: Final = 24 * 60 * MINUTES
ROUTE: Final = Route(
    id="internet", says="", written=Written(file="", line=1, column=1), network=Network.PUBLIC, channel="c",
    serves=frozenset(), folder=False, recipient="",
)  # fmt: skip
POLICY: Final = replace(load_policies(Path(__file__).parents[3] / "policies"), routes={"internet": ROUTE})
WARD, PHONE, MASKED = "ward@trust.example", "+447700900001", "+44…001"
STAFF, OFFICER = "staff@council.example", "officer@council.example"


@dataclass(slots=True)
class Channel:
    """Takes whatever it is given, and keeps it."""

    clock: SteppingClock
    name: str = "c"
    takes_messages: bool = False
    away: bool = False
    sent: list[bytes] = field(default_factory=list)

    def send(self, consignment: Consignment) -> Receipt:
        if self.away:
            raise TryLater("away")
        self.sent += [b"".join(chunks(content)) for _, content in consignment.contents]
        return Receipt(channel=self.name, at=self.clock.now(), answer="250 ok")


@dataclass(slots=True)
class World:
    """A house with a second channel, on a real store; `answer` is what telling a recipient comes to."""

    store: Store
    clock: SteppingClock
    channel: Channel
    folder: Path
    told: list[tuple[str, str, str]] = field(default_factory=list)
    phones: dict[str, str] = field(default_factory=lambda: {WARD: PHONE})
    answer: Callable[[], None] = lambda: None
    may_tell: bool = True
    tries: int = 0
    fails: dict[str, Exception] = field(default_factory=dict)
    officers: tuple[str, ...] = (OFFICER,)

    def house(self) -> House:
        second = SecondChannel(kind="sms", called="text message", contact_of=lambda to: self.phones.get(to, ""))
        passphrases = Agreements(
            StandingPassphrases(self.store.secrets), partner_of=lambda _: "trust", contact_of=second.contact_of
        )
        return House(
            transfers=self.store.transfers, vault=self.store.vault, clock=self.clock, policy=lambda: POLICY,
            inspect=lambda _: an_inspection(), channels={"c": self.channel}, post=self.post,
            protector=Protector("Council", (ZipEncryptor(),), passphrases=passphrases), organisation="Council",
            may_tell=lambda *_: self.may_tell, internal_domains=frozenset(), help_contact="it@council.example",
            schedule=Schedule(first=5 * MINUTES, longest=60 * MINUTES, give_up_after=DAYS), second=second,
            officers=[Officer(name=each, address=each) for each in self.officers],
        )  # fmt: skip

    def post(self, _transfer: Transfer, notice: Notice, words: str) -> None:
        if notice.about.startswith("passphrase:"):
            self.tries += 1
            self.answer()
        if (error := self.fails.get(notice.to)) is not None:
            raise error
        self.told.append((notice.about, notice.to, words))

    def cleared(self, *obligations: str, sender: str = STAFF) -> Transfer:
        """Return a transfer whose only delivery may go."""
        arrival = Arrival(
            origin=Origin.FOLDER, sender=sender, recipients=(WARD,), parts=[("Anna.txt", io.BytesIO(b"a note"))],
            account="jsmith",
        )  # fmt: skip
        house = self.house()
        transfer = MainDoor(self.store.transfers, self.store.vault, self.clock).admit(arrival)
        inspected = replace(transfer, state=TransferState.INSPECTED, inspection=an_inspection())
        transfer = commit(Step(before=transfer, after=inspected), house)
        verdict = Verdict(
            recipient=WARD, route="internet", network=Network.PUBLIC, outcome=Outcome.DELIVER,
            obligations=frozenset({Obligation.SEAL_AES256, *obligations}), would_pass_if=(), policy="0" * 64,
            reasons=(Reason(rule="a-rule", file="f.yaml", line=1, says="it may go"),),
        )  # fmt: skip
        share = replace(transfer.deliveries[0], state=D.CLEARED, verdict=verdict)
        return commit(
            Step(before=transfer, after=replace(transfer.with_delivery(share), state=TransferState.DECIDED)), house
        )

    def walk(self, transfer: Transfer, until: timedelta = timedelta()) -> Transfer:
        """Advance for as long as something is due within a time from now."""
        end = self.clock.now() + until
        due: datetime | None = self.clock.now()
        while due is not None and due <= end:
            self.clock.at = max(self.clock.at, due)
            due = pipeline.advance(transfer.id, self.house())
        self.clock.at = end
        return self.store.transfers.get(transfer.id)

    def entries(self, *events: Event) -> list[Mapping[str, object]]:
        """Return the ledger's entries of these kinds."""
        found = [json.loads(line) for line in self.store.ledger.entries()]
        return [each for each in found if each["event"] in {event.value for event in events}]

    def text_of(self, about: str) -> str:
        """Return the only text of one kind that was told."""
        (words,) = [words for kind, _, words in self.told if kind == about]
        return words

    def kept(self, transfer: Transfer) -> list[bytes]:
        """Return what the vault still holds for a transfer, in clear."""
        named = {part.object_id for part in transfer.parts}
        named |= {part.object_id for each in transfer.deliveries if each.sealed for part in each.sealed.parts}
        return [self.store.vault.read(each) for each in self.store.vault.ids() if each not in named]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = SteppingClock()
    create_keys(tmp_path / "state")
    store = open_store(state=tmp_path / "state", vault=tmp_path / "vault", clock=clock)
    yield World(store, clock, Channel(clock), tmp_path)
    store.close()


def object_of(transfer: Transfer) -> str:
    """Return the id of a transfer's passphrase in the vault."""
    sealed = share_of(transfer).sealed
    assert sealed is not None
    return sealed.secret_object_id


def sealed_up(world: World, *obligations: str) -> Transfer:
    """Return a transfer that is sealed and waits for a far side, which is there from now on."""
    world.channel.away = True
    transfer = world.walk(world.cleared(*obligations))
    world.channel.away = False
    return transfer


def damage(world: World, object_id: str) -> None:
    statement = text("UPDATE objects SET header = x'00' WHERE id = :object")
    assert world.store.database.write(lambda c: c.execute(statement, {"object": object_id}).rowcount) == 1


def share_of(transfer: Transfer) -> Delivery:
    return transfer.deliveries[0]


def fails(error: Exception) -> Callable[[], None]:
    def answer() -> None:
        raise error

    return answer


def words_in(told: str) -> str:
    return told.rsplit(maxsplit=1)[-1]


def test_the_recipient_is_told_once_they_have_what_it_opens_and_the_sender_only_that(world: World) -> None:
    transfer = world.walk(world.cleared())
    assert transfer.state is TransferState.FINISHED
    assert [(about, to) for about, to, _ in world.told] == [("passphrase:sms", PHONE), ("delivered", STAFF)]
    told, said = (each for _, _, each in world.told)
    words = words_in(told)
    assert told == f"Council: the passphrase for {transfer.id} is {words}"
    assert len(words.split("-")) >= 6
    assert f"The passphrase was sent to {MASKED} by text message." in said
    for hidden in (words, PHONE):
        assert hidden not in said
        assert hidden not in json.dumps(world.entries(*Event))
    assert words.encode() not in b"".join(world.channel.sent)


def test_nothing_of_it_is_left_when_all_were_told(world: World) -> None:
    transfer = world.walk(world.cleared())
    assert world.kept(transfer) == []


def test_the_ledger_says_by_which_channel_whom_and_for_which_delivery(world: World) -> None:
    transfer = world.walk(world.cleared())
    told, said = world.entries(Event.NOTICE_SENT)
    facts = told["facts"]
    assert isinstance(facts, dict)
    assert (facts["about"], facts["to"]) == ("passphrase:sms", MASKED)
    assert told["delivery"] == share_of(transfer).id
    assert said["delivery"] == ""
    (sealed,) = world.entries(Event.DELIVERY_SEALED)
    assert sealed["facts"]["passphrase"] == "channel"  # type: ignore[index]  # plain data


def test_nobody_is_told_before_the_sealed_form_was_handed_over(world: World) -> None:
    world.channel.away = True
    transfer = world.walk(world.cleared(), 60 * MINUTES)
    assert share_of(transfer).state is D.SEALED
    assert world.told == []
    world.channel.away = False
    assert len(world.walk(transfer, 60 * MINUTES).notices) == 2
    assert [about for about, _, _ in world.told] == ["passphrase:sms", "delivered"]


def test_what_never_goes_is_never_told_and_its_passphrase_is_destroyed(world: World) -> None:
    world.channel.away = True
    transfer = world.walk(world.cleared(), 2 * DAYS)
    assert share_of(transfer).state is D.UNDELIVERABLE
    assert [about for about, _, _ in world.told] == ["late", "undeliverable"]
    assert world.kept(transfer) == []


def test_the_channel_is_tried_again_and_the_sender_waits_for_it(world: World) -> None:
    world.answer = fails(TryLater("no network"))
    transfer = world.walk(world.cleared(), 60 * MINUTES)
    assert world.tries > 2
    assert world.told == []
    assert transfer.state is TransferState.DECIDED, "not finished while somebody is to be told"
    world.answer = lambda: None
    transfer = world.walk(transfer, 60 * MINUTES)
    assert [about for about, _, _ in world.told] == ["passphrase:sms", "delivered"]
    assert transfer.state is TransferState.FINISHED


@pytest.mark.parametrize("error", [Undeliverable("no such number"), TryLater("no network")])
def test_when_it_fails_for_good_the_sender_is_told_plainly_and_given_it(world: World, error: Exception) -> None:
    world.answer = fails(error)
    transfer = world.walk(world.cleared(), 2 * DAYS)
    said = world.text_of("delivered")
    assert f"Its passphrase could not be sent to {MASKED} by text message." in said
    assert "What you must do: give ward@trust.example this passphrase" in said
    assert len([line for line in said.splitlines() if line.startswith("    ") and line.count("-") >= 5]) == 1
    assert transfer.state is TransferState.FINISHED
    assert world.kept(transfer) == []
    (failed,) = world.entries(Event.NOTICE_FAILED)
    assert failed["facts"]["about"] == "passphrase:sms"  # type: ignore[index]  # plain data


def test_where_a_rule_wants_another_channel_officers_are_told_and_the_sender_is_not_given_it(world: World) -> None:
    world.answer = fails(Undeliverable("no such number"))
    transfer = world.walk(world.cleared(Obligation.PASSPHRASE_OTHER_CHANNEL))
    assert {(about, to) for about, to, _ in world.told} == {("delivered", STAFF), ("tell:passphrase", OFFICER)}
    (words,) = world.kept(transfer)
    for _, _, told in world.told:
        assert words.decode() not in told
    assert "an officer was told" in world.text_of("delivered")
    assert f"gateway passphrases show {transfer.id} --to {WARD}" in world.text_of("tell:passphrase")
    assert transfer.state is TransferState.FINISHED


def test_a_sender_who_cannot_be_told_apart_from_it_is_not_given_it_either(world: World) -> None:
    world.may_tell = False
    world.answer = fails(Undeliverable("no such number"))
    transfer = world.walk(world.cleared())
    assert len(world.kept(transfer)) == 1
    assert "You are not told it" in world.text_of("delivered")


def test_a_machine_has_nobody_to_be_told_and_its_recipient_is_all_the_same(world: World) -> None:
    transfer = world.cleared()
    nobody = commit(Step(before=transfer, after=replace(transfer, sender="")), world.house())
    world.may_tell = False
    done = world.walk(nobody)
    assert [about for about, _, _ in world.told] == ["passphrase:sms"]
    assert world.kept(done) == []
    assert done.state is TransferState.FINISHED


def test_a_number_that_went_from_the_policy_meanwhile_is_not_used(world: World) -> None:
    world.channel.away = True
    transfer = world.walk(world.cleared())
    world.phones.clear()
    world.channel.away = False
    world.walk(transfer, 60 * MINUTES)
    assert world.tries == 0
    assert "What you must do: give" in world.text_of("delivered")


def test_a_number_that_comes_after_officers_were_told_changes_nothing(world: World) -> None:
    world.channel.away = True
    transfer = world.walk(world.cleared(Obligation.PASSPHRASE_OTHER_CHANNEL))
    world.phones.clear()
    world.channel.away = False
    transfer = world.walk(transfer, 60 * MINUTES)
    world.phones[WARD] = PHONE
    world.walk(transfer, 60 * MINUTES)
    assert sorted(about for about, _, _ in world.told) == ["delivered", "tell:passphrase"]


def test_what_was_agreed_with_the_partner_is_told_to_nobody(world: World) -> None:
    agreed = StandingPassphrases(world.store.secrets)
    entry = Entry(event=Event.PASSPHRASE_AGREED, at=world.clock.now(), transfer_id="", facts={})
    agreed.set("trust", "agreed-long-before-anybody-wrote-this", entry)
    transfer = world.walk(world.cleared(Obligation.PASSPHRASE_OTHER_CHANNEL))
    assert [about for about, _, _ in world.told] == ["delivered"]
    said = world.text_of("delivered")
    assert "It opens with the passphrase agreed with trust." in said
    assert "agreed-long-before" not in said
    sealed = share_of(transfer).sealed
    assert sealed is not None
    assert (sealed.told, sealed.agreed_with, sealed.secret_object_id) == ("agreed", "trust", "")


def test_without_a_second_channel_another_channel_holds_it_and_says_what_to_do(world: World) -> None:
    world.phones.clear()
    transfer = world.walk(world.cleared(Obligation.PASSPHRASE_OTHER_CHANNEL))
    assert share_of(transfer).state is D.HELD
    for words in ("there is no other channel", "agree a passphrase with their organisation"):
        assert words in share_of(transfer).trouble
    assert world.channel.sent == []


def test_what_a_crash_left_between_telling_and_destroying_is_destroyed_by_the_next_move(world: World) -> None:
    transfer = world.cleared()
    house = world.house()
    while not (transfer.notices and transfer.notices[0].state is N.SENT):  # the moves, each without its end
        step = next(step for move in pipeline.WALK if (step := move(transfer, house, world.clock.now())))
        transfer = commit(step, house)
    assert len(world.kept(transfer)) == 2, "the passphrase, and the text with it"
    assert world.kept(world.walk(transfer)) == []


def test_one_that_always_breaks_down_is_given_up_and_its_text_destroyed(world: World) -> None:
    world.answer = fails(ZeroDivisionError())
    transfer = world.cleared()
    with pytest.raises(ZeroDivisionError):
        world.walk(transfer)
    pipeline.hold_all(transfer.id, world.house())
    done = world.walk(transfer)
    assert "What you must do: give" in world.text_of("delivered")
    assert world.kept(done) == []


def test_forgetting_twice_is_forgetting_once(world: World) -> None:
    transfer = world.walk(world.cleared())
    forget(transfer, transfer, world.house())
    with pytest.raises(NotFound):
        world.store.vault.read(share_of(transfer).sealed.secret_object_id)  # type: ignore[union-attr]  # it is sealed


def test_no_file_of_the_store_holds_the_words(world: World) -> None:
    world.walk(world.cleared())
    words = words_in(world.text_of("passphrase:sms")).encode()
    world.store.ledger.integrate()
    for path in world.folder.rglob("*"):
        assert not path.is_file() or words not in path.read_bytes(), path


# Nobody was told: it is kept until somebody was, and when it is lost that is said


def test_while_the_sender_s_notice_waits_the_passphrase_is_kept_and_then_nothing_is(world: World) -> None:
    world.phones.clear()
    world.fails[STAFF] = TryLater("the relay is away")
    transfer = world.walk(world.cleared(), 60 * MINUTES)
    assert world.store.vault.has(object_of(transfer))
    world.fails.clear()
    assert world.kept(world.walk(transfer, 60 * MINUTES)) == []
    assert "What you must do: give" in world.text_of("delivered")


@pytest.mark.parametrize("error", [Undeliverable("no such mailbox"), TryLater("the relay is away")])
@pytest.mark.parametrize("by_channel", [True, False])
def test_when_the_sender_s_notice_fails_too_officers_take_it_out(
    world: World, error: Exception, *, by_channel: bool
) -> None:
    world.phones = world.phones if by_channel else {}
    world.answer = fails(Undeliverable("no such number"))
    world.fails[STAFF] = error
    transfer = world.walk(world.cleared(), 2 * DAYS)
    assert [(about, to) for about, to, _ in world.told] == [("tell:passphrase", OFFICER)]
    assert f"gateway passphrases show {transfer.id} --to {WARD}" in world.text_of("tell:passphrase")
    (words,) = world.kept(transfer)
    assert words == world.store.vault.read(object_of(transfer)), "the notice that failed is destroyed, it is not"
    assert transfer.state is TransferState.FINISHED


@pytest.mark.parametrize("is_gone", [True, False], ids=["gone", "damaged"])
@pytest.mark.parametrize("duties", [(), (Obligation.PASSPHRASE_OTHER_CHANNEL,)], ids=["any", "other channel"])
@pytest.mark.parametrize("phones", [{WARD: PHONE}, {}], ids=["by channel", "by sender"])
def test_one_that_is_lost_is_said_to_be_lost_and_the_transfer_ends(
    world: World, phones: dict[str, str], duties: tuple[str, ...], *, is_gone: bool
) -> None:
    transfer = sealed_up(world, *duties)
    (world.store.vault.destroy if is_gone else lambda each: damage(world, each))(object_of(transfer))
    world.phones = phones
    done = world.walk(transfer, 60 * MINUTES)
    assert done.state is TransferState.FINISHED
    assert sorted((about, to) for about, to, _ in world.told) == [("delivered", STAFF), ("tell:passphrase", OFFICER)]
    assert f"Its passphrase is lost, and {WARD} cannot open the file." in world.text_of("delivered")
    assert "What you must do: send it again." in world.text_of("delivered")
    assert "its passphrase cannot be read any more" in world.text_of("tell:passphrase")


def test_a_text_for_the_recipient_that_is_damaged_is_given_by_the_sender(world: World) -> None:
    world.answer = fails(TryLater("no network"))
    transfer = world.walk(world.cleared())
    damage(world, transfer.notices[0].object_id)
    done = world.walk(transfer, 60 * MINUTES)
    assert "What you must do: give" in world.text_of("delivered")
    assert world.kept(done) == []


def test_holding_what_cannot_move_changes_nothing(world: World) -> None:
    transfer = world.walk(world.cleared())
    pipeline.hold_all(transfer.id, world.house())
    assert world.store.transfers.get(transfer.id) == transfer


def test_a_number_that_was_corrected_is_used_and_the_wrong_one_no_more(world: World) -> None:
    world.answer = fails(TryLater("no network"))
    transfer = world.walk(world.cleared())
    world.phones[WARD] = "+447700900999"
    world.answer = lambda: None
    done = world.walk(transfer, 60 * MINUTES)
    assert [(about, to) for about, to, _ in world.told] == [("passphrase:sms", "+447700900999"), ("delivered", STAFF)]
    first, second, _ = done.notices
    assert (first.state, first.to, second.state) == (N.FAILED, PHONE, N.SENT)
    assert first.id != second.id, "a far side that knows the id would take it for told"
    assert "sent to +44…999 by text message" in world.text_of("delivered")
    assert world.kept(done) == []


def test_a_number_that_is_taken_away_is_used_no_more_and_the_sender_gives_it(world: World) -> None:
    world.answer = fails(TryLater("no network"))
    transfer = world.walk(world.cleared())
    tries = world.tries
    world.phones.clear()
    world.walk(transfer, 60 * MINUTES)
    assert world.tries == tries
    assert "What you must do: give" in world.text_of("delivered")


@pytest.mark.parametrize("officers", [(), (OFFICER,), (OFFICER, "second@council.example")])
def test_when_no_officer_can_be_told_their_folder_is(world: World, officers: tuple[str, ...]) -> None:
    world.officers = officers
    world.answer = fails(Undeliverable("no such number"))
    world.fails = dict.fromkeys(officers, Undeliverable("no such mailbox"))
    done = world.walk(world.cleared(Obligation.PASSPHRASE_OTHER_CHANNEL))
    assert [to for about, to, _ in world.told if about == "tell:passphrase"] == [""]
    assert len(world.kept(done)) == 1
    assert done.state is TransferState.FINISHED


def test_one_officer_who_was_told_is_enough(world: World) -> None:
    world.officers = (OFFICER, "second@council.example")
    world.answer = fails(Undeliverable("no such number"))
    world.fails[OFFICER] = Undeliverable("no such mailbox")
    world.walk(world.cleared(Obligation.PASSPHRASE_OTHER_CHANNEL))
    assert [to for about, to, _ in world.told if about == "tell:passphrase"] == ["second@council.example"]


def test_each_is_destroyed_when_it_is_not_needed_any_more_and_once_more_at_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    destroyed: Counter[str] = Counter()

    class Counting(FileVault):
        def destroy(self, object_id: str) -> None:
            destroyed[object_id] += 1
            super().destroy(object_id)

    monkeypatch.setattr(world.store.vault, "__class__", Counting)
    world.walk(world.cleared())
    assert sorted(destroyed.values()) == [2, 2, 2], "the passphrase and two notices"
