"""`gateway bench seal` for OpenPGP: our sealing beside plain `gpg`, in the same run.

Each measurement is a fresh process; ours and gpg's take turns in every round. Ours reads a file, seals it through the
method, and looks at every packet of the result; gpg reads and writes files by itself. The key was judged before: the
gateway does so once, not for each transfer.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final, TypeAlias

from gateway.cli.bench_child import HOUR, MEGA, memory, write_random
from gateway.errors import GatewayError
from gateway.protect import Plain, gnupg
from gateway.protect.content import InFile
from gateway.protect.keys.judge import Judge
from gateway.protect.keys.judged import Judged
from gateway.protect.methods import openpgp
from gateway.system import programs

TARGET: Final = 0.9
Act: TypeAlias = Callable[[Path, Judged], None]
USER: Final = "Bench <bench@partner.example>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Medians over the rounds: speeds in MB/s, our speed over gpg's in the same round, MiB that our process grew by."""

    megabytes: int
    ours: float
    gpg: float
    ratio: float
    grew: float

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached."""
        return self.ratio >= TARGET


def measure_pgp(megabytes: int = 200, rounds: int = 5, folder: Path | None = None) -> Measured:
    """Seal a file of random bytes so many times, for a key of the ordinary kind (ed25519, cv25519)."""
    with tempfile.TemporaryDirectory(prefix="bench-pgp-", dir=folder) as made:
        here = Path(made)
        write_random(here / "content", megabytes * MEGA)
        (here / "certificate").write_bytes(_certificate())
        taken: dict[Act, list[tuple[float, float]]] = {_ours: [], _plain: []}
        for number in range(rounds + 1):  # the first one warms up
            for act in (_ours, _plain) if number % 2 else (_plain, _ours):
                told = _in_a_fresh_process(act, here)
                taken[act] += [told] if number else []
    ours, gpg = ([seconds for seconds, _ in taken[act]] for act in (_ours, _plain))
    return Measured(
        megabytes=megabytes,
        ours=megabytes / statistics.median(ours),
        gpg=megabytes / statistics.median(gpg),
        ratio=statistics.median(theirs / mine for mine, theirs in zip(ours, gpg, strict=True)),
        grew=statistics.median(grew for _, grew in taken[_ours]),
    )


def _certificate() -> bytes:
    """Make a key in a home that ends with this call, and return its certificate, judged."""
    with gnupg.private_home() as home:
        base = ["gpg", f"--homedir={home}", "--batch", "--pinentry-mode=loopback", "--passphrase="]
        made = programs.run([*base, "--quick-generate-key", USER, "default", "default"])
        exported = programs.run([*base, "--armor", "--export"])
        programs.run(["gpgconf", f"--homedir={home}", "--kill", "all"])
    if made.code != 0 or not exported.output:
        raise GatewayError("gpg could not make a key", hint=made.complaint.decode("utf-8", "replace")[-500:])
    return exported.output


def _in_a_fresh_process(act: Act, here: Path) -> tuple[float, float]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
        return child.submit(_timed, act, here).result()


def _timed(act: Act, here: Path) -> tuple[float, float]:
    """Return the seconds that an act takes, and by how many MiB this process grew."""
    for left in ("sealed", "plain"):
        (here / left).unlink(missing_ok=True)
    key = Judge().judge((here / "certificate").read_bytes())
    before, began = memory(), time.perf_counter()
    act(here, key)
    return time.perf_counter() - began, memory() - before


def _ours(here: Path, key: Judged) -> None:
    part = Plain(name="content", media_type="application/octet-stream", content=InFile(here / "content"))
    openpgp.encrypt(key, [part], here / "sealed")


def _plain(here: Path, key: Judged) -> None:
    """Let gpg do the same by itself."""
    (here / "judged").write_bytes(key.certificate)
    with gnupg.private_home() as home:
        command = ["gpg", f"--homedir={home}", "--no-options", *gnupg.ALWAYS, "--cipher-algo=AES256", "-z0"]
        files = [f"--recipient-file={here / 'judged'}", f"--output={here / 'plain'}", "--encrypt"]
        ran = programs.run([*command, *files, str(here / "content")], environment=gnupg.ENVIRONMENT, seconds=HOUR)
    if ran.code != 0:
        raise GatewayError("gpg failed by itself", hint=ran.complaint.decode("utf-8", "replace")[-500:])
