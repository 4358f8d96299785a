import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.store.kit import BOB, Chat, draft, error_of
from tornchat.errors import (
    BadRequest,
    Conflict,
    Internal,
    NotFound,
    Overloaded,
    StorageUnavailable,
)
from tornchat.store import Group
from tornchat.store.journal import GROUP_LIMIT, QUEUE_LIMIT


class Blocker:
    """Holds up the writer until released."""

    def __init__(self, chat: Chat) -> None:
        self.event = threading.Event()
        entered = threading.Event()

        def block(_: object) -> None:
            entered.set()
            assert self.event.wait(20)

        self.future: Future[None] = chat.journal.call(block)
        assert entered.wait(20)

    def release(self) -> None:
        self.event.set()
        self.future.result(20)


def test_publish_gives_each_room_its_own_gap_free_seqs(chat: Chat) -> None:
    assert [chat.write(), chat.write(), chat.write(room="tea"), chat.write()] == [1, 2, 1, 3]
    assert chat.seqs() == [1, 2, 3]
    assert chat.seqs("tea") == [1]


def test_publish_reports_the_entry_as_the_wire_shows_it(chat: Chat) -> None:
    chat.journal.publish(draft("hi", person=BOB, data=b'{"x":1}', reply_to=7, origin="me"))
    group = chat.group()
    (entry,) = group.entries["lobby"]
    (outcome,) = group.outcomes
    assert (entry.text, entry.sender, entry.reply_to, bytes(entry.data)) == (
        "hi",
        BOB,
        7,
        b'{"x":1}',
    )
    assert (outcome.seq, outcome.time, outcome.draft.origin) == (1, entry.time, "me")
    assert chat.log().entries == [entry]


def test_drafts_that_wait_are_committed_as_one_group(chat: Chat) -> None:
    blocker = Blocker(chat)
    for _ in range(GROUP_LIMIT + 3):
        chat.journal.publish(draft())
    blocker.release()
    first, second = chat.group(), chat.group()
    assert (len(first.outcomes), len(second.outcomes)) == (GROUP_LIMIT, 3)
    assert [e.seq for e in first.entries["lobby"]] == list(range(1, GROUP_LIMIT + 1))


def test_group_of_long_texts_ends_early_enough_for_one_frame(chat: Chat) -> None:
    blocker = Blocker(chat)
    for _ in range(10):
        chat.journal.publish(draft("x" * 16_000))
    blocker.release()
    assert [len(chat.group().outcomes) for _ in range(2)] == [5, 5]


