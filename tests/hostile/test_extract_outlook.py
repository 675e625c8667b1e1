"""Outlook messages and winmail.dat as an attacker writes them: streams that lie, share, repeat, inflate and nest."""

from __future__ import annotations

import random
import struct
import time

import pytest

from gateway.extract import Limits
from gateway.model.inspection import GapKind
from gateway.testing.canaries.outlook import (
    BINARY,
    UNICODE,
    attribute,
    documents,
    properties,
    streams,
    winmail,
)
from gateway.testing.compound import Tree, compound
from tests.unit.extract.reading import kinds, opened, texts

NUMBER = "9434765919"


def test_streams_that_share_their_sectors_are_a_gap_before_they_fill_the_memory() -> None:
    data = bytearray(
        compound(streams({(tag, UNICODE): "x" * (40_000 if tag == 0x6000 else 9) for tag in range(0x6000, 0x6064)}, 32))
    )
    rows = [data.index(f"__substg1.0_{tag:04X}001F".encode("utf-16-le")) for tag in range(0x6000, 0x6064)]
    assert opened(bytes(data)).gaps == ()
    for row in rows[1:]:
        data[row + 116 : row + 124] = data[rows[0] + 116 : rows[0] + 124]
    assert {gap.detail for gap in opened(bytes(data)).gaps} == {"streams overlap"}


def test_a_stream_that_says_it_is_longer_than_the_file_is_a_gap() -> None:
    data = bytearray(compound(streams({(0x1000, UNICODE): "x" * 9000, (0x0037, UNICODE): "subject"}, 32)))
    row = data.index("__substg1.0_1000001F".encode("utf-16-le"))
    data[row + 120 : row + 124] = struct.pack("<I", 0x7FFFFFF0)
    extraction = opened(bytes(data))
    assert GapKind.CORRUPT in kinds(extraction)
    assert "subject" in texts(extraction)


@pytest.mark.parametrize("title", ["__substg1.0_ZZZZ001F", "__recip_version1.0_#00000000", "secret", "\x05Unheard"])
def test_a_stream_under_a_name_that_the_format_does_not_know_is_read(title: str) -> None:
    extraction = opened(compound({**streams({}, 32), title: f"text {NUMBER}".encode()}))
    assert NUMBER in texts(extraction) or extraction.gaps


@pytest.mark.parametrize(
    "title", ["secret", "__attach_version1.0_#0000000g", "__recip_version1.0_#0", "__SUBSTG1.0_3701000D"]
)
def test_a_storage_under_a_name_that_the_format_does_not_know_is_read(title: str) -> None:
    inner: Tree = streams({(0x3001, UNICODE): f"text {NUMBER}"}, 8)
    assert NUMBER in texts(opened(compound({**streams({}, 32), title: inner})))


def test_names_of_streams_in_other_cases_are_the_same_names() -> None:
    tree = {name.upper(): data for name, data in streams({(0x1000, UNICODE): NUMBER}, 32).items()}
    assert NUMBER in texts(opened(compound(tree)))


def test_a_property_of_a_type_that_does_not_fit_is_read() -> None:
    data = compound(
        {**streams({}, 32), "__substg1.0_10000102": NUMBER.encode(), "__substg1.0_0C1F0048": b"Words in a GUID"}
    )
    assert NUMBER in texts(opened(data))
    assert "Words in a GUID" in texts(opened(data))


def test_an_attachment_that_is_in_the_file_twice_is_read_twice() -> None:
    attachment = {**streams({(0x3701, BINARY): b"shown"}, 8), "__substg1.0_3701001F": "hidden".encode("utf-16-le")}
    extraction = opened(compound({**streams({}, 32), "__attach_version1.0_#00000000": attachment}))
    assert {"shown", "hidden"} <= set(texts(extraction).splitlines())


def test_compressed_rtf_that_grows_stops_at_the_limit() -> None:
    bomb = struct.pack("<II4sI", 0, 0, b"LZFu", 0) + (b"\xfe" + b"A" + b"\x0c\xff" * 7) * 60_000
    data = compound(streams({(0x1009, BINARY): bomb}, 32))
    begun = time.process_time()
    extraction = opened(data, "a.msg", Limits(part_size=2_000_000))
    assert kinds(extraction) == {GapKind.TOO_LARGE}
    assert time.process_time() - begun < 5


