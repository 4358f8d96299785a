"""The writer's idle moments: what goes into the index, and what leaves the file."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.store.kit import Chat, count, do, draft
from tornchat.errors import StorageFull
from tornchat.store import Retention, prune, sweep
from tornchat.store.committer import Committer
from tornchat.store.database import NAME
from tornchat.store.indexing import STEP, behind, remove_before
from tornchat.store.journal import GROUP_LIMIT
from tornchat.store.positions import ReadPositions
from tornchat.store.rooms import delete_room
from tornchat.store.sql import raw
from tornchat.store.upkeep import (
    BUSY_PAUSE,
    INDEX_DELAY,
    LONGEST_PAUSE,
    PURGE_SHARE,
    SETBACK,
    Upkeep,
)
from tornchat.store.writer import Writer

SECRET = "Zqxj4711-Geheim"
WORD = b"zqxj4711"
"""What the index makes of it; no text holds it so."""


class Idle:
    """A writer that nobody else uses, and a clock that goes where upkeep wants it."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        self.took = 0.0
        self.writer = Writer(folder / NAME)
        self.writer.open()
        self.upkeep = self.renewed()

    def renewed(self) -> Upkeep:
        """Upkeep as after a restart."""
        return Upkeep(self.transact, lambda: self.now)

    def transact(self, work: Callable[[Any], Any]) -> Any:
        self.now += self.took
        return self.writer.transact(work)

    def step(self) -> bool:
        assert self.upkeep.at is not None
        self.now = max(self.now, self.upkeep.at)
        return self.upkeep.tend(self.now)

    def run(self, until: float | None = None) -> int:
        """Go on until nothing is left to do (before `until`); return how many purges ended."""
        purged = 0
        for _ in range(10_000):
            at = self.upkeep.at
            if at is None or (until is not None and at > until):
                return purged
            purged += self.step()
        raise AssertionError("upkeep never ends")

    def ask(self, query: str) -> Any:
        return self.writer.transact(lambda db: db.execute_sql(query).fetchone()[0])


@pytest.fixture
def filled(folder: Path, open_chat: Callable[..., Chat]) -> Path:
    """A folder with a log of 500 messages that was never searched, the 100th with a secret."""
    chat = open_chat()
    chat.fill(99)
    chat.write(f"the secret is {SECRET}")
    chat.fill(400)
    chat.close()
    return folder


@pytest.fixture
def idle(filled: Path) -> Iterator[Idle]:
    found = Idle(filled)
    yield found
    found.writer.close()


def holds(folder: Path) -> list[str]:
    """The files that hold the word."""
    return [path.name for path in folder.iterdir() if WORD in path.read_bytes()]


def delete(idle: Idle, first: int, last: int, *, urgent: bool = True) -> None:
    """Remove the beginning of the log as sweeping and retention do."""

    def work(database: Any) -> None:
        remove_before(database, 1, last + 1, urgent=urgent)
        database.execute_sql(f"DELETE FROM entry WHERE room_id = 1 AND seq <= {last}")

    idle.transact(work)


def test_log_goes_into_the_index_in_steps(idle: Idle) -> None:
    idle.upkeep.expect(idle.now)
    assert idle.upkeep.at == idle.now + INDEX_DELAY
    left = [idle.writer.transact(behind)]
    while left[-1]:
        idle.step()
        left.append(idle.writer.transact(behind))
    assert left == [500, 500 - STEP, 500 - 2 * STEP, 500 - 3 * STEP, 0]
    assert idle.run() == 0
    assert idle.ask("SELECT count(*) FROM search_entry") == 500


def test_nothing_is_done_before_its_time(idle: Idle) -> None:
    idle.upkeep.expect(idle.now)
    idle.upkeep.expect(idle.now + 1)
    assert not idle.upkeep.tend(idle.now + INDEX_DELAY - 0.1)
    assert idle.writer.transact(behind) == 500
    idle.upkeep.tend(idle.now + INDEX_DELAY)
    assert idle.writer.transact(behind) < 500


