import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.kit import ANN, BOB, Chat, count, do, draft, invite, visit
from tornchat.protocol import Person
from tornchat.store import Retention, prune, sweep
from tornchat.store.rooms import delete_room, rotate_room, update_room
from tornchat.store.sweeping import STEP, STEP_SIZE, sweep_step
from tornchat.store.tokens import bind
from tornchat.store.visits import write_visits

TABLES = ("entry", "reaction", "read_position", "visit", "token", "binding")
SECRET = "Kennwort-4711-geheim"


def rows(chat: Chat) -> dict[str, int]:
    return {table: count(chat, table) for table in TABLES}


def furnish(chat: Chat, room: str = "lobby") -> None:
    """Give a room rows in every table."""
    for text in (SECRET, "two", "three"):
        chat.write(text, room=room)
    chat.write(SECRET, kind="edited", target=1, room=room)
    for person in (ANN, BOB):
        chat.write("", kind="reacted", target=2, emoji="x", on=True, person=person, room=room)
    do(chat, lambda _: chat.journal._committer._writer.ledger.mark_read([(room, "p-ann", 2)]))
    do(chat, write_visits, [visit(chat, ANN, room), visit(chat, BOB, room)])
    token_id = invite(chat, f"tc_{room}", room)
    do(chat, bind, token_id, room, "p-ann", "write", 5, None)


def test_everything_of_a_deleted_room_goes_and_nothing_else(chat: Chat) -> None:
    furnish(chat, "tea")
    kept = rows(chat)
    furnish(chat)
    do(chat, delete_room, "lobby", 5)
    assert chat.read(sweep(chat.journal))
    assert rows(chat) == kept
    assert count(chat, "room") == 2
    assert not chat.read(sweep(chat.journal))
    assert (chat.seqs("tea"), len(chat.store.bindings())) == ([1, 2, 3, 4, 5, 6], 1)


def test_each_step_removes_a_bounded_number_of_rows(chat: Chat) -> None:
    chat.fill(STEP * 2 + 1)
    for number in range(STEP + 1):
        person = Person(f"p-{number}", "Somebody")
        chat.journal.publish(draft("", kind="reacted", target=1, emoji="x", on=True, person=person))
    chat.write()
    positions = [("lobby", f"p-{number}", 1) for number in range(STEP + 1)]
    do(chat, lambda _: chat.journal._committer._writer.ledger.mark_read(positions))
    people = [Person(f"p-{number}", "Somebody") for number in range(STEP + 1)]
    do(chat, write_visits, [visit(chat, person) for person in people])
    for number in range(STEP + 1):
        invite(chat, f"tc_{number}")
    for number in range(STEP + 1):
        do(chat, bind, 1, "lobby", f"p-{number}", "write", 5, None)
    do(chat, delete_room, "lobby", 5)
    before, steps = rows(chat), 0
    while do(chat, sweep_step):
        after = rows(chat)
        assert 0 <= sum(before.values()) - sum(after.values()) <= STEP
        before, steps = after, steps + 1
    assert set(before.values()) == {0}
    assert steps < 25


def test_steps_through_long_texts_are_shorter(chat: Chat) -> None:
    for _ in range(40):
        chat.journal.publish(draft("x" * 10_000, data=b'"' + b"y" * 6_000 + b'"'))
    chat.write()
    do(chat, delete_room, "lobby", 5)
    left = [count(chat, "entry")]
    while do(chat, sweep_step):
        left.append(count(chat, "entry"))
    removed = STEP_SIZE // 16_000 + 1
    assert left[:3] == [41, 41 - removed, 41 - 2 * removed]
    assert left[-1] == 0


def test_bindings_of_a_revoked_invite_go_those_of_valid_ones_stay(chat: Chat) -> None:
    for text, name in (("1", "lobby"), ("2", "tea")):
        do(chat, bind, invite(chat, text, name), name, "p-ann", "write", 5, None)
    do(chat, rotate_room, "lobby", 9)
    chat.read(sweep(chat.journal))
    assert count(chat, "binding") == len(chat.store.bindings()) == 1
    assert len(chat.store.tokens()) == 2


