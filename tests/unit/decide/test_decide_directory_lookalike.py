"""Domains that look like another: every kind of imitation, and real names that are merely near."""

from __future__ import annotations

import tarfile
from email import message_from_bytes
from email.utils import getaddresses
from pathlib import Path
from typing import Final

import idna
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.decide.address import domain_of, plain_domain
from gateway.decide.directory.lookalike import Known, LookAlikes, Name, as_read, plain_letters, registered, slips
from gateway.model.facts import Trait
from gateway.testing.sealed import sealed
from tests.unit.decide.directories import SHIPPED, SUFFIXES

ENDINGS: Final = frozenset(SUFFIXES)
WORDS: Final = SHIPPED.addresses.look_alikes
SENDER: Final = "officer@exampleshire.example"
MAILS: Final = Path(__file__).parents[4] / "shared" / "corpora" / "spamassassin_mime" / "mail.tar.gz"
PARTNERS: Final = (
    *("council.gov.uk", "westshire.gov.uk", "northlandshire.gov.uk", "shelterhouse.org.uk", "bright-futures.co.uk"),
    *("smith.co.uk", "ward.org.uk", "gp7.example"),
)
KNOWN: Final = Known(
    words=WORDS,
    suffixes=ENDINGS,
    secure=("nhs.net", "cjsm.net", "gov.uk", "mod.uk", "parliament.uk"),
    partners=PARTNERS,
    webmail=("gmail.com", "outlook.com", "sky.com", "live.com", "mail.com"),
)

IMITATIONS: Final = [
    # parts, one behind the other
    ("nhs.net.evil.com", "nhs.net"),
    ("nhs.net-mail.com", "nhs.net"),
    ("mail.nhs-net.com", "nhs.net"),
    ("nhsnet.com", "nhs.net"),
    ("nhs-net.co.uk", "nhs.net"),
    ("secure.nhs-net.evil.com", "nhs.net"),
    ("council.gov.uk.evil.com", "council.gov.uk"),
    ("council-gov-uk.com", "council.gov.uk"),
    ("councilgovuk.com", "council.gov.uk"),
    ("unheard-of.gov.uk.evil.com", "gov.uk"),
    ("unheardofgovuk.com", "gov.uk"),
    ("shelterhouse-org-uk.example", "shelterhouse.org.uk"),
    # something added
    ("evilnhs.net", "nhs.net"),
    ("nhsx.net", "nhs.net"),
    ("nhs-mail.net", "nhs.net"),
    ("modmail.uk", "mod.uk"),
    ("secure-mod.uk", "mod.uk"),
    ("parliament-login.uk", "parliament.uk"),
    ("mailparliament.uk", "parliament.uk"),
    ("shelterhouse-support.com", "shelterhouse.org.uk"),
    ("secureshelterhouse.org.uk", "shelterhouse.org.uk"),
    ("ward-mail.org.uk", "ward.org.uk"),
    # the same name where anybody may have it
    ("council.com", "council.gov.uk"),
    ("council.org.uk", "council.gov.uk"),
    # slips
    ("councl.gov.uk", "council.gov.uk"),
    ("counncil.gov.uk", "council.gov.uk"),
    ("cuoncil.gov.uk", "council.gov.uk"),
    ("councip.gov.uk", "council.gov.uk"),
    ("ouncil.gov.uk", "council.gov.uk"),
    ("mail.councl.gov.uk", "council.gov.uk"),
    ("shleterhose.org.uk", "shelterhouse.org.uk"),  # two in a long name
    ("brigth-futures.co.uk", "bright-futures.co.uk"),
    ("gmial.com", "gmail.com"),
    ("gmail.con", "gmail.com"),
    ("outlok.com", "outlook.com"),
    # read in a hurry
    ("counci1.gov.uk", "council.gov.uk"),
    ("c0uncil.gov.uk", "council.gov.uk"),
    ("srnith.co.uk", "smith.co.uk"),
    ("cjsrn.net", "cjsm.net"),
    ("vvestshire.gov.uk", "westshire.gov.uk"),
    ("nh5.net", "nhs.net"),
]
LETTERS: Final = [
    ("nh\u0455.net", "nhs.net"),  # Cyrillic dze
    ("n\u04bbs.net", "nhs.net"),  # Cyrillic shha
    ("\u0441ouncil.gov.uk", "council.gov.uk"),  # Cyrillic es
    ("c\u03bfuncil.gov.uk", "council.gov.uk"),  # Greek omicron
    ("counc\u0131l.gov.uk", "council.gov.uk"),  # dotless i
    ("c\u00f6uncil.gov.uk", "council.gov.uk"),
    ("\u0441\u0458\u0455m.net", "cjsm.net"),
    ("evil\u0273hs.net", ""),  # a letter that is not listed makes no claim
]
HONEST: Final = [
    # known, or below what is
    *("nhs.net", "mail.nhs.net", "firm.cjsm.net", "council.gov.uk.cjsm.net", "council.gov.uk", "www.council.gov.uk"),
    *("gmail.com", "mail.com", "gov.uk"),
    # other organisations below a registry that looks at who asks
    *("eastshire.gov.uk", "newcouncil.gov.uk", "council-online.gov.uk", "southlandshire.gov.uk", "councillor.gov.uk"),
    # short and ordinary names
    *(
        "life.com",
        "line.com",
        "skye.com",
        "husky.com",
        "whisky.com",
        "modern.uk",
        "commod.uk",
        "smyth.com",
        "wards.com",
    ),
    *("guard.org.uk", "gp8.example", "gp17.example", "email.example", "netherlands.net", "pnhs.org", "unhs.com"),
    # real names that are near another
    *("parliament.nz", "parliament.gov.au", "youthparliament.uk", "smith.com", "blacksmith.co.uk", "smithson.co.uk"),
    *("shelterhousecymru.org.uk", "company.uk.com", "futures.co.uk", "bright.co.uk", "cloud.com"),
]


