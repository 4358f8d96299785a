"""Replay of a room that is deleted, and made anew under the same name, while it is being read."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tornchat.chat.replay import Replay
from tornchat.errors import NotFound
from tornchat.protocol import Person
from tornchat.store import Draft, Group, RoomRecord, RoomSpec, Store
from tornchat.store.history import History
from tornchat.store.rooms import create_room, delete_room

ANN = Person("p-ann", "Ann")
NEW = '"the new room"'
ENTRIES = 40


class Pages:
    """Reads as the history does, and lets something happen before the answer is handed over."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def log_page(self, *args: Any, **fields: Any) -> Any:
        return await self._answer(self._history.log_page(*args, **fields))

    async def state_page(self, *args: Any, **fields: Any) -> Any:
        return await self._answer(self._history.state_page(*args, **fields))

    async def _answer(self, reading: Any) -> Any:
        page = await reading
        happen, self.meanwhile = self.meanwhile, None
        if happen is not None:
            await happen()
        return page


class Place:
    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder, tail_memory=2000)
        self.store.ensure_rooms([("lobby",)])
        self.groups: asyncio.Queue[Group] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        self.store.journal.start(
            lambda group: loop.call_soon_threadsafe(self.groups.put_nowait, group) and None
        )
        self.pages = Pages(self.store.history)
        self.replay = Replay(self.pages, self.store.tails, recovery_limit=500)  # type: ignore[arg-type]

    async def fill(self, number: int) -> None:
        for seq in range(1, number + 1):
            self.store.journal.publish(Draft("lobby", "message", ANN, f"c{seq}", b"f", "old"))
            await self.groups.get()

    def record(self) -> RoomRecord:
        return self.store.rooms()[0]

    async def remake(self) -> None:
        """Delete the lobby, make a new one, and let it take as many entries, as the hub would."""
        old = self.record()
        await asyncio.wrap_future(self.store.journal.call(lambda db: delete_room(db, "lobby", 5)))
        self.replay.forget(old)
        make = self.store.journal.call(lambda db: create_room(db, RoomSpec("lobby"), 6))
        await asyncio.wrap_future(make)
        for seq in range(1, ENTRIES + 1):
            self.store.tails.append("lobby", seq, "message", NEW)


def run(folder: Path, work: Callable[[Place], Awaitable[None]]) -> None:
    async def main() -> None:
        place = Place(folder)
        try:
            await work(place)
        finally:
            place.store.close()

    asyncio.run(main())


READS: list[Callable[[Place, RoomRecord], Awaitable[object]]] = [
    lambda place, record: place.replay.since(record, 0, max_size=10**6),
    lambda place, record: place.replay.newest(record, 50, max_size=10**6),
]


@pytest.mark.parametrize("read", READS, ids=["since", "newest"])
@pytest.mark.parametrize("warm", [False, True])
def test_reader_of_a_room_that_goes_meanwhile_gets_nothing_of_either(
    tmp_path: Path, read: Any, warm: bool
) -> None:
    async def work(place: Place) -> None:
        await place.fill(ENTRIES)
        record = place.record()
        if warm:
            await place.replay.newest(record, 1, max_size=10**6)
        place.pages.meanwhile = place.remake
        with pytest.raises(NotFound):
            await asyncio.wait_for(read(place, record), 20)
        assert place.pages.meanwhile is None, "nothing was read from the database"
        assert place.store.tails.since("lobby", ENTRIES - 1, 9) == [NEW]

    run(tmp_path, work)


@pytest.mark.parametrize("read", READS, ids=["since", "newest"])
def test_reader_who_comes_with_the_record_of_a_room_that_is_gone(tmp_path: Path, read: Any) -> None:
    async def work(place: Place) -> None:
        await place.fill(ENTRIES)
        record = place.record()
        await place.remake()
        place.store.tails.drop("lobby")
        for _ in range(2):
            with pytest.raises(NotFound):
                await asyncio.wait_for(read(place, record), 20)
        assert not place.store.tails.loaded("lobby"), "the new room got a tail of the old one"

    run(tmp_path, work)


def test_new_room_is_replayed_from_its_beginning(tmp_path: Path) -> None:
    async def work(place: Place) -> None:
        await place.fill(ENTRIES)
        assert await place.replay.since(place.record(), 0, max_size=10**6)
        await place.remake()
        await place.fill(ENTRIES)
        record = place.record()
        found = await place.replay.since(record, ENTRIES - 1, max_size=10**6)
        assert found is not None
        assert (found.entries, found.last) == ([NEW], ENTRIES)

    run(tmp_path, work)
