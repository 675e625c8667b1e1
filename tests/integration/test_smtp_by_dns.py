"""Mail to the servers that DNS names: which are tried, what they must prove, and what a forger of DNS gets: nothing."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from gateway.deliver.channels import ChannelKind, build
from gateway.deliver.hop import Hop
from gateway.deliver.level import TlsLevel
from gateway.deliver.mail import SmtpChannel
from gateway.deliver.mta_sts import MtaSts
from gateway.deliver.next_hop import Dane, FixedHop, MxHops
from gateway.deliver.resolver import Resolver
from gateway.errors import NotProved, TryLater, Undeliverable
from gateway.model.transfer import Receipt
from tests.integration.name_server import NameServer
from tests.integration.postfix import free_port
from tests.integration.sink import Sink
from tests.integration.tls_servers import Certificates, der_of, pin_of, server_side
from tests.integration.web_sink import WebSink, status
from tests.unit.deliver.consignments import consignment

pytestmark = pytest.mark.network

MESSAGE = b"Subject: x\r\n\r\nbody\r\n"
DOMAIN, MX1, MX2 = "partner.example", "mx1.partner.example", "mx2.partner.example"
RECIPIENT = f"b@{DOMAIN}"
POLICY = f"version: STSv1\r\nmode: enforce\r\nmx: {MX1}\r\nmx: *.mail.example\r\nmax_age: 86400\r\n"


@dataclass
class Site:
    """A domain with two mail servers at two addresses, one port, and its name server."""

    names: NameServer
    first: Sink
    second: Sink
    certificates: Certificates

    def send(self, level: TlsLevel, *, needs: bool = False, to: str = RECIPIENT, sts: MtaSts | None = None) -> Receipt:
        relay = self.channel(level, sts=sts)
        try:
            return relay.send(consignment(MESSAGE, recipient=to, needs_verified_tls=needs))
        finally:
            relay.close()

    def channel(self, level: TlsLevel, *, sts: MtaSts | None = None, own: str = "") -> SmtpChannel:
        resolver = self.resolver()
        hops = MxHops(
            resolver=resolver,
            port=self.first.port,
            local=True,
            own=own,
            level=level,
            pins=frozenset({pin_of(self.certificates.good)}),
            sts=sts,
            dane=Dane(resolver=resolver) if level is TlsLevel.DANE else None,
        )
        ca_file = str(self.certificates.ca_file)
        return SmtpChannel("mx", next_hop=hops, tls=level, ca_file=ca_file, timeout=60, ehlo="gw.example")

    def resolver(self) -> Resolver:
        return Resolver("127.0.0.1", self.names.port, patience=30)

    @property
    def messages(self) -> tuple[int, int]:
        return len(self.first.messages), len(self.second.messages)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("ca"), host=MX1)


@pytest.fixture
def site(certificates: Certificates) -> Iterator[Site]:
    with ExitStack() as up:
        names = NameServer().say(DOMAIN, "MX", f"20 {MX2}.", f"10 {MX1}.").say(DOMAIN, "A", "127.0.0.9")
        names.say(MX1, "A", "127.0.0.2").say(MX2, "A", "127.0.0.3")
        port = free_port()  # at every address
        first = up.enter_context(Sink(tls=server_side(certificates.good), host="127.0.0.2", port=port))
        second = up.enter_context(
            Sink(tls=server_side(certificates.authority.issue_cert(MX2)), host="127.0.0.3", port=port)
        )
        yield Site(up.enter_context(names), first, second, certificates)


def test_the_preferred_server_gets_it(site: Site) -> None:
    assert site.send(TlsLevel.MAY).answer.startswith("250")
    assert site.messages == (1, 0)


def test_without_mx_the_domain_itself_is_the_server(site: Site) -> None:
    site.names.say(DOMAIN, "MX").say(DOMAIN, "A", "127.0.0.3")
    site.send(TlsLevel.MAY)
    assert site.messages == (0, 1)


def test_a_domain_that_takes_no_mail_gets_none(site: Site) -> None:
    site.names.say(DOMAIN, "MX", "0 .")
    with pytest.raises(Undeliverable, match="takes no mail") as trouble:
        site.send(TlsLevel.MAY)
    assert trouble.value.status == "5.1.10", "RFC 7505 section 4.2"


def test_a_domain_that_does_not_exist_is_told_at_once(site: Site) -> None:
    with pytest.raises(Undeliverable, match=r"no domain nowhere\.example") as trouble:
        site.send(TlsLevel.MAY, to="b@nowhere.example")
    assert trouble.value.status == "5.1.2"


def test_while_dns_does_not_answer_it_waits(site: Site) -> None:
    site.names.fail(DOMAIN, "MX")
    with pytest.raises(TryLater, match="no answer from DNS"):
        site.send(TlsLevel.MAY)
    site.names.say(MX1, "A").say(MX2, "A").say("other.example", "MX", f"10 {MX1}.")
    with pytest.raises(TryLater, match="has an address"):
        site.send(TlsLevel.MAY, to="b@other.example")


@pytest.mark.parametrize("trouble", ["no connection", "greets with 421", "greets with 554", "has no address"])
def test_the_next_server_is_tried_when_the_first_does_not_take_the_connection(site: Site, trouble: str) -> None:
    wrong: dict[str, Callable[[], object]] = {
        "no connection": lambda: site.names.say(MX1, "A", "127.0.0.8"),
        "has no address": lambda: site.names.fail(MX1, "A"),
        "greets with 421": lambda: site.first.answer("GREETING", "421 4.3.2 busy"),
        "greets with 554": lambda: site.first.answer("GREETING", "554 5.3.2 no service"),
    }
    wrong[trouble]()
    site.send(TlsLevel.MAY)
    assert site.messages == (0, 1)


@pytest.mark.parametrize("answer", ["451 4.3.2 busy", "421 4.3.2 busy", "452 4.3.1 full", ""])
def test_the_next_server_is_tried_when_the_first_does_not_take_the_message_now(site: Site, answer: str) -> None:
    site.first.answer("MAIL", answer)
    assert site.send(TlsLevel.MAY).answer.startswith("250")
    assert site.messages == (0, 1)
    assert "RCPT" not in "".join(site.first.commands)


def test_what_the_first_server_says_of_the_message_or_of_one_recipient_stands(site: Site) -> None:
    site.first.answer("MAIL", "550 5.7.1 not from you")
    with pytest.raises(Undeliverable, match="not from you"):
        site.send(TlsLevel.MAY)
    site.first.answer("MAIL", "250 2.1.0 Ok")
    site.first.answer("RCPT", "450 4.2.1 busy")
    with pytest.raises(TryLater, match="busy"):
        site.send(TlsLevel.MAY)
    assert site.second.commands == []


def test_a_server_that_takes_no_8_bit_content_is_passed_over(site: Site) -> None:
    letter = b"Subject: x\r\n\r\ncaf\xc3\xa9\r\n"
    relay = site.channel(TlsLevel.MAY)
    site.first.answer("EHLO", "250 mx1")
    assert relay.send(consignment(letter, recipient=RECIPIENT)).answer.startswith("250")
    assert site.messages == (0, 1)
    site.second.answer("GREETING", "421 4.3.2 busy")
    relay.close()
    with pytest.raises(TryLater, match="busy"):
        relay.send(consignment(letter, recipient=RECIPIENT))
    site.second.answer("GREETING", "220 mx2")
    site.second.answer("EHLO", "250 mx2")
    with pytest.raises(Undeliverable, match="8-bit content"):
        relay.send(consignment(letter, recipient=RECIPIENT))
    relay.close()


def test_where_no_server_takes_it_now_the_best_one_is_named_and_it_waits(site: Site) -> None:
    site.first.answer("MAIL", "451 4.3.2 busy")
    site.second.answer("MAIL", "452 4.3.1 full")
    with pytest.raises(TryLater, match=rf"{MX1} answered: 451 4\.3\.2 busy"):
        site.send(TlsLevel.MAY)


def test_one_family_of_addresses_that_is_not_answered_does_not_hide_the_other(site: Site) -> None:
    site.names.fail(MX1, "AAAA")
    site.send(TlsLevel.MAY)
    assert site.messages == (1, 0)


def test_for_dane_both_families_must_be_answered(site: Site, certificates: Certificates) -> None:
    for host in (MX1, MX2):
        site.names.fail(host, "AAAA")
    tlsa(site, f"3 1 1 {pin_of(certificates.good)}")
    with pytest.raises(TryLater, match="has an address"):
        site.send(TlsLevel.DANE)


@pytest.mark.parametrize("address", ["127.0.0.2", "::1", "::ffff:127.0.0.2", "169.254.7.7", "fe80::1", "224.0.0.1"])
def test_a_stranger_cannot_name_this_machine_as_their_mail_server(address: str) -> None:
    with NameServer() as names:
        names.say(DOMAIN, "MX", f"10 {MX1}.").say(MX1, "AAAA" if ":" in address else "A", address)
        relay = build(ChannelKind.SMTP, "mx", mx=True, tls=TlsLevel.MAY, resolver=("127.0.0.1", names.port))
        with pytest.raises(TryLater, match="has an address"):
            relay.send(consignment(MESSAGE, recipient=RECIPIENT))


def test_mail_does_not_come_back_to_us(site: Site) -> None:
    """RFC 5321 section 5.1: where we are one of the servers, only those that come before us count."""
    relay = site.channel(TlsLevel.MAY, own=MX2)
    relay.send(consignment(MESSAGE, recipient=RECIPIENT))
    relay.close()
    assert site.messages == (1, 0)
    relay = site.channel(TlsLevel.MAY, own=MX1)
    with pytest.raises(TryLater, match="back to us"):
        relay.send(consignment(MESSAGE, recipient=RECIPIENT))
    assert site.messages == (1, 0)


def test_a_name_that_tls_cannot_ask_for_is_the_trouble_of_its_domain_alone(site: Site) -> None:
    r"""Attack: a label of bytes, each written `\255`, is longer than a name may be."""
    hostile = "\\255" * 20 + ".evil.example"
    site.names.say("evil.example", "MX", f"10 {hostile}.").say(hostile, "A", "127.0.0.2")
    relay = site.channel(TlsLevel.ENCRYPT)
    evil, good = relay.send_group([consignment(MESSAGE, recipient=each) for each in ("a@evil.example", RECIPIENT)])
    relay.close()
    assert isinstance(evil.trouble, NotProved)
    assert good.receipt


class Failing(MxHops):
    """Goes wrong for one domain, in a way that nobody foresaw."""

    async def hops(self, domain: str, *, needs_proof: bool) -> Sequence[Hop]:
        if domain == "evil.example":
            raise RuntimeError(domain)
        return await super().hops(domain, needs_proof=needs_proof)


def test_what_nobody_foresaw_of_one_domain_takes_no_answer_from_another(site: Site) -> None:
    hops = Failing(resolver=site.resolver(), port=site.first.port, level=TlsLevel.MAY, local=True)
    relay = SmtpChannel("mx", next_hop=hops, tls=TlsLevel.MAY, timeout=60, ehlo="gw.example")
    evil, good = relay.send_group([consignment(MESSAGE, recipient=each) for each in ("a@evil.example", RECIPIENT)])
    relay.close()
    assert isinstance(evil.trouble, TryLater)
    assert evil.in_doubt
    assert good.receipt


@pytest.mark.parametrize("answer", ["450 4.2.1 busy", "550 5.1.1 unknown"])
def test_what_a_server_said_of_the_recipient_is_not_asked_of_another(site: Site, answer: str) -> None:
    site.first.answer("RCPT", answer)
    with pytest.raises((TryLater, Undeliverable)):
        site.send(TlsLevel.MAY)
    assert not site.second.commands


def test_each_domain_of_a_group_goes_its_own_way(site: Site) -> None:
    site.names.say("other.example", "MX", f"10 {MX2}.").say("none.example", "MX", "0 .")
    relay = site.channel(TlsLevel.MAY)
    asked = [
        consignment(MESSAGE, recipient=f"{user}@{domain}")
        for user, domain in (("a", DOMAIN), ("b", "other.example"), ("c", "none.example"), ("d", DOMAIN))
    ]
    results = relay.send_group(asked)
    relay.close()
    assert [bool(result.receipt) for result in results] == [True, True, False, True]
    assert site.messages == (1, 1)
    assert relay.by_domain


def test_a_pinned_key_proves_a_server_whatever_dns_said(site: Site) -> None:
    assert "pinned key:" in site.send(TlsLevel.PIN, needs=True).tls
    site.names.say("evil.example", "MX", f"10 {MX2}.")
    with pytest.raises(NotProved, match="pinned"):
        site.send(TlsLevel.PIN, needs=True, to="b@evil.example")
    assert site.messages == (1, 0)


# MTA-STS


def policies(site: Site, web: WebSink) -> MtaSts:
    site.names.say(f"_mta-sts.{DOMAIN}", "TXT", '"v=STSv1; " "id=20260101T1;"')
    site.names.say(f"mta-sts.{DOMAIN}", "A", "127.0.0.1")
    return MtaSts(site.resolver(), time.monotonic, ca_file=str(site.certificates.ca_file), port=web.port)


def says(policy: str) -> bytes:
    return status(200, "Content-Type: text/plain", body=policy.encode())


@pytest.fixture
def web(certificates: Certificates) -> Iterator[WebSink]:
    own = certificates.authority.issue_cert(f"mta-sts.{DOMAIN}")
    with WebSink(says(POLICY), tls=server_side(own)) as open_sink:
        yield open_sink


def test_an_enforced_policy_proves_the_server_that_it_names(site: Site, web: WebSink) -> None:
    sts = policies(site, web)
    receipt = site.send(TlsLevel.MTA_STS, needs=True, sts=sts)
    assert receipt.tls.endswith(f"mta-sts id:20260101T1 enforce verified {MX1}")
    site.send(TlsLevel.MTA_STS, needs=True, sts=sts)
    assert web.connections == 1, "kept for its max_age"
    assert web.posted[0].line == "GET /.well-known/mta-sts.txt HTTP/1.1"


def test_a_policy_is_fetched_though_all_other_work_waits(site: Site, web: WebSink) -> None:
    sts = policies(site, web)
    over = threading.Event()

    async def fetched() -> object:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        waiting = loop.run_in_executor(None, over.wait, 100)
        try:
            return await asyncio.wait_for(sts.policy(DOMAIN), 60)
        finally:
            over.set()
            await waiting

    assert asyncio.run(fetched())


def test_a_forged_mx_is_not_one_that_the_policy_names(site: Site, web: WebSink) -> None:
    sts = policies(site, web)
    site.names.say(DOMAIN, "MX", "1 mx.evil.example.").say("mx.evil.example", "A", "127.0.0.3")
    for needs in (False, True):
        with pytest.raises(NotProved, match="MTA-STS policy"):
            site.send(TlsLevel.MTA_STS, needs=needs, sts=sts)
    assert site.messages == (0, 0)


def test_under_an_enforced_policy_a_wrong_certificate_gets_nothing_needed_or_not(site: Site, web: WebSink) -> None:
    sts = policies(site, web)
    site.names.say(MX1, "A", "127.0.0.3")  # another server answers under the right name
    for needs in (False, True):
        with pytest.raises(NotProved, match="certificate is not accepted"):
            site.send(TlsLevel.MTA_STS, needs=needs, sts=sts)
    assert site.messages == (0, 0)


@pytest.mark.parametrize(
    "policy",
    [
        POLICY.replace("enforce", "testing"),
        POLICY.replace("enforce", "none"),
        POLICY.replace("STSv1", "STSv2"),
        POLICY.replace("max_age: 86400", "max_age: soon"),
        POLICY.replace(MX1, "\xff") + "x" * 70_000,
        "",
    ],
    ids=["testing", "none", "version", "age", "too large", "empty"],
)
def test_without_an_enforced_policy_nothing_is_proved_and_the_rest_goes_as_it_can(
    site: Site, web: WebSink, policy: str
) -> None:
    web.answer = says(policy)
    sts = policies(site, web)
    with pytest.raises(NotProved, match="publishes nothing"):
        site.send(TlsLevel.MTA_STS, needs=True, sts=sts)
    assert site.send(TlsLevel.MTA_STS, sts=sts).tls.endswith("not verified")


@pytest.mark.parametrize(
    "answer",
    [
        status(302, "Location: https://elsewhere.example/"),
        status(404, "Content-Type: text/plain", body=POLICY.encode()),
        status(200, "Content-Type: text/html", body=POLICY.encode()),
    ],
    ids=["redirected", "not found", "a page"],
)
def test_a_policy_that_is_not_served_as_one_is_none(site: Site, web: WebSink, answer: bytes) -> None:
    web.answer = answer
    sts = policies(site, web)
    for _ in range(2):
        with pytest.raises(NotProved):
            site.send(TlsLevel.MTA_STS, needs=True, sts=sts)
    assert web.connections == 1, "not asked again for a while"


def test_a_policy_server_that_proves_nothing_has_no_policy(site: Site, certificates: Certificates) -> None:
    with WebSink(says(POLICY), tls=server_side(certificates.authority.issue_cert("other.example"))) as web:
        with pytest.raises(NotProved):
            site.send(TlsLevel.MTA_STS, needs=True, sts=policies(site, web))
        assert not web.posted


def test_a_policy_that_is_kept_outlives_its_record(site: Site, web: WebSink) -> None:
    """Who can suppress an answer of DNS must not switch a policy off (RFC 8461 section 10.2)."""
    sts = policies(site, web)
    site.send(TlsLevel.MTA_STS, needs=True, sts=sts)
    kept = MtaSts(site.resolver(), time.monotonic, ca_file=str(site.certificates.ca_file), port=web.port)
    kept._kept = sts._kept
    site.names.fail(f"_mta-sts.{DOMAIN}", "TXT")
    assert "enforce" in site.send(TlsLevel.MTA_STS, needs=True, sts=kept).tls


@pytest.mark.parametrize(
    "records", [(), ('"v=STSv1; id=1"', '"v=STSv1; id=2"'), ('"v=STSv1"',), ('"v=spf1 -all"',), ('"v=STSv1; id=a b"',)]
)
def test_what_is_no_record_announces_no_policy(site: Site, web: WebSink, records: tuple[str, ...]) -> None:
    sts = policies(site, web)
    site.names.say(f"_mta-sts.{DOMAIN}", "TXT", *records)
    with pytest.raises(NotProved):
        site.send(TlsLevel.MTA_STS, needs=True, sts=sts)
    assert not web.connections


# DANE


def tlsa(site: Site, record: str, host: str = MX1) -> None:
    site.names.say(f"_{site.first.port}._tcp.{host}", "TLSA", record)


def test_a_signed_record_of_the_key_proves_the_server(site: Site, certificates: Certificates) -> None:
    tlsa(site, f"3 1 1 {pin_of(certificates.good)}")
    receipt = site.send(TlsLevel.DANE, needs=True)
    record = f"3 1 1 {pin_of(certificates.good)}"
    assert receipt.tls.endswith(f"dane TLSA _{site.first.port}._tcp.{MX1} {record} signed")


@pytest.mark.parametrize("matching", [0, 1, 2])
def test_a_record_of_the_certificate_in_every_form(site: Site, certificates: Certificates, matching: int) -> None:
    der = der_of(certificates.good)
    data = [der, hashlib.sha256(der).digest(), hashlib.sha512(der).digest()][matching]
    tlsa(site, f"3 0 {matching} {data.hex()}")
    assert f"3 0 {matching} " in site.send(TlsLevel.DANE, needs=True).tls


def test_neither_name_nor_dates_nor_authority_count_for_dane(site: Site, certificates: Certificates) -> None:
    """RFC 7672 section 3.1.1: the record takes the place of all three."""
    expired = certificates.faulty("expired")
    with Sink(tls=server_side(expired), host="127.0.0.4", port=site.first.port):
        site.names.say(MX1, "A", "127.0.0.4")
        tlsa(site, f"3 1 1 {pin_of(expired)}")
        assert "dane" in site.send(TlsLevel.DANE, needs=True).tls


def test_another_key_than_the_record_names_gets_nothing_needed_or_not(site: Site) -> None:
    for host in (MX1, MX2):
        tlsa(site, f"3 1 1 {'00' * 32}", host)
    for needs in (False, True):
        with pytest.raises(NotProved, match="none of its TLSA records"):
            site.send(TlsLevel.DANE, needs=needs)
    assert site.messages == (0, 0)


def test_a_domain_without_records_proves_nothing_and_the_rest_goes_as_it_can(site: Site) -> None:
    with pytest.raises(NotProved, match="publishes nothing"):
        site.send(TlsLevel.DANE, needs=True)
    assert site.send(TlsLevel.DANE).tls.endswith("not verified")


@pytest.mark.parametrize("name", ["MX", "address", "TLSA"])
def test_a_record_counts_only_where_every_name_on_the_way_is_signed(
    site: Site, certificates: Certificates, name: str
) -> None:
    tlsa(site, f"3 1 1 {pin_of(certificates.good)}")
    site.names.unsigned({"MX": DOMAIN, "address": MX1, "TLSA": f"_{site.first.port}._tcp.{MX1}"}[name])
    with pytest.raises(NotProved):
        site.send(TlsLevel.DANE, needs=True)
    assert site.messages == (0, 0)


def test_a_server_whose_record_fails_validation_is_not_used(site: Site, certificates: Certificates) -> None:
    """Were it, whoever can spoil an answer could switch DANE off (RFC 7672 section 2.1.2)."""
    tlsa(site, f"3 1 1 {pin_of(certificates.good)}")
    site.names.fail(f"_{site.first.port}._tcp.{MX1}", "TLSA").say(DOMAIN, "MX", f"10 {MX1}.")
    for needs in (False, True):
        with pytest.raises(TryLater):
            site.send(TlsLevel.DANE, needs=needs)
    assert site.messages == (0, 0)


@pytest.mark.parametrize("record", ["2 1 1", "0 0 1", "1 1 1", "3 7 1", "3 1 9"])
def test_records_that_we_cannot_match_make_tls_a_must_and_prove_nothing(site: Site, record: str) -> None:
    for host in (MX1, MX2):
        tlsa(site, f"{record} {'00' * 32}", host)
    with pytest.raises(NotProved, match="publishes nothing"):
        site.send(TlsLevel.DANE, needs=True)
    assert site.send(TlsLevel.DANE).tls.endswith("not verified")
    with Sink(host="127.0.0.4", port=site.first.port) as plain:
        for host in (MX1, MX2):
            site.names.say(host, "A", "127.0.0.4")
        with pytest.raises(NotProved, match="does not offer TLS"):
            site.send(TlsLevel.DANE)
        assert not plain.messages


def test_an_alias_of_the_server_is_followed_to_its_record(site: Site, certificates: Certificates) -> None:
    site.names.say("alias.partner.example", "CNAME", f"{MX1}.").say(DOMAIN, "MX", "10 alias.partner.example.")
    tlsa(site, f"3 1 1 {pin_of(certificates.good)}")
    assert "dane" in site.send(TlsLevel.DANE, needs=True).tls


def test_a_fixed_server_is_proved_by_its_record(site: Site, certificates: Certificates) -> None:
    own = Hop(host=MX1, port=site.first.port, address=MX1, level=TlsLevel.DANE)
    hops = FixedHop(hop=own, dane=Dane(resolver=site.resolver()))
    relay = SmtpChannel("relay", next_hop=hops, tls=TlsLevel.DANE, timeout=60)
    with pytest.raises(NotProved):
        relay.send(consignment(MESSAGE, needs_verified_tls=True))
    site.names.unsigned("nothing")
    tlsa(site, f"3 1 1 {pin_of(certificates.good)}")
    relay = SmtpChannel(
        "relay", next_hop=FixedHop(hop=own, dane=Dane(resolver=site.resolver())), tls=TlsLevel.DANE, timeout=60
    )
    assert "dane" in relay.send(consignment(MESSAGE, needs_verified_tls=True)).tls
    relay.close()


def test_a_resolver_elsewhere_is_not_believed_when_it_says_signed() -> None:
    assert not Resolver("192.0.2.1")._trusted
    assert Resolver("127.0.0.1")._trusted
