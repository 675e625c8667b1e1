"""Other content filters for mail, of their own and as Debian ships them, for measuring beside the gateway.

Each is put where the gateway would be: it takes mail durably, looks into it and relays it to a next hop. amavisd-new
and rspamd do not keep mail themselves, so a Postfix in front of each does. Their checks are as shipped, but for those
that ask others over the network. Nothing of an installed service is touched.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from gateway.system import programs
from gateway.testing.postfix import PATH, Postfix, free_port, is_listening, remove, wait_until, where

STARTING: Final = 120.0  # seconds: SpamAssassin compiles its rules first
AMAVIS: Final = r"""use strict;
do '/etc/amavis/conf.d/01-debian';
do '/etc/amavis/conf.d/20-debian_defaults';
$MYHOME = '{folder}';
$TEMPBASE = "$MYHOME/tmp";
$QUARANTINEDIR = "$MYHOME/held";
$db_home = "$MYHOME/db";
$lock_file = "$MYHOME/lock";
$pid_file = "$MYHOME/pid";
$unix_socketname = undef;
$helpers_home = $MYHOME;
$daemon_user = 'amavis';
$daemon_group = 'amavis';
$mydomain = 'bench.example';
$myhostname = 'filter.bench.example';
$max_servers = {workers};
$max_requests = 100;
$inet_socket_bind = '127.0.0.1';
$inet_socket_port = {port};
$forward_method = 'smtp:[127.0.0.1]:{next_hop}';
$notify_method = $forward_method;
$DO_SYSLOG = 0;
$LOGFILE = "$MYHOME/log";
$log_level = 0;
$sa_local_tests_only = 1;
$enable_dkim_verification = 0;
$final_spam_destiny = D_PASS;
$final_banned_destiny = D_PASS;
@bypass_spam_checks_maps = (0);
@bypass_virus_checks_maps = (1);
@local_domains_maps = (1);
1;
"""
RSPAMD: Final = """
.include "$CONFDIR/common.conf"
options {{
    pidfile = "{folder}/pid";
    .include "$CONFDIR/options.inc"
    dns {{ nameserver = ["127.0.0.1:{nobody}"]; timeout = 0.05s; retransmits = 1; }}
}}
logging {{ type = "file"; filename = "{folder}/log"; level = "warning"; }}
worker "rspamd_proxy" {{
    bind_socket = "127.0.0.1:{port}";
    milter = yes;
    count = {workers};
    upstream "local" {{ default = yes; self_scan = yes; }}
}}
"""
ASKS_OTHERS: Final = (
    *(
        "arc",
        "asn",
        "bimi",
        "dkim",
        "dkim_signing",
        "dmarc",
        "fuzzy_check",
        "greylist",
        "history_redis",
        "mx_check",
        "neural",
    ),
    *("ratelimit", "rbl", "replies", "reputation", "rspamd_update", "spf", "url_redirector"),
)
"""Modules of rspamd that need the network or a Redis."""


class ContentFilter(ABC):
    """Start it with `with`; it takes mail at `port` of the loopback and relays it to `next_hop`."""

    name: str
    program: str
    account: str

    def __init__(self, next_hop: int, *, workers: int = 2) -> None:
        self._next_hop = next_hop
        self._workers = workers
        self._own_port = free_port()
        self._folder = Path()
        self._process: programs.Program | None = None
        self._front: Postfix | None = None

    @property
    def _home(self) -> Path:
        return self._folder / "home"

    @classmethod
    def lacking(cls) -> str:
        """Return why it cannot be measured, empty where it can."""
        return "" if where(cls.program) else f"{cls.name} is not installed"

    @property
    def port(self) -> int:
        """Where mail goes in."""
        return self._front.port if self._front else 0

    def __enter__(self) -> Self:
        """Start, and return once it listens."""
        self._folder = Path(tempfile.mkdtemp(prefix="filter-"))
        self._folder.chmod(0o755)  # the filter is another user, who may write into its home alone
        self._home.mkdir()
        shutil.chown(self._home, self.account, self.account)
        try:
            with (self._folder / "said").open("wb") as said:
                self._process = programs.start(
                    self._command(), {"PATH": PATH}, self._folder, output=said.fileno(), complaint=said.fileno()
                )
            wait_until(lambda: is_listening(self._own_port), f"{self.name} listens", seconds=STARTING)
            self._front = Postfix(self._settings(), filters=self._workers)
            self._front.__enter__()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it and remove its folder."""
        try:
            if self._front:
                self._front.__exit__(kind, error, trace)
        finally:
            self._end()

    def _end(self) -> None:
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()
        remove(self._folder)  # its children were killed too, and are not waited for

    @abstractmethod
    def _command(self) -> Sequence[str]:
        """Write its configuration and return what starts it in the foreground."""

    @abstractmethod
    def _settings(self) -> dict[str, str]:
        """Return how the Postfix in front of it uses it."""


class Amavis(ContentFilter):
    """amavisd-new with SpamAssassin as an after-queue content filter: unpacks parts, looks at names, weighs rules."""

    name = "amavisd-new"
    program = "amavisd"
    account = "amavis"

    def _command(self) -> Sequence[str]:
        for each in ("tmp", "held", "db"):
            (self._home / each).mkdir()
            shutil.chown(self._home / each, self.account)
        text = AMAVIS
        values = {"folder": self._home, "workers": self._workers, "port": self._own_port, "next_hop": self._next_hop}
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        config = self._folder / "amavisd.conf"
        config.write_text(text)
        return [where(self.program), "-c", str(config), "foreground"]

    def _settings(self) -> dict[str, str]:
        return {"content_filter": f"filter:[127.0.0.1]:{self._own_port}"}


class Rspamd(ContentFilter):
    """rspamd as a milter: the Postfix in front of it waits for its word before it takes a message, then relays it."""

    name = "rspamd"
    program = "rspamd"
    account = "_rspamd"

    def _command(self) -> Sequence[str]:
        config = self._folder / "rspamd.conf"
        config.write_text(
            RSPAMD.format(folder=self._home, nobody=free_port(), port=self._own_port, workers=self._workers)
        )
        (self._folder / "override.d").mkdir()
        for module in ASKS_OTHERS:
            (self._folder / "override.d" / f"{module}.conf").write_text("enabled = false;\n")
        places = dict.fromkeys(("DBDIR", "RUNDIR", "LOGDIR"), self._home) | {"LOCAL_CONFDIR": self._folder}
        own = [f"--var={name}={place}" for name, place in places.items()]
        return [where(self.program), "-f", "-c", str(config), "-u", self.account, "-g", self.account, *own]

    def _settings(self) -> dict[str, str]:
        next_hop = f"smtp:[127.0.0.1]:{self._next_hop}"
        milter = {"smtpd_milters": f"inet:127.0.0.1:{self._own_port}", "milter_default_action": "tempfail"}
        return milter | {"default_transport": next_hop, "relay_transport": next_hop}


FILTERS: Final[tuple[type[ContentFilter], ...]] = (Amavis, Rspamd)
