"""What a parser that was taken over can still do: nothing but compute and answer."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import Unsound
from gateway.system import harden
from gateway.system.sandbox import LONGEST_AT, Lost, Patience, Pool, WorkerLost, describe_kernel

CHILD = (sys.executable, "-P", str(Path(__file__).with_name("hostile_child.py")))

pytestmark = pytest.mark.skipif(not all(describe_kernel().values()), reason="this kernel has no landlock or seccomp")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(CHILD, b"", size=1, memory=2 << 30, deadline=20.0, documents=1000)
    yield made
    made.close()


def ask(pool: Pool, what: str, seconds: float = 20.0, said: bytes = b"", part: float = 20.0, steps: int = 9) -> str:
    return pool.ask(what.encode(), said, Patience(seconds=seconds, part=part, steps=steps)).decode()


@pytest.mark.parametrize(
    ("attack", "denied"),
    [
        ("read_file", "PermissionError"),
        ("write_file", "PermissionError"),
        ("list_folder", "PermissionError"),
        ("connect_inet", "PermissionError"),
        ("connect_unix", "PermissionError"),
        ("execute", "PermissionError"),
        ("fork", "PermissionError"),
        ("kill_parent", "PermissionError"),
        ("kill_group", "PermissionError"),
        ("other_descriptors", "PermissionError"),
        ("allocate", "MemoryError"),
    ],
)
def test_every_way_out_is_closed(pool: Pool, attack: str, denied: str) -> None:
    assert ask(pool, attack) == denied
    assert ask(pool, "next").startswith("next ")


@pytest.mark.parametrize(
    ("trick", "kind"),
    [
        ("abort", Lost.ENDED),
        ("raise", Lost.CRASHED),
        ("close", Lost.ENDED),
        ("flood", Lost.CRASHED),
        ("sleep", Lost.TIMEOUT),
        ("spin", Lost.TIMEOUT),
    ],
)
def test_a_lost_worker_is_told_and_the_next_document_is_answered(pool: Pool, trick: str, kind: Lost) -> None:
    with pytest.raises(WorkerLost) as caught:
        ask(pool, trick, seconds=1.0 if kind is Lost.TIMEOUT else 20.0)
    assert caught.value.kind is kind
    assert "943" not in str(caught.value)
    assert ask(pool, "next").startswith("next ")


@pytest.mark.timeout(400)
def test_a_spinning_worker_that_nobody_waits_for_ends_by_itself() -> None:
    made = Pool(CHILD, b"", size=1, memory=2 << 30, deadline=0.5)
    try:
        with pytest.raises(WorkerLost) as caught:
            ask(made, "spin", seconds=300.0)
        assert caught.value.kind is Lost.ENDED  # killed by its own limit of processor time
    finally:
        made.close()


def test_an_answer_that_is_too_long_is_not_taken(pool: Pool) -> None:
    with pytest.raises(WorkerLost):
        pool.ask(b"x" * 100, b"", Patience(seconds=20.0, longest=50))


@pytest.mark.parametrize("trick", ["abort", "raise", "close", "sleep", "exit"])
def test_what_a_lost_worker_said_last_that_it_was_at_is_told(pool: Pool, trick: str) -> None:
    with pytest.raises(WorkerLost) as caught:
        ask(pool, trick, seconds=10.0 if trick == "sleep" else 20.0, said=b"a/1/b|a/2/c")
    assert caught.value.at == b"a/2/c"
    with pytest.raises(WorkerLost) as caught:
        ask(pool, trick, seconds=0.4 if trick == "sleep" else 20.0)
    assert caught.value.at is None
    assert 0 < caught.value.seconds < 20


def test_a_worker_that_says_nothing_for_too_long_is_killed_before_its_time_is_up(pool: Pool) -> None:
    with pytest.raises(WorkerLost) as caught:
        ask(pool, "sleep", part=8.0, said=b"a/1/b", seconds=100.0)
    assert (caught.value.kind, caught.value.at) == (Lost.TIMEOUT, b"a/1/b")
    assert caught.value.seconds < 80


def test_a_worker_that_says_something_all_the_time_is_not_killed(pool: Pool) -> None:
    said = ask(pool, "slowly", part=8.0, seconds=100.0, steps=20)
    assert said.startswith("slowly "), "it takes longer than that altogether"


@pytest.mark.parametrize("said", [b"x" * LONGEST_AT, b"|".join([b"x"] * 10)], ids=["too long", "too often"])
def test_a_worker_that_says_too_much_is_lost(pool: Pool, said: bytes) -> None:
    with pytest.raises(WorkerLost) as caught:
        ask(pool, "x", said=said)
    assert caught.value.kind is Lost.CRASHED
    assert ask(pool, "x", said=b"|".join([b"x"] * 9)).startswith("x ")


def test_a_worker_that_was_told_a_secret_is_replaced_whatever_it_says(pool: Pool) -> None:
    first = pool.ask(b"a", b"", Patience(seconds=20.0, once=True)).split()[1]
    assert ask(pool, "b").split()[1] != first.decode()


def test_a_worker_that_never_stops_talking_ends_at_the_bound(pool: Pool) -> None:
    with pytest.raises(WorkerLost) as caught:
        ask(pool, "babble", steps=1000)
    assert caught.value.kind is Lost.CRASHED


def test_content_of_any_size_comes_and_goes_whole(pool: Pool) -> None:
    for size in (0, 1, 65_536, (1 << 20) - 17, 1 << 20, 5_000_001):
        assert ask(pool, "x" * size).partition(" ")[0] == "x" * size


def test_a_worker_is_replaced_after_some_documents_and_when_it_says_so() -> None:
    made = Pool(CHILD, b"", size=1, memory=2 << 30, deadline=20.0, documents=2)
    try:
        ids = [ask(made, what).split()[1] for what in ("a", "b", "c", "worn", "d")]
    finally:
        made.close()
    assert ids[0] == ids[1]
    assert ids[1] != ids[2]
    assert ids[2] == ids[3]
    assert ids[3] != ids[4]


def test_many_threads_share_the_workers() -> None:
    made = Pool(CHILD, b"", size=2, memory=2 << 30, deadline=20.0)
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.extend(ask(made, "x") for _ in range(20))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made.close()
    assert len(answers) == 80
    assert len({answer.split()[1] for answer in answers}) <= 2


def test_a_zygote_that_dies_is_started_again() -> None:
    made = Pool(CHILD, b"", size=1, memory=2 << 30, deadline=20.0)
    try:
        os.kill(made._zygote, 9)
        answers = []
        for _ in range(3):
            try:
                answers.append(ask(made, "x"))
            except WorkerLost:  # the worker dies with its zygote, when is up to the kernel
                continue
        assert answers
    finally:
        made.close()


def test_a_child_that_cannot_prepare_is_refused_without_its_words() -> None:
    with pytest.raises(Unsound) as caught:
        Pool(CHILD, b"refuse", size=1, memory=2 << 30, deadline=5.0)
    assert caught.value.message == "ValueError"


def test_a_kernel_without_walls_is_refused_unless_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harden, "landlock_abi", lambda: 0)
    with pytest.raises(Unsound, match="no landlock") as caught:
        Pool(CHILD, b"", size=1, memory=2 << 30, deadline=5.0)
    assert "landlock" in caught.value.hint
    harden.require_walls(allow_degraded=True)


def test_closing_ends_every_process() -> None:
    made = Pool(CHILD, b"", size=2, memory=2 << 30, deadline=20.0)
    worker = int(ask(made, "x").split()[1])
    made.close()
    pidfd = None
    try:
        pidfd = os.pidfd_open(worker)
    except ProcessLookupError:
        return
    import select  # noqa: PLC0415 - for the one case where the kernel is not done yet

    ended, _, _ = select.select([pidfd], [], [], 20)
    os.close(pidfd)
    assert ended
