"""What people live through at the console: a real gateway with its console, a real mail server, a real browser.

Each story uses files of its own; the gateway and the people, who signed in once, are shared.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.console.frame.visit import form_token
from gateway.errors import NotPermitted
from gateway.model.record import Act
from gateway.quarantine.filing import instruction
from gateway.quarantine.people import account_of, officer_of
from gateway.system.ids import serial
from gateway.testing.postfix import Sink
from tests.console.eyes import Window, started
from tests.console.whole import CLOCK, HOPS, Member, WholeGateway, decided, hired, started_whole, tried
from tests.scenarios.gateway_process import FRIEND, STAFF, wait_for
from tests.unit.daemon.small_policies import change, write_small

pytestmark = [
    pytest.mark.network,
    pytest.mark.needs("chromium", "smtp-sink", "7z"),
    pytest.mark.timeout(900),
]
PATIENT = 90_000.0
STOPPABLE = "20 s"
"""For how long a release waits: so long somebody has for pressing the button that stops it, on any machine."""

WHY = "Agreed with the data owner, IG-114"
STRANGER = "someone@gmail.com"
NUMBER = "943 476 5919"
PUPIL = (
    "Referral to children's social care\n\nChild protection plan for {name}, date of birth 12/03/2016, NHS number: "
    f"{NUMBER}. A section 47 enquiry was opened after the strategy discussion; child at risk of significant harm.\n"
)
TABLE = f"Name;NHS number;Remark\r\nPat Doe;{NUMBER};NHS number checked\r\n".encode()


def unreadable(seed: int) -> bytes:
    """Return a program, which no reader opens; another for each seed."""
    return b"\x7fELF" + bytes((seed + each) % 256 for each in range(300))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeGateway]:
    with Sink() as next_hop:
        home = tmp_path_factory.mktemp("gateway")
        with started_whole(home, stop_within=STOPPABLE, channels=HOPS.format(port=next_hop.port)) as running:
            yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as found:
        yield found


@pytest.fixture(scope="module")
def gwen(gateway: WholeGateway, browser: Browser) -> Member:
    return hired(gateway, browser, "Gwen Parry", "reviewer")


@pytest.fixture(scope="module")
def ravi(gateway: WholeGateway, browser: Browser) -> Member:
    return hired(gateway, browser, "Ravi Patel", "approver")


@pytest.fixture(scope="module")
def sam(gateway: WholeGateway, browser: Browser) -> Member:
    """A sender: what lies in the outbound folder is from their address."""
    return hired(gateway, browser, "Sam Reid", "sender", address=STAFF)


@pytest.fixture(scope="module")
def aled(gateway: WholeGateway, browser: Browser) -> Member:
    return hired(gateway, browser, "Aled Auditor", "auditor")


def open_held(seen: Window, name: str) -> None:
    """Find something in the list by its name, as one would, and open it."""
    seen.go("/quarantine")
    seen.page.get_by_label("Search").fill(name)
    seen.page.get_by_role("button", name="Apply filters").click()
    seen.page.get_by_role("link", name=name).click()
    expect(seen.page.get_by_role("heading", level=1)).to_have_text(name)


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", name=words)).to_be_visible(timeout=PATIENT)


def wait_until_seen(page: Page, path: str, look: Callable[[], int]) -> None:
    """Load a page again, as an impatient person does, until something stands there."""

    def found() -> bool:
        page.goto(path)
        return bool(look())

    wait_for(found, f"{path} to show it")


# ——— signing in ———


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Mail address")).to_be_visible()


def test_a_first_sign_in_with_what_was_printed_on_the_host_and_a_second_with_the_app(
    gateway: WholeGateway, browser: Browser
) -> None:
    new = hired(gateway, browser, "Nia Newcomer", "reviewer")
    given = new.password
    with new.at_work() as seen:
        sign_out(seen.page)
        seen.go("/sign-in")
        new.fill_in(seen)
        heading(seen.page, "Show that it is you")
        seen.page.get_by_label("Code").fill(new.code())
        seen.page.get_by_role("button", name="Continue").click()
        expect(seen.page.get_by_role("link", name="Nia Newcomer")).to_be_visible()
        sign_out(seen.page)
        seen.go("/sign-in")
        new.password = given
        new.fill_in(seen)
        expect(seen.page.get_by_text("The name or the password is not right").first).to_be_visible()
        seen.complaints.clear()  # the browser says that the form was refused (422)
    signed = [each["facts"] for each in gateway.ask_json("ledger", "show") if each["event"] == "person:signed_in"]
    assert [each["ways"] for each in signed if each["person"] == new.address][-1] == ["password", "code"]


# ——— deciding ———


def test_what_is_held_is_found_understood_released_stopped_released_again_and_delivered(
    gateway: WholeGateway, gwen: Member
) -> None:
    gateway.drop("spring-tool.bin", unreadable(1))
    transfer = gateway.held("spring-tool.bin")
    with gwen.at_work() as seen:
        page = seen.page
        open_held(seen, "spring-tool.bin")
        expect(page.get_by_text("Nothing has left the organisation.")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text(STAFF)
        expect(page.get_by_role("main")).to_contain_text(FRIEND)
        expect(page.get_by_text("rules/").first).to_be_visible()
        expect(page.get_by_text("Decided", exact=True).first).to_be_visible()
        decided(page, "Release as it is", WHY)
        heading(page, "Check your decision")
        expect(page.get_by_text(f"It will be delivered to {FRIEND}")).to_be_visible()
        assert "delivery:released" not in gateway.events(transfer), "nothing counts before it was shown"
        page.get_by_role("button", name="Release as it is").click()
        heading(page, "Released by Gwen Parry")
        page.get_by_role("button", name="Stop this release").click()
        expect(page.get_by_text("It was stopped in time. It stays held.")).to_be_visible()
        told = [each for each in gateway.events(transfer) if not each.startswith("notice:")]  # they come when they can
        assert told[-1] == "instruction:stopped"
        decided(page, "Release as it is", WHY)
        page.get_by_role("button", name="Release as it is").click()
        heading(page, "Released by Gwen Parry")
        heading(page, "Delivered")
        expect(page.get_by_text("The next hop took it and answered: 250 2.0.0 Ok").first).to_be_visible()
        seen.go(f"/transfers/{transfer}")
        expect(page.get_by_text("The next server answered: 250 2.0.0 Ok").first).to_be_visible()
    told = gateway.events(transfer)
    assert told.count("delivery:released") == 1
    assert told.index("instruction:stopped") < told.index("delivery:released") < told.index("delivery:delivered")


def test_two_persons_where_the_rules_want_two_and_one_is_not_two(
    gateway: WholeGateway, gwen: Member, ravi: Member
) -> None:
    gateway.drop("referral.txt", PUPIL.format(name="Sam Example").encode())
    transfer = gateway.held("referral.txt")
    with ravi.at_work():
        pass
    with gwen.at_work() as seen:
        page = seen.page
        open_held(seen, "referral.txt")
        decided(page, "Release as it is", WHY)
        expect(page.get_by_text("It will wait for a second person")).to_be_visible()
        expect(page.get_by_text("Ravi Patel")).to_be_visible()
        page.get_by_role("button", name="Release as it is").click()
        heading(page, "It waits for a second person")
        assert "delivery:delivered" not in gateway.events(transfer)
        page.get_by_role("link", name="Everything about it").click()
        expect(page.get_by_text("You released it already.")).to_be_visible()
        expect(page.get_by_label("Release as it is")).to_have_count(0)
    refused_twice(gateway, transfer, gwen)
    with ravi.at_work() as seen:
        page = seen.page
        open_held(seen, "referral.txt")
        expect(page.get_by_text("A second person is needed.").first).to_be_visible()
        decided(page, "Release as it is", "I looked as well")
        expect(page.get_by_text(f"It will be delivered to {FRIEND}")).to_be_visible()
        page.get_by_role("button", name="Release as it is").click()
        heading(page, "Delivered")
    assert gateway.events(transfer).count("delivery:released") == 2


def refused_twice(gateway: WholeGateway, transfer_id: str, member: Member) -> None:
    """File the same person's second release beside the console: the database itself refuses it, each time."""
    with gateway.beside() as store:
        person = store.people.by_address(member.address)
        assert person is not None
        officer, transfer = officer_of(person), store.transfers.get(transfer_id)
        assert officer is not None
        for _ in range(2):
            again = instruction(
                transfer,
                transfer.deliveries[0].id,
                Act.RELEASE,
                instruction_id=serial("i"),
                officer=officer,
                account=account_of(person),
                reason="once more",
                now=CLOCK.now(),
            )
            with pytest.raises(NotPermitted, match="a second person is needed"):
                store.transfers.instruct(again)


