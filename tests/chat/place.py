"""A hub over a real store, with clients whose connections are lists."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tornchat.access.guest import GuestTokens
from tornchat.chat.client import Client
from tornchat.chat.hub import Hub
from tornchat.config import LimitsConfig, RoomsConfig
from tornchat.frames import Frame
from tornchat.store import RoomSpec, Store
from tornchat.web.metrics import Metrics

LIMITS = LimitsConfig(
    message_size=65536,
    text_length=4000,
    messages_per_second=0,
    burst=10,
    messages_per_person=0,
    messages_per_room=0,
    messages_per_ip=0,
    commands_per_second=0,
    joins_per_second=0,
    joins_per_ip=0,
    connects_per_ip=0,
    connections=0,
    connections_per_ip=0,
    connections_per_person=0,
    rooms_per_connection=32,
    outbound_buffer=1 << 20,
    polling_buffer=1 << 18,
)
ROOMS = RoomsConfig(
    default_access="public",
    allow_guests=True,
    history_age=0,
    history_messages=0,
    recovery_limit=500,
    member_list_limit=250,
    presence_grace=10,
    tail_memory=1 << 20,
)
SPECS = [
    RoomSpec("lobby", "Lobby", "Come in"),
    RoomSpec("den", "Den"),
    RoomSpec("board", "Board", access="read-only"),
    RoomSpec("vault", "Vault", access="private"),
]
SECRET = b"k" * 32
PATIENCE = 5.0


class Clock:
    """Monotonic time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Line:
    """The other end of a connection: what was sent to it, decoded, and how it was closed."""

    transport = "websocket"

    def __init__(self, outbound_limit: int = 1 << 20) -> None:
        self.outbound_limit = outbound_limit
        self.events: list[dict[str, Any]] = []
        self.frames = 0
        self.code: int | None = None
        self.client: Client
        self._news = asyncio.Event()

    def send(self, frame: Frame) -> None:
        if self.code is None:
            self.frames += 1
            self.events += [json.loads(text) for text in frame.texts]
            self._news.set()

    def close(self, code: int, reason: str) -> None:
        self.code = code
        self._news.set()

    async def say(self, **command: Any) -> None:
        """Let the client handle a command, as a session would."""
        await self.text(json.dumps(command))

    async def text(self, text: str) -> None:
        pending = self.client.receive(text)
        if pending is not None:
            await pending

    async def get(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Wait for the first event of that type and those fields, and take it off the list."""

        def wanted(event: dict[str, Any]) -> bool:
            return event["type"] == kind and all(event.get(k) == v for k, v in fields.items())

        async with asyncio.timeout(PATIENCE):
            while True:
                for event in self.events:
                    if wanted(event):
                        self.events.remove(event)
                        return event
                self._news.clear()
                await self._news.wait()

    def seqs(self) -> list[int]:
        """The seqs of all entries received."""
        return [e["seq"] for e in self.events if e["type"] in ("message", "deleted")]

    def hang_up(self) -> None:
        """End the connection as a peer does that vanishes."""
        self.code = 1006
        self.client.closed()


class Place:
    """A hub, its store and its clock."""

    def __init__(self, store: Store, hub: Hub, clock: Clock) -> None:
        self.store = store
        self.hub = hub
        self.clock = clock

    def connect(self, **options: Any) -> Line:
        line = Line(**options)
        line.client = self.hub.connect(line)
        return line

    async def guest(self, name: str, room: str | None = "lobby", **options: Any) -> Line:
        """Connect somebody new, and bring them into a room."""
        line = self.connect(**options)
        await line.say(type="hello", protocol=1, name=name)
        if room:
            await line.say(type="join", room=room)
            await line.get("joined", room=room)
        return line

    def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds
        self.hub.tick()


@asynccontextmanager
async def open_place(
    folder: Path,
    *,
    limits: dict[str, Any] | None = None,
    rooms: dict[str, Any] | None = None,
    call_soon: Callable[[Callable[[], None]], object] | None = None,
) -> AsyncIterator[Place]:
    """Open a store in the folder, and a hub over it."""
    loop = asyncio.get_running_loop()
    clock = Clock()
    settings = replace(ROOMS, **(rooms or {}))
    store = Store.open(folder, tail_memory=settings.tail_memory)
    store.ensure_rooms(SPECS)
    hub = Hub(
        store,
        rooms=settings,
        limits=replace(LIMITS, **(limits or {})),
        guests=GuestTokens(SECRET, time.time),
        metrics=Metrics(),
        call_soon=call_soon or loop.call_soon,
        clock=clock,
        heartbeat=25,
        server="tornchat/test",
    )
    store.journal.start(lambda group: loop.call_soon_threadsafe(hub.on_group, group))
    try:
        yield Place(store, hub, clock)
    finally:
        store.close()
