"""What a door lets in and decide does not find plain is refused, for a reason that is true.

The doors take whatever is one address by RFC 5321 and 6531, so that a sender gets a notice and not a silent loss;
decide takes only what every mail server reads alike. The differences are listed here, every one of them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.load import read_policy_files
from gateway.decide.address import LOCAL, domain_of, plain_domain
from gateway.decide.evaluate import decide
from gateway.decide.facts import facts_for
from gateway.decide.parse import parse_policy
from gateway.decide.routing import is_internal, route_for
from gateway.errors import NotAccepted
from gateway.intake.address import normalised
from gateway.model.facts import Circumstances, DomainStatus
from gateway.model.verdict import Outcome, Verdict

POLICY: Final = parse_policy(read_policy_files(Path(__file__).parents[3] / "policies"))
LET_IN_AND_NOT_PLAIN: Final = {
    "a percent sign, once a route": "user%evil.com@nhs.net",
    "an exclamation mark, once a route": "evil.com!user@nhs.net",
    "a dot at the beginning": ".user@nhs.net",
    "a dot at the end of the name": "user.@nhs.net",
    "two dots together": "us..er@nhs.net",
    "a name beyond ASCII": "us\u00e9r@nhs.net",
    "a name of more than 64 characters": "u" * 65 + "@nhs.net",
    "a domain of one label": "user@intranet",
    "an underscore in the domain": "user@nhs_net.example",
    "an address literal": "user@[127.0.0.1]",
    "an address literal of IPv6": "user@[IPv6:::1]",
    "an IPv4 address as a domain": "user@127.0.0.1",
    "a number as the last label": "user@nhs.1",
}
MAPPED: Final = {  # the doors spell these in one way before anything is decided, and serve them by that spelling
    "user@NHS.NET": "user@nhs.net",
    "user@\uff4e\uff48\uff53.net": "user@nhs.net",
    "user@nhs\u3002net": "user@nhs.net",
    "user@b\u00fccher.example": "user@xn--bcher-kva.example",
}


def verdict_on(recipient: str, chosen: str = "") -> Verdict:
    known = Circumstances(
        at=datetime(2026, 6, 1, 12, tzinfo=UTC),
        sender="staff@exampleshire.example",
        recipient=recipient,
        route=chosen,
        internal=is_internal(recipient, ["exampleshire.example"]),
        can=frozenset({"zip"}),
    )
    return decide(POLICY, facts_for(POLICY, known))


def reasons(verdict: Verdict) -> list[str]:
    return [reason.rule for reason in verdict.reasons]


@pytest.mark.parametrize("address", LET_IN_AND_NOT_PLAIN.values(), ids=LET_IN_AND_NOT_PLAIN)
@pytest.mark.parametrize("chosen", ["", "secure-mail", "internet"])
def test_what_a_door_lets_in_and_is_not_plain_is_refused_because_it_is_not_plain(address: str, chosen: str) -> None:
    let_in = normalised(address)
    assert domain_of(let_in) is None
    verdict = verdict_on(let_in, chosen)
    assert (verdict.outcome, reasons(verdict)) == (Outcome.REFUSE, ["refuse/not-plain"])
    assert "the address is written as a plain name@domain (route internet)" in verdict.would_pass_if


@pytest.mark.parametrize(("address", "spelling"), MAPPED.items())
def test_what_a_door_spells_anew_is_decided_by_the_new_spelling(address: str, spelling: str) -> None:
    assert normalised(address) == spelling
    assert domain_of(spelling) == spelling.partition("@")[2]


@pytest.mark.parametrize("recipient", ["resident@mail.example", "colleague@exampleshire.example"])
def test_a_route_that_does_not_serve_a_plain_address_is_another_reason(recipient: str) -> None:
    verdict = verdict_on(recipient, chosen="secure-mail")
    assert (verdict.outcome, reasons(verdict)) == (Outcome.REFUSE, ["refuse/no-route"])
    assert any(way.startswith("it goes by the route ") for way in verdict.would_pass_if)


PARTS: Final = st.text(st.sampled_from("aZ09.!%_-[]:'+\u00e9\u3002\uff4e"), min_size=1, max_size=12)


def listed(local: str, domain: str) -> bool:
    """Say whether an address that a door let in is one of the kinds in the list above."""
    return (
        not LOCAL.fullmatch(local)  # route signs, odd dots, beyond ASCII
        or len(local) > 64
        or "." not in domain
        or "_" in domain
        or domain.startswith("[")
        or domain.rpartition(".")[2].isdigit()
    )


@given(PARTS, st.one_of(PARTS, st.builds("{}.example".format, PARTS)))
def test_the_list_of_differences_is_whole(local: str, domain: str) -> None:
    try:
        let_in = normalised(f"{local}@{domain}")
    except NotAccepted:
        return
    kept = let_in.rpartition("@")[2]
    if listed(let_in.rpartition("@")[0], kept):
        assert domain_of(let_in) is None
        assert reasons(verdict_on(let_in)) == ["refuse/not-plain"]
    else:
        assert domain_of(let_in) == kept == plain_domain(kept), "both see the same domain"
        assert route_for(POLICY, let_in, "", internal=False).domain_status is not DomainStatus.NONE