@pytest.mark.parametrize(("domain", "known"), IMITATIONS)
def test_what_looks_like_a_known_domain_is_found(domain: str, known: str) -> None:
    assert KNOWN.imitated(domain) == known


@pytest.mark.parametrize(("domain", "known"), LETTERS)
def test_letters_that_look_alike_are_seen_through_their_a_labels(domain: str, known: str) -> None:
    assert KNOWN.imitated(idna.encode(domain).decode()) == known


@pytest.mark.parametrize("domain", HONEST)
def test_what_is_merely_near_is_left_alone(domain: str) -> None:
    assert KNOWN.imitated(domain) == ""


@pytest.mark.parametrize("one", PARTNERS)
@pytest.mark.parametrize("other", PARTNERS)
def test_known_domains_never_imitate_one_another(one: str, other: str) -> None:
    both = Known(words=WORDS, suffixes=ENDINGS, partners=(one, other, f"x{one}", f"{other}.com"))
    assert [both.imitated(each) for each in (one, other, f"x{one}", f"{other}.com", f"mail.{one}")] == [""] * 5


@pytest.mark.parametrize(
    ("partner", "domain", "is_found"),
    [
        # a slip is looked for from five letters on, so that four may be one of them left out
        ("abcde.com", "abce.com", True),
        ("abcd.com", "abce.com", False),
        # two slips from twelve letters on, and not below a registry that looks at who asks
        ("abcdefghijkl.com", "abxdefghixkl.com", True),
        ("abcdefghijk.com", "abxdefghixk.com", False),
        ("abcdefghijkl.gov.uk", "abxdefghixkl.gov.uk", False),
        ("abcdefghijkl.gov.uk", "abxdefghijkl.gov.uk", True),
        ("abcdefghijkl.com", "abxcdefghiyjkl.com", True),
        ("abcdefghijkl.com", "abxcdefghiykl.com", True),
        ("abcdefghijkl.com", "abxdefghikl.com", True),
        ("abcdefghijkl.com", "abdefghjkl.com", True),
        # six letters under another ending mean the same, where the known ending is looked after
        ("abcdef.gov.uk", "abcdef.com", True),
        ("abcde.gov.uk", "abcde.com", False),
        ("abcdef.net", "abcdef.com", False),
        # something added to a name of five letters wherever, to a shorter one under the same ending alone
        ("bcdfg.com", "bcdfg-mail.net", True),
        ("bcdf.com", "bcdf-mail.net", False),
        ("bade.com", "bade-mail.com", True),
    ],
)
def test_how_long_a_name_must_be_to_be_mistaken(partner: str, domain: str, *, is_found: bool) -> None:
    words = LookAlikes(added=frozenset({"mail"}), vetted=frozenset({"gov.uk"}))
    known = Known(words=words, suffixes=ENDINGS, partners=(partner,))
    assert known.imitated(domain) == (partner if is_found else "")


