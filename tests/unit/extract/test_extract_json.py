r"""JSON: nothing hides in an escape, and nothing is lost where it is no JSON after all."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract.formats.text.json_text import read_json
from gateway.model.inspection import Where
from tests.unit.extract.reading import archive, opened, texts


def body(text: str) -> str:
    return texts(opened(text.encode(), "x.json"), Where.BODY)


def test_a_key_and_its_value_are_on_one_line() -> None:
    assert body('{"NHS number": 9434765919,\n "tags": ["a", "b"], "x": {"y" : null}}').split("\n") == [
        "NHS number: 9434765919",
        "tags: a",
        "b",
        "x: y: null",
    ]


@pytest.mark.parametrize(
    "written", ["\\u0039\\u0034\\u0033 476 5919", "943\\u0020476 5919", "943 476 \\u00359\\u00319"]
)
def test_no_escape_hides_a_number(written: str) -> None:
    assert body(f'{{"n": "{written}"}}') == "n: 943 476 5919"


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert body('{"n": "\\ud835\\udfd7"}') == "n: \U0001d7d7"
    assert body('{"n": "a\\ud835 b"}').startswith("n: a")


def test_an_escaped_backslash_is_no_escape() -> None:
    assert body('{"n": "a\\\\u0039b"}') == "n: a\\u0039b"


def test_json_in_a_string_is_read_as_such() -> None:
    assert "number: 943 476 5919" in body(json.dumps({"x": json.dumps({"number": "943 476 5919"})}))


def test_json_lines_and_broken_json_lose_nothing() -> None:
    assert body('{"a": "one"}\n{"a": "two"}\n') == "a: one\na: two"
    assert body('{"a": "one", "b": [1, 2').split() == ["a:", "one", "b:", "1", "2"]
    assert "RESTRICTED" in body('{"a": "one} RESTRICTED')
    assert "bad \\q 943" in body('{"a": "bad \\q \\u0039\\u0034\\u0033"}')


def test_keys_given_twice_are_there_twice_and_numbers_as_written() -> None:
    assert body('{"a": 1, "a": 0123456789.50}') == "a: 1\na: 0123456789.50"


def test_depth_costs_no_recursion() -> None:
    assert body("[" * 200_000 + '"943 476 5919"' + "]" * 200_000) == "943 476 5919"


@pytest.mark.parametrize("lead", ["", "data:application/zip;base64,"])
def test_a_file_in_a_string_is_opened(lead: str) -> None:
    noise = "".join(f"{n * 7919 % 9973}" for n in range(400))
    data = base64.b64encode(archive({"plan.txt": f"NHS 943 476 5919 {noise}"})).decode()
    extraction = opened(json.dumps({"file": lead + data}).encode(), "x.json")
    assert "NHS 943 476 5919" in texts(extraction, Where.BODY)


@given(st.dictionaries(st.text('ab\\"\n\u0663{[:,é', max_size=8), st.text('ab\\"\n\u0663{[:,é9', max_size=12)))
def test_every_string_comes_out(made: dict[str, str]) -> None:
    shown = read_json(json.dumps(made))
    for text in [*made, *made.values()]:
        if '"' not in text or text.lstrip()[:1] not in {"{", "["}:
            assert text in shown