def test_nobody_decides_their_own(gateway: WholeGateway, gwen: Member, tmp_path: Path) -> None:
    file = tmp_path / "mine.bin"
    file.write_bytes(unreadable(2))
    gateway.ask("send", str(file), "--from", gwen.address, "--to", FRIEND)
    transfer = gateway.held("mine.bin")
    with gwen.at_work() as seen:
        page = seen.page
        open_held(seen, "mine.bin")
        expect(page.get_by_text("You are party to this transfer.")).to_be_visible()
        expect(page.get_by_role("button", name="Check and confirm")).to_have_count(0)
        status = forced(seen, f"{page.url}/decide", choice="release", reason=WHY, version="1")
        assert status == 403
    assert "delivery:released" not in gateway.events(transfer)


def forced(seen: Window, address: str, **fields: str) -> int:
    """Send a form that no page offers, with everything that a form of ours brings; return the status."""
    cookies = {each["name"]: each["value"] for each in seen.page.context.cookies()}
    answer = seen.page.request.post(
        address,
        form={"form_token": form_token(cookies["visit"]), **fields},
        headers={"Origin": seen.url, "Sec-Fetch-Site": "same-origin"},
        max_redirects=0,
    )
    return answer.status


def test_the_sender_is_asked_and_the_officer_sees_the_answer(gateway: WholeGateway, gwen: Member, sam: Member) -> None:
    gateway.drop("asked.bin", unreadable(3))
    transfer = gateway.held("asked.bin")
    question, reply = "Who agreed that this goes to the partner?", "Ms Howell did, on Monday"
    with gwen.at_work() as seen:
        open_held(seen, "asked.bin")
        decided(seen.page, "Ask the sender", question)
        expect(seen.page.get_by_text("The sender will be asked")).to_be_visible()
        seen.page.get_by_role("button", name="Ask the sender").click()
        expect(seen.page.get_by_text("The sender is sent your question.")).to_be_visible()
    wait_for(lambda: [each for each in gateway.notices() if question in each], "the question as a notice")
    with sam.at_work() as seen:
        wait_until_seen(seen.page, f"{seen.url}/mine/{transfer}", seen.page.get_by_text(question).count)
        seen.page.get_by_label("Your answer").fill(reply)
        seen.page.get_by_role("button", name="Send the answer").click()
        expect(seen.page.get_by_text("Your answer is sent to the officer.")).to_be_visible()
    wait_for(lambda: "question:answered" in gateway.events(transfer), "the answer")
    with gwen.at_work() as seen:
        open_held(seen, "asked.bin")
        expect(seen.page.get_by_text(reply).first).to_be_visible()
        expect(seen.page.get_by_text("Nothing has left the organisation.")).to_be_visible()


