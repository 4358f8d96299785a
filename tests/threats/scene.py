"""Where a case plays: the server, the peer that misbehaves, and a healthy pair that must not care.

`Company` is the pair: a sender of numbered messages and a witness who has to see each of them.
`Scene` is what a case gets to work with.
"""

import asyncio
import contextlib
import itertools
import json
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.kit.chat import ChatClient, Event
from tests.kit.http import HttpConnection, Response
from tests.kit.server import ServerProcess
from tests.kit.transport import Transport
from tests.kit.transports import RawWebSocket, SockJSWebSocket
from tests.kit.wire import Closed, Wire
from tornchat.control.client import ask
from tornchat.control.unixsocket import NAME as SOCKET

LOBBY = "lobby"
OTHER = "other"
"""A room with a past of more than a page."""
HALL = "hall"
"""An empty one."""
VAULT = "vault"
DEN = "den"
"""Private ones."""
CLOSED = 0
"""Stands for a status where the server closed without one."""
PATIENCE = 20.0
WORK_LIMIT = 0.1
"""Seconds of the loop's own work within one round trip of the witness."""
HOLD_LIMIT = 0.3
"""Seconds of such a round trip that nothing else explains; more than the goal of 0.1, since a
machine has more reasons to be late than it tells."""
TURNS = "tornchat_loop_turn_seconds"
TURN_LIMIT = 0.1
"""Seconds for which one turn may hold the server's loop; one of its histogram's bounds."""
SHARE_OF_WAITING = 0.5
"""A turn that was longer is excused if the server had no processor for so much of the limit."""
BURST = 8
PACE = 0.25
"""Between two messages of the sender, after a burst: it stays within the rate limit."""
PING_PACE = 0.01
GATE = 16
"""Of a crowd, so many connect at a time: this process must not be late in hearing the witness."""
TRACES = (b"Traceback (most recent", b".py\\", b'.py"')
SESSION_LINE = re.compile(r" sockjs: \S+ (opened from \S+|from \S+ closed, \d+)$")
ONCE = "which is no trusted proxy"
_strangers = itertools.count(1)


@dataclass(frozen=True)
class Case:
    """One bad input. `id` begins with its number in THREATS 5: `D52-unknown-type`."""

    id: str
    run: Callable[["Scene"], Awaitable[None]]


class Company:
    """A healthy pair in the lobby.

    async with Company(server) as company:
        ...
        await company.missed_nothing()
    """

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        self._tasks: list[asyncio.Task[None]] = []
        self._numbers = itertools.count(1)
        self.acked = 0
        self.longest_ack = 0.0
        self.longest_work = 0.0
        self.longest_hold = 0.0

    async def __aenter__(self) -> "Company":
        at = self._server.at
        self.witness = await ChatClient.enter(RawWebSocket(), at, name="Witness")
        self.position: int = (await self.witness.join(LOBBY))["last"]
        self.sender = await ChatClient.enter(SockJSWebSocket(), at, LOBBY, name="Sender")
        self._talking = asyncio.create_task(self._talk())
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in (self._talking, self._watching):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Closed, TimeoutError):
                await task
        await self.witness.close()
        await self.sender.close()

    async def say(self) -> None:
        """Send the next number."""
        watch = Stopwatch(self._server)
        ack = await self.sender.send(LOBBY, f"number {next(self._numbers)}")
        self.longest_ack = max(self.longest_ack, watch.seconds())
        self.acked += 1
        self.last_seq: int = ack["seq"]

    async def missed_nothing(self) -> None:
        """Send a last number; the witness must have seen every one, and no seq may be missing."""
        for task in (self._talking, self._watching):
            assert not task.done(), task.exception()
        self._talking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._talking
        ack = await self.sender.send(LOBBY, "the last")
        await self.witness.event("message", seq=ack["seq"])
        seqs = [event["seq"] for event in self.witness.events if is_entry(event)]
        assert seqs == list(range(self.position + 1, ack["seq"] + 1))
        said = [event["text"] for event in self.from_person(self.sender.person)]
        # The number that was under way when we stopped may have come or not.
        assert self.acked < len(said) <= self.acked + 2
        assert said == [*(f"number {n}" for n in range(1, len(said))), "the last"]

    def from_person(self, person: Event) -> list[Event]:
        """Return the messages of a person that the witness has seen."""
        found = (e for e in self.witness.events if e["type"] == "message")
        return [event for event in found if event["from"]["id"] == person["id"]]

    async def _talk(self) -> None:
        for _ in range(BURST):
            await self.say()
        while True:
            await asyncio.sleep(PACE)
            await self.say()

    async def _watch(self) -> None:
        """Measure, by pings, how long the server's loop was held.

        On a busy machine a round trip says more about the neighbours, hence the stopwatch.
        """
        pid = self._server.process.pid
        while True:
            watch, spent = Stopwatch(self._server), worked(pid)
            await self.witness.ping()
            self.longest_work = max(self.longest_work, worked(pid) - spent)
            self.longest_hold = max(self.longest_hold, watch.seconds())
            await asyncio.sleep(PING_PACE)


