"""The YAML subset: what values come out, where they stand, and what is refused with its place."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from gateway.errors import Invalid
from gateway.model.document import LARGEST, Complaints, nearest, read
from gateway.model.validation import Flag, Strict, Whole, validate


def complaints(text: str) -> list[str]:
    with pytest.raises(Invalid) as caught:
        read("f.yaml", text)
    return [str(each) for each in caught.value.complaints]


def test_only_true_false_and_plain_decimal_integers_are_more_than_text() -> None:
    text = (
        "[no, yes, on, True, 0755, 1:30, 1_000, 0x1f, 1.2, 2024-01-01, +3, -0, .inf,"
        " true, false, 12, -7, 0, 'true', '12']"
    )
    assert read("f.yaml", text).value == [
        *("no", "yes", "on", "True", "0755", "1:30", "1_000", "0x1f", "1.2", "2024-01-01", "+3", "-0", ".inf"),
        *(True, False, 12, -7, 0, "true", "12"),
    ]


def test_nothing_is_none_and_quoted_nothing_is_text() -> None:
    assert read("f.yaml", "a:\nb: ''\n").value == {"a": None, "b": ""}
    assert read("f.yaml", "").value is None


def test_keys_are_text_and_every_key_and_value_has_a_place() -> None:
    document = read("f.yaml", "one:\n  two: [a, b]\n1: x\n")
    assert document.value == {"one": {"two": ["a", "b"]}, "1": "x"}
    assert document.at(("one", "two", 1)) == (2, 12)
    assert document.key_at(("one", "two")) == (2, 3)
    assert document.at(("one", "gone", "deep")) == (2, 3), "the nearest value around it"


def test_columns_count_characters_not_bytes() -> None:
    assert read("f.yaml", "{é: 1, ü: 2}").key_at(("ü",)) == (1, 8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: 'a' is set twice (first on line 1); keep one"),
        ("a: &x 1\n", "f.yaml:1:4: '&x' is an anchor; write the value where it is needed"),
        ("a: *x\n", "f.yaml:1:4: '*x' is an alias; write the value out"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins here; one file holds one document"),
        ("a:\n\t- 1\n", "f.yaml:2:1: there is a tab; use spaces"),
        ("a: x\u202ey\n", "f.yaml:1:5: there is the invisible character U+202E; remove it"),
        ("a: x\x07y\n", "f.yaml:1:5: there is a control character; remove it"),
        ("a: 'x\n", "f.yaml:2:1: this is not YAML: found unexpected end of stream"),
        ("a: ~\n", "f.yaml:1:4: '~' is not used here; leave the key out, or quote it if it is text"),
        ("a: null\n", "f.yaml:1:4: 'null' is not used here; leave the key out, or quote it if it is text"),
        ("a: !x 1\n", "f.yaml:1:4: '!x' is a tag; leave it out"),
        ("? [a]\n: 1\n", "f.yaml:1:3: a key must be text"),
        ("[" * 30, "f.yaml:1:25: this is nested more than 24 deep; flatten it"),
    ],
)
def test_each_surprise_is_refused_with_its_place(text: str, expected: str) -> None:
    assert expected in complaints(text)


def test_python_objects_cannot_be_made() -> None:
    assert complaints("a: !!python/object/apply:os.system ['true']\n") == [
        "f.yaml:1:4: 'tag:yaml.org,2002:python/object/apply:os.system' is a tag; leave it out"
    ]


def test_every_complaint_comes_at_once_in_reading_order() -> None:
    assert [each.split(":")[1] for each in complaints("a: 1\na: 2\nb: &x 1\nc: ~\n")] == ["2", "3", "4"]


def test_a_file_over_the_limit_is_refused_before_it_is_read() -> None:
    assert complaints("a: " + "x" * LARGEST) == [
        f"f.yaml:1:1: the file has {LARGEST + 3} bytes, more than {LARGEST}; split it"
    ]


@given(st.text(max_size=200))
def test_any_text_is_a_document_or_complaints(text: str) -> None:
    trouble = None
    document = None
    try:
        document = read("f.yaml", text)
    except Invalid as raised:
        trouble = raised
    if trouble is not None:
        assert trouble.complaints
        assert all(each.line >= 1 and each.column >= 1 for each in trouble.complaints)
    else:
        assert document is not None
        assert () in document.places or document.value is None


PLAIN_TREES = st.recursive(
    st.booleans() | st.integers(-(10**12), 10**12) | st.text("abc xyz'\"#:-", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abcdef", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


def written(tree: object) -> str:
    if isinstance(tree, bool):
        return "true" if tree else "false"
    if isinstance(tree, int):
        return str(tree)
    if isinstance(tree, str):
        return "'" + tree.replace("'", "''") + "'"
    if isinstance(tree, list):
        return "[" + ", ".join(written(each) for each in tree) + "]"
    assert isinstance(tree, dict)
    return "{" + ", ".join(f"{written(key)}: {written(value)}" for key, value in tree.items()) + "}"


@given(PLAIN_TREES)
def test_what_is_written_comes_back(tree: object) -> None:
    assert read("f.yaml", written(tree)).value == tree


class Inner(Strict):
    host: str
    port: Whole = 25
    on: Flag = False


class Folder(Strict):
    kind: Literal["folder"]
    path: str


class Server(Strict):
    kind: Literal["server"]
    host: str


class Outer(Strict):
    inner: Inner
    colour: Literal["red", "green"] = "red"
    many: dict[str, Folder | Server] = Field(default_factory=dict, discriminator=None)
    lists: tuple[Inner, ...] = ()


def validated(text: str) -> list[str]:
    with pytest.raises(Invalid) as caught:
        validate(read("f.yaml", text), Outer)
    return [str(each) for each in caught.value.complaints]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("inner: {host: a, prot: 1}", "f.yaml:1:18: 'prot' is not a setting here; did you mean 'port'?"),
        (
            "lists: [{host: a, zzz: 1}]\ninner: {host: a}",
            "f.yaml:1:19: 'zzz' is not a setting here; known: host, on, port",
        ),
        ("inner: {port: 1}", "f.yaml:1:8: 'host' is missing; add it"),
        ("inner: {host: a}\ncolour: grene", "f.yaml:2:9: 'grene' is not allowed; did you mean 'green'?"),
        ("inner: {host: a, on: no}", "f.yaml:1:22: write true or false"),
        ("inner: {host: a, port: 0755}", "f.yaml:1:24: write a whole number, without quotes or leading zeros"),
        (
            "inner: {host: 12}",
            "f.yaml:1:15: write text; put it in quotes if it looks like a number, or like true or false",
        ),
        ("inner: {host: }", "f.yaml:1:15: nothing stands here; write a value or leave the key out"),
        ("inner: []", "f.yaml:1:8: write settings here, one 'name: value' a line"),
        ("", "f.yaml:1:1: 'inner' is missing; add it"),
    ],
)
def test_a_model_complains_with_place_and_fix(text: str, expected: str) -> None:
    assert expected in validated(text)


def test_a_model_complains_about_everything_at_once() -> None:
    assert len(validated("inner: {hots: a, port: x}\ncolour: blue\nother: 1\n")) == 4


def test_a_valid_document_becomes_a_frozen_model() -> None:
    assert validate(read("f.yaml", "inner: {host: a}"), Outer).inner == Inner(host="a")


def test_nearest_names_the_near_one_or_all() -> None:
    assert nearest("hots", ["host", "port"]) == "did you mean 'host'?"
    assert nearest("qqqq", ["port", "host"]) == "known: host, port"


def test_complaints_are_gathered_and_other_errors_pass() -> None:
    gathered = Complaints()
    with gathered:
        read("a.yaml", "x: ~")
    with gathered:
        read("b.yaml", "x: &y 1")
    with pytest.raises(ZeroDivisionError), gathered:
        _ = 1 // 0
    with pytest.raises(Invalid) as caught:
        gathered.settle()
    assert [each.file for each in caught.value.complaints] == ["a.yaml", "b.yaml"]
