"""Whether a passage tells of one person, or of people at large.

A record of one patient says he and she over and over, or I and my; leaflets, abstracts, news and minutes say patients,
adults and if you. The pronouns of a passage tell the two apart better than its clinical words do.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from gateway.classify.categories.initials import begun

if TYPE_CHECKING:
    from collections.abc import Iterable

_THIRD: Final = re.compile(begun(("he", "she", "his", "him", "hers?", "himself", "herself"), caseless=True) + r"\b")
_SOMEBODY: Final = (
    " (?:[a-z-]{3,12} )?(?:patient|client|resident|gentleman|lady|boy|girl|child|baby|infant|claimant|service user)"
)
_CALLED: Final = re.compile(
    begun(
        (
            *(f"{first}{_SOMEBODY}" for first in ("The", "the", "This", "this", "Our", "our", "My", "my")),
            *("Patient", "Pt", "Client", "Resident", "Mum", "Mother", "Dad", "Father", "Wife", "Husband", "Daughter"),
            *("Son", "Family", "Baby", "Toddler", "Child", "Infant", "Gentleman", "Lady"),
        )
    )
    + r"\b(?! (?:lists?|portal|data|care|information|name|safety|records? system)\b)"
)
_FIRST: Final = re.compile(r"\b(?:I|[Mm]y|[Mm]e|[Mm]yself)\b")
_PARTS: Final = (
    "knee|hip|shoulder|elbow|wrist|ankle|hand|foot|arm|leg|eye|ear|breast|lung|kidney|thigh|calf|groin|flank"
    "|forearm|femur|tibia|humerus|radius|toe|thumb|finger|heel|temple|cheek|jaw|ovary|testicle|lobe|quadrant"
    "|ventricle|atrium|hemisphere|eyelid|nostril|tonsil|buttock|scapula|clavicle|loin|iliac|temporal|parietal"
    "|frontal|occipital|carotid|coronary|renal|femoral|lower lobe|upper lobe|upper quadrant|lower quadrant"
    "|side weakness|hemiparesis|facial|knees|hips|ankles|hands|feet|arms|legs|eyes|ears|hallux|big toe|rotator cuff"
    "|lower limb|upper limb|gluteal|adrenal|nephrectomy|breasts|forefoot|hindfoot|ACL|MCA"
)
_OWNED: Final = (
    "operation|surgery|scan|biopsy|x-ray|tablets|medication|medicines?|inhalers?|insulin|consultant|gp|doctor|physio"
    "|chemo|chemotherapy|radiotherapy|treatment|symptoms|diagnosis|depression|anxiety|diabetes|epilepsy|asthma|dementia"
    "|illness|pain|blood pressure|blood sugars?|bloods|catheter|pregnancy|antidepressants?|painkillers?|mobility|memory"
    "|hearing|eyesight|swallow|appetite|sleep|mood|wound|dressings?|stitches|stoma|pacemaker|migraines?|seizures?|fits"
    "|stroke|cancer|tumour|arthritis|condition|miscarriage|blood test|test results|hospital|rehab|detox|drinking"
    "|self-harm|overdose|cough|oxygen|fever|rash|wheeze|tremor|injury|injuries|continence|bowels|bladder|kidneys"
    "|heart|lungs|chest|epipen|disability|breathing"
)
_COMPLAINTS: Final = (
    "pain|pains|ache|aching|swelling|weakness|numbness|stiffness|tenderness|bruising|bruise|swollen|sore|painful"
    "|broken|fractured|injured|sprained|torn|tingling|lump|rash|ulcer|graze|cut|wound|fracture|arthritis|discomfort"
)
_SUFFERED: Final = (
    "diagnosed|prescribed|admitted|readmitted|hospitalised|hospitalized|operated on|catheterised|sectioned|vomiting"
    "|limping|coughing|wheezing|breathless|tearful|incontinent|unsteady|unwell|poorly|in pain|in hospital|off sick"
    "|signed off"
    "|in a wheelchair|in remission|pregnant|dizzy|constipated|confused|bedbound|housebound|not sleeping|not eating"
    "|self-harming|suicidal|depressed|anxious|drowsy|asymptomatic|pain free|unable to walk|short of breath"
    "|getting (?:\\w+ )?tired|taken to hospital|taken ill|bleeding|allergic|diabetic|epileptic|autistic"
    "|on (?:antibiotics|tablets|medication|steroids|oxygen|insulin|morphine"
    "|antidepressants|painkillers|dialysis)"
)
_STATES: Final = (
    "swollen|broken|sore|red|stiff|weak|painful|tender|purple|blue|bruised|numb|infected|fractured|intact|inflamed"
    "|hurting|aching|bleeding|weeping|itchy|paralysed|unaffected|clear|normal|healing"
)
_SAYINGS: Final = (
    re.compile(
        rf"(?i)\b(?:{_PARTS}|toes|fingers|head|neck|back|chest|skin|wound|tummy|throat)"
        rf" (?:is|are|was|were|looks?|feels?|remains?|seems)(?: (?:very|still|now|quite|all))? (?:{_STATES})\b"
    ),
    re.compile(
        r"(?i)\b(?:he|she) (?:also |then |again |just )?(?:collapsed|fainted|vomited|choked|aspirated|overdosed"
        r"|relapsed|limps|coughs|wheezes|bled|(?:cannot|can't|could not|couldn't|struggles to|is unable to|unable to)"
        r" (?:\w+ )?(?:lift|walk|stand|see|hear|sleep|eat|swallow|manage|weight|put weight|dress|wash|speak|move|bend)"
        r"|needs? (?:\w+ )?(?:help|prompting|assistance|support|hoisting)|takes? (?:\w+ )?(?:tablets|medication)"
        r"|had (?:a|an|another) (?:\w+ )?(?:fall|fit|seizure|stroke|operation|scan|relapse|episode|infection))\b"
    ),
    re.compile(
        r"(?i)\b(?:i|he|she|mum|dad)(?:'ve| have| has|'s| had)? (?:got |had |also |caught |suffers? from |suffer from"
        r"|tested positive for |(?:come|gone|came|went) down with |been diagnosed with |developed )*(?:bad |severe "
        r"|mild )?"
        r"(?:asthma|covid|flu|diabetes|cancer|epilepsy|depression|anxiety|pneumonia|arthritis|dementia|parkinson's|copd"
        r"|migraines?|shingles|tonsillitis|a (?:chest|water|kidney|bad) infection|an infection|heart trouble|angina"
        r"|sepsis"
        r"|bipolar(?: disorder)?|schizophrenia|autism|adhd|ptsd|eczema|crohn's|colitis|endometriosis|ms|mnd"
        r"|leukaemia)\b"
    ),
    re.compile(rf"(?i)\b(?:his|her|my|mum's|dad's) (?:[a-z]{{3,10}} )?(?:{_OWNED})\b"),
    re.compile(
        r"(?i)\b(?:he|she|mum|dad|wife|husband|mother|father|son|daughter)(?:'s| is| was| has been| had been| has| felt"
        rf"| feels| became| remains)(?: (?:very|still|also|quite|now|been|more|newly|really))? (?:{_SUFFERED})\b"
    ),
    re.compile(
        rf"(?i)\b(?:{_COMPLAINTS}) (?:(?:in|to|of|on|over|at|from|down|around|across) )?(?:(?:the|his|her|my|both|a) )?"
        rf"(?:(?:left|right|lt|rt|l|r|lower|upper) )?(?:{_PARTS}|head|neck|back|chest)\b"
    ),
)
_SIDE: Final = re.compile(
    rf"(?i)\b(?:left|right|lt|rt|bilateral|[lr]) (?:[a-z]{{4,10}} )?(?:{_PARTS})\b"
    r"|\b(?:left|right|bilateral)(?:ly|-sided)? (?:weakness|pain|swelling|deafness|blindness|hernia|pneumonia"
    r"|effusion|fracture"
    r"|stroke)\b"
)
"""Parts of the body that have a side: found only in text that is read, for left and right are everywhere."""
_PRONOUNS, _FIRSTS = 3, 5
_SHORT: Final = 400
"""A text of fewer characters tells of one person with a pronoun less."""
_NOBODY: Final = re.compile(
    r"(?i)contra-?indicat|side[- ]effects|interactions|pharmaco|mechanism of action|see also|recommended dose|what is"
    r"|which (?:of|two|three|\w+ (?:is|lies|supplies))|adults|in children|causes of|treatment of|symptoms include"
    r"|name the|marks\)|\bq[0-9]|a patient|most likely|tell your doctor|postholder|desirable|experience with"
    r"|will recruit|million|dollars|lottery|beneficiary|late husband"
    r"|\bapologies\b|\bagenda\b|the (?:board|committee|trustees|chair) |director of|\bdeficit\b|\btrajectory\b"
    r"|press conference|told reporters|\bfans\b|per 100,000|confidence interval|\b95% ci\b|randomi[sz]ed"
    r"|(?:starring|directed by|the (?:novel|film|plot))\b|\banalysts\b|\bshareholders\b"
    r"|\bversion [0-9]|\bbugs?\b|known issue|\bserver\b|\bhistorians\b|\blecture\b|\btickets\b|in cinemas|\bin stock\b"
    r"|\bprices?\b|£[0-9]|\bcases (?:of|had|were)\b|\bhalf of\b|[0-9] per cent|\bhelps? with\b|\bguests?\b"
    r"|\bwas born in\b|\bprizes?\b|\brevenue\b|\bdivision\b|\bsales\b|\bturnover\b|\brats\b|\bmice\b|\bthe book\b"
    r"|\brecommends\b|\bdo not (?:offer|use|give|start)\b|\bhon\.|\bconstituents?\b|\bminister\b|\bspeaker\b"
    r"|\bpolic(?:y|ies)\b|\bmay include\b|\bmanagers should\b"
    r"|\bstriker\b|\bmidfielder\b|\bpremier(?:ship)?\b|\bleague\b|\bworld cup\b|\bdefender\b|\bgoalkeeper\b"
    r"|\bbrothers and sisters\b|\bsuppliers?\b|\bquote\b|\bfour stars\b|\bfive stars?\b|\bgreat for\b|stocks last"
)
_TO_ANYBODY: Final = re.compile(
    r"(?i)\bif you\b|\byou (?:may|can|must|should|will)\b|\beligible\b|\bavailable (?:now|at|from|in)\b|\bplease book\b"
    r"|\b(?:over|under) [1-9][05]s?\b|\bour (?:nurses?|doctors?|clinics?|patients|staff)\b"
    r"|\b(?:anyone|everyone) (?:with|who)\b|\bhave you (?:ever|had)\b"
    r"|\byes ?/ ?no\b|_{3}|\bplease give details\b|\bare you (?:taking|currently)\b"
)
_ANIMALS: Final = re.compile(
    r"(?i)\b(?:vets?|veterinary|kennel|wormer|worming|neutered|spayed|puppy|kittens?|dogs?|cats?|horses?|pony|rabbits?"
    r"|lambs?|calves|heifers?|ewes?|herd|paws?|hooves|lame|labrador|terrier|spaniel|retriever|collie"
    r"|breeders?)\b"
)
_DIFFERENT: Final = 2


def is_story(text: str) -> bool:
    """Say whether the pronouns of a passage are those of a story of one person."""
    return _reaches(chain(_THIRD.finditer(text), _CALLED.finditer(text)), _PRONOUNS - (len(text) < _SHORT))


def is_own_story(text: str) -> bool:
    """Say whether somebody tells of themselves over and over; it takes `sayings` to be a story of their health."""
    return _reaches(_FIRST.finditer(text), _FIRSTS)


def is_called(text: str) -> bool:
    """Say whether it says patient, resident or mum of somebody, as notes without articles do."""
    return _CALLED.search(text) is not None


def sayings(text: str) -> int:
    """Return how many different turns of phrase give an ailment or its care to somebody: his tablets, she was dizzy."""
    return sum(_distinct(each, text) for each in _SAYINGS)


def sides(text: str) -> int:
    """Return how many parts of the body are named with their side."""
    return _distinct(_SIDE, text)


def is_about_nobody(text: str) -> bool:
    """Say whether two different turns of phrase of books, news, minutes or advertisements stand in it, or animals."""
    return _distinct(_NOBODY, text) >= _DIFFERENT or _distinct(_ANIMALS, text) >= _DIFFERENT


def is_to_anybody(text: str) -> bool:
    """Say whether it invites or instructs whoever reads it."""
    return _distinct(_TO_ANYBODY, text) >= _DIFFERENT


def _reaches(found: Iterable[object], least: int) -> bool:
    return any(number >= least for number, _ in enumerate(found, 1))


def _distinct(expression: re.Pattern[str], text: str) -> int:
    return len({found.group().lower() for found in expression.finditer(text)})
