"""Plain words for what the gateway finds, cannot read, and asks of a sender."""

from __future__ import annotations

from gateway.model.inspection import GapKind
from gateway.model.transfer import Origin

WORDS = {
    "ARREST_SUMMONS": "arrest or summons number",
    "BANK_ACCOUNT": "bank account number",
    "BIC": "bank identifier",
    "BIOMETRIC": "genetic or biometric data",
    "CASE_URN": "case reference of the police and courts",
    "CHILD_SAFEGUARDING": "safeguarding of a child",
    "CHI_NUMBER": "CHI number",
    "COMMERCIAL": "commercial terms",
    "COURT_CASE": "court case number",
    "CRO_NUMBER": "criminal record number",
    "DATE_OF_BIRTH": "date of birth",
    "DRIVING_LICENCE": "driving licence number",
    "EMAIL_ADDRESS": "e-mail address",
    "ETHNICITY": "ethnic origin",
    "HC_NUMBER": "Health and Care number",
    "HEALTH": "health information",
    "HOSPITAL_NUMBER": "hospital number",
    "IBAN": "IBAN",
    "IP_ADDRESS": "IP address",
    "LEARNED_FORM": "form of ours",
    "LEGAL_PRIVILEGE": "legal advice",
    "NHS_NUMBER": "NHS number",
    "NINO": "National Insurance number",
    "OFFENCE": "offence",
    "PASSPORT": "passport number",
    "PAYMENT_CARD": "payment card number",
    "PERSON_NAME": "name",
    "PNC_ID": "police national computer number",
    "POLITICS": "political opinion",
    "PRISON_NUMBER": "prison number",
    "PROBATION_NUMBER": "probation case number",
    "REGISTERED_PERSON": "person on a register",
    "RELIGION": "religion or belief",
    "SECRET": "private key or password",
    "SEX_LIFE": "sexual life",
    "SORT_CODE": "sort code",
    "STATUTE_BARRED_HEALTH": "health information that the law protects",
    "TRADE_UNION": "trade union membership",
    "UK_ADDRESS": "address",
    "UK_PHONE": "telephone number",
    "UK_POSTCODE": "postcode",
    "ULN": "learner number",
    "UPN": "pupil number",
    "UTR": "taxpayer reference",
    "VAT_NUMBER": "VAT number",
    "VEHICLE_REGISTRATION": "vehicle registration",
}
UNREAD = {
    GapKind.CORRUPT: "damaged, or not as its format wants it",
    GapKind.CRASHED: "the reader broke off",
    GapKind.DETECTOR_FAILED: "a check failed",
    GapKind.ENCRYPTED: "encrypted",
    GapKind.IMAGE_NOT_READ: "a picture",
    GapKind.TIMEOUT: "it took too long",
    GapKind.TOO_DEEP: "packed too deep",
    GapKind.TOO_LARGE: "too large",
    GapKind.TOO_MANY: "too many parts",
    GapKind.UNSUPPORTED: "a kind of file that the gateway does not read",
}
UNLOCK = {
    Origin.MAIL: "send it again with the password in a header field of the message, X-Gateway-Password: PASSWORD",
    Origin.FOLDER: "put it there again with a text file beside it, called as the file with .passwords behind"
    " (letter.zip and letter.zip.passwords), one password a line",
    Origin.COMMAND: "send it again with --password-file FILE, one password a line",
}
SAY_WHY = {
    Origin.MAIL: "send it again and say why, in a header field of the message, X-Transfer-Reason: REASON",
    Origin.FOLDER: "put it there again with a text file beside it that says why, called as the file with .reason behind"
    " (letter.docx and letter.docx.reason)",
    Origin.COMMAND: "send it again with --reason, which says why",
}
RECORDED = "The reason is written into the record: name nobody in it"
RECALL = {
    Origin.MAIL: "to stop it before then: from the account of your own address, {command}",
    Origin.FOLDER: "to stop it before then: {command}",
    Origin.COMMAND: "to stop it before then: {command}",
}
UNLOCKED = "The password is used for looking inside, is not sent on, and is then destroyed"
