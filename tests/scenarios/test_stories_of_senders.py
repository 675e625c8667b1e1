"""What senders of mail live through: they are told the end, in both languages, and act by answering."""

from __future__ import annotations

import email
import email.policy
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.testing.documents import docx, mail
from tests.integration.postfix import Postfix, free_port
from tests.integration.sink import Sink
from tests.scenarios.gateway_process import FRIEND, PATIENCE, STAFF, Gateway, wait_for, without_ids, write_config
from tests.unit.daemon.small_policies import change, write_small

pytestmark = [pytest.mark.network]
OWN = "gateway.exampleshire.example"
CROWD = ", ".join(f"friend{number}@partner.example" for number in range(30))
TO_FOLDERS = "notices:\n  channel: folder\n"
NURSE = "nurse@gmail.com"


def by_mail(config: Path, *, own_domain: bool = True) -> Path:
    """Have a gateway tell senders by mail, and read what they answer."""
    text = config.read_text()
    assert TO_FOLDERS in text
    answers = f"  own_domain: {OWN}\n" if own_domain else ""
    config.write_text(text.replace(TO_FOLDERS, f"notices:\n  channel: internal\n{answers}"))
    return config


def channels(internet: int, internal: int) -> str:
    hops = {"internet": internet, "internal": internal}
    lines = [f"  {name}: {{kind: smtp, host: 127.0.0.1, port: {port}, tls: none}}" for name, port in hops.items()]
    return "\n".join([*lines, "  secure-mail: {kind: folder, path: delivered/secure-mail, trial: true}"])


@contextmanager
def running(config: Path) -> Iterator[Gateway]:
    gateway = Gateway(config)
    gateway.start()
    try:
        yield gateway
    finally:
        if gateway.is_running:
            gateway.stop()


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def words(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content())


def answer(gateway: Gateway, notice: EmailMessage, text: str, *, sender: str = STAFF) -> tuple[int, bytes]:
    """Answer a notice as a mail program does: below what is written stands what is answered."""
    reply = EmailMessage()
    reply["From"], reply["To"] = sender, notice["Reply-To"]
    reply["Subject"] = f"Re: {notice['Subject']}"
    reply["In-Reply-To"] = notice["Message-ID"]
    quoted = "\n".join(f"> {line}" for line in words(notice).splitlines())
    reply.set_content(f"{text}\n\nOn 29/11/2026 08:00, {notice['From']} wrote:\n{quoted}\n")
    with smtplib.SMTP("127.0.0.1", gateway.port, timeout=PATIENCE) as client:
        client.ehlo()
        client.mail(sender)
        client.rcpt(str(notice["Reply-To"]))
        return client.data(reply.as_bytes(policy=email.policy.SMTP))


def events(gateway: Gateway, name: str) -> list[dict[str, object]]:
    return [each for each in gateway.ask_json("ledger", "show") if each["event"] == name]


def test_what_is_held_for_a_reason_goes_once_its_sender_answers(tmp_path: Path) -> None:
    with (
        Sink() as outside,
        Sink() as inside,
        running(by_mail(write_config(tmp_path, channels=channels(outside.port, inside.port)))) as gateway,
    ):
        show = mail(STAFF, CROWD, "Flower show", "It begins at ten.\n")
        gateway.mail(show)
        wait_for(lambda: len(inside.messages) == 1, "a notice")
        asked = parsed(inside.messages[0])
        assert asked["To"] == STAFF
        assert asked["In-Reply-To"] == parsed(show)["Message-ID"]
        assert "Beth ddigwyddodd: nid yw eich neges wedi ei hanfon" in words(asked)
        assert "Flower" not in inside.messages[0].decode()
        assert outside.messages == []

        code, said = answer(gateway, asked, "Because I say so.", sender="other@exampleshire.example")
        assert (code, b"not for you" in said) == (550, True)
        code, said = answer(gateway, asked, "They organise it together.")
        assert code == 250, said
        wait_for(lambda: len(inside.messages) == 2, "word that it went")
        gateway.settled(1)
        assert gateway.states() == ["delivered"]
        assert len(outside.messages) == 1
        assert b"It begins at ten." in outside.messages[0]
        assert "was handed over for friend@partner.example" in words(parsed(inside.messages[1]))
        (given,) = events(gateway, "reason:given")
        assert given["facts"] == {"recipient": FRIEND, "sender": STAFF, "reason": "They organise it together."}
        code, _ = answer(gateway, asked, "Once more.")
        assert code == 550
        assert len(gateway.transfers()) == 1, "no answer is a transfer"
        assert "MAIL FROM:<>" in {command.partition(" SIZE")[0].split(" BODY")[0] for command in inside.commands}


def test_what_waits_is_recalled_by_an_answer(tmp_path: Path) -> None:
    policies = write_small(tmp_path / "policies")
    change(
        policies, "rules/all.yaml", "then: {outcome: deliver}", 'then: {outcome: deliver, obligations: ["delay:60m"]}'
    )
    change(
        policies, "cases/all.yaml", "obligations: [], reasons: [permit", 'obligations: ["delay:60m"], reasons: [permit'
    )
    config = write_config(tmp_path, channels=small_channels(tmp_path), policies=policies)
    with Sink() as inside:
        text = config.read_text().replace("INSIDE", str(inside.port))
        config.write_text(text)
        with running(by_mail(config)) as gateway:
            gateway.mail(mail(STAFF, FRIEND, "Flower show", "It begins at ten.\n"))
            wait_for(lambda: len(inside.messages) == 1, "a notice")
            notice = parsed(inside.messages[0])
            assert str(notice["Reply-To"]).startswith("recall+")
            code, said = answer(gateway, notice, "wrong time")
            assert code == 250, said
            wait_for(lambda: len(inside.messages) == 2, "word that it was recalled")
            assert gateway.states() == ["refused"]
            assert "was recalled and will not be sent" in words(parsed(inside.messages[1]))
            (refused,) = events(gateway, "delivery:refused")
            assert refused["facts"] == {
                "recipient": FRIEND,
                "trouble": "recalled by its sender",
                "sender": STAFF,
                "reason": "wrong time",
            }


