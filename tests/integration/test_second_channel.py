"""The second channel against programs and servers that answer in every way there is."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import stat
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.config.load import load_settings
from gateway.config.second_channel import HttpChannelSettings, PassphraseSettings, SmsChannelSettings
from gateway.config.settings import Settings
from gateway.daemon.telling import build_second_post
from gateway.deliver.second_channel import CommandPost, WebPost, as_form, as_json, basic, bearer
from gateway.errors import GatewayError, TryLater, Undeliverable
from gateway.model.transfer import Notice
from gateway.protect.keys import web
from gateway.system import deadline
from gateway.testing.values import a_transfer
from tests.integration.postfix import refusing_port, wait_until
from tests.integration.web_sink import WebSink, status

pytestmark = pytest.mark.network
WORDS = "quetzal-quokka-quiver-quarry-quaint-quench"
TEXT = f"Council: the passphrase for t-1 is {WORDS}"
NOTICE = Notice(id="n-1", about="passphrase:sms", to="+447700900001", subject="", object_id="o")
SAMPLE = Path(__file__).parents[2] / "config" / "gateway.yaml"
AT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def server_side(authority: trustme.CA, name: str = "localhost", *, expired: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if expired:
        begun, ended = datetime(2019, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
        authority.issue_cert(name, not_before=begun, not_after=ended).configure_cert(context)
    else:
        authority.issue_cert(name).configure_cert(context)
    return context


def program(folder: Path, body: str) -> str:
    """Write a shell script and return its path."""
    path = folder / "tell"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(stat.S_IRWXU)
    return str(path)


def tell(post: CommandPost | WebPost) -> None:
    post.tell(NOTICE, TEXT, AT)


# A program


def test_a_program_is_told_on_its_standard_input_and_nowhere_else(tmp_path: Path) -> None:
    tell(CommandPost([program(tmp_path, f"cat >{tmp_path}/in; env >{tmp_path}/env; echo $0 $@ >{tmp_path}/argv"), "x"]))
    assert (tmp_path / "in").read_text() == f"To: +447700900001\nId: n-1\n\n{TEXT}\n"
    for other in ("env", "argv"):
        assert WORDS not in (tmp_path / other).read_text()
        assert "447700900001" not in (tmp_path / other).read_text()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("exit 67", Undeliverable),
        ("exit 1", TryLater),
        ("exit 75", TryLater),
        ("kill -9 $$", TryLater),
        ("cat; exit 70", TryLater),  # says it all on its standard output
        ("cat >&2; exit 70", TryLater),
    ],
)
def test_what_a_program_ends_with_is_its_answer_and_its_words_are_nobody_s(
    tmp_path: Path, body: str, error: type[GatewayError], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(error) as caught:
        tell(CommandPost([program(tmp_path, body)]))
    assert WORDS not in str(caught.value)
    assert WORDS not in "".join(capfd.readouterr())


def test_a_program_that_does_not_read_is_no_trouble(tmp_path: Path) -> None:
    tell(CommandPost([program(tmp_path, "exec 0<&-; exit 0")]))


def test_a_program_that_is_slow_is_killed_and_one_that_talks_for_ever_too(tmp_path: Path) -> None:
    for body in ("sleep 60", "yes", "yes >&2"):
        started = time.monotonic()
        with pytest.raises(TryLater):
            tell(CommandPost([program(tmp_path, body)], seconds=0.5))
        assert time.monotonic() - started < 29, "its own time, not the usual one"


def test_a_program_that_told_it_and_left_a_child_behind_has_told_it(tmp_path: Path) -> None:
    child = tmp_path / "child"
    body = f"cat >/dev/null; setsid sh -c 'echo $$ >{child}; exec sleep 100' & exit 0"
    started = time.monotonic()
    tell(CommandPost([program(tmp_path, body)], seconds=90))
    assert time.monotonic() - started < 90
    wait_until(lambda: child.is_file() and child.read_text().endswith("\n"))
    os.kill(int(child.read_text()), signal.SIGKILL)


@pytest.mark.parametrize("name", ["/nowhere/tell", "no-such-program-anywhere"])
def test_a_program_that_is_not_there_may_come_back(name: str) -> None:
    with pytest.raises(TryLater):
        tell(CommandPost([name]))


# Over HTTP


def test_a_hook_gets_json_over_verified_tls_with_the_token(authority: trustme.CA, ca_file: Path) -> None:
    with WebSink(tls=server_side(authority)) as sink:
        tell(WebPost(sink.url("/p?v=1"), body=as_json, proof=bearer(lambda: "s3cret"), ca_file=str(ca_file)))
    (posted,) = sink.posted
    assert posted.line == "POST /p?v=1 HTTP/1.1"
    assert json.loads(posted.body) == {"id": "n-1", "to": "+447700900001", "text": TEXT}
    assert posted.headers["authorization"] == "Bearer s3cret"
    assert posted.headers["idempotency-key"] == "n-1"
    assert posted.headers["content-type"] == "application/json"
    assert WORDS not in posted.line + str(posted.headers)


def test_an_sms_gateway_gets_a_form_with_the_fields_it_wants(authority: trustme.CA, ca_file: Path) -> None:
    form = as_form("recipient", "body", {"from": "Council & Sons"})
    with WebSink(tls=server_side(authority)) as sink:
        tell(WebPost(sink.url(), body=form, proof=basic("me", lambda: "pa:ss"), ca_file=str(ca_file)))
    (posted,) = sink.posted
    assert posted.form == {"from": "Council & Sons", "recipient": "+447700900001", "body": TEXT}
    assert posted.headers["authorization"] == "Basic bWU6cGE6c3M="
    assert posted.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        *((code, None) for code in (200, 201, 202, 204, 299)),
        *((code, Undeliverable) for code in (400, 401, 403, 404, 410, 422, 499)),
        *((code, TryLater) for code in (408, 425, 429)),
        *((code, TryLater) for code in (103, 300, 304, 500, 502, 503, 599, 999)),
    ],
)
def test_each_answer_means_one_thing(code: int, error: type[GatewayError] | None) -> None:
    body = b"" if code in {103, 204, 304} else f"quoted: {TEXT}".encode()
    with WebSink(status(code, body=body)) as sink:
        if error is None:
            tell(WebPost(sink.url(), body=as_json))
        else:
            with pytest.raises(error) as caught:
                tell(WebPost(sink.url(), body=as_json))
            assert str(caught.value) == f"localhost answered {code}"
    assert len(sink.posted) == 1


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_no_redirection_is_followed(code: int) -> None:
    with WebSink() as elsewhere:
        moved = status(code, f"Location: {elsewhere.url()}")
        with WebSink(moved) as sink, pytest.raises(TryLater, match=str(code)):
            tell(WebPost(sink.url(), body=as_json))
    assert elsewhere.connections == 0


@pytest.mark.parametrize("why", ["another authority", "another name", "expired", "an address and no name"])
def test_a_certificate_that_does_not_verify_is_told_nothing(authority: trustme.CA, ca_file: Path, why: str) -> None:
    tls = {
        "another authority": lambda: server_side(trustme.CA()),
        "another name": lambda: server_side(authority, "sms.example"),
        "expired": lambda: server_side(authority, expired=True),
        "an address and no name": lambda: server_side(authority),
    }[why]()
    with WebSink(tls=tls) as sink:
        url = sink.url(host="127.0.0.1" if why == "an address and no name" else "localhost")
        with pytest.raises(TryLater, match="its certificate does not verify"):
            tell(WebPost(url, body=as_json, ca_file=str(ca_file)))
    assert sink.posted == []


def test_tls_of_the_past_is_told_nothing(authority: trustme.CA, ca_file: Path) -> None:
    tls = server_side(authority)
    tls.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with WebSink(tls=tls) as sink, pytest.raises(TryLater):
        tell(WebPost(sink.url(), body=as_json, ca_file=str(ca_file)))
    assert sink.posted == []


def test_one_that_talks_slowly_for_ever_is_hung_up_on(authority: trustme.CA, ca_file: Path) -> None:
    for tls in (None, server_side(authority)):
        sink = WebSink(tls=tls)
        sink.answer = sink.drip
        started = time.monotonic()
        with sink, pytest.raises(TryLater):
            tell(WebPost(sink.url(), body=as_json, ca_file=str(ca_file) if tls else "", seconds=0.7))
        assert time.monotonic() - started < 29, "its own time, not the usual one"


def test_one_that_says_nothing_is_hung_up_on_during_the_handshake_too(ca_file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        started = time.monotonic()
        url = f"https://localhost:{mute.getsockname()[1]}/"
        with pytest.raises(TryLater):
            tell(WebPost(url, body=as_json, ca_file=str(ca_file), seconds=0.7))
        assert time.monotonic() - started < 29, "its own time, not the usual one"


def test_hanging_up_leaves_tls_on_for_whoever_is_writing(authority: trustme.CA, ca_file: Path) -> None:
    late = threading.Event()
    with WebSink(tls=server_side(authority)) as sink:
        raw = socket.create_connection(("127.0.0.1", sink.port))
        tls = ssl.create_default_context(cafile=str(ca_file))
        with tls.wrap_socket(raw, server_hostname="localhost") as stream:
            deadline._hang_up(stream, late)
            assert late.is_set()
            assert stream.version() is not None, "without it, what is written next goes out in clear"
            with pytest.raises(OSError, match=r"."):
                stream.sendall(WORDS.encode())
    assert WORDS not in str(sink.posted)


def test_what_is_fetched_and_cut_off_at_the_deadline_is_not_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "SECONDS", 0.5)
    ended = threading.Event()

    def endless(connection: socket.socket) -> None:  # no length is announced: its end is the connection's
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        while not ended.wait(0.05):
            connection.sendall(b"x")

    with WebSink(endless) as sink:
        try:
            with pytest.raises(TryLater):
                web.Web().fetch(web.Request(url=sink.url(), most=1_000_000, schemes=frozenset({"http"})))
        finally:
            ended.set()


def test_a_huge_answer_is_not_read(authority: trustme.CA, ca_file: Path) -> None:
    sent = []

    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        for _ in range(1000):
            connection.sendall(b"x" * 1_000_000)
            sent.append(1)

    with WebSink(flood, tls=server_side(authority)) as sink:
        tell(WebPost(sink.url(), body=as_json, ca_file=str(ca_file)))
    assert len(sent) < 50


TOO_MANY = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"


@pytest.mark.parametrize(
    "answer", [b"\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"250 ok\r\n", TOO_MANY, b"\x16\x03"], ids=len
)
def test_what_is_no_answer_is_tried_again(answer: bytes) -> None:
    with WebSink(answer) as sink, pytest.raises(TryLater) as caught:
        tell(WebPost(sink.url(), body=as_json))
    assert WORDS not in str(caught.value)


def test_nobody_there_is_tried_again() -> None:
    with refusing_port() as port, pytest.raises(TryLater, match="could not be asked"):
        tell(WebPost(f"http://localhost:{port}/", body=as_json))


def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with WebSink() as proxy, WebSink() as sink:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url(""))
        tell(WebPost(sink.url(), body=as_json))
    assert proxy.connections == 0


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=200),
    field=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
)
def test_whatever_is_to_be_said_arrives_as_it_is(text: str, field: str) -> None:
    with WebSink() as sink:
        WebPost(sink.url(), body=as_form(field, f"{field}2", {})).tell(NOTICE, text, AT)
        WebPost(sink.url(), body=as_json).tell(NOTICE, text, AT)
    form, plain = sink.posted
    assert form.form == {field: NOTICE.to, f"{field}2": text}
    assert json.loads(plain.body)["text"] == text


# Put together from the settings


def with_channel(channel: HttpChannelSettings | SmsChannelSettings) -> Settings:
    return load_settings(SAMPLE).model_copy(update={"passphrases": PassphraseSettings(channel=channel)})


def private(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_secrets_come_from_private_files_and_are_read_anew_each_time(tmp_path: Path) -> None:
    token = private(tmp_path / "token", "first\n")
    with WebSink() as sink:
        channel = HttpChannelSettings.model_validate({"kind": "http", "url": sink.url(), "token": {"file": token}})
        told = with_channel(channel)
        post = build_second_post(told)
        post(a_transfer(), NOTICE, TEXT)
        private(token, "second")
        post(a_transfer(), NOTICE, TEXT)
        token.chmod(0o644)
        with pytest.raises(TryLater, match="cannot prove"):
            post(a_transfer(), NOTICE, TEXT)
    assert [each.headers["authorization"] for each in sink.posted] == ["Bearer first", "Bearer second"]


def test_a_secret_may_be_a_systemd_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private(tmp_path / "sms-password", "pa55\n", 0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with WebSink() as sink:
        channel = SmsChannelSettings.model_validate(
            {"kind": "sms", "url": sink.url(), "user": "me", "password": {"credential": "sms-password"}}
        )
        build_second_post(with_channel(channel))(a_transfer(), NOTICE, TEXT)
    (posted,) = sink.posted
    assert posted.headers["authorization"].startswith("Basic ")
    assert posted.form == {"to": "+447700900001", "text": TEXT}


def test_what_goes_wrong_is_logged_in_our_words_only(capsys: pytest.CaptureFixture[str]) -> None:
    with WebSink(status(401, body=TEXT.encode())) as sink:
        channel = SmsChannelSettings.model_validate({"kind": "sms", "url": sink.url()})
        with pytest.raises(Undeliverable):
            build_second_post(with_channel(channel))(a_transfer(), NOTICE, TEXT)
    said = "".join(capsys.readouterr())
    assert "answered 401" in said
    for hidden in (WORDS, "447700900001"):
        assert hidden not in said


def test_a_channel_that_was_taken_out_of_the_configuration_tells_nobody() -> None:
    with pytest.raises(Undeliverable):
        build_second_post(load_settings(SAMPLE))(a_transfer(), NOTICE, TEXT)


def test_authorities_that_cannot_be_read_are_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match="cannot be read"):
        WebPost("https://localhost/", body=as_json, ca_file=str(tmp_path / "none.pem"))
