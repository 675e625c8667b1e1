"""Builds the house from the settings. The only place where rooms, store and world are put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from gateway.config.settings import FolderChannel, Settings, SmtpChannel
from gateway.decide.policy import Policy
from gateway.deliver import Channel
from gateway.deliver.channels import ChannelKind, build
from gateway.deliver.post import FolderPost, MailPost, Post
from gateway.deliver.tls import TlsLevel
from gateway.model.inspection import Inspection
from gateway.model.transfer import Notice, Origin, Transfer
from gateway.moves.house import House
from gateway.protect.container import ZipEncryptor
from gateway.protect.keyring import KeyRing
from gateway.protect.notice import notice_composer
from gateway.protect.openpgp import PgpEncryptor
from gateway.protect.seal import Protector
from gateway.store.embedded import Store
from gateway.system.clock import MachineClock
from gateway.worker import Inspector, merge


@contextmanager
def start_inspector(settings: Settings) -> Iterator[Inspector]:
    """Start the hardened workers, and end them on the way out."""
    wanted = settings.inspection
    inspector = Inspector.start(
        workers=wanted.workers,
        deadline=wanted.deadline.total_seconds(),
        memory=wanted.memory,
        limits=wanted.limits.limits(),
        allow_degraded=wanted.allow_degraded,
        schemes=(settings.paths.policies / "schemes.yaml").read_text(),
        plugins={"detectors": settings.plugins.detectors, "extractors": settings.plugins.extractors},
    )
    try:
        yield inspector
    finally:
        inspector.close()


def build_channels(settings: Settings) -> Mapping[str, Channel]:
    """Return the channels by name."""
    return {name: _channel(name, channel) for name, channel in settings.channels.items()}


def _channel(name: str, channel: FolderChannel | SmtpChannel) -> Channel:
    if isinstance(channel, FolderChannel):
        return build(ChannelKind.FOLDER, name, path=channel.path, clock=MachineClock())
    return build(
        ChannelKind.SMTP,
        name,
        host=channel.host,
        port=channel.port,
        tls=TlsLevel(channel.tls),
        ca_file=str(channel.ca_file or ""),
        clock=MachineClock(),
    )


def build_protector(settings: Settings) -> Protector:
    """Return what seals, with the recipients' keys."""
    ring = KeyRing(settings.paths.state / "keys" / "recipients")
    return Protector(
        organisation=settings.organisation.name, encryptors=(PgpEncryptor(ring), ZipEncryptor()), methods=("pgp", "zip")
    )


def build_post(settings: Settings, channels: Mapping[str, Channel]) -> Callable[[Transfer, Notice, str], None]:
    """Return what tells senders: mail senders by mail where a channel is set for it, everybody else in a folder."""
    by_folder: Post = FolderPost(settings.paths.notices)
    by_mail: Post = by_folder
    if settings.notices.channel != "folder" and settings.notices.from_address:
        by_mail = MailPost(channels[settings.notices.channel], notice_composer(settings.notices.from_address))

    def post(transfer: Transfer, notice: Notice, text: str) -> None:
        chosen = by_mail if transfer.origin is Origin.MAIL else by_folder
        chosen.tell(notice, text, transfer.received_at)

    return post


def build_house(settings: Settings, store: Store, inspector: Inspector, policy: Policy) -> House:
    """Return the rooms as the walk needs them."""
    channels = build_channels(settings)

    def inspect(parts: Sequence[tuple[str, bytes]]) -> Inspection:
        return merge([inspector.inspect(name, content) for name, content in parts])

    return House(
        transfers=store.transfers,
        vault=store.vault,
        clock=MachineClock(),
        policy=lambda: policy,
        inspect=inspect,
        protector=build_protector(settings),
        channels=channels,
        post=build_post(settings, channels),
        schedule=settings.retries.schedule(),
        internal_domains=frozenset(settings.organisation.internal_domains),
        help_contact=settings.organisation.help,
    )