def test_steps_leave_the_writer_most_of_its_time(idle: Idle) -> None:
    idle.took = 0.01
    idle.upkeep.expect(idle.now)
    idle.step()
    assert idle.upkeep.at == pytest.approx(idle.now + 4 * 0.01)


def test_steps_are_few_while_entries_keep_coming(idle: Idle) -> None:
    idle.upkeep.expect(idle.now)
    idle.now += INDEX_DELAY
    idle.upkeep.expect(idle.now)
    idle.step()
    assert idle.upkeep.at == idle.now + BUSY_PAUSE
    idle.step()
    assert idle.upkeep.at == idle.now, "quiet again"


def test_segments_of_the_index_stay_few(idle: Idle) -> None:
    def commit(number: int) -> None:
        values = "1, ?, 0, ?, 'p', 'P', 0, 'guest', NULL, NULL, 'more words'"
        text = f"INSERT INTO entry VALUES ({values}, 'text', {'NULL,' * 8} 0)"
        idle.transact(lambda db: db.execute_sql(text, (number, number)))
        advance = f"UPDATE room SET next_seq = {number + 1} WHERE id = 1"
        idle.transact(lambda db: db.execute_sql(advance))

    for number in range(501, 541):
        commit(number)
        idle.upkeep.expect(idle.now)
        idle.run()
        assert idle.ask("SELECT count(DISTINCT segid) FROM search_idx") < 10


def test_removed_words_leave_the_file(idle: Idle, filled: Path) -> None:
    idle.upkeep.expect(idle.now)
    idle.run()
    assert holds(filled)
    delete(idle, 1, 150)
    idle.writer.scrub()
    assert holds(filled)
    idle.upkeep.hasten()
    assert idle.run() == 1
    idle.writer.scrub()
    assert holds(filled) == []
    assert idle.ask("SELECT count(*) FROM search_purge") == 0
    assert idle.ask("SELECT count(*) FROM search WHERE search MATCH 'line'") == 350


def test_purge_that_a_restart_interrupts_is_made_good(idle: Idle, filled: Path) -> None:
    idle.upkeep.expect(idle.now)
    idle.run()
    delete(idle, 1, 150)
    idle.upkeep.hasten()
    idle.step()
    idle.upkeep = idle.renewed()
    idle.upkeep.expect(idle.now)
    assert idle.run() == 1
    idle.writer.scrub()
    assert holds(filled) == []


def test_what_is_removed_during_a_purge_is_for_the_next_one(idle: Idle, filled: Path) -> None:
    idle.upkeep.expect(idle.now)
    idle.run()
    delete(idle, 1, 50)
    idle.took = 0.01
    idle.upkeep.hasten()
    while idle.upkeep._purging is None:
        idle.step()
    delete(idle, 51, 150)
    assert idle.run(idle.now + 1.0) == 1
    ended, spent = idle.now, idle.upkeep._purge_seconds
    assert spent >= 0.02
    assert idle.run() == 1
    assert idle.now - ended > PURGE_SHARE * spent - 0.1
    idle.writer.scrub()
    assert holds(filled) == []


def test_retention_waits_an_hour_for_its_purge(idle: Idle, filled: Path) -> None:
    began = idle.now
    idle.upkeep.expect(idle.now)
    idle.run()
    delete(idle, 1, 150, urgent=False)
    idle.upkeep.hasten()
    assert idle.run(began + LONGEST_PAUSE - 1) == 0
    assert idle.run() == 1
    idle.writer.scrub()
    assert (idle.now >= began + LONGEST_PAUSE, holds(filled)) == (True, [])


def test_refusal_of_the_database_is_a_reason_to_wait(idle: Idle) -> None:
    def refuse(work: Any) -> Any:
        raise StorageFull("the disk is full")

    upkeep = Upkeep(refuse, lambda: idle.now)
    upkeep.expect(idle.now)
    idle.now += INDEX_DELAY
    assert not upkeep.tend(idle.now)
    assert upkeep.at == idle.now + SETBACK


