"""The room's verb: obligations and parts in, a `Sealed` with its evidence out, or `NotSealed`.

Fail shut. What nobody can do for a delivery (`duties`) holds it. What was found is hidden and what must be marked is
marked before anything is sealed; no marking stands outside a seal (S4 appendix 2B: none on the envelope). The method is
chosen once, from what the recipient can take; when it fails the delivery is held, and nothing weaker or other is tried
behind the policy's back. Before anything is stored the outgoing bytes are looked at once more (`last_look`).

Files are poured from the vault through the encryptor onto a desk, a private folder that holds sealed bytes only and
lives as long as the sealing, and from there into the vault: their size does not matter. Mail is limited in size where
it comes in, and is composed in memory.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias

from gateway.errors import NotInstalled, NotSealed, StoreError, TryLater
from gateway.model.inspection import Inspection
from gateway.model.transfer import Evidence, Sealed, SealedPart
from gateway.model.verdict import METHODS, Network, Obligation
from gateway.protect import Content, Encryptor, Envelope, Plain, compose, marking, redaction
from gateway.protect.choice import Choice, Opens, anything
from gateway.protect.content import Held, InFile, whole
from gateway.protect.duties import unmet
from gateway.protect.enclose import enclose
from gateway.protect.last_look import look_again
from gateway.protect.mime import mime_of
from gateway.protect.naming import distinct, neutral_name, one_line
from gateway.protect.neutral import neutral
from gateway.protect.opening import Note
from gateway.protect.order import MESSAGE, Order, is_neutral
from gateway.protect.outward import Outward, Privacy
from gateway.protect.passphrase import Fresh, Passphrases, Told, Words
from gateway.protect.spans import Mask
from gateway.protect.thread import threaded
from gateway.store import StoredObject

NONE: Final = "none"
LARGEST_MESSAGE: Final = 50_000_000
USUAL: Final = Privacy()
REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")

Put: TypeAlias = Callable[[Content], StoredObject]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What goes out, before it is stored."""

    method: str
    files: tuple[Plain, ...]
    evidence: Evidence
    words: Words | None = None
    note: bytes = b""


