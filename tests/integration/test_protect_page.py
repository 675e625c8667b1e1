"""What we seal in a page, Chromium opens: every byte, offline, only with the passphrase, and nothing of it runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, expect

from gateway.errors import NotSealed
from gateway.protect import Plain
from gateway.protect.content import Held
from gateway.protect.methods.page import inside
from gateway.protect.methods.page.encryptor import PageEncryptor
from gateway.protect.methods.page.writer import CHUNK
from tests.integration.browser import Window, started, window

pytestmark = pytest.mark.needs("chromium")

WORDS = "crane-lucid-oven-maple-stray-tulip"
OTHER = "crane-lucid-oven-maple-stray-tulips"
TEXT = b"forename,surname\r\nAnna,Example\r\n"
ENCRYPTOR = PageEncryptor("Barchester Council", "Information Governance, 01234 567890")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as found:
        yield found


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A page of three chunks, to be changed."""
    return seal(tmp_path_factory.mktemp("large"), plain(bytes(9_000_000))).read_bytes()


@pytest.fixture
def chromium(browser: Browser) -> Iterator[Window]:
    """A window that must have asked for nothing but files of the test, and complained of nothing."""
    with window(browser) as found:
        yield found
        assert [url for url in found.asked if not url.startswith(("file:///", "blob:null/"))] == []
        assert found.complaints == []


def plain(content: bytes, name: str = "Anna Example.csv", kind: str = "text/csv", marking: str = "") -> Plain:
    return Plain(name=name, media_type=kind, content=Held(content), marking=marking)


def seal(folder: Path, *parts: Plain) -> Path:
    return ENCRYPTOR.seal(parts, "alice@partner.example", "secure-t-1", folder, WORDS).file


def letter() -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Jo Officer <jo@council.example>"
    message["Date"] = "Sun, 22 Nov 2026 09:30:00 +0000"
    message["Subject"] = "Änne <img src=x onerror=alert(1)>"
    message.set_content("Dear Alice,\nthe plan.\n<script>alert(2)</script>\n")
    message.add_attachment(TEXT, maintype="text", subtype="csv", filename="Änne Example.csv")
    return message.as_bytes()


def edge(offset: int) -> int:
    """Return the size of a content with which all that is sealed ends `offset` bytes from the end of a chunk."""
    item = inside.Item(name="a.bin", media_type="x/y", content=Held(bytes(CHUNK - 1000)))
    return CHUNK - 8 - len(inside.listing([item])) + offset


