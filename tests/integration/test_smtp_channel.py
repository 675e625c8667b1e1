"""The mail channel against servers that answer in every way there is."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deliver import Consignment, Result
from gateway.deliver.level import TlsLevel
from gateway.deliver.mail import SmtpChannel
from gateway.errors import GatewayError, NotProved, NotSealed, TryLater, Undeliverable
from gateway.model.content import CHUNK, Readable
from tests.integration.postfix import refusing_port
from tests.integration.sink import USUAL, Sink
from tests.integration.tls_servers import server_side
from tests.unit.deliver.consignments import consignment

pytestmark = pytest.mark.network

MESSAGE = b"Subject: x\r\n\r\n.dot\r\n..two\r\nbody\r\n"
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


class OneOff(SmtpChannel):
    """Ends its connection after each hand-over, so that all that was said can be read."""

    def send_group(self, consignments: Sequence[Consignment]) -> Sequence[Result]:
        try:
            return super().send_group(consignments)
        finally:
            self.close()


def channel(sink: Sink, tls: TlsLevel = TlsLevel.NONE, ca_file: Path | None = None) -> SmtpChannel:
    return OneOff("relay", host="127.0.0.1", port=sink.port, tls=tls, ca_file=str(ca_file or ""), timeout=60)


def unstuffed(raw: bytes) -> bytes:
    return b"".join(line.removeprefix(b".") for line in raw.splitlines(keepends=True))


@pytest.fixture(autouse=True)
def parting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the answer to QUIT, so that all that was said is known, however slow this machine is."""
    monkeypatch.setattr("gateway.deliver.connections.PARTING", 60)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as open_sink:
        yield open_sink


def test_the_message_arrives_byte_for_byte_with_its_envelope(sink: Sink) -> None:
    receipt = channel(sink).send(consignment(MESSAGE))
    assert [unstuffed(raw) for raw in sink.messages] == [MESSAGE]
    assert sink.commands[1:] == [
        f"MAIL FROM:<a@force.police.uk> SIZE={len(MESSAGE)}",
        "RCPT TO:<b@nhs.net>",
        "DATA",
        "QUIT",
    ]
    assert receipt.answer == "250 2.0.0 Ok: queued as 4711"
    assert receipt.channel == "relay"
    assert receipt.tls == ""


def test_the_null_sender_is_kept(sink: Sink) -> None:
    channel(sink).send(consignment(MESSAGE, sender=""))
    assert sink.commands[1].startswith("MAIL FROM:<> ")


@settings(max_examples=25)
@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b".", b"QUIT"]), max_size=10).map(b"".join))
def test_whatever_is_sent_only_whole_line_endings_reach_the_wire(content: bytes) -> None:
    with Sink() as sink:
        channel(sink).send(consignment(content))
    [raw] = sink.messages
    rest = raw.replace(b"\r\n", b"")
    assert b"\r" not in rest
    assert b"\n" not in rest
    assert sink.commands[-1] == "QUIT"


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "END"])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [("550 5.1.1 n\xf6 \x07 such user", Undeliverable), ("421 4.7.0 later", TryLater), ("", TryLater)],
    ids=["permanent", "temporary", "hung up"],
)
def test_an_answer_about_the_message_decides(verb: str, answer: str, kind: type[GatewayError]) -> None:
    with Sink(answers={verb: answer}) as sink, pytest.raises(kind) as trouble:
        channel(sink).send(consignment(MESSAGE))
    assert trouble.value.message.isprintable()
    assert trouble.value.message.isascii()
    if answer.startswith("5"):
        assert "550 5.1.1" in trouble.value.message


@pytest.mark.parametrize("verb", ["GREETING", "EHLO"])
@pytest.mark.parametrize("answer", ["554 no service here", "421 later", ""])
def test_an_answer_about_the_server_makes_the_message_wait(verb: str, answer: str) -> None:
    with Sink(answers={verb: answer}) as sink, pytest.raises(TryLater):
        channel(sink).send(consignment(MESSAGE))
    assert not sink.messages


def test_no_server_is_waited_for() -> None:
    with refusing_port() as port, pytest.raises(TryLater, match="no connection with 127"):
        SmtpChannel("relay", host="127.0.0.1", port=port, tls=TlsLevel.NONE).send(consignment(MESSAGE))


def test_eight_bit_content_goes_where_it_is_taken_and_nowhere_else() -> None:
    message = "Subject: x\r\n\r\ncafé\r\n".encode()
    with Sink() as sink:
        channel(sink).send(consignment(message))
    assert sink.commands[1].endswith(" BODY=8BITMIME")
    assert sink.messages == [message]
    with Sink(extensions=["PIPELINING"]) as sink, pytest.raises(Undeliverable, match="8-bit content"):
        channel(sink).send(consignment(message))
    assert not sink.messages


