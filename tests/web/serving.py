"""A site on a loopback port with fakes behind it, and a peer on raw sockets to talk to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler

from tornchat.access.identity import Identity
from tornchat.admin.actor import Actor
from tornchat.admin.verbs import Verb
from tornchat.config import Config, load
from tornchat.errors import ChatError, RateLimited, Unauthorized
from tornchat.web import static, templates
from tornchat.web.metrics import Metrics
from tornchat.web.server import ChatServer
from tornchat.web.site import Site
from tornchat.web.static import StaticFiles
from tornchat.web.templates import Templates

PATIENCE = 10.0


@dataclass
class FakeRoom:
    name: str
    title: str
    topic: str = ""
    access: str = "public"
    count: int = 0
    last: int = 0
    last_time: int = 0
    archived: int | None = None
    pattern: str | None = None
    sites: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()


@dataclass
class FakeHub:
    rooms: list[FakeRoom] = field(
        default_factory=lambda: [
            FakeRoom("lobby", "Lobby", "Come in", count=2, last=7, last_time=1_800_000_000_000),
            FakeRoom("cave", "Cave", access="private"),
        ]
    )

    def summaries(self) -> list[FakeRoom]:
        return [room for room in self.rooms if room.access != "private"]

    def records(self) -> list[FakeRoom]:
        return self.rooms

    def origins(self) -> frozenset[str]:
        return frozenset(origin for room in self.rooms for origin in room.origins)

    def record(self, name: str) -> FakeRoom | None:
        return next((room for room in self.rooms if room.name == name), None)

    def present(self, name: str) -> int:
        return next(room.count for room in self.rooms if room.name == name)


GUEST_ROLES = {"public": {"read", "write"}, "read-only": {"read"}, "private": set[str]()}


@dataclass
class FakeAccess:
    """Knows the holders of a few tokens, says yes and no, and notes all it was asked.

    `holders`: token → what it permits, by name of a room. `delayed`: seconds that all
    have to wait.
    """

    hub: FakeHub
    holders: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    banned_places: set[str] = field(default_factory=set)
    delayed: float = 0.0
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def banned(self, place: str) -> bool:
        return place in self.banned_places

    def check(self, place: str, bearer: str | None) -> None:
        self.asked.append(("check", place))
        if self.delayed:
            raise RateLimited("too many guesses", retry_after=self.delayed)

    async def identify(self, bearer: str, place: str) -> Identity:
        self.asked.append(("identify", place))
        if bearer not in self.holders:
            raise Unauthorized("nobody has issued this token")
        return Identity(bearer, "bot", permits=())

    def grants(self, identity: Identity, name: str) -> frozenset[str]:
        self.asked.append(("grants", name))
        room = self.hub.record(name)
        if room is None:
            return frozenset()
        if identity.person_id is None:
            return frozenset(GUEST_ROLES[room.access])
        return frozenset(self.holders[identity.person_id].get(name, ()))

    def permitted(self, identity: Identity, name: str) -> frozenset[str]:
        self.asked.append(("permitted", name))
        return frozenset(self.holders.get(identity.person_id or "", {}).get(name, ()))

    def missed(self, place: str, name: str) -> None:
        self.asked.append(("missed", name))


@dataclass
class FakeToken:
    id: int
    room: str
    kind: str
    role: str


ANSWERS: dict[str, Callable[..., Any]] = {
    "room": lambda name: {"name": name, "guests": True, "sites": []},
    "rotate_room": lambda name, **_: {"invite": "tc_new", "token": {"id": 9}},
    "create_token": lambda **wanted: {"token": "tc_new", "id": 9, **wanted},
}


@dataclass
class FakeOffice:
    """Notes what it is told to do, and by whom."""

    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)
    held: list[FakeToken] = field(default_factory=list)
    refusal: ChatError | None = None
    verbs: dict[str, Verb] = field(default_factory=dict)

    async def perform(self, actor: Actor, verb: str, args: dict[str, Any]) -> Any:
        if verb == "tokens":
            return self.held
        if verb != "room":
            if self.refusal is not None:
                raise self.refusal
            self.told.append((verb, args))
            self.actors.append(actor)
        return ANSWERS.get(verb, dict)(**args)

    def may(self, actor: Actor, verb: str, room: str | None = None) -> bool:
        return True


class Nobody:
    """The ways in to the admin page, through which nobody has come."""

    def who(self, session_id: str, place: str) -> None:
        return None


class EchoBody(RequestHandler):
    """Answers with what it got; for the cases that need a body to be read."""

    def post(self) -> None:
        self.write(self.request.body)


class SlowAnswer(RequestHandler):
    """Answers a little, then the rest after `seconds`, as a stream does."""

    async def get(self) -> None:
        await self.flush()
        await asyncio.sleep(float(self.get_argument("seconds")))
        self.write("done")


class WhoAsks(RequestHandler):
    """Answers with the address and scheme that the request counts as."""

    def get(self) -> None:
        self.write(f"{self.request.remote_ip} {self.request.protocol} {self.request.path}")


class Broken(RequestHandler):
    """Drops its connection in mid-answer."""

    def get(self) -> None:
        raise StreamClosedError


EXTRA = [(r"/echo", EchoBody), (r"/slow", SlowAnswer), (r"/who", WhoAsks), (r"/broken", Broken)]


def config(**overrides: str) -> Config:
    """Return a configuration; `server__listen="…"` stands for `[server] listen`."""
    given = {key.replace("__", "."): value for key, value in overrides.items()}
    return load(None, {}, {"server.listen": "127.0.0.1:0", **given})


def site(found: Config, *, ready: Callable[[], Sequence[str]] = tuple, **more: Any) -> Site:
    hub = more.pop("hub", None) or FakeHub()
    parts: dict[str, Any] = {
        "hub": hub,
        "access": FakeAccess(hub),
        "office": FakeOffice(),
        "sign_in": Nobody(),
        "metrics": Metrics(),
        "templates": Templates(templates.packaged()),
        "static": StaticFiles(static.packaged()),
        **more,
    }
    return Site(config=found, ready=ready, **parts)


@asynccontextmanager
async def serving(
    handlers: Sequence[Any] = EXTRA,
    served: Site | None = None,
    patience: float = 10.0,
    **overrides: str,
) -> AsyncIterator[ChatServer]:
    """Serve a site while the block runs; nothing of it is left behind."""
    server = ChatServer(served or site(config(**overrides)), handlers, patience=patience)
    server.start()
    before = asyncio.all_tasks()
    try:
        yield server
    finally:
        await server.stop()
        left = asyncio.all_tasks() - before
        if left:
            await asyncio.wait(left, timeout=PATIENCE)


@dataclass
class Answer:
    """A response as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def exchange(port: int, data: bytes, host: str = "127.0.0.1") -> bytes:
    """Send bytes and return all that comes until the server closes."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(data)
        return await asyncio.wait_for(reader.read(), PATIENCE + 5)
    except ConnectionError:
        return b""
    finally:
        await hang_up(writer)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


def request(method: str, target: str, *headers: str, body: bytes = b"") -> bytes:
    """Return a request as bytes; the connection is closed after its answer."""
    lines = [f"{method} {target} HTTP/1.1", "Connection: close", *headers]
    if not any(header.lower().startswith("host:") for header in headers):
        lines.append("Host: chat.example")
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


async def ask(
    server: ChatServer | int, method: str, target: str, *headers: str, body: bytes = b""
) -> Answer:
    """Send one request and return its answer."""
    port = server if isinstance(server, int) else server.port
    return parse(await exchange(port, request(method, target, *headers, body=body)))


def parse(data: bytes) -> Answer:
    """Read one answer (not a chunked one)."""
    head, _, body = data.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return Answer(int(status_line.split()[1]), {k.title(): v for k, _, v in pairs}, body)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine on a loop of its own, bounded in time."""

    async def bounded() -> None:
        await asyncio.wait_for(main, 60)

    asyncio.run(bounded())


def folder_of(tmp_path: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder and return it."""
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path