SIZES = {"0 B": 0, "1 B": 1, "chunk - 1": edge(-1), "chunk": edge(0), "chunk + 1": edge(1), "25 MB": 25_000_000}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_chromium_opens_it_byte_for_byte(size: int, chromium: Window, tmp_path: Path) -> None:
    content = (bytes(range(251)) * (size // 251 + 1))[:size]
    chromium.open(seal(tmp_path, plain(content, "a.bin", "x/y")), WORDS)
    assert chromium.saved() == ("a.bin", content)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_chromium_opens_as_much_as_there_may_be(chromium: Window, tmp_path: Path) -> None:
    content = bytes(range(256)) * (inside.LIMIT // 256)
    chromium.open(seal(tmp_path, plain(content, "a.bin", "x/y")), WORDS)
    assert chromium.saved() == ("a.bin", content)


def test_more_than_a_browser_takes_is_not_sealed(tmp_path: Path) -> None:
    with pytest.raises(NotSealed, match="200 MiB") as refused:
        seal(tmp_path, plain(b"x"), plain(bytes(inside.LIMIT)))
    assert "zip" in refused.value.hint
    assert list(tmp_path.iterdir()) == []


def test_several_files_come_with_true_names_and_markings(chromium: Window, tmp_path: Path) -> None:
    parts = [plain(TEXT, marking="PROTECT - PERSONAL"), plain(b"%PDF-", "Änne/Bericht.pdf", "application/pdf")]
    chromium.open(seal(tmp_path, *parts, plain(b"2", "anna example.CSV")), WORDS)
    names = chromium.page.locator("#files h3").all_inner_texts()  # all come before the page is open
    assert names == ["Anna Example.csv", "Bericht.pdf", "anna example-2.csv"]
    assert chromium.page.inner_text("#marking") == "PROTECT - PERSONAL"
    assert chromium.page.locator("#files .marking").all_inner_texts() == ["PROTECT - PERSONAL"]
    assert [chromium.saved(number) for number in range(3)] == list(zip(names, (TEXT, b"%PDF-", b"2"), strict=True))


@pytest.mark.parametrize(
    "typed", [WORDS.upper(), f"  {WORDS.replace('-', ' ')} ", WORDS.replace("-", " - "), WORDS.replace("-", "\u2013")]
)
def test_a_passphrase_may_be_typed_as_people_type(typed: str, chromium: Window, tmp_path: Path) -> None:
    chromium.open(seal(tmp_path, plain(TEXT)), typed)
    assert chromium.saved()[1] == TEXT


@pytest.mark.parametrize(("typed", "says"), [(OTHER, "That passphrase does not open"), (" - ", "Enter the passphrase")])
def test_another_passphrase_opens_nothing(typed: str, says: str, chromium: Window, tmp_path: Path) -> None:
    chromium.go(seal(tmp_path, plain(TEXT)))
    chromium.type(typed)
    assert chromium.refuses().startswith(says)
    assert chromium.page.title() == "Error: Secure message from Barchester Council"
    assert chromium.focused() == "problem"
    chromium.type(WORDS)
    assert chromium.saved()[1] == TEXT
    assert chromium.page.title() == "Secure message from Barchester Council"
    assert chromium.page.input_value("#passphrase") == ""


def chunk(page: bytes, number: int) -> re.Match[bytes]:
    found = re.search(rb'id="chunk-%d">([^<]*)</script>\n' % number, page)
    assert found
    return found


def changed(page: bytes, old: bytes, new: bytes) -> bytes:
    assert page.count(old) == 1
    return page.replace(old, new)


def flipped(page: bytes) -> bytes:
    at = chunk(page, 1).start(1) + 1000
    return page[:at] + (b"A" if page[at : at + 1] != b"A" else b"B") + page[at + 1 :]


def cut_short(page: bytes) -> bytes:
    return page[: chunk(page, 2).start(1) + 1000]


def one_chunk_less(page: bytes) -> bytes:
    fewer = page[: chunk(page, 1).end()] + b"</body>\n</html>\n"
    size = re.search(rb'"size":(\d+)', page)
    assert size
    return changed(changed(fewer, b'"chunks":3', b'"chunks":2'), size[0], b'"size":%d' % (2 * CHUNK))


def one_chunk_lost(page: bytes) -> bytes:
    return page.replace(chunk(page, 1)[0], b"")


def swapped(page: bytes) -> bytes:
    first, second = chunk(page, 0)[1], chunk(page, 1)[1]
    return page.replace(first, b"(first)").replace(second, first).replace(b"(first)", second)


def repeated(page: bytes) -> bytes:
    return page.replace(chunk(page, 1)[1], chunk(page, 0)[1])


def other_count(page: bytes) -> bytes:
    return changed(page, b'"iterations":600000', b'"iterations":600001')


def fewer_rounds(page: bytes) -> bytes:
    return changed(page, b'"iterations":600000', b'"iterations":599999')


def other_check(page: bytes) -> bytes:
    value = re.search(rb'"check":"(.)', page)
    assert value
    return changed(page, value[0], b'"check":"' + (b"A" if value[1] != b"A" else b"B"))


def other_words(page: bytes) -> bytes:
    return changed(page, b'"version":1', b'"version": 1')


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (flipped, "damaged"),
        (cut_short, "damaged"),
        (swapped, "damaged"),
        (repeated, "damaged"),
        (one_chunk_less, "damaged"),
        (other_words, "damaged"),
        (other_count, "does not open"),
        (other_check, "does not open"),
    ],
)
def test_what_was_changed_is_not_opened(
    change: Callable[[bytes], bytes], says: str, chromium: Window, large: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "changed.html"
    file.write_bytes(change(large))
    chromium.go(file)
    chromium.type(WORDS)
    assert says in chromium.refuses()


@pytest.mark.parametrize("change", [fewer_rounds, one_chunk_lost])
def test_what_cannot_open_asks_for_no_passphrase(
    change: Callable[[bytes], bytes], chromium: Window, large: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "changed.html"
    file.write_bytes(change(large))
    chromium.go(file)
    assert "damaged" in chromium.refuses()
    expect(chromium.page.locator("#open")).to_be_disabled()


def test_a_changed_script_does_not_run(browser: Browser, tmp_path: Path) -> None:
    file = seal(tmp_path, plain(TEXT))
    file.write_bytes(changed(file.read_bytes(), b'"use strict";', b'"use strict";alert(1);'))
    with window(browser) as found:
        found.go(file)
        expect(found.page.locator("#open")).to_be_disabled()
        found.complains_of("Content Security Policy")


def test_the_policy_holds_against_a_script_that_runs(browser: Browser, tmp_path: Path) -> None:
    with window(browser) as found:
        found.open(seal(tmp_path, plain(TEXT)), WORDS)
        for reach in (
            "fetch('data:,x')",
            "new Promise((good, bad) => Object.assign(new Image(), { onload: good, onerror: bad, src: 'data:,x' }))",
            "document.body.innerHTML = '<b>x</b>'",
            "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')",
        ):
            with pytest.raises(Error, match=r"Failed to fetch|isTrusted|Event|TrustedHTML"):
                found.page.evaluate(reach)
        found.complains_of("Content Security Policy", times=2)  # fetch, and the picture
        assert found.page.evaluate("document.querySelectorAll('b').length") == 0


HOSTILE = [
    "<img src=x onerror=alert(1)>.txt",
    "../../etc/passwd",
    "a\r\nb: c",
    "\u202egpj.exe",
    "con.txt",
    "${x}{count}",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(name: str, chromium: Window, tmp_path: Path) -> None:
    marking = "<b onclick=alert(1)>PROTECT</b>"
    chromium.open(seal(tmp_path, plain(b"<script>alert(1)</script>", name, "text/plain", marking)), WORDS)
    chromium.page.get_by_role("button", name="Read here").click()
    assert chromium.page.inner_text("#files .text") == "<script>alert(1)</script>"
    assert chromium.page.inner_text("#marking") == marking
    assert chromium.page.evaluate("document.querySelectorAll('#opened img, #opened script, #opened b').length") == 0
    saved, content = chromium.saved()
    assert not set(saved) & set("/\\\r\n\u202e")
    assert content == b"<script>alert(1)</script>"


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "application/pdf"])
def test_content_that_could_act_is_only_saved(kind: str, chromium: Window, tmp_path: Path) -> None:
    chromium.open(seal(tmp_path, plain(b"<script>alert(1)</script>", "a", kind)), WORDS)
    assert chromium.page.get_by_role("button", name="Read here").count() == 0
    assert chromium.saved() == ("a", b"<script>alert(1)</script>")


def test_a_message_is_shown_and_comes_whole(chromium: Window, tmp_path: Path) -> None:
    original = letter()
    chromium.open(seal(tmp_path, plain(original, "whole", "message/rfc822", "PROTECT")), WORDS)
    assert chromium.page.inner_text("#message").splitlines()[:3] == [
        "From: Jo Officer <jo@council.example>",
        "Date: Sun, 22 Nov 2026 09:30:00 +0000",
        "Subject: Änne <img src=x onerror=alert(1)>",
    ]
    assert "<script>alert(2)</script>" in chromium.page.inner_text("#message")
    saved = dict(chromium.saved(number) for number in range(3))
    assert list(saved) == ["message.txt", "Änne Example.csv", "message.eml"]
    assert saved["Änne Example.csv"] == TEXT
    assert saved["message.eml"] == original
    assert b"Dear Alice,\r\nthe plan." in saved["message.txt"]


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("Zoë\r\n£5".encode(), "Zoë\n£5"),
        ("Zoë £5".encode("cp1252"), "Zoë £5"),
        ("\ufeffZoë".encode("utf-16-le"), "Zoë"),
        (b"x" * (1 << 20) + "é".encode(), "x" * (1 << 20) + "\n\nOnly the beginning"),
        (b"x" * ((1 << 20) - 1) + "éé".encode(), "x" * ((1 << 20) - 1) + "\n\nOnly the beginning"),
    ],
    ids=["UTF-8", "Windows", "UTF-16", "too long", "cut in a character"],
)
def test_text_is_shown_in_its_own_letters(content: bytes, shown: str, chromium: Window, tmp_path: Path) -> None:
    chromium.open(seal(tmp_path, plain(content, "a.txt", "text/plain")), WORDS)
    chromium.page.get_by_role("button", name="Read here").click()
    assert str(chromium.page.text_content("#files .text")).startswith(shown)


