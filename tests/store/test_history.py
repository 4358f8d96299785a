import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from tests.store.kit import BOB, Chat, draft, fingerprint
from tornchat.errors import NotFound, Overloaded, StorageUnavailable
from tornchat.store.readers import Readers


@pytest.fixture
def mixed(chat: Chat) -> Chat:
    """Messages at 1, 3, 5, 7, 9; in between an edit, a reaction, a notice and a deletion."""
    chat.write("m1")
    chat.write("m1 edited", kind="edited", target=1)
    chat.write("m3")
    chat.write("", kind="reacted", target=3, emoji="x", on=True)
    chat.write("m5")
    chat.write("n6", kind="notice", message_kind="system")
    chat.write("m7")
    chat.write("", kind="deleted", target=7)
    chat.write("m9")
    return chat


def seqs(page) -> list[int]:
    return [entry.seq for entry in page.entries]


def test_state_page_shows_messages_folded_and_notices(mixed: Chat) -> None:
    page = mixed.state()
    assert seqs(page) == [1, 3, 5, 6, 7, 9]
    assert [e.text for e in page.entries] == ["m1 edited", "m3", "m5", "n6", "", "m9"]
    assert page.entries[1].reactions == {"x": 1}
    assert page.entries[4].deleted
    assert (page.first, page.last, page.more) == (1, 9, False)


@pytest.mark.parametrize(
    ("where", "limit", "expected", "more"),
    [
        ({}, 2, [7, 9], True),
        ({}, 6, [1, 3, 5, 6, 7, 9], False),
        ({"before": 6}, 2, [3, 5], True),
        ({"before": 6}, 3, [1, 3, 5], False),
        ({"before": 1}, 3, [], False),
        ({"before": 10**18}, 1, [9], True),
        ({"before": 2**70}, 1, [9], True),
        ({"after": 5}, 2, [6, 7], True),
        ({"after": 5}, 3, [6, 7, 9], False),
        ({"after": 99}, 3, [], False),
        ({"after": -(2**70)}, 1, [1], True),
        ({"around": 5}, 3, [3, 5, 6], True),
        ({"around": 1}, 3, [1, 3, 5], True),
        ({"around": 9}, 3, [6, 7, 9], True),
        ({"around": 4}, 10, [1, 3, 5, 6, 7, 9], False),
    ],
)
def test_state_page_finds_its_place(mixed, where, limit, expected, more) -> None:
    page = mixed.state(limit=limit, **where)
    assert (seqs(page), page.more) == (expected, more)


def test_state_page_begins_at_a_date(open_chat) -> None:
    now = [1000.0]
    chat = open_chat(clock=lambda: now[0])
    for _ in range(6):
        chat.write()
        now[0] += 10
    assert seqs(chat.state(limit=2, at=1_020_000)) == [3, 4]
    assert seqs(chat.state(limit=2, at=1_020_001)) == [4, 5]
    assert seqs(chat.state(limit=2, at=0)) == [1, 2]
    assert seqs(chat.state(limit=2, at=9_000_000)) == [5, 6]


def test_log_page_misses_no_seq(mixed: Chat) -> None:
    page = mixed.log()
    assert seqs(page) == list(range(1, 10))
    page = mixed.read(mixed.store.history.log_page("lobby", after=2, limit=3))
    assert (seqs(page), page.more) == ([3, 4, 5], True)
    page = mixed.read(mixed.store.history.log_page("lobby", after=2, limit=9, upto=4))
    assert (seqs(page), page.more) == ([3, 4], False)


def test_log_page_is_bounded_by_size_but_never_empty(chat: Chat) -> None:
    for _ in range(5):
        chat.write("x" * 1000)
    page = chat.read(chat.store.history.log_page("lobby", after=0, limit=9, max_size=2600))
    assert (seqs(page), page.more) == ([1, 2], True)
    page = chat.read(chat.store.history.log_page("lobby", after=4, limit=9, max_size=1))
    assert (seqs(page), page.more) == ([5], False)