def test_retention_goes_on_with_a_deletion_after_a_restart(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    chat.fill(STEP + 20)
    do(chat, delete_room, "lobby", 5)
    do(chat, sweep_step)
    assert count(chat, "entry") == 20
    chat.close()
    chat = open_chat()
    assert [record.name for record in chat.store.rooms()][:2] == ["garden", "lobby"]
    assert chat.seqs() == []
    assert chat.read(prune(chat.journal, Retention(), time.time)) == {}
    assert (count(chat, "entry"), count(chat, "room")) == (0, 3)


def test_retention_reports_the_rooms_that_exist_by_then(chat: Chat) -> None:
    for name in ("lobby", "tea", "garden"):
        chat.fill(STEP * 3, room=name)

    async def prune_and_change() -> dict[str, int]:
        pruning = asyncio.create_task(prune(chat.journal, Retention(messages=5), time.time))
        while do(chat, first_of, "lobby") < STEP:
            await asyncio.sleep(0)
        chat.journal.call(lambda db: delete_room(db, "lobby", 5))
        chat.journal.call(lambda db: update_room(db, "garden", history_messages=STEP * 2))
        chat.store.ensure_rooms([("lobby",)])
        return await pruning

    assert asyncio.run(prune_and_change()) == {"garden": STEP + 1, "tea": STEP * 3 - 4}
    assert len(chat.seqs("garden")) == STEP * 2


def first_of(database: object, name: str) -> int:
    query = "SELECT first FROM room WHERE name = ?"
    return int(database.execute_sql(query, (name,)).fetchone()[0])  # type: ignore[attr-defined]


def test_text_of_a_deleted_room_leaves_the_disk_while_running(folder: Path, chat: Chat) -> None:
    furnish(chat)
    do(chat, delete_room, "lobby", 5)
    chat.read(sweep(chat.journal))
    chat.write(room="tea")
    deadline = time.monotonic() + 20
    while found := [p.name for p in folder.iterdir() if SECRET.encode() in p.read_bytes()]:
        assert time.monotonic() < deadline, found
        do(chat, lambda _: None)


def test_others_write_between_the_steps(chat: Chat) -> None:
    chat.fill(STEP * 20)
    do(chat, delete_room, "lobby", 5)

    async def both() -> int:
        sweeping = asyncio.create_task(sweep(chat.journal))
        served = 0
        while not sweeping.done():
            await asyncio.to_thread(chat.send, draft(room="tea"))
            served += 1
        return served

    assert asyncio.run(both()) >= 5


@pytest.mark.slow
def test_deletion_survives_a_kill_before_any_of_its_statements(
    folder: Path, open_chat: Callable[..., Chat], tmp_path: Path
) -> None:
    chat = open_chat()
    chat.fill(STEP + 20)
    furnish(chat)
    furnish(chat, "tea")
    entries = count(chat, "entry")
    chat.close()
    original = tmp_path / "original"
    shutil.copytree(folder, original)
    states = set()
    for number in range(0, 200, 2):
        shutil.rmtree(folder)
        shutil.copytree(original, folder)
        command = [sys.executable, "-m", "tests.store.killed", "delete", folder, str(number)]
        done = subprocess.run(command, check=False, capture_output=True, timeout=30)
        chat = open_chat()
        names = [record.name for record in chat.store.rooms()]
        left = count(chat, "entry")
        whole = bool(chat.seqs())
        states.add((whole, left))
        if whole:
            assert (chat.seqs(), left) == (list(range(1, STEP + 27)), entries)
        tokens = [token.room for token in chat.store.tokens()]
        assert tokens == (["lobby", "tea"] if whole else ["tea"])
        assert len(chat.store.bindings()) == len(tokens)
        assert names == ["garden", "lobby", "tea"]
        assert len(chat.seqs("tea")) == 6
        chat.read(sweep(chat.journal))
        assert count(chat, "entry") == (entries if whole else 6)
        chat.close()
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
    assert done.returncode == 0
    assert {left for whole, left in states if not whole} == {entries, entries - STEP, 6}
    assert (True, entries) in states
