"""Several held deliveries before one decision on them, grouped by why they are held and by who would get them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.console.held.rules import WordsOfRule, words_of_rule
from gateway.console.held.words import WHY
from gateway.model.held import Held, HeldQuery, Order, Why
from gateway.model.one_person import mailbox
from gateway.model.verdict import Said
from gateway.store.bulks import MOST
from gateway.store.paging import LARGEST_PAGE

if TYPE_CHECKING:
    from gateway.console.frame.desk import Desk
    from gateway.console.words.tongue import Tongue

NAMED: Final = 8
"""Recipients and rules of one group that a page names."""
PICKED: Final = 100
"""Deliveries that may be picked one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What is held for one kind of reason: how much, which rules say so, and to whom it would go.

    `seen` is a digest of just what that is: a decision begins over nothing else.
    """

    why: Why
    words: str
    colour: str
    count: int
    seen: str
    rules: tuple[tuple[Said, int], ...]
    recipients: tuple[tuple[str, int], ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """All that a decision would be about. `seen` were looked at for the details, `own` of them are the visitor's."""

    total: int
    is_more: bool
    groups: tuple[Group, ...]
    seen: int
    own: int


def picked(items: Iterable[str]) -> dict[tuple[str, str], int]:
    """Return what was picked in a list: the version of each delivery that was seen. What is not ours is left out."""
    found: dict[tuple[str, str], int] = {}
    for item in list(items)[:PICKED]:
        transfer, _, rest = item.partition(".")
        delivery, _, version = rest.partition(".")
        if transfer and delivery and version.isdecimal() and len(version) < 20:  # noqa: PLR2004 - digits of 64 bits
            found[transfer, delivery] = int(version)
    return found


def several(desk: Desk, query: HeldQuery, address: str, tongue: Tongue) -> Several:
    """Return what fits a query, grouped; details are those of the first few hundred that wait longest."""
    seen = desk.store.bulks.seen(query)  # first: what comes between this look and the next is shown, and begins nothing
    counts = desk.store.held.by_reason(query)
    rows = desk.store.held.list(query, order=Order.OLDEST, limit=LARGEST_PAGE).rows
    words = words_of_rule(desk.policy, tongue)
    of: dict[Why, list[Held]] = {}
    for row in rows:
        of.setdefault(row.why, []).append(row)
    groups = [
        _group(why, counts[why], seen.get(why, ""), of.get(why, []), tongue, words) for why in Why if why in counts
    ]
    own = sum(mailbox(address) in {mailbox(row.sender), mailbox(row.recipient)} for row in rows)
    total = sum(counts.values())
    return Several(total=total, is_more=total > MOST, groups=tuple(groups), seen=len(rows), own=own)


def _group(why: Why, count: int, seen: str, rows: Sequence[Held], tongue: Tongue, says: WordsOfRule) -> Group:
    words, colour = WHY[why]
    recipients = Counter(row.recipient for row in rows)
    rules = Counter(says(row.rule, row.says) for row in rows)
    return Group(
        why=why,
        words=tongue.say(words),
        colour=colour,
        count=count,
        seen=seen,
        rules=tuple(rules.most_common(NAMED)),
        recipients=tuple(recipients.most_common(NAMED)),
        more=max(0, len(recipients) - NAMED),
    )


def narrowed(query: HeldQuery, whys: Iterable[str]) -> HeldQuery:
    """Return the query for these kinds of reasons only."""
    chosen = frozenset(why for why in Why if why in set(whys))
    return replace(query, why=chosen & query.why if query.why else chosen)
