"""The pictures in `gateway/docs/pictures/console`, drawn anew by `make pictures`: made-up data on real pages.

The console of the first five has transfers in it that nobody sent; the last asks a gateway that runs.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from gateway.console.entrance import sessions
from gateway.model.inspection import GapKind, MarkingStatus, Where
from gateway.model.lifecycle import DeliveryState
from gateway.model.passage import Passage, Run
from gateway.model.person import Role
from gateway.model.tier import Tier
from gateway.model.transfer import Release, Transfer
from gateway.record.entries import entries_between
from gateway.store.exchange import plain_passages
from tests.console import fates
from tests.console.answering import showing
from tests.console.eyes import WIDE, Window, started, window
from tests.console.house import ROOT, House, Visitor, opened
from tests.console.seeds import USUAL, Seed, marked, plant
from tests.console.whole import Member, decided, hired, started_whole
from tests.scenarios.gateway_process import STAFF

FOLDER: Final = ROOT / "gateway" / "docs" / "pictures" / "console"
PHONE: Final = 390
TALL: Final = 1_200
COLOURS: Final = 128
REASON: Final = "Agreed with the data owner; the return is due on Friday"
REFERRAL: Final = (
    "Referral to children's social care\n\nChild protection plan for Sam Example, date of birth 12/03/2016, "
    "NHS number: 943 476 5919. A section 47 enquiry was opened after the strategy discussion; "
    "child at risk of significant harm.\n"
)
ROWS: Final = (
    ("Khan, S.", "••/••/1984", "QQ ••••56 C", "Housing, band B"),
    ("Bright, L.", "••/••/1991", "QQ ••••12 A", "Council tax, arrears"),
    ("Osei, K.", "••/••/1978", "QQ ••••90 D", "Housing, band A"),
)
CONTEXT: Final = plain_passages(
    tuple(
        Passage(
            part=USUAL[0].files[0][0],
            where=Where.BODY,
            runs=(
                Run(text=f"{name}  DOB "),
                Run(text=born, entity="DATE_OF_BIRTH"),
                Run(text="  NI "),
                Run(text=number, entity="NINO"),
                Run(text=f"  {remark}"),
            ),
        )
        for name, born, number, remark in ROWS
    )
)
HOURS: Final = timedelta(hours=1)
WAITING: Final = (
    replace(USUAL[0], places=False),
    replace(USUAL[1], to=("anna.hughes@partner.example",)),
    USUAL[2],
    replace(USUAL[3], sender="front.desk@council.example"),
    Seed(
        files=[("Placement review.docx", 230_000)],
        sender="gareth.bowen@council.example",
        to=("worker@charity.example",),
        found={"CHILD_SAFEGUARDING": 2, "PERSON_NAME": 3, "NHS_NUMBER": 1},
        marking=marked(Tier.PROTECT),
        status=MarkingStatus.MARKED,
        people=1,
        age=2 * HOURS,
    ),
    Seed(
        files=[("payroll-November.csv", 61_000)],
        sender="payroll@council.example",
        to=("pay.bureau@gmail.com",),
        found={"BANK_ACCOUNT": 18, "NINO": 18},
        people=18,
        age=1.2 * HOURS,
    ),
    Seed(
        files=[("Appeal bundle.zip", 22_000_000)],
        sender="legal@council.example",
        to=("chambers@barristers.example",),
        gaps=(GapKind.TOO_DEEP,),
        people=None,
        age=0.8 * HOURS,
    ),
    Seed(
        files=[("message.eml", 48_000)],
        sender="dan.price@council.example",
        to=("carer@examplemail.example",),
        found={"HEALTH": 2, "DATE_OF_BIRTH": 1},
        people=1,
        gaps=(GapKind.UNSUPPORTED,),
        age=0.3 * HOURS,
        message=True,
    ),
)
"""What waits for an officer."""


def filled(house: House) -> tuple[Visitor, Transfer]:
    """Fill a house with a week of work; return an officer, and what they look at."""
    now = house.clock.now()
    fates.boards(house.store, now)
    fates.versions(house.store, now)
    for day, (sealed, refused) in enumerate([(3, 0), (6, 2), (0, 0), (1, 1), (7, 3), (5, 4), (6, 2)]):
        for number in range(sealed):
            fates.delivered(house.store, now - timedelta(days=day, hours=1 + number))
        for number in range(refused):
            refuse(house, plant(house.store, replace(USUAL[3], age=timedelta(days=day, hours=2 + number)), now))
    first, *others = [plant(house.store, each, now) for each in WAITING]
    officer = house.visitor(Role.REVIEWER, name="Gwen Parry", address="gwen.parry@council.example")
    second = house.visitor(Role.APPROVER, name="Ravi Patel", address="ravi.patel@council.example")
    for transfer, who in ((others[1], second), (others[3], officer)):
        held = house.store.held.get(transfer.id, transfer.deliveries[0].id)
        house.store.held.claim(held, by=who.me.id, now=now)
    house.store.ledger.integrate()
    while house.store.search.catch_up():
        pass
    return officer, first


def refuse(house: House, transfer: Transfer) -> None:
    """Let an officer have refused it an hour after it was held."""
    at = transfer.received_at + HOURS
    act = Release(officer="Ravi Patel", reason="Ask for the password, and send it again", at=at)
    after = transfer.with_delivery(
        replace(transfer.deliveries[0], state=DeliveryState.REFUSED, refusal=act, trouble="refused by an officer")
    )
    house.store.transfers.commit(transfer, after, entries=entries_between(transfer, after, at))


@contextmanager
def seen_by(browser: Browser, house: House, visitor: Visitor, **settings: Any) -> Iterator[Window]:  # noqa: ANN401 - of the window
    """Lend the window of somebody whose clock is the house's."""
    with window(browser, house.url, **settings) as seen:
        seen.come_in(sessions.cookie_name(house.desk), visitor.cookie)
        seen.page.clock.set_fixed_time(house.clock.now())
        seen.page.set_viewport_size({"width": settings.get("width", WIDE), "height": TALL})
        yield seen


