"""The page that opens itself, without a browser: what is written other eyes read, and nothing else is accepted."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotSealed
from gateway.protect import Plain
from gateway.protect.content import Held
from gateway.protect.methods.page import front, inside, reader, writer
from gateway.protect.methods.page.encryptor import PageEncryptor
from tests.architecture.house import ROOT

WORDS = "one-two-three"
OTHER = "one-two-four"
OUTSIDE = writer.Outside(organisation="Council & <Partners>", help_contact="help@council.example", reference="t-1")
ITEMS = (
    inside.Item(name="a.txt", media_type="text/plain", content=Held(b"some text"), marking="PROTECT"),
    inside.Item(name="b", media_type="x/y", content=Held(b"")),
    inside.Item(name="c.bin", media_type="x/y", content=Held(bytes(range(256)) * 40)),
)


def written(items: tuple[inside.Item, ...] = ITEMS) -> bytes:
    target = io.BytesIO()
    writer.write(items, WORDS, OUTSIDE, target)
    return target.getvalue()


PAGE = written()
FOUND = re.search(rb'id="sealed">(.*)</script>\n', PAGE)
assert FOUND
FRONT = PAGE[: PAGE.index(b'<script type="application/json"')].decode()
PARAMETERS = reader.read_parameters(FOUND[1])
KEY = reader.derive(PARAMETERS, WORDS)
BEHIND = PAGE[FOUND.end() :]


def checked(page: bytes, folder: Path, items: tuple[inside.Item, ...] = ITEMS, other: str = OTHER) -> None:
    file = folder / "page.html"
    file.write_bytes(page)
    reader.check(file, items, WORDS, other)


def opened(behind: bytes) -> bytes:
    assert KEY
    return b"".join(reader.opened(io.BytesIO(behind), PARAMETERS, KEY))


def test_other_eyes_read_what_was_written(tmp_path: Path) -> None:
    checked(PAGE, tmp_path)
    content = opened(BEHIND)
    size = int.from_bytes(content[:8], "big")
    listed = json.loads(content[8 : 8 + size])["files"]
    assert [(each["name"], each["marking"], each["size"]) for each in listed] == [
        ("a.txt", "PROTECT", 9),
        ("b", "", 0),
        ("c.bin", "", 10240),
    ]
    assert listed[2]["sha256"] == hashlib.sha256(bytes(range(256)) * 40).hexdigest()
    assert content[8 + size :] == b"some text" + bytes(range(256)) * 40


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_chunks_are_full_but_for_the_last(offset: int, tmp_path: Path) -> None:
    item = inside.Item(name="a", media_type="x/y", content=Held(bytes(writer.CHUNK - 1000)))
    size = writer.CHUNK - 8 - len(inside.listing([item])) + offset
    items = (inside.Item(name="a", media_type="x/y", content=Held(bytes(size))),)
    page = written(items)
    assert page.count(b'id="chunk-') == (2 if offset > 0 else 1)
    checked(page, tmp_path, items)


def test_other_words_open_nothing(tmp_path: Path) -> None:
    assert reader.derive(PARAMETERS, OTHER) is None
    with pytest.raises(ValueError, match="another passphrase opens it"):
        checked(PAGE, tmp_path, other="ONE two three")


@pytest.mark.parametrize(
    "typed", ["One-Two-Three", " one two  three ", "one - two-three", "-one--two-three-", "one\ttwo\nthree"]
)
def test_words_are_read_as_people_type_them(typed: str) -> None:
    assert writer.passphrase(typed) == reader.typed(typed) == b"one-two-three"


@pytest.mark.parametrize("words", ["", " - ", "Änne", "\u212aelvin", "one\u2013two"])
def test_words_that_not_everybody_can_type_are_refused(words: str) -> None:
    with pytest.raises(NotSealed, match="the passphrase must be ASCII"):
        writer.passphrase(words)


def test_two_pages_have_nothing_sealed_in_common() -> None:
    again = re.search(rb'id="sealed">(.*)</script>\n', written())
    assert again
    other = reader.read_parameters(again[1])
    assert other.salt != PARAMETERS.salt
    assert other.check != PARAMETERS.check


@given(st.data())
def test_every_changed_character_is_noticed(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(BEHIND) - 1))
    to = data.draw(st.integers(0, 255).filter(lambda byte: byte != BEHIND[at]))
    with pytest.raises(ValueError, match=r".+"):
        opened(BEHIND[:at] + bytes([to]) + BEHIND[at + 1 :])


@given(st.integers(0, len(BEHIND) - 1))
def test_every_cut_is_noticed(at: int) -> None:
    with pytest.raises(ValueError, match=r".+"):
        opened(BEHIND[:at])


def test_anything_more_is_noticed() -> None:
    line = BEHIND[: BEHIND.index(b"\n") + 1]
    for behind in (BEHIND + b"x", line + BEHIND, b"\n" + BEHIND, line + line.replace(b"chunk-0", b"chunk-1") + BEHIND):
        with pytest.raises(ValueError, match=r".+"):
            opened(behind)


def with_parameter(name: str, value: object) -> bytes:
    assert FOUND
    return json.dumps(json.loads(FOUND[1]) | {name: value}, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "other"),
        ("version", 2),
        ("kdf", "PBKDF2-HMAC-SHA-1"),
        ("cipher", "AES-128-GCM"),
        ("iterations", 599_999),
        ("iterations", 10_000_001),
        ("iterations", "600000"),
        ("iterations", True),
        ("salt", base64.b64encode(bytes(15)).decode()),
        ("salt", "?"),
        ("check", ""),
        ("chunk", 0),
        ("chunk", 1 << 30),
        ("chunks", 2),
        ("size", 0),
        ("more", 1),
    ],
)
def test_parameters_of_another_kind_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        reader.read_parameters(with_parameter(name, value))


@pytest.mark.parametrize(("name", "value"), [("iterations", 600_001), ("chunk", 1 << 22 | 1)])
def test_every_chunk_is_bound_to_the_parameters(name: str, value: object) -> None:
    assert KEY
    parameters = reader.read_parameters(with_parameter(name, value))
    with pytest.raises(ValueError, match="MAC"):
        list(reader.opened(io.BytesIO(BEHIND), parameters, KEY))


@pytest.mark.parametrize(
    "claimed",
    [
        ITEMS[:2],
        (*ITEMS, ITEMS[1]),
        (ITEMS[0], inside.Item(name="B", media_type="x/y", content=Held(b"")), ITEMS[2]),
        (inside.Item(name="a.txt", media_type="text/plain", content=Held(b"some text")), *ITEMS[1:]),
        (*ITEMS[:2], inside.Item(name="c.bin", media_type="x/y", content=Held(bytes(10240)))),
    ],
    ids=["one less", "one more", "other name", "no marking", "other bytes"],
)
def test_what_is_not_as_claimed_is_refused(claimed: tuple[inside.Item, ...], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"does not hold|list of files"):
        checked(PAGE, tmp_path, claimed)


def test_the_front_is_as_it_should_be() -> None:
    front.look_at(FRONT)
    assert "Secure message from Council &amp; &lt;Partners&gt;" in FRONT
    assert "<Partners>" not in FRONT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<main", "<img src='https://elsewhere.example/x'><main"),
        ("<main", "<a href='https://elsewhere.example/'>x</a><main"),
        ("<main", "<iframe></iframe><main"),
        ("<main", "<main onclick='x'"),
        ("<main", "<main style='x'"),
        ("<main", "<!-- x --><main"),
        ("<main", "<base target='x'><main"),
        ("<main", "<script>x</script><main"),
        ("<main", "<style>x</style><main"),
        ("<main", "<svg></svg><main"),
        ("<form ", "<form action='https://elsewhere.example/' "),
        ("<input ", "<input name='x' formaction='y' "),
        ('<meta name="robots"', '<meta http-equiv="refresh" content="0"><meta name="robots"'),
        ('<meta name="robots"', '<link rel="icon"><meta name="robots"'),
        ("script-src '", "script-src 'unsafe-inline' '"),
        ("default-src 'none'", "default-src 'self'"),
        ("default-src 'none'; ", "default-src 'none'; connect-src *; "),
        ("base-uri 'none'; ", ""),
        ('"use strict";', '"use strict"; '),
        (":root {", ":root  {"),
        ('<meta charset="utf-8">', '<meta charset="utf-8"><style></style>'),
    ],
)
def test_a_front_that_reaches_out_is_refused(old: str, new: str) -> None:
    assert old in FRONT
    with pytest.raises(ValueError, match=r"the page|policy"):
        front.look_at(FRONT.replace(old, new, 1))


def test_a_style_that_reaches_out_is_refused() -> None:
    style = "x { background: url(https://elsewhere.example/) }"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    text = re.sub(r"style-src '[^']*'", f"style-src 'sha256-{digest}'", FRONT)
    text = re.sub(r"<style>.*</style>", f"<style>{style}</style>", text, flags=re.DOTALL)
    with pytest.raises(ValueError, match="the style reaches"):
        front.look_at(text)


SCRIPT = (Path(writer.__file__).parent / "page.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "word",
    [
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval", "Function(", "import(",
        "fetch", "XMLHttpRequest", "WebSocket", "sendBeacon", "localStorage", "sessionStorage", "indexedDB", "cookie",
        'setAttribute("on', "window.open", "postMessage", "http", "</script", "<!--",
    ],
)  # fmt: skip
def test_the_script_has_no_way_to_send_keep_or_run_anything(word: str) -> None:
    assert word not in SCRIPT


def test_every_phrase_is_there_in_welsh() -> None:
    blocks = re.findall(r"const (ENGLISH|WELSH) = \{\n(.*?)\n  \};", SCRIPT, flags=re.DOTALL)
    english, welsh = (set(re.findall(r"^    (\w+): ", text, flags=re.MULTILINE)) for _, text in blocks)
    static = set(re.findall(r'data-say="(\w+)"', FRONT))
    assert english | static == welsh
    assert not english & static


class Shrinking:
    """Content that is shorter the second time it is read."""

    size = 9

    def __init__(self) -> None:
        self._times = 0

    def open(self) -> object:
        self._times += 1
        return Held(b"some text" if self._times == 1 else b"some").open()


def test_a_file_that_changes_meanwhile_is_not_sealed(tmp_path: Path) -> None:
    part = Plain(name="a", media_type="x/y", content=Shrinking())  # type: ignore[arg-type]
    with pytest.raises(NotSealed):
        PageEncryptor("Council", "help").seal([part], "a@b.example", "secure-1", tmp_path, WORDS)


def test_the_evidence_says_who_verified(tmp_path: Path) -> None:
    part = Plain(name="a", media_type="x/y", content=Held(b"x"))
    envelope = PageEncryptor("Council", "help").seal([part], "a@b.example", "secure-1", tmp_path, WORDS)
    assert (envelope.name, envelope.media_type) == ("secure-1.html", "text/html")
    assert (envelope.evidence.method, envelope.evidence.cipher) == ("html", "AES-256")
    assert envelope.evidence.verified_by == "own page reader"
    assert "600000" in envelope.evidence.status


def test_nothing_is_not_sealed(tmp_path: Path) -> None:
    with pytest.raises(NotSealed, match="nothing to seal"):
        PageEncryptor("Council", "help").seal([], "a@b.example", "secure-1", tmp_path, WORDS)


def test_the_record_is_enough_to_write_another_reader(tmp_path: Path) -> None:
    record = ROOT / "gateway" / "docs" / "decisions" / "0024-the-page-that-opens-itself.md"
    (program,) = re.findall(r"```python\n(.*?)```", record.read_text(encoding="utf-8"), flags=re.DOTALL)
    file = tmp_path / "page.html"
    file.write_bytes(PAGE)
    ran = subprocess.run([sys.executable, "-c", program, str(file), WORDS], capture_output=True, check=True, text=True)
    assert ran.stdout == "a.txt True\nb True\nc.bin True\n"
