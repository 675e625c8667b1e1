"""What strangers say on the way out: answers of servers, policies of domains, records. All of it is hostile."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from gateway.deliver.answers import LONGEST, against, reply_of, said
from gateway.deliver.hop import Tlsa
from gateway.deliver.loop import LoopThread
from gateway.deliver.mta_sts import LONGEST as A_YEAR
from gateway.deliver.mta_sts import Mode, StsPolicy, parse
from gateway.deliver.resolver import NoAnswer, ascii_name
from gateway.deliver.tls import public_key
from gateway.errors import TryLater, Undeliverable
from gateway.model.transfer import Reply

GOOD = b"version: STSv1\r\nmode: enforce\r\nmx: mx.a.example\r\nmx: *.b.example\r\nmax_age: 600\r\n"


@pytest.mark.parametrize(
    ("code", "text", "enhanced", "rest"),
    [
        (550, "5.1.1 no such user", "5.1.1", "no such user"),
        (550, "5.1.1 no such\n5.1.1 user here", "5.1.1", "no such user here"),
        (250, "2.0.0", "2.0.0", ""),
        (550, "no such user", "", "no such user"),
        (550, "4.1.1 of another class", "", "4.1.1 of another class"),
        (550, "5.1.1234 too long", "", "5.1.1234 too long"),
        (550, "", "", ""),
        (550, "5.1.1 a\x00b\x1b[2Jc\u202e", "5.1.1", "a?b?[2Jc?"),
    ],
)
def test_an_answer_is_taken_apart(code: int, text: str, enhanced: str, rest: str) -> None:
    assert reply_of("mx", code, text) == Reply(host="mx", code=code, enhanced=enhanced, text=rest)


@given(st.integers(-1, 999), st.text(max_size=1000))
def test_whatever_is_answered_is_fit_to_be_kept(code: int, text: str) -> None:
    reply = reply_of("mx", code, text)
    line = said(reply)
    assert len(reply.text) <= LONGEST
    assert line.isprintable() or not line
    assert line.isascii()
    is_last = 500 <= code <= 599
    assert isinstance(against(reply, about_message=True).trouble, Undeliverable if is_last else TryLater)
    assert isinstance(against(reply, about_message=False).trouble, TryLater)


def test_a_policy_is_read() -> None:
    assert parse(GOOD, "1") == StsPolicy(
        id="1", mode=Mode.ENFORCE, max_age=600, patterns=("mx.a.example", "*.b.example")
    )
    assert parse(GOOD.replace(b"\r\n", b"\n") + b"more: things\n", "1") == parse(GOOD, "1")
    forever = parse(GOOD.replace(b"600", b"99999999999"), "1")
    assert forever
    assert forever.max_age == A_YEAR


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"\xff" + GOOD,
        GOOD.replace(b"version: STSv1\r\n", b""),
        GOOD.replace(b"enforce", b"Enforce"),
        GOOD.replace(b"600", b"-1"),
        GOOD.replace(b"600", b"9" * 5000),
        GOOD.replace(b"600", "٦".encode()),
        b"version: STSv1\r\nmode: enforce\r\nmax_age: 600\r\n",
        b"<html>version: STSv1</html>",
    ],
)
def test_what_is_no_policy_is_none(hostile: bytes) -> None:
    assert parse(hostile, "1") is None


@given(st.binary(max_size=3000) | st.lists(st.sampled_from(GOOD.splitlines())).map(b"\r\n".join))
def test_whatever_is_served_is_a_policy_or_none(served: bytes) -> None:
    found = parse(served, "1")
    assert found is None or (found.max_age >= 0 and (found.patterns or found.mode is Mode.NONE))


@pytest.mark.parametrize(
    ("host", "is_covered"),
    [
        ("mx.a.example", True),
        ("a.example", False),
        ("x.mx.a.example", False),
        ("mx.a.example.evil.example", False),
        ("x.b.example", True),
        ("x.y.b.example", False),
        ("b.example", False),
        (".b.example", False),
        ("xb.example", False),
        ("*.b.example", True),  # no host has such a name; it is compared as it stands
    ],
)
def test_a_star_stands_for_one_label(host: str, *, is_covered: bool) -> None:
    policy = parse(GOOD, "1")
    assert policy
    assert policy.covers(host) is is_covered


@pytest.fixture(scope="module")
def certificate() -> bytes:
    issued = trustme.CA().issue_cert("mx.example")
    return x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes()).public_bytes(Encoding.DER)


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.binary(max_size=64), st.sampled_from(range(4)))
def test_only_the_very_certificate_or_key_matches(
    certificate: bytes, usage: int, selector: int, matching: int, noise: bytes, right: int
) -> None:
    record = Tlsa(usage=usage, selector=selector, matching=matching, data=noise)
    assert record.is_usable is (usage == 3 and selector <= 1 and matching <= 2)
    assert not record.matches(certificate)
    about = [certificate, public_key(certificate)][right % 2]
    data = [hashlib.sha256(about).digest(), hashlib.sha512(about).digest()][right // 2]
    assert Tlsa(usage=3, selector=right % 2, matching=1 + right // 2, data=data).matches(certificate)
    assert not Tlsa(usage=3, selector=1 - right % 2, matching=1 + right // 2, data=data).matches(certificate)


@pytest.mark.parametrize("name", ["a..b\u00e9", "\u00e9" * 100, "\u202e.example", "\ud800.example"])
def test_a_name_that_cannot_stand_in_dns_is_not_asked_for(name: str) -> None:
    with pytest.raises(NoAnswer):
        ascii_name(name)


def test_names_are_asked_for_in_ascii() -> None:
    assert ascii_name("J\u00f6rg.Example.") == "xn--jrg-sna.example"
    assert ascii_name("MX.Example.") == "mx.example"


async def _thread() -> str:
    return threading.current_thread().name


def test_work_of_all_threads_goes_on_one_and_begins_anew_after_the_end() -> None:
    loop = LoopThread()
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: loop.run(_thread()), range(50))) == {"mail-out"}
    loop.stop()
    assert loop.run(_thread()) == "mail-out"
    loop.stop()
    loop.stop()


def test_what_work_raises_is_raised_to_whoever_waits() -> None:
    async def fails() -> None:
        raise TryLater("not now")

    loop = LoopThread()
    with pytest.raises(TryLater, match="not now"):
        loop.run(fails())
    loop.stop()