def small_channels(home: Path) -> str:
    return (
        "  internal: {kind: smtp, host: 127.0.0.1, port: INSIDE, tls: none}\n"
        f"  internet: {{kind: folder, path: {home / 'delivered'}}}"
    )


def test_a_question_is_answered_by_mail_and_nothing_goes(tmp_path: Path) -> None:
    with (
        Sink() as outside,
        Sink() as inside,
        running(by_mail(write_config(tmp_path, channels=channels(outside.port, inside.port)))) as gateway,
    ):
        plan = docx(["Dear colleague,", "Patient 943 476 5919."], header="PROTECT - PERSONAL")
        text = f"To: {FRIEND}, {NURSE}\nWhat would happen?\n"
        explain = f"explain@{OWN}"
        gateway.mail(mail(STAFF, explain, "Plan of Anna Smith", text, [("plan.docx", plan)]), to=explain)
        wait_for(lambda: len(inside.messages) == 1, "an answer")
        gateway.settled(1)
        said = words(parsed(inside.messages[0]))
        assert "Nothing was sent to anybody" in said
        assert f"{FRIEND}: it would be sent" in said
        assert "sealed with AES-256" in said
        assert f"{NURSE}: it would be held" in said
        assert "(rule recipient/personal-webmail)" in said
        assert f"{NURSE}: byddai'n cael ei dal" in said
        assert "Smith" not in said
        assert "943" not in without_ids(said)
        assert gateway.states() == ["refused", "refused"]
        assert outside.messages == []
        assert not gateway.delivered()
        assert not events(gateway, "delivery:cleared")


@pytest.mark.needs("postfix")
def test_postfix_gets_a_report_of_what_the_next_hop_refuses(tmp_path: Path) -> None:
    submission = "127.0.0.1:{port} inet n - n - - smtpd\n"
    with (
        Sink() as mailbox,
        Sink(answers={"RCPT": "550 5.1.1 no such mailbox here"}) as outside,
        Postfix(submission, {"relayhost": "[127.0.0.1]:{sink}"}, sink=mailbox.port) as inside,
        running(by_mail(write_config(tmp_path, channels=channels(outside.port, inside.address[1])))) as gateway,
        Postfix(submission, {"relayhost": "[127.0.0.1]:{gateway}"}, gateway=gateway.port) as before,
        smtplib.SMTP(*before.address, timeout=60) as client,
    ):
        client.ehlo()
        client.mail(STAFF, ["RET=FULL", "ENVID=QQ314159"])
        client.rcpt(FRIEND, ["NOTIFY=FAILURE", "ORCPT=rfc822;Friend+2B1@partner.example"])
        client.data(mail(STAFF, FRIEND, "Minutes of Anna Featherstonehaugh", "The show went well.\n"))
        wait_for(lambda: len(mailbox.messages) == 1, "a report behind the second Postfix")
        gateway.settled(1)
    report = parsed(mailbox.messages[0])
    assert report.get_content_type() == "multipart/report"
    assert report["To"] == STAFF
    human, status, fields = report.iter_parts()
    assert "could not be delivered to friend@partner.example" in human.get_content()
    about, recipient = [each for each in status.iter_parts() if each.keys()]
    assert about["Original-Envelope-Id"] == "QQ314159"
    assert recipient["Original-Recipient"] == "rfc822; Friend+1@partner.example"
    assert recipient["Final-Recipient"] == f"rfc822; {FRIEND}"
    assert (recipient["Action"], recipient["Status"]) == ("failed", "5.1.1")
    assert recipient["Diagnostic-Code"] == "smtp; 550 5.1.1 no such mailbox here"
    assert b"From: " in fields.get_payload(decode=True)
    assert b"Featherstonehaugh" not in mailbox.messages[0], "RET=FULL gives no content back"
    assert b"show went well" not in mailbox.messages[0]


def test_two_gateways_that_relay_notices_to_each_other_do_not_loop(tmp_path: Path) -> None:
    ports = (free_port(), free_port())
    configs = []
    for name, port, other in zip(("one", "two"), ports, reversed(ports), strict=True):
        config = by_mail(write_config(tmp_path / name, channels=channels(other, other)), own_domain=False)
        config.write_text(config.read_text().replace("listen: 127.0.0.1:0", f"listen: 127.0.0.1:{port}"))
        configs.append(config)
    with running(configs[0]) as first, running(configs[1]) as second:
        held = first.mail(mail(STAFF, CROWD, "Flower show", "It begins at ten.\n"))
        wait_for(
            lambda: "undeliverable" in (*first.states(), *second.states()), "the notice that went round to be refused"
        )
        found = [*first.settled(1), *second.settled(1)]
    told = {transfer["id"]: [notice["about"] for notice in transfer["notices"]] for transfer in found}
    assert told.pop(held) == ["held"]
    assert told, "what the gateways took from each other"
    assert not any(told.values()), "nobody answers what comes from nobody"
    assert not any(transfer["sender"] for transfer in found if transfer["id"] != held)
