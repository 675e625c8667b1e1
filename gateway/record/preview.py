"""What is said to who only asked what would happen: for each recipient what, why, and what would make it pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gateway.model.transfer import Delivery
from gateway.record.letter import Desk, Told, Words, found, points, ruled
from gateway.record.sentences import Sentences

ABOUT: Final = "preview"


def previewed(desk: Desk, untold: Sequence[Delivery], in_words: Callable[[str], str]) -> Sequence[Told]:
    """Return the one answer, once all recipients are decided; `in_words` says what an obligation is."""
    decided = [each for each in untold if each.verdict or each.trouble]
    if not decided or len(decided) < len(desk.transfer.deliveries):
        return ()

    def write(say: Sentences) -> Words:
        also = found(desk.transfer, say)
        return say.preview.subject, [
            f"{say.happened} {say.preview.happened}",
            *(_would(each, say, in_words) for each in decided),
            points([say.why, also]) if also else "",
            points([say.can_do, say.preview.todo]),
        ]

    return (desk.told(ABOUT, decided, write),)


def _would(delivery: Delivery, say: Sentences, in_words: Callable[[str], str]) -> str:
    verdict, words = delivery.verdict, say.preview
    if verdict is None:
        return points([f"{delivery.recipient}:", delivery.trouble])
    return points(
        [
            words.outcomes[verdict.outcome].format(recipient=delivery.recipient),
            *(words.owed.format(obligation=in_words(each)) for each in sorted(verdict.obligations)),
            *(ruled(each, say) for each in verdict.reasons),
            *(words.passes.format(way=way) for way in verdict.would_pass_if),
        ]
    )
