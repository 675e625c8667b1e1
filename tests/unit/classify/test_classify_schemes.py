from __future__ import annotations

import pytest

from gateway.classify.marking.grammar import Grammar
from gateway.classify.marking.schemes import PROFILES, Scheme, parse_schemes
from gateway.errors import Invalid
from gateway.model.tier import Tier
from tests.unit.classify.classifying import SCHEMES

OLD = {**SCHEMES, PROFILES: SCHEMES[PROFILES].replace("use: uk-2026", "use: seeds-2014")}
LEVELS = "tiers:\n  - tier: SECRET\n    words: [A]\n"
SHOWN = "\n".join(f"      {tier.label}: X" for tier in Tier if tier is not Tier.UNMARKED)
ONE = f"use: p\nprofiles:\n  - name: p\n    schemes: [x]\n    shown:\n{SHOWN}\n"


def scheme(name: str) -> Scheme:
    [found] = [each for each in parse_schemes(SCHEMES) if each.name == name]
    return found


def test_every_tier_has_words_in_the_shipped_schemes() -> None:
    tiers = {level.tier for each in parse_schemes(SCHEMES) for level in each.levels}
    assert tiers == set(Tier) - {Tier.UNMARKED}


def test_the_old_scheme_has_its_seven_words() -> None:
    table = {level.phrase: level.tier.label for level in scheme("gpms").levels}
    assert table["NOT PROTECTIVELY MARKED"] == table["UNCLASSIFIED"] == "UNCLASSIFIED"
    assert table["PROTECT"] == table["PROTECTED"] == "PROTECT"
    assert [table[word] for word in ("RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP SECRET")] == [
        "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP SECRET",
    ]  # fmt: skip


def test_both_profiles_read_every_scheme_so_that_nothing_passes_unread() -> None:
    shipped = {name.removeprefix("schemes/").removesuffix(".yaml") for name in SCHEMES if name.startswith("schemes/")}
    for files in (SCHEMES, OLD):
        assert {each.name for each in parse_schemes(files)} == shipped - {"profiles"}


@pytest.mark.parametrize("phrase", sorted({each.phrase for found in parse_schemes(SCHEMES) for each in found.levels}))
def test_no_profile_reads_a_word_lower_than_the_other(phrase: str) -> None:
    readings = [Grammar(parse_schemes(files)).read(phrase) for files in (SCHEMES, OLD)]
    assert len({reading and (reading.tier, reading.is_whole) for reading in readings}) == 1


def test_a_shared_word_belongs_to_the_first_scheme_of_the_profile() -> None:
    read = [Grammar(parse_schemes(files)).read("SECRET") for files in (SCHEMES, OLD)]
    assert [reading and reading.scheme for reading in read] == ["gsc", "gpms"]


