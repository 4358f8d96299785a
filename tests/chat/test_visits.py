"""Visits on their way to the disk: what is noted, and that joins do not pay for it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest

from tests.chat.place import Clock, Line, Place, scenario
from tornchat.chat import visits
from tornchat.chat.client import NOBODY, Client
from tornchat.chat.visits import MOST_WAITING, PAUSE_SECONDS, Visits
from tornchat.errors import StorageFull
from tornchat.protocol import Person
from tornchat.store import RoomRecord
from tornchat.store.visits import STEP, SeenRecord, VisitRecord

LOBBY = RoomRecord("lobby", "", "", "public", True, "e1", 1, 0, 0, 0, None, None)


class Disk:
    """A journal that keeps what it is to write, and says when it is told how that went."""

    def __init__(self) -> None:
        self.steps: list[list[VisitRecord]] = []
        self.waiting: list[Future[None]] = []
        self.slow = False
        self.error: Exception | None = None

    def call(self, work: Any) -> "Future[None]":
        done: Future[None] = Future()
        self.steps.append(work.keywords["visits"])
        if self.slow:
            self.waiting.append(done)
        elif self.error is not None:
            done.set_exception(self.error)
        else:
            done.set_result(None)
        return done


class Somebody:
    """As much of a client as visits look at."""

    def __init__(self, number: int) -> None:
        self.person = Person(f"g_{number}", f"Guest {number}")
        self.place = "192.0.2.1"
        self.invisible = False


def crowd(number: int) -> list[Client]:
    return [Somebody(n) for n in range(number)]  # type: ignore[misc]


def opened(disk: Disk, clock: Callable[[], float] = lambda: 5.0, age: float = 60) -> Visits:
    return Visits(disk, clock, age)  # type: ignore[arg-type]


async def turns(number: int = 5) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def seen(place: Place, room: str | None = None) -> list[SeenRecord]:
    """Return who was seen, once all that waits is written."""
    while len(place.hub.visits):
        place.pass_time(PAUSE_SECONDS)
        await asyncio.sleep(0.001)
    return (await place.store.visits.page(room)).people


@scenario()
async def test_who_comes_is_seen_under_name_and_place(place: Place) -> None:
    ann = await place.guest("Ann", address="198.51.100.7")
    now = int(place.utc.now * 1000)
    assert await seen(place, "lobby") == [
        SeenRecord(ann.client.person, "198.51.100.7", now, now, "lobby", 1)
    ]


@scenario()
async def test_who_goes_was_last_seen_then_under_the_name_of_then(place: Place) -> None:
    ann = await place.guest("Ann")
    came = int(place.utc.now * 1000)
    await seen(place)
    place.pass_time(100)
    await ann.say(type="name", name="Anna")
    ann.hang_up()
    went = int(place.utc.now * 1000)
    [found] = await seen(place)
    assert (found.person.name, found.first, found.last) == ("Anna", came, went)


@scenario()
async def test_who_leaves_one_room_is_still_in_the_other(place: Place) -> None:
    ann = await place.guest("Ann")
    await ann.join("den")
    await seen(place)
    place.pass_time(50)
    await ann.say(type="leave", room="den")
    [found] = await seen(place)
    assert (found.room, found.rooms) == ("den", 2)


@scenario()
async def test_a_connection_of_the_admin_page_is_no_visit(place: Place) -> None:
    line = place.connect()
    await line.hello(name="Ann")
    line.client.identity = replace(line.client.identity, session="ab12")
    await line.join("lobby")
    line.hang_up()
    assert await seen(place) == []


@scenario()
async def test_a_connection_that_never_said_who_it_is_leaves_no_trace(place: Place) -> None:
    line = place.connect()
    assert line.client.identity == NOBODY
    line.hang_up()
    assert len(place.hub.visits) == 0


@scenario(rooms={"seen_age": 0})
async def test_where_nothing_is_kept_nobody_is_noted(place: Place) -> None:
    (await place.guest("Ann")).hang_up()
    assert len(place.hub.visits) == 0


@scenario()
async def test_those_still_there_at_the_end_were_seen_until_then(place: Place) -> None:
    await place.guest("Ann")
    bob: Line = await place.guest("Bob", "den")
    await seen(place)
    place.pass_time(500)
    await place.hub.visits.finish(place.hub.rooms.all())
    ended = int(place.utc.now * 1000)
    place.pass_time(5)
    bob.hang_up()
    assert len(place.hub.visits) == 0
    people = (await place.store.visits.page()).people
    assert {r.person.name: r.last for r in people} == {"Ann": ended, "Bob": ended}


def test_a_storm_of_joins_is_written_in_steps_one_a_second() -> None:
    async def storm() -> None:
        disk = Disk()
        found = opened(disk)
        for client in crowd(2 * STEP + 10):
            found.note(LOBBY, client)
        assert disk.steps == []
        steps = []
        for tick in range(4 * 3):
            found.tick(100 + PAUSE_SECONDS * tick / 4)
            await turns()
            steps.append(len(disk.steps))
        assert steps == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]
        assert [len(step) for step in disk.steps] == [STEP, STEP, 10]
        assert len(found) == 0

    asyncio.run(storm())


def test_one_step_at_a_time_is_under_way() -> None:
    async def slow() -> None:
        disk = Disk()
        disk.slow = True
        found = opened(disk)
        for client in crowd(STEP + 1):
            found.note(LOBBY, client)
        for tick in range(20):
            found.tick(100.0 + tick)
            await turns()
        assert len(disk.steps) == 1
        disk.waiting[0].set_result(None)
        await turns()
        assert len(found) == 1

    asyncio.run(slow())


def test_who_comes_and_goes_between_two_steps_is_one_row() -> None:
    async def busy() -> None:
        disk, clock = Disk(), Clock(5.0)
        found = opened(disk, clock)
        [client] = crowd(1)
        for moment in (5.0, 6.0, 7.5):
            clock.now = moment
            found.note(LOBBY, client)
        found.tick(100)
        await turns()
        [[visit]] = disk.steps
        assert (visit.first, visit.last) == (5000, 7500)

    asyncio.run(busy())


def test_what_goes_on_while_it_is_written_is_written_again() -> None:
    async def busy() -> None:
        disk, clock = Disk(), Clock(5.0)
        disk.slow = True
        found = opened(disk, clock)
        [client] = crowd(1)
        found.note(LOBBY, client)
        found.tick(100)
        await turns()
        clock.now = 6.0
        found.note(LOBBY, client)
        disk.waiting[0].set_result(None)
        await turns()
        found.tick(100 + PAUSE_SECONDS)
        await turns()
        assert [[visit.last for visit in step] for step in disk.steps] == [[5000], [6000]]

    asyncio.run(busy())


def test_what_a_full_disk_refused_is_tried_again() -> None:
    async def full() -> None:
        disk = Disk()
        disk.error = StorageFull("no space")
        found = opened(disk)
        for client in crowd(3):
            found.note(LOBBY, client)
        found.tick(100)
        await turns()
        assert len(found) == 3
        disk.error = None
        found.tick(100 + PAUSE_SECONDS)
        await turns()
        assert [len(step) for step in disk.steps] == [3, 3]
        assert len(found) == 0

    asyncio.run(full())


def test_what_cannot_be_written_at_all_does_not_hold_up_the_rest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken() -> None:
        disk = Disk()
        disk.error = ValueError("a bug")
        found = opened(disk)
        found.note(LOBBY, crowd(1)[0])
        found.tick(100)
        await turns()
        assert len(found) == 0
        assert "could not be written" in caplog.text

    asyncio.run(broken())


def test_a_failing_disk_does_not_hold_up_the_end() -> None:
    async def failing() -> None:
        disk = Disk()
        disk.error = StorageFull("no space")
        found = opened(disk)
        found.note(LOBBY, crowd(1)[0])
        await asyncio.wait_for(found.finish([]), 5)
        assert len(disk.steps) == 1

    asyncio.run(failing())


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_WAITING < 100_000
    monkeypatch.setattr(visits, "MOST_WAITING", 3)
    clock = Clock(5.0)
    found = opened(Disk(), clock)
    people = crowd(5)
    for client in people:
        found.note(LOBBY, client)
    clock.now = 9.0
    found.note(LOBBY, people[0])
    assert len(found) == 3