def test_two_slips_in_a_long_name_do_not_make_shorter_ones_suspect() -> None:
    known = Known(words=LookAlikes(), suffixes=ENDINGS, partners=("abcdefghijk.com", "zyxwvutsrqpo.com"))
    assert known.imitated("abxdefghiyjk.com") == ""
    assert known.imitated("zyxwvutsrqpqq.com") == "zyxwvutsrqpo.com"


def test_four_letters_in_a_row_are_nobodys_name() -> None:
    known = Known(words=LookAlikes(), suffixes=ENDINGS, secure=("a.b.cd", "ab.cde"))
    assert known.imitated("abcdxyz.com") == ""
    assert known.imitated("abcdexyz.com") == "ab.cde"


def test_what_is_no_address_imitates_nobody() -> None:
    assert SHIPPED.imitated(SENDER, "no address") == ""
    assert SHIPPED.imitated("no address", "x@exampelshire.example") == ""


def test_letters_that_a_hurried_reader_takes_for_one_another_are_read_alike() -> None:
    for each in ("0o", "1li", "5s", "3e"):
        assert len({as_read(f"a{letter}b") for letter in each}) == 1
        assert as_read(f"a{each[0]}b") == f"a{each[1]}b"
    assert (as_read("rn"), as_read("vv")) == ("m", "w")


NAMES: Final = st.from_regex(r"[a-z][a-z0-9-]{3,18}[a-z0-9]", fullmatch=True)
TOP: Final = st.sampled_from(["com", "org.uk", "gov.uk", "net"])


@given(NAMES, TOP)
@example("aaaaa", "com")
def test_a_known_domain_looks_like_itself_alone(name: str, top: str) -> None:
    known = Known(words=WORDS, suffixes=ENDINGS, partners=(f"{name}.{top}",))
    assert known.imitated(f"{name}.{top}") == known.imitated(f"mail.{name}.{top}") == ""
    assert known.imitated(f"{name}.{top}.evil.example") == f"{name}.{top}"
    assert known.imitated(f"{name}-{top.replace('.', '-')}.evil.example") == f"{name}.{top}"


@given(st.text("abcdehilmnorstu", min_size=5, max_size=20), TOP, st.integers(0, 30), st.sampled_from("abcxyz"))
def test_one_slip_in_a_long_enough_name_is_found(name: str, top: str, place: int, letter: str) -> None:
    words = LookAlikes()
    known = Known(words=words, suffixes=ENDINGS, partners=(f"{name}.{top}",))
    place %= len(name)
    for slip in (
        name[:place] + name[place + 1 :],
        name[:place] + letter + name[place + 1 :],
        name[:place] + letter + name[place:],
    ):
        domain = f"{slip}.{top}"
        if slip != name and len(slip) >= 5 and plain_domain(domain):
            assert known.imitated(domain) == f"{name}.{top}"


@given(st.text("abcn-.hsxeti01", min_size=3, max_size=40).filter(lambda text: plain_domain(text) is not None))
def test_every_plain_domain_has_an_answer_whatever_it_is(domain: str) -> None:
    found = KNOWN.imitated(domain)
    assert found == KNOWN.imitated(domain)
    assert found == "" or registered(domain, ENDINGS).domain not in KNOWN.registered


