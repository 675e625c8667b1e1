"""What English says, Welsh says too: every sentence, with the same things put in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Final

import pytest

from gateway.model.inspection import GapKind
from gateway.model.lifecycle import DeliveryState
from gateway.model.tier import Tier
from gateway.model.transfer import Origin, Transfer
from gateway.model.verdict import Obligation, Outcome
from gateway.record.letter import LANGUAGES, Told
from gateway.record.notices import ENDINGS, Ways, notices_due
from gateway.record.welsh import WELSH
from gateway.record.words import ENGLISH
from gateway.testing.values import NOON, a_finding, a_sealed, a_transfer, a_verdict, an_inspection

D = DeliveryState
PLACE: Final = re.compile(r"\{[a-z]*\}")
ALIKE: Final = frozenset({"kinds/IBAN"})
BOTH: Final = (ENGLISH, WELSH)


def sentences(value: object, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield every sentence with where it stands."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from sentences(each, f"{at}/{name}")
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            yield from sentences(each, f"{at}/{number}")
    elif is_dataclass(value):
        for each in fields(value):
            yield from sentences(getattr(value, each.name), f"{at}/{each.name}" if at else each.name)


def test_every_english_sentence_has_its_welsh_and_puts_the_same_in() -> None:
    english, welsh = dict(sentences(ENGLISH)), dict(sentences(WELSH))
    assert len(english) > 130
    assert english.keys() == welsh.keys()
    for at, said in english.items():
        assert bool(said) == bool(welsh[at]), at
        assert sorted(PLACE.findall(said)) == sorted(PLACE.findall(welsh[at])), at
    same = {at for at, said in english.items() if said == welsh[at] and said}
    assert same == ALIKE, "a sentence that was copied and not translated"


def test_both_can_say_all_that_can_happen() -> None:
    for say in BOTH:
        assert set(say.endings) == set(ENDINGS.values())
        assert set(say.unread) == set(GapKind)
        assert set(say.unlock) == set(say.say_why) == set(say.recall) == set(Origin)
        assert set(say.preview.outcomes) == set(Outcome)
        assert len(say.months) == 12
    assert [each.language for each in LANGUAGES.values()] == list(LANGUAGES)


def told(transfer: Transfer, *languages: str, ways: Ways | None = None) -> list[Told]:
    chosen = [LANGUAGES[each] for each in languages]
    return list(
        notices_due(
            transfer,
            help_contact="it@council.example",
            secret=lambda _: "a-b-c",
            languages=chosen,
            ways=ways or Ways(),
        )
    )


def held(origin: Origin = Origin.MAIL) -> Transfer:
    seen = an_inspection(Tier.PROTECT, findings=(a_finding(),), gaps=(GapKind.ENCRYPTED,))
    transfer = a_transfer(D.HELD, inspection=seen, verdict=a_verdict(Outcome.QUARANTINE, Obligation.ASK_REASON))
    return replace(transfer, origin=origin)


def test_a_notice_by_mail_says_it_in_both_languages_in_the_order_that_is_set() -> None:
    (english_first,) = told(held(), "en", "cy")
    (welsh_first,) = told(held(), "cy", "en")
    what_happened, what_happened_in_welsh = "What happened:", "Beth ddigwyddodd:"
    text = english_first.text
    assert text.index(what_happened) < text.index(what_happened_in_welsh)
    assert text.startswith("Mae'r neges hon yn Gymraeg isod."), "said first, in the language that stands below"
    assert welsh_first.text.index(what_happened_in_welsh) < welsh_first.text.index(what_happened)
    assert english_first.subject.startswith("Not sent, waiting for review / Heb ei hanfon")
    assert english_first.subject.count(held().id) == 1
    assert text.count(held().id) == 2, "the reference stands in each"
    assert text.count("it may go (rule a-rule)") == 1, "rules speak as they are written"
    assert text.count("it may go (rheol a-rule)") == 1, "in English where they have no Welsh"
    assert "1 x NHS number" in text
    assert "1 x rhif GIG" in text
    assert "22 Tachwedd 2026 am 12:00 UTC" in text


def test_rules_speak_the_language_of_the_reader_where_they_have_it() -> None:
    transfer = held()
    verdict = a_verdict(Outcome.QUARANTINE, says="it waits")
    spoken = replace(verdict, reasons=tuple(replace(each, welsh="mae'n aros") for each in verdict.reasons))
    transfer = transfer.with_delivery(replace(transfer.deliveries[0], verdict=spoken))
    for kept in (transfer, replace(transfer, preview=True)):
        (both,) = told(kept, "en", "cy")
        assert (both.text.count("it waits (rule a-rule)"), both.text.count("mae'n aros (rheol a-rule)")) == (1, 1)
        assert "aros (rule" not in both.text
        assert "it waits (rheol" not in both.text
        (english,) = told(kept, "en")
        assert "mae'n aros" not in english.text


def test_one_language_stands_alone() -> None:
    (notice,) = told(held(), "en")
    assert "Gymraeg" not in notice.text
    assert "-----" not in notice.text
    assert notice.text.startswith("What happened:")


def test_staff_with_folders_read_english() -> None:
    (notice,) = told(held(Origin.FOLDER), "cy", "en")
    assert "Beth ddigwyddodd" not in notice.text
    assert "What happened: 'plan.docx' has not been sent" in notice.text


@pytest.mark.parametrize("state", [D.HELD, D.REFUSED, D.UNDELIVERABLE, D.DELIVERED])
def test_whatever_happens_can_be_said_in_welsh_alone(state: DeliveryState) -> None:
    transfer = replace(a_transfer(state, verdict=a_verdict()), origin=Origin.MAIL)
    transfer = transfer.with_delivery(replace(transfer.deliveries[0], sealed=a_sealed(secret="o-7")))
    (notice,) = told(transfer, "cy")
    assert "What " not in notice.text
    assert "{" not in notice.subject + notice.text
    assert "Beth ddigwyddodd:" in notice.text


def test_who_may_answer_is_asked_for_it_above_a_line_that_both_can_read() -> None:
    (notice,) = told(held(), "en", "cy", ways=Ways(answers_until=NOON))
    assert notice.reply == "answer"
    first, second = notice.text.splitlines()[:2]
    assert (first, second) == (ENGLISH.write_above, WELSH.write_above)
    assert "reply to this message before 22 November 2026 at 12:00 UTC" in notice.text
    assert "atebwch y neges hon cyn 22 Tachwedd 2026 am 12:00 UTC" in notice.text
    assert "X-Transfer-Reason" not in notice.text
