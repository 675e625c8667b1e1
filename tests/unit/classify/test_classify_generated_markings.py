"""Markings as people write them, in every scheme, carrier and position: found, and never read as a lower tier.

The spellings are written by hand from the sources (report, not the policy files), so that a gap in a scheme's data
shows. They prove that places are told apart and spellings read; how real documents look, they cannot prove.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from gateway.classify.assess import Classified
from gateway.model.inspection import OpenedPart, Segment, Where
from gateway.model.tier import Tier
from tests.unit.classify.classifying import classifier

BODY = """Dear colleague,

Please find the minutes of the meeting that was held in May.
Those who came have agreed to them, and the next meeting will be in June.
The room is booked from ten until noon.

There is tea and coffee, and a map is on the web page of the town.
Please say by Friday whether you come.

Kind regards
A. Person
Team for Meetings
Town Hall
"""

OFFICIAL, SENSITIVE, PROTECT = Tier.OFFICIAL, Tier.OFFICIAL_SENSITIVE, Tier.PROTECT
RESTRICTED, CONFIDENTIAL, SECRET, TOP_SECRET = Tier.RESTRICTED, Tier.CONFIDENTIAL, Tier.SECRET, Tier.TOP_SECRET
PUBLIC = Tier.UNCLASSIFIED


def gsc() -> Iterator[tuple[str, Tier]]:
    """Yield Government Security Classifications: policy of 2024, and the spellings since 2014."""
    for written in (
        *("OFFICIAL-SENSITIVE", "OFFICIAL - SENSITIVE", "OFFICIAL SENSITIVE", "OFFICIAL: SENSITIVE"),
        *("OFFICIAL\u2013SENSITIVE", "OFFICIAL \u2013 SENSITIVE", "OFFICIAL (SENSITIVE)", "OFFICIAL [SENSITIVE]"),
        *("UK OFFICIAL-SENSITIVE", "OFFICIAL\u2011SENSITIVE", "OFFICIAL\u00a0-\u00a0SENSITIVE", "OFFICIAL/SENSITIVE"),
    ):
        yield written, SENSITIVE
        for tail in (
            " - PERSONAL DATA",
            ": COMMERCIAL",
            " [PERSONAL]",
            " (LOCSEN)",
            " - LPP",
            " \u2014 HR / MANAGEMENT",
        ):
            yield written + tail, SENSITIVE
        for tail in (" - RECIPIENTS ONLY", " - HMG USE ONLY", " - RECIPIENTS ONLY - COMMERCIAL", " - MARKET SENSITIVE"):
            yield written + tail, SENSITIVE
    for written in ("OFFICIAL", "UK OFFICIAL"):
        yield written, OFFICIAL
        for tail in (" - FOR PUBLIC RELEASE", " - COMMERCIAL", ": PERSONAL DATA", " - MOD, HO USE ONLY", " - LEGAL"):
            yield written + tail, OFFICIAL
        yield f"{written} - EMBARGOED UNTIL 09:30 5 MAY 2026", OFFICIAL
    for level, tier in (("SECRET", SECRET), ("TOP SECRET", TOP_SECRET)):
        for written in (level, f"UK {level}"):
            yield written, tier
            for tail in (" - UMBRA", " - UK EYES ONLY", " - UK/US EYES ONLY", " - RECIPIENTS ONLY - PERSONAL DATA"):
                yield written + tail, tier
            yield f"{written} - FIVE EYES ONLY", tier
            yield f"{written} - RECIPIENTS ONLY - COMMERCIAL - UMBRA - UK EYES ONLY", tier
            yield f"{written} STRAP 2", tier
    yield from (("OFFICIAL - COMMERCIAL - SENSITIVE", SENSITIVE), ("Official-Sensitive", SENSITIVE))
    yield from (("OFFICIAL-Sensitive", SENSITIVE), ("OFFICIAL-SENSITIVE COMMERCIAL", SENSITIVE))


def gpms() -> Iterator[tuple[str, Tier]]:
    """Yield the Government Protective Marking Scheme."""
    levels = (("PROTECT", PROTECT), ("RESTRICTED", RESTRICTED), ("CONFIDENTIAL", CONFIDENTIAL), ("SECRET", SECRET))
    for level, tier in (*levels, ("PROTECTED", PROTECT), ("TOP SECRET", TOP_SECRET)):
        for written in (level, f"UK {level}"):
            yield written, tier
            for separator in (" - ", " \u2013 ", ": ", "/", " ", "-"):
                for descriptor in ("PERSONAL", "STAFF", "MEDICAL", "APPOINTMENTS", "LOCSEN", "CHILD PROTECTION"):
                    yield f"{written}{separator}{descriptor}", tier
            yield f"{written} [INVESTIGATIONS]", tier
    for level, tier in levels[1:]:
        yield f"{level} - UK EYES ONLY", tier
        yield f"{level} - CANUKUS EYES ONLY", tier
    yield from (("PROTECT - IL2", PROTECT), ("RESTRICTED-IL3", RESTRICTED), ("CONFIDENTIAL (IL4)", CONFIDENTIAL))
    yield from (("NOT PROTECTIVELY MARKED", PUBLIC), ("UNCLASSIFIED", PUBLIC), ("UK EYES ONLY", CONFIDENTIAL))
    yield from (
        ("RESTRICTED ATOMIC", SECRET),
        ("CONFIDENTIAL - STRAP 1", SECRET),
        ("RESTRICTED when complete", RESTRICTED),
    )


def nhs() -> Iterator[tuple[str, Tier]]:
    """Yield the markings of the NHS Code of Practice."""
    for level, tier in (("NHS PROTECT", PROTECT), ("NHS CONFIDENTIAL", RESTRICTED), ("NHS UNCLASSIFIED", PUBLIC)):
        yield level, tier
        for separator in (": ", " - ", " \u2013 ", " "):
            for descriptor in ("PATIENT INFORMATION", "STAFF", "Board", "Commercial", "Patient Information"):
                yield f"{level}{separator}{descriptor}", tier


def tlp() -> Iterator[tuple[str, Tier]]:
    """Yield the Traffic Light Protocol."""
    for word, tier in (
        ("CLEAR", PUBLIC),
        ("WHITE", PUBLIC),
        ("GREEN", OFFICIAL),
        ("AMBER", PROTECT),
        ("RED", RESTRICTED),
    ):
        yield from ((f"TLP:{word}", tier), (f"TLP: {word}", tier), (f"TLP-{word}", tier))
    yield from (("TLP:AMBER+STRICT", PROTECT), ("TLP: AMBER+STRICT", PROTECT))


def nato() -> Iterator[tuple[str, Tier]]:
    """Yield the classifications of NATO."""
    levels = (
        ("UNCLASSIFIED", OFFICIAL),
        ("RESTRICTED", RESTRICTED),
        ("CONFIDENTIAL", CONFIDENTIAL),
        ("SECRET", SECRET),
    )
    for level, tier in levels:
        yield from ((f"NATO {level}", tier), (f"NATO/EAPC {level}", tier))
        yield f"NATO {level} RELEASABLE TO UKR", tier
    yield from (("COSMIC TOP SECRET", TOP_SECRET), ("NATO SECRET ATOMAL", SECRET), ("NATO-RESTRICTED", RESTRICTED))


def eu() -> Iterator[tuple[str, Tier]]:
    """Yield the classifications of the European Union."""
    yield from (("RESTREINT UE/EU RESTRICTED", RESTRICTED), ("RESTREINT UE / EU RESTRICTED", RESTRICTED))
    yield from (("EU RESTRICTED", RESTRICTED), ("CONFIDENTIEL UE/EU CONFIDENTIAL", CONFIDENTIAL))
    yield from (("EU CONFIDENTIAL", CONFIDENTIAL), ("SECRET UE/EU SECRET", SECRET), ("LIMITE", OFFICIAL))
    yield from (("TR\u00c8S SECRET UE/EU TOP SECRET", TOP_SECRET), ("TRES SECRET UE/EU TOP SECRET", TOP_SECRET))


def epms() -> Iterator[tuple[str, Tier]]:
    """Yield the Australian markings as they stand in documents, and in brackets in subjects."""
    yield from (("OFFICIAL: Sensitive", SENSITIVE), ("OFFICIAL:Sensitive", SENSITIVE), ("OFFICIAL", OFFICIAL))
    for level, tier in (("PROTECTED", RESTRICTED), ("SECRET", SECRET), ("TOP SECRET", TOP_SECRET)):
        yield f"{level}//CABINET", tier
        yield f"{level}//AUSTEO//CABINET", tier
        yield f"{level}//REL AUS/USA", tier
        yield f"{level}//Legal-Privilege", tier


def nz() -> Iterator[tuple[str, Tier]]:
    """Yield the markings of New Zealand."""
    for written in ("IN-CONFIDENCE", "IN CONFIDENCE", "STAFF-IN-CONFIDENCE", "COMMERCIAL IN CONFIDENCE"):
        yield written, PROTECT
    yield from (("SENSITIVE", SENSITIVE), ("NZ RESTRICTED", RESTRICTED), ("RESTRICTED - NZEO", RESTRICTED))
    yield from (("NZ CONFIDENTIAL", CONFIDENTIAL), ("SECRET - NZEO", SECRET))


SCHEMES: dict[str, Callable[[], Iterator[tuple[str, Tier]]]] = {
    each.__name__: each for each in (gsc, gpms, nhs, tlp, nato, eu, epms, nz)
}


@dataclass(frozen=True)
class Carrier:
    """A way to carry a marking: the segments of a part around it, and what the part is called."""

    name: str
    segments: Callable[[str], list[tuple[str, str]]]
    media_type: str = "text/plain"


def swapped(marking: str) -> str:
    """Return a marking that can stand within square brackets."""
    return marking.replace("[", "(").replace("]", ")")


def edges(marking: str) -> str:
    """Return a document of four pages with the marking at the top and bottom of each."""
    pages = (f"{marking}\n\n{BODY}\nmore of page {page}\n\n{marking}    Page {page} of 4" for page in range(1, 5))
    return "\n\f".join(pages)


def row(marking: str) -> str:
    """Return a table with a marking in the cell of a row in the middle."""
    rows = [["number", "title", "note"], *([str(each), "minutes", "agreed"] for each in range(9))]
    rows[5][2] = marking
    return "\n".join("\t".join(each) for each in rows)


CARRIERS = [
    Carrier("first line", lambda m: [("body", f"{m}\n\n{BODY}")]),
    Carrier("first line, centred", lambda m: [("body", f"{' ' * 30}{m}\n\n{BODY}")]),
    Carrier("second line", lambda m: [("body", f"Minutes of May\n{m}\n\n{BODY}")]),
    Carrier("first line, in bold", lambda m: [("body", f"**{m}**\n\n{BODY}")]),
    Carrier("first line, in a comment", lambda m: [("body", f"// {m}\n\n{BODY}")]),
    Carrier("last line", lambda m: [("body", f"{BODY}\n{m}\n")]),
    Carrier("header", lambda m: [("header", m), ("body", BODY)]),
    Carrier("header, organisation", lambda m: [("header", f"Surrey Police - {m}"), ("body", BODY)]),
    Carrier("footer, page number", lambda m: [("footer", f"{m} - Page 3 of 9"), ("body", BODY)]),
    Carrier("footer, columns", lambda m: [("footer", f"Town Hall\t{m}\t3"), ("body", BODY)]),
    Carrier("page edges", lambda m: [("body", edges(m))]),
    Carrier("watermark", lambda m: [("watermark", m), ("body", BODY)]),
    Carrier("labelled field", lambda m: [("body", BODY.replace("There is", f"Protective marking: {m}\nThere is"))]),
    Carrier("labelled, dash", lambda m: [("body", BODY.replace("There is", f"Classification - {m}\nThere is"))]),
    Carrier("labelled, above", lambda m: [("body", BODY.replace("There is", f"Marking:\n{m}\nThere is"))]),
    Carrier("subject prefix", lambda m: [("subject", f"{m}: minutes of May"), ("body", BODY)]),
    Carrier("subject, reply", lambda m: [("subject", f"RE: {m} - minutes of May"), ("body", BODY)]),
    Carrier("subject suffix", lambda m: [("subject", f"Minutes of May - {m}"), ("body", BODY)]),
    Carrier("subject bracket", lambda m: [("subject", f"Minutes of May [{swapped(m)}]"), ("body", BODY)]),
    Carrier("subject bracket first", lambda m: [("subject", f"[{swapped(m)}] minutes of May"), ("body", BODY)]),
    Carrier("cell", lambda m: [("body", row(m))], media_type="text/csv"),
    Carrier("file name", lambda m: [("attachment_name", f"{named(m)}_minutes.pdf"), ("body", BODY)]),
    Carrier("file name, end", lambda m: [("attachment_name", f"minutes of May {named(m)}.docx"), ("body", BODY)]),
    Carrier("text box", lambda m: [("textbox", m), ("body", BODY)]),
    Carrier("ocr", lambda m: [("ocr", f"{m}\n\n{BODY}\n{m}\n")]),
]


def named(marking: str) -> str:
    """Return a marking as a file name can hold it."""
    return marking.replace(": ", " - ").replace(":", " ").replace(" / ", " ").replace("/", " ")


def carried(carrier: Carrier, marking: str) -> Classified:
    segments = tuple(Segment(where=Where(where), text=text) for where, text in carrier.segments(marking))
    return classifier().classify(
        (OpenedPart(part="part", media_type=carrier.media_type, sha256="", segments=segments),)
    )


WEAK = {"cell", "file name", "file name, end", "last line"}
"""Carriers in which one word alone is suspected only, by design."""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_marking_is_found_wherever_it_stands_and_never_read_lower(scheme: str) -> None:
    told: dict[str, Counter[str]] = defaultdict(Counter)
    lower: list[str] = []
    missed: list[str] = []
    for carrier in CARRIERS:
        for marking, tier in SCHEMES[scheme]():
            found = carried(carrier, marking)
            count = told[carrier.name]
            count["all"] += 1
            count[found.marking_status.value] += 1
            if found.marking is None:
                missed.append(f"{carrier.name}: {marking}")
            elif found.marking.tier < tier:
                lower.append(f"{carrier.name}: {marking} read as {found.marking.tier.label}")
            count["higher"] += found.marking is not None and found.marking.tier > tier
    rates = "\n".join(
        f"{scheme} {name:24} found {1 - count['none'] / count['all']:.3f} marked {count['marked'] / count['all']:.3f}"
        f" higher {count['higher'] / count['all']:.3f} of {count['all']}"
        for name, count in told.items()
    )
    assert not lower, f"{lower[:20]}\n{rates}"
    for name, count in told.items():
        assert count["none"] <= 0.01 * count["all"], f"missed {missed[:20]}\n{rates}"
        assert name in WEAK or count["marked"] >= 0.99 * count["all"], f"{name} not sure\n{rates}"
        assert count["higher"] <= 0.01 * count["all"], f"{name} too high\n{rates}"
