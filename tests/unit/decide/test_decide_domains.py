"""The domain table: every row of the source documents with its truth today, two profiles, operators' own files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from gateway.config.load import read_policy_files
from gateway.decide.cases import run_cases
from gateway.decide.load import load
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.decide.routing import route_for
from gateway.errors import Invalid
from gateway.model.facts import DomainStatus

FILES: Final = read_policy_files(Path(__file__).parents[3] / "policies")
TABLE: Final = FILES["domains.yaml"]
SEEDS: Final = {**FILES, "domains.yaml": TABLE.replace("profile: uk-2026", "profile: seeds-2014")}
TODAY: Final = parse_policy(FILES)
THEN: Final = parse_policy(SEEDS)
ACCREDITED: Final = "domains/accredited.yaml"

# written by hand from S3 4.4, S4 Appendix 2B and what is known of each today: domain, today, as the documents say
ROWS: Final = [
    ("nhs.net", "live", "live"),
    ("cjsm.net", "live", "live"),
    ("firm.cjsm.net", "live", "live"),
    ("pnn.police.uk", "retired", "live"),
    ("force.pnn.police.uk", "retired", "live"),
    ("pnn.gov.uk", "disputed", "live"),
    ("scn.gov.uk", "disputed", "live"),
    ("mod.net", "disputed", "live"),
    ("gcsx.gov.uk", "retired", "private"),
    ("council.gcsx.gov.uk", "retired", "private"),
    ("gsi.gov.uk", "retired", "unknown"),
    ("x.gsi.gov.uk", "retired", "unknown"),
    ("gsx.gov.uk", "retired", "unknown"),
    ("gse.gov.uk", "retired", "unknown"),
    ("mod.uk", "live", "unknown"),
    ("mod.gov.uk", "live", "unknown"),
    ("trust.secure.nhs.uk", "live", "unknown"),
    ("force.police.uk", "live", "unknown"),
    ("council.gov.uk", "live", "unknown"),
    ("gov.scot", "live", "unknown"),
    ("gov.wales", "live", "unknown"),
    ("llyw.cymru", "live", "unknown"),
    ("parliament.uk", "live", "unknown"),
    ("parliament.scot", "live", "unknown"),
    ("trust.nhs.uk", "unknown", "unknown"),
]


def status(policy: Policy, domain: str) -> DomainStatus:
    return route_for(policy, f"somebody@{domain}", "", internal=False).domain_status


def complaints(files: dict[str, str]) -> list[str]:
    with pytest.raises(Invalid) as trouble:
        parse_policy(files)
    return [str(each) for each in trouble.value.complaints]


@pytest.mark.parametrize(("domain", "today", "then"), ROWS)
def test_every_row_has_its_truth_today_and_what_the_documents_said(domain: str, today: str, then: str) -> None:
    assert status(TODAY, domain) is DomainStatus(today)
    assert status(THEN, domain) is DomainStatus(then)


def test_every_row_says_where_it_comes_from() -> None:
    rows = [row for rows in TODAY.domains.values() for row in rows]
    assert len(rows) == 21
    assert all(row.source and row.note and row.written.line for row in rows)


def test_what_is_private_has_no_way_but_one_off_the_internet() -> None:
    assert route_for(THEN, "u@gcsx.gov.uk", "", internal=False).route is None
    private = (
        FILES["routes.yaml"]
        + """
  - id: private-network
    says: A private network.
    network: off-internet
    channel: private-network
    serves: [private]
"""
    )
    policy = parse_policy({**SEEDS, "routes.yaml": private})
    assert route_for(policy, "u@gcsx.gov.uk", "", internal=False).route_id == "private-network"


@pytest.mark.parametrize("network", ["public", "verified-tls", "internal"])
def test_no_other_network_may_serve_the_private(network: str) -> None:
    route = f"""
  - id: wrong
    says: A route that must not be.
    network: {network}
    channel: internet
    serves: [private]