def test_compressed_rtf_cut_short_is_read_as_far_as_it_goes() -> None:
    whole = b"\0{\\rtf1 a" + b"\0" + b"bcdefghi" + b"\0" + NUMBER.encode()[:8] + b"\0" + b"19}"
    data = compound(streams({(0x1009, BINARY): struct.pack("<II4sI", 0, 0, b"LZFu", 0) + whole}, 32))
    assert NUMBER in texts(opened(data))


def test_a_thousand_attachments_take_little_time() -> None:
    many = {f"__attach_version1.0_#{at:08X}": streams({(0x3701, BINARY): b"file %d" % at}, 8) for at in range(1000)}
    data = compound({**streams({}, 32), **many})
    begun = time.process_time()
    assert len(opened(data).parts) == 1001
    assert time.process_time() - begun < 5


def test_messages_nested_beyond_reason_are_a_gap() -> None:
    inmost: Tree = streams({(0x1000, UNICODE): NUMBER}, 24)
    for _ in range(40):
        inmost = {**streams({}, 24), "__attach_version1.0_#0": {**streams({}, 8), "__substg1.0_3701000D": inmost}}
    begun = time.process_time()
    extraction = opened(compound({**streams({}, 32), "__attach_version1.0_#0": {"__substg1.0_3701000D": inmost}}))
    assert GapKind.TOO_DEEP in kinds(extraction)
    assert time.process_time() - begun < 5


def test_names_of_properties_that_point_nowhere_do_no_harm() -> None:
    named = {
        "__substg1.0_00020102": b"\1" * 7,
        "__substg1.0_00030102": struct.pack("<IHH", 0xFFFFFFF0, 0xFFFF, 0)
        + struct.pack("<IHH", 0, 1, 0xFFFF)
        + b"\0\0\0",
        "__substg1.0_00040102": b"\xff\xff\xff\xff",
    }
    extraction = opened(compound({**streams({(0x8000, UNICODE): NUMBER}, 32), "__nameid_version1.0": named}))
    assert NUMBER in texts(extraction)


def test_a_winmail_that_counts_more_than_it_holds_ends_at_once() -> None:
    begun = time.process_time()
    for content in (
        b"\xff\xff\xff\x7f",
        struct.pack("<IHHI", 1, 0x101E, 0x1000, 0x7FFFFFFF),
        struct.pack("<IHHI", 9, 0x101E, 1, 0xFFFFF),
    ):
        assert GapKind.CORRUPT in kinds(
            opened(winmail(attribute(1, 0x00069003, content), attribute(1, 0x00069004, content)))
        )
    assert time.process_time() - begun < 2


def test_a_winmail_with_a_false_checksum_is_read() -> None:
    data = winmail(attribute(1, 0x0002800C, NUMBER.encode()))
    assert NUMBER in texts(opened(data[:-2] + b"\0\0"))


def test_properties_of_winmail_nested_in_one_another_end() -> None:
    data = winmail(attribute(1, 0x0002800C, NUMBER.encode()))
    for _ in range(30):
        guid = bytes.fromhex("0703020000000000c000000000000046")
        data = winmail(attribute(2, 0x00069005, properties({(0x3701, 0x0D): guid + data})))
    assert kinds(opened(data)) == {GapKind.TOO_DEEP}


@pytest.mark.parametrize("kind", ["msg", "tnef"])
def test_mutants_give_text_or_a_gap(kind: str) -> None:
    document = next(document for document in documents() if document.kind == kind)
    chance = random.Random(kind)  # noqa: S311 - damage, not secrets
    for _ in range(120):
        data = bytearray(document.data)
        for _ in range(chance.randint(1, 16)):
            at = chance.randrange(8, len(data))
            data[at : at + chance.choice((1, 2, 4))] = chance.choice(
                (b"\0", b"\xff\xff", b"\xff\xff\xff\x7f", bytes([chance.randrange(256)]))
            )
        if chance.random() < 0.2:
            del data[chance.randrange(100, len(data)) :]
        extraction = opened(bytes(data), document.name)
        assert GapKind.CRASHED not in kinds(extraction)
        is_still_one = extraction.parts[0].media_type != "application/x-ole-storage"
        assert extraction.gaps or texts(extraction) or not is_still_one