class Stopwatch:
    """Measures from now on, without what the two processes waited for a processor."""

    def __init__(self, server: ServerProcess) -> None:
        self._pid = server.process.pid
        self._began = time.monotonic()
        self._others = self._of_others()

    def wall(self) -> float:
        return time.monotonic() - self._began

    def seconds(self) -> float:
        """Return the time that is not explained by a busy machine, nor by our own work."""
        return self.wall() - (self._of_others() - self._others)

    def _of_others(self) -> float:
        return waited(self._pid) + waited(os.getpid()) + time.process_time()


def waited(pid: int) -> float:
    """Return for how many seconds a thread was ready to run and had no processor; 0 if unknown."""
    return _scheduled(pid)[1]


def worked(pid: int) -> float:
    """Return for how many seconds a thread had one: of a process, its first, which has the loop."""
    return _scheduled(pid)[0]


def _scheduled(pid: int) -> tuple[float, float]:
    try:
        fields = Path(f"/proc/{pid}/schedstat").read_text().split()
        return int(fields[0]) / 1e9, int(fields[1]) / 1e9
    except (OSError, IndexError):
        return 0.0, 0.0


def waited_in_all(pid: int) -> float:
    """Return the same for all threads of a process: one that waits may keep the others waiting."""
    return sum(waited(int(task.name)) for task in Path(f"/proc/{pid}/task").iterdir())


def is_entry(event: Event) -> bool:
    return event["type"] in {"message", "edited", "deleted", "reacted", "notice"}


