"""Z3 as a second opinion: it proves the same laws of the policy that ships, and of changed ones, as our own search."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from gateway.config.load import read_policy_files
from gateway.decide.parse import parse_policy
from gateway.decide.proof.prove import prove

pytest.importorskip("z3", reason="needs z3-solver, which is not installed")

from tests.unit.decide import second_opinion

FILES: Final = dict(read_policy_files(Path(__file__).parents[3] / "policies"))
Rules = dict[str, dict[str, Any]]
Change = Callable[[Rules], object]


def ours(files: dict[str, str]) -> set[str]:
    return {each.partition(":")[0] for each in prove(parse_policy(files)).proved}


def changed(change: Change) -> dict[str, str]:
    """Return the shipped files with one change to the rules."""
    files = dict(FILES)
    rules: Rules = {}
    for name in [name for name in files if name.startswith("rules/")]:
        rules |= {rule["id"]: rule for rule in yaml.safe_load(files.pop(name))["rules"]}
    change(rules)
    files["rules/all.yaml"] = yaml.safe_dump({"rules": list(rules.values())})
    return files


def without(*ids: str) -> Change:
    return lambda rules: [rules.pop(each) for each in ids]


def with_exception(rule: str, exception: dict[str, Any]) -> Change:
    def change(rules: Rules) -> None:
        known = rules[rule].get("unless") or []
        rules[rule]["unless"] = [*(known if isinstance(known, list) else [known]), exception]

    return change


def with_term(rule: str, **terms: Any) -> Change:  # noqa: ANN401 - YAML values
    return lambda rules: rules[rule]["when"].update(terms)


def without_term(rule: str, term: str) -> Change:
    return lambda rules: rules[rule]["when"].pop(term)


def both(*changes: Change) -> Change:
    return lambda rules: [change(rules) for change in changes]


def planted(**rule: Any) -> Change:  # noqa: ANN401 - YAML values
    return lambda rules: rules.update(planted={"id": "planted", "says": "P.", "source": "none", **rule})


RELEASED: Final = {"released": True}
CHANGES: Final[dict[str, tuple[Change, set[str]]]] = {
    "no seal": (
        without("duty/seal-protected"),
        {"house/protect-public", "law/protected-public"},
    ),
    "seal only above PROTECT": (
        with_term("duty/seal-protected", tier={"at_least": "OFFICIAL-SENSITIVE"}),
        {"house/protect-public", "law/protected-public"},
    ),
    "no TLS": (without("duty/tls-protected"), {"house/protect-verified-tls"}),
    "gaps pass": (without("hold/not-read"), {"law/not-read"}),
    "gaps pass sealed by nobody": (
        without("duty/seal-not-read"),
        {"law/not-read-public"},
    ),
    "RESTRICTED unguarded, and permitted nowhere": (without("restricted/off-internet-only"), set()),
    "RESTRICTED permitted, and guarded": (with_term("permit/secure-domain", tier={"at_most": "RESTRICTED"}), set()),
    "RESTRICTED permitted and unguarded": (
        both(
            without("restricted/off-internet-only"),
            with_term("permit/secure-domain", tier={"at_most": "RESTRICTED"}),
        ),
        {"house/restricted-off-internet", "house/restricted-suspected", "law/restricted-release"},
    ),
    "the sky is open inside": (
        both(
            without("restricted/off-internet-only", "restricted/never-above"),
            with_term("permit/internal", tier={"at_most": "TOP SECRET"}),
        ),
        {
            "house/restricted-off-internet",
            "house/restricted-suspected",
            "law/restricted-release",
            "law/above-restricted",
        },
    ),
    "a release cures certainty": (
        both(
            without_term("permit/released", "marking_status"),
            lambda rules: rules["restricted/off-internet-only"]["unless"].pop("marking_status"),
            lambda rules: rules["restricted/never-above"]["unless"].pop("marking_status"),
        ),
        {"house/restricted-off-internet", "law/restricted-release", "law/above-restricted"},
    ),
    "any officer for the statute": (
        with_exception("people/statute-barred", RELEASED),
        {"law/statute-barred"},
    ),
    "two thousand": (with_term("people/thousand", people={"at_least": 2000}), {"law/thousand"}),
    "a thousand and one": (with_term("people/thousand", people={"at_least": 1001}), {"law/thousand"}),
    "closed domains open": (without("hold/closed-domain"), {"law/closed-domain"}),
    "a fax after a release": (with_exception("recipient/phone-gateway", RELEASED), {"law/phone-gateway"}),
    "media unsealed after a release": (with_exception("duty/seal-removable", RELEASED), {"law/removable-media"}),
    "nobody opens it": (without_term("permit/sealed", "can"), {"house/seal-can-be-made"}),
    "asking in vain": (without("duty/seal-asked"), {"law/asked"}),
    "threads in vain": (without("duty/seal-thread"), {"law/thread"}),
    "no route": (
        both(without("refuse/no-route"), planted(when={"route": "none"}, then={"outcome": "deliver"})),
        {"house/no-route"},
    ),
    "a permit that owes": (
        planted(
            when={"network": "off-internet", "people": {"at_most": 3}},
            then={"outcome": "deliver", "obligations": ["tls:verified"]},
        ),
        {"house/never-milder"},
    ),
    "a permit that owes what all owe": (
        planted(
            when={"network": "public", "tier": {"at_most": "OFFICIAL"}, "can": "any"},
            then={"outcome": "deliver", "obligations": ["tell:officer"]},
        ),
        {"house/never-milder"},
    ),
}


def test_both_prove_every_law_of_the_policy_that_ships() -> None:
    everything = {law.id for law in parse_policy(FILES).laws} | {"house/never-milder", "house/seal-can-be-made"}
    assert ours(FILES) == second_opinion.proved(FILES) == everything


@pytest.mark.parametrize("name", CHANGES)
def test_both_find_the_same_laws_broken(name: str) -> None:
    change, broken = CHANGES[name]
    files = changed(change)
    everything = {law.id for law in parse_policy(FILES).laws} | {"house/never-milder", "house/seal-can-be-made"}
    theirs = second_opinion.proved(files)
    assert ours(files) == theirs
    assert broken <= everything - theirs
    if not broken:
        assert theirs == everything


def test_both_judge_a_law_with_a_bound_that_moved() -> None:
    laws = FILES["laws.yaml"].replace("tier: {at_least: CONFIDENTIAL}", "tier: {at_least: RESTRICTED}", 1)
    files = {**FILES, "laws.yaml": laws}
    assert ours(files) == second_opinion.proved(files)
    assert "law/above-restricted" not in ours(files)