class Protector:
    """Seals deliveries with the encryptors it was given; `methods` is the order of preference.

    `mask` shows a value as its finding does; without it nothing can be redacted. `passphrases` says where those come
    from and how people learn them, `opens` what a recipient can open. `desks` is the folder that desks are made in, on
    a disk with room enough. What goes by mail is composed in memory, and has at most `largest_message` bytes. `privacy`
    says what is taken out of headers on the way outside. `look` inspects again what was redacted.
    """

    def __init__(  # noqa: PLR0913 - what a house has, each thing once
        self,
        organisation: str,
        encryptors: Sequence[Encryptor],
        methods: Sequence[str] = METHODS,
        *,
        mask: Mask | None = None,
        passphrases: Passphrases | None = None,
        opens: Opens = anything,
        desks: Path | None = None,
        largest_message: int = LARGEST_MESSAGE,
        privacy: Privacy = USUAL,
        look: redaction.Look | None = None,
    ) -> None:
        self._mask = mask
        self._organisation = organisation
        self._passphrases = passphrases or Fresh()
        by_name = {encryptor.name: encryptor for encryptor in encryptors}
        self.choice = Choice(by_name, methods, self._passphrases, opens)
        self._desks = desks
        self._largest_message = largest_message
        self._privacy = privacy
        self._look = look

    def can(self, recipient: str, *, may_tell: bool) -> frozenset[str]:
        """Return the methods that this recipient can take today; a fresh passphrase needs somebody to be told it."""
        return self.choice.can(recipient, may_tell=may_tell)

    def seal(  # noqa: PLR0913 - one delivery, said in full by the pipeline
        self,
        *,
        delivery_id: str,
        transfer_id: str,
        sender: str,
        recipient: str,
        subject: str = "",
        message: bool,
        parts: Sequence[Plain],
        obligations: frozenset[str],
        may_tell: bool,
        as_message: bool,
        now: datetime,
        rule: str,
        put: Put,
        marking: str = "",
        inspection: Inspection | None = None,
        roles: Collection[str] = (),
        channel: str = "",
        network: Network = Network.PUBLIC,
    ) -> tuple[Sealed, tuple[StoredObject, ...]]:
        """Return the sealed form of one delivery, and the objects that `put` stored for it.

        `message` is true when the single part is a whole mail message; `as_message` when the channel takes messages.
        The transfer's id is what sender and recipient may quote to each other. `marking` is the words to show where a
        marking is owed, `inspection` what was found, `roles` those that somebody has. `channel` is by what it goes,
        `network` what that crosses: what goes unsealed over `verified-tls` needs its proof, owed or not. Raises
        `NotSealed`; whatever `put` raises goes up as it comes.
        """
        _refuse_unmet(obligations, roles)
        outside = "" if is_neutral(obligations) else subject
        outside = outside or compose.neutral_subject(self._organisation, transfer_id)
        message_id = f"<{transfer_id}.{delivery_id}@{sender.rpartition('@')[2] or 'gateway.invalid'}>"
        order = Order(
            head=compose.Head(sender=sender, recipient=recipient, subject=outside, date=now, message_id=message_id),
            reference=transfer_id,
            message=message,
            as_message=as_message,
            parts=tuple(parts),
            obligations=obligations,
            may_tell=may_tell,
            marking=marking,
            inspection=inspection,
            largest_message=self._largest_message,
            outward=self._outward(obligations, channel, network),
            network=network,
        )
        with self._desk(order) as desk:
            return _kept(self._form(order, Path(desk)), order, delivery_id, rule, put)

    def _desk(self, order: Order) -> AbstractContextManager[str]:
        """Return a folder to seal in; what goes unsealed needs none."""
        return tempfile.TemporaryDirectory(prefix="desk-", dir=self._desks) if order.must_seal else nullcontext("")

    def _outward(self, obligations: frozenset[str], channel: str, network: Network) -> Outward:
        """Return what is taken out of the header of a mail; within the organisation nothing but what is owed."""
        if network is Network.INTERNAL:
            return Outward(labels=Obligation.STRIP_LABELS in obligations)
        return self._privacy.outward(obligations, channel=channel, subject_shown=not is_neutral(obligations))

    def _form(self, order: Order, desk: Path) -> Form:
        """Make what goes out and look at it once more; everything that goes wrong is `NotSealed`."""
        try:
            order = _with_marks(self._redacted(_checked(order)))
            form = self._sealed(order, desk) if order.must_seal else _unsealed(order)
            look_again(form.files, order, form.words.text if form.words else "", form.note)
        except (NotInstalled, TryLater) as error:
            raise NotSealed(error.message, hint=error.hint) from None
        except (NotSealed, StoreError):  # what is wrong with our own house is not the encryptor's: tried again
            raise
        except Exception as error:  # noqa: BLE001 - the room's one catch-all: an encryptor may be a plug-in; held, never clear
            hint = "the delivery is held; run `gateway doctor`"
            raise NotSealed(f"sealing failed: {type(error).__name__}", hint=hint) from None
        return form

    def _redacted(self, order: Order) -> Order:
        """Hide what was found, if that is owed."""
        if not order.redactions:
            return order
        parts = redaction.redacted(
            order.parts,
            message=order.message,
            inspection=order.inspection,
            mask=self._mask,
            pseudonyms=Obligation.PSEUDONYMISE in order.redactions,  # it shows less, so it does for both
        )
        if self._look is not None and self._mask is not None:
            changed = [after for before, after in zip(order.parts, parts, strict=True) if after is not before]
            redaction.refuse_found_again(changed, self._look, self._mask, message=order.message)
        return replace(order, parts=parts)

    def _sealed(self, order: Order, desk: Path) -> Form:
        """Choose the method and seal."""
        encryptor = self._chosen(order)
        words = self._words(order) if encryptor.by_passphrase else None
        mime = mime_of(encryptor.name, order)
        parts = mime.inside(order) if mime else order.parts
        secret = words.text if words else ""
        envelope = enclose(encryptor, parts, order.head.recipient, f"secure-{order.reference}", desk, secret)
        if mime:
            files: tuple[Plain, ...] = (_mail(order.head.above(mime.outside(order.head, envelope))),)
            return Form(method=encryptor.name, files=files, evidence=envelope.evidence, words=words)
        note = self._note(order, envelope, words.told if words else "")
        said = f"{note.text()}{note.page()}".encode()
        files = _noted(order, envelope, note)
        return Form(method=encryptor.name, files=files, evidence=envelope.evidence, words=words, note=said)

    def _words(self, order: Order) -> Words:
        """Draw the passphrase; `NotSealed` where it could not be told any more as the choice assumed."""
        words = self._passphrases.draw(order.head.recipient)
        if words.told is Told.SENDER and (order.needs_other_channel or not order.may_tell):
            raise NotSealed("the way by which its passphrase was to be told is gone", hint="release it again")
        return words

    def _note(self, order: Order, envelope: Envelope, told: str) -> Note:
        return Note(
            method=envelope.evidence.method,
            name=envelope.name,
            organisation=one_line(self._organisation),
            sender=order.head.sender,
            reference=order.reference,
            told=told,
        )

    def _chosen(self, order: Order) -> Encryptor:
        """Return the first encryptor, in the order of preference, that this recipient and the policy take."""
        return self.choice.chosen(
            order.head.recipient,
            may_tell=order.may_tell,
            barred=order.barred,
            apart=order.needs_other_channel,
            by_key=order.by_key,
        )


