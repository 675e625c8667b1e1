"""Which method seals for whom: the house's order, what they can open, keys, passphrases, and bars of the policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotSealed
from gateway.model.verdict import METHODS
from gateway.protect import Encryptor, Envelope, Plain
from gateway.protect.choice import Choice
from gateway.protect.passphrase import Told, Words

KEYED, WORDED = ("pgp", "smime"), ("zip", "pdf", "7z", "html")
ANYBODY = "alice@partner.example"
NONE: frozenset[str] = frozenset()


@dataclass
class ByKey:
    """Seals for those whose key it has."""

    name: str
    keys: frozenset[str] = frozenset({ANYBODY})
    by_passphrase: bool = False

    def may_seal_for(self, recipient: str) -> bool:
        return recipient in self.keys

    def seal(self, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str) -> Envelope:
        raise AssertionError("nothing is sealed here", parts, recipient, name, desk, words)


@dataclass
class ByWords:
    """Seals for anybody."""

    name: str
    by_passphrase: bool = True

    def seal(self, parts: Sequence[Plain], recipient: str, name: str, desk: Path, words: str) -> Envelope:
        raise AssertionError("nothing is sealed here", parts, recipient, name, desk, words)


@dataclass
class Ways:
    """Passphrases that are told in one way."""

    told: Told = Told.SENDER

    def way(self, _recipient: str) -> Told:
        return self.told

    def draw(self, _recipient: str) -> Words:
        return Words(text="a-b-c", told=self.told)


def choice(
    *,
    keys: Sequence[str] = KEYED,
    methods: Sequence[str] = METHODS,
    told: Told = Told.SENDER,
    opens: Sequence[str] = (),
) -> Choice:
    encryptors: list[Encryptor] = [ByKey(each, NONE if each not in keys else frozenset({ANYBODY})) for each in KEYED]
    encryptors += [ByWords(each) for each in WORDED]
    return Choice({each.name: each for each in encryptors}, methods, Ways(told), lambda _: opens)


def chosen(made: Choice, *, may_tell: bool = True, barred: frozenset[str] = NONE, apart: bool = False) -> str:
    return made.chosen(ANYBODY, may_tell=may_tell, barred=barred, apart=apart).name


@pytest.mark.parametrize(
    ("methods", "keys", "opens", "barred", "expected"),
    [
        (METHODS, KEYED, (), set(), "pgp"),
        (METHODS, (), (), set(), "zip"),
        (("7z", "zip"), KEYED, (), set(), "7z"),  # what is not in the order is not used
        (METHODS, KEYED, (), {"pgp", "smime"}, "zip"),
        (METHODS, KEYED, ("pdf", "pgp"), set(), "pdf"),  # their order comes before ours
        (METHODS, KEYED, ("pdf", "pgp"), {"pdf"}, "pgp"),
        (METHODS, (), ("pgp", "html"), set(), "html"),
        (("pgp", "zip"), (), ("pdf", "zip"), set(), "zip"),
    ],
)
def test_the_first_that_works_is_chosen(
    methods: Sequence[str], keys: Sequence[str], opens: Sequence[str], barred: set[str], expected: str
) -> None:
    assert chosen(choice(keys=keys, methods=methods, opens=opens), barred=frozenset(barred)) == expected


@pytest.mark.parametrize(
    ("made", "arguments", "said"),
    [
        (choice(keys=(), opens=("pgp",)), {}, "pgp has no usable key of theirs"),
        (choice(methods=("zip",), opens=("pdf",)), {}, "pdf is not among the methods of this gateway"),
        (choice(methods=("zip",)), {"barred": frozenset({"zip"})}, "zip is barred by a rule"),
        (choice(methods=("zip",)), {"may_tell": False}, "nobody can tell it apart from the message"),
        (choice(methods=("zip",)), {"apart": True}, "there is no other channel to tell it by"),
        (choice(methods=()), {}, "this gateway has none"),
    ],
)
def test_where_none_works_the_reason_names_each_and_what_to_do(
    made: Choice, arguments: dict[str, bool], said: str
) -> None:
    with pytest.raises(NotSealed) as caught:
        chosen(made, **arguments)  # type: ignore[arg-type]  # each case names its own
    assert said in caught.value.message
    for way_out in ("import a key", "agree a passphrase", "allow another method"):
        assert way_out in caught.value.message


@pytest.mark.parametrize(("told", "works"), [(Told.SENDER, False), (Told.CHANNEL, True), (Told.AGREED, True)])
def test_another_channel_is_one_of_its_own_or_an_old_agreement(told: Told, works: bool) -> None:  # noqa: FBT001 - a case
    made = choice(methods=("zip",), told=told)
    assert made.can(ANYBODY, may_tell=True) == {"zip"}
    assert made.can(ANYBODY, may_tell=False) == ({"zip"} if works else set())
    if works:
        assert chosen(made, apart=True, may_tell=False) == "zip"
    else:
        with pytest.raises(NotSealed):
            chosen(made, apart=True)


def test_a_key_needs_no_other_channel() -> None:
    assert chosen(choice(), apart=True, may_tell=False) == "pgp"


def test_only_methods_by_passphrase_have_one_to_tell() -> None:
    made = choice(told=Told.CHANNEL)
    told = {each.name: made.told(ANYBODY, each) for each in (ByKey("pgp"), ByWords("zip"))}
    assert told == {"pgp": None, "zip": Told.CHANNEL}


ORDERS = st.lists(st.sampled_from(METHODS), unique=True)


@given(
    methods=ORDERS, opens=ORDERS, keys=st.sets(st.sampled_from(KEYED)), barred=st.frozensets(st.sampled_from(METHODS)),
    told=st.sampled_from(Told), may_tell=st.booleans(), apart=st.booleans(),
)  # fmt: skip
def test_what_is_chosen_is_what_a_plain_reading_says(
    methods: list[str],
    opens: list[str],
    keys: set[str],
    barred: frozenset[str],
    told: Told,
    *,
    may_tell: bool,
    apart: bool,
) -> None:
    made = choice(keys=sorted(keys), methods=methods, told=told, opens=opens)
    tellable = told is not Told.SENDER or (may_tell and not apart)
    allowed = [each for each in (opens or methods) if each in methods and each not in barred]
    fit = [each for each in allowed if (each in keys if each in KEYED else tellable)]
    try:
        found = chosen(made, may_tell=may_tell, barred=barred, apart=apart)
    except NotSealed:
        found = ""
    assert found == (fit[0] if fit else "")
    assert not found or found in made.can(ANYBODY, may_tell=may_tell)


def test_every_method_that_can_be_chosen_is_one_that_they_can_take() -> None:
    for keys, told, may_tell in product(((), KEYED), Told, (True, False)):
        made = choice(keys=keys, told=told)
        for method in made.can(ANYBODY, may_tell=may_tell):
            assert chosen(made, may_tell=may_tell, barred=frozenset(METHODS) - {method}) == method


@pytest.mark.parametrize(
    ("keys", "methods", "expected"),
    [(KEYED, METHODS, "pgp"), (KEYED, ("zip", "smime"), "smime"), (("smime",), METHODS, "smime")],
)
def test_where_a_key_is_wanted_no_passphrase_will_do(
    keys: Sequence[str], methods: Sequence[str], expected: str
) -> None:
    made = choice(keys=keys, methods=methods, told=Told.AGREED)
    found = made.chosen(ANYBODY, may_tell=True, barred=NONE, apart=False, by_key=True)
    assert found.name == expected


def test_where_a_key_is_wanted_and_there_is_none_nothing_is_sealed_with_less() -> None:
    with pytest.raises(NotSealed, match="zip opens with a passphrase, and a key of theirs is wanted"):
        choice(keys=()).chosen(ANYBODY, may_tell=True, barred=NONE, apart=False, by_key=True)