def test_an_address_that_is_not_ascii_needs_smtputf8() -> None:
    with Sink(extensions=[*USUAL, "SMTPUTF8"]) as sink:
        channel(sink).send(consignment(MESSAGE, recipient="jörg@example.org"))
    assert sink.commands[1].endswith(" SMTPUTF8")
    assert sink.commands[2] == "RCPT TO:<jörg@example.org>"
    with Sink() as sink, pytest.raises(Undeliverable, match="not ASCII"):
        channel(sink).send(consignment(MESSAGE, recipient="jörg@example.org"))


@pytest.mark.parametrize("level", [TlsLevel.NONE, TlsLevel.MAY, TlsLevel.ENCRYPT])
def test_a_form_that_needs_verified_tls_goes_through_no_milder_channel(sink: Sink, level: TlsLevel) -> None:
    with pytest.raises(NotSealed, match="does not verify TLS"):
        channel(sink, level).send(consignment(MESSAGE, needs_verified_tls=True))
    assert not sink.commands


@pytest.mark.parametrize("level", [TlsLevel.ENCRYPT, TlsLevel.VERIFY])
def test_tls_that_is_demanded_and_not_offered_sends_nothing(sink: Sink, level: TlsLevel) -> None:
    with pytest.raises(TryLater, match="does not offer TLS"):
        channel(sink, level).send(consignment(MESSAGE))
    assert not [command for command in sink.commands if command.startswith("MAIL")]


def test_may_uses_tls_where_it_is_offered_and_says_what_it_was(sink: Sink, authority: trustme.CA) -> None:
    assert channel(sink, TlsLevel.MAY).send(consignment(MESSAGE)).tls == ""
    with Sink(tls=server_side(authority.issue_cert("anything.example"))) as safe:
        receipt = channel(safe, TlsLevel.MAY).send(consignment(MESSAGE))
    assert receipt.tls.startswith("TLSv1.3 TLS_AES_256_GCM_SHA384 sha256:")
    assert receipt.tls.endswith(" not verified")


def test_a_verified_connection_is_proved_by_its_receipt(authority: trustme.CA, ca_file: Path) -> None:
    with Sink(tls=server_side(authority.issue_cert("127.0.0.1"))) as sink:
        receipt = channel(sink, TlsLevel.VERIFY, ca_file).send(consignment(MESSAGE, needs_verified_tls=True))
    assert receipt.tls.startswith("TLSv1.3 TLS_AES_256_GCM_SHA384 sha256:")
    assert receipt.tls.endswith(" verified 127.0.0.1")
    assert len(receipt.tls.partition("sha256:")[2].split()[0]) == 64
    assert sink.commands.index("STARTTLS") < next(i for i, c in enumerate(sink.commands) if c.startswith("MAIL"))


@pytest.mark.parametrize("wanted", ["FULL", "HDRS", ""])
def test_what_needed_proof_is_not_given_back_in_a_report(wanted: str, authority: trustme.CA, ca_file: Path) -> None:
    """Without RET a server may give all of it back, by whatever way (RFC 3461 section 4.3)."""
    protected = replace(consignment(MESSAGE, needs_verified_tls=True), returns=wanted)
    with Sink(tls=server_side(authority.issue_cert("127.0.0.1")), extensions=[*USUAL, "DSN"]) as sink:
        channel(sink, TlsLevel.VERIFY, ca_file).send(protected)
    [mail] = [command for command in sink.commands if command.startswith("MAIL")]
    assert mail.endswith(" RET=HDRS")


@pytest.mark.parametrize("fault", ["another authority", "wrong name", "expired", "old protocol", "refused", "garbage"])
def test_verify_sends_nothing_over_a_connection_with_a_fault(fault: str, authority: trustme.CA, ca_file: Path) -> None:
    certificate = {
        "another authority": lambda: trustme.CA().issue_cert("127.0.0.1"),
        "wrong name": lambda: authority.issue_cert("other.example"),
        "expired": lambda: authority.issue_cert(
            "127.0.0.1", not_before=LONG_AGO, not_after=LONG_AGO.replace(year=2002)
        ),
    }.get(fault, lambda: authority.issue_cert("127.0.0.1"))()
    context = server_side(certificate, oldest=fault == "old protocol")
    answers = {"refused": {"STARTTLS": "454 4.7.0 not now"}, "garbage": {"STARTTLS": "220 but no TLS"}}.get(fault, {})
    extensions = [*USUAL, "STARTTLS"] if answers else USUAL
    with (
        Sink(tls=None if answers else context, answers=answers, extensions=extensions) as sink,
        pytest.raises(TryLater) as trouble,
    ):
        SmtpChannel(
            "relay", host="127.0.0.1", port=sink.port, tls=TlsLevel.VERIFY, ca_file=str(ca_file), timeout=60
        ).send(consignment(MESSAGE, needs_verified_tls=True))
    assert not sink.messages
    assert not [command for command in sink.commands if command.startswith(("MAIL", "RCPT", "DATA"))]
    assert trouble.value.message.isprintable()


