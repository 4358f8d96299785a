"""Faults of the disk and of people, made by real means: nothing acknowledged is lost, it heals."""

import asyncio
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.kit import Chat, draft, error_of
from tornchat.errors import StorageFull, StorageUnavailable
from tornchat.store.database import NAME
from tornchat.store.readers import THREADS


def set_pragma(chat: Chat, text: str) -> None:
    chat.journal.call(lambda db: db.execute_sql(f"PRAGMA {text}").fetchall()).result(30)


def wait_until_healthy(chat: Chat) -> None:
    deadline = time.monotonic() + 20
    while not chat.journal.healthy:
        assert time.monotonic() < deadline, chat.journal.error
        time.sleep(0.02)


def open_all_readers(chat: Chat) -> None:
    """Wait until each reader has its files open: they are opened with the first read of any."""
    all_here = threading.Barrier(THREADS)

    async def read() -> None:
        run = chat.store._readers.run
        await asyncio.gather(*(run(lambda _: all_here.wait(20)) for _ in range(THREADS)))

    chat.read(read())


def fill_until_refused(chat: Chat) -> tuple[int, type]:
    for number in range(1, 500):
        outcome = chat.send(draft("x" * 4000))
        if outcome.error is not None:
            return number - 1, type(outcome.error)
    raise AssertionError("never refused")


def test_full_database_refuses_reads_on_and_heals_by_itself(chat: Chat, caplog) -> None:
    pages = chat.journal.call(lambda db: db.pragma("page_count")).result(20)
    set_pragma(chat, f"max_page_count = {pages + 20}")
    stored, error = fill_until_refused(chat)
    assert error is StorageFull
    assert not chat.journal.healthy
    assert "free some space" in chat.journal.error
    assert chat.seqs() == list(range(1, stored + 1))
    chat.journal.call(lambda db: db.execute_sql("PRAGMA max_page_count = 100000")).result(20)
    assert chat.write() == stored + 1
    wait_until_healthy(chat)


def test_file_size_limit_refuses_and_heals_without_any_traffic(folder: Path, chat: Chat) -> None:
    chat.write()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        stored, error = fill_until_refused(chat)
        assert issubclass(error, (StorageFull, StorageUnavailable))
        assert not chat.journal.healthy
        assert chat.log().last >= stored + 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    wait_until_healthy(chat)
    last = chat.log().last
    assert chat.write() == last + 1
    assert chat.seqs() == list(range(1, last + 2))


