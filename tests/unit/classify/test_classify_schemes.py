from __future__ import annotations

import pytest

from gateway.classify.marking.schemes import parse_schemes
from gateway.errors import Invalid
from gateway.model.tier import Tier
from tests.unit.classify.classifying import SCHEMES


def test_every_tier_has_words_in_the_shipped_schemes() -> None:
    tiers = {level.tier for scheme in parse_schemes(SCHEMES) for level in scheme.levels}
    assert tiers == set(Tier) - {Tier.UNMARKED}


def test_the_old_scheme_has_its_seven_words() -> None:
    [gpms] = [scheme for scheme in parse_schemes(SCHEMES) if scheme.name == "gpms"]
    table = {level.phrase: level.tier.label for level in gpms.levels}
    assert table["NOT PROTECTIVELY MARKED"] == table["UNCLASSIFIED"] == "UNCLASSIFIED"
    assert table["PROTECT"] == table["PROTECTED"] == "PROTECT"
    assert [table[word] for word in ("RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP SECRET")] == [
        "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP SECRET",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("schemes: []", "1:1: there is no scheme"),
        ("scheme: []", "1:1: there is no key 'scheme' here; did you mean 'schemes'?"),
        ("schemes:\n  - name: x\n    tiers: []", "2:5: the scheme has no words"),
        ("schemes:\n  - tiers:\n    - tier: SECRET\n      words: [A]", "2:5: the scheme has no name"),
        (
            "schemes:\n  - name: x\n    tiers:\n    - tier: SECRT\n      words: [A]",
            "4:13: there is no tier 'SECRT'",
        ),
        (
            "schemes:\n  - name: x\n    tiers:\n    - tier: SECRET\n      words: [a]",
            "5:15: words are text in ASCII",
        ),
        ("schemes:\n  - name: x\n    tiers:\n    - tier: SECRET\n      words: A", "5:14: 'words' must be a list"),
        ("schemes:\n  - name: x\n    codewords: 3\n    tiers: []", "3:16: 'codewords' is true or false"),
        ("schemes:\n  - name: x\n    tiers:\n    - tier: SECRET\n      weight: no", "5:15: 'weight' is a whole number"),
        ("schemes:\n  - name: 7\n    tiers: []", "2:11: 'name' must be text"),
        ("schemes:\n  - text", "2:5: a mapping must stand here"),
    ],
)
def test_a_scheme_that_may_not_load_says_where_and_why(text: str, complaint: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_schemes(text, "schemes.yaml")
    assert f"schemes.yaml:{complaint}" in str(caught.value)


def test_two_schemes_of_one_name_are_refused() -> None:
    one = "  - name: x\n    tiers:\n    - tier: SECRET\n      words: [A]\n"
    with pytest.raises(Invalid, match="6:5: there is a scheme 'x' already"):
        parse_schemes(f"schemes:\n{one}{one}")
