"""The database is opened soundly or not at all."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from gateway.errors import Damaged, Unsound
from gateway.store import console_tables, migrations, tables
from gateway.store import database as module
from gateway.store.database import Database, require_local_disk, require_sound_sqlite, sqlite_version

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "version",
    [(3, 7, 0), (3, 40, 1), (3, 44, 5), (3, 45, 0), (3, 50, 4), (3, 50, 6), (3, 51, 0), (3, 51, 1), (3, 51, 2)],
)
def test_a_build_that_loses_writes_is_refused_with_the_fix(version: tuple[int, int, int]) -> None:
    with pytest.raises(Unsound, match=r"can lose committed writes") as refused:
        require_sound_sqlite(version)
    assert "pysqlite3" in refused.value.hint


@pytest.mark.parametrize("version", [(3, 44, 6), (3, 44, 9), (3, 50, 7), (3, 50, 8), (3, 51, 3), (3, 53, 4), (4, 0, 0)])
def test_a_repaired_build_will_do(version: tuple[int, int, int]) -> None:
    require_sound_sqlite(version)


def test_the_build_we_run_on_is_sound() -> None:
    major, minor, patch = map(int, sqlite_version().split("."))
    require_sound_sqlite((major, minor, patch))


@pytest.mark.parametrize(
    ("kind", "is_local"), [("ext4", True), ("tmpfs", True), ("nfs4", False), ("cifs", False), ("fuse.sshfs", False)]
)
def test_a_network_file_system_is_refused(kind: str, is_local: bool) -> None:  # noqa: FBT001 - a column of the table
    mounts = (
        "21 1 254:1 / / rw,relatime - ext4 /dev/vda rw\n"
        f"36 21 0:31 / /srv/my\\040state rw shared:3 master:2 - {kind} host:/x rw\n"
        "37 21 0:32 / /srv/other rw - nfs4 host:/y rw\n"
    )
    require_local_disk(Path("/srv"), mounts)
    if is_local:
        require_local_disk(Path("/srv/my state/deep"), mounts)
        return
    with pytest.raises(Unsound, match="network file system"):
        require_local_disk(Path("/srv/my state/deep"), mounts)


def settings_of(connection: Connection) -> dict[str, object]:
    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "mmap_size", "busy_timeout")
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}


def test_every_connection_is_set_for_safety(tmp_path: Path) -> None:
    database = Database(tmp_path / "gateway.db")
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "mmap_size": 0,
        "busy_timeout": 30_000,
    }
    assert database.write(settings_of) == wanted
    with database.read() as first, database.read() as second:
        assert settings_of(first) == settings_of(second) == wanted
    database.close()


def test_its_files_are_private(tmp_path: Path) -> None:
    database = Database(tmp_path / "gateway.db")
    database.write(lambda connection: connection.exec_driver_sql("INSERT INTO ledger VALUES (0, x'00')").rowcount)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert {"gateway.db", "gateway.db-wal", "gateway.db-shm"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    database.close()


def test_migrations_and_tables_say_the_same(tmp_path: Path) -> None:
    database = Database(tmp_path / "gateway.db")
    with database.read() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "target_metadata": tables.metadata,
                "include_name": lambda name, kind, _: kind != "table" or not name.startswith(console_tables.SEARCH),
            },
        )
        assert compare_metadata(context, tables.metadata) == []
        inspector = inspect(connection)
        for table in tables.metadata.sorted_tables:
            found = {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
            assert found == {column.name: bool(column.nullable) for column in table.columns}, table.name
            key = inspector.get_pk_constraint(table.name)["constrained_columns"]
            assert key == [column.name for column in table.primary_key], table.name
    database.close()


def test_migrations_make_the_triggers_and_the_table_of_words_as_they_are_written_down(tmp_path: Path) -> None:
    database = Database(tmp_path / "gateway.db")
    with database.read() as connection:
        made = connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' OR name = 'search'"
        ).all()
    assert {text for (text,) in made} == {*console_tables.TRIGGERS, console_tables.CREATE_SEARCH}
    database.close()


def test_the_head_that_is_asked_for_is_the_newest_migration() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert script.get_heads() == [tables.HEAD]
    assert script.get_base() == "0001"


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    Database(path).close()
    before = path.read_bytes()
    Database(path).close()
    assert path.read_bytes() == before


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    database = Database(path)
    database.write(
        lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'").rowcount
    )
    database.close()
    with pytest.raises(Unsound, match="9999"):
        Database(path)


@pytest.mark.parametrize("content", [b"this is no database, whatever its name says" * 100, b"\0" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gateway.db"
    path.write_bytes(content)
    with pytest.raises(Damaged):
        Database(path)
    assert path.read_bytes() == content


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    Database(path).close()
    content = bytearray(path.read_bytes())
    content[4096:] = bytes([0x5A]) * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(Damaged):
        Database(path)


def test_a_failed_statement_does_not_quote_what_was_written(tmp_path: Path) -> None:
    database = Database(tmp_path / "gateway.db")
    with pytest.raises(Exception) as refused:  # noqa: PT011 - what it says is what is looked at
        database.write(
            lambda connection: connection.exec_driver_sql("INSERT INTO ledger VALUES (?, ?)", (-7, b"the content"))
        )
    error: BaseException | None = refused.value
    while error is not None:
        assert "the content" not in str(error)
        assert "-7" not in str(error)
        error = error.__cause__
    database.close()


OPEN = """
import sys
from pathlib import Path
from gateway.store.database import Database
Database(Path(sys.argv[1])).close()
"""


def test_many_processes_may_meet_at_the_first_start(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    starting = [subprocess.Popen([sys.executable, "-c", OPEN, str(path)], cwd=ROOT) for _ in range(4)]
    assert [process.wait(110) for process in starting] == [0, 0, 0, 0]
    database = Database(path)
    with database.read() as connection:
        assert migrations.revision_of(connection) == tables.HEAD
    database.close()


def test_what_was_deleted_is_in_no_file_once_forgotten(tmp_path: Path) -> None:
    database = Database(tmp_path / "gateway.db")
    secret = b"a wrapped key, say: 4c9d1f"
    database.write(
        lambda connection: connection.exec_driver_sql("INSERT INTO ledger VALUES (0, ?)", (secret * 500,)).rowcount
    )
    database.forget()
    assert any(secret in path.read_bytes() for path in tmp_path.iterdir())
    database.write(lambda connection: connection.exec_driver_sql("DELETE FROM ledger").rowcount)
    database.forget()
    assert not any(secret in path.read_bytes() for path in tmp_path.iterdir())
    database.close()


def test_forgetting_gives_way_to_a_reader(tmp_path: Path) -> None:
    database = Database(tmp_path / "gateway.db")
    with database.read() as connection:
        connection.exec_driver_sql("SELECT * FROM ledger").all()
        database.write(lambda other: other.exec_driver_sql("INSERT INTO ledger VALUES (0, x'00')").rowcount)
        database.forget()
        assert connection.exec_driver_sql("SELECT count(*) FROM ledger").scalar() == 0
    database.close()


def secret_in(folder: Path, secret: bytes) -> bool:
    return any(secret in path.read_bytes() for path in folder.iterdir())


def add_and_delete(database: Database, secret: bytes) -> None:
    database.write(
        lambda connection: connection.exec_driver_sql("INSERT INTO ledger VALUES (0, ?)", (secret,)).rowcount
    )
    database.write(lambda connection: connection.exec_driver_sql("DELETE FROM ledger").rowcount)
    database.forget()


def test_what_a_command_could_not_forget_before_its_end_the_daemon_forgets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TRIES_AT_THE_END", 1)
    secret = b"a wrapped key, say: 4c9d1f" * 50
    daemon, command = Database(tmp_path / "gateway.db"), Database(tmp_path / "gateway.db")
    with daemon.read() as connection:
        connection.exec_driver_sql("SELECT * FROM ledger").all()
        add_and_delete(command, secret)
        command.close()
    daemon.settle()
    assert secret_in(tmp_path, secret)  # not each second: it is work for the disk
    monkeypatch.setattr(module, "SETTLE_SECONDS", 0.0)
    daemon.settle()
    assert not secret_in(tmp_path, secret)
    daemon.close()


def test_a_command_that_met_a_reader_tries_again_before_its_end(tmp_path: Path) -> None:
    secret = b"a wrapped key, say: 4c9d1f" * 50
    daemon, command = Database(tmp_path / "gateway.db"), Database(tmp_path / "gateway.db")
    with daemon.read() as connection:
        connection.exec_driver_sql("SELECT * FROM ledger").all()
        add_and_delete(command, secret)
        closing = threading.Thread(target=command.close)
        closing.start()
        closing.join(0.4)
    closing.join()
    assert not secret_in(tmp_path, secret)
    daemon.close()
