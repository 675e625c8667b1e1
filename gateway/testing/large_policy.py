"""A large policy made from a smaller one: hundreds of rules over every kind of fact, each with a golden case.

It is what a big authority would write in years: one rule for this partner, two for that unit, a hold for a country, a
threshold for a kind of number. The cases expect what the policy itself says, so it loads; it shows that proving and
deciding stay fast, not that the rules are wise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from typing import Any, Final, TypeAlias

import yaml

from gateway.decide.cases import facts_of_case
from gateway.decide.evaluate import decide, effective_tier
from gateway.decide.parse import parse_policy
from gateway.decide.policy import Policy
from gateway.decide.shapes import Given

Terms: TypeAlias = dict[str, Any]
Planned: TypeAlias = tuple[str, Terms, "list[Terms]", Terms, Terms]
"""Name, `when`, `unless`, `then` of a rule, and the `given` of its case."""
OURS: Final = "exampleshire.example"
PUBLIC: Final = "resident@mail.example"
PROTECT: Final[Terms] = {"marking": "PROTECT", "marking_status": "marked"}
FROM_PROTECT: Final[Terms] = {"tier": {"at_least": "PROTECT"}}
OUTSIDE: Final = ["off-internet", "public", "verified-tls"]
HOLD: Final[Terms] = {"outcome": "quarantine"}
ASK: Final[Terms] = {"outcome": "quarantine", "obligations": ["ask:reason", "tell:information-governance"]}
RELEASED: Final[Terms] = {"released": True}
COUNTRIES: Final = "BR IN CN RU TR ZA NG KE EG MA MX CL PE VN TH MY PH ID PK BD LK NP UA RS GE AM".split()  # noqa: SIM905 - a list of words
COUNTED: Final = "NHS_NUMBER NINO UTR PASSPORT DRIVING_LICENCE UPN ULN BANK_ACCOUNT IBAN PAYMENT_CARD".split()  # noqa: SIM905 - the same
KINDS: Final = "police court health education voluntary supplier council probation housing legal".split()  # noqa: SIM905 - the same
ROLES: Final = ("caldicott-guardian", "information-governance", "head-of-legal", "safeguarding-lead")
PARTNERS, UNITS = 60, 24


class _Plain(yaml.SafeDumper):
    """Writes everything out: policy files know no anchors."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _written(value: Terms) -> str:
    return yaml.dump(value, Dumper=_Plain, sort_keys=False)


def large_policy(files: Mapping[str, str], rules: int = 300) -> dict[str, str]:
    """Return the files of a policy set with so many rules; `ValueError` where a rule would not show in its case."""
    enough = {**files, **_directory(files)}
    missing = rules - len(parse_policy(enough).rules)
    planned = list(islice(_planned(), max(missing, 0)))
    enough["rules/large.yaml"] = _written({"rules": [_rule(each) for each in planned]})
    policy = parse_policy(enough)
    enough["cases/large.yaml"] = _written({"cases": [_case(each) for each in planned]})
    return enough | dict(_expected_anew(policy, enough))