def test_bug_in_the_upkeep_does_not_end_the_writer(idle: Idle, caplog: Any) -> None:
    def fail(work: Any) -> Any:
        raise sqlite3.OperationalError("no such table: search")

    upkeep = Upkeep(fail, lambda: idle.now)
    upkeep.expect(idle.now)
    idle.now += INDEX_DELAY
    assert not upkeep.tend(idle.now)
    assert upkeep.at == idle.now + LONGEST_PAUSE
    assert "no such table" in caplog.text


# ── the whole writer ─────────────────────────────────────────────────────────────────────────────


def until(chat: Chat, wanted: Callable[[], bool]) -> None:
    """Wait for something that the writer does while it is idle."""
    deadline = time.monotonic() + 20
    while not wanted():
        assert time.monotonic() < deadline
        do(chat, lambda _: time.sleep(0.01))


def test_index_follows_by_itself(chat: Chat) -> None:
    chat.fill(5)
    until(chat, lambda: count(chat, "search_entry") == 5)


def test_a_commit_touches_nothing_of_the_index(chat: Chat) -> None:
    chat.write("first")
    chat.read(chat.store.search.find("first"))
    statements: list[str] = []
    do(chat, lambda db: raw(db).set_trace_callback(statements.append))
    chat.write("second", data=b"1")
    chat.write("", kind="reacted", target=1, emoji="x", on=True)
    do(chat, lambda db: raw(db).set_trace_callback(None))
    inserted = [s for s in statements if "INSERT INTO" in s and "entry" in s]
    assert len(inserted) == 2
    assert [s for s in statements if "search" in s] == []


@pytest.mark.parametrize("way", ["deleted", "edited", "room"])
def test_removed_text_is_in_no_file_of_the_data_folder(folder: Path, chat: Chat, way: str) -> None:
    chat.fill(300, room="tea")
    chat.write(f"the secret is {SECRET}")
    chat.write("a line after it")
    assert chat.read(chat.store.search.find(SECRET)).hits
    assert holds(folder)
    if way == "room":
        do(chat, delete_room, "lobby", 5)
        chat.read(sweep(chat.journal))
    else:
        chat.write("harmless" * (way == "edited"), kind=way, target=1)
    deadline = time.monotonic() + 20
    while found := [*holds(folder), *(p.name for p in folder.iterdir() if hidden(p))]:
        assert time.monotonic() < deadline, found
        do(chat, lambda _: time.sleep(0.01))


def hidden(path: Path) -> bool:
    return SECRET.encode() in path.read_bytes()


def test_retention_marks_what_it_removed(chat: Chat) -> None:
    chat.fill(20)
    chat.read(chat.store.search.find("line"))
    chat.read(prune(chat.journal, Retention(messages=5), time.time))
    assert count(chat, "search_purge", "urgent = 0") == 1


def test_writer_with_work_does_not_tidy_up(chat: Chat, monkeypatch: Any) -> None:
    committer = chat.journal._committer
    idle: list[bool] = []
    release = threading.Event()
    monkeypatch.setattr(committer, "tend", lambda *, idle: seen(idle))
    seen = idle.append
    call = chat.journal.call(lambda _: release.wait(20))
    for number in range(GROUP_LIMIT + 1):
        chat.journal.publish(draft(f"line {number}"))
    release.set()
    call.result(20)
    for _ in range(2):
        chat.group()
    do(chat, lambda _: None)
    assert idle[:3] == [False, False, True]


def test_committer_leaves_the_index_alone_unless_idle(filled: Path) -> None:
    now = 1000.0
    committer = Committer(Writer(filled / NAME), ReadPositions(), clock=lambda: now,
                          monotonic=lambda: now)  # fmt: skip
    committer.open()
    now += INDEX_DELAY
    committer.tend(idle=False)
    assert committer.patience() == 0
    assert committer.transact(behind) == 500
    committer.tend(idle=True)
    assert committer.transact(behind) < 500
    committer.close()
