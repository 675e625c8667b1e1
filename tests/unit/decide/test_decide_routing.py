"""Routing: hostile addresses never pass for another, and nothing goes another way than the one it should."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.load import read_policy_files
from gateway.decide.address import domain_of, parts_of, plain_domain
from gateway.decide.evaluate import decide
from gateway.decide.facts import facts_for
from gateway.decide.load import load
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.decide.routing import Routed, is_internal, route_for
from gateway.model.facts import Circumstances, DomainStatus
from gateway.model.inspection import MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Network, Outcome

FILES = read_policy_files(Path(__file__).parents[3] / "policies")
POLICY = parse_policy(FILES)
OURS = frozenset({"exampleshire.example"})
PARTNER = """
  - id: partner
    says: One partner with one address.
    network: verified-tls
    channel: secure-mail
    folder: true
    recipient: records@st-elsewhere.example
"""


def routed(policy: Policy, recipient: str, chosen: str = "") -> Routed:
    return route_for(policy, recipient, chosen, internal=is_internal(recipient, OURS))


NOT_PLAIN = [
    "",
    "nhs.net",
    "@nhs.net",
    "user@",
    "user@nhs.net.",
    "user@.nhs.net",
    "user@nhs..net",
    "user@net",
    "user@nhs.net@evil.com",
    "user@evil.com@nhs.net",
    '"user@nhs.net"@evil.com',
    '"user"@nhs.net',
    "@relay.example:user@nhs.net",
    "@a.example,@b.example:user@nhs.net",
    "user%evil.com@nhs.net",
    "evil.com!user@nhs.net",
    "user(comment)@nhs.net",
    "user@nhs.net(comment)",
    "user@(comment)nhs.net",
    "<user@nhs.net>",
    "User <user@nhs.net>",
    "user@nhs.net,other@evil.com",
    "user@nhs.net;other@evil.com",
    "user @nhs.net",
    "user@nhs.net ",
    " user@nhs.net",
    "user@nhs.net\n",
    "user@nhs.net\r\nbcc: x@evil.com",
    "user@nhs.net\0.evil.com",
    "user@[127.0.0.1]",
    "user@[IPv6:::1]",
    "user@127.0.0.1",
    "user@nhs_net.example",
    "user@-nhs.net",
    "user@nhs-.net",
    ".user@nhs.net",
    "user.@nhs.net",
    "us..er@nhs.net",
    "usér@nhs.net",
    "u" * 65 + "@nhs.net",
    "user@" + "a" * 64 + ".net",
    "user@" + ".".join(["a" * 60] * 5),
    "user@nhs\u3002net",  # ideographic full stop
    "user@nhs\uff0enet",  # fullwidth full stop
    "user\uff20nhs.net",  # fullwidth at sign
    "user@\uff4e\uff48\uff53.net",  # fullwidth letters, which some software maps to nhs
    "user@police.u\u212a",  # Kelvin sign, whose lower case is k
    "user@nhs\u00ad.net",  # soft hyphen
    "user@nhs\u200b.net",  # zero width space
    "user@n\u0131hs..net",
]


@pytest.mark.parametrize("address", NOT_PLAIN)
@pytest.mark.parametrize("chosen", ["", "secure-mail", "internet", "internal"])
def test_what_is_no_plain_address_has_no_route(address: str, chosen: str) -> None:
    way = routed(POLICY, address, chosen)
    assert (way.route, way.domain_status, way.network) == (None, DomainStatus.NONE, Network.PUBLIC)


@pytest.mark.parametrize(
    "address",
    [
        "user@evilnhs.net",
        "user@nhs.net.evil.com",
        "user@nhs.net-evil.com",
        "user@nhs-net.com",
        "user@mail.nhs.net",  # an exact row takes in nothing below it
        "user@evilgov.uk",
        "user@gov.uk.evil.com",
        "user@xgsi.gov.uk.example",
        "user@gov.uk",  # the suffix itself is no organisation
        "user@police.uk",
        "user@n\u04bbs.net",  # Cyrillic shha
        "user@xn--ns-5lc.net",
        "user@nh\u0455.net",  # Cyrillic dze
        "user@exampleshire.example.evil.com",
        "user@evilexampleshire.example",
        "user@sub.exampleshire.example",  # internal domains are listed in full
    ],
)
def test_look_alikes_are_unknown_and_go_by_the_public_way(address: str) -> None:
    way = routed(POLICY, address)
    assert (way.route_id, way.domain_status) == ("internet", DomainStatus.UNKNOWN)


@pytest.mark.parametrize(
    ("address", "route", "status"),
    [
        ("user@nhs.net", "secure-mail", DomainStatus.LIVE),
        ("User.Name+tag@NHS.Net", "secure-mail", DomainStatus.LIVE),
        ("user@a.b.council.gov.uk", "secure-mail", DomainStatus.LIVE),
        ("user@exampleshire.example", "internal", DomainStatus.INTERNAL),
        ("user@EXAMPLESHIRE.example", "internal", DomainStatus.INTERNAL),
        ("user@mod.net", "internet", DomainStatus.DISPUTED),
        ("user@x.gcsx.gov.uk", "internet", DomainStatus.RETIRED),
        ("user@bücher.example", "internet", DomainStatus.UNKNOWN),
    ],
)
def test_plain_addresses_go_their_way(address: str, route: str, status: DomainStatus) -> None:
    way = routed(POLICY, address)
    assert (way.route_id, way.domain_status) == (route, status)


def test_the_longest_row_counts() -> None:
    assert routed(POLICY, "u@force.police.uk").domain_status is DomainStatus.LIVE
    assert routed(POLICY, "u@force.pnn.police.uk").domain_status is DomainStatus.RETIRED


def test_a_chosen_route_must_serve_the_recipient() -> None:
    assert routed(POLICY, "u@nhs.net", "secure-mail").route_id == "secure-mail"
    assert routed(POLICY, "u@mail.example", "secure-mail").route is None
    assert routed(POLICY, "u@mail.example", "internal").route is None
    assert routed(POLICY, "u@nhs.net", "no-such-route").route is None


def test_a_fixed_recipient_takes_the_route_only_by_choice_and_nobody_else_does() -> None:
    policy = parse_policy({**FILES, "routes.yaml": FILES["routes.yaml"] + PARTNER})
    assert routed(policy, "records@ST-ELSEWHERE.example", "partner").route_id == "partner"
    assert routed(policy, "records@st-elsewhere.example").route_id == "internet"
    assert routed(policy, "other@st-elsewhere.example", "partner").route is None
    assert routed(policy, "u@nhs.net", "partner").route is None


def test_a_route_that_is_not_open_to_choice_cannot_be_chosen() -> None:
    policy: Policy = parse_policy({**FILES, "routes.yaml": FILES["routes.yaml"].replace("    folder: true\n", "")})
    assert routed(policy, "u@nhs.net", "secure-mail").route is None
    assert routed(policy, "u@nhs.net").route_id == "secure-mail"


@given(st.text(max_size=40), st.sampled_from(["nhs.net", "council.gov.uk", "exampleshire.example"]))
def test_nothing_in_front_of_a_secure_domain_but_a_plain_local_part_makes_it_one(front: str, domain: str) -> None:
    status = routed(POLICY, front + domain).domain_status
    if status in {DomainStatus.LIVE, DomainStatus.INTERNAL} and "@" in front:
        local, _, rest = front.partition("@")
        assert local
        assert rest == "" or rest.endswith(".")


@given(st.text(max_size=60))
def test_a_plain_domain_is_stable_and_plain_ascii(text: str) -> None:
    plain = plain_domain(text)
    if plain is not None:
        assert plain.isascii()
        assert plain_domain(plain) == plain
        assert domain_of(f"user@{plain}") == plain


def test_the_examples_in_the_comments_of_the_routes_load_and_carry_restricted_off_the_internet() -> None:
    text = FILES["routes.yaml"]
    start = text.index("#  - id: st-elsewhere")
    plain = "\n".join(line.removeprefix("#") for line in text[start:].splitlines() if line.startswith("#  "))
    policy = load({**FILES, "routes.yaml": text[:start] + plain + "\n"})
    board = routed(policy, "board@safeguarding.example", "private-network")
    assert board.network is Network.OFF_INTERNET
    known = Circumstances(
        at=datetime(2026, 6, 1, 12, tzinfo=UTC),
        sender="staff@exampleshire.example",
        recipient="board@safeguarding.example",
        route="private-network",
        marking=Tier.RESTRICTED,
        marking_status=MarkingStatus.MARKED,
        descriptors=frozenset({"PERSONAL"}),
    )
    facts = facts_for(policy, known)
    assert decide(policy, facts).outcome is Outcome.DELIVER
    assert decide(policy, replace(facts, network=Network.VERIFIED_TLS)).outcome is Outcome.QUARANTINE


def test_the_organisations_own_domains_are_whole_and_exact() -> None:
    assert is_internal("user@ExampleShire.example", ["EXAMPLESHIRE.example"])
    assert not is_internal("user@sub.exampleshire.example", OURS)
    assert not is_internal("user@example", ["example"])
    assert not is_internal("no address", OURS)
    assert not is_internal('"user"@exampleshire.example', OURS), "what is not plain is nobody's"


def test_what_is_not_plain_is_not_internal_whoever_says_so() -> None:
    assert route_for(POLICY, "user@nhs.net.", "", internal=True).domain_status is DomainStatus.NONE


@pytest.mark.parametrize(
    "suffix", ["gov.uk", "nhs.uk", "police.uk", "secure.nhs.uk", "sch.uk", "dorset.sch.uk", "co.uk"]
)
def test_a_public_suffix_is_no_organisation(suffix: str) -> None:
    assert routed(POLICY, f"user@{suffix}").domain_status is DomainStatus.UNKNOWN


LETTERS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)
SECURE = ["nhs.net", "cjsm.net", "parliament.uk", "mod.uk", "council.gov.uk", "force.police.uk"]


@given(LETTERS, st.sampled_from(SECURE))
def test_nothing_glued_to_a_secure_domain_is_secure(glued: str, domain: str) -> None:
    own = domain.partition(".")[0]
    for hostile in (f"{glued}{domain}", f"{domain}{glued}", f"{domain}.{glued}.com", f"{domain}-{glued}.com"):
        row_of_its_own = hostile.endswith((".gov.uk", ".police.uk")) or own in hostile.split(".")[1:-1]
        if not row_of_its_own and plain_domain(hostile) not in {None, domain}:
            assert routed(POLICY, f"user@{hostile}").domain_status is DomainStatus.UNKNOWN, hostile


@given(st.sampled_from(SECURE), st.data())
def test_no_letter_of_a_secure_domain_can_stand_for_another(domain: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(domain) - 1))
    letter = data.draw(st.characters(min_codepoint=0x80, exclude_categories=["Cs"]))
    hostile = domain[:place] + letter + domain[place + 1 :]
    assert routed(POLICY, f"user@{hostile}").domain_status not in {DomainStatus.INTERNAL, DomainStatus.LIVE} or (
        hostile.endswith((".gov.uk", ".police.uk")) and domain.endswith((".gov.uk", ".police.uk"))
    ), "below a public suffix another name is another organisation"


@given(st.text(max_size=60))
def test_the_parts_of_an_address_are_what_stands_there(text: str) -> None:
    parts = parts_of(text)
    if parts is not None:
        local, domain = parts
        assert text.startswith(f"{local}@")
        assert domain == domain_of(text) == plain_domain(text[len(local) + 1 :])


def test_two_policies_do_not_mix_their_answers() -> None:
    other = parse_policy(
        {**FILES, "domains.yaml": FILES["domains.yaml"].replace("profile: uk-2026", "profile: seeds-2014")}
    )
    for _ in range(2):
        assert routed(POLICY, "user@mod.net").domain_status is DomainStatus.DISPUTED
        assert routed(other, "user@mod.net").domain_status is DomainStatus.LIVE