def test_a_refusal_reaches_its_sender_with_the_reason(gateway: WholeGateway, gwen: Member, sam: Member) -> None:
    gateway.drop("wrong.bin", unreadable(4))
    transfer = gateway.held("wrong.bin")
    reason = "This belongs to the other partner; send it to them instead"
    with gwen.at_work() as seen:
        open_held(seen, "wrong.bin")
        decided(seen.page, "Refuse and tell the sender", reason)
        expect(seen.page.get_by_text("This cannot be undone.").first).to_be_visible()
        seen.page.get_by_role("button", name="Refuse and tell the sender").click()
        heading(seen.page, "Refused by Gwen Parry")
        expect(seen.page.get_by_text("It will not go.").first).to_be_visible(timeout=PATIENT)
    wait_for(lambda: [each for each in gateway.notices() if transfer in each and reason in each], "the notice")
    with sam.at_work() as seen:
        seen.go(f"/mine/{transfer}")
        expect(seen.page.get_by_text("It will not be sent.")).to_be_visible()


# ——— seeing ———


def test_one_value_is_shown_after_a_fresh_proof_recorded_and_gone_again(
    gateway: WholeGateway, gwen: Member, aled: Member
) -> None:
    gateway.drop("reveal.csv", TABLE, to=STRANGER)
    transfer = gateway.held("reveal.csv")
    purpose = "To compare it with the register"
    with gwen.at_work():
        pass
    gwen.proved(ago=timedelta(minutes=10))
    with gwen.at_work() as seen:
        page = seen.page
        open_held(seen, "reveal.csv")
        assert NUMBER not in page.content()
        page.get_by_role("link", name="Show the value of NHS number").first.click()
        heading(page, "Show again that it is you")
        page.get_by_label("Code").fill(gwen.code())
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_label("Why do you need to see it?")).to_be_visible()
        where = page.url
        page.get_by_role("button", name="Show this value").click()
        expect(page.get_by_text("Write why you need to see it").first).to_be_visible()
        seen.complaints.clear()  # the browser says that the form was refused (422)
        assert "value:revealed" not in gateway.events(transfer)
        page.get_by_label("Why do you need to see it?").fill(purpose)
        page.get_by_role("button", name="Show this value").click()
        look_again_until(page, NUMBER)
        page.goto(where)
        assert NUMBER not in page.content()
        expect(page.get_by_label("Why do you need to see it?")).to_be_visible()
        seen.go("/ledger/mine")
        expect(page.get_by_role("row").filter(has_text="value:revealed")).to_be_visible()
    (entry,) = [each for each in gateway.ask_json("ledger", "show") if each["event"] == "value:revealed"]
    assert entry["transfer"] == transfer
    assert purpose in str(entry["facts"])
    assert NUMBER not in str(entry)
    with aled.at_work() as seen:
        seen.go(f"/ledger?transfer={transfer}")
        expect(seen.page.get_by_role("row").filter(has_text="value:revealed")).to_be_visible()