def test_group_is_on_disk_before_it_is_reported(folder, open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    seen = []

    def report(group: Group) -> None:
        other = sqlite3.connect(folder / "tornchat.db")
        seen.append(other.execute("SELECT count(*) FROM entry").fetchone()[0])
        other.close()
        chat.groups.put(group)

    chat.journal._committer.report = report
    chat.write()
    chat.write()
    assert seen == [1, 2]


def test_queue_is_bounded(chat: Chat) -> None:
    blocker = Blocker(chat)
    for _ in range(QUEUE_LIMIT):
        chat.journal.publish(draft())
    with pytest.raises(Overloaded):
        chat.journal.publish(draft())
    blocker.release()
    done = 0
    while done < QUEUE_LIMIT:
        done += len(chat.group().outcomes)
    assert chat.log(limit=QUEUE_LIMIT + 10).last == QUEUE_LIMIT


def test_same_command_again_gets_the_same_place(chat: Chat) -> None:
    first = chat.send(draft("a", client_id="x"))
    chat.write()
    again = chat.send(draft("a", client_id="x"))
    assert (again.seq, again.time, again.duplicate) == (first.seq, first.time, True)
    assert chat.seqs() == [1, 2]


def test_same_client_id_with_another_body_is_a_conflict(chat: Chat) -> None:
    chat.write("a", client_id="x")
    assert error_of(chat.send(draft("b", client_id="x"))) is Conflict
    assert error_of(chat.send(draft("", kind="deleted", target=1, client_id="x"))) is Conflict
    assert chat.seqs() == [1]


def test_client_id_belongs_to_one_person_and_room(chat: Chat) -> None:
    chat.write("a", client_id="x")
    assert chat.write("b", client_id="x", person=BOB) == 2
    assert chat.write("c", client_id="x", room="tea") == 1


def test_twins_in_one_group_take_the_first_ones_seq(chat: Chat) -> None:
    blocker = Blocker(chat)
    for text in ("a", "a", "b", "a"):
        chat.journal.publish(draft(text, client_id="x"))
    blocker.release()
    group = chat.group()
    assert [(o.seq, o.duplicate, error_of(o)) for o in group.outcomes] == [
        (1, False, None),
        (1, True, None),
        (0, False, Conflict),
        (1, True, None),
    ]
    assert len(group.entries["lobby"]) == 1


def test_refused_draft_leaves_no_hole(chat: Chat) -> None:
    blocker = Blocker(chat)
    chat.journal.publish(draft("one"))
    chat.journal.publish(draft("half a pair \ud800"))
    chat.journal.publish(draft("nowhere", room="nowhere"))
    chat.journal.publish(draft("two"))
    blocker.release()
    outcomes = chat.group().outcomes
    assert [error_of(o) for o in outcomes] == [None, BadRequest, NotFound, None]
    assert [e.text for e in chat.log().entries] == ["one", "two"]


def test_draft_that_breaks_the_writing_does_not_take_the_others_with_it(chat: Chat) -> None:
    blocker = Blocker(chat)
    chat.journal.publish(draft("one"))
    chat.journal.publish(draft("odd", client_id=object()))
    chat.journal.publish(draft("two"))
    blocker.release()
    outcomes = [chat.group().outcomes[0] for _ in range(3)]
    assert [error_of(o) for o in outcomes] == [None, Internal, None]
    assert [e.text for e in chat.log().entries] == ["one", "two"]


def test_report_that_raises_does_not_stop_the_writer(chat: Chat) -> None:
    def report(group: Group) -> None:
        chat.groups.put(group)
        raise RuntimeError

    chat.journal._committer.report = report
    assert [chat.write(), chat.write()] == [1, 2]
    assert chat.journal.healthy


def test_stop_commits_what_waits_and_refuses_the_rest(
    open_chat: Callable[..., Chat],
) -> None:
    chat = open_chat()
    blocker = Blocker(chat)
    for _ in range(300):
        chat.journal.publish(draft())
    stopper = threading.Thread(target=chat.journal.stop)
    stopper.start()
    while chat.journal.running:
        time.sleep(0)
    with pytest.raises(Overloaded):
        chat.journal.publish(draft())
    blocker.release()
    stopper.join(20)
    assert len(chat.group().outcomes) + len(chat.group().outcomes) == 300
    chat.close()
    assert open_chat().seqs() == list(range(1, 301))


def test_call_comes_after_the_drafts_before_it(chat: Chat) -> None:
    blocker = Blocker(chat)
    for _ in range(5):
        chat.journal.publish(draft())
    future = chat.journal.call(
        lambda db: db.execute_sql("SELECT next_seq FROM room WHERE name = 'lobby'").fetchone()[0]
    )
    blocker.release()
    assert future.result(20) == 6


def test_call_that_raises_is_rolled_back(chat: Chat) -> None:
    def work(database) -> None:
        database.execute_sql("DELETE FROM room")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        chat.journal.call(work).result(20)
    assert len(chat.store.rooms()) == 3


def test_dead_writer_is_reported_and_nothing_is_left_waiting(chat: Chat) -> None:
    reasons = []
    chat.journal.failed = reasons.append

    def die(group: Group) -> None:
        chat.groups.put(group)
        if not reasons:
            raise SystemExit

    blocker = Blocker(chat)
    chat.journal._committer.report = die
    chat.journal.publish(draft())
    chat.journal.call(lambda _: None)
    chat.journal.publish(lost := draft())
    later = chat.journal.call(lambda _: None)
    blocker.release()
    with pytest.raises(StorageUnavailable):
        later.result(20)
    chat.journal._thread.join(20)
    assert len(reasons) == 1
    assert not chat.journal.healthy
    assert "died" in chat.journal.error
    assert [o.draft for o in [*chat.group().outcomes, *chat.group().outcomes]][-1] is lost
    with pytest.raises(StorageUnavailable):
        chat.journal.publish(draft())


def test_read_positions_ride_along_and_only_grow(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    for seq in (3, 9, 5):
        chat.journal.mark_read("lobby", "p-ann", seq)
    chat.journal.mark_read("nowhere", "p-ann", 5)
    assert chat.read(chat.store.history.read_position("lobby", "p-ann")) == 9
    chat.close()
    chat = open_chat()
    chat.journal.mark_read("lobby", "p-ann", 2)
    chat.close()
    chat = open_chat()
    assert chat.read(chat.store.history.read_position("lobby", "p-ann")) == 9
    assert chat.read(chat.store.history.read_position("lobby", "p-bob")) == 0


def test_read_positions_are_stored_without_any_group(chat: Chat) -> None:
    chat.journal.mark_read("lobby", "p-ann", 4)
    deadline = time.monotonic() + 10
    while chat.journal.marked("lobby", "p-ann") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert chat.journal.marked("lobby", "p-ann") == 0
    assert chat.read(chat.store.history.read_position("lobby", "p-ann")) == 4


def test_stop_leaves_no_thread_and_no_file(open_chat: Callable[..., Chat]) -> None:
    def left() -> tuple[set[threading.Thread], int]:
        return set(threading.enumerate()), len(list(Path("/proc/self/fd").iterdir()))

    before = left()
    chat = open_chat()
    chat.store.start_check()
    chat.write()
    chat.log()
    chat.close()
    assert left() == before


def test_stop_empties_the_write_ahead_log_although_somebody_reads(
    folder: Path, open_chat: Callable[..., Chat]
) -> None:
    chat = open_chat()
    chat.fill(100)
    chat.log()
    chat.journal.stop()
    assert Path(f"{folder}/tornchat.db-wal").stat().st_size == 0


def test_many_threads_publish_without_loss(chat: Chat) -> None:
    def publish() -> None:
        for _ in range(100):
            chat.journal.publish(draft())

    threads = [threading.Thread(target=publish) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seqs = []
    while len(seqs) < 800:
        seqs += [o.seq for o in chat.group().outcomes]
    assert sorted(seqs) == list(range(1, 801))
    assert chat.seqs() == list(range(1, 801))
