"""What is written into a label is what is read from it, whatever else stands there and however it is written."""

from __future__ import annotations

import email
import email.policy
import random
from urllib.parse import quote

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.classify.marking.labels.parameters import parameters
from gateway.model.inspection import Marking
from gateway.model.tier import Tier
from tests.unit.classify.labelling import (
    FOREIGN,
    MAPPED,
    OWN,
    base64_of,
    classify,
    coded,
    ess,
    oid,
    purview,
    sisl,
    stanag,
)

PLAIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30)
EPMS = st.sampled_from(
    [
        ("UNOFFICIAL", Tier.UNCLASSIFIED),
        ("OFFICIAL", Tier.OFFICIAL),
        ("OFFICIAL:Sensitive", Tier.OFFICIAL_SENSITIVE),
        ("PROTECTED", Tier.RESTRICTED),
        ("SECRET", Tier.SECRET),
        ("TOP-SECRET", Tier.TOP_SECRET),
    ]
)
WORDS = st.sampled_from(
    [
        ("OFFICIAL", Tier.OFFICIAL),
        ("PROTECT", Tier.PROTECT),
        ("OFFICIAL-SENSITIVE", Tier.OFFICIAL_SENSITIVE),
        ("RESTRICTED", Tier.RESTRICTED),
        ("CONFIDENTIAL", Tier.CONFIDENTIAL),
        ("SECRET", Tier.SECRET),
        ("TOP SECRET", Tier.TOP_SECRET),
    ]
)
NUMBERS = st.sampled_from(list(enumerate([1, 1, 5, 6, 7, 8])))
GUIDS = st.uuids().map(str)


def only(*fields: tuple[str, str]) -> Marking:
    """Return the marking of these fields."""
    found = classify(*fields).marking
    assert found is not None
    return found


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,")


@given(EPMS, st.lists(PLAIN, max_size=4), st.booleans(), st.booleans())
def test_an_australian_marking(kind: tuple[str, Tier], caveats: list[str], folded: bool, expires_first: bool) -> None:  # noqa: FBT001 - drawn
    access, expires = "ACCESS=Legal-Privilege", "EXPIRES=2031-01-01, DOWNTO=UNOFFICIAL"
    items = ["VER=2025.1", "NS=gov.au", f"SEC={kind[0]}", *(f"CAVEAT=C:{escaped(each)}" for each in caveats)]
    items += [expires, access] if expires_first else [access, expires]
    found = only(("X-Protective-Marking", (",\r\n " if folded else ", ").join(items)))
    assert found.tier is kind[1]
    assert found.caveats == tuple(" ".join(f"C:{each}".split()) for each in caveats)
    assert found.descriptors == ("Legal-Privilege",)


@given(NUMBERS, PLAIN, st.lists(st.sampled_from(["GBR", "USA", "FRA"]), max_size=5), st.booleans())
def test_a_security_label(kind: tuple[int, int], policy: str, countries: list[str], in_mail: bool) -> None:  # noqa: FBT001 - drawn
    arcs = f"2.999.{sum(map(ord, policy))}"
    label = base64_of(ess(kind[0], policy=arcs, countries=tuple(countries)))
    field = ("SIO-Label", f'type=":ess"; label="{label}"') if in_mail else ("ESSSecurityLabel", label)
    assert only(field).tier == kind[1]
    assert only(field).caveats == tuple(f"2.999.5: {each}" for each in countries)


@given(st.integers(6, 255))
def test_a_classification_that_nobody_explained_is_held_as_if_unread(number: int) -> None:
    found = classify(("ESSSecurityLabel", base64_of(ess(number))))
    assert found.marking is not None
    assert (found.marking.tier, found.marking_status.value) == (Tier.RESTRICTED, "suspected")