"""
    assert any(
        "may not serve 'private'" in each for each in complaints({**FILES, "routes.yaml": FILES["routes.yaml"] + route})
    )


def accredited(names: str, source: str = "the list", state: str = "live") -> str:
    return f"source: {source}\nstatus: {state}\nchecked: 2026-11-29\nnames: [{names}]\n"


def test_an_operators_file_adds_rows_exactly_as_they_stand() -> None:
    policy = parse_policy({**FILES, ACCREDITED: accredited("trust.nhs.uk, CARE-Home.example")})
    assert status(policy, "trust.nhs.uk") is DomainStatus.LIVE
    assert status(policy, "care-home.example") is DomainStatus.LIVE
    assert status(policy, "mail.trust.nhs.uk") is DomainStatus.UNKNOWN
    (row,) = policy.domains["trust.nhs.uk"]
    assert (row.source, row.note, row.written.file, row.written.line) == (
        "the list",
        "checked on 2026-11-29",
        "policies/domains/accredited.yaml",
        4,
    )


def test_the_profile_of_the_documents_knows_no_operators_file() -> None:
    policy = parse_policy({**SEEDS, ACCREDITED: accredited("trust.nhs.uk")})
    assert status(policy, "trust.nhs.uk") is DomainStatus.UNKNOWN


def test_several_files_are_read_and_no_row_stands_twice() -> None:
    first = "policies/domains/accredited.yaml:4"
    table = f"policies/domains.yaml:{TABLE.splitlines().index('  - domain: nhs.net') + 1}"
    files = {**FILES, ACCREDITED: accredited("a.nhs.uk"), "domains/more.yaml": accredited("b.nhs.uk", state="private")}
    policy = parse_policy(files)
    assert status(policy, "a.nhs.uk") is DomainStatus.LIVE
    assert status(policy, "b.nhs.uk") is DomainStatus.PRIVATE
    assert complaints({**files, "domains/more.yaml": accredited("b.nhs.uk, A.nhs.uk, nhs.net")}) == [
        f"policies/domains/more.yaml:4:19: 'A.nhs.uk' has a row already ({first}); keep one",
        f"policies/domains/more.yaml:4:29: 'nhs.net' has a row already ({table}); keep one",
    ]


@pytest.mark.parametrize("suffix", ["gov.uk", "nhs.uk", "dorset.sch.uk", "co.uk", "SECURE.nhs.uk"])
def test_a_public_suffix_cannot_be_accredited(suffix: str) -> None:
    (complaint,) = complaints({**FILES, ACCREDITED: accredited(suffix)})
    assert complaint.startswith("policies/domains/accredited.yaml:4:9: ")
    assert f"'{suffix}' is a public suffix" in complaint


@pytest.mark.parametrize("name", ["nhs.net.", "net", "nhs_net.example", '"*.nhs.net"', "user@nhs.net", "127.0.0.1"])
def test_what_is_no_plain_domain_is_no_row(name: str) -> None:
    (complaint,) = complaints({**FILES, ACCREDITED: accredited(name)})
    assert "is not a plain domain" in complaint


FITTING: Final = """
cases:
  - id: closed-domain
    says: A domain that is closed.
    given: {recipient: a@b.example, marking: PROTECT, marking_status: marked, imagined: {domain_status: retired}}
    expect: {tier: PROTECT, route: internet, outcome: quarantine, reasons: [hold/closed-domain]}
  - id: closed-domain-not-read
    says: The same with what could not be read.
    given: {recipient: a@b.example, gaps: [timeout], released_by: [officer], imagined: {domain_status: retired}}
    expect: {tier: UNMARKED, route: internet, outcome: quarantine, reasons: [hold/closed-domain-not-read]}
  - id: child
    says: A shared mailbox of the NHS.
    given: {recipient: referrals@nhs.net, entities: {UPN: 1}, people: 1}
    expect: {tier: PROTECT, route: secure-mail, outcome: quarantine, reasons: [people/children-secure]}
  - id: police-record
    says: Somebody new in the NHS.
    given: {recipient: ward@nhs.net, new: true, entities: {PNC_ID: 1}, people: 1}
    expect: {tier: PROTECT, route: secure-mail, outcome: quarantine, reasons: [people/law-enforcement-secure]}
"""


def test_the_profile_of_the_documents_loads_with_cases_that_fit_it() -> None:
    """As domains.yaml says: the word alone is not enough."""
    with pytest.raises(Invalid):
        load(SEEDS)
    failures = run_cases(THEN, SEEDS).failures
    failing = {str(each).split("'")[1] for each in failures}
    files, moved = dict(SEEDS) | {"cases/fitting.yaml": FITTING}, set()
    for name in (name for name in SEEDS if name.startswith("cases/")):
        head, *cases = SEEDS[name].split("\n  - id: ")
        unfit = [each for each in cases if each.partition("\n")[0] in failing]
        files[name] = "\n  - id: ".join([head, *(each for each in cases if each not in unfit)])
        moved |= {found[1] for each in unfit if (found := re.search(r"recipient: [^@]+@([^,}]+)", each))}
    assert [each for each in moved if status(TODAY, each) is status(THEN, each)] == [], "their domains are the reason"
    loaded = load(files)
    assert status(loaded, "council.gcsx.gov.uk") is DomainStatus.PRIVATE
    assert status(loaded, "force.police.uk") is DomainStatus.UNKNOWN


def test_every_complaint_comes_at_once_with_its_place() -> None:
    wrong = TABLE.replace("profile: uk-2026", "profile: uk-2025").replace("    seeds: private\n", "    seeds: secret\n")
    found = complaints(
        {**FILES, "domains.yaml": wrong, ACCREDITED: "source: x\nstatus: life\nchecked: someday\nname: []\n"}
    )
    assert [each.split(": ", 1)[1] for each in found] == [
        "'uk-2025' is not allowed; did you mean 'uk-2026'?",
        "'secret' is not allowed; known: live, private",
        "'life' is not allowed; did you mean 'live'?",
        "'someday' is no day; write year-month-day, for example 2026-03-31",
        "'name' is not a setting here; did you mean 'names'?",
    ]


def test_a_row_that_does_not_count_still_takes_its_place() -> None:
    twice = TABLE + "  - {domain: council.example, match: exact, status: live, source: s, note: n}\n" * 2
    assert len(complaints({**FILES, "domains.yaml": twice.replace("profile: uk-2026", "profile: seeds-2014")})) == 1
