"""Mail servers that take mail from their own customers only: the password goes to a proved server, and nowhere else."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.config.load import load_settings
from gateway.daemon.assembly import build_channels, close_channels
from gateway.daemon.metrics import proof_of
from gateway.deliver.account import Account
from gateway.deliver.attempt import has_answered
from gateway.deliver.hop import Hop
from gateway.deliver.level import TlsLevel
from gateway.deliver.mail import SmtpChannel
from gateway.deliver.next_hop import FixedHop
from gateway.errors import NotProved, TryLater
from gateway.store.keepers.credential import Secret
from tests.integration.customers import Customers, customers_only
from tests.integration.sink import USUAL, Sink
from tests.integration.tls_servers import FAULTS, Certificates, pin_of, server_side
from tests.unit.config.test_config_load import SMALLEST, written
from tests.unit.deliver.consignments import consignment

pytestmark = pytest.mark.network

MESSAGE = b"Subject: x\r\n\r\nbody\r\n"
NAME, PASSWORD = "council@cjsm.example", "corréct horse battery"
OTHER, THEIRS = "school@cjsm.example", "staple"
IN_BASE64 = base64.b64encode(f"\0{NAME}\0{PASSWORD}".encode()).decode()
AUTH = [*USUAL, "AUTH PLAIN LOGIN"]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def server(certificates: Certificates) -> Iterator[Customers]:
    with customers_only(server_side(certificates.good), {NAME: PASSWORD, OTHER: THEIRS}) as customers:
        yield customers


@contextmanager
def channel(
    port: int,
    certificates: Certificates,
    *,
    account: Account | None = None,
    level: TlsLevel = TlsLevel.VERIFY,
) -> Iterator[SmtpChannel]:
    pins = frozenset({pin_of(certificates.good)}) if level is TlsLevel.PIN else frozenset()
    relay = SmtpChannel(
        "cjsm",
        host="127.0.0.1",
        port=port,
        tls=level,
        ca_file=str(certificates.ca_file),
        pins=pins,
        account=account or Account(user=NAME, password=lambda: PASSWORD),
        timeout=60,
    )
    try:
        yield relay
    finally:
        relay.close()


def verbs(sink: Sink) -> set[str]:
    return {command.split()[0] for command in sink.commands}


@pytest.mark.parametrize("level", [TlsLevel.VERIFY, TlsLevel.PIN, TlsLevel.ENCRYPT])
@pytest.mark.parametrize(("without", "way"), [((), "PLAIN"), (("PLAIN",), "LOGIN")], ids=["plain", "login"])
def test_a_customer_is_let_in(certificates: Certificates, level: TlsLevel, without: tuple[str, ...], way: str) -> None:
    passwords = {NAME: PASSWORD}
    with (
        customers_only(server_side(certificates.good), passwords, without=without) as server,
        channel(server.port, certificates, level=level) as relay,
    ):
        receipt = relay.send(consignment(MESSAGE, needs_verified_tls=level is not TlsLevel.ENCRYPT))
        relay.send(consignment(MESSAGE))
    assert server.mails == [(NAME, MESSAGE)] * 2
    assert server.tried == [(way, NAME)], "once for a connection"
    known = {TlsLevel.VERIFY: "verified", TlsLevel.PIN: "pinned", TlsLevel.ENCRYPT: "not-verified"}
    assert proof_of(receipt.tls) == known[level]
    assert PASSWORD not in repr(receipt)


def test_who_has_no_account_is_not_let_in(server: Customers, certificates: Certificates) -> None:
    """So the others were let in by their account, and by nothing else."""
    relay = SmtpChannel(
        "cjsm", host="127.0.0.1", port=server.port, ca_file=str(certificates.ca_file), tls=TlsLevel.VERIFY
    )
    [result] = relay.send_group([consignment(MESSAGE)])
    relay.close()
    assert result.trouble
    assert not server.mails
    assert not server.tried


def test_a_wrong_password_is_for_an_operator_to_mend(server: Customers, certificates: Certificates) -> None:
    passwords = ["wrong", PASSWORD]
    with capture_logs() as logs, channel(server.port, certificates, account=reading(passwords)) as relay:
        [result] = relay.send_group([consignment(MESSAGE)])
        assert relay.send(consignment(MESSAGE)).answer.startswith("250"), "it is read anew for each connection"
    assert type(result.trouble) is TryLater
    assert result.trouble.message == "127.0.0.1 does not accept our account: it answered AUTH with 535"
    assert has_answered([result]) is False, "so that after some failures it is left alone for a while"
    assert [(each["event"], each["answer"]) for each in logs] == [("account:kept_out", result.trouble.message)]


def reading(passwords: list[str]) -> Account:
    return Account(user=NAME, password=lambda: passwords.pop(0))


@pytest.mark.parametrize("offered", ["AUTH CRAM-MD5 XOAUTH2", "SIZE"])
def test_a_server_that_offers_no_log_in_is_told_nothing(certificates: Certificates, offered: str) -> None:
    with (
        Sink(tls=server_side(certificates.good), extensions=[*USUAL, offered]) as sink,
        channel(sink.port, certificates) as relay,
    ):
        [result] = relay.send_group([consignment(MESSAGE)])
    assert type(result.trouble) is TryLater
    assert "offers no log-in by a password" in result.trouble.message
    assert not verbs(sink) & {"AUTH", "MAIL"}


@pytest.mark.parametrize(
    "answer",
    [
        f"535 5.7.8 what is {IN_BASE64}",
        f"535-{PASSWORD}\r\n535 no",
        f"501 {PASSWORD}",
        f"454 4.7.0 {PASSWORD}",
        f"334 {PASSWORD}",
        f"{IN_BASE64}",
        f"250 {PASSWORD}",
        "",
    ],
)
def test_a_server_that_says_the_password_back_has_it_kept_nowhere(certificates: Certificates, answer: str) -> None:
    with (
        capture_logs() as logs,
        Sink(tls=server_side(certificates.good), extensions=AUTH, answers={"AUTH": answer}) as sink,
        channel(sink.port, certificates) as relay,
    ):
        [result] = relay.send_group([consignment(MESSAGE)])
    assert type(result.trouble) is TryLater
    assert result.reply is None
    for kept in (repr(result), str(result.trouble), repr(logs), repr(vars(relay)["_account"])):
        assert "horse" not in kept
        assert IN_BASE64 not in kept
    assert "MAIL" not in verbs(sink)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("unproved", [False, True], ids=["as usual", "sealed for want of proof"])
def test_a_server_that_did_not_prove_itself_is_told_no_password(
    certificates: Certificates, fault: str, *, unproved: bool
) -> None:
    """What is sealed because its route proves nothing goes over any connection, but not where a password is needed."""
    sealed = consignment(MESSAGE)
    sealed = replace(sealed, sealed=replace(sealed.sealed, unproved=unproved))
    with (
        Sink(tls=server_side(certificates.faulty(fault)), extensions=AUTH) as sink,
        channel(sink.port, certificates) as relay,
    ):
        [result] = relay.send_group([sealed])
    assert isinstance(result.trouble, NotProved)
    assert not verbs(sink) & {"AUTH", "MAIL"}


def test_what_was_sealed_for_want_of_proof_goes_once_there_is_one(
    server: Customers, certificates: Certificates
) -> None:
    sealed = consignment(MESSAGE)
    with channel(server.port, certificates) as relay:
        receipt = relay.send(replace(sealed, sealed=replace(sealed.sealed, unproved=True)))
    assert proof_of(receipt.tls) == "verified"


@pytest.mark.parametrize("level", [TlsLevel.NONE, TlsLevel.MAY])
@pytest.mark.parametrize("has_tls", [True, False])
def test_a_hop_that_is_asked_for_no_proof_is_not_even_met(
    certificates: Certificates, level: TlsLevel, *, has_tls: bool
) -> None:
    """As one becomes for `dane` where DNS has no record."""
    context = server_side(certificates.good) if has_tls else None
    with Sink(tls=context, extensions=AUTH) as sink:
        hop = Hop(host="127.0.0.1", port=sink.port, address="127.0.0.1", level=level)
        account = Account(user=NAME, password=lambda: PASSWORD)
        relay = SmtpChannel("cjsm", next_hop=FixedHop(hop=hop), tls=TlsLevel.DANE, account=account, timeout=60)
        [result] = relay.send_group([consignment(MESSAGE)])
        relay.close()
    assert isinstance(result.trouble, NotProved)
    assert sink.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "192.0.2.1", "relay.example", "127.0.0.1.example"])
@pytest.mark.parametrize("level", TlsLevel)
def test_the_password_goes_to_who_proved_themselves_and_by_tls_on_this_machine(level: TlsLevel, host: str) -> None:
    proving = {TlsLevel.VERIFY, TlsLevel.PIN, TlsLevel.DANE}
    expected = level in proving or (level is TlsLevel.ENCRYPT and host in {"127.0.0.1", "::1", "localhost"})
    assert Hop(host=host, port=25, address=host, level=level).may_log_in is expected


def test_channels_with_accounts_of_their_own_share_no_connection(server: Customers, certificates: Certificates) -> None:
    other = Account(user=OTHER, password=lambda: THEIRS)
    with channel(server.port, certificates) as ours, channel(server.port, certificates, account=other) as theirs:
        for relay in (ours, theirs, ours, theirs):
            relay.send(consignment(MESSAGE))
    assert [sender for sender, _ in server.mails] == [NAME, OTHER, NAME, OTHER]
    assert server.connections == 2


def test_the_account_of_the_configuration_is_the_one(
    server: Customers, certificates: Certificates, tmp_path: Path
) -> None:
    (tmp_path / "cjsm.password").touch(0o600)
    (tmp_path / "cjsm.password").write_text(f"{PASSWORD}\n")
    said = f"host: 127.0.0.1, port: {server.port}, tls: verify, user: {NAME}, password: {{file: cjsm.password}}"
    channels = f"channels:\n  cjsm: {{kind: smtp, {said}, ca_file: {certificates.ca_file}}}"
    settings = load_settings(written(tmp_path, SMALLEST.replace("channels:", channels)))
    cjsm = settings.channels["cjsm"]
    relay = build_channels(settings.model_copy(update={"channels": {"cjsm": cjsm}}))["cjsm"]
    relay.send(consignment(MESSAGE))
    close_channels({"cjsm": relay})
    assert server.mails == [(NAME, MESSAGE)]
    assert PASSWORD not in repr(settings)


def unsafe(path: Path) -> None:
    path.write_text(PASSWORD)
    path.chmod(0o644)


def binary(path: Path) -> None:
    path.touch(0o600)
    path.write_bytes(b"\xff\xfe")


@pytest.mark.parametrize("spoil", [unsafe, binary, Path.exists], ids=["for all to read", "no text", "not there"])
def test_a_password_that_cannot_be_read_makes_the_mail_wait(
    server: Customers, certificates: Certificates, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    path = tmp_path / "cjsm.password"
    spoil(path)
    account = Account(user=NAME, password=Secret(file=path).read)
    with channel(server.port, certificates, account=account) as relay:
        with pytest.raises(TryLater, match=r"the password for 127\.0\.0\.1 cannot be read"):
            relay.send(consignment(MESSAGE))
        path.unlink(missing_ok=True)
        path.touch(0o600)
        path.write_text(f"{PASSWORD}\n")
        relay.send(consignment(MESSAGE))
    assert server.tried == [("PLAIN", NAME)]
