"""The detectors that ship with the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.classify.detectors.bank_account import BankAccount
from gateway.classify.detectors.date_of_birth import DateOfBirth
from gateway.classify.detectors.email_address import EmailAddress
from gateway.classify.detectors.iban import Iban
from gateway.classify.detectors.nhs_number import NhsNumber
from gateway.classify.detectors.nino import Nino
from gateway.classify.detectors.payment_card import PaymentCard
from gateway.classify.detectors.postcode import Postcode
from gateway.classify.detectors.private_key import PrivateKey

if TYPE_CHECKING:
    from gateway.classify import Detector


def builtin() -> tuple[Detector, ...]:
    """Return one of each, in the order of their names."""
    return (
        BankAccount(),
        DateOfBirth(),
        EmailAddress(),
        Iban(),
        NhsNumber(),
        Nino(),
        PaymentCard(),
        Postcode(),
        PrivateKey(),
    )
