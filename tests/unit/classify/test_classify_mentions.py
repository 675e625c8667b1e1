"""Documents that speak of markings, or use their words for other things, and bear none."""

from __future__ import annotations

import pytest

from gateway.model.inspection import MarkingStatus
from tests.unit.classify.classifying import classifier, classify, part_of

PAGES = {
    "a policy": """Information classification policy

OFFICIAL

All information that is created or processed by the council is OFFICIAL.

OFFICIAL-SENSITIVE

A limited subset of OFFICIAL information could have more damaging consequences.
Mark it OFFICIAL-SENSITIVE in the header and footer.

- COMMERCIAL
- LOCSEN
- PERSONAL

SECRET

Not used by the council.
""",
    "a guide to one marking": """Using the OFFICIAL-SENSITIVE marking

When should I use it?

Use OFFICIAL-SENSITIVE
when a leak could cause harm.
""",
    "a guide with a title": """Handling guide: OFFICIAL-SENSITIVE

How to handle papers

Papers marked OFFICIAL-SENSITIVE must be locked away. OFFICIAL papers may be left on desks.
""",
    "a table of levels": """Marking\tMeaning\tHow to send
OFFICIAL\tEveryday business\tEmail
OFFICIAL-SENSITIVE\tNeeds care\tSecure email
SECRET\tSerious\tNever
""",
    "the traffic light protocol in a sentence": """We have received a report.
It was shared as TLP:AMBER, so please keep it.
The definition of TLP:AMBER is on the web page.

Kind regards
""",
    "the traffic light protocol defined": """TLP:AMBER means limited disclosure
Recipients may share it within their organisation.
TLP:AMBER+STRICT restricts sharing to the organisation only.
""",
    "news": """Secret documents found in cabinet

Official figures show that restricted areas were entered by protesters on Monday.
The Official Secrets Act 1989 applies to all staff. Top Secret papers were in the bag, an official said.
"Confidential", said the label on the box.

By our correspondent
Confidential sources
The Secret Barrister
""",
    "a job advert": """Confidential Secretary to the Chief Executive

Restricted to internal applicants
This post is politically restricted.
You will handle confidential information and official correspondence.

Status: Restricted
Private and confidential applications to: The Manager
""",
    "minutes of a meeting": """Minutes of the Finance Committee

Present: Cllr Smith (Chair), Cllr Jones
1. Restricted items
RESOLVED that the public be excluded.
2. Confidential items

The Official Opening
Secret ballot
""",
    "an agenda": """AGENDA

PART 1 - PUBLIC

1. APOLOGIES

PART 2 - CONFIDENTIAL

3. CONTRACTS
""",
    "source code": """class Account:
    PROTECTED = 2
    RESTRICTED = 3

private
protected

SECRET=abc
CONFIDENTIAL: bool
""",
    "a manifest": """apiVersion: v1
kind: Secret
access: restricted
visibility: private
classification: bug
""",
    "a footer of ordinary mail": """Hello

See you on Monday.

A. Person
CONFIDENTIALITY NOTICE: This email is confidential.
CONFIDENTIAL INFORMATION: do not copy.
""",
    "a legend": """RESTRICTED RIGHTS LEGEND

Use, duplication or disclosure by the Government is subject to restrictions.
CONFIDENTIAL AND PROPRIETARY
UNCLASSIFIED ADVERTISEMENTS
""",
    "words in lower case": """official
unofficial
secret
sensitive
restricted
confidential
""",
    "a shop": """SECRET GARDEN
OFFICIAL MERCHANDISE
LIMITED EDITION
TOP SECRET RECIPE
""",
    "levels of others": """The Union has TRES SECRET UE/EU TOP SECRET, SECRET UE/EU SECRET
and RESTREINT UE/EU RESTRICTED.
Documents marked RESTREINT UE/EU RESTRICTED may be sent within the institution.
The paper was NATO RESTRICTED, a spokesman said.
""",
    "the health service": """NHS Confidentiality Code of Practice

NHS confidential helpline for staff
NHS Protect was closed in 2017 and became another authority.
""",
    "questions": """Q: What does OFFICIAL mean?
A: Everyday business.
Q: And SECRET?
Is my mail RESTRICTED?
""",
    "a glossary": """OFFICIAL: information of everyday business
SECRET: information whose loss does serious harm
""",
    "a course": """Protect Personal Data
A course for staff
Restricted Staff Areas
""",
    "a headline": """TOP SECRET!
The files that nobody was meant to see

By our correspondent
""",
    "a statement of accounts": """Statement of financial activities

Unrestricted\tRestricted\tTotal
200\t300\t500
""",
    "handling codes explained": """Handling code P: permits sharing
Handling code C: conditions apply
Handling code: P means that it may be shared.
""",
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["page.txt", "page.md", "page.html"])
def test_a_page_that_speaks_of_markings_bears_none(page: str, name: str) -> None:
    classified = classifier().classify((part_of(("body", PAGES[page]), part=name),))
    assert (classified.marking_status, classified.marking) == (MarkingStatus.NONE, None)


@pytest.mark.parametrize(
    "subject",
    [
        *("Secret Santa", "Protect personal data", "Restricted parking on Monday", "Re: confidential report"),
        *("Your Official Invitation", "Training on OFFICIAL-SENSITIVE", "New TLP:AMBER definitions"),
        *("OFFICIAL-SENSITIVE training for new starters", "4Ps: PREVENT, PURSUE, PROTECT, PREPARE"),
        *("OFFICIALS MEETING", "OFFICIAL'S VISIT", "Agoriad swyddogol y llyfrgell", "OS-22: login", "O/S invoices"),
        *("Private and confidential", "What is OFFICIAL-SENSITIVE?", "Guidance on OFFICIAL, SECRET and TOP SECRET"),
    ],
)
def test_a_subject_that_speaks_of_markings_bears_none(subject: str) -> None:
    assert classify(subject, "subject").marking_status is MarkingStatus.NONE


@pytest.mark.parametrize(
    "name",
    [
        *("Protect Personal Data.pdf", "secret_santa.docx", "Restricted Parking.pdf", "official-results.csv"),
        *("Top Secret Recipe.txt", "protected_branches.md", "sensitive-skin.html", "policy-official-sensitive.md"),
        *("Marking guide - OFFICIAL and SECRET.pdf", "OS-22.log", "officials.xlsx", "agoriad_swyddogol.pdf"),
        *("NHS Confidential.pdf", "Private and Confidential letter.docx", "staff-restricted.xlsx", "secret.py"),
    ],
)
def test_a_file_name_with_a_common_word_bears_none(name: str) -> None:
    assert classify(name, "attachment_name").marking_status is MarkingStatus.NONE