def look_again_until(page: Page, words: str) -> None:
    """Press the button as long as the value is still being opened."""

    opening, shown = page.get_by_text("It is being opened."), page.get_by_text(words)

    def is_shown() -> bool:
        expect(opening.or_(shown).first).to_be_visible()
        if opening.is_visible():
            with page.expect_navigation():
                page.get_by_role("button", name="Look again").click()
        return shown.first.is_visible()

    wait_for(is_shown, "the value")


def test_what_was_found_is_read_in_context_and_decided_on_beside_it(gateway: WholeGateway, gwen: Member) -> None:
    gateway.drop("context.csv", TABLE, to=STRANGER)
    transfer = gateway.held("context.csv")
    with gwen.at_work() as seen:
        page = seen.page
        open_held(seen, "context.csv")
        page.get_by_role("button", name="Show the words around it").click()
        look_again_until(page, "NHS number checked")
        assert NUMBER not in page.content()
        assert "passages:read" in gateway.events(transfer)
        page.get_by_label("Refuse and tell the sender").check()
        page.get_by_label("Reason", exact=True).fill(WHY)
        page.get_by_role("button", name="Check and confirm").click()
        page.get_by_role("button", name="Refuse").click()
        wait_for(lambda: "delivery:refused" in gateway.events(transfer), "the refusal")


def test_several_at_once_over_everything_that_matches_with_what_came_of_each(
    gateway: WholeGateway, gwen: Member
) -> None:
    names = [f"batch-{number}.bin" for number in range(4)]
    for number, name in enumerate(names):
        gateway.drop(name, unreadable(20 + number))
    transfers = [gateway.held(name) for name in names]
    with gwen.at_work():
        pass
    gwen.proved()
    with gwen.at_work() as seen:
        page = seen.page
        seen.go("/quarantine?q=batch-")
        page.get_by_label("Everything that matches (4)").check()
        page.get_by_role("button", name="Release…").click()
        heading(page, "Release 4")
        page.get_by_label("Reason", exact=True).fill(WHY)
        page.get_by_role("button", name="Release 4").click()
        expect(page.get_by_text("4 of 4")).to_be_visible(timeout=PATIENT)
        for transfer in transfers:
            expect(page.get_by_role("row").filter(has_text=transfer)).to_be_visible()

    def gone() -> bool:
        now = {each["id"]: each["deliveries"][0]["state"] for each in gateway.transfers() if each["id"] in transfers}
        return set(now.values()) == {"delivered"}

    wait_for(gone, "four deliveries")