def test_locking_again_forgets(chromium: Window, tmp_path: Path) -> None:
    file = seal(tmp_path, plain(letter(), "whole", "message/rfc822", "PROTECT"))
    chromium.open(file, WORDS)
    chromium.page.click("#lock")
    assert chromium.focused() == "passphrase"
    left = chromium.page.evaluate("document.body.innerHTML")
    assert not [each for each in ("Alice", "Example", "PROTECT", "message.eml", "lucid") if each in left]
    chromium.type(WORDS)
    assert chromium.saved(1)[1] == TEXT
    chromium.page.goto("about:blank")
    chromium.page.go_back()
    expect(chromium.page.locator("#opened")).to_be_hidden()
    assert "Example" not in chromium.page.evaluate("document.body.innerHTML")


def test_within_a_frame_it_asks_for_no_passphrase(browser: Browser, tmp_path: Path) -> None:
    file = seal(tmp_path, plain(TEXT))
    outer = tmp_path / "outer.html"
    outer.write_text(f"<!DOCTYPE html><title>x</title><iframe src='{file.name}'></iframe>")
    with window(browser) as found:
        found.go(outer)
        inner = found.page.frame_locator("iframe")
        expect(inner.locator("#problem-text")).to_contain_text("Do not type a passphrase here")
        expect(inner.locator("#open")).to_be_disabled()