@given(NUMBERS, st.permutations(range(3)))
def test_the_order_in_a_set_means_nothing(kind: tuple[int, int], order: list[int]) -> None:
    parts = [oid("2.999.1"), coded(0x02, bytes([kind[0]])), coded(0x13, b"PLEASE")]
    label = coded(0x31, *(parts[number] for number in order), indefinite=True)
    assert only(("ESSSecurityLabel", base64_of(label))).tier == kind[1]


@given(
    st.sampled_from([("UNCLASSIFIED", 2), ("RESTRICTED", 5), ("CONFIDENTIAL", 6), ("SECRET", 7), ("TOP SECRET", 8)]),
    st.booleans(),
    st.sampled_from(["<a>{}</a>", "{}", "<a>text {} text</a>", "<x:b xmlns:x='urn:x'><c/>{}<d/></x:b>"]),
)
def test_a_confidentiality_label(kind: tuple[str, int], with_policy: bool, around: str) -> None:  # noqa: FBT001 - drawn
    word = f"NATO {kind[0]}" if with_policy else kind[0]
    assert only(("label XML", around.format(stanag(word)))).tier == kind[1]


@given(WORDS, GUIDS, st.booleans(), st.booleans())
def test_a_purview_label_of_one_s_own(kind: tuple[str, Tier], guid: str, upper: bool, in_mail: bool) -> None:  # noqa: FBT001 - drawn
    pairs = purview(guid.upper() if upper else guid, Enabled="true", SiteId=OWN, Name=kind[0], ContentBits="0")
    fields = [("msip_labels", " ".join(f"{name}={value};" for name, value in pairs))] if in_mail else pairs
    assert only(*fields).tier is kind[1]


@given(WORDS, GUIDS)
def test_a_purview_label_of_others_is_suspected(kind: tuple[str, Tier], guid: str) -> None:
    assume(guid != MAPPED)
    found = classify(*purview(guid, Enabled="true", SiteId=FOREIGN, Name=kind[0]))
    assert found.marking is not None
    assert (found.marking.tier, found.marking_status.value) == (kind[1], "suspected")


@given(WORDS, st.integers(1, 120), st.randoms())
def test_boldon_james_in_pieces(kind: tuple[str, Tier], size: int, order: random.Random) -> None:
    xml = sisl(f"id_classification_{kind[0].lower().replace(' ', '_')}")
    pieces = [xml[at : at + size] for at in range(0, len(xml), size)]
    names = ["bjDocumentLabelXML", *(f"bjDocumentLabelXML-{number}" for number in range(len(pieces)))]
    fields = list(zip(names, pieces, strict=False))
    order.shuffle(fields)
    assert only(*fields).tier is kind[1]


@given(WORDS, st.integers(1, 8), st.booleans())
def test_a_marking_in_pieces(kind: tuple[str, Tier], size: int, percent: bool) -> None:  # noqa: FBT001 - drawn
    pieces = [kind[0][at : at + size] for at in range(0, len(kind[0]), size)]
    if percent:
        pieces[0] = f"utf-8'en'{quote(pieces[0])}"
        cut = [f"marking*{number}*={quote(each) if number else each}" for number, each in enumerate(pieces)]
    else:
        cut = [f'marking*{number}="{each}"' for number, each in enumerate(pieces)]
    assert only(("SIO-Label", "; ".join(reversed(cut)))).tier is kind[1]


@given(
    st.lists(
        st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F), min_size=1, max_size=20), min_size=1, max_size=5
    )
)
def test_parameters_are_read_as_the_standard_library_writes_them(values: list[str]) -> None:
    message = email.message_from_string("", policy=email.policy.compat32)
    message["X"] = "x"
    names = [f"name{number}" for number in range(len(values))]
    for name, value in zip(names, values, strict=True):
        said_so = value if value.isascii() else ("utf-8", "", value)
        message.set_param(name, said_so, header="X")  # type: ignore[arg-type] # the stubs know no triple
    said = str(message["X"]).partition(";")[2]
    assert parameters(said) == list(zip(names, values, strict=True))