def _expected_anew(policy: Policy, files: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield every file of cases, with what the policy says of them."""
    for name in [name for name in files if name.startswith("cases/")]:
        known = yaml.safe_load(files[name])
        ours = tuple(known.get("internal_domains", (OURS,)))
        for case in known["cases"]:
            case["expect"] = _expect(policy, case["given"], ours)
            if name == "cases/large.yaml" and case["id"] not in case["expect"]["reasons"]:
                raise ValueError(f"the rule {case['id']} does not show in its case: {case['expect']['reasons']}")
        yield name, _written(known)


def _directory(files: Mapping[str, str]) -> dict[str, str]:
    partners = [
        {"id": f"partner-{n}", "says": f"Partner {n}.", "kind": KINDS[n % len(KINDS)], "country": "GB"}
        | {"domains": [f"partner-{n}.example"]}
        for n in range(PARTNERS)
    ]
    units = [{"id": f"unit-{n}", "says": f"Unit {n}.", "addresses": [f"unit-{n}@{OURS}"]} for n in range(UNITS)]
    kept = [
        {"id": f"class-{n}", "says": f"Class {n}.", "keep": {"years": n + 1}, "begins": "the end", "source": "made up"}
        for n in range(8)
    ]
    return {
        **_added(files, "partners", "partners", partners),
        **_added(files, "units", "units", units),
        **_added(files, "retention", "classes", kept),
    }


def _added(files: Mapping[str, str], name: str, key: str, more: list[Terms]) -> dict[str, str]:
    known = yaml.safe_load(files.get(f"{name}.yaml", f"{key}: []"))[key]
    return {f"{name}.yaml": _written({key: [*known, *more]})}


def _planned() -> Iterator[Planned]:
    """Yield rules of every kind, one of each kind after another."""
    kinds = cycle(
        [_of_partners(), _of_kinds(), _of_units(), _of_countries(), _of_numbers(), _of_addresses(), _of_few()]
    )
    idle = 0
    for kind in kinds:
        found = next(kind, None)
        idle = 0 if found else idle + 1
        if found:
            yield found
        elif idle > 7:  # noqa: PLR2004 - every kind has ended
            raise ValueError("there are no more rules of any kind")


def _of_partners() -> Iterator[Planned]:
    for n in range(PARTNERS):
        given = {"recipient": f"a@partner-{n}.example", **PROTECT}
        when = {"partner": f"partner-{n}", "agreement": ["none", "lapsed", "not_covering"], **FROM_PROTECT}
        yield f"partner-{n}", when, [RELEASED], ASK, given
        tell = {"obligations": [f"tell:{ROLES[n % len(ROLES)]}"]}
        yield (
            f"partner-{n}-people",
            {"partner": f"partner-{n}", "people": {"at_least": 5 + n}},
            [],
            tell,
            given | {"people": 90},
        )


def _of_kinds() -> Iterator[Planned]:
    for n in range(100):
        kind, entity, least = KINDS[n % len(KINDS)], COUNTED[n % 7], 3 + n // len(KINDS)
        given = {"recipient": f"a@partner-{n % len(KINDS)}.example", "entities": {entity: least}}
        when = {"partner_kind": kind, "due_diligence": False, "entities": {entity: {"at_least": least}}}
        unless: list[Terms] = [{"approved_by": [ROLES[n % len(ROLES)]]}, {"approvals": {"at_least": 2}}]
        yield f"kind-{kind}-{n}", when, unless, HOLD, given


def _of_units() -> Iterator[Planned]:
    for n in range(UNITS):
        given = {"sender": f"unit-{n}@{OURS}", "recipient": "a@nhs.net", **PROTECT}
        unit = {"unit": f"unit-{n}"}
        yield f"unit-{n}-kept", unit | FROM_PROTECT, [], {"obligations": [f"retain:class-{n % 8}"]}, given
        late = {"obligations": [f"delay:{n + 5}m"]}
        yield f"unit-{n}-late", unit | {"hours": "closed"}, [], late, given | {"at": "2026-06-06T23:00Z"}
        when = unit | {"consent": ["expired", "none", "restricted"], "entities": {"HEALTH": {"at_least": 2 + n}}}
        yield f"unit-{n}-consent", when, [RELEASED], ASK, given | {"entities": {"HEALTH": 2 + n}}


def _of_countries() -> Iterator[Planned]:
    for code in COUNTRIES:
        given = {"recipient": f"doctor@hospital.{code.lower()}", **PROTECT}
        when = {"country": code, "people": {"at_least": 2}, "network": "public"}
        yield f"country-{code.lower()}", when, [{"approved_by": [ROLES[0]]}], ASK, given | {"people": 2}


def _of_numbers() -> Iterator[Planned]:
    for n in range(1000):
        entity, least = COUNTED[n % len(COUNTED)], 30 + 10 * (n // len(COUNTED))
        given = {"recipient": PUBLIC, "entities": {entity: least}}
        when = {"entities": {entity: {"at_least": least}}, "network": OUTSIDE}
        unless: list[Terms] = [{"approved_by": [ROLES[1]]}, {"consent": "given", "approvals": {"at_least": 1}}]
        yield f"number-{entity.lower()}-{least}", when, unless, HOLD, given


def _of_addresses() -> Iterator[Planned]:
    for n in range(40):
        given = {"recipient": f"a@closed-{n}.example", "sender": f"clerk-{n}@{OURS}", **PROTECT}
        yield f"address-to-{n}", {"recipient": f"@closed-{n}.example", **FROM_PROTECT}, [RELEASED], HOLD, given
        when = {"sender": f"clerk-{n}@{OURS}", "recipients": {"external": {"at_least": 2 + n % 6}}, "network": OUTSIDE}
        yield f"address-from-{n}", when, [{"reason_given": True}], ASK, given | {"recipients": {"external": 9}}


def _of_few() -> Iterator[Planned]:
    """Yield rules over facts with few words."""
    known = {"recipient": "a@nhs.net", **PROTECT}
    for n, word in enumerate(("PERSONAL", "LOCSEN", "MEDICAL", "ADOPTION", "LEGAL")):
        unless = [{"approved_by": [ROLES[n % len(ROLES)]]}]
        given = known | {"descriptors": [word]}
        yield f"few-{word.lower()}", {"descriptors": [word], "network": OUTSIDE}, unless, HOLD, given
    given = known | {"caveats": ["UK EYES ONLY"]}
    yield "few-eyes", {"caveats": ["UK EYES ONLY"], "abroad": ["unknown", "not_adequate"]}, [RELEASED], HOLD, given
    for n, gap in enumerate(("encrypted", "image_not_read", "too_large", "crashed")):
        when = {"gaps": [gap], "recipient_is": ["new"]}
        tell = {"obligations": [f"tell:{ROLES[n]}"]}
        yield f"few-{gap.replace('_', '-')}", when, [], tell, known | {"gaps": [gap], "new": True}
    for n in range(8):
        tell = {"obligations": [f"tell:{ROLES[n % len(ROLES)]}"]}
        yield f"few-size-{n}", {"size": {"at_least": 5_000_000 * (n + 1)}}, [], tell, known | {"size": 90_000_000}
    duty = {"obligations": ["tell:information-governance"]}
    yield "few-mark", {"under_marked": ["attachment"]}, [], duty, known | {"attachment_above": True}
    yield (
        "few-thread",
        {"protected_thread": True, "encrypt_requested": True},
        [],
        duty,
        known
        | {
            "protected_thread": True,
            "subject": "[secure] plan",
        },
    )
    yield "few-status", {"marking_status": {"at_least": "marked"}, "route": "secure-mail"}, [], duty, known
    yield "few-domain", {"domain_status": ["retired"], "can": "any"}, [], duty, {"recipient": "a@x.gsi.gov.uk"}


def _rule(planned: Planned) -> Terms:
    name, when, unless, then, _ = planned
    rule: Terms = {"id": f"large/{name}", "says": f"Made for {name}.", "source": "made up", "when": when}
    return rule | ({"unless": unless} if unless else {}) | {"then": then}


def _case(planned: Planned) -> Terms:
    return {"id": f"large/{planned[0]}", "says": f"Shows {planned[0]}.", "given": planned[-1], "expect": {}}


def _expect(policy: Policy, given: Terms, ours: tuple[str, ...]) -> Terms:
    facts = facts_of_case(policy, Given.model_validate(given), ours)
    verdict = decide(policy, facts)
    return {
        "tier": effective_tier(policy, facts).label,
        "route": verdict.route or "none",
        "outcome": str(verdict.outcome),
        "obligations": sorted(verdict.obligations),
        "reasons": [each.rule for each in verdict.reasons],
    }
