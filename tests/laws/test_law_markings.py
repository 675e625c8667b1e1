"""A marking counts by its place, never by mere mention; it is never read as a lower one; labels only raise."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.assess import Classified, Classifier
from gateway.model.inspection import MarkingStatus, OpenedPart, Segment, Where
from gateway.model.tier import Tier
from gateway.testing.policies import SHIPPED

CLASSIFIER = Classifier.build((), SHIPPED)

SEPARATORS = st.sampled_from([" - ", " \u2013 ", ": ", "/", " ", " / ", "-"])
SENSITIVE = st.sampled_from(["-", " - ", " ", ": ", "\u2013", " \u2013 ", "\u00a0", "_", "/", " (", " ["])
DESCRIPTORS = st.sampled_from(
    ["PERSONAL", "COMMERCIAL", "LOCSEN", "STAFF", "MEDICAL", "PERSONAL DATA", "INVESTIGATIONS"]
)


@st.composite
def markings(draw: st.DrawFn) -> tuple[str, Tier]:
    """Draw a marking as people spell it, and its tier."""
    tier = draw(st.sampled_from([tier for tier in Tier if tier is not Tier.UNMARKED]))
    if tier is Tier.OFFICIAL_SENSITIVE:
        between = draw(SENSITIVE)
        closing = {" (": ")", " [": "]"}.get(between, "")
        text = f"OFFICIAL{between}SENSITIVE{closing}"
    else:
        text = tier.label
    if draw(st.booleans()):
        text += draw(SEPARATORS) + draw(DESCRIPTORS)
    elif draw(st.booleans()):
        text += f" [{draw(DESCRIPTORS)}]"
    if draw(st.booleans()):
        text = f"UK {text}"
    return text, tier


SAID = st.sampled_from(["the", "minutes", "of", "May", "were", "agreed", "by", "all", "who", "came", "home"])
WORDS = st.lists(SAID, min_size=3, max_size=12)
PROSE = st.lists(WORDS.map(lambda words: " ".join(words) + "."), min_size=7, max_size=20)


def classify(*segments: Segment) -> Classified:
    part = OpenedPart(part="part", media_type="text/plain", sha256="", segments=segments)
    return CLASSIFIER.classify((part,))


def tier_of(classified: Classified) -> Tier:
    return classified.marking.tier if classified.marking else Tier.UNMARKED


@given(
    markings(), PROSE, st.sampled_from(["header", "footer", "first", "last", "label", "subject", "bracket", "property"])
)
def test_a_marking_in_its_place_is_marked_with_its_tier(
    marking: tuple[str, Tier], prose: list[str], place: str
) -> None:
    text, tier = marking
    lines = list(prose)
    extra: list[Segment] = []
    if place == "first":
        lines.insert(0, text)
    elif place == "last":
        lines.append(text)
    elif place == "label":
        lines.insert(5, f"Protective marking: {text}")
    elif place in {"subject", "bracket"}:
        subject = (
            f"{text}: the minutes"
            if place == "subject"
            else f"the minutes [{text.replace('[', '(').replace(']', ')')}]"
        )
        extra.append(Segment(where=Where.SUBJECT, text=subject))
    elif place == "property":
        extra.append(Segment(where=Where.PROPERTY, name="Classification", text=text))
    else:
        extra.append(Segment(where=Where(place), text=f"{text} - Page 3 of 9"))
    classified = classify(*extra, Segment(where=Where.BODY, text="\n".join(lines)))
    assert (classified.marking_status, tier_of(classified)) == (MarkingStatus.MARKED, tier)


@given(markings(), PROSE, st.integers(0, 40))
def test_a_mention_in_a_sentence_is_no_marking(marking: tuple[str, Tier], prose: list[str], at: int) -> None:
    lines = list(prose)
    lines.insert(at % (len(lines) + 1), f"Papers that are {marking[0]} are kept in the cabinet of the office.")
    assert classify(Segment(where=Where.BODY, text="\n".join(lines))).marking_status is MarkingStatus.NONE


@given(markings(), markings())
def test_a_label_only_raises(text_marking: tuple[str, Tier], label: tuple[str, Tier]) -> None:
    header = Segment(where=Where.HEADER, text=text_marking[0])
    alone = tier_of(classify(header))
    both = classify(header, Segment(where=Where.PROPERTY, name="Classification", text=label[0]))
    suspected = both.suspected.tier if both.suspected else Tier.UNMARKED
    assert max(tier_of(both), suspected) == max(alone, label[1])


@given(markings(), st.data())
def test_invisible_characters_hide_nothing(marking: tuple[str, Tier], data: st.DataObject) -> None:
    text, tier = marking
    chars = list(text)
    for _ in range(data.draw(st.integers(1, 4))):
        chars.insert(
            data.draw(st.integers(0, len(chars))), data.draw(st.sampled_from("\u200b\u00ad\u2060\u202e\ufeff"))
        )
    assert tier_of(classify(Segment(where=Where.HEADER, text="".join(chars)))) == tier


QUOTES = st.sampled_from(
    [
        "On Mon, 12 May 2026 at 10:00, B wrote:\n\n{}",
        "-----Original Message-----\nFrom: B\nSent: Monday\nTo: C\nSubject: plan\n\n{}",
        "________________________________\nFrom: B\nSent: 12 May 2026\nTo: C\nSubject: plan\n\n{}",
        "Begin forwarded message:\n\nFrom: B\nDate: 1 May\nTo: C\n\n{}",
        (
            "From: b@x.example\nTo: C\nDate: 1 May\nContent-Type: text/plain\nContent-Transfer-Encoding: 7bit\n"
            "MIME-Version: 1.0\nReceived: from a by b; 1 May\nMessage-ID: <1@x.example>\n\n{}"
        ),
    ]
)


@given(markings(), markings(), PROSE, PROSE, QUOTES)
def test_a_quoted_marking_is_the_conversations_and_never_the_authors(
    own: tuple[str, Tier], quoted: tuple[str, Tier], said: list[str], before: list[str], quote: str
) -> None:
    reply = quote.format("\n".join([quoted[0], *before]))
    unmarked = classify(Segment(where=Where.BODY, text="\n".join([*said, "", reply])))
    assert (unmarked.marking_status, unmarked.thread and unmarked.thread.tier) == (MarkingStatus.NONE, quoted[1])
    marked = classify(Segment(where=Where.BODY, text="\n".join([own[0], "", *said, "", reply])))
    assert tier_of(marked) == own[1]


@given(markings(), markings(), PROSE, PROSE)
def test_a_mail_saved_as_text_hides_no_marking(
    first: tuple[str, Tier], second: tuple[str, Tier], said: list[str], more: list[str]
) -> None:
    lines = ["From: B", "Sent: Monday", "To: C", f"Subject: {first[0]}: minutes", "", second[0], "", *said, *more]
    assert tier_of(classify(Segment(where=Where.BODY, text="\n".join(lines)))) == max(first[1], second[1])