def test_foreign_transaction_is_waited_for_then_refused_then_gone(
    folder: Path, chat: Chat, caplog
) -> None:
    chat.write()
    set_pragma(chat, "busy_timeout = 20")
    other = sqlite3.connect(folder / NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    outcome = chat.send(draft())
    assert error_of(outcome) is StorageUnavailable
    assert "another process" in chat.journal.error
    assert chat.seqs() == [1]
    other.execute("COMMIT")
    other.close()
    assert chat.write() == 2
    assert chat.journal.healthy


def test_short_foreign_transaction_costs_only_time(folder: Path, chat: Chat) -> None:
    chat.write()
    other = sqlite3.connect(folder / NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    chat.journal.publish(draft())
    time.sleep(0.2)
    other.execute("COMMIT")
    other.close()
    assert chat.group().outcomes[0].seq == 2


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_removed_file_refuses_writes_and_is_not_made_anew(
    folder: Path, chat: Chat, caplog, suffix: str
) -> None:
    chat.write("one")
    open_all_readers(chat)
    path = folder / f"{NAME}{suffix}"
    path.rename(aside := folder / "aside")
    for _ in range(3):
        assert error_of(chat.send(draft())) is StorageUnavailable
    assert not path.exists()
    assert not chat.journal.healthy
    assert f"{path} was removed while in use" in chat.journal.error
    assert len([r for r in caplog.records if r.levelname == "ERROR"]) == 1
    assert [e.text for e in chat.log().entries] == ["one"]
    aside.rename(path)
    assert chat.write("two") == 2
    wait_until_healthy(chat)


def test_replaced_file_refuses_writes_until_the_real_one_is_back(folder: Path, chat: Chat) -> None:
    chat.write("one")
    path = folder / NAME
    path.rename(aside := folder / "aside")
    shutil.copy(aside, path)
    copied = path.read_bytes()
    assert error_of(chat.send(draft())) is StorageUnavailable
    assert "replaced" in chat.journal.error
    assert path.read_bytes() == copied
    aside.rename(path)
    assert chat.write("two") == 2


def test_read_only_database_refuses_writes_and_heals(chat: Chat) -> None:
    chat.write()
    set_pragma(chat, "query_only = 1")
    assert error_of(chat.send(draft())) is StorageUnavailable
    assert "read-only" in chat.journal.error
    assert chat.seqs() == [1]
    wait_until_healthy(chat)  # on a new connection
    assert chat.write() == 2


def test_damage_while_running_ends_all_writing(folder: Path, open_chat) -> None:
    chat = open_chat()
    chat.fill(400, text="some longer line of text, number {}")
    chat.close()
    chat = open_chat()
    size = (folder / NAME).stat().st_size
    with (folder / NAME).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    assert error_of(chat.send(draft())) is StorageUnavailable
    assert "restore a backup" in chat.journal.error
    assert error_of(chat.send(draft())) is StorageUnavailable
    assert not chat.journal.healthy
    with pytest.raises(StorageUnavailable):
        chat.journal.call(lambda db: None).result(20)


# ── faults of system calls, injected by strace ──────────────────────────────────────────────────


@pytest.fixture(scope="module")
def strace() -> str:
    path = shutil.which("strace")
    if path is None:
        pytest.skip("strace is not installed")
    probe = subprocess.run([path, "-qq", "-o", "/dev/null", "true"], check=False)
    if probe.returncode:
        pytest.skip("strace may not trace here")
    return path


class Told:
    """What a traced driver was told: acknowledgements, entries, errors in order."""

    def __init__(self, strace: str, folder: Path, what: str, count: int, window: int) -> None:
        command = [
            *(strace, "-f", "-qq", "-o", folder.with_name("trace"), "-e", what),
            *(sys.executable, "-m", "tests.store.driver", folder, str(count), str(window)),
        ]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=90, check=False)
        self.lines = [line.split() for line in done.stdout.splitlines()]
        self.acks = {w[2]: int(w[1]) for w in self.lines if w[0] == "ack"}
        self.entries = [int(w[1]) for w in self.lines if w[0] == "entry"]
        self.errors = [w[2] for w in self.lines if w[0] == "error"]


def assert_whole(told: Told, chat: Chat, count: int) -> None:
    found = {e.client_id: e.seq for e in chat.log().entries}
    assert told.acks == found
    assert sorted(found.values()) == list(range(1, count + 1))
    assert told.entries == list(range(1, count + 1)), "live rooms heard of every entry, in order"


@pytest.mark.slow
@pytest.mark.parametrize("when", ["20..23", "21..21", "22..28"])
@pytest.mark.parametrize(("count", "window"), [(60, 1), (1000, 10)])
def test_failing_sync_acknowledges_nothing_and_heals(
    strace: str, folder: Path, open_chat: Callable[..., Chat], when: str, count: int, window: int
) -> None:
    # Calls are counted per thread: making the database must not use up the writer's number.
    Chat(folder).close()
    told = Told(strace, folder, f"inject=fdatasync:error=EIO:when={when}", count, window)
    assert told.lines[-1] == ["done"]
    assert set(told.errors) == {"storage_unavailable"}
    assert_whole(told, open_chat(), count)


@pytest.mark.slow
def test_sync_that_fails_for_ever_acknowledges_nothing(strace: str, folder: Path) -> None:
    Chat(folder).close()
    command = [
        *(strace, "-f", "-qq", "-o", "/dev/null", "-e", "inject=fdatasync:error=EIO:when=4+"),
        *(sys.executable, "-m", "tests.store.driver", folder, "5", "1"),
    ]
    driver = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with driver:
        assert driver.stdout is not None
        lines = [driver.stdout.readline() for _ in range(8)]
        driver.kill()
    first_error = next(i for i, line in enumerate(lines) if line.startswith("error"))
    assert not [line for line in lines[first_error:] if line.startswith("ack")]


@pytest.mark.slow
def test_full_disk_is_told_as_such_and_heals(
    strace: str, folder: Path, open_chat: Callable[..., Chat]
) -> None:
    told = Told(strace, folder, "inject=pwrite64:error=ENOSPC:when=200..300", 60, 1)
    assert told.lines[-1] == ["done"]
    assert set(told.errors) == {"storage_full"}
    assert_whole(told, open_chat(), 60)


@pytest.mark.slow
def test_acknowledgement_comes_after_the_sync(strace: str, folder: Path) -> None:
    trace = folder.with_name("trace")
    Told(strace, folder, "trace=fdatasync,write", 30, 1)
    events = [
        "sync" if "fdatasync" in line else "ack"
        for line in trace.read_text().splitlines()
        if (("fdatasync(" in line or "fdatasync resumed" in line) and line.endswith("= 0"))
        or 'write(1, "entry' in line
    ]
    acks = [index for index, event in enumerate(events) if event == "ack"]
    assert len(acks) == 30
    assert all(events[index - 1] == "sync" for index in acks)
