"""Readers of whole files: letters with their gold, pages and mails that hold nothing; and what reads which corpus.

A corpus is known by its structure, never by its name. Files are extracted before they are classified.

    gold.tsv      file, type, value: all values of these types; or letter (without its ending): some of them
    labels.tsv    file, true_marking
    otherwise     a folder or a TAR of documents, without labels: ordinary documents, in which nothing is to be found
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from gateway.errors import NotFound
from gateway.testing.accuracy import Case, Corpus, Gold
from gateway.testing.accuracy.names import canonical
from gateway.testing.accuracy.reading import Unreadable, read_columns, read_rows
from gateway.testing.accuracy.tables import read_table, row_reader
from gateway.testing.accuracy.texts import read_lines, read_object

TABLE: Final = (".tsv", ".tsv.gz")
LINES: Final = (".jsonl", ".jsonl.gz", ".ndjson")
ARCHIVE: Final = (".tar", ".tar.gz", ".tgz")
DOCUMENT: Final = (".md", ".txt", ".eml", ".html", ".htm", ".pdf", ".docx", ".xlsx", ".pptx", ".odt", ".rtf", ".msg",
                   ".csv", ".json")  # fmt: skip
NO_DOCUMENT: Final = ("readme", "licen", "copying", "source_readme", "manifest")
ANOTHER: Final = frozenset({"must_contain_json", "pdfinfo_encrypted", "encrypted"})
"""Columns of corpora that measure extraction: what they hold is not labelled for classification."""
PART_OF: Final = frozenset({"FAMILY_NAME"})
"""Gold that is part of a value: the whole is not false."""
Reads = Callable[[Path, str], Corpus]


def read_corpora(path: Path) -> list[Corpus]:
    """Return the corpora in a file or folder.

    Raises `Unreadable` (file:line) for one that is damaged, `NotFound` where nothing is a corpus.
    """
    if path.is_file():
        reader = _reader(path)
        if reader is None:
            raise Unreadable(path, 1, "nothing in it is known as a corpus")
        return [reader(path, path.name)]
    if not path.is_dir():
        raise NotFound(f"there is no corpus at {path}", hint="name a file or a folder")
    files = [each for each in sorted(path.iterdir()) if each.is_file() and not _is_aside(each)]
    readers = [(each, reader) for each in files if (reader := _labelled_reader(each))]
    if readers:
        return [
            reader(each, path.name if len(readers) == 1 else f"{path.name}/{each.name}") for each, reader in readers
        ]
    if any(each.name.endswith(TABLE) and ANOTHER & set(read_columns(each)) for each in path.iterdir()):
        return [Corpus(name=path.name, cases=(), left_out=("it measures extraction: nothing in it is labelled",))]
    cases = tuple(_document(each, str(each.relative_to(path))) for each in _documents(path))
    if not cases:
        raise NotFound(f"nothing in {path} is a corpus", hint="the formats: gateway bench accuracy --help")
    return [Corpus(name=path.name, cases=cases)]


def _reader(path: Path) -> Reads | None:
    """Return what reads a file that was named by itself."""
    labelled = _labelled_reader(path)
    if labelled is None and path.name.endswith(TABLE):
        return read_table  # and says which columns it does not know
    return labelled or (_single if path.name.endswith(DOCUMENT) else None)


def _labelled_reader(path: Path) -> Reads | None:
    """Return what reads a file of labelled documents, None for any other file."""
    if path.name.endswith(TABLE):
        return _table_reader(path)
    by_ending: dict[tuple[str, ...], Reads] = {LINES: read_lines, ARCHIVE: _read_archive, (".json",): read_object}
    return next((reader for endings, reader in by_ending.items() if path.name.endswith(endings)), None)


def _table_reader(path: Path) -> Reads | None:
    columns = set(read_columns(path))
    if {"file", "true_marking"} <= columns:
        return _read_labels
    if {"type", "value"} <= columns and columns & {"file", "letter"}:
        return _read_gold
    return read_table if row_reader(path) else None


def _is_aside(path: Path) -> bool:
    return path.name.lower().startswith(NO_DOCUMENT)


def _documents(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name.lower().endswith(DOCUMENT) and not _is_aside(path):
            yield path


def _document(path: Path, name: str) -> Case:
    return Case(name=name, content=path.read_bytes(), marking="NONE", is_ordinary=True)


def _single(path: Path, name: str) -> Corpus:
    return Corpus(name=name, cases=(_document(path, path.name),))


def _read_archive(path: Path, name: str) -> Corpus:
    try:
        with tarfile.open(path) as archive:
            held = [(member.name, archive.extractfile(member)) for member in archive if member.isfile()]
            cases = [
                Case(name=inner, content=stream.read(), marking="NONE", is_ordinary=True)
                for inner, stream in held
                if stream
            ]
    except (tarfile.TarError, EOFError, OSError) as trouble:
        raise Unreadable(path, 1, f"this archive is damaged ({type(trouble).__name__})") from None
    if not cases:
        raise NotFound(f"nothing in {path} is a document", hint="leave this corpus out")
    return Corpus(name=name, cases=tuple(cases))


def _read_labels(path: Path, name: str) -> Corpus:
    """Read pages whose marking is known."""
    found = _by_name(path.parent)
    cases = []
    for line, row in read_rows(path):
        if row["file"] not in found:
            raise Unreadable(path, line, f"there is no file '{row['file']}' beside this table")
        made = _document(found[row["file"]], row["file"])
        cases.append(replace(made, marking=row["true_marking"], is_ordinary=row["true_marking"] == "NONE"))
    return Corpus(name=name, cases=tuple(cases))


def _read_gold(path: Path, name: str) -> Corpus:
    """Read letters and records with the values that stand in them. A letter may be there in several formats."""
    found = _by_name(path.parent)
    gold: dict[str, list[Gold]] = {}
    labelled: set[str] = set()
    is_whole = "file" in read_columns(path)
    for line, row in read_rows(path):
        named = row.get("file") or row.get("letter") or ""
        files = [each for each in found if named in {each, Path(each).stem}]
        if not files:
            raise Unreadable(path, line, f"there is no file '{named}' beside this table")
        for each in files:
            gold.setdefault(each, []).append(Gold(entity=canonical(row["type"]), value=row["value"]))
        if is_whole and row["type"] not in PART_OF:  # of a letter some fields were noted, of a record all
            labelled.add(canonical(row["type"]))
    cases = tuple(
        Case(
            name=each,
            content=found[each].read_bytes(),
            gold=tuple(values),
            labelled=frozenset(labelled),
            marking="NONE",
        )
        for each, values in gold.items()
    )
    said = () if is_whole else ("precision: of a letter only some fields are noted",)
    return Corpus(name=name, cases=cases, left_out=said)


def _by_name(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in _documents(folder)}