@pytest.mark.parametrize("level", [TlsLevel.ENCRYPT, TlsLevel.VERIFY])
def test_a_handshake_that_fails_never_ends_in_clear_text(level: TlsLevel, authority: trustme.CA) -> None:
    context = server_side(authority.issue_cert("127.0.0.1"), oldest=True)
    with Sink(tls=context) as sink, pytest.raises(NotProved):
        channel(sink, level).send(consignment(MESSAGE))
    assert not [command for command in sink.commands if command.startswith("MAIL")]


@pytest.fixture(params=["454 4.7.0 not now", "220 but no TLS", "old protocol", ""])
def broken_tls(request: pytest.FixtureRequest, authority: trustme.CA) -> Iterator[Sink]:
    """Offers TLS and has none that works; with no answer it hangs up."""
    old = server_side(authority.issue_cert("127.0.0.1"), oldest=True) if request.param == "old protocol" else None
    with Sink(
        tls=old, answers={"STARTTLS": request.param}, extensions=[*USUAL, *([] if old else ["STARTTLS"])]
    ) as sink:
        yield sink


def test_where_nothing_is_promised_broken_tls_is_as_none(broken_tls: Sink) -> None:
    relay = SmtpChannel("relay", host="127.0.0.1", port=broken_tls.port, tls=TlsLevel.MAY, timeout=60)
    for _ in range(2):
        assert relay.send(consignment(MESSAGE)).tls == ""
    assert broken_tls.connections == 2, "the one in clear is kept"
    relay.close()


def test_what_is_sealed_for_want_of_proof_passes_broken_tls(broken_tls: Sink, ca_file: Path) -> None:
    sealed = consignment(MESSAGE)
    sealed = replace(sealed, sealed=replace(sealed.sealed, unproved=True))
    relay = SmtpChannel(
        "relay", host="127.0.0.1", port=broken_tls.port, tls=TlsLevel.VERIFY, ca_file=str(ca_file), timeout=60
    )
    assert relay.send(sealed).tls == ""
    relay.close()


def test_whatever_fails_of_tls_means_that_nothing_is_proved(broken_tls: Sink, ca_file: Path) -> None:
    """Only then it is decided again in time, and not tried for days."""
    relay = SmtpChannel(
        "relay", host="127.0.0.1", port=broken_tls.port, tls=TlsLevel.VERIFY, ca_file=str(ca_file), timeout=60
    )
    with pytest.raises(NotProved):
        relay.send(consignment(MESSAGE, needs_verified_tls=True))
    assert not broken_tls.messages


@pytest.mark.parametrize("code", [500, 502])
def test_a_server_that_knows_no_ehlo_is_greeted_as_in_old_times(code: int) -> None:
    with Sink(answers={"EHLO": f"{code} 5.5.1 what"}) as sink:
        channel(sink).send(consignment(MESSAGE))
    assert [command.split()[0] for command in sink.commands] == ["EHLO", "HELO", "MAIL", "RCPT", "DATA", "QUIT"]
    assert "SIZE" not in sink.commands[2]


@dataclass
class Endless:
    """Content of many megabytes that counts how many were read."""

    size: int = 50_000_000
    read: int = 0

    @contextmanager
    def open(self) -> Iterator[Readable]:
        left, self.read = self.size, 0
        endless = self

        class Reader:
            def read(self, size: int, /) -> bytes:
                nonlocal left
                piece = b"x" * min(size, left)
                left -= len(piece)
                endless.read += len(piece)
                return piece

        yield Reader()