class Scene:
    """What a case works with; everything it opens is closed behind it.

    `sessions` counts the SockJS sessions it made: each may write one line when it opens and one
    when it ends. `remarks` counts the lines that an operator is meant to see. `gate` is for cases
    with a crowd.
    """

    def __init__(self, server: ServerProcess, company: Company) -> None:
        self.server = server
        self.company = company
        self.sessions = 0
        self.remarks = 0
        self.gate = asyncio.Semaphore(GATE)
        self._stack = contextlib.AsyncExitStack()
        self._clients: list[ChatClient] = []
        self._heard = bytearray()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    @property
    def witness(self) -> ChatClient:
        return self.company.witness

    async def connect(self, transport: Transport | None = None) -> ChatClient:
        """Return a peer that has said nothing yet."""
        client = ChatClient(transport or SockJSWebSocket())
        self._clients.append(client)
        self._stack.push_async_callback(client.close)
        await client.open(self.server.at)
        self.sessions += 1
        return client

    async def enter(self, transport: Transport | None = None, **hello: Any) -> ChatClient:
        """Return a peer in the lobby."""
        client = await self.connect(transport)
        await client.hello(**hello)
        await client.join(LOBBY)
        return client

    async def wire(self, data: bytes = b"", **options: Any) -> Wire:
        """Return a bare connection on which something was sent."""
        wire = await Wire.connect("127.0.0.1", self.server.port, **options)
        self._stack.push_async_callback(wire.close)
        with contextlib.suppress(OSError):
            await wire.write(data)
        return wire

    async def exchange(self, data: bytes) -> bytes:
        """Send bytes and return all that comes until the server closes."""
        wire = await self.wire(data)
        async with asyncio.timeout(PATIENCE):
            found = await wire.read_to_end()
        self.note(found)
        return found

    async def ask(
        self, method: str, path: str, *headers: str, body: bytes = b""
    ) -> tuple[int, bytes]:
        """Send a request of one's own and return status (CLOSED: none) and all that came."""
        found = await self.exchange(self.request(method, path, *headers, body=body))
        return status_of(found), found

    def request(self, method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
        """Return a request as bytes, after which the connection ends."""
        lines = [f"{method} {path} HTTP/1.1", *headers]
        if not any(header.lower().startswith("host:") for header in headers):
            lines.append(f"Host: {self.host}")
        if not any(header.lower().startswith("connection:") for header in headers):
            lines.append("Connection: close")
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body

    async def api(
        self, method: str, path: str, token: str = "", *, source: str = "", **more: Any
    ) -> Response:
        """Ask the API, as the bearer of a token; `more`: headers and body."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= more.pop("headers", {})
        connection = HttpConnection("127.0.0.1", self.server.port, headers=headers, source=source)
        try:
            async with asyncio.timeout(PATIENCE):
                found = await connection.request(method, f"/api/v1/{path}", **more)
        finally:
            await connection.close()
        self.note(found.body)
        return found

    async def order(self, verb: str, /, **args: Any) -> Any:
        """Have the operator do something, by the control socket; the log says so in a line."""
        self.remarks += 1
        return await asyncio.to_thread(ask, self.server.data / SOCKET, verb, args)

    def stranger(self) -> str:
        """Return an address nobody has come from yet: what is guessed there counts there."""
        number = next(_strangers)
        return f"127.1.{number // 250}.{number % 250 + 1}"

    async def metric(self, name: str) -> float:
        return (await self.server.metrics()).get(f"tornchat_{name}", 0.0)

    def note(self, data: bytes) -> None:
        """Keep what a peer was told, to look through it at the end."""
        self._heard += data

    async def end(self) -> None:
        """Close everything and check that no peer was told of our insides."""
        await self._stack.aclose()
        for client in self._clients:
            self.note(json.dumps(client.events).encode())
        assert not [trace for trace in TRACES if trace in self._heard]


def status_of(data: bytes) -> int:
    return int(data.split(b" ", 2)[1]) if data.startswith(b"HTTP/1.") else CLOSED


@dataclass(frozen=True)
class LongTurns:
    """How many turns of the server's loop were longer than allowed, by its own measure.

    That measure is of time as it passes: where the machine had no processor for the server, a
    long turn proves nothing.
    """

    server: ServerProcess
    count: float
    waited: float

    @classmethod
    async def begin(cls, server: ServerProcess) -> "LongTurns":
        return cls(server, await cls._count(server), waited_in_all(server.process.pid))

    @staticmethod
    async def _count(server: ServerProcess) -> float:
        found = await server.metrics()
        return found[f"{TURNS}_count"] - found[f'{TURNS}_bucket{{le="{TURN_LIMIT}"}}']

    async def none_since(self) -> None:
        long = await self._count(self.server) - self.count
        waited = waited_in_all(self.server.process.pid) - self.waited
        # A thread that has ended took its share of the waiting with it.
        excused = max(0.0, waited) / (SHARE_OF_WAITING * TURN_LIMIT)
        assert long <= excused, f"{long} long turns, {waited=}"


@contextlib.asynccontextmanager
async def staged(server: ServerProcess, *, work_limit: float = WORK_LIMIT) -> AsyncIterator[Scene]:
    """Play within healthy company, and look afterwards at what must hold for every bad input."""
    async with Company(server) as company:
        before = len(server.log)
        turns = await LongTurns.begin(server)
        scene = Scene(server, company)
        try:
            yield scene
        finally:
            await scene.end()
        await company.missed_nothing()
        await turns.none_since()
        lines = server.log[before:].splitlines()
    check_log(lines, scene.sessions, scene.remarks)
    assert company.longest_work <= work_limit
    assert company.longest_hold <= HOLD_LIMIT


def check_log(lines: list[str], sessions: int, remarks: int) -> None:
    """At most two lines, those counted in that each session has at its begin and end.

    What a server says once in its life is not counted, but it may say it once only.

    `remarks` are those beyond that an operator is meant to see.
    """
    assert not [line for line in lines if " ERROR " in line or "Traceback" in line], lines
    assert sum(ONCE in line for line in lines) <= 1, lines
    other = [line for line in lines if not SESSION_LINE.search(line) and ONCE not in line]
    assert len(other) <= max(0, 2 - 2 * sessions) + remarks, lines
    assert sum(" opened from " in line for line in lines) <= sessions, lines
