"""What a child is prepared with, and the compiled patterns that it keeps for the next one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify import Pattern, matching
from gateway.classify.assess import Classifier
from gateway.classify.detectors.nino import Nino
from gateway.testing.policies import SHIPPED
from gateway.worker import Setup
from gateway.worker.databases import Databases

WORDS = st.text(max_size=20)


@given(
    st.builds(
        Setup,
        policies=st.none() | st.dictionaries(WORDS, WORDS, max_size=3),
        plugins=st.dictionaries(WORDS, st.lists(WORDS, max_size=2), max_size=2),
        search_key=st.binary(max_size=32),
        cache=st.none() | st.just(Path("a") / "b"),
    )
)
def test_a_setup_survives_the_way_to_the_child(setup: Setup) -> None:
    assert Setup.read(setup.write()) == setup


def test_the_search_key_does_not_show_where_a_setup_is_printed() -> None:
    assert "quetzal" not in repr(Setup(search_key=b"quetzal"))


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("patterns-*.db"))


def test_compiled_patterns_are_kept_and_used_again(tmp_path: Path) -> None:
    Classifier.build((Nino(),), SHIPPED, databases=Databases(tmp_path))
    [first] = kept(tmp_path)
    before = first.stat()
    again = Databases(tmp_path)
    Classifier.build((Nino(),), SHIPPED, databases=again)
    assert kept(tmp_path) == [first]
    assert first.stat().st_mtime_ns == before.st_mtime_ns  # it was not written again
    Classifier.build((), SHIPPED, databases=Databases(tmp_path))
    assert kept(tmp_path) != [first]  # other patterns, another database, and the old one is gone
    assert len(kept(tmp_path)) == 1


@pytest.mark.parametrize("damage", ["emptied", "cut", "for all to write", "a link"])
def test_a_database_that_is_damaged_or_not_ours_alone_is_not_used(tmp_path: Path, damage: str) -> None:
    databases = Databases(tmp_path)
    databases.keep("f", b"database")
    path = tmp_path / "patterns-f.db"
    assert Databases(tmp_path).load("f") == b"database"
    if damage == "emptied":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(b"data")
    elif damage == "for all to write":
        path.chmod(0o666)
    else:
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    loaded = Databases(tmp_path).load("f")
    assert loaded == {"cut": b"data"}.get(damage, b"")  # a cut one is for the engine to refuse


def test_where_nothing_can_be_kept_everything_goes_on(tmp_path: Path) -> None:
    Databases(None).keep("f", b"x")
    assert Databases(None).load("f") == b""
    missing = Databases(tmp_path / "missing")
    missing.keep("f", b"x")
    assert missing.load("f") == b""


def test_another_way_of_looking_for_the_same_patterns_has_another_database(monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = [Pattern(name="a", expression="two words", term=True)]
    before = matching.fingerprint(patterns)
    monkeypatch.setattr(matching, "written", lambda term: (term,))
    assert matching.fingerprint(patterns) != before
