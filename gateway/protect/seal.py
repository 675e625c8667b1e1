"""The room's verb: obligations and parts in, a `Sealed` with its evidence out, or `NotSealed`.

Fail shut. What nobody can do for a delivery (`duties`) holds it. What was found is hidden and what must be marked is
marked before anything is sealed; no marking stands outside a seal (S4 appendix 2B: none on the envelope). The method is
chosen once, from what the recipient can take; when it fails the delivery is held, and nothing weaker or other is tried
behind the policy's back. Before anything is stored the outgoing bytes are looked at once more: the passphrase must not
be in them, and no part may lie in them unsealed.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from gateway.errors import NotSealed
from gateway.model.inspection import Inspection
from gateway.model.transfer import Evidence, Sealed, SealedPart
from gateway.model.verdict import Obligation
from gateway.protect import Encryptor, Envelope, Plain, Selective, compose, marking, redaction
from gateway.protect.duties import unmet
from gateway.protect.naming import distinct, neutral_name
from gateway.protect.neutral import neutral
from gateway.protect.order import BY_PASSPHRASE, Order, is_neutral
from gateway.protect.spans import Mask
from gateway.store import StoredObject

NONE: Final = "none"
PGP: Final = "pgp"
CIPHER: Final = "AES-256"
MESSAGE: Final = "message/rfc822"
REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
SAMPLE: Final = 64  # bytes from the middle of each part that are looked for in what goes out
TELLING: Final = 32  # shorter samples could stand in any file by chance

Put: TypeAlias = Callable[[bytes], StoredObject]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What goes out, before it is stored."""

    method: str
    files: tuple[Plain, ...]
    evidence: Evidence
    passphrase: str = ""

    def __repr__(self) -> str:
        """Say what it is without the passphrase or the content."""
        return f"Form({self.method}, {len(self.files)} files)"


