"""Rooms are apart: what is said in one is heard there and nowhere else."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from tests.e2e.crowd import NO_LIMITS, figure
from tests.kit.chat import ChatClient, Event
from tests.kit.server import ServerProcess
from tests.kit.transports import ALL, RawWebSocket
from tests.kit.waiting import scenario

ROOMS = ("red", "green", "blue", "away")
JOINED = ROOMS[:3]
CONFIG = {**NO_LIMITS, **{f"room {name}": {"title": name} for name in ROOMS}}
STILL_JOINED = ("red", "blue")
LINES = 100
COUNTS = {"red": 2 * LINES, "green": LINES, "blue": 2 * LINES, "away": 0}


def foreign(events: Iterable[Event], allowed: Iterable[str]) -> list[Event]:
    """Return what belongs to another room than those, or says so in its text."""
    rooms = set(allowed)
    return [
        event
        for event in events
        if event.get("room", "red") not in rooms
        or ("text" in event and event["text"].split()[0] != event["room"])
    ]


async def talk(writer: ChatClient, room: str, part: str) -> None:
    """Say lines in a room, with all that is of the moment between them."""
    for number in range(LINES):
        await writer.send(room, f"{room} {part} {number}")
        if number % 10 == 0:
            await writer.post("signal", room=room, kind="wave", data=number)
            await writer.post("typing", room=room, on=number % 20 == 0)


async def heard_to_the_end(reader: ChatClient, rooms: Iterable[str], part: str) -> None:
    """Wait for the last line of each room, and for all that was on its way before an answer."""
    for room in rooms:
        await reader.event("message", text=f"{room} {part} {LINES - 1}")
    await reader.ping()


@scenario(40)
async def test_lines_stay_in_their_room_on_every_transport(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path, CONFIG) as server:
        readers = [
            await ChatClient.enter(kind(), server.at, *JOINED, name=kind.name) for kind in ALL
        ]
        writers = {
            room: await ChatClient.enter(RawWebSocket(), server.at, room, name=f"in {room}")
            for room in ROOMS
        }
        await asyncio.gather(*(talk(writer, room, "before") for room, writer in writers.items()))
        for reader in readers:
            await heard_to_the_end(reader, JOINED, "before")
            await reader.leave("green")
        left = {reader: len(reader.events) for reader in readers}
        await asyncio.gather(*(talk(writer, room, "after") for room, writer in writers.items()))
        for reader in readers:
            await heard_to_the_end(reader, STILL_JOINED, "after")
        for client in (*readers, *writers.values()):
            await client.close()
    for reader in readers:
        strangers = foreign(reader.events, JOINED)
        strangers += foreign(reader.events[left[reader] :], STILL_JOINED)
        heard = {room: reader.seen("message", room=room) for room in ROOMS}
        figure(
            f"{reader.transport.name}: {sum(map(len, heard.values()))} lines heard of "
            f"{8 * LINES} said in 4 rooms, {len(strangers)} of them foreign"
        )
        assert not strangers
        for room, count in COUNTS.items():
            assert [message["seq"] for message in heard[room]] == list(range(1, count + 1))
            assert len(reader.seen("signal", room=room)) == count / 10
