"""The detectors that ship with the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.classify.categories.table import CATEGORIES
from gateway.classify.detectors.bank_account import BankAccount
from gateway.classify.detectors.bic import Bic
from gateway.classify.detectors.court_case import CourtCase
from gateway.classify.detectors.credentials import Credentials
from gateway.classify.detectors.cro_number import CroNumber
from gateway.classify.detectors.date_of_birth import DateOfBirth
from gateway.classify.detectors.driving_licence import DrivingLicence
from gateway.classify.detectors.email_address import EmailAddress
from gateway.classify.detectors.hospital_number import HospitalNumber
from gateway.classify.detectors.iban import Iban
from gateway.classify.detectors.ip_address import IpAddress
from gateway.classify.detectors.justice_reference import JusticeReference
from gateway.classify.detectors.nhs_number import NhsNumber
from gateway.classify.detectors.nino import Nino
from gateway.classify.detectors.passport import Passport
from gateway.classify.detectors.payment_card import PaymentCard
from gateway.classify.detectors.person_name import PersonName
from gateway.classify.detectors.pnc_id import PncId
from gateway.classify.detectors.postcode import Postcode
from gateway.classify.detectors.prison_number import PrisonNumber
from gateway.classify.detectors.private_key import PrivateKey
from gateway.classify.detectors.secrets import Secrets
from gateway.classify.detectors.uk_address import UkAddress
from gateway.classify.detectors.uk_phone import UkPhone
from gateway.classify.detectors.uln import Uln
from gateway.classify.detectors.upn import Upn
from gateway.classify.detectors.utr import Utr
from gateway.classify.detectors.vat_number import VatNumber
from gateway.classify.detectors.vehicle_registration import VehicleRegistration

if TYPE_CHECKING:
    from gateway.classify import Detector, Examiner


def builtin() -> tuple[Detector | Examiner, ...]:
    """Return one of each, in the order of their names; what examines whole parts stands last."""
    return (
        BankAccount(),
        Bic(),
        CourtCase(),
        Credentials(),
        CroNumber(),
        DateOfBirth(),
        DrivingLicence(),
        EmailAddress(),
        HospitalNumber(),
        Iban(),
        IpAddress(),
        JusticeReference(),
        NhsNumber(),
        Nino(),
        Passport(),
        PaymentCard(),
        PersonName(),
        PncId(),
        Postcode(),
        PrisonNumber(),
        PrivateKey(),
        Secrets(),
        UkAddress(),
        UkPhone(),
        Uln(),
        Upn(),
        Utr(),
        VatNumber(),
        VehicleRegistration(),
        *CATEGORIES,
    )