def until_data(listener: socket.socket) -> socket.socket:
    """Return a connection of a mail server that has answered DATA and read nothing of the message yet."""
    server, _ = listener.accept()
    server.sendall(b"220 hello\r\n")
    for answer in (b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
        server.recv(1000)
        server.sendall(answer)
    return server


def test_no_more_is_read_than_the_far_side_takes() -> None:
    large = Endless()
    taken = replace(consignment(MESSAGE), contents=[(consignment(MESSAGE).contents[0][0], large)])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = SmtpChannel(
            "relay", host="127.0.0.1", port=listener.getsockname()[1], tls=TlsLevel.NONE, timeout=60, patience=3
        )
        with ThreadPoolExecutor(1) as thread:
            sending = thread.submit(relay.send_group, [taken])
            server = until_data(listener)
            [result] = sending.result(60)
            server.close()
        relay.close()
    assert isinstance(result.trouble, TryLater)
    assert not result.in_doubt, "its end was not sent"
    assert large.read < large.size / 2


def test_a_large_message_arrives_byte_for_byte(sink: Sink) -> None:
    message = b"Subject: x\r\n\r\n" + (b".dot\r\n" * 1000 + b"x" * 997 + b"\r\n") * 400
    channel(sink).send(consignment(message))
    assert len(message) > 2 * CHUNK
    assert [unstuffed(raw) for raw in sink.messages] == [message]


def answered_early(answer: bytes) -> Result:
    """Return what comes of a message that is answered when little of it has gone; the connection must end."""
    large = Endless()
    taken = replace(consignment(MESSAGE), contents=[(consignment(MESSAGE).contents[0][0], large)])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = SmtpChannel("relay", host="127.0.0.1", port=listener.getsockname()[1], tls=TlsLevel.NONE, timeout=60)
        with ThreadPoolExecutor(1) as thread:
            sending = thread.submit(relay.send_group, [taken])
            server = until_data(listener)
            server.recv(1000)
            server.sendall(answer)
            while server.recv(1 << 20):
                pass
            [result] = sending.result(60)
            server.close()
        relay.close()
    assert large.read < large.size
    return result


def test_an_answer_before_the_end_of_the_message_is_its_answer() -> None:
    result = answered_early(b"552 5.3.4 too big\r\n")
    assert isinstance(result.trouble, Undeliverable)
    assert not result.in_doubt
    assert result.reply
    assert result.reply.code == 552


@pytest.mark.parametrize("answer", [b"250 2.0.0 Ok: queued as 4711\r\n", b"251 2.1.5 elsewhere\r\n"])
def test_a_message_that_is_taken_before_its_end_was_not_handed_over(answer: bytes) -> None:
    """Such a server once got a receipt for 64 kB of 23 MB."""
    result = answered_early(answer)
    assert isinstance(result.trouble, TryLater)
    assert "before all of it was sent" in result.trouble.message
    assert result.receipt is None
    assert result.in_doubt


@pytest.mark.parametrize("early", ["250 2.0.0 Ok", "550 5.7.1 no"])
def test_an_answer_to_what_was_not_sent_yet_is_none(sink: Sink, early: str) -> None:
    """It once stood for the answer to the message, and the real one was not read."""
    sink.answer("DATA", f"354 go ahead\r\n{early}")
    sink.answer("END", "554 5.6.0 not this")
    [result] = channel(sink).send_group([consignment(MESSAGE)])
    assert isinstance(result.trouble, TryLater)
    assert not result.in_doubt
    assert not sink.messages


def test_files_are_not_mail(sink: Sink) -> None:
    with pytest.raises(ValueError, match="whole message"):
        channel(sink).send(consignment(b"one", message=False))
    with pytest.raises(ValueError, match="whole message"):
        channel(sink).send(consignment(b"one", b"two"))
    assert not sink.commands


@settings(max_examples=60, deadline=None)
@given(
    verb=st.sampled_from(["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "END"]),
    answer=st.text(st.characters(max_codepoint=255), min_size=1, max_size=60)
    | st.from_regex(r"[2345][0-9]{2}[ -][ -~]{0,20}(\r\n[2345][0-9]{2} [ -~]{0,20})?", fullmatch=True),
)
def test_whatever_a_server_answers_it_is_taken_waits_or_fails(verb: str, answer: str) -> None:
    with Sink(answers={verb: answer}) as sink:
        relay = SmtpChannel("relay", host="127.0.0.1", port=sink.port, tls=TlsLevel.NONE, timeout=0.2, patience=0.2)
        [result] = relay.send_group([consignment(MESSAGE)])
        relay.close()
    if result.trouble is not None:
        assert isinstance(result.trouble, TryLater | Undeliverable)
        assert result.trouble.message.isprintable()
        assert result.trouble.message.isascii()
    else:
        assert result.receipt is not None
        assert len(sink.messages) == 1