def keep(page: Page, name: str, *, height: int = 0) -> None:
    """Keep a picture of the page, all of it or so many pixels from its top: few colours, as small as they can be."""
    taken = Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled"))).convert("RGB")
    if height:
        taken = taken.crop((0, 0, taken.width, min(taken.height, height)))
    few = taken.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    FOLDER.mkdir(parents=True, exist_ok=True)
    few.save(FOLDER / f"{name}.png", optimize=True)
    sys.stdout.write(f"{name}.png {(FOLDER / f'{name}.png').stat().st_size // 1000} kB\n")


def of_a_week(browser: Browser, folder: Path) -> None:
    """Draw the list, a review, what a decision will do, the dashboard, and a review on a phone."""
    with opened(folder, look={"name": "Secure transfer"}) as house:
        officer, first = filled(house)
        path = f"/quarantine/{first.id}/{first.deliveries[0].id}"
        with seen_by(browser, house, officer) as seen:
            seen.go("/dashboard")
            seen.go("/dashboard")  # the first visit counts the days
            keep(seen.page, "dashboard", height=1_400)
            seen.go("/quarantine")
            keep(seen.page, "list", height=1_250)
            with showing(house, first, CONTEXT):
                seen.go(path)
                seen.page.get_by_role("button", name="Show the words around it").click()
                expect(seen.page.get_by_text("Housing, band B")).to_be_visible()
            keep(seen.page, "review", height=2_600)
        with seen_by(browser, house, officer, width=PHONE, device_scale_factor=2) as seen:
            seen.go(path)
            keep(seen.page, "review-on-a-phone", height=1_900)
        with seen_by(browser, house, officer) as seen:
            seen.go(path)
            decided(seen.page, "Release as it is", REASON)
            keep(seen.page, "check")


def of_trying(browser: Browser, folder: Path) -> None:
    """Draw what somebody is told who tries a file before sending it."""
    file = folder / "Referral.txt"
    file.write_text(REFERRAL, encoding="utf-8")
    with started_whole(folder / "home") as gateway:
        sender: Member = hired(gateway, browser, "Sam Reid", "sender", address=STAFF)
        with sender.at_work(width=WIDE) as seen:
            seen.go("/try")
            seen.page.get_by_label("File").set_input_files(file)
            seen.page.get_by_label("To", exact=True).fill("worker@charity.example")
            seen.page.get_by_role("button", name="See what would happen").click()
            expect(seen.page.get_by_text("people/children")).to_be_visible(timeout=60_000)
            keep(seen.page, "try-a-file", height=1_300)


def main() -> None:
    """Draw all of them."""
    with tempfile.TemporaryDirectory() as folder, started() as browser:
        of_a_week(browser, Path(folder) / "week")
        of_trying(browser, Path(folder))


if __name__ == "__main__":
    main()