def test_a_browser_without_what_it_needs_is_told_so(browser: Browser, tmp_path: Path) -> None:
    with window(browser) as found:
        found.page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
        found.go(seal(tmp_path, plain(TEXT)))
        assert found.refuses().startswith("This web browser cannot open the file here")
        expect(found.page.locator("#open")).to_be_disabled()


def test_without_newer_helpers_of_a_browser_it_opens_as_well(browser: Browser, tmp_path: Path) -> None:
    with window(browser) as found:
        found.page.add_init_script("delete Uint8Array.fromBase64")
        found.open(seal(tmp_path, plain(bytes(range(256)) * 100)), WORDS)
        assert found.page.evaluate("typeof Uint8Array.fromBase64") == "undefined"
        assert found.saved()[1] == bytes(range(256)) * 100


def test_what_stands_readable_says_nothing_of_what_is_inside(tmp_path: Path) -> None:
    page = seal(tmp_path, plain(letter(), "Anna's plan", "message/rfc822", "PROTECT - PERSONAL")).read_bytes()
    assert not re.search(rb"(Anna|Alice|alice)[^A-Za-z0-9+/=]", page), "a few letters may stand in base64 by chance"
    for secret in (b"PROTECT", b"message.eml", b'rfc822",', WORDS.encode()):
        assert secret not in page
    assert b"Barchester Council" in page
    assert b"01234 567890" in page
