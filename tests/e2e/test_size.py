"""Many rooms and messages: memory stays flat, retention prunes, and the disk use is known."""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.crowd import NO_LIMITS, figure
from tests.kit.chat import ChatClient
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket
from tests.kit.waiting import scenario, until_true
from tests.kit.ws_raw import TEXT, ZERO_KEY, encode_frame

ROOMS = [f"room-{number:03}" for number in range(1000)]
MESSAGES = 200_000
KEPT = 50
BATCH = 250
WINDOW = 1000
TAIL_MB = 4
FLAT_MB = 4.0
PARTS = 10
FULL = 2
"""The part by whose end the tail is full for certain."""
MOST_BYTES = 500
LINE = "so many words as people say at a time, about a hundred characters of them on an average day"
CONFIG = {
    "limits": {**NO_LIMITS["limits"], "rooms_per_connection": 0},
    "rooms": {"tail_memory": f"{TAIL_MB}m"},
    **{f"room {name}": {"title": name} for name in ROOMS},
}
OFTEN = """
import sys
from tornchat import app, cli
app.RETENTION_SECONDS = 0.5
sys.argv[:4] = ["tornchat"]
cli.main()
"""
"""A tornchat that looks for what to prune more often than once a minute."""


class Flood:
    """A writer that builds and reads as little as possible: it only counts acknowledgements."""

    def __init__(self, client: ChatClient, first: int = 0) -> None:
        self._client = client
        self._number = self._acked = first
        client._on_event = self._count

    def _count(self, event: dict[str, object]) -> None:
        self._acked += event["type"] == "ack"

    async def write(self, count: int) -> None:
        """Write so many messages, to one room after the other."""
        last = self._number + count
        wire = self._client.transport.socket.wire
        while self._acked < last:
            waiting = self._number - self._acked
            if self._number < last and waiting <= WINDOW - BATCH:
                end = min(last, self._number + BATCH)
                await wire.write(b"".join(map(self._frame, range(self._number, end))))
                self._number = end
            else:
                await asyncio.sleep(0.001)

    def _frame(self, number: int) -> bytes:
        room = ROOMS[number % len(ROOMS)]
        command = {"type": "send", "room": room, "text": LINE, "client_id": str(number)}
        return encode_frame(TEXT, json.dumps(command).encode(), key=ZERO_KEY)


async def enter(server: ServerProcess) -> ChatClient:
    """Connect somebody who remembers nothing."""
    client = ChatClient(RawWebSocket(), remember=False)
    await client.open(server.at)
    await client.hello("writer")
    return client


def size(server: ServerProcess) -> int:
    """Return the bytes of a database on disk, the log of its newest changes not counted."""
    return (server.data / "tornchat.db").stat().st_size


@pytest.mark.slow
@pytest.mark.thorough
@scenario(150)
async def test_thousand_rooms_and_200_000_messages(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path, CONFIG) as server:
        async with await enter(server) as client:
            await asyncio.gather(*(client.join(name, limit=1) for name in ROOMS))
            flood = Flood(client)
            memory = []
            for _ in range(PARTS):
                await flood.write(MESSAGES // PARTS)
                memory.append(server.rss_kb() / 1024)
        await server.term()
        disk = size(server)

        server.prefix = (sys.executable, "-c", OFTEN)
        server.configure(CONFIG | {"rooms": {**CONFIG["rooms"], "history_messages": KEPT}})
        await server.restart()
        async with await enter(server) as client:

            async def pruned(rooms: Sequence[str] = ROOMS[::100]) -> bool:
                joined = await asyncio.gather(*(client.join(name, limit=1) for name in rooms))
                return all(room["last"] - room["first"] + 1 == KEPT for room in joined)

            await until_true(pruned, patience=60)
            await until_true(lambda: pruned(ROOMS), patience=60)
            oldest = await client.history(ROOMS[0], after=0, limit=1, view="log")
            await Flood(client, first=MESSAGES).write(MESSAGES // PARTS)
            await until_true(pruned, patience=60)
        await server.term()
    text = len(LINE.encode())
    figure(
        f"{len(ROOMS)} rooms, {MESSAGES} messages of {text} bytes: memory {memory[0]:.1f} MB after "
        f"a tenth, {memory[FULL]:.1f} MB with the tail full, {memory[-1]:.1f} MB at the end; "
        f"{disk / 1e6:.1f} MB on disk, {disk / MESSAGES:.0f} bytes for each"
    )
    figure(
        f"pruned to {KEPT} in each room; {size(server) / 1e6:.1f} MB on disk after "
        f"{MESSAGES // PARTS} more"
    )
    assert memory[-1] - memory[FULL] <= FLAT_MB
    assert disk / MESSAGES <= MOST_BYTES
    assert oldest["first"] == MESSAGES // len(ROOMS) - KEPT + 1
    # A tenth more was written; the indexes may want some pages besides.
    assert size(server) <= 1.01 * disk, "what was pruned makes room for what comes"
