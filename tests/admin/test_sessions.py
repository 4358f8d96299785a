"""Browsers that are signed in, on a clock that stands still until it is moved."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.access.tokens import Clock
from tests.admin.office import open_office
from tests.chat.running import scenarios
from tornchat.admin import sessions as rules
from tornchat.admin.sessions import Sessions, digest
from tornchat.store import Store
from tornchat.store.accounts import read_sessions

HERE = "203.0.113.7"
IDLE, AGE = 3600, 86400


class Place:
    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.ended: list[str] = []
        self.sessions = self.again()

    def again(self) -> Sessions:
        """Return the sessions as another start of the server finds them."""
        found = Sessions(self.store.journal, self.on_disk(), idle=IDLE, age=AGE, clock=self.clock)
        found.on_ended = self.ended.append
        return found

    def on_disk(self) -> list[rules.SessionRecord]:
        return self.store.found(read_sessions)

    async def open(self, account_id: int = 1) -> str:
        return (await self.sessions.open(account_id, HERE, "a browser"))[0]

    def lasts(self, text: str) -> bool:
        return self.sessions.find(text, HERE) is not None


@asynccontextmanager
async def open_place(folder: Path) -> AsyncIterator[Place]:
    async with open_office(folder) as office:
        office_place = Place(office.store, office.clock)
        yield office_place


scenario = scenarios(open_place)


@scenario()
async def test_session_is_found_by_its_id_alone(place: Place) -> None:
    text = await place.open(7)
    found = place.sessions.find(text, HERE)
    assert found is not None
    assert found.account_id == 7
    for wrong in ("", text[:-1], text + "x", digest(text).hex(), "\ud800"):
        assert not place.lasts(wrong)


@scenario()
async def test_ids_differ_have_256_bits_and_are_not_on_the_disk(place: Place) -> None:
    first, second = await place.open(), await place.open()
    assert first != second
    assert len(first) == len(second) == 43
    kept = place.on_disk()
    assert {session.digest for session in kept} == {digest(first), digest(second)}
    assert first not in str(kept)


@scenario()
async def test_session_survives_a_restart(place: Place) -> None:
    text = await place.open()
    place.sessions = place.again()
    assert place.lasts(text)


@scenario()
async def test_idle_session_ends_and_one_in_use_goes_on(place: Place) -> None:
    idle, used = await place.open(), await place.open()
    place.clock.now += IDLE - 1
    assert place.lasts(used)
    place.clock.now += 1
    assert not place.lasts(idle)
    assert place.lasts(used)


@scenario()
async def test_session_ends_at_its_age_however_it_is_used(place: Place) -> None:
    text = await place.open()
    for _ in range(AGE // 1800 - 1):
        place.clock.now += 1800
        assert place.lasts(text)
    place.clock.now += 1800
    assert not place.lasts(text)


@scenario()
async def test_use_is_written_once_a_minute_and_survives_a_restart(place: Place) -> None:
    text = await place.open()
    begun = place.clock.now

    async def written() -> float:
        # The gathering hands over at the end of the turn, the journal works in order.
        await asyncio.sleep(0)
        await asyncio.wrap_future(place.store.journal.call(lambda _: None))
        return place.on_disk()[0].seen / 1000 - begun

    for seconds, expected in ((59, 0), (1, 60), (30, 60), (29, 60), (1, 120)):
        place.clock.now += seconds
        assert place.lasts(text)
        assert await written() == expected


@scenario()
async def test_closed_session_is_over_in_memory_on_disk_and_for_its_sockets(place: Place) -> None:
    kept, closed = await place.open(), await place.open()
    found = place.sessions.find(closed, HERE)
    assert found is not None
    await place.sessions.close(found)
    assert not place.lasts(closed)
    assert place.lasts(kept)
    assert [session.digest for session in place.on_disk()] == [digest(kept)]
    assert place.ended == [digest(closed).hex()]
    await place.sessions.close(found)
    assert place.ended == [digest(closed).hex()]


@scenario()
async def test_closing_all_ends_those_of_one_account_but_one(place: Place) -> None:
    mine = [await place.open(1) for _ in range(3)]
    theirs = await place.open(2)
    assert await place.sessions.close_all(1, but=digest(mine[0])) == 2
    assert [place.lasts(text) for text in (*mine, theirs)] == [True, False, False, True]
    assert await place.sessions.close_all(1) == 1
    assert not place.lasts(mine[0])


@scenario()
async def test_tick_ends_what_nobody_asks_for_and_tells_its_sockets(place: Place) -> None:
    text = await place.open()
    place.sessions.tick()
    assert place.ended == []
    place.clock.now += IDLE
    place.sessions.tick()
    assert place.ended == [digest(text).hex()]
    place.sessions.tick()
    assert len(place.ended) == 1


@scenario()
async def test_account_has_at_most_so_many_sessions(place: Place) -> None:
    texts = []
    for _ in range(rules.PER_ACCOUNT + 2):
        place.clock.now += 1
        texts.append(await place.open())
    assert [place.lasts(text) for text in texts[:3]] == [False, False, True]
    assert len(place.on_disk()) == rules.PER_ACCOUNT


@scenario()
async def test_session_lasts_by_its_digest_as_sockets_know_it(place: Place) -> None:
    text = await place.open()
    name = digest(text).hex()
    assert place.sessions.lasts(name)
    assert not place.sessions.lasts("00" * 32)
    place.clock.now += IDLE
    assert not place.sessions.lasts(name)


@scenario()
async def test_shorter_terms_hold_at_once(place: Place) -> None:
    text = await place.open()
    place.clock.now += 600
    place.sessions.idle = 500
    assert not place.lasts(text)
