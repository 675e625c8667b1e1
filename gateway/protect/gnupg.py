"""Runs the program gpg: in a private home that lives as long as the question, without network, agent or settings.

Every call names its home and reads no other settings (a user's gpg.conf could change the cipher). Content and
session keys go through pipes; names go through a file in the private home, because a command line can be read by
everybody on the machine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from gateway.errors import NotSealed, TryLater
from gateway.system import programs
from gateway.system.pipes import Feed, patience, pipe
from gateway.system.programs import Ran

ALWAYS: Final = (
    "--batch",
    "--no-tty",
    "--no-autostart",
    "--no-auto-key-locate",
    "--no-auto-key-retrieve",
    "--no-auto-check-trustdb",
    "--no-permission-warning",
    "--display-charset=utf-8",
    "--trust-model=always",
    "--status-fd=2",
)
AES256: Final = 9  # RFC 4880 section 9.2
ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8"}


@contextmanager
def private_home() -> Iterator[Path]:
    """Lend an empty folder that only we may enter; its path is short, because gpg puts sockets under it."""
    with tempfile.TemporaryDirectory(prefix="g", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def gpg(home: Path, *arguments: str, stdin: bytes = b"", seconds: float = 120) -> Ran:
    """Run gpg in `home`, without any settings but these arguments; `TryLater` where it is not done in time."""
    command = _command(home, "--no-options", *arguments)
    with _in_time():
        return programs.run(command, stdin=stdin, environment=ENVIRONMENT, seconds=seconds)


@contextmanager
def _in_time() -> Iterator[None]:
    """Say of a gpg that was too slow what it is: trouble of this machine, which says nothing of a key and may pass."""
    try:
        yield
    except TimeoutError:
        raise TryLater("gpg was not done in time", hint="the machine is busy; try again") from None


def _command(home: Path, settings: str, *arguments: str) -> list[str]:
    return ["gpg", f"--homedir={home}", settings, *ALWAYS, *arguments]


def status(ran: Ran, keyword: str) -> tuple[tuple[str, ...], ...]:
    """Return the arguments of every status line with this keyword (GnuPG doc/DETAILS)."""
    lines = (line.split(" ") for line in ran.complaint.decode("utf-8", "replace").splitlines())
    return tuple(tuple(line[2:]) for line in lines if line[:2] == ["[GNUPG:]", keyword])


def encrypt(certificate: bytes, feed: Feed, size: int, name: str, target: BinaryIO) -> None:
    """Seal what `feed` writes for the one encryption key in `certificate`, with AES-256 and an integrity check.

    The binary message goes to `target`. `size` is about how many bytes there are, so that the program has time enough;
    `name` becomes the literal packet's file name. The content is not compressed: its size must not tell about it.
    Raises `NotSealed` unless gpg says by code and by status that it did exactly that, `TryLater` where it is not done
    in time.
    """
    with private_home() as home, _in_time():
        to = home / "to"
        to.write_bytes(certificate)
        options = home / "o"
        options.write_bytes(f'set-filename "{name}"\n'.encode())
        ran = pipe(
            _command(
                home,
                f"--options={options}",
                "--cipher-algo=AES256",
                "--compress-algo=none",
                "--force-mdc",
                f"--recipient-file={to}",
                "--output=-",
                "--encrypt",
            ),
            feed=feed,
            target=target,
            environment=ENVIRONMENT,
            seconds=patience(size),
        )
    began = status(ran, "BEGIN_ENCRYPTION")
    if ran.code != 0 or began != (("2", str(AES256)),) or not status(ran, "END_ENCRYPTION"):
        raise NotSealed("gpg did not seal the content", hint="look at the recipient's key with 'gateway keys list'")


def opens_to(message: bytes, session_key: bytes, content: bytes) -> frozenset[str]:
    """Let gpg open `message` with its session key and compare; return the key ids that gpg says it is sealed for.

    Raises `NotSealed` unless gpg reports AES-256 with a good integrity check, and the very bytes of `content`.
    """
    with private_home() as home:
        sealed = home / "m"
        sealed.write_bytes(message)
        key = f"{AES256}:{session_key.hex().upper()}\n".encode()
        ran = gpg(home, "--override-session-key-fd=0", "--output=-", "--decrypt", str(sealed), stdin=key)
    good = status(ran, "GOODMDC") and status(ran, "DECRYPTION_OKAY")
    if ran.code != 0 or not good or status(ran, "DECRYPTION_INFO")[:1] != (("2", str(AES256), "0"),):
        raise NotSealed("gpg could not open what was sealed", hint="the delivery is held; seal it again")
    if ran.output != content:
        raise NotSealed("gpg read other bytes than were sealed", hint="the delivery is held; seal it again")
    return frozenset(fields[0] for fields in status(ran, "ENC_TO") if fields)
