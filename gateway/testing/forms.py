"""Made-up forms of one house style, and what becomes of them: filled in, edited, cut, read by OCR. Same each time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gateway.testing.people import Draw, MadeUp

LETTERHEAD: Final = (
    "Exampleshire County Council\nChildren and Families Service\nCivic Centre, High Street, Exampleton\n"
    "Telephone 01632 960000   www.exampleshire.example\n"
)
DISCLAIMER: Final = (
    "This document is intended for the person named above. If you received it by mistake, please tell the sender and\n"
    "delete it. The council may monitor messages. Registered office: Civic Centre, High Street, Exampleton.\n"
)
COMMON_FIELDS: Final = (
    *("Full name", "Date of birth", "NHS number", "Home address", "Postcode", "Telephone number", "Email address"),
    *("Name of person completing this form", "Signature", "Date", "Post held"),
)
_SUBJECTS: Final = (
    """
housing repair|fostering assessment|school transport|library membership|parking permit|food hygiene|tree preservation
youth club|adult social care|blue badge|allotment tenancy|planning objection|licensing review|school admission
health visitor|speech therapy|hearing aid|vaccination consent|continence service|dietitian referral|podiatry clinic
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
_OPENERS: Final = (
    *("Describe", "Give details of", "List", "Explain", "State", "Tell us about", "Record", "Set out"),
    *("Confirm", "Name", "Summarise", "Outline"),
)
_WHAT: Final = """
reason history outcome frequency support equipment evidence cost view risk plan contact date condition change income
purpose source size result place order share standard period owner number kind cause effect
""".split()  # noqa: SIM905 - words read better than a list
_WHOSE: Final = (
    """
household|last visit|parent or carer|present school|earlier decision|main building|weekly routine|court order
lead worker|previous address|family network|front entrance|medicine taken|night time care|nearest relative
first assessment|local shop|heating system|member of staff|garden fence|meals provided|journey home
written agreement|company named|playing field
""".strip()
    .replace("\n", "|")
    .split("|")
)
_RULE: Final = """
complete return keep check send attach show explain repeat measure sign read leave cover
""".split()  # noqa: SIM905 - as above
_THING: Final = (
    """
black ink|ten working days|a manager|the panel|reception desk|a letter|bank transfer|photographs|the original|a witness
page two|the caretaker|another service|your landlord|the meeting|a translation|proof of purchase|the register
""".strip()
    .replace("\n", "|")
    .split("|")
)
_ANSWERS: Final = (
    """
she said that it began in the spring and has become worse|not known|see the letter enclosed|none at present
twice a week, mostly at night|his sister visits when she can|they moved here from another town last year|yes
he would like to go back to school after the summer|the doctor has changed the dose|no|grandmother and two cousins
""".strip()
    .replace("\n", "|")
    .split("|")
)
_NOISE: Final = {"l": "1", "o": "0", "e": "c", "rn": "m", "i": "l", "a": "o", "t": "f", "s": "5"}


def make_form(number: int) -> str:
    """Return blank form `number`. All have letterhead, common fields and disclaimer; what they ask is their own."""
    draw = Draw(f"form {number}")
    subject = _SUBJECTS[number % len(_SUBJECTS)]
    lines = [LETTERHEAD, f"{subject.capitalize()} form, part {1 + number % 7}\n"]
    lines += [f"{field}: ____________" for field in COMMON_FIELDS]
    for section in range(3):
        lines += [f"\nSection {section + 1}", _guidance(draw, subject)]
        lines += [f"{_question(draw, subject)}: ______________________" for _ in range(6)]
    return "\n".join([*lines, "", _guidance(draw, subject), DISCLAIMER])


def _question(draw: Draw, subject: str) -> str:
    opener, (what, more), whose = draw.of(_OPENERS), draw.some(_WHAT, 2), draw.of(_WHOSE)
    return f"{opener} the {what} and {more} of the {whose}{draw.of(('', f' for this {subject}'))}"


def _guidance(draw: Draw, subject: str) -> str:
    (first, second), (one, other) = draw.some(_RULE, 2), draw.some(_THING, 2)
    what, whose = draw.of(_WHAT), draw.of(_WHOSE)
    return (
        f"Please {first} with {one} and {second} the {what} of any {whose} for {other}, or the {subject} cannot go on."
    )


def fill_in(form: str, person: MadeUp, number: int = 0) -> str:
    """Return the form with an answer in every gap."""
    draw = Draw(f"fill {number} {person.case_number}")
    answers = iter([f"{person.given} {person.family}", f"{person.born:%d/%m/%Y}", person.nhs_number])
    return re.sub("_{3,}", lambda _: next(answers, "") or draw.of(_ANSWERS), form)


def edit(text: str, share: float, number: int = 0) -> str:
    """Return the text with so many of its words replaced."""
    draw = Draw(f"edit {number}")
    words = re.split(r"(\s+)", text)
    changed = (word if word.isspace() or draw.below(1000) >= 1000 * share else "amended" for word in words)
    return "".join(changed)


def keep_part(text: str, share: float, number: int = 0) -> str:
    """Return about so many of the lines, in another order of halves."""
    draw = Draw(f"part {number}")
    lines = [line for line in text.splitlines() if draw.below(1000) < 1000 * share]
    return "\n".join([*lines[len(lines) // 2 :], *lines[: len(lines) // 2]])


def read_badly(text: str, share: float, number: int = 0) -> str:
    """Return the text as OCR gives it: so many characters are others, and lines break elsewhere."""
    draw = Draw(f"noise {number}")
    noisy = "".join(_NOISE.get(char, char) if draw.below(1000) < 1000 * share else char for char in text)
    return re.sub(r"_+", "_", noisy)


def letter_of_house(texts: Sequence[str]) -> str:
    """Return an ordinary letter on the house's paper."""
    return "\n".join([LETTERHEAD, "Dear resident,", "", *texts, "", "Yours faithfully", "", DISCLAIMER])
