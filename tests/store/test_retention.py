import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.kit import Chat, draft
from tornchat.store import Retention, prune
from tornchat.store.retention import STEP


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(open_chat: Callable[..., Chat], clock: Clock) -> Chat:
    return open_chat(clock=clock)


def run(chat: Chat, clock: Clock, **limits: float) -> dict[str, int]:
    return asyncio.run(prune(chat.journal, Retention(**limits), clock))


def test_nothing_is_removed_without_limits(timed: Chat, clock: Clock) -> None:
    timed.fill(10)
    clock.now += 10**8
    assert run(timed, clock) == {}
    assert timed.seqs() == list(range(1, 11))


def test_count_keeps_the_newest(timed: Chat, clock: Clock) -> None:
    number = STEP * 2 + 30
    timed.fill(number)
    timed.write(room="tea")
    assert run(timed, clock, messages=7) == {"lobby": number - 6}
    page = timed.log()
    assert (page.first, page.last) == (number - 6, number)
    assert timed.seqs() == list(range(number - 6, number + 1))
    assert timed.seqs("tea") == [1]


def test_age_removes_a_whole_prefix_only(timed: Chat, clock: Clock) -> None:
    timed.fill(STEP + 5)
    clock.now += 100
    timed.fill(3)
    clock.now -= 100  # the clock was set back: older times behind younger ones
    timed.fill(2)
    clock.now += 110
    assert run(timed, clock, age=50) == {"lobby": STEP + 6}
    assert timed.seqs() == list(range(STEP + 6, STEP + 11))


def test_emptied_room_goes_on_with_the_next_seq(timed: Chat, clock: Clock) -> None:
    timed.fill(5)
    clock.now += 100
    assert run(timed, clock, age=50) == {"lobby": 6}
    page = timed.log()
    assert (page.entries, page.first, page.last) == ([], 6, 5)
    assert timed.write() == 6


def test_setting_of_the_room_wins(open_chat: Callable[..., Chat], clock: Clock) -> None:
    chat = open_chat(clock=clock)
    chat.store.ensure_rooms(
        [("short", "", "", "public", True, 0, 2), ("long", "", "", "public", True, 0, 0)]
    )
    for room in ("short", "long", "lobby"):
        chat.fill(9, room=room)
    assert run(chat, clock, messages=5) == {"short": 8, "lobby": 5}


def test_pruned_database_opens_again_and_refuses_old_targets(
    open_chat: Callable[..., Chat], clock: Clock
) -> None:
    chat = open_chat(clock=clock)
    chat.fill(9)
    run(chat, clock, messages=2)
    chat.close()
    chat = open_chat(clock=clock)
    assert chat.send(draft("", kind="deleted", target=3)).error is not None
    assert chat.write() == 10


def test_pruned_text_leaves_the_disk_and_its_pages_are_used_again(
    folder: Path, open_chat: Callable[..., Chat], clock: Clock
) -> None:
    chat = open_chat(clock=clock)
    chat.fill(2000, text="old-secret-{}")
    run(chat, clock, messages=10)
    pages = chat.journal.call(lambda db: db.pragma("page_count")).result(20)
    for _ in range(3):
        chat.fill(2000, text="new-{}")
        run(chat, clock, messages=10)
    assert chat.journal.call(lambda db: db.pragma("page_count")).result(20) <= pages * 1.1
    chat.close()
    assert b"old-secret" not in (folder / "tornchat.db").read_bytes()


def test_journal_serves_others_between_the_steps(timed: Chat, clock: Clock) -> None:
    timed.fill(STEP * 10)

    async def both() -> tuple[dict[str, int], int]:
        pruning = asyncio.create_task(prune(timed.journal, Retention(messages=5), clock))
        served = 0
        while not pruning.done():
            await asyncio.to_thread(timed.send, draft(room="tea"))
            served += 1
        return await pruning, served

    moved, served = asyncio.run(both())
    assert moved["lobby"] == STEP * 10 - 4
    assert served >= 5
