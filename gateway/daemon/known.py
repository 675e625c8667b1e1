"""What the policy in force knows of a recipient, for the record of a disclosure (S1 Appendix 11)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.decide.policy import Policy
from gateway.model.facts import AgreementStatus
from gateway.model.transfer import Delivery, Transfer
from gateway.record.entries import Known


def build_known(policy: Callable[[], Policy]) -> Known:
    """Return what tells partner, agreement, purpose and lawful basis of a delivery."""

    def known(_transfer: Transfer, delivery: Delivery) -> Mapping[str, object]:
        in_force = policy()
        directory = in_force.directory
        partner = directory.partner_of(delivery.recipient)
        if partner is None or delivery.circumstances is None or delivery.verdict is None:
            return {}
        if delivery.verdict.policy != in_force.hash:  # another one decided: by which agreement is not known here
            return {"partner": partner.id}
        entities = frozenset(entity for entity, _ in delivery.circumstances.entities)
        day = directory.day_of(delivery.circumstances.at)
        for agreement in directory.signed:
            if partner.id in agreement.partners and agreement.status(entities, day) is AgreementStatus.IN_FORCE:
                return {
                    "partner": partner.id,
                    "agreement": agreement.id,
                    "purpose": agreement.purpose,
                    "lawful_basis": agreement.lawful_basis,
                }
        return {"partner": partner.id}

    return known
