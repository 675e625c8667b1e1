"""AUTH at the mail door (RFC 4954): PLAIN (4616) and LOGIN, never in clear, a few tries for each client."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable
from typing import Final

from gateway.errors import Unsound
from gateway.intake.smtp_lobby import Lobby
from gateway.intake.smtp_replies import Refusal
from gateway.system.log import get_log

USER_NAME: Final = "VXNlcm5hbWU6"
PASSWORD: Final = "UGFzc3dvcmQ6"  # noqa: S105 - the question, in base64
MALFORMED: Final = "501 5.5.2 the answer is malformed"
TOO_MANY_TRIES: Final = "454 4.7.0 too many failed log-ins, try again later"

Ask = Callable[[str], Awaitable[bytes]]


async def log_in(argument: str | None, lobby: Lobby, client: str, *, is_secured: bool, ask: Ask) -> str:
    """Return the name of who logged in; `Refusal`. `ask` sends a challenge and returns the client's line."""
    if lobby.terms.accounts is None:
        raise Refusal("503 5.5.1 log-in is not offered")
    if not is_secured:
        raise Refusal("538 5.7.11 log in over TLS only")
    if not lobby.gate.may_try(client):
        raise Refusal(TOO_MANY_TRIES)
    mechanism, _, initial = (argument or "").partition(" ")
    if mechanism.upper() == "PLAIN":
        name, password = _plain(_decoded(initial.encode() or await ask("")))
    elif mechanism.upper() == "LOGIN":
        name = _decoded(initial.encode() or await ask(USER_NAME))
        password = _decoded(await ask(PASSWORD))
    else:
        raise Refusal("504 5.5.4 the mechanism is not offered")
    await _judge(lobby, client, name, password)
    return name.decode()


async def _judge(lobby: Lobby, client: str, name: bytes, password: bytes) -> None:
    async with lobby.judging:
        if not lobby.gate.may_try(client):  # others of its log-ins, which waited here with this one, have failed
            raise Refusal(TOO_MANY_TRIES)
        try:
            is_known = await lobby.knows(name.decode("utf-8", "replace"), password)
        except (Unsound, MemoryError) as trouble:
            get_log().error("mail:accounts-failed", error=trouble)
            raise Refusal("454 4.7.0 temporary failure, try again later") from None
        if not is_known:
            lobby.gate.failed(client)
    if not is_known:
        get_log().warning("mail:login-failed", client=client)  # no name: people type passwords there
        raise Refusal("535 5.7.8 name or password is wrong")


def _plain(answer: bytes) -> tuple[bytes, bytes]:
    words = answer.split(b"\0")
    if len(words) != 3 or words[0] not in {b"", words[1]}:  # noqa: PLR2004 - RFC 4616: authorisation, name, password
        raise Refusal(MALFORMED)
    return words[1], words[2]


def _decoded(answer: bytes) -> bytes:
    if answer == b"*":
        raise Refusal("501 5.7.0 given up")
    try:
        return b"" if answer == b"=" else b64decode(answer, validate=True)
    except NotBase64:
        raise Refusal(MALFORMED) from None
