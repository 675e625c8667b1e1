"""What notices say where a verdict owes something: wait, ask, tell a role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.model.lifecycle import DeliveryState
from gateway.model.record import RECALLED
from gateway.model.tier import Tier
from gateway.model.transfer import Origin, Transfer
from gateway.model.verdict import Obligation, Outcome, Verdict
from gateway.record.letter import Told
from gateway.record.notices import notices_due
from gateway.record.roles import RoleTold, roles_due
from gateway.testing.values import NOON, a_finding, a_sealed, a_transfer, a_verdict, an_inspection

D = DeliveryState
LATER = NOON + timedelta(minutes=10)
ROLES = {"caldicott-guardian": ("guardian@council.example",), "dpo": ("one@council.example", "two@council.example")}


def owing(*obligations: str, outcome: Outcome = Outcome.DELIVER) -> Verdict:
    return replace(a_verdict(outcome), obligations=frozenset(obligations))


def told(transfer: Transfer, roles: Mapping[str, tuple[str, ...]] = ROLES) -> list[Told]:
    return list(notices_due(transfer, help_contact="it@council.example", secret=lambda _: "words", roles=sorted(roles)))


def to_roles(transfer: Transfer, roles: Mapping[str, tuple[str, ...]] = ROLES) -> list[RoleTold]:
    return list(roles_due(transfer, roles=roles, help_contact="it@council.example"))


def delayed(*changes: Mapping[str, object], origin: Origin = Origin.FOLDER) -> Transfer:
    transfer = replace(a_transfer(*[D.SEALED] * len(changes), verdict=owing("delay:10m")), origin=origin)
    for delivery, change in zip(transfer.deliveries, changes, strict=True):
        given = {"due": LATER, "sealed": a_sealed(secret="o-7"), "begun": NOON} | dict(change)
        transfer = transfer.with_delivery(replace(delivery, **given))  # type: ignore[arg-type]
    return transfer


# --- delay -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", Origin)
def test_a_delay_is_told_with_when_and_how_to_stop_it(origin: Origin) -> None:
    (notice,) = told(delayed({}, origin=origin))
    assert notice.about == "waiting"
    assert "22 November 2026 at 12:10 UTC" in notice.subject
    assert "friend1@partner.example" in notice.text
    assert 'gateway transfers recall t-6740a1b2-7kq4m9xx2p --reason "..."' in notice.text
    assert "words" not in notice.text, "a passphrase is told when there is something to open"


def test_those_that_go_together_are_told_together() -> None:
    together = delayed({}, {}, {"due": LATER + timedelta(hours=1)})
    assert [notice.deliveries for notice in told(together)] == [("d-1", "d-2"), ("d-3",)]


@pytest.mark.parametrize(
    "change",
    [
        {"told": D.SEALED},
        {"attempts": 1},
        {"due": None},
        {"verdict": owing()},
    ],
)
def test_what_waits_for_another_reason_is_not_told(change: Mapping[str, object]) -> None:
    assert told(delayed(change)) == []


def test_what_was_recalled_is_told_so() -> None:
    transfer = a_transfer(D.REFUSED, D.REFUSED, verdict=owing("delay:10m"))
    transfer = transfer.with_delivery(replace(transfer.deliveries[0], trouble=RECALLED))
    recalled, refused = told(transfer)
    assert (recalled.about, recalled.deliveries) == ("recalled", ("d-1",))
    assert recalled.subject.startswith("Recalled, will not be sent")
    assert (refused.about, refused.deliveries) == ("refused", ("d-2",))


# --- reasons -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "how"),
    [
        (Origin.MAIL, "X-Transfer-Reason: REASON"),
        (Origin.FOLDER, "letter.docx.reason"),
        (Origin.COMMAND, "--reason"),
    ],
)
@pytest.mark.parametrize("state", [D.HELD, D.REFUSED])
def test_a_reason_is_asked_for_and_how_to_give_it(origin: Origin, how: str, state: DeliveryState) -> None:
    asking = owing(Obligation.ASK_REASON, outcome=Outcome.QUARANTINE)
    transfer = replace(a_transfer(state, verdict=asking), origin=origin)
    (notice,) = told(transfer)
    assert how in notice.text
    assert "name nobody" in notice.text
    for other in (replace(transfer, reason="a panel agreed"), a_transfer(state, verdict=a_verdict(Outcome.QUARANTINE))):
        assert "eason" not in told(other)[0].text.replace("Why:", "")


def test_what_an_officer_can_do_is_no_advice_to_the_sender() -> None:
    ways = (
        "it bore no marking", "an officer releases it", "another officer releases it", "two officers release it",
        "an officer who is caldicott guardian releases it", "it bore no marking, and an officer releases it",
    )  # fmt: skip
    verdict = replace(a_verdict(Outcome.QUARANTINE), would_pass_if=ways)
    (notice,) = told(a_transfer(D.HELD, verdict=verdict))
    assert "send it again so that it bore no marking\n" in notice.text
    assert "release" not in notice.text
    (alone,) = told(a_transfer(D.HELD, verdict=replace(verdict, would_pass_if=ways[1:])))
    assert "nothing is needed: a security officer decides" in alone.text


# --- roles -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [D.DELIVERED, D.HELD, D.REFUSED, D.UNDELIVERABLE])
def test_everybody_with_a_role_is_told_in_codes_and_counts(state: DeliveryState) -> None:
    seen = an_inspection(Tier.PROTECT, findings=(a_finding(masked="943 \u2026 19"), a_finding()))
    transfer = a_transfer(state, inspection=replace(seen, people=7), verdict=owing("tell:dpo"))
    secret = replace(transfer.parts[0], name="Anna Example.docx")
    transfer = replace(transfer, parts=(secret,), reason="Anna's mother agreed")
    transfer = transfer.with_delivery(replace(transfer.deliveries[0], trouble="550 Anna is not known here"))
    notices = to_roles(transfer)
    assert [notice.to for notice in notices] == ["one@council.example", "two@council.example"]
    for notice in notices:
        assert notice.about == "tell:dpo"
        assert notice.mark == f"{state}:dpo"
        for words in (
            "staff@council.example", "friend1@partner.example", "it may go (rule a-rule)", "2 x NHS number",
            "distinct people: 7", transfer.id, "the role 'dpo'",
        ):  # fmt: skip
            assert words in notice.text
        assert "Anna" not in notice.text + notice.subject
        assert "943" not in notice.text


@pytest.mark.parametrize("state", [D.UNDECIDED, D.CLEARED, D.SEALED])
def test_nobody_is_told_before_anything_came_of_it(state: DeliveryState) -> None:
    assert to_roles(a_transfer(state, verdict=owing("tell:dpo"))) == []


def test_a_role_is_told_once_of_a_state_and_again_of_another() -> None:
    transfer = a_transfer(D.HELD, D.HELD, verdict=owing("tell:caldicott-guardian"))
    first, second = transfer.deliveries
    known = transfer.with_delivery(replace(first, roles_told=frozenset({"held:caldicott-guardian"})))
    assert [notice.deliveries for notice in to_roles(transfer)] == [("d-1", "d-2")]
    assert [notice.deliveries for notice in to_roles(known)] == [("d-2",)]
    later = known.with_delivery(replace(known.deliveries[0], state=D.REFUSED))
    assert [(notice.mark, notice.deliveries) for notice in to_roles(later)] == [
        ("held:caldicott-guardian", ("d-2",)), ("refused:caldicott-guardian", ("d-1",)),
    ]  # fmt: skip
    assert second.roles_told == frozenset()


def test_a_role_that_nobody_has_is_said_to_the_sender_of_what_is_held() -> None:
    transfer = a_transfer(D.HELD, verdict=owing("tell:dpo", "tell:siro", outcome=Outcome.QUARANTINE))
    assert [notice.about for notice in to_roles(transfer)] == ["tell:dpo", "tell:dpo"]
    (notice,) = told(transfer)
    assert "nobody has the role 'siro', which must be told" in notice.text
    assert "'dpo'" not in notice.text
    assert to_roles(transfer, {"dpo": (), "siro": ()}) == []


def test_a_machine_is_named_as_one() -> None:
    transfer = replace(a_transfer(D.HELD, verdict=owing("tell:caldicott-guardian")), sender="")
    assert "from a machine to friend1@partner.example" in to_roles(transfer)[0].text
