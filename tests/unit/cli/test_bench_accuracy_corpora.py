"""Every format of a corpus, from small files made here; and what is said of one that is damaged."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.errors import GatewayError, NotFound
from gateway.model.inspection import Where
from gateway.testing.accuracy import EVERYTHING, Case, Corpus, Gold
from gateway.testing.accuracy.folders import read_corpora
from gateway.testing.accuracy.reading import Unreadable
from gateway.testing.documents import mail

NOTE = {
    "text": "Seen today: Ann Lee, NHS 401 023 2137. Lab 999 123.",
    "gold": [{"value": "4010232137", "cat": "NHS_NUMBER"}, {"value": "Ann Lee", "cat": "PATIENT_NAME"}],
    "preserve": [{"value": "999 123", "reason": "laboratory"}],
}
SPANS = {
    "full_text": "Call 020 7946 0000 now",
    "spans": [{"entity_type": "PHONE_NUMBER", "entity_value": "x", "start_position": 5, "end_position": 18}],
}
LINE = {
    "text": "to a@b.example",
    "annotations": [{"entity_type": "EMAIL_ADDRESS", "start": 3, "end": 14, "text": "a@b.example"}],
    "adversarial": {"type": "bidi_attack"},
}
OWN = {
    "text": "PROTECT\nNINO AB123456C, ref 77",
    "spans": [{"start": 13, "end": 22, "entity": "NINO"}],
    "bait": ["77"],
    "marking": "PROTECT",
}


def only(path: Path) -> Corpus:
    """Return the one corpus of a path."""
    (corpus,) = read_corpora(path)
    return corpus


def packed(text: str) -> bytes:
    return gzip.compress(text.encode())


def table(path: Path, *rows: str) -> Path:
    """Write a table whose cells are parted by bars here and by tabs there."""
    path.write_text("".join(row.replace("|", "\t") + "\n" for row in rows), encoding="utf-8")
    return path


def test_notes_with_gold_and_bait(tmp_path: Path) -> None:
    (tmp_path / "corpus.json").write_text(json.dumps({"seed": 1, "notes": [NOTE]}))
    (tmp_path / "README.txt").write_text("about it")
    corpus = only(tmp_path)
    assert corpus.name == tmp_path.name
    (case,) = corpus.cases
    assert [(each.entity, each.value) for each in case.gold] == [
        ("NHS_NUMBER", "4010232137"),
        ("PERSON_NAME", "Ann Lee"),
    ]
    assert (case.bait, case.labelled) == (("999 123",), EVERYTHING)


def test_lists_of_spans(tmp_path: Path) -> None:
    path = tmp_path / "spans.json"
    path.write_text(json.dumps([SPANS, {"full_text": "nothing", "spans": []}]))
    first, second = only(path).cases
    assert first.gold == (Gold(entity="PHONE_NUMBER", value="020 7946 0000", start=5, end=18),)
    assert second.gold == ()
    assert second.labelled == {"PHONE_NUMBER"}  # it is known to hold none


@pytest.mark.parametrize("packed", [False, True])
def test_json_lines(tmp_path: Path, *, packed: bool) -> None:
    path = tmp_path / ("x.jsonl.gz" if packed else "x.jsonl")
    data = (json.dumps(LINE) + "\n\n" + json.dumps(OWN) + "\n").encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    first, second = only(path).cases
    assert first.name == f"{path.name}:1"
    assert first.attack == "bidi_attack"
    assert first.gold == (Gold(entity="EMAIL_ADDRESS", value="a@b.example", start=3, end=14),)
    assert second.name == f"{path.name}:3"
    assert second.gold[0].value == "AB123456C"
    assert (second.bait, second.marking) == (("77",), "PROTECT")
    assert second.labelled == {"EMAIL_ADDRESS", "NINO"}
    assert not second.is_ordinary


def test_json_lines_without_a_single_span_are_ordinary_documents(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"text": "Lunch at one.", "spans": []}\n')
    assert only(path).cases[0].is_ordinary


def test_tables_of_a_reference_detector(tmp_path: Path) -> None:
    path = table(
        tmp_path / "tables.tsv",
        "entity|text_json|expected_count|expected_positions_json",
        'UK_NINO|"""no AA123456B"""|1|[[3, 12]]',
        'UK_NHS|"""401-023-2138"""|0|[]',
        'IP_ADDRESS|"""::1"""|1|[]',
    )
    right, wrong, anywhere = only(path).cases
    assert right.gold == (Gold(entity="NINO", value="AA123456B", start=3, end=12),)
    assert (wrong.gold, wrong.labelled) == ((), frozenset({"NHS_NUMBER"}))
    assert anywhere.gold == (Gold(entity="IP_ADDRESS", value=""),)


def test_numbers_of_schemes(tmp_path: Path) -> None:
    path = table(
        tmp_path / "numbers.tsv",
        "scheme|number|label",
        "gb_utr|1955839661|valid",
        "iban|GB00|invalid",
        "isin|US0378331005|valid",
        "bic|NWBKGB2L|valid",
    )
    corpus = only(path)
    assert [(case.text, bool(case.gold), case.vector) for case in corpus.cases] == [
        ("Unique Taxpayer Reference: 1955839661\n", True, True),
        ("IBAN: GB00\n", False, True),
        ("BIC: NWBKGB2L\n", True, False),  # it has no checksum
    ]
    assert corpus.left_out == ("1 numbers that no detector looks for: isin",)


def test_police_numbers_nhs_numbers_and_accounts(tmp_path: Path) -> None:
    pnc = table(tmp_path / "pnc.tsv", "scheme|value|label|canonical", "PNC|81/34U|valid|1981/0000034U")
    assert only(pnc).cases[0].gold == (Gold(entity="PNC_ID", value="81/34U"),)
    nhs = table(
        tmp_path / "nhs.tsv",
        "value|label|region_rule|source_test",
        "401023213|invalid||test_int_short",
        "4010232137|valid|REGION|test_region",
    )
    assert only(nhs).cases[0].text == "NHS number: 0401023213\n"
    assert only(nhs).left_out == ("1 numbers that no detector looks for: a rule of a library",)
    accounts = table(
        tmp_path / "vectors.tsv",
        "case|description|sort_code|account|valid|status",
        "1|x|089999|66374958|true|VALIDATED_PASSED",
        "2|x|203099|66831036|false|VALIDATED_FAILED",
    )
    first, second = only(accounts).cases
    assert first.text == "Sort code: 08-99-99  Account number: 66374958\n"
    assert (len(first.gold), len(second.gold)) == (1, 0)


def test_secrets_and_markings(tmp_path: Path) -> None:
    path = tmp_path / "secrets.tsv.gz"
    path.write_bytes(packed('source\tlabel\ttext_json\nx:y\tpositive\t"""k=1"""\nx:y\tnegative\t"""k=2"""\n'))
    secret, near_miss = only(path).cases
    assert secret.gold == (Gold(entity="SECRET", value=""),)
    assert near_miss.bait == ("k=2",)
    strings = table(tmp_path / "strings.tsv", "kind|string|source", "subject|[SEC=SECRET]|x", "header|SEC=OFFICIAL|x")
    assert [(case.where, case.marking) for case in only(strings).cases] == [
        (Where.SUBJECT, "MARKED"),
        (Where.MAIL_HEADER, "MARKED"),
    ]


def test_records_and_letters_with_their_gold(tmp_path: Path) -> None:
    records, letters = tmp_path / "records", tmp_path / "letters"
    (records / "json").mkdir(parents=True)
    (records / "json" / "a.json").write_text('{"nhs": "4010232137"}')
    table(records / "gold.tsv", "file|type|value", "a.json|NHS_NUMBER|4010232137", "a.json|FAMILY_NAME|Lee")
    (case,) = only(records).cases
    assert (case.content, case.labelled) == (b'{"nhs": "4010232137"}', frozenset({"NHS_NUMBER"}))
    letters.mkdir()
    (letters / "one.html").write_text("<p>x</p>")
    (letters / "one.txt").write_text("x")
    table(letters / "gold.tsv", "letter|type|value", "one|NHS_NUMBER_BADSUM|4010232138", "one|EMAIL_ORG|a@b.example")
    corpus = only(letters)
    assert sorted(case.name for case in corpus.cases) == ["one.html", "one.txt"]
    assert [each.entity for each in corpus.cases[0].gold] == ["NHS_NUMBER", "EMAIL_ADDRESS"]
    assert corpus.cases[0].labelled == frozenset()  # some fields were noted, not all
    assert len(corpus.left_out) == 1


def test_pages_with_labels_archives_and_bare_documents(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    (pages / "md").mkdir(parents=True)
    (pages / "md" / "a.md").write_text("# About RESTRICTED")
    (pages / "md" / "b.md").write_text("SECRET")
    table(pages / "labels.tsv", "file|mentions|true_marking", "a.md|1|NONE", "b.md|1|SECRET")
    assert [(case.name, case.marking, case.is_ordinary) for case in only(pages).cases] == [
        ("a.md", "NONE", True),
        ("b.md", "SECRET", False),
    ]
    archive = tmp_path / "mail.tar.gz"
    content = mail("a@b.example", "c@d.example", "Lunch", "At one.")
    with tarfile.open(archive, "w:gz") as packed:
        member = tarfile.TarInfo("ham/1.eml")
        member.size = len(content)
        packed.addfile(member, io.BytesIO(content))
    assert only(archive).cases == (Case(name="ham/1.eml", content=content, marking="NONE", is_ordinary=True),)
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "x.eml").write_bytes(content)
    (bare / "LICENSE.txt").write_text("may be copied")
    assert [case.name for case in only(bare).cases] == ["x.eml"]
    assert [case.name for case in only(bare / "x.eml").cases] == ["x.eml"]


def test_a_corpus_that_measures_extraction_is_left_out_with_a_line(tmp_path: Path) -> None:
    table(tmp_path / "manifest.tsv", "file|bytes|encrypted", "a.docx|1|yes")
    corpus = only(tmp_path)
    assert (corpus.cases, len(corpus.left_out)) == ((), 1)


def test_several_labelled_files_in_one_folder(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(OWN))
    (tmp_path / "b.jsonl").write_text(json.dumps(OWN))
    assert [corpus.name for corpus in read_corpora(tmp_path)] == [
        f"{tmp_path.name}/a.jsonl",
        f"{tmp_path.name}/b.jsonl",
    ]


DAMAGED: dict[str, tuple[str, bytes, int, str]] = {
    "json": ("c.json", b'{"notes": [\n{"text": ]}', 2, "not JSON"),
    "no notes": ("c.json", b'{"letters": []}', 1, "neither"),
    "note without gold": ("c.json", json.dumps({"notes": [NOTE, {"text": "x"}]}).encode(), 1, "entry notes[1]: 'gold'"),
    "spans out of text": ("c.json", json.dumps([SPANS | {"full_text": "x"}]).encode(), 1, "entry [0]: a span from 5"),
    "line": ("c.jsonl", b'{"text": "a", "spans": []}\n{"text": \n', 2, "not JSON"),
    "line no object": ("c.jsonl", b"[]\n", 1, "no JSON object"),
    "line no text": ("c.jsonl", b'\n{"spans": []}\n', 2, "'text' is missing"),
    "line no spans": ("c.jsonl", b'{"text": "a"}\n', 1, "'spans' is missing"),
    "span upside down": ("c.jsonl", b'{"text": "abc", "spans": [{"start": 2, "end": 1, "entity": "X"}]}', 1, "a span"),
    "span true": ("c.jsonl", b'{"text": "abc", "spans": [{"start": true, "end": 2, "entity": "X"}]}', 1, "'start'"),
    "latin": ("c.jsonl", b'{"text": "a", "spans": []}\n{"text": "caf\xe9", "spans": []}\n', 2, "not UTF-8"),
    "cut gzip": ("c.jsonl.gz", packed(json.dumps(OWN))[:-9], 1, "damaged"),
    "no gzip": ("c.jsonl.gz", b"plain", 1, "cannot be opened"),
    "tar": ("c.tar.gz", b"plain", 1, "archive is damaged"),
    "row": ("c.tsv", b"scheme\tnumber\tlabel\niban\tGB00\n", 2, "has not 3 columns"),
    "label": ("c.tsv", b"scheme\tnumber\tlabel\niban\tGB00\tvalid\niban\tGB00\tperhaps\n", 3, "neither 'valid'"),
    "cell": ("c.tsv", b"source\tlabel\ttext_json\nx\tpositive\t'k'\n", 2, "a cell is not JSON"),
    "columns": ("c.tsv", b"one\ttwo\n1\t2\n", 1, "no table with these columns is known: one, two"),
    "gold without its file": ("gold.tsv", b"file\ttype\tvalue\nnot-there.json\tNINO\tAB123456C\n", 2, "not-there.json"),
    "label without its file": ("labels.tsv", b"file\ttrue_marking\nnot-there.md\tNONE\n", 2, "not-there.md"),
    "no corpus": ("c.bin", b"\x00", 1, "nothing in it is known"),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_what_is_wrong_is_told_by_file_and_line(tmp_path: Path, what: str) -> None:
    name, data, line, said = DAMAGED[what]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(Unreadable) as trouble:
        read_corpora(path)
    assert str(trouble.value).startswith(f"{path}:{line}: ")
    assert said in trouble.value.message
    assert trouble.value.hint


def empty(folder: Path) -> Path:
    return folder


def only_a_readme(folder: Path) -> Path:
    (folder / "README.txt").write_text("x")
    return folder


def nowhere(folder: Path) -> Path:
    return folder / "nowhere"


def empty_archive(folder: Path) -> Path:
    tarfile.open(folder / "x.tar", "w").close()
    return folder / "x.tar"


@pytest.mark.parametrize("make", [empty, only_a_readme, nowhere, empty_archive])
def test_where_there_is_no_corpus_that_is_said(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(NotFound) as trouble:
        read_corpora(make(tmp_path))
    assert isinstance(trouble.value, GatewayError)
    assert trouble.value.hint
