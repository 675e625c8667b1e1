"""`gateway detectors`: teaching people and forms, seeing what was taught, and what becomes of bad files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gateway.cli.tables import LONGEST_LINE
from gateway.config.load import load_settings
from gateway.system.sandbox import describe_kernel
from gateway.testing.forms import fill_in, make_form
from gateway.testing.people import as_table, letter, make_people
from tests.unit.cli.asking import Said, ask

PEOPLE = tuple(make_people(20))
TABLE = "".join(as_table(PEOPLE))
needs_walls = pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp")


def state_of(config: Path) -> Path:
    return load_settings(config).paths.state


def put(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def load(config: Path, *arguments: str) -> Said:
    return ask(config, "detectors", "load-register", *arguments)


def test_a_register_is_loaded_listed_and_forgotten(config: Path, tmp_path: Path) -> None:
    said = load(config, put(tmp_path, "Fostering List.csv", TABLE))
    assert said.code == 0
    assert "register 'fostering-list': 20 people" in said.out
    assert "dob: 3" in said.out
    listed = json.loads(ask(config, "detectors", "list", "--json").out)
    assert listed["kind"] == "register"
    assert (listed["name"], listed["holds"], listed["trouble"]) == ("fostering-list", 20, "")
    folder = state_of(config) / "registers"
    assert {path.name for path in folder.iterdir()} == {"key", "fostering-list"}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert ask(config, "detectors", "forget", "fostering-list").code == 0
    assert ask(config, "detectors", "list", "--json").out == ""
    gone = ask(config, "detectors", "forget", "fostering-list")
    assert gone.code == 4
    assert "fostering-list" in gone.err


def test_programs_are_told_what_was_left_out(config: Path, tmp_path: Path) -> None:
    said = load(config, put(tmp_path, "a.csv", f"{TABLE}Secret,Person\n"), "--json")
    told = json.loads(said.out)
    assert told["people"] == 20
    assert (told["left_out"], told["left_out_lines"]) == (1, [22])
    assert "Secret" not in said.out + said.err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "it is empty"),
        ("colour,shape\nred,round\n", "no column is known"),
        ("name,name\nx,y\n", "columns 1 and 2 have the same heading"),
        ("name,dob\n", "it has no rows"),
        (TABLE.encode("utf-16"), "no text in UTF-8 or Windows-1252"),
        (b"PK\x03\x04" + b"x" * 100, "a workbook or an archive"),
        (b"name\nAnn\0Lee\n", "no text in UTF-8 or Windows-1252"),
        (b"name\nAnn \x81\xff Lee\n", "no text in UTF-8 or Windows-1252"),
        ("name\n" + "x" * (2 * LONGEST_LINE), "a.csv:2: the line is longer than a million characters"),
    ],
)
def test_a_bad_table_is_said_in_two_lines_and_leaves_nothing(
    config: Path, tmp_path: Path, content: str | bytes, says: str
) -> None:
    said = load(config, put(tmp_path, "a.csv", content))
    assert said.code == 1
    assert says in said.err
    assert len(said.err.splitlines()) <= 2
    assert [path.name for path in (state_of(config) / "registers").iterdir()] == ["key"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encodings_of_office_programs(config: Path, tmp_path: Path, encoding: str) -> None:
    said = load(config, put(tmp_path, "a.csv", TABLE.encode(encoding)))
    assert said.code == 0
    assert ("Windows-1252" in said.err) is (encoding == "cp1252")
    assert "given: 1" in said.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--name", "key"), 2),
        (("--name", "../x"), 2),
        (("--name", "Ann Lee"), 2),
        (("--name", ""), 0),
        (("--columns", "colour=Given name"), 2),
        (("--columns", "given"), 2),
        (("--columns", "identifier=Case number"), 0),
        (("--columns", "identifier=No such"), 1),
    ],
)
def test_names_and_columns(config: Path, tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    assert load(config, put(tmp_path, "a.csv", TABLE), *arguments).code == code


def test_a_missing_file_and_a_gateway_that_was_not_set_up(bare: Path, config: Path, tmp_path: Path) -> None:
    assert load(config, str(tmp_path / "none.csv")).code == 4
    assert ask(config, "detectors", "learn-form", str(tmp_path / "none.docx")).code == 4
    state_of(bare).rename(tmp_path / "elsewhere")
    assert load(bare, put(tmp_path, "a.csv", TABLE)).code == 4


def test_a_failed_load_keeps_the_register_that_was_there(config: Path, tmp_path: Path) -> None:
    load(config, put(tmp_path, "a.csv", TABLE))
    before = (state_of(config) / "registers" / "a").read_bytes()
    assert load(config, put(tmp_path, "b.csv", "name\n"), "--name", "a").code == 1
    assert (state_of(config) / "registers" / "a").read_bytes() == before
    assert load(config, put(tmp_path, "b.csv", TABLE), "--name", "a").code == 0
    assert (state_of(config) / "registers" / "a").read_bytes() != before  # a new salt


def damage(folder: Path, how: str) -> None:
    register = folder / "a"
    content = register.read_bytes()
    if how == "cut":
        register.write_bytes(content[: len(content) // 2])
    elif how == "empty":
        register.write_bytes(b"")
    elif how == "altered":
        register.write_bytes(content[:700] + bytes([content[700] ^ 1]) + content[701:])
    elif how == "no key":
        (folder / "key").unlink()
    elif how == "key is a link":
        (folder / "key").unlink()
        (folder / "key").symlink_to("/dev/null")
    elif how == "short key":
        (folder / "key").write_bytes(b"x")
    elif how == "other key":
        (folder / "key").write_bytes(b"x" * 32)
    elif how == "link":
        register.unlink()
        register.symlink_to("/dev/null")
    elif how == "folder":
        register.unlink()
        register.mkdir()
    else:
        os.mkfifo(folder / "pipe")


@needs_walls
@pytest.mark.parametrize(
    "how",
    [
        "cut",
        "empty",
        "altered",
        "no key",
        "key is a link",
        "short key",
        "other key",
        "link",
        "folder",
        "something else",
    ],
)
def test_a_register_that_cannot_be_read_stops_the_start(config: Path, tmp_path: Path, how: str) -> None:
    load(config, put(tmp_path, "a.csv", TABLE))
    damage(state_of(config) / "registers", how)
    said = ask(config, "classify", put(tmp_path, "x.txt", "harmless"))
    assert said.code == 1
    assert said.out == ""
    assert "register" in said.err
    assert len(said.err.splitlines()) <= 2
    assert ask(config, "detectors", "list").code == 1


@needs_walls
def test_what_was_taught_is_found_by_the_workers(config: Path, tmp_path: Path) -> None:
    assert load(config, put(tmp_path, "kids.csv", TABLE)).code == 0
    form = ask(config, "detectors", "learn-form", put(tmp_path, "referral.txt", make_form(1)), "--json")
    assert json.loads(form.out)["name"] == "referral"
    text = letter(PEOPLE[0], number=1) + fill_in(make_form(1), PEOPLE[1])
    said = ask(config, "classify", put(tmp_path, "x.txt", text), "--json")
    findings = json.loads(said.out)["findings"]
    whys = {(each["entity"], *each["why"][:2]) for each in findings if each["detector"] in {"register", "form"}}
    assert whys == {("REGISTERED_PERSON", "register", "kids"), ("LEARNED_FORM", "form", "referral")}
    assert json.loads(said.out)["effective_tier"] == "PROTECT"


@needs_walls
def test_a_form_of_too_few_words_is_not_learnt(config: Path, tmp_path: Path) -> None:
    said = ask(config, "detectors", "learn-form", put(tmp_path, "a.txt", "Name:\nDate:\n"))
    assert said.code == 1
    assert "cannot be learnt" in said.err
    assert ask(config, "detectors", "list", "--json").out == ""


@needs_walls
def test_a_register_and_a_form_cannot_share_a_name(config: Path, tmp_path: Path) -> None:
    load(config, put(tmp_path, "a.csv", TABLE))
    said = ask(config, "detectors", "learn-form", put(tmp_path, "a.txt", make_form(1)))
    assert said.code == 2
    assert "a register named 'a'" in said.err
