"""Answers what the console asks: what would happen to a file, and boards put up anew.

A file that somebody tries comes sealed for the key of this daemon, is opened in memory, inspected in a hardened worker
like any other, and forgotten: nothing of it is stored, logged or sent, and only who asked can read the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from gateway.config.settings import Settings
from gateway.daemon.draft import Draft, draft_of
from gateway.daemon.explaining import Explanation, as_mail, explained
from gateway.daemon.inspectors import Inspectors
from gateway.daemon.rounds import Rounds
from gateway.decide.policy import Policy
from gateway.errors import Damaged, GatewayError, NotAccepted
from gateway.intake.address import distinct, normalised
from gateway.intake.explanation import checked_consent, checked_reason
from gateway.model.document import nearest
from gateway.model.inspection import Inspection
from gateway.model.subject import asks_for_encryption
from gateway.model.transfer import Delivery, Origin, Part, Transfer
from gateway.store.embedded import Store
from gateway.store.exchange import PREVIEW, REFRESH, Tried, answer, read_preview
from gateway.store.parcels import Parcel, Side
from gateway.system.clock import Clock
from gateway.system.log import get_log
from gateway.system.parcels import ParcelKey

T = TypeVar("T")
LOOK_EVERY: Final = 0.2  # seconds
EXPIRE_EVERY: Final = 10.0
MOST_RECIPIENTS: Final = 50
MAIL: Final = ".eml"
OUR_FAULT: Final = "something went wrong here; nothing was sent or kept"


class ConsoleRequests(Rounds):
    """The thread. `refresh` has a board put up anew."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        policy: Callable[[], Policy],
        inspectors: Inspectors,
        clock: Clock,
        *,
        key: ParcelKey,
        refresh: Callable[[str], None],
    ) -> None:
        super().__init__("console-requests", every=LOOK_EVERY, failed="console:failed")
        self._settings, self._store, self._policy = settings, store, policy
        self._inspectors, self._clock = inspectors, clock
        self._key, self._refresh = key, refresh
        self._expires = 0.0

    def look(self) -> None:
        """Answer what waits, and remove what nobody fetched."""
        now = self._clock.now()
        for parcel in self._store.parcels.take(Side.DAEMON, now):
            if parcel.kind == REFRESH:
                self._refresh(parcel.key)
            elif parcel.kind == PREVIEW:
                self._answer(parcel)
        if self._clock.monotonic() >= self._expires:
            self._expires = self._clock.monotonic() + EXPIRE_EVERY
            self._store.parcels.expire(now)

    def _answer(self, parcel: Parcel) -> None:
        try:
            tried, public = read_preview(parcel, self._key)
        except Damaged:  # sealed for a daemon that ran before, or by nobody of ours
            get_log().warning("preview:refused", code="not sealed for us")
            return
        try:
            said: dict[str, object] = self.preview(tried).plain()
        except GatewayError as error:
            said = {"trouble": error.message, "hint": error.hint}
        except Exception as error:  # noqa: BLE001 - whatever it was, who asks is told so, and the thread goes on
            get_log().error("preview:failed", error=type(error).__name__)
            said = {"trouble": OUR_FAULT, "hint": "try again"}
        answer(self._store.parcels, PREVIEW, parcel.id, public, said, self._clock.now())

    def preview(self, tried: Tried) -> Explanation:
        """Return what would happen to it; `NotAccepted` where it could not be sent so at all."""
        policy = self._policy()
        recipients = distinct(filter(None, (each.strip() for each in tried.recipients)))
        _require_sound(tried, recipients, policy, self._settings.mail.max_size)
        draft = draft_of(tried.content) if tried.name.lower().endswith(MAIL) else None
        seen = self._inspected(tried, draft)
        transfer = Transfer(
            id="dry-run",
            origin=Origin.COMMAND,
            sender=normalised(tried.sender.strip()),
            received_at=self._clock.now(),
            parts=(Part(name=tried.name, object_id="", size=len(tried.content), sha256=""),),
            deliveries=tuple(Delivery(id=f"d{n}", recipient=each) for n, each in enumerate(recipients)),
            route=tried.route,
            encrypt_requested=asks_for_encryption(tried.subject),
            reason=checked_reason([tried.reason]),
            consent=checked_consent([tried.consent]),
            inspection=seen,
        )
        if draft is not None:
            transfer = as_mail(transfer, draft, self._ask, has_subject=bool(tried.subject))
        return explained(self._settings, policy, transfer, seen, self._ask)

    def _inspected(self, tried: Tried, draft: Draft | None) -> Inspection:
        content, passwords = (draft.content, draft.passwords) if draft else (tried.content, ())
        with self._inspectors.lend() as inspector:
            return inspector.inspect(tried.name, content, passwords=passwords)

    def _ask(self, question: Callable[[Store], T], nothing: T) -> T:  # noqa: ARG002 - the daemon may read all there is
        return question(self._store)


def _require_sound(tried: Tried, recipients: tuple[str, ...], policy: Policy, largest: int) -> None:
    if not recipients:
        raise NotAccepted("whom would it go to?", hint="write at least one address")
    if len(recipients) > MOST_RECIPIENTS:
        raise NotAccepted(f"more than {MOST_RECIPIENTS} recipients", hint="ask for some of them")
    if len(tried.content) > largest:
        raise NotAccepted(f"it is larger than {largest:,} bytes", hint="put it into the outbound folder instead")
    named = [each.id for each in policy.routes.values() if each.folder]
    if tried.route and tried.route not in named:
        raise NotAccepted(f"there is no route '{tried.route}' to choose; {nearest(tried.route, named)}")
