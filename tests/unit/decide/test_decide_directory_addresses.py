"""What an address says about who reads it: home, many people, a telephone, the sender."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decide.address import domain_of
from gateway.model.facts import Trait
from tests.unit.decide.directories import FILES, SHIPPED, complaints_about, directory

SENDER: Final = "ann.lee@exampleshire.example"


def traits(recipient: str, sender: str = SENDER, *, internal: bool = False) -> frozenset[Trait]:
    return SHIPPED.traits(sender, recipient, is_new=False, internal=internal, removable=False)


@pytest.mark.parametrize(
    "domain",
    [
        *("gmail.com", "googlemail.com", "GMAIL.com", "hotmail.com", "hotmail.co.uk", "hotmail.fr", "outlook.com"),
        *(
            "live.co.uk",
            "msn.com",
            "yahoo.com",
            "yahoo.co.uk",
            "yahoo.co.in",
            "yahoo.com.br",
            "ymail.com",
            "icloud.com",
        ),
        *(
            "me.com",
            "mac.com",
            "aol.com",
            "btinternet.com",
            "sky.com",
            "talktalk.net",
            "virginmedia.com",
            "ntlworld.com",
        ),
        *(
            "proton.me",
            "protonmail.com",
            "gmx.de",
            "gmx.net",
            "mail.com",
            "zoho.com",
            "ann.plus.com",
            "lee.freeserve.co.uk",
        ),
    ],
)
def test_mail_of_ones_own(domain: str) -> None:
    assert traits(f"jo.bloggs@{domain}") == {Trait.PERSONAL_WEBMAIL}


@pytest.mark.parametrize(
    "domain", ["nhs.net", "notgmail.example", "gmail.example", "live.scot", "sky.example", "bt.example"]
)
def test_mail_of_organisations(domain: str) -> None:
    assert Trait.PERSONAL_WEBMAIL not in traits(f"jo.bloggs@{domain}")


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        ("ann.lee@c.example", "ann.lee@gmail.com"),
        ("ann.lee@c.example", "annlee72@gmail.com"),
        ("ann.lee@c.example", "Ann_Lee.1972@hotmail.co.uk"),
        ("ann.lee@c.example", "leeann@yahoo.fr"),
        ("ann.lee@c.example", "lee-ann@yahoo.fr"),
        ("ann.lee@c.example", "alee@btinternet.com"),
        ("ann.lee@c.example", "a.lee99@btinternet.com"),
        ("ann.lee@c.example", "leea@sky.com"),
        ("ann.lee+work@c.example", "annlee+home@gmail.com"),
        ("ann.marie.lee@c.example", "annlee@gmail.com"),
        ("ann.marie.lee@c.example", "annmarielee@gmail.com"),
        ("a.lee@c.example", "ann.lee@gmail.com"),  # all we know of her is an initial
        ("alee@c.example", "alee5@gmail.com"),
        ("annlee@c.example", "ann.lee@gmail.com"),
        ("ANN.LEE@c.example", "annlee@gmail.com"),
        ("guterman@c.example", "guterman@elsewhere.example"),
        ("ann.lee@c.example", "Ann.Lee@elsewhere.example"),
    ],
)
def test_the_senders_own_address_elsewhere(sender: str, recipient: str) -> None:
    assert Trait.OWN_ADDRESS in traits(recipient, sender)


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        ("ann.lee@c.example", "bob.lee@gmail.com"),
        ("ann.lee@c.example", "ann.smith@gmail.com"),
        ("ann.lee@c.example", "ann@gmail.com"),
        ("ann.lee@c.example", "lee@gmail.com"),
        ("ann.lee@c.example", "annleeds@gmail.com"),
        ("ann.lee@c.example", "joannlee@gmail.com"),
        ("a.lee@c.example", "ashlee@gmail.com"),  # a given name that ends like her surname
        ("a.lee@c.example", "bob.lee@gmail.com"),
        ("jo@c.example", "jo@gmail.com"),  # two letters say nothing
        ("ann.lee@c.example", "annlee72@elsewhere.example"),  # elsewhere only the same name counts
        ("ann@c.example", "ann@elsewhere.example"),
        ("ann.lee@c.example", "ann.lee@nhs.net"),  # not a personal device
        ("ann.lee@c.example", "ann.lee@other-council.gov.uk"),
        ("ann.lee@c.example", "ann.lee@st-elsewhere.example"),
        ("safeguarding@c.example", "safeguarding@elsewhere.example"),  # a role
        ("enquiries@c.example", "enquiries@gmail.com"),
        ("legal.team@c.example", "legal.team@elsewhere.example"),
        ("no address", "ann.lee@gmail.com"),
        ("1234@c.example", "1234@gmail.com"),
    ],
)
def test_somebody_else(sender: str, recipient: str) -> None:
    assert Trait.OWN_ADDRESS not in traits(recipient, sender)


def test_ones_own_address_inside_is_nobodys_concern() -> None:
    assert traits(SENDER, internal=True) == frozenset()


@pytest.mark.parametrize(
    "recipient",
    [
        "07700900123@nhs.net",  # also below a secure domain (M24)
        "447700900123@provider.example",
        "+447700900123@council.gov.uk",
        "01632-960123@provider.example",
        "fax=441632960123@provider.example",
        "FAX-01632960123@provider.example",
        "IMCEAFAX-01632960123@provider.example",
        "bleep@sms.nhs.net",
        "anybody@fax.trust.nhs.uk",
        "ward7@bleep.pager.trust.nhs.uk",
        "ann@efaxsend.com",
        "ann@us.rfax.net",
        "anything@txtlocal.co.uk",
    ],
)
def test_a_telephone_wherever_it_stands(recipient: str) -> None:
    assert Trait.PHONE_GATEWAY in traits(recipient)
    assert Trait.PHONE_GATEWAY in traits(recipient, internal=True), "a fax server of our own faxes too"


@pytest.mark.parametrize(
    "recipient",
    [
        "1234567890@qq.com",  # an account, with no number's beginning
        "9434765919@trust.nhs.uk",  # ten digits such as an NHS number's
        "0123@trust.nhs.uk",
        "0777@trust.nhs.uk",
        "ann.lee07700900123@provider.example",
        "0770090012345678@provider.example",
        "44@provider.example",
        "fax@trust.nhs.uk",
        "faxes@sms-council.example",
        "ann@notefaxsend.com",
        "ann@fax.example",  # the name of an organisation
    ],
)
def test_no_telephone(recipient: str) -> None:
    assert Trait.PHONE_GATEWAY not in traits(recipient)


@pytest.mark.parametrize(
    "local",
    [
        *("team", "Team", "all", "all.staff", "everyone", "enquiries", "info", "admin", "office", "team-north"),
        *("enquiries.south", "dl-housing", "all_staff", "info+tag", "hr2", "customer.services", "no.reply.team"),
    ],
)
def test_a_mailbox_of_many(local: str) -> None:
    assert Trait.GROUP in traits(f"{local}@trust.nhs.uk")
    assert Trait.GROUP in traits(f"{local}@exampleshire.example", internal=True)


@pytest.mark.parametrize(
    "local", ["ann.lee", "j.hall", "ann.ward", "infante", "teamster", "allan", "a.office.b", "12", "$"]
)
def test_a_mailbox_of_one(local: str) -> None:
    assert Trait.GROUP not in traits(f"{local}@trust.nhs.uk")


def test_new_and_removable_are_as_they_are_said() -> None:
    def said(*, is_new: bool, removable: bool) -> frozenset[Trait]:
        return SHIPPED.traits(SENDER, "x@trust.nhs.uk", is_new=is_new, internal=False, removable=removable)

    assert said(is_new=True, removable=False) == {Trait.NEW}
    assert said(is_new=False, removable=True) == {Trait.REMOVABLE_MEDIA}
    assert said(is_new=True, removable=True) == {Trait.NEW, Trait.REMOVABLE_MEDIA}


@given(st.text(max_size=40), st.text(max_size=40), st.data())
def test_every_sender_and_recipient_has_an_answer(sender: str, recipient: str, data: st.DataObject) -> None:
    is_new, internal, removable = (data.draw(st.booleans()) for _ in range(3))
    found = SHIPPED.traits(sender, recipient, is_new=is_new, internal=internal, removable=removable)
    assert (Trait.NEW in found) is is_new
    assert (Trait.REMOVABLE_MEDIA in found) is removable
    if domain_of(recipient) is None:
        assert found <= {Trait.NEW, Trait.REMOVABLE_MEDIA}


LOCAL: Final = st.from_regex(r"[a-z]{2,9}[._][a-z]{3,9}", fullmatch=True)


@given(LOCAL)
def test_the_same_name_at_webmail_is_ones_own_unless_many_read_it(local: str) -> None:
    found = traits(f"{local}@gmail.com", f"{local}@exampleshire.example")
    assert (Trait.OWN_ADDRESS in found) is (Trait.GROUP not in found)


def test_a_trait_is_never_lost_by_what_else_is_true() -> None:
    assert traits("enquiries@sms.gmail.com") == {Trait.GROUP, Trait.PERSONAL_WEBMAIL, Trait.PHONE_GATEWAY}


def test_complaints_about_addresses() -> None:
    wrong = """
