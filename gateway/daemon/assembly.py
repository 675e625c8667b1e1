"""Builds the house from the settings. The only place where rooms, store and world are put together."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from gateway.classify.mask import mask
from gateway.config.channels import FolderSettings, SmtpSettings, split_resolver
from gateway.config.load import read_classify_files
from gateway.config.settings import Settings
from gateway.daemon.answering import IN_A_FOLDER, build_enclosed, build_mail_post, build_manner
from gateway.daemon.encryptors import build_encryptors
from gateway.daemon.inspectors import Inspectors
from gateway.daemon.known import build_known
from gateway.daemon.revealing import Revealer
from gateway.daemon.telling import build_passphrases, build_second, build_second_post
from gateway.decide.address import domain_of
from gateway.decide.parse import hash_of
from gateway.decide.policy import Policy
from gateway.deliver import Channel, Closing
from gateway.deliver.account import Account
from gateway.deliver.channels import ChannelKind, build
from gateway.deliver.level import TlsLevel
from gateway.deliver.post import FolderPost, MailPost, OfficersPost, Post
from gateway.intake.passwords import unpack
from gateway.model.inspection import Gap, GapKind, Inspection
from gateway.model.report import Enclosed
from gateway.model.transfer import Delivery, Notice, Origin, Transfer
from gateway.moves.house import House, TooSlow
from gateway.moves.outside import not_inspected
from gateway.protect.agreed import StandingPassphrases
from gateway.protect.passphrase import Agreed
from gateway.protect.redaction import Look
from gateway.protect.seal import Protector
from gateway.quarantine.people import people_of
from gateway.quarantine.review import mailbox
from gateway.record.passphrases import is_dispatch
from gateway.store import Vault
from gateway.store.embedded import Store
from gateway.store.search_key import read_search_key
from gateway.system import atomic
from gateway.system.clock import Clock, MachineClock
from gateway.worker import Inspector, Setup, merge

CACHE: Final = "cache"
DESKS: Final = "desks"
TO_A_ROLE: Final = "tell:"


@contextmanager
def start_inspector(settings: Settings) -> Iterator[Inspector]:
    """Start the hardened workers, and end them on the way out."""
    inspector = open_inspector(settings, read_classify_files(settings.paths.policies))
    try:
        yield inspector
    finally:
        inspector.close()


def open_inspector(settings: Settings, classify: Mapping[str, str]) -> Inspector:
    """Start the hardened workers with these policy files of classify; `Unsound` where they cannot start."""
    wanted = settings.inspection
    inspector = Inspector.start(
        workers=wanted.workers,
        deadline=wanted.deadline.total_seconds(),
        part_deadline=wanted.part_deadline.total_seconds(),
        memory=wanted.memory,
        documents=wanted.documents,
        limits=wanted.limits.limits(),
        allow_degraded=wanted.allow_degraded,
        setup=build_setup(settings, classify),
    )
    inspector.read_with = hash_of(classify)
    return inspector


def build_setup(settings: Settings, classify: Mapping[str, str]) -> Setup:
    """Return what the workers are prepared with.

    Who may not enter the state folder asks what would happen without the registers and forms that are kept there.
    """
    return Setup(
        policies=classify,
        plugins={"detectors": settings.plugins.detectors, "extractors": settings.plugins.extractors},
        search_key=read_search_key(settings.paths.state),
        cache=settings.paths.state / CACHE,
        taught=settings.paths.state if os.access(settings.paths.state, os.X_OK) else None,
        names=settings.inspection.names,
    )


def build_channels(settings: Settings) -> Mapping[str, Channel]:
    """Return the channels by name."""
    return {name: _channel(name, channel) for name, channel in settings.channels.items()}


def _channel(name: str, channel: FolderSettings | SmtpSettings) -> Channel:
    if isinstance(channel, FolderSettings):
        return build(ChannelKind.FOLDER, name, path=channel.path, trial=channel.trial, clock=MachineClock())
    return build(
        ChannelKind.SMTP,
        name,
        host=channel.host or "",
        mx=channel.mx,
        port=channel.port,
        tls=TlsLevel(channel.tls),
        ca_file=str(channel.ca_file or ""),
        implicit=channel.implicit,
        pins=frozenset(channel.pins),
        resolver=split_resolver(channel.resolver or ""),
        account=_account(channel),
        ehlo=channel.ehlo or "",
        clock=MachineClock(),
    )


def _account(channel: SmtpSettings) -> Account | None:
    if channel.user is None or channel.password is None:
        return None
    return Account(user=channel.user, password=channel.password.secret().read)


def close_channels(channels: Mapping[str, Channel]) -> None:
    """End what channels keep open between hand-overs."""
    for channel in channels.values():
        if isinstance(channel, Closing):
            channel.close()


def build_protector(
    settings: Settings, policy: Callable[[], Policy], agreed: Agreed, look: Look | None = None
) -> Protector:
    """Return what seals, with the recipients' keys and the encryptors that the configuration names.

    The policy in force says what recipients can open and how they are reached, `agreed` holds standing passphrases, and
    `look` inspects again what was redacted.
    """
    encryptors, wanted = build_encryptors(settings), settings.protect
    strangers = () if "methods" in wanted.model_fields_set else settings.plugins.encryptors

    def opens(recipient: str) -> tuple[str, ...]:
        return policy().directory.opens(recipient)

    return Protector(
        organisation=settings.organisation.name,
        encryptors=encryptors,
        methods=(*wanted.methods, *(each for each in strangers if each not in wanted.methods)),
        mask=mask,
        passphrases=build_passphrases(agreed, policy, build_second(settings, policy)),
        opens=opens,
        desks=settings.paths.state / DESKS,
        largest_message=settings.mail.max_size,
        privacy=settings.mail.privacy.privacy(frozenset(keep_triggers(settings))),
        look=look,
    )


def build_look(inspectors: Inspectors) -> Look:
    """Return what inspects once more what is about to go."""

    def look(name: str, content: bytes) -> Inspection:
        with inspectors.lend() as inspector:
            return inspector.inspect(name, content)

    return look


def keep_triggers(settings: Settings) -> Iterator[str]:
    """Yield the channels that leave the word in the subject which asks for encryption: their far side acts on it."""
    for name, channel in settings.channels.items():
        if isinstance(channel, SmtpSettings) and channel.keep_trigger:
            yield name


def build_post(
    settings: Settings,
    channels: Mapping[str, Channel],
    enclosed: Callable[[Transfer, Notice], Enclosed] = lambda _transfer, _notice: Enclosed(),
) -> Callable[[Transfer, Notice, str], None]:
    """Return what tells people: senders of mail, and officers, by mail where a channel is set for it, or by folder.

    What officers are told lies below the state folder: staff read their own notices in another one. What is for none of
    them by name always does. Recipients are told passphrases by the second channel and by nothing else. What is
    `enclosed` goes with mail to senders.
    """
    to_recipient = build_second_post(settings)
    by_folder: Post = FolderPost(settings.paths.notices)
    in_their_folder: Post = OfficersPost(settings.paths.state)
    by_mail = _mail_post(settings, channels)
    to_officers: Post = by_mail or in_their_folder

    def post(transfer: Transfer, notice: Notice, text: str) -> None:
        if is_dispatch(notice):
            return to_recipient(transfer, notice, text)
        at = notice.begun or transfer.received_at
        if notice.about.startswith(TO_A_ROLE):
            return (to_officers if notice.to else in_their_folder).tell(notice, text, at)
        if by_mail and transfer.origin is Origin.MAIL:
            return by_mail.tell(notice, text, at, enclosed(transfer, notice))
        return by_folder.tell(notice, text, at)

    return post


def build_officers_post(settings: Settings, channels: Mapping[str, Channel]) -> Post:
    """Return what tells officers: by mail where a channel is set for it, or in the folder that is theirs alone."""
    return _mail_post(settings, channels) or OfficersPost(settings.paths.state)


def _mail_post(settings: Settings, channels: Mapping[str, Channel]) -> MailPost | None:
    if settings.notices.channel == IN_A_FOLDER or not settings.notices.from_address:
        return None
    return build_mail_post(settings, channels[settings.notices.channel])


def may_tell(settings: Settings) -> Callable[[Transfer, Delivery], bool]:
    """Return what says whether a sender can be told a passphrase apart from what it opens.

    In a folder of ours always. By mail only within the organisation, and never the recipient.
    """
    by_mail = settings.notices.channel != IN_A_FOLDER
    internal = frozenset(settings.organisation.internal_domains)

    def may(transfer: Transfer, delivery: Delivery) -> bool:
        if transfer.origin is not Origin.MAIL or not by_mail:
            return bool(transfer.sender)
        return domain_of(transfer.sender) in internal and mailbox(transfer.sender) != mailbox(delivery.recipient)

    return may


def build_quick_inspect(
    settings: Settings, inspectors: Inspectors, vault: Vault, clock: Clock
) -> Callable[[Transfer], Inspection]:
    """Return what inspects a transfer in the time that the quick ones have; `TooSlow` for one that takes longer."""
    wanted = settings.scheduler
    inspect = build_inspect(settings, inspectors, vault, clock, seconds=wanted.quick.total_seconds())

    def inspect_quickly(transfer: Transfer) -> Inspection:
        if transfer.size > wanted.quick_size:
            raise TooSlow
        seen = inspect(transfer)
        if any(gap.kind is GapKind.TIMEOUT for gap in seen.gaps):
            raise TooSlow
        return seen

    return inspect_quickly


def build_inspect(
    settings: Settings, inspectors: Inspectors, vault: Vault, clock: Clock, *, seconds: float = math.inf
) -> Callable[[Transfer], Inspection]:
    """Return what inspects the parts of one transfer within one budget of time, size and pictures; the rest is a gap.

    Parts are read one at a time, and one that is too large is not read at all. `seconds` may shorten the time.
    """
    limits, deadline = settings.inspection.limits, min(seconds, settings.inspection.deadline.total_seconds())

    def inspect(transfer: Transfer) -> Inspection:
        end, room, pages = clock.monotonic() + deadline, limits.total_size, limits.pages
        secret = transfer.passwords_object_id
        passwords = unpack(vault.read(secret)) if secret else ()
        seen = []
        with inspectors.lend() as inspector:
            for part in transfer.parts:
                left = end - clock.monotonic()
                if part.size > min(room, limits.part_size):
                    seen.append(not_inspected(Gap(part=part.name, kind=GapKind.TOO_LARGE, detail="size")))
                elif left <= 0:
                    seen.append(not_inspected(Gap(part=part.name, kind=GapKind.TIMEOUT, detail="transfer")))
                else:
                    content = vault.read(part.object_id)
                    seen.append(inspector.inspect(part.name, content, seconds=left, pages=pages, passwords=passwords))
                    room, pages = room - part.size, max(0, pages - seen[-1].pages)
            return replace(merge(seen), read_with=inspector.read_with)

    return inspect


def clear_desks(settings: Settings) -> None:
    """Make the folder for desks, without those that a crash left: they hold sealed bytes that nothing refers to."""
    desks = settings.paths.state / DESKS
    atomic.make_private_folder(desks)
    for left in desks.glob("desk-*"):
        shutil.rmtree(left, ignore_errors=True)


def build_house(
    settings: Settings,
    store: Store,
    inspectors: Inspectors,
    policy: Callable[[], Policy],
    observed: Callable[[], Policy | None] = lambda: None,
    reads_with: Callable[[], str] = lambda: "",
) -> House:
    """Return the rooms as the walk needs them; `policy` gives the one in force, `observed` one that only observes.

    `reads_with` gives the hash of what classify reads now.
    """
    channels, clock = build_channels(settings), MachineClock()
    clear_desks(settings)
    return House(
        transfers=store.transfers,
        vault=store.vault,
        clock=clock,
        policy=policy,
        observed=observed,
        reads_with=reads_with,
        inspect=build_inspect(settings, inspectors, store.vault, clock),
        inspect_quickly=build_quick_inspect(settings, inspectors, store.vault, clock),
        protector=build_protector(settings, policy, StandingPassphrases(store.secrets), build_look(inspectors)),
        channels=channels,
        post=build_post(settings, channels, build_enclosed(settings, store.vault)),
        manner=build_manner(settings),
        may_tell=may_tell(settings),
        schedule=settings.retries.schedule(),
        prove_within=settings.retries.prove_within,
        internal_domains=frozenset(settings.organisation.internal_domains),
        help_contact=settings.organisation.help,
        officers=tuple(each.officer() for each in settings.officers),
        roles=addresses_by_role(settings),
        known=build_known(policy),
        organisation=settings.organisation.name,
        second=build_second(settings, policy),
        people=people_of(store.people.get),
        console=settings.console.reached_at,
        reveal=Revealer(store.vault, inspectors, store.parcels, clock),
    )


def addresses_by_role(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Return the addresses of the officers who have a role, for each role that anybody has."""
    roles = sorted({role for officer in settings.officers for role in officer.roles})
    return {role: tuple(each.address for each in settings.officers if role in each.roles) for role in roles}