class Protector:
    """Seals deliveries with the encryptors it was given; `methods` is the order of preference.

    `mask` shows a value as its finding does; without it nothing can be redacted.
    """

    def __init__(
        self,
        organisation: str,
        encryptors: Sequence[Encryptor],
        methods: Sequence[str] = ("pgp", "zip"),
        *,
        mask: Mask | None = None,
    ) -> None:
        self._mask = mask
        self._organisation = organisation
        self._encryptors = {encryptor.name: encryptor for encryptor in encryptors}
        self._methods = tuple(method for method in methods if method in self._encryptors)

    def can(self, recipient: str, *, may_tell: bool) -> frozenset[str]:
        """Return the methods that this recipient can take today; a passphrase needs a sender who may be told it."""
        methods = [method for method in self._methods if may_tell or method not in BY_PASSPHRASE]
        return frozenset(method for method in methods if _takes(self._encryptors[method], recipient))

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
    ) -> tuple[Sealed, tuple[StoredObject, ...]]:
        """Return the sealed form of one delivery, and the objects that `put` stored for it.

        `message` is true when the single part is a whole mail message; `as_message` when the channel takes messages.
        The transfer's id is what sender and recipient may quote to each other. `marking` is the words to show where a
        marking is owed, `inspection` what was found, `roles` those that somebody has. Raises `NotSealed`; whatever
        `put` raises goes up as it comes.
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
        )
        return _kept(self._form(order), order, delivery_id, rule, put)

    def _form(self, order: Order) -> Form:
        """Make what goes out and look at it once more; everything that goes wrong is `NotSealed`."""
        try:
            order = _with_marks(self._redacted(_checked(order)))
            form = self._sealed(order) if order.must_seal else _unsealed(order)
            _look_again(form, order)
        except NotSealed:
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
        return replace(order, parts=parts)

    def _sealed(self, order: Order) -> Form:
        """Choose the method and seal."""
        able = self.can(order.head.recipient, may_tell=order.may_tell) - order.barred
        method = next((method for method in self._methods if method in able), None)
        if method is None:
            raise NotSealed("no sealing method works for this recipient", hint="import a key, or allow the method zip")
        mime = order.message and order.as_message and method == PGP
        parts = _payload(order) if mime else order.parts
        envelope = self._encryptors[method].seal(parts, order.head.recipient, f"secure-{order.reference}")
        _accept(envelope, method)
        if not order.as_message:
            outgoing = Plain(name=envelope.name, media_type=envelope.media_type, content=envelope.content)
        elif mime:
            outgoing = _mail(compose.pgp_mime(order.head, envelope.content))
        else:
            outgoing = _mail(compose.cover(order.head, envelope, self._organisation, order.reference))
        return Form(method=method, files=(outgoing,), evidence=envelope.evidence, passphrase=envelope.passphrase)


def _refuse_unmet(obligations: frozenset[str], roles: Collection[str]) -> None:
    owed = unmet(obligations, roles)
    if owed:
        raise NotSealed(f"nobody here can do what it needs: {', '.join(owed)}", hint="see `gateway doctor`")


def _kept(form: Form, order: Order, delivery_id: str, rule: str, put: Put) -> tuple[Sealed, tuple[StoredObject, ...]]:
    """Store a form, and return it as what may be handed over."""
    stored = [put(file.content) for file in form.files]
    secret = [put(form.passphrase.encode("ascii"))] if form.passphrase else []
    sealed = Sealed(
        delivery_id=delivery_id,
        method=form.method,
        message=order.as_message,
        parts=tuple(_sealed_part(*pair) for pair in zip(form.files, stored, strict=True)),
        evidence=form.evidence,
        needs_verified_tls=Obligation.TLS_VERIFIED in order.obligations,
        rule=rule,
        secret_object_id=secret[0].id if secret else "",
    )
    return sealed, (*stored, *secret)


def _takes(encryptor: Encryptor, recipient: str) -> bool:
    return encryptor.may_seal_for(recipient) if isinstance(encryptor, Selective) else True


def _checked(order: Order) -> Order:
    """Refuse what cannot be sealed or named; take blind recipients out of a message, whatever becomes of it."""
    if not order.parts or (order.message and len(order.parts) != 1):
        raise NotSealed("a delivery needs parts, and a message is exactly one")
    if not REFERENCE.fullmatch(order.reference):
        raise NotSealed("the reference of a delivery is letters, digits and hyphens")
    if not order.message:
        return order
    whole = replace(order.parts[0], media_type=MESSAGE, content=compose.pass_through(order.parts[0].content))
    return replace(order, parts=(whole,))


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
    whole = order.parts[0]
    content = marking.marked(whole.content, words, order.marks)
    return replace(order, parts=(replace(whole, content=content, marking=words),))


def _payload(order: Order) -> tuple[Plain, ...]:
    """Return the message as it goes inside PGP/MIME."""
    return tuple(replace(part, content=compose.protected(part.content, order.head)) for part in order.parts)


def _mail(content: bytes) -> Plain:
    return Plain(name="message.eml", media_type=MESSAGE, content=content)


def _accept(envelope: Envelope, method: str) -> None:
    """Take an envelope only with evidence for AES-256 by this method, said by somebody."""
    evidence = envelope.evidence
    if evidence.method != method or evidence.cipher != CIPHER or not evidence.verified_by or not envelope.content:
        raise NotSealed(f"the encryptor {method} gave no evidence for AES-256")


def _unsealed(order: Order) -> Form:
    """Return content for a route that protects it itself: the policy did not ask for a seal.

    What must be neutral shows neither its subject nor the names of files.
    """
    files = order.parts
    if order.neutral and not order.message:
        files = tuple(replace(part, name=neutral_name(at, part.name)) for at, part in enumerate(files, start=1))
    if order.message:
        whole = order.parts[0]
        files = (_mail(neutral(whole.content, order.head.subject)) if order.neutral else whole,)
    elif order.as_message:
        composed = compose.with_files(order.head, files)
        files = (_mail(marking.marked(composed, order.marking, order.marks) if order.marks else composed),)
    names = distinct(file.name for file in files)
    evidence = Evidence(method=NONE, cipher=NONE, verified_by="", status="not sealed: the rule asks for none")
    return Form(
        method=NONE,
        files=tuple(replace(file, name=name) for file, name in zip(files, names, strict=True)),
        evidence=evidence,
    )


def _look_again(form: Form, order: Order) -> None:
    """Refuse a form that contains its own passphrase, or a part unsealed where a seal was asked for."""
    for file in form.files:
        layers = _layers(file)
        if form.passphrase and any(form.passphrase.encode() in layer for layer in layers):
            raise NotSealed("the outgoing form contains its own passphrase")
        samples = [_sample(part, message=order.message) for part in order.parts] if order.must_seal else []
        if any(sample in layer for layer in layers for sample in samples if len(sample) >= TELLING):
            raise NotSealed("the outgoing form contains a part unsealed")


def _sample(part: Plain, *, message: bool) -> bytes:
    """Return some bytes by which a part would be known; of a message not the headers, some of which stand outside."""
    content = compose.body_of(part.content) if message else part.content
    start = max(0, (len(content) - SAMPLE) // 2)
    return content[start : start + SAMPLE]


def _layers(file: Plain) -> list[bytes]:
    """Return the bytes of a file as they stand, its name, and for a message every part and header decoded."""
    layers = [file.content, file.name.encode("utf-8", "replace")]
    if file.media_type == MESSAGE:
        message = email.message_from_bytes(file.content, policy=email.policy.compat32)
        layers += [f"{name}: {value}".encode("utf-8", "replace") for name, value in message.items()]
        layers += [body for part in message.walk() if isinstance(body := part.get_payload(decode=True), bytes)]
    return layers


def _sealed_part(file: Plain, stored: StoredObject) -> SealedPart:
    return SealedPart(
        name=file.name, media_type=file.media_type, object_id=stored.id, size=stored.size, sha256=stored.sha256
    )
