"""Entity names: those of corpora and peers, and the one under which they are compared.

Where a peer has one name for several kinds of ours (Presidio's DATE_TIME), it counts as whichever kind is labelled.
"""

from __future__ import annotations

from typing import Final

SAME: Final = {
    "BANK_ACCOUNT_NUMBER": "BANK_ACCOUNT", "CREDIT_CARD": "PAYMENT_CARD", "CREDIT_CARD_NUMBER": "PAYMENT_CARD",
    "COURT_CASE_NUMBER": "COURT_CASE", "DRIVER_LICENSE_NUMBER": "DRIVING_LICENCE", "EMAIL": "EMAIL_ADDRESS",
    "EMAIL_ORG": "EMAIL_ADDRESS", "FAMILY_NAME": "PERSON_NAME", "IBAN_CODE": "IBAN", "API_KEY": "SECRET",
    "LOCATION_NAME": "LOCATION", "MEDICAL_RECORD_NUMBER": "HOSPITAL_NUMBER", "MRN": "HOSPITAL_NUMBER",
    "NHS_NUMBER_BADSUM": "NHS_NUMBER", "NI_NUMBER": "NINO", "ORGANIZATION_NAME": "ORGANIZATION",
    "PASSPORT_NUMBER": "PASSPORT", "PASSWORD": "SECRET", "PATIENT_ID": "HOSPITAL_NUMBER",
    "PATIENT_NAME": "PERSON_NAME", "PERSON": "PERSON_NAME", "PHONE": "PHONE_NUMBER", "POSTCODE": "UK_POSTCODE",
    "RELATIVE_NAME": "PERSON_NAME", "SOCIAL_SECURITY_NUMBER": "US_SSN", "STREET_ADDRESS": "ADDRESS",
    "TIMESTAMP": "DATE_TIME", "UK_ADDRESS": "ADDRESS", "UK_DRIVING_LICENCE": "DRIVING_LICENCE",
    "UK_NHS": "NHS_NUMBER", "UK_NINO": "NINO", "UK_PASSPORT": "PASSPORT", "UK_PHONE": "PHONE_NUMBER",
    "UK_VEHICLE_REGISTRATION": "VEHICLE_REGISTRATION",
}  # fmt: skip

ALSO: Final = {
    "DATE_TIME": ("DATE_OF_BIRTH",),
    "LOCATION": ("GPE", "ADDRESS", "ZIP_CODE"),
    "CHI_NUMBER": ("NHS_NUMBER",),
    "HC_NUMBER": ("NHS_NUMBER",),
    "US_PASSPORT": ("PASSPORT",),
    "US_DRIVER_LICENSE": ("DRIVING_LICENCE",),
    "US_BANK_NUMBER": ("BANK_ACCOUNT",),
    "UK_POSTCODE": ("ZIP_CODE",),
    "SORT_CODE": ("BANK_ACCOUNT",),
}
"""What else a name counts as, where that is labelled and the name itself is not."""

HEALTH: Final = frozenset({"HEALTH", "STATUTE_BARRED_HEALTH"})
TOPICS: Final = HEALTH | {
    "ETHNICITY", "RELIGION", "POLITICS", "TRADE_UNION", "SEX_LIFE", "BIOMETRIC", "OFFENCE", "CHILD_SAFEGUARDING",
    "LEGAL_PRIVILEGE", "COMMERCIAL",
}  # fmt: skip
"""What a text is about: not an identifier, and never compared by value."""

UK_IDENTIFIERS: Final = frozenset({
    "NHS_NUMBER", "CHI_NUMBER", "HC_NUMBER", "NINO", "UTR", "VAT_NUMBER", "UK_POSTCODE", "DRIVING_LICENCE", "PASSPORT",
    "VEHICLE_REGISTRATION", "SORT_CODE", "BANK_ACCOUNT", "UPN", "ULN", "PNC_ID", "CRO_NUMBER", "COURT_CASE",
    "PRISON_NUMBER", "HOSPITAL_NUMBER",
})  # fmt: skip
"""None of them is expected in ordinary documents."""

PRESIDIO_UK: Final = frozenset({
    "UK_NINO", "UK_POSTCODE", "UK_PASSPORT", "UK_VEHICLE_REGISTRATION", "UK_DRIVING_LICENCE",
})  # fmt: skip
"""What Presidio finds only when it is asked to: its UK_NHS is on by default."""


def canonical(entity: str) -> str:
    """Return the name under which an entity of a corpus is compared."""
    return SAME.get(entity, entity)


def counted_as(entity: str, labelled: frozenset[str]) -> str:
    """Return the name under which a finding is compared where these (canonical) entities are labelled."""
    name = canonical(entity)
    if name in labelled:
        return name
    return next((other for other in ALSO.get(name, ()) if other in labelled), name)
