"""Builds what tells recipients their passphrases, and what draws them, from the settings and the policy in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gateway.config.second_channel import CommandChannelSettings, HttpChannelSettings, SmsChannelSettings
from gateway.config.settings import Settings
from gateway.decide.policy import Policy
from gateway.deliver.post import Post
from gateway.deliver.second_channel import Body, CommandPost, Proof, WebPost, as_form, as_json, basic, bearer
from gateway.errors import GatewayError, Undeliverable
from gateway.model.transfer import Notice, Transfer
from gateway.protect.passphrase import Agreed, Agreements, Passphrases
from gateway.record.passphrases import SecondChannel
from gateway.system.log import get_log
from gateway.system.programs import find


def build_second(settings: Settings, policy: Callable[[], Policy]) -> SecondChannel:
    """Return what the house knows of its second channel; where recipients are reached the policy in force says."""
    channel = settings.passphrases.channel
    if channel is None:
        return SecondChannel()

    def contact_of(recipient: str) -> str:
        return policy().directory.contact_of(recipient)

    return SecondChannel(kind=channel.kind, called=channel.called, contact_of=contact_of)


def build_passphrases(agreed: Agreed, policy: Callable[[], Policy], second: SecondChannel) -> Passphrases:
    """Return where passphrases come from: agreed with the recipient's partner, or fresh."""

    def partner_of(recipient: str) -> str:
        partner = policy().directory.partner_of(recipient)
        return partner.id if partner else ""

    return Agreements(agreed, partner_of=partner_of, contact_of=second.contact_of)


def build_second_post(settings: Settings) -> Callable[[Transfer, Notice, str], None]:
    """Return what tells recipients by the second channel; raises as it does. What went wrong is logged in our words."""
    post = _post(settings)

    def tell(transfer: Transfer, notice: Notice, text: str) -> None:
        try:
            if post is None:
                raise Undeliverable("there is no second channel any more")
            post.tell(notice, text, notice.begun or transfer.received_at)
        except GatewayError as trouble:
            get_log().warning(
                "passphrase:not_told", transfer=transfer.id, delivery=notice.delivery_id, answer=trouble.message
            )
            raise

    return tell


def troubles(settings: Settings) -> Iterator[str]:
    """Yield what keeps the second channel from telling anybody, as far as that is seen without telling somebody."""
    channel = settings.passphrases.channel
    try:
        if isinstance(channel, CommandChannelSettings):
            find(channel.command[0])
        elif channel is not None:
            _post(settings)
            _proof(channel)()
    except GatewayError as trouble:
        yield trouble.message


def _post(settings: Settings) -> Post | None:
    channel = settings.passphrases.channel
    if channel is None:
        return None
    seconds = channel.timeout.total_seconds()
    if isinstance(channel, CommandChannelSettings):
        return CommandPost(channel.command, seconds=seconds)
    body: Body = as_json
    if isinstance(channel, SmsChannelSettings):
        body = as_form(channel.number, channel.text, channel.fields)
    return WebPost(
        channel.url,
        body=body,
        proof=_proof(channel),
        ca_file=str(channel.ca_file or ""),
        seconds=seconds,
    )


def _proof(channel: HttpChannelSettings | SmsChannelSettings) -> Proof:
    if channel.token is not None:
        return bearer(channel.token.secret().read)
    if channel.user is not None and channel.password is not None:
        return basic(channel.user, channel.password.secret().read)
    return str
