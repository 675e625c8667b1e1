"""The language of the policy: what each term means, how it is told, and what a policy set makes of its files."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.config.load import read_policy_files
from gateway.decide.cases import circumstances
from gateway.decide.duties import owed
from gateway.decide.evaluate import decide
from gateway.decide.parse import hash_of, parse_policy, shape_of
from gateway.decide.policy import KNOWN_ENTITIES, FactName, Operator, Rule
from gateway.decide.proof.axes import PLAIN
from gateway.decide.shapes import (
    CasesFile,
    DomainsFile,
    Given,
    LawsFile,
    MoreDomainsFile,
    RoutesFile,
    RulesFile,
    TiersFile,
)
from gateway.decide.terms import conditions, keys_of
from gateway.decide.vocabulary import SPECS, Vocabulary
from gateway.errors import Invalid
from gateway.model.document import read
from gateway.model.facts import Circumstances, Consent, Counted
from gateway.model.inspection import GapKind, MarkingStatus
from gateway.model.tier import Tier
from gateway.model.verdict import Obligation, Outcome, Said

F, O = FactName, Operator  # noqa: E741 - short, in tables
FILES: Final = dict(read_policy_files(Path(__file__).parents[3] / "policies"))
DOCUMENT: Final = read("rules/x.yaml", "{}")
WORDS: Final = Vocabulary(
    entities=KNOWN_ENTITIES | {"CHILDREN"},
    routes=frozenset({"internet"}),
    descriptors=frozenset({"STAFF"}),
    caveats=frozenset({"EYES"}),
    units=frozenset({"north"}),
    partners=frozenset({"ward"}),
    partner_kinds=frozenset({"health"}),
)


def words(*each: str) -> frozenset[str]:
    return frozenset(each)


@pytest.mark.parametrize(
    ("fact", "given", "expected"),
    [
        ("tier", {"at_least": "PROTECT"}, [(F.TIER, O.AT_LEAST, 3, "tier at least PROTECT")]),
        (
            "tier",
            {"at_least": "OFFICIAL", "at_most": "TOP SECRET"},
            [(F.TIER, O.AT_LEAST, 2, "tier at least OFFICIAL"), (F.TIER, O.AT_MOST, 8, "tier at most TOP SECRET")],
        ),
        (
            "marking_status",
            {"at_most": "suspected"},
            [(F.MARKING_STATUS, O.AT_MOST, 1, "marking status at most suspected")],
        ),
        ("people", {"at_least": 0}, [(F.PEOPLE, O.AT_LEAST, 0, "people at least 0")]),
        ("size", {"at_most": 5}, [(F.SIZE, O.AT_MOST, 5, "size at most 5")]),
        ("approvals", {"at_least": 2}, [(F.APPROVALS, O.AT_LEAST, 2, "approvals at least 2")]),
        ("released", True, [(F.APPROVALS, O.AT_LEAST, 1, "released")]),
        ("released", False, [(F.APPROVALS, O.AT_MOST, 0, "not released")]),
        ("due_diligence", False, [(F.DUE_DILIGENCE, O.IS, False, "not due diligence")]),
        ("encrypt_requested", True, [(F.ENCRYPT_REQUESTED, O.IS, True, "encrypt requested")]),
        ("gaps", "any", [(F.GAPS, O.ANY, words(), "gaps any")]),
        ("gaps", "none", [(F.GAPS, O.NONE, words(), "gaps none")]),
        ("gaps", "corrupt", [(F.GAPS, O.ONE_OF, words("corrupt"), "gaps corrupt")]),
        (
            "gaps",
            ["timeout", "corrupt"],
            [(F.GAPS, O.ONE_OF, words("corrupt", "timeout"), "gaps corrupt or timeout")],
        ),
        ("gaps", {"only": ["corrupt"]}, [(F.GAPS, O.ONLY, words("corrupt"), "gaps only corrupt")]),
        ("gaps", {"only": "corrupt"}, [(F.GAPS, O.ONLY, words("corrupt"), "gaps only corrupt")]),
        ("can", ["zip", "pgp"], [(F.CAN, O.ONE_OF, words("zip", "pgp"), "can pgp or zip")]),
        ("network", "public", [(F.NETWORK, O.ONE_OF, words("public"), "network public")]),
        ("route", ["none", "internet"], [(F.ROUTE, O.ONE_OF, words("", "internet"), "route internet or none")]),
        ("unit", "none", [(F.UNIT, O.ONE_OF, words(""), "unit none")]),
        ("partner", ["none", "ward"], [(F.PARTNER, O.ONE_OF, words("", "ward"), "partner none or ward")]),
        ("partner_kind", "health", [(F.PARTNER_KIND, O.ONE_OF, words("health"), "partner kind health")]),
        ("domain_status", "none", [(F.DOMAIN_STATUS, O.ONE_OF, words("none"), "domain status none")]),
        ("agreement", "none", [(F.AGREEMENT, O.ONE_OF, words("none"), "agreement none")]),
        ("country", ["FR", "DE"], [(F.COUNTRY, O.ONE_OF, words("DE", "FR"), "country DE or FR")]),
        (
            "approved_by",
            ["head-of-legal"],
            [(F.APPROVED_BY, O.ONE_OF, words("head-of-legal"), "approved by head-of-legal")],
        ),
        (
            "caveats",
            ["UK EYES ONLY", "EYES"],
            [(F.CAVEATS, O.ONE_OF, words("UK EYES ONLY", "EYES"), "caveats EYES or UK EYES ONLY")],
        ),
        ("descriptors", ["STAFF"], [(F.DESCRIPTORS, O.ONE_OF, words("STAFF"), "descriptors STAFF")]),
        ("under_marked", "any", [(F.UNDER_MARKED, O.ANY, words(), "under marked any")]),
        (
            "sender",
            "Ann.Lee@EXAMPLE.Org",
            [(F.SENDER, O.ONE_OF, words("ann.lee@example.org"), "sender ann.lee@example.org")],
        ),
        ("recipient", ["@NHS.net"], [(F.RECIPIENT, O.ONE_OF, words("@nhs.net"), "recipient @nhs.net")]),
    ],
)
def test_a_term_is_read_and_told(fact: str, given: Any, expected: list[tuple[Any, ...]]) -> None:  # noqa: ANN401 - YAML values
    found = conditions(DOCUMENT, (), {fact: given}, WORDS)
    assert [(each.fact, each.operator, each.operand, each.words) for each in found] == expected
    assert all(each.name == "" for each in found)


@pytest.mark.parametrize(
    ("fact", "given", "expected"),
    [
        ("entities", {"NINO": {"at_least": 2}}, [("NINO", O.AT_LEAST, 2, "NINO at least 2")]),
        (
            "entities",
            {"CHILDREN": {"at_least": 1, "at_most": 9}, "UPN": {"at_most": 0}},
            [
                ("CHILDREN", O.AT_LEAST, 1, "CHILDREN at least 1"),
                ("CHILDREN", O.AT_MOST, 9, "CHILDREN at most 9"),
                ("UPN", O.AT_MOST, 0, "UPN at most 0"),
            ],
        ),
        ("recipients", {"external": {"at_least": 3}}, [("external", O.AT_LEAST, 3, "external at least 3")]),
    ],
)
def test_what_counts_by_name_is_read_and_told(fact: str, given: Any, expected: list[tuple[Any, ...]]) -> None:  # noqa: ANN401 - YAML values
    found = conditions(DOCUMENT, (), {fact: given}, WORDS)
    assert [(each.name, each.operator, each.operand, each.words) for each in found] == expected
    assert {str(each.fact) for each in found} == {fact}


@pytest.mark.parametrize(
    ("fact", "given", "message"),
    [
        ("tier", {}, "say {at_least: UNMARKED} or {at_most: UNMARKED}"),
        ("tier", "PROTECT", "say {at_least: UNMARKED} or {at_most: UNMARKED}"),
        ("tier", {"atleast": "PROTECT"}, "'atleast' is not known here; did you mean 'at_least'?"),
        ("people", 5, "say {at_least: 5} or {at_most: 5}"),
        ("people", {"at_least": -1}, "write a whole number, 0 or more"),
        ("people", {"at_least": True}, "write a whole number, 0 or more"),
        ("people", {"at_least": "many"}, "write a whole number, 0 or more"),
        ("entities", {}, "say {NHS_NUMBER: {at_least: 1}}"),
        ("entities", ["NINO"], "say {NHS_NUMBER: {at_least: 1}}"),
        ("entities", {"NINO": 5}, "say {at_least: 5} or {at_most: 5}"),
        ("entities", {"NINOS": {"at_least": 1}}, "'NINOS' is no entity that a detector reports; did you mean 'NINO'?"),
        (
            "entities",
            {"ZZZZ": {"at_least": 1}},
            "'ZZZZ' is no entity that a detector reports; name those of plug-ins in tiers.yaml under entities_of_plugi",
        ),
        ("recipients", {"al": {"at_least": 1}}, "'al' is not known here; did you mean 'all'?"),
        ("gaps", {}, "say {only: [one, or, more]}"),
        ("gaps", {"onyl": ["corrupt"]}, "'onyl' is not known here; did you mean 'only'?"),
        ("gaps", [], "this list is empty, so nothing would match; name at least one"),
        ("gaps", ["any"], "'any' is not allowed; "),
        ("gaps", "anny", "'anny' is not allowed; did you mean 'any'?"),
        ("network", "publik", "'publik' is not allowed; did you mean 'public'?"),
        ("released", "yes", "write true or false"),
        ("released", 1, "write true or false"),
        ("country", "Fr", "'Fr' is not allowed; write it like 'FR'"),
        ("approved_by", "Officer", "'Officer' is not allowed; write it like 'caldicott-guardian'"),
        ("sender", 5, "'5' is not a plain address; write name@domain, or @domain for all of one domain"),
        ("sender", "@", "'@' is not a plain address; "),
        ("sender", "a@b@nhs.net", "'a@b@nhs.net' is not a plain address; "),
        ("day", {"at_least": 1}, "'day' is no fact for this; known: abroad, agreement"),
    ],
)
def test_a_wrong_term_is_explained(fact: str, given: Any, message: str) -> None:  # noqa: ANN401 - YAML values
    with pytest.raises(Invalid) as caught:
        conditions(DOCUMENT, (), {fact: given}, WORDS)
    (complaint,) = caught.value.complaints
    assert complaint.message.startswith(message)


def test_every_complaint_about_terms_is_given_at_once_and_none_is_no_condition() -> None:
    with pytest.raises(Invalid) as caught:
        conditions(DOCUMENT, (), {"people": 5, "gap": "any", "released": 1}, WORDS)
    assert len(caught.value.complaints) == 3
    with pytest.raises(Invalid, match=r"there is no condition; name at least one fact$"):
        conditions(DOCUMENT, (), {}, WORDS)
    with pytest.raises(Invalid, match="'gaps' is no fact for this; known: entities, people"):
        conditions(DOCUMENT, (), {"gaps": "any"}, WORDS, ("entities", "people"))


def test_every_fact_but_the_day_has_a_word_and_every_word_a_fact() -> None:
    assert {*SPECS} - {"released"} == {str(fact) for fact in FactName} - {"day"}


@pytest.mark.parametrize(
    ("fact", "given", "is_from_below"),
    [
        ("people", {"at_least": 1}, True),
        ("people", {"at_most": 1}, False),
        ("gaps", "any", True),
        ("gaps", "none", False),
        ("gaps", ["corrupt"], True),
        ("gaps", {"only": ["corrupt"]}, False),
        ("protected_thread", True, True),
        ("protected_thread", False, False),
    ],
)
def test_a_term_holds_more_easily_with_more_or_with_less(fact: str, given: Any, *, is_from_below: bool) -> None:  # noqa: ANN401 - YAML values
    (condition,) = conditions(DOCUMENT, (), {fact: given}, WORDS)
    assert condition.is_from_below is is_from_below


def test_an_address_is_called_by_itself_and_by_its_domain() -> None:
    assert keys_of("Ann.Lee@NHS.Net") == {"ann.lee@nhs.net", "@nhs.net"}
    assert keys_of("ann@ward.nhs.net") == {"ann@ward.nhs.net", "@ward.nhs.net"}
    for strange in ("", "no address", "a@b@nhs.net", "a@nhs.net."):
        assert keys_of(strange) == frozenset()


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome.DELIVER, {"seal:aes256", "strip:labels", "tell:officer", "delay:5m", "retain:x"}),
        (Outcome.QUARANTINE, {"ask:reason", "tell:officer"}),
        (Outcome.REFUSE, {"tell:officer"}),
    ],
)
def test_an_outcome_owes_what_belongs_to_it(outcome: Outcome, expected: set[str]) -> None:
    assert (
        owed(["seal:aes256", "strip:labels", "ask:reason", "tell:officer", "delay:5m", "retain:x"], outcome) == expected
    )


def test_what_is_owed_is_text_whatever_it_was() -> None:
    assert owed([Obligation.ASK_REASON, Obligation.REDACT], Outcome.QUARANTINE) == {"ask:reason"}


def one_rule(text: str) -> Rule:
    """Return the rule `new/rule` of a policy set with one more file."""
    policy = parse_policy({**FILES, "rules/new.yaml": f"rules:\n  - id: new/rule\n    says: S.\n    source: X\n{text}"})
    return next(rule for rule in (*policy.rules, *policy.observed) if rule.id == "new/rule")


def test_a_rule_is_read_whole() -> None:
    rule = one_rule(
        "    when: {gaps: any, network: public}\n"
        "    unless:\n      - {released: true}\n      - {consent: given, hours: open}\n"
        '    then: {outcome: refuse, obligations: ["tell:officer"]}\n'
    )
    assert (rule.says, rule.source, rule.observes) == ("S.", "X", False)
    assert (rule.outcome, rule.obligations) == (Outcome.REFUSE, frozenset({"tell:officer"}))
    assert [each.words for each in rule.when] == ["gaps any", "network public"]
    assert [[each.words for each in exception] for exception in rule.unless] == [
        ["released"],
        ["consent given", "hours open"],
    ]
    assert (rule.written.file, rule.written.line, rule.written.column) == ("policies/rules/new.yaml", 2, 5)
    assert (rule.reason.rule, rule.reason.file, rule.reason.line, rule.reason.says) == (
        "new/rule",
        "policies/rules/new.yaml",
        2,
        "S.",
    )


def test_a_rule_may_owe_that_labels_are_stripped_and_nothing_else() -> None:
    rule = one_rule("    when: {network: public}\n    then: {obligations: [strip:labels]}\n")
    assert (rule.outcome, rule.obligations) == (None, frozenset({"strip:labels"}))


def test_a_rule_holds_from_its_first_day_up_to_its_last() -> None:
    rule = one_rule(
        "    from: 2026-06-01\n    until: 2026-07-01\n    when: {gaps: any}\n    then: {outcome: quarantine}\n"
    )
    assert [each.words for each in rule.when] == ["gaps any", "from 2026-06-01", "before 2026-07-01"]
    first, last = date(2026, 6, 1).toordinal(), date(2026, 6, 30).toordinal()
    assert [(each.fact, each.operator, each.operand) for each in rule.when[1:]] == [
        (F.DAY, O.AT_LEAST, first),
        (F.DAY, O.AT_MOST, last),
    ]
    assert len(one_rule("    when: {gaps: any}\n    then: {outcome: quarantine}\n").when) == 1


def test_a_rule_that_observes_is_kept_apart() -> None:
    text = "rules:\n  - {id: a/b, says: S., source: X, mode: observe, when: {gaps: any}, then: {outcome: refuse}}\n"
    policy = parse_policy({**FILES, "rules/new.yaml": text})
    assert [rule.id for rule in policy.observed] == ["a/b"]
    assert "a/b" not in {rule.id for rule in policy.rules}
    assert {rule.id for rule in policy.rules} == {rule.id for rule in parse_policy(FILES).rules}


def test_rules_and_raises_come_by_id_and_laws_of_the_house_first() -> None:
    policy = parse_policy(FILES)
    assert [rule.id for rule in policy.rules] == sorted(rule.id for rule in policy.rules)
    assert [each.id for each in policy.raises] == sorted(each.id for each in policy.raises)
    ours = [law.id.startswith("house/") for law in policy.laws]
    assert ours == sorted(ours, reverse=True)
    assert sum(ours) == 5
    assert {each.to for each in policy.raises} == {Tier.PROTECT}


def test_a_raise_to_official_is_one() -> None:
    tiers = (
        FILES["tiers.yaml"] + "  - {id: z, says: Z., source: X, when: {entities: {BIC: {at_least: 1}}}, to: OFFICIAL}\n"
    )
    assert [each.to for each in parse_policy({**FILES, "tiers.yaml": tiers}).raises if each.id == "z"] == [
        Tier.OFFICIAL
    ]


def test_names_of_plug_ins_are_entities_and_groups_are_not() -> None:
    tiers = FILES["tiers.yaml"].replace("entities_of_plugins: []", "entities_of_plugins: [STAFF_BADGE]")
    policy = parse_policy({**FILES, "tiers.yaml": tiers})
    assert "STAFF_BADGE" in policy.entities
    assert "CHILDREN" not in policy.entities
    assert policy.groups["CHILDREN"] == {"CHILD_SAFEGUARDING", "UPN"}


def test_words_of_the_schemes_may_stand_in_rules_and_those_with_a_name_in_them_may_not() -> None:
    rule = one_rule("    when: {descriptors: [LOCSEN]}\n    then: {outcome: quarantine}\n")
    assert rule.when[0].operand == frozenset({"LOCSEN"})
    with pytest.raises(Invalid, match="'NOSUCH' is not allowed"):
        one_rule("    when: {descriptors: [NOSUCH]}\n    then: {outcome: quarantine}\n")


def test_the_hash_tells_names_and_texts_apart() -> None:
    assert hash_of({"a": "bc"}) != hash_of({"ab": "c"})
    assert hash_of({"a": "b", "c": "d"}) == hash_of({"c": "d", "a": "b"})
    assert hash_of({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "SHA-256 of nothing"
    told = b"".join(len(each).to_bytes(8, "big") + each for each in (b"a", b"b", b"c", b"d"))
    assert hash_of({"c": "d", "a": "b"}) == hashlib.sha256(told).hexdigest()


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("domains.yaml", DomainsFile),
        ("laws.yaml", LawsFile),
        ("routes.yaml", RoutesFile),
        ("tiers.yaml", TiersFile),
        ("cases/a.yaml", CasesFile),
        ("domains/a.yaml", MoreDomainsFile),
        ("rules/a.yaml", RulesFile),
        ("detectors.yaml", None),
        ("schemes/a.yaml", None),
        ("units.yaml", None),
        ("rulesets.yaml", None),
    ],
)
def test_a_file_has_the_shape_of_its_name(name: str, shape: type | None) -> None:
    assert shape_of(name) is shape


@pytest.mark.parametrize("name", ["domains.yaml", "laws.yaml", "routes.yaml", "tiers.yaml"])
def test_a_file_that_every_set_has_is_missed(name: str) -> None:
    files = {each: text for each, text in FILES.items() if each != name}
    with pytest.raises(Invalid) as caught:
        parse_policy(files)
    assert f"policies/{name}:1:1: this file is missing; every policy set has one" in [
        str(each) for each in caught.value.complaints
    ]


def test_a_set_without_rules_is_refused() -> None:
    files = {name: text for name, text in FILES.items() if not name.startswith("rules/")}
    with pytest.raises(Invalid, match="policies/rules/:1:1: there is no rule, so everything would be held"):
        parse_policy(files)
    with pytest.raises(Invalid, match=r"policies/rules/a.yaml:1:1: there is no rule, so everything would be held"):
        parse_policy({**files, "rules/a.yaml": "rules: []\n"})


def test_a_golden_case_says_only_what_is_unusual() -> None:
    given = Given(recipient="a@b.example")
    assert circumstances(given, ("exampleshire.example",)) == Circumstances(
        at=datetime(2026, 6, 3, 10, tzinfo=UTC),
        sender="officer@exampleshire.example",
        recipient="a@b.example",
        can=frozenset({"zip"}),
        size=1000,
    )
    assert CasesFile(cases=()).internal_domains == ("exampleshire.example",)


def test_a_golden_case_may_say_everything() -> None:
    given = Given.model_validate(
        {
            "at": "2026-01-02T03:04",
            "sender": "s@b.example",
            "recipient": "r@exampleshire.example",
            "chosen": "internet",
            "subject": "[secure] plan",
            "marking": "PROTECT",
            "marking_status": "marked",
            "thread": "OFFICIAL",
            "attachment_above": True,
            "descriptors": ["STAFF"],
            "caveats": ["UK EYES ONLY"],
            "entities": {"UPN": 2, "NINO": 1},
            "people": 3,
            "gaps": ["corrupt"],
            "recipients": {"all": 4},
            "can": ["pgp"],
            "new": True,
            "protected_thread": True,
            "reason_given": True,
            "consent": "given",
            "released_by": ["officer", ""],
            "size": 5,
        }
    )
    assert circumstances(given, ("exampleshire.example",)) == Circumstances(
        at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        sender="s@b.example",
        recipient="r@exampleshire.example",
        internal=True,
        route="internet",
        encrypt_requested=True,
        marking=Tier.PROTECT,
        marking_status=MarkingStatus.MARKED,
        thread=Tier.OFFICIAL,
        attachment_above=True,
        descriptors=frozenset({"STAFF"}),
        caveats=frozenset({"UK EYES ONLY"}),
        entities=(("NINO", 1), ("UPN", 2)),
        people=3,
        gaps=frozenset({GapKind.CORRUPT}),
        recipients=((Counted.ALL, 4),),
        can=frozenset({"pgp"}),
        is_new=True,
        is_protected_thread=True,
        reason_given=True,
        consent=Consent.GIVEN,
        approvals=2,
        approved_by=frozenset({"officer"}),
        size=5,
    )


IN_WELSH: Final = """
rules:
  - id: x/big
    says: A big file is refused.
    welsh: Gwrthodir ffeil fawr.
    source: none
    when: {size: {at_least: 900}}
    then: {outcome: refuse}