def test_staff_try_a_file_before_they_send_it(gateway: WholeGateway, sam: Member, tmp_path: Path) -> None:
    file = tmp_path / "before.txt"
    file.write_text(PUPIL.format(name="Alex Example"))
    before = len(gateway.transfers())
    with sam.at_work() as seen:
        tried(seen, file=file, to=FRIEND)
        expect(seen.page.get_by_text("It would be held until an officer has looked at it")).to_be_visible()
        expect(seen.page.get_by_text("people/children")).to_be_visible()
        expect(seen.page.get_by_text("Nothing was sent or kept.")).to_be_visible()
    assert len(gateway.transfers()) == before


# ——— roles ———


def test_an_auditor_sees_and_cannot_act_and_saves_lists_as_files(gateway: WholeGateway, aled: Member) -> None:
    gateway.drop("audited.bin", unreadable(5))
    transfer = gateway.held("audited.bin")
    with aled.at_work() as seen:
        page = seen.page
        open_held(seen, "audited.bin")
        expect(page.get_by_text("You may look at it. Reviewers and approvers decide.")).to_be_visible()
        expect(page.get_by_role("button", name="Check and confirm")).to_have_count(0)
        for act in ("check", "decide", "stop", "assign"):
            assert forced(seen, f"{page.url}/{act}", choice="release", reason=WHY, version="1") == 403
        for path, named in (("/transfers", transfer), ("/ledger", "transfer:received")):
            seen.go(path)
            with page.expect_download() as loading:
                page.get_by_role("link", name="CSV", exact=True).click()
            saved = loading.value
            assert saved.suggested_filename.endswith(".csv")
            rows = [*csv.reader(io.StringIO(Path(saved.path()).read_text(encoding="utf-8")))]
            assert any(named in row for row in rows[1:]), rows[:3]


def test_a_mail_admin_sees_counts_and_no_names(gateway: WholeGateway, browser: Browser) -> None:
    gateway.drop("secret-name.bin", unreadable(6))
    gateway.held("secret-name.bin")
    with hired(gateway, browser, "Mali Admin", "mail-admin").at_work() as seen:
        seen.go("/dashboard")
        expect(seen.page.get_by_text("Waiting", exact=True).first).to_be_visible()
        for path in ("/dashboard", "/policy", "/keys", "/doctor"):
            seen.go(path)
            shown = seen.page.content()
            assert "secret-name" not in shown
            assert STAFF not in shown
            assert FRIEND not in shown
        for path in ("/quarantine", "/transfers", "/ledger", "/people"):
            assert seen.page.request.get(f"{seen.url}{path}", max_redirects=0).status == 403


# ——— senders ———


def test_a_sender_has_back_what_has_not_gone_yet(browser: Browser, tmp_path: Path) -> None:
    policies = write_small(tmp_path / "policies")
    delayed = 'obligations: ["delay:60m"]'
    change(policies, "rules/all.yaml", "then: {outcome: deliver}", f"then: {{outcome: deliver, {delayed}}}")
    change(policies, "cases/all.yaml", "obligations: [], reasons: [permit", f"{delayed}, reasons: [permit")
    with (
        Sink() as next_hop,
        started_whole(tmp_path, channels=HOPS.format(port=next_hop.port), policies=policies) as gateway,
    ):
        gateway.drop("too-early.txt", b"The flower show begins at ten.\n")
        (sent,) = wait_for(gateway.transfers, "a transfer")
        with hired(gateway, browser, "Sam Reid", "sender", address=STAFF).at_work() as seen:
            page = seen.page
            again = page.get_by_text("Have it back")
            wait_until_seen(page, f"{seen.url}/mine/{sent['id']}", again.count)
            again.click()
            page.get_by_label("Why you want it back").fill("wrong time")
            page.get_by_role("button", name="Recall it").click()
            expect(page.get_by_text("It is being recalled.")).to_be_visible()
            wait_for(lambda: gateway.states() == ["refused"], "the recall")
            seen.go(f"/mine/{sent['id']}")
            expect(page.get_by_text("It will not be sent.")).to_be_visible()
        assert next_hop.sent() == 0
