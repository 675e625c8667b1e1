"""What clinical language is told by where no list could hold it: doses, vital signs, endings, absences.

Each is named by the section of the lexicon whose weight it has.
"""

from __future__ import annotations

from typing import Final

from gateway.classify import Pattern

# Endings of the names of diseases and operations, and the stems of the international names of medicines (WHO).
_ENDINGS: Final = (
    "itis|osis|ectomy|ostomy|otomy|plasty|oscopy|oscopic|aemia|emia|opathy|algia|oedema|plegia|paresis|penia|megaly"
    "|rrhoea|rrhagia|uria|oma|omas|olol|dipine|sartan|statin|prazole|conazole|cillin|mycin|cycline|floxacin|azepam"
    "|triptan|gliptin|gliflozin|tinib|zumab|ximab|parin|caine|setron|oxetine|olone|asone|idone|fenac|glutide|mab|prils?|azole|dronate|lukast|profen|coxib"
    "|barbital|curonium|thiazide|apine|peridol|triptyline|faxine|oxacin|platin|rubicin|taxel|trexate|fibrate|gabalin"
    "|trozole|thyroxine|vudine|penem|iasis|ectasis|plasia|pnoea|pnea|phagia|phasia|praxia|kinesia|esthesia"
    "|thymia|coccus"
)
_ABSENT: Final = (
    "fever|rash|chest pain|pain|nausea|vomiting|diarrh|weight loss|shortness of breath|cough|bleeding|headache"
    "|dizziness|swelling|tenderness|discharge|palpable|masses|murmur|focal|neurolog|acute|allerg|drug allerg"
    "|history of|suicid|evidence of (?:fracture|infection|metast|acute)|thoughts of|loss of consciousness|injur"
    "|fracture|lymph|oedema|edema|wheez|complications|complaints|red flags|seizure|syncope|palpitations|haem|hem"
    "|blood loss|free fluid|effusion|jaundice"
)
ORDINARY: Final = frozenset(
    {
        *("academia", "aroma", "coma", "cosmetology", "diagnosis", "diploma", "hypnosis", "metamorphosis", "nostalgia"),
        *("oklahoma", "osmosis", "prognosis", "roma", "soma", "symbiosis", "tacoma", "tahoma"),
    }
)
"""Words with such an ending that everybody uses, or that are on a list of their own."""
MEASURES: Final = (
    Pattern(
        name="measure/dose/",
        expression=r"\b\d{1,4}(?:\.\d{1,3})? ?(?:mg|mcg|micrograms?|ug|mmol|mmHg|mm Hg|g/dL|g/L|mg/dL|IU|U/L)\b",
        scan=(r"\d ?(?:mg|mcg|micrograms?|ug|mmol|mmHg|mm Hg|g/dL|g/L|mg/dL|IU|U/L)\b",),
        start_known=False,
    ),
    Pattern(
        name="term/ending/",
        expression=rf"\b[A-Za-z]{{3,24}}(?:{_ENDINGS})\b",
        scan=tuple(rf"{each}\b" for each in _ENDINGS.split("|")),
        start_known=False,
    ),
    Pattern(name="term/tooth/", expression=r"\b[UL][LR][1-8]\b", caseless=True),
    Pattern(
        name="cue/absence/",
        expression=rf"\b(?:no|denies|denied|without|nil) (?:any |further |known |recent |new )?(?:{_ABSENT})",
        caseless=True,
        start_known=False,
    ),
    Pattern(name="term/span/", expression=r"\b(?:(?:1?[0-9]|2[0-3])/7|[0-9]{1,2}/(?:52|12))\b"),
    Pattern(
        name="measure/age",
        expression=r"\b\d{1,3}[ -](?:year|yr|month|week|day)s?[ -]old\b",
        caseless=True,
    ),
    Pattern(
        name="measure/vital/",
        expression=r"\b(?:BP|HR|RR|SpO2|Sp02|O2 sats?|sats|GCS|BMI|HbA1c|Hb|Temp|PEFR|FEV1|INR|CRP|eGFR)[ :=]{1,3}"
        r"(?:of |was |is )?\d",
    ),
)
