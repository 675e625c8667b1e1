"""What somebody would file about a held delivery, and what would come of it; nothing is filed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.decide.consequence import Consequence, consequence
from gateway.errors import NotFound, NotPermitted
from gateway.model.lifecycle import DeliveryState
from gateway.model.record import DECIDING, Act, Instruction, Officer
from gateway.model.tier import Tier
from gateway.model.transfer import Delivery, Transfer
from gateway.quarantine.filing import instruction
from gateway.quarantine.party import refuse_own_accounts, refuse_party
from gateway.quarantine.people import account_of, deciding, officer_of, people_of
from gateway.quarantine.review import carry_out
from gateway.system.ids import serial

if TYPE_CHECKING:
    from gateway.console.frame.desk import Desk
    from gateway.console.frame.visit import Visit
    from gateway.model.held import Held
    from gateway.model.person import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One delivery of a transfer, as somebody looks at it."""

    visit: Visit
    transfer: Transfer
    delivery: Delivery

    @property
    def desk(self) -> Desk:
        """What all pages share."""
        return self.visit.desk

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/quarantine/{self.transfer.id}/{self.delivery.id}"

    @property
    def officer(self) -> Officer | None:
        """Who looks at it, as an officer; None for who may not decide, as an auditor."""
        return officer_of(self.visit.me)

    def acting_officer(self) -> Officer:
        """Return them where they decide; `NotPermitted` where they may not."""
        if (officer := self.officer) is None:
            raise NotPermitted("reviewers and approvers decide", hint="ask whoever looks after people and roles")
        return officer

    @property
    def account(self) -> str:
        """The account that stands in what they file."""
        return account_of(self.visit.me)

    @property
    def is_held(self) -> bool:
        """Whether it still waits for an officer."""
        return self.delivery.state is DeliveryState.HELD

    @property
    def held(self) -> Held | None:
        """How it stands in the list; None once it is not held any more."""
        try:
            return self.desk.store.held.get(self.transfer.id, self.delivery.id)
        except NotFound:
            return None

    @property
    def waiting(self) -> Instruction | None:
        """The decision on it that was filed and is not carried out yet."""
        filed = self.desk.store.transfers.instructions(self.transfer.id)
        return next((each for each in filed if each.delivery_id == self.delivery.id and each.act in DECIDING), None)


def case_of(visit: Visit) -> Case:
    """Return the delivery that stands in the address; `NotFound`."""
    transfer = visit.desk.store.transfers.get(visit.path["transfer"])
    delivery = next((each for each in transfer.deliveries if each.id == visit.path["delivery"]), None)
    if delivery is None or transfer.id != visit.path["transfer"]:
        raise NotFound("there is no such delivery", hint="look for it in the list")
    return Case(visit=visit, transfer=transfer, delivery=delivery)


def drafted(case: Case, act: Act, reason: str, *, method: str = "", redact: bool = False) -> Instruction:
    """Return what the visitor, an officer, would file; what can be stopped waits until it cannot."""
    return instruction(
        case.transfer,
        case.delivery.id,
        act,
        instruction_id=serial("i"),
        officer=case.acting_officer(),
        account=case.account,
        reason=reason,
        now=case.desk.clock.now(),
        stop_within=case.desk.settings.stop_within,
        method=method,
        redact=redact,
    )


def refuse_own(case: Case) -> None:
    """Raise `NotPermitted` where the visitor is party to it."""
    refuse_party(case.transfer, case.delivery, address=case.visit.me.address, account=case.account)
    refuse_own_accounts(case.transfer, case.visit.me.address, case.desk.officers)


def needs_step_up(case: Case, act: Act) -> bool:
    """Say whether the act asks for a fresh proof of who it is: to release what is RESTRICTED or higher."""
    verdict = case.delivery.verdict
    return act is Act.RELEASE and verdict is not None and verdict.tier >= Tier.RESTRICTED


def outlook(case: Case, draft: Instruction) -> Consequence | None:
    """Return what would come of a release; None where nobody can say. Raises as `quarantine.review.carry_out`."""
    after = carry_out(case.transfer, draft, case.desk.officers, people_of(case.desk.store.people.get))
    policy = case.desk.policy()
    delivery = next(each for each in after.deliveries if each.id == case.delivery.id)
    if policy is None:
        return None
    methods, roles = case.desk.methods, roles_held(case.visit)
    return consequence(policy, delivery, at=case.desk.clock.now(), methods=methods, roles=roles)


def roles_held(visit: Visit) -> frozenset[str]:
    """Return the roles that some officer holds."""
    return frozenset(role for each in officers(visit) for role in each.roles)


def officers(visit: Visit) -> tuple[Officer, ...]:
    """Return everybody who may decide: those of the console, and those of the settings."""
    return deciding(visit.people, visit.desk.officers)


def reviewers(visit: Visit) -> tuple[Person, ...]:
    """Return the people of the console who may decide, by name."""
    return tuple(each for each in visit.people if officer_of(each))
