"""Routing: hostile addresses never pass for another, and nothing goes another way than the one it should."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.load import read_policy_files
from gateway.decide.evaluate import decide
from gateway.decide.facts import NOTHING
from gateway.decide.load import load
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.decide.routing import domain_of, plain_domain, route_for
from gateway.model.facts import DomainStatus
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
    routed = route_for(POLICY, address, chosen, OURS)
    assert (routed.route, routed.domain_status, routed.network) == (None, DomainStatus.NONE, Network.PUBLIC)


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
    routed = route_for(POLICY, address, "", OURS)
    assert (routed.route_id, routed.domain_status) == ("internet", DomainStatus.UNKNOWN)


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
    routed = route_for(POLICY, address, "", OURS)
    assert (routed.route_id, routed.domain_status) == (route, status)


def test_the_longest_row_counts() -> None:
    assert route_for(POLICY, "u@force.police.uk", "", OURS).domain_status is DomainStatus.LIVE
    assert route_for(POLICY, "u@force.pnn.police.uk", "", OURS).domain_status is DomainStatus.RETIRED


def test_a_chosen_route_must_serve_the_recipient() -> None:
    assert route_for(POLICY, "u@nhs.net", "secure-mail", OURS).route_id == "secure-mail"
    assert route_for(POLICY, "u@mail.example", "secure-mail", OURS).route is None
    assert route_for(POLICY, "u@mail.example", "internal", OURS).route is None
    assert route_for(POLICY, "u@nhs.net", "no-such-route", OURS).route is None


def test_a_fixed_recipient_takes_the_route_only_by_choice_and_nobody_else_does() -> None:
    policy = parse_policy({**FILES, "routes.yaml": FILES["routes.yaml"] + PARTNER})
    assert route_for(policy, "records@ST-ELSEWHERE.example", "partner", OURS).route_id == "partner"
    assert route_for(policy, "records@st-elsewhere.example", "", OURS).route_id == "internet"
    assert route_for(policy, "other@st-elsewhere.example", "partner", OURS).route is None
    assert route_for(policy, "u@nhs.net", "partner", OURS).route is None


def test_a_route_that_is_not_open_to_choice_cannot_be_chosen() -> None:
    policy: Policy = parse_policy({**FILES, "routes.yaml": FILES["routes.yaml"].replace("    folder: true\n", "")})
    assert route_for(policy, "u@nhs.net", "secure-mail", OURS).route is None
    assert route_for(policy, "u@nhs.net", "", OURS).route_id == "secure-mail"


@given(st.text(max_size=40), st.sampled_from(["nhs.net", "council.gov.uk", "exampleshire.example"]))
def test_nothing_in_front_of_a_secure_domain_but_a_plain_local_part_makes_it_one(front: str, domain: str) -> None:
    status = route_for(POLICY, front + domain, "", OURS).domain_status
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
    board = route_for(policy, "board@safeguarding.example", "private-network", OURS)
    facts = replace(
        NOTHING,
        marking=Tier.RESTRICTED,
        marking_status=MarkingStatus.MARKED,
        route=board.route_id,
        network=board.network,
    )
    assert decide(policy, facts).outcome is Outcome.DELIVER
    assert decide(policy, replace(facts, network=Network.VERIFIED_TLS)).outcome is Outcome.QUARANTINE