@given(st.text("ab", max_size=6), st.text("ab", max_size=6))
def test_slips_are_a_distance(one: str, other: str) -> None:
    assert slips(one, other) == slips(other, one)
    assert (slips(one, other) == 0) is (one == other)
    assert abs(len(one) - len(other)) <= slips(one, other) <= max(len(one), len(other))


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("abcd", "acbd", 1), ("kitten", "sitting", 3), ("ca", "abc", 3)],
)
def test_slips_by_hand(one: str, other: str, count: int) -> None:
    """The last is 2 by Damerau's distance: in optimal string alignment nothing is changed twice."""
    assert slips(one, other) == count


@pytest.mark.parametrize(
    ("domain", "name", "ending"),
    [
        ("nhs.net", "nhs", "net"),
        ("a.b.council.gov.uk", "council", "gov.uk"),
        ("oak.dorset.sch.uk", "oak", "dorset.sch.uk"),
        ("www.parliament.uk", "parliament", "uk"),
        ("x.y.com.au", "y", "com.au"),
        ("shop.co.jp", "shop", "co.jp"),
        ("co.jp", "co", "jp"),
        ("co.com", "co", "com"),
    ],
)
def test_what_somebody_registered(domain: str, name: str, ending: str) -> None:
    assert registered(domain, ENDINGS) == Name(name=name, ending=ending)


@pytest.mark.parametrize("label", ["xn--", "xn---", "xn--999999999", "xn--a-\u00e9"])
def test_labels_that_decode_to_nothing_stay_as_they_are(label: str) -> None:
    assert plain_letters(label)


def test_the_senders_own_domain_is_protected_and_never_suspected() -> None:
    def traits(recipient: str, *, internal: bool = False) -> frozenset[Trait]:
        return SHIPPED.traits(SENDER, recipient, is_new=False, internal=internal, removable=False)

    assert traits("x@exampelshire.example") == {Trait.LOOK_ALIKE}
    assert traits("x@exampleshire.example.evil.com") == {Trait.LOOK_ALIKE}
    assert traits("x@exampleshire.example", internal=True) == frozenset()
    assert SHIPPED.imitated(SENDER, "x@exampelshire.example") == "exampleshire.example"


def test_looking_touches_nothing() -> None:
    imitation = idna.encode("nhs\u0455.nhs-n\u0435t.com").decode()
    with sealed():
        assert KNOWN.imitated(imitation) == "nhs.net"
        assert SHIPPED.imitated(SENDER, f"x@{imitation}") == "nhs.net"


def test_a_sender_whose_domain_is_near_a_partners_does_not_make_the_partner_suspect() -> None:
    partner = "x@helping-hands.example"
    assert SHIPPED.imitated("x@helpinghands.example", partner) == ""


def test_what_looks_like_webmail_is_no_webmail() -> None:
    traits = SHIPPED.traits(SENDER, "jo@gmial.com", is_new=False, internal=False, removable=False)
    assert traits == {Trait.LOOK_ALIKE}


@pytest.mark.skipif(not MAILS.exists(), reason="the corpus is not here")
def test_real_mail_of_other_people_has_no_look_alikes() -> None:
    """Senders and recipients of 400 public mails: 0 of some 1,500 pairs look like somebody else."""
    pairs = set()
    with tarfile.open(MAILS) as archive:
        for member in archive:
            content = archive.extractfile(member)
            mail = message_from_bytes(content.read() if content else b"")
            found = getaddresses(
                [str(value) for name in ("From", "To", "Cc", "Reply-To") for value in mail.get_all(name, [])]
            )
            plain = [address for _, address in found if domain_of(address)]
            pairs |= {(sender, recipient) for sender in plain[:1] for recipient in plain}
    alike = {recipient for sender, recipient in pairs if SHIPPED.imitated(sender, recipient)}
    assert len(pairs) > 300
    assert alike == set()