def test_empty_room_has_first_one_and_last_zero(chat: Chat) -> None:
    page = chat.state()
    assert (page.entries, page.first, page.last, page.more) == ([], 1, 0, False)
    assert page.epoch == next(r.epoch for r in chat.store.rooms() if r.name == "lobby")


def test_unknown_room_is_not_found(chat: Chat) -> None:
    with pytest.raises(NotFound):
        chat.state("nowhere")


def test_find_write_finds_what_was_written(chat: Chat) -> None:
    outcome = chat.send(draft("a", client_id="x"))
    found = chat.read(chat.store.history.find_write("lobby", "p-ann", "x"))
    assert found == (outcome.seq, outcome.time, fingerprint("message", "a", None))
    assert chat.read(chat.store.history.find_write("lobby", BOB.id, "x")) is None
    assert chat.read(chat.store.history.find_write("tea", "p-ann", "x")) is None


def test_readers_cannot_write(chat: Chat) -> None:
    with pytest.raises(StorageUnavailable):
        chat.read(chat.store._readers.run(lambda db: db.execute_sql("DELETE FROM room")))


def test_readers_queue_is_bounded(folder: Path, chat: Chat) -> None:
    async def flood() -> None:
        readers = Readers(folder / "tornchat.db", threads=1, limit=3)
        loop, entered, release = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        def block(_: object) -> None:
            loop.call_soon_threadsafe(entered.set)
            release.wait(20)

        tasks = [asyncio.create_task(readers.run(block))]
        await entered.wait()
        tasks += [asyncio.create_task(readers.run(lambda _: None)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await readers.run(lambda _: None)
        release.set()
        await asyncio.gather(*tasks)
        readers.stop()

    asyncio.run(flood())


def test_read_is_one_snapshot(chat: Chat) -> None:
    chat.write()

    def read_twice(database) -> tuple[int, int]:
        query = "SELECT next_seq FROM room WHERE name = 'lobby'"
        first = database.execute_sql(query).fetchone()[0]
        chat.write()
        return first, database.execute_sql(query).fetchone()[0]

    assert chat.read(chat.store._readers.run(read_twice)) == (2, 2)


@pytest.mark.parametrize(
    "change",
    [
        "text = 'changed'",
        "text = CAST(x'41ff' AS TEXT)",
        "person_name = 'Eve'",
        "time = time + 1",
        "data = x'00'",
        "reactions = '{\"x\":9}'",
        "deleted = 7",
        "kind = 4",
        "client_id = 'other'",
        "checksum = checksum + 1",
    ],
)
def test_damaged_row_is_never_shown(folder, chat: Chat, caplog, change: str) -> None:
    for text in ("one", "two", "three"):
        chat.write(text)
    other = sqlite3.connect(folder / "tornchat.db", isolation_level=None)
    other.execute(f"UPDATE entry SET {change} WHERE seq = 2")
    other.close()
    with pytest.raises(StorageUnavailable, match="entry 2 "):
        chat.log()
    with pytest.raises(StorageUnavailable):
        chat.state()
    assert "room lobby seq 2" in caplog.text
    assert seqs(chat.log(after=2)) == [3]
    assert chat.write("four") == 4


def test_last_lines_are_the_newest_as_they_stand_of_rooms_that_have_one(mixed: Chat) -> None:
    mixed.write("", kind="reacted", target=9, emoji="x", on=True)
    mixed.write("hi", room="tea")
    mixed.write("waves", room="tea", kind="notice", message_kind="action")
    found = mixed.read(mixed.store.history.last_lines(["garden", "tea", "nowhere", "lobby"]))
    assert {room: (entry.seq, entry.text) for room, entry in found.items()} == {
        "tea": (2, "waves"), "lobby": (9, "m9"),
    }  # fmt: skip


def test_damaged_last_line_leaves_the_other_rooms_theirs(mixed: Chat) -> None:
    mixed.write("hi", room="tea")
    damage = "UPDATE entry SET text = 'forged' WHERE seq = 9"
    mixed.journal.call(lambda database: database.execute_sql(damage)).result(20)
    assert list(mixed.read(mixed.store.history.last_lines(["lobby", "tea"]))) == ["tea"]