def _noted(order: Order, envelope: Envelope, note: Note) -> tuple[Plain, ...]:
    """Return a sealed file with the note on how to open it: in a covering message, or beside it in a folder.

    In a folder what a key opens goes alone: programs fetch it, and whoever has a key knows how.
    """
    if order.as_message:
        return (_mail(order.head.above(compose.cover(order.head, envelope, note))),)
    sealed = Plain(name=envelope.name, media_type=envelope.media_type, content=InFile(envelope.file))
    name = f"how-to-open-{order.reference}.html"
    page = Plain(name=name, media_type="text/html", content=Held(note.page().encode()))
    return (sealed, page) if note.told else (sealed,)


def _refuse_unmet(obligations: frozenset[str], roles: Collection[str]) -> None:
    owed = unmet(obligations, roles)
    if owed:
        raise NotSealed(f"nobody here can do what it needs: {', '.join(owed)}", hint="see `gateway doctor`")


def _kept(form: Form, order: Order, delivery_id: str, rule: str, put: Put) -> tuple[Sealed, tuple[StoredObject, ...]]:
    """Store a form, and return it as what may be handed over."""
    stored = [put(file.content) for file in form.files]
    is_promised = form.method == NONE and order.network is Network.VERIFIED_TLS
    to_tell = form.words is not None and form.words.told is not Told.AGREED
    secret = [put(Held(form.words.text.encode("ascii")))] if form.words and to_tell else []
    sealed = Sealed(
        delivery_id=delivery_id,
        method=form.method,
        message=order.as_message,
        parts=tuple(_sealed_part(*pair) for pair in zip(form.files, stored, strict=True)),
        evidence=form.evidence,
        needs_verified_tls=is_promised or Obligation.TLS_VERIFIED in order.obligations,
        rule=rule,
        secret_object_id=secret[0].id if secret else "",
        told=form.words.told if form.words else "",
        agreed_with=form.words.agreed_with if form.words else "",
    )
    return sealed, (*stored, *secret)


def _checked(order: Order) -> Order:
    """Refuse what cannot be sealed or named; take blind recipients out of a message, whatever becomes of it."""
    if not order.parts or (order.message and len(order.parts) != 1):
        raise NotSealed("a delivery needs parts, and a message is exactly one")
    if order.as_message and sum(part.content.size for part in order.parts) > order.largest_message:
        hint = "send it by a route that takes files, or in several parts"
        raise NotSealed(f"it is larger than a mail may be here ({order.largest_message:,} bytes)", hint=hint)
    if not REFERENCE.fullmatch(order.reference):
        raise NotSealed("the reference of a delivery is letters, digits and hyphens")
    if not order.message:
        return order
    message = order.outward(compose.pass_through(whole(order.parts[0].content)))
    part = replace(order.parts[0], media_type=MESSAGE, content=Held(message))
    return replace(order, head=threaded(order.head, message), parts=(part,))


def _with_marks(order: Order) -> Order:
    """Mark mail inside, if that is owed. Files go without: they bear a marking of their own or none.

    Only the list within a ZIP, and the message that is written around files, name it.
    """
    if not order.marks:
        return order
    words = marking.checked(order.marking)
    if order.neutral and not order.must_seal and Obligation.MARK_SUBJECT in order.marks:
        raise NotSealed("its subject must show a marking and must be neutral", hint="mend the rules: it cannot be both")
    if not order.message:
        return replace(order, parts=tuple(replace(part, marking=words) for part in order.parts))
    message = Held(marking.marked(whole(order.parts[0].content), words, order.marks))
    return replace(order, parts=(replace(order.parts[0], content=message, marking=words),))


def _mail(content: bytes) -> Plain:
    return Plain(name="message.eml", media_type=MESSAGE, content=Held(content))


def _unsealed(order: Order) -> Form:
    """Return content for a route that protects it itself: the policy did not ask for a seal.

    What must be neutral shows neither its subject nor the names of files.
    """
    files = order.parts
    if order.neutral and not order.message:
        files = tuple(replace(part, name=neutral_name(at, part.name)) for at, part in enumerate(files, start=1))
    if order.message and order.neutral:
        files = (_mail(neutral(whole(order.parts[0].content), order.head.subject)),)
    elif order.as_message and not order.message:
        composed = compose.with_files(order.head, files)
        files = (_mail(marking.marked(composed, order.marking, order.marks) if order.marks else composed),)
    names = distinct(file.name for file in files)
    evidence = Evidence(method=NONE, cipher=NONE, verified_by="", status="not sealed: the rule asks for none")
    return Form(
        method=NONE,
        files=tuple(replace(file, name=name) for file, name in zip(files, names, strict=True)),
        evidence=evidence,
    )


def _sealed_part(file: Plain, stored: StoredObject) -> SealedPart:
    return SealedPart(
        name=file.name, media_type=file.media_type, object_id=stored.id, size=stored.size, sha256=stored.sha256
    )