personal_webmail: {source: s, domains: [Gmail.com, gmail.com, gmail.com], names: [two words]}
phone_gateways:
  source: s
  domains: [fax]
  labels: [fax, fax]
  prefixes: []
  numbers_begin: ["0"]
  digits_at_least: 12
  digits_at_most: 9
groups: {source: s, words: [Team]}
look_alikes: {source: s, watched: [nhs], vetted: ["*.sch.uk"], own_names: ["*.x.example"]}
"""
    plain = "is not a plain domain; write at least two labels and no dot at the end: council.example, in small letters"
    assert complaints_about({"addresses.yaml": wrong}) == [
        f"addresses.yaml:{each}"
        for each in (
            f"2:41: 'Gmail.com' {plain}",
            "2:63: 'gmail.com' stands here twice; keep one",
            "2:83: 'two words' is not one word in small letters",
            f"5:13: 'fax' {plain}",
            "6:17: 'fax' stands here twice; keep one",
            "10:19: this is less than 'digits_at_least'",
            "11:29: 'Team' is not one word in small letters",
            f"12:36: 'nhs' {plain}",
            f"12:76: '*.x.example' {plain}",
        )
    ]


NUMBERS: Final = """
phone_gateways:
  source: s
  domains: []
  labels: [fax]
  prefixes: []
  numbers_begin: ["0"]
  digits_at_least: LEAST
  digits_at_most: MOST