@pytest.mark.parametrize(
    ("tier", "today", "before"),
    [
        (Tier.PROTECT, "OFFICIAL-SENSITIVE", "PROTECT"),
        (Tier.OFFICIAL_SENSITIVE, "OFFICIAL-SENSITIVE", "PROTECT"),
        (Tier.RESTRICTED, "OFFICIAL-SENSITIVE", "RESTRICTED"),
        (Tier.CONFIDENTIAL, "SECRET", "CONFIDENTIAL"),
        (Tier.UNCLASSIFIED, "OFFICIAL", "UNCLASSIFIED"),
    ],
)
def test_a_tier_is_shown_in_the_words_of_the_scheme_in_force(tier: Tier, today: str, before: str) -> None:
    assert (parse_schemes(SCHEMES).shown[tier], parse_schemes(OLD).shown[tier]) == (today, before)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("title: x", "1:1: the scheme has no words"),
        ("tier: []", "1:1: there is no key 'tier' here; did you mean 'tiers'?"),
        ("tiers:\n  - tier: SECRT\n    words: [A]", "2:11: there is no tier 'SECRT'; did you mean 'SECRET'?"),
        ("tiers:\n  - tier: SECRET\n    words: [a]", "3:13: words are text in capitals"),
        ("tiers:\n  - tier: SECRET\n    words: A", "3:12: 'words' must be a list"),
        ("tiers:\n  - tier: SECRET\n    weight: no", "3:13: 'weight' is a whole number"),
        (f"{LEVELS}codewords: 3", "4:12: 'codewords' is true or false"),
        (f"{LEVELS}introduced: 7", "4:13: 'introduced' must be text"),
        (f"{LEVELS}caveats: ['*']", "4:11: caveats are text in capitals"),
        (f"{LEVELS}fields:\n  - labels: [B]", "5:5: a field has 'labels'"),
        (f"{LEVELS}malformed:\n  - code: x", "5:5: a malformed marking has a 'code'"),
        (f"{LEVELS}malformed:\n  - code: x\n    words: [B]\n    tiers: [LOW]", "7:13: there is no tier 'LOW'"),
        ("- text", "1:1: a mapping must stand here"),
    ],
)
def test_a_scheme_that_may_not_load_says_where_and_why(text: str, complaint: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_schemes({"schemes/x.yaml": text, PROFILES: ONE})
    assert f"policies/schemes/x.yaml:{complaint}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (ONE.replace("use: p", "use: q"), "1:6: there is no profile 'q'"),
        (ONE.replace("[x]", "[y]"), "4:15: there is no scheme 'y' in policies/schemes/"),
        (ONE.replace("[x]", "[x, x]"), "4:18: 'x' is named twice"),
        (ONE.replace("[x]", "[]"), "3:5: there is no scheme; name at least one"),
        (ONE.replace("      SECRET: X\n", ""), "6:7: SECRET: say how these are shown"),
        (ONE + ONE.partition("profiles:\n")[2], "14:5: there is a profile 'p' already"),
        (ONE.replace("shown", "show"), "5:5: there is no key 'show' here; did you mean 'shown'?"),
    ],
)
def test_a_profile_that_may_not_load_says_where_and_why(text: str, complaint: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_schemes({"schemes/x.yaml": LEVELS, PROFILES: text})
    assert f"policies/schemes/profiles.yaml:{complaint}" in str(caught.value)


def test_without_profiles_nothing_loads() -> None:
    with pytest.raises(Invalid, match=r"policies/schemes/profiles\.yaml:1:1: this file is missing"):
        parse_schemes({"schemes/x.yaml": LEVELS})


def test_all_complaints_of_all_files_come_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        parse_schemes({"schemes/a.yaml": "x: 1", "schemes/b.yaml": "y: 1", PROFILES: "z: 1"})
    assert {each.file for each in caught.value.complaints} == {
        "policies/schemes/a.yaml", "policies/schemes/b.yaml", "policies/schemes/profiles.yaml",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("OFFICIAL - FOR PUBLIC RELEASE", ()),
        ("OFFICIAL-SENSITIVE - FOR PUBLIC RELEASE", ("release_of_sensitive",)),
        ("SECRET - UK EYES ONLY", ()),
        ("OFFICIAL - UK EYES ONLY", ("eyes_only_below_secret",)),
        ("OFFICIAL - LEGAL", ()),
        ("SECRET - LEGAL", ("legal_above_official",)),
        ("OFFICIAL-SENSITIVE - RECIPIENTS ONLY", ()),
        ("OFFICIAL - RECIPIENTS ONLY", ("recipients_only_on_official",)),
        ("SECRET - HMG USE ONLY", ()),
        ("TOP SECRET - HMG USE ONLY", ("hmg_use_on_top_secret",)),
        ("OFFICIAL - EMBARGOED UNTIL 09:30 5 May 2026", ()),
        ("OFFICIAL - EMBARGOED", ("embargo_without_date",)),
        ("TOP SECRET - EMBARGOED UNTIL 09:30 5 May 2026", ("embargo_on_top_secret",)),
        ("OFFICIAL-SENSITIVE - RECIPIENTS ONLY - COMMERCIAL", ()),
        ("OFFICIAL-SENSITIVE - COMMERCIAL - RECIPIENTS ONLY", ("wrong_order",)),
        ("SECRET - UMBRA - UK EYES ONLY", ()),
        ("SECRET - UK EYES ONLY - UMBRA", ("wrong_order",)),
        ("OFFICIAL - COMMERCIAL - SENSITIVE", ("sensitive_out_of_place",)),
    ],
)
def test_what_the_policy_of_2024_does_not_allow_is_told(written: str, codes: tuple[str, ...]) -> None:
    reading = Grammar(parse_schemes(SCHEMES)).read(written)
    assert reading is not None
    assert reading.is_whole
    assert reading.malformed == codes


@pytest.mark.parametrize(
    ("written", "descriptors", "caveats"),
    [
        ("PROTECT - PERSONAL", ("PERSONAL",), ()),
        ("OFFICIAL-SENSITIVE [COMMERCIAL]", ("COMMERCIAL",), ()),
        ("OFFICIAL-SENSITIVE - HMG USE ONLY - LEGAL PROFESSIONAL PRIVILEGE (LPP)",
         ("LEGAL PROFESSIONAL PRIVILEGE", "LPP"), ("HMG USE ONLY",)),
        ("TOP SECRET - RECIPIENTS ONLY - PERSONAL DATA - UMBRA - UK/US EYES ONLY",
         ("PERSONAL DATA",), ("RECIPIENTS ONLY", "UMBRA", "UK/US EYES ONLY")),
        ("SECRET//AUSTEO//CABINET", (), ("AUSTEO", "CABINET")),
        ("SECRET - MEETING tomorrow", (), ()),
        ("OFFICIAL - SECRET", (), ()),
        ("PROTECT - PERSONAL details", (), ()),
    ],
)  # fmt: skip
def test_what_stands_behind_a_level_is_told_apart(
    written: str, descriptors: tuple[str, ...], caveats: tuple[str, ...]
) -> None:
    reading = Grammar(parse_schemes(SCHEMES)).read(written)
    assert reading is not None
    assert (reading.descriptors, reading.caveats) == (descriptors, caveats)


@pytest.mark.parametrize(
    ("written", "tier"),
    [
        ("RESTRICTED ATOMIC", Tier.SECRET),
        ("CONFIDENTIAL - STRAP 2", Tier.SECRET),
        ("TOP SECRET STRAP1 UMBRA", Tier.TOP_SECRET),
        ("PROTECT IL3", Tier.RESTRICTED),
        ("RESTRICTED - IL2", Tier.RESTRICTED),
        ("PROTECTED", Tier.PROTECT),
        ("PROTECTED//CABINET", Tier.RESTRICTED),
    ],
)
def test_what_stands_behind_a_level_may_raise_it_and_never_lowers_it(written: str, tier: Tier) -> None:
    reading = Grammar(parse_schemes(SCHEMES)).read(written)
    assert reading is not None
    assert reading.tier is tier
