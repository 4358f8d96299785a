"""A hub over a real store, with clients whose connections are lists."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import jwt

from tests.admin.operator import Operator
from tests.chat.running import scenarios
from tests.chat.timers import Timers
from tornchat import wiring
from tornchat.access.admintokens import AdminTokens
from tornchat.access.credentials import Credentials
from tornchat.access.guard import Guard
from tornchat.access.guest import GuestTokens
from tornchat.access.site import Site, SiteTokens, person_id
from tornchat.admin.deletions import Deletions
from tornchat.admin.moderation import RoomModeration
from tornchat.chat.bans import Bans
from tornchat.chat.client import Client
from tornchat.chat.door import Door
from tornchat.chat.hub import Hub
from tornchat.chat.keyring import Keyring
from tornchat.config import LimitsConfig, PatternConfig, RoomsConfig, SiteConfig, load
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
    seen_age=86400,
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
SUPPORT = PatternConfig(
    name="support-*",
    title="",
    topic="How can we help?",
    access="private",
    guests=True,
    history_age=None,
    history_messages=None,
    sites=(),
    origins=("https://help.example",),
    archive_after=3600,
)
PATTERNS = [
    SUPPORT,
    replace(SUPPORT, name="talk-*", access="public"),
    replace(SUPPORT, name="desk-*", sites=("shop",)),
]
SECRET = b"k" * 32
SITE_KEY = b"s" * 32
SITES = [Site("shop", {"k1": SITE_KEY}), Site("club", {"k1": SITE_KEY}, ("club-*", "lobby"))]
PATIENCE = 5.0


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Line:
    """The other end of a connection: what was sent to it, decoded, and how it was closed."""

    transport = "websocket"

    def __init__(self, outbound_limit: int = 1 << 20, address: str = "192.0.2.1") -> None:
        self.outbound_limit = outbound_limit
        self.address = address
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

    async def hello(self, **fields: Any) -> dict[str, Any]:
        """Introduce oneself; return the welcome."""
        await self.say(type="hello", protocol=1, **fields)
        return await self.get("welcome")

    async def join(self, room: str, **fields: Any) -> dict[str, Any]:
        """Come into a room; return the answer."""
        await self.say(type="join", room=room, **fields)
        return await self.get("joined", room=room)

    async def refused(self, code: str, **command: Any) -> dict[str, Any]:
        """Say something that is answered with an error of this code."""
        await self.say(**command)
        return await self.get("error", code=code)

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
    """A hub, its store, its office and its clocks: `clock` monotonic, `utc` in UTC."""

    def __init__(self, store: Store, hub: Hub, clock: Clock, utc: Clock, bans: Bans) -> None:
        self.store = store
        self.hub = hub
        self.clock = clock
        self.utc = utc
        self.bans = bans
        self.sessions: set[str] = set()
        hub.door.session_lasts = self.sessions.__contains__
        sites = tuple(SiteConfig(site.name, (), (), ("*",)) for site in SITES)
        config = replace(load(None, {}, {}), rooms=ROOMS, site=sites)
        self.timers = Timers()
        self.deletions = Deletions(hub, later=self.timers, clock=utc)
        self.office = wiring.office(
            lambda: config,
            store,
            live=hub,
            keyring=hub.keyring,
            bans=bans,
            credentials=hub.door.credentials,
            sign_in=wiring.sign_in(config, store, AdminTokens(bytes(32), utc), utc),
            clock=utc,
            more=wiring.messaging(lambda: config, store, live=hub, deletions=self.deletions),
        )
        hub.moderation = RoomModeration(self.office)
        self.admin = Operator(self.office)

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

    async def member(self, sub: str, room: str | None = "lobby", **claims: Any) -> Line:
        """Connect somebody whom a site vouches for, and bring them into a room."""
        line = self.connect()
        await line.hello(token=self.site_token(sub, **claims))
        if room:
            await line.join(room)
        return line

    def site_token(self, sub: str, site: str = "shop", **claims: Any) -> str:
        """Sign what a site's back end would; the person is the one of that name."""
        now = int(self.utc.now)
        common = {"iss": site, "aud": "tornchat", "sub": sub, "name": sub}
        times = {"iat": now, "exp": now + 3600}
        return jwt.encode(common | times | claims, SITE_KEY, "HS256", {"kid": "k1"})

    def admin_token(
        self, session: str = "5e55", name: str = "boss", rooms: frozenset[str] | None = None
    ) -> str:
        """Make what the admin page shows, in a session that lasts."""
        self.sessions.add(session)
        return AdminTokens(SECRET, self.utc).issue(1, session, name, rooms)[0]

    async def overseer(self, room: str | None = "lobby", **options: Any) -> Line:
        """Connect the admin page, and let it look into a room."""
        line = self.connect()
        await line.hello(token=self.admin_token(**options))
        if room:
            await line.join(room)
        return line

    async def invite(self, room: str, role: str = "write", **options: Any) -> str:
        """Make an invite; return its text."""
        made = await self.admin.create_token(kind="invite", room=room, role=role, **options)
        return made.token

    async def key(self, room: str, role: str = "write", **options: Any) -> str:
        """Make an API key; return its text."""
        return (await self.admin.create_token(kind="key", room=room, role=role, **options)).token

    def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds
        self.utc.now += seconds
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
    clock, utc = Clock(1000.0), Clock(float(int(time.time())))
    settings = replace(ROOMS, **(rooms or {}))
    store = Store.open(folder, clock=utc, tail_memory=settings.tail_memory)
    store.ensure_rooms(SPECS)
    guests = GuestTokens(SECRET, utc)
    bans = Bans(store, utc)
    sites = SiteTokens(SITES, utc, partial(person_id, SECRET))
    credentials = Credentials(guests, sites, AdminTokens(SECRET, utc))
    hub = Hub(
        store,
        rooms=settings,
        patterns=PATTERNS,
        limits=replace(LIMITS, **(limits or {})),
        guests=guests,
        door=Door(credentials, Keyring(store, utc), Guard(clock, bans=bans.guard), bans),
        metrics=Metrics(),
        call_soon=call_soon or loop.call_soon,
        clock=clock,
        utc=utc,
        heartbeat=25,
        server="tornchat/test",
    )
    bans.on_banned, bans.on_over = hub.enforce, hub.relieve
    store.journal.start(lambda group: loop.call_soon_threadsafe(hub.on_group, group))
    try:
        yield Place(store, hub, clock, utc, bans)
    finally:
        store.close()


scenario = scenarios(open_place)


async def say(line: Line, text: str, client_id: str, room: str = "lobby") -> dict[str, Any]:
    await line.say(type="send", room=room, text=text, client_id=client_id)
    return await line.get("ack", client_id=client_id)