"""


def test_what_a_rule_says_in_welsh_is_quoted_beside_the_english_and_decides_nothing() -> None:
    without = IN_WELSH.replace("    welsh: Gwrthodir ffeil fawr.\n", "")
    welsh, english = (parse_policy(FILES | {"rules/x.yaml": text}) for text in (IN_WELSH, without))
    said, unsaid = (decide(policy, replace(PLAIN, size=900)) for policy in (welsh, english))
    reason = next(each for each in said.reasons if each.rule == "x/big")
    assert (reason.says, reason.welsh) == ("A big file is refused.", "Gwrthodir ffeil fawr.")
    assert reason.words("cy") == Said(text="Gwrthodir ffeil fawr.", language="cy")
    assert replace(reason, welsh="").words("cy") == reason.words("en") == reason.words("fr") == Said(text=reason.says)
    assert said.policy != unsaid.policy, "the hash covers it"
    assert [(each.rule, each.says, each.about) for each in said.reasons] == [
        (each.rule, each.says, each.about) for each in unsaid.reasons
    ]
    assert replace(said, policy="", reasons=()) == replace(unsaid, policy="", reasons=())


def test_a_verdict_names_the_policy_that_made_it() -> None:
    policy = parse_policy(FILES)
    assert decide(policy, PLAIN).policy == policy.hash == hash_of(FILES)