"""


@pytest.mark.parametrize(("least", "most", "is_right"), [(6, 6, True), (15, 20, True), (9, 8, False), (5, 9, False)])
def test_numbers_may_all_have_as_many_digits_as_the_least(least: int, most: int, *, is_right: bool) -> None:
    files = {"addresses.yaml": NUMBERS.replace("LEAST", str(least)).replace("MOST", str(most))}
    if is_right:
        local = "0" + "1" * (least - 1)
        found = [
            directory(files).traits(SENDER, f"{each}@texts.example.com", is_new=False, internal=False, removable=False)
            for each in (local, local[:-1])
        ]
        assert found == [{Trait.PHONE_GATEWAY}, frozenset()]
    else:
        assert len(complaints_about(files)) == 1


def test_the_domain_of_somebody_one_writes_to_is_protected_unless_everybody_has_an_address_there() -> None:
    partners = """
partners:
  - id: helper
    says: A helper with two addresses.
    kind: voluntary
    country: GB
    addresses: [jo@small-charity.org.uk, jo@gmail.com]
"""
    made = directory({"partners.yaml": partners, "addresses.yaml": FILES["addresses.yaml"]})
    assert made.imitated(SENDER, "jo@small-charity.org.uk.evil.com") == "small-charity.org.uk"
    assert made.imitated(SENDER, "jo@gmail.com.evil.com") == ""


def test_the_shipped_file_stands_alone() -> None:
    made = directory({"addresses.yaml": FILES["addresses.yaml"]})
    assert made.traits(SENDER, "annlee@gmail.com", is_new=False, internal=False, removable=False) == {
        Trait.OWN_ADDRESS,
        Trait.PERSONAL_WEBMAIL,
    }
