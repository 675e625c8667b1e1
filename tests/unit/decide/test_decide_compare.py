"""Two policies side by side: what differs is told in words, exactly, and the other way round too."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from gateway.config.load import read_policy_files
from gateway.decide.change.compare import Decision, Difference, Direction, differences
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.model.verdict import Outcome

FILES: Final = dict(read_policy_files(Path(__file__).parents[3] / "policies"))
POLICY: Final = parse_policy(FILES)
ROUTES: Final = """
  - id: made-up
    says: To one address.
    network: verified-tls
    channel: secure-mail
    folder: true
    recipient: ward@st-elsewhere.example
"""
RULE: Final = """
rules:
  - id: made-up/rule
    says: It is made up.
    source: none
    when: {people: {at_least: 7}, network: public}
    unless: [{released: true}, {approved_by: [caldicott-guardian]}]
    then: {outcome: quarantine, obligations: ["ask:reason"]}
"""


def rule(text: str) -> Policy:
    return parse_policy(FILES | {"rules/made_up.yaml": text})


BEFORE: Final = rule(RULE)
WITH_ROUTE: Final = parse_policy(FILES | {"routes.yaml": FILES["routes.yaml"] + ROUTES})


def changed(kind: str, name: str, *words: str) -> list[Difference]:
    return [Difference(kind=kind, id=name, how="changed", words=words)]


@pytest.mark.parametrize(
    ("old", "new", "there", "back"),
    [
        (
            "at_least: 7",
            "at_least: 8",
            ["'people at least 7' becomes 'people at least 8'"],
            ["'people at least 8' becomes 'people at least 7'"],
        ),
        (
            "network: public",
            "network: [internal, public]",
            ["'network public' becomes 'network internal or public'"],
            ["'network internal or public' becomes 'network public'"],
        ),
        ("people: {at_least: 7}, ", "", ["condition gone: people at least 7"], ["new condition: people at least 7"]),
        (
            "people: {at_least: 7}, network: public",
            "people: {at_least: 9}, gaps: any",
            [
                "condition gone: network public",
                "'people at least 7' becomes 'people at least 9'",
                "new condition: gaps any",
            ],
            [
                "condition gone: gaps any",
                "'people at least 9' becomes 'people at least 7'",
                "new condition: network public",
            ],
        ),
        ("{people: {", "{entities: {UPN: {at_least: 1}}, people: {", ["new condition: UPN at least 1"], None),
        ("{released: true}, ", "", ["exception gone: released"], ["new exception: released"]),
        (
            "{released: true}",
            "{released: true, can: any}",
            ["exception gone: released", "new exception: released and can any"],
            ["exception gone: released and can any", "new exception: released"],
        ),
        (
            "{released: true}, {approved_by: [caldicott-guardian]}",
            "{approved_by: [caldicott-guardian]}, {released: true}",
            [],
            [],
        ),
        (
            "outcome: quarantine",
            "outcome: refuse",
            ["outcome quarantine becomes refuse"],
            ["outcome refuse becomes quarantine"],
        ),
        (
            "outcome: quarantine, ",
            "",
            ["outcome quarantine becomes none"],
            ["outcome none becomes quarantine"],
        ),
        (
            '["ask:reason"]',
            '["tell:dpo"]',
            ["no longer demands: asking the sender for a reason", "demands now: telling dpo"],
            ["no longer demands: telling dpo", "demands now: asking the sender for a reason"],
        ),
        (
            "    when:",
            "    mode: observe\n    when:",
            ["only observes now"],
            ["decides now, and does not only observe"],
        ),
        ("    when:", "    from: 2026-03-01\n    when:", ["new condition: from 2026-03-01"], None),
        ("    when:", "    until: 2026-03-01\n    when:", ["new condition: before 2026-03-01"], None),
        (
            "says: It is made up.\n    source: none",
            "says: It is invented.\n    source: S1 2",
            ["says now: It is invented.", "source now: S1 2"],
            ["says now: It is made up.", "source now: none"],
        ),
        (
            "    source: none",
            "    welsh: Mae wedi ei ddyfeisio.\n    source: none",
            ["says now in Welsh: Mae wedi ei ddyfeisio."],
            ["says nothing in Welsh any more"],
        ),
        ("when: {", "when: {tier: {at_least: PROTECT}, ", ["new condition: tier at least PROTECT"], None),
    ],
)
def test_a_changed_rule_is_told_in_words(old: str, new: str, there: list[str], back: list[str] | None) -> None:
    assert old in RULE
    after = rule(RULE.replace(old, new))
    assert list(differences(BEFORE, after)) == (changed("rule", "made-up/rule", *there) if there else [])
    if back is None:
        back = [said.replace("new condition", "condition gone") for said in there]
    assert list(differences(after, BEFORE)) == (changed("rule", "made-up/rule", *back) if back else [])


def test_counts_of_different_things_are_different_conditions() -> None:
    """One entity for another is no changed threshold."""
    before, after = (RULE.replace("{people: {", f"{{entities: {{{name}: {{at_least: 1}}}}, people: {{") for name in (
        "UPN", "ULN"
    ))  # fmt: skip
    assert list(differences(rule(before), rule(after))) == changed(
        "rule", "made-up/rule", "condition gone: UPN at least 1", "new condition: ULN at least 1"
    )


def test_a_rule_that_moves_to_another_file_is_the_same() -> None:
    assert list(differences(BEFORE, parse_policy(FILES | {"rules/elsewhere.yaml": RULE}))) == []


def test_what_stands_in_one_only_was_added_or_removed() -> None:
    assert list(differences(POLICY, BEFORE)) == [Difference(kind="rule", id="made-up/rule", how="added")]
    assert list(differences(BEFORE, POLICY)) == [Difference(kind="rule", id="made-up/rule", how="removed")]


NHSMAIL: Final = "NHSmail, accredited to DCB1596 [src, digital.nhs.uk]"
RELEASE: Final = "must: {outcome_at_least: quarantine}"
SEALED: Final = 'must: {obligations: ["seal:aes256", "neutral:subject"]}'
TO_ALL: Final = "Mail to everybody else, over the public internet (S4 Appendix 2B)."
BELOW: Final = "nhs.net\n    match: subtree"
PATIENT: Final = "{NHS_NUMBER: {at_least: 1}}}\n    to: PROTECT"


@pytest.mark.parametrize(
    ("file", "old", "new", "kind", "name", "there", "back"),
    [
        (
            "routes.yaml",
            "    network: verified-tls\n    channel: secure-mail\n    serves: [live]\n    folder: true",
            "    network: off-internet\n    channel: cable\n    serves: [live]\n    removable_media: true",
            "route",
            "secure-mail",
            [
                "network 'verified-tls' becomes 'off-internet'",
                "channel 'secure-mail' becomes 'cable'",
                "folder yes becomes no",
                "removable media no becomes yes",
            ],
            [
                "network 'off-internet' becomes 'verified-tls'",
                "channel 'cable' becomes 'secure-mail'",
                "folder no becomes yes",
                "removable media yes becomes no",
            ],
        ),
        (
            "routes.yaml",
            "serves: [unknown, retired, disputed]",
            "serves: [unknown]",
            "route",
            "internet",
            ["serves no longer disputed", "serves no longer retired"],
            ["serves disputed now", "serves retired now"],
        ),
        (
            "routes.yaml",
            TO_ALL,
            "To all.",
            "route",
            "internet",
            [f"says '{TO_ALL}' becomes 'To all.'"],
            [f"says 'To all.' becomes '{TO_ALL}'"],
        ),
        (
            "routes.yaml",
            "ward@st-elsewhere.example",
            "desk@st-elsewhere.example",
            "route",
            "made-up",
            ["recipient 'ward@st-elsewhere.example' becomes 'desk@st-elsewhere.example'"],
            ["recipient 'desk@st-elsewhere.example' becomes 'ward@st-elsewhere.example'"],
        ),
        (
            "domains.yaml",
            f"status: live\n    seeds: live\n    source: S3 4.4\n    note: {NHSMAIL}",
            "status: disputed\n    seeds: live\n    source: S1 1\n    note: nobody answers",
            "domain",
            "nhs.net",
            [
                "status 'live' becomes 'disputed'",
                "source 'S3 4.4' becomes 'S1 1'",
                f"note '{NHSMAIL}' becomes 'nobody answers'",
            ],
            [
                "status 'disputed' becomes 'live'",
                "source 'S1 1' becomes 'S3 4.4'",
                f"note 'nobody answers' becomes '{NHSMAIL}'",
            ],
        ),
        (
            "tiers.yaml",
            PATIENT,
            PATIENT.replace("1", "2").replace("PROTECT", "OFFICIAL"),
            "raise",
            "nhs-number",
            ["'NHS_NUMBER at least 1' becomes 'NHS_NUMBER at least 2'", "raises to OFFICIAL, no longer to PROTECT"],
            ["'NHS_NUMBER at least 2' becomes 'NHS_NUMBER at least 1'", "raises to PROTECT, no longer to OFFICIAL"],
        ),
        (
            "tiers.yaml",
            "says: An NHS number identifies a patient.",
            "says: A patient.",
            "raise",
            "nhs-number",
            ["says now: A patient."],
            ["says now: An NHS number identifies a patient."],
        ),
        (
            "tiers.yaml",
            "CHILDREN: [CHILD_SAFEGUARDING, UPN]",
            "CHILDREN: [CHILD_SAFEGUARDING, ULN]",
            "group",
            "CHILDREN",
            ["counts no longer UPN", "counts ULN now"],
            ["counts no longer ULN", "counts UPN now"],
        ),
        (
            "laws.yaml",
            RELEASE,
            RELEASE.replace("quarantine", "refuse"),
            "law",
            "law/restricted-release",
            ["demands at least refuse, no longer quarantine"],
            ["demands at least quarantine, no longer refuse"],
        ),
        (
            "laws.yaml",
            RELEASE,
            'must: {obligations: ["seal:aes256"]}',
            "law",
            "law/restricted-release",
            ["demands at least none, no longer quarantine", "demands now: sealed with AES-256"],
            ["demands at least quarantine, no longer none", "no longer demands: sealed with AES-256"],
        ),
        (
            "laws.yaml",
            SEALED,
            'must: {obligations: ["seal:aes256"]}',
            "law",
            "law/protected-public",
            ["no longer demands: with a neutral subject and neutral file names"],
            ["demands now: with a neutral subject and neutral file names"],
        ),
        (
            "laws.yaml",
            "      released: true\n",
            "      released: true\n    unless: {consent: given}\n",
            "law",
            "law/restricted-release",
            ["new exception: consent given"],
            ["exception gone: consent given"],
        ),
        (
            "laws.yaml",
            "      tier: {at_least: CONFIDENTIAL}",
            "      tier: {at_least: SECRET}",
            "law",
            "law/above-restricted",
            ["'tier at least CONFIDENTIAL' becomes 'tier at least SECRET'"],
            ["'tier at least SECRET' becomes 'tier at least CONFIDENTIAL'"],
        ),
        (
            "laws.yaml",
            "says: Who asks for encryption gets it.\n    source: S3 4.4",
            "says: Asked.\n    source: S3 4",
            "law",
            "law/asked",
            ["says now: Asked.", "source now: S3 4"],
            ["says now: Who asks for encryption gets it.", "source now: S3 4.4"],
        ),
        ("partners.yaml", "[st-elsewhere.example]", "[st.example]", "partner", "st-elsewhere", [], []),
        (
            "partners.yaml",
            "domains: [st-elsewhere.example]",
            "domains: [st-elsewhere.example]\n    addresses: [st-elsewhere@gmail.com]",
            "partner",
            "st-elsewhere",
            [],
            [],
        ),
        ("partners.yaml", "country: GB", "country: IE", "partner", "st-elsewhere", [], []),
        ("agreements.yaml", "review: 2027", "review: 2037", "agreement", "st-elsewhere-referrals", [], []),
        ("retention.yaml", "keep: {years: 1}", "keep: {years: 2}", "retention class", "routine", [], []),
        ("units.yaml", "mash@", "smash@", "units", "units.yaml", [], []),
        ("addresses.yaml", "- gmail.com", "- gmail.example", "addresses", "addresses.yaml", [], []),
        ("countries.yaml", "home: [GB]", "home: [GB, IE]", "countries", "countries.yaml", [], []),
        ("calendar.yaml", "zone: uk", "zone: utc", "calendar", "calendar.yaml", [], []),
    ],
)
def test_what_changed_in_other_files_is_told_there_and_back(
    file: str, old: str, new: str, kind: str, name: str, there: list[str], back: list[str]
) -> None:
    files = FILES | {"routes.yaml": FILES["routes.yaml"] + ROUTES}
    assert old in files[file]
    after = parse_policy(files | {file: files[file].replace(old, new, 1)})
    assert list(differences(WITH_ROUTE, after)) == changed(kind, name, *there)
    assert list(differences(after, WITH_ROUTE)) == changed(kind, name, *back)


@pytest.mark.parametrize(
    ("file", "old", "new", "kind", "gone", "come"),
    [
        ("routes.yaml", "id: secure-mail", "id: safe", "route", "secure-mail", "safe"),
        ("domains.yaml", "domain: nhs.net\n", "domain: nhs.example\n", "domain", "nhs.net", "nhs.example"),
        ("domains.yaml", "nhs.net\n    match: exact", BELOW, "domain", "nhs.net", "nhs.net and below"),
        ("domains.yaml", "  - ltd.uk\n", "  - ltf.uk\n", "public suffix", "ltd.uk", "ltf.uk"),
        ("tiers.yaml", "entities_of_plugins: []", "entities_of_plugins: [X_RAY]", "entity", "", "X_RAY"),
        ("tiers.yaml", "id: nhs-number", "id: nhs-no", "raise", "nhs-number", "nhs-no"),
        ("laws.yaml", "id: law/asked", "id: law/asking", "law", "law/asked", "law/asking"),
        ("partners.yaml", "id: helping-hands", "id: helpers", "partner", "helping-hands", "helpers"),
        ("agreements.yaml", "id: midshire-police-offences", "id: mid", "agreement", "midshire-police-offences", "mid"),
        ("retention.yaml", "id: management-review", "id: mr", "retention class", "management-review", "mr"),
    ],
)  # fmt: skip
def test_what_has_another_name_went_and_came(file: str, old: str, new: str, kind: str, gone: str, come: str) -> None:
    assert old in FILES[file]
    after = parse_policy(FILES | {file: FILES[file].replace(old, new, 1)})
    wanted = {Difference(kind=kind, id=name, how=how) for name, how in ((gone, "removed"), (come, "added")) if name}
    found = list(differences(POLICY, after))
    assert (set(found), len(found)) == (wanted, len(wanted))
    assert [each.id for each in found] == sorted(each.id for each in found)


def test_differences_come_by_kind_rules_first() -> None:
    edits = {
        "calendar.yaml": ("zone: uk", "zone: utc"),
        "domains.yaml": ("  - ltd.uk\n", ""),
        "laws.yaml": ("id: law/asked", "id: law/asking"),
        "routes.yaml": ("channel: internet", "channel: outside"),
        "units.yaml": ("mash@", "smash@"),
    }
    files = {name: FILES[name].replace(old, new, 1) for name, (old, new) in edits.items()}
    found = differences(POLICY, parse_policy(FILES | files | {"rules/made_up.yaml": RULE}))
    assert [each.kind for each in found] == ["rule", "law", "law", "route", "public suffix", "units", "calendar"]


def decision(outcome: Outcome, *obligations: str) -> Decision:
    return Decision(outcome=outcome, obligations=frozenset(obligations))


GO, HOLD, STOP = Outcome


@pytest.mark.parametrize(
    ("one", "other", "direction"),
    [
        (decision(GO), decision(HOLD), "stricter"),
        (decision(GO), decision(STOP), "stricter"),
        (decision(HOLD), decision(GO), "milder"),
        (decision(HOLD), decision(STOP, "tell:dpo"), "stricter"),
        (decision(STOP), decision(HOLD, "tell:dpo"), "milder"),
        (decision(GO), decision(HOLD, "ask:reason"), "stricter"),
        (decision(GO, "seal:aes256"), decision(HOLD), "stricter"),
        (decision(GO, "seal:aes256"), decision(GO), "milder"),
        (decision(GO, "seal:aes256"), decision(GO, "seal:aes256", "delay:5m"), "stricter"),
        (decision(GO, "seal:aes256"), decision(GO, "delay:5m"), "other"),
        (decision(GO), decision(GO), "other"),
    ],
)
def test_one_decision_is_milder_than_another(one: Decision, other: Decision, direction: str) -> None:
    assert one.towards(other) == direction
    back = {"milder": "stricter", "stricter": "milder", "other": "other"}[direction]
    assert other.towards(one) is Direction(back)


def test_a_decision_reads_like_a_sentence() -> None:
    assert decision(HOLD).words == "quarantine"
    assert decision(GO, "tls:verified", "seal:aes256").words == (
        "deliver, sealed with AES-256 and over TLS with a verified certificate"
    )
