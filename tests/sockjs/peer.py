"""A server on a loopback port with recording services, and peers on raw sockets to talk to it.

The peers know nothing of our implementation: they speak HTTP and RFC 6455 themselves.
"""

import asyncio
import base64
import contextlib
import functools
import inspect
import json
import os
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.web import Application

from tornchat.frames import Frame
from tornchat.sockjs import Session, SockJSRouter, SockJSSettings

PATIENCE = 5.0
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


# ── the server ──────────────────────────────────────────────────────────────────────────────────


class Echo:
    """Echoes, and writes down what happens to it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.received: list[str] = []
        self.closes = 0

    def receive(self, text: str) -> Awaitable[None] | None:
        self.received.append(text)
        self.session.send(Frame([text]))
        return None

    def closed(self) -> None:
        self.closes += 1


class Closing(Echo):
    def __init__(self, session: Session) -> None:
        super().__init__(session)
        session.close(3000, "Go away!")


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Server:
    """The endpoint under test at `/echo`, and `/close` beside it."""

    router: SockJSRouter
    port: int
    services: list[Echo]
    closes: list[tuple[str, int]]
    refusals: list[str]
    clock: Clock | None
    cleanup: list[Callable[[], object]] = field(default_factory=list)

    async def pass_time(self, seconds: float) -> None:
        """Turn the timer through so many seconds of the fake clock."""
        assert self.clock is not None
        until = self.router.timer.now + seconds - 1e-6
        while self.router.timer.now < until:
            self.clock.now += self.router.timer.tick
            self.router.timer.turn()
            await asyncio.sleep(0)

    def broadcast(self, text: str) -> None:
        frame = Frame([text])
        for service in self.services:
            service.session.send(frame)


@contextlib.asynccontextmanager
async def serving(
    service: Callable[[Session], Echo] = Echo,
    *,
    fake_clock: bool = True,
    app_settings: dict[str, Any] | None = None,
    tls: ssl.SSLContext | None = None,
    idle: float = 60.0,
    **settings: Any,
) -> AsyncIterator[Server]:
    clock = Clock() if fake_clock else None
    options = SockJSSettings(**settings)
    if clock is not None:
        options = replace(options, clock=clock)
    services: list[Echo] = []
    closes: list[tuple[str, int]] = []
    refusals: list[str] = []

    def make(session: Session) -> Echo:
        # In the list before it speaks: `Closing` closes in its constructor.
        made = service(session)
        services.append(made)
        return made

    router = SockJSRouter(
        make,
        "/echo",
        options,
        on_closed=lambda *close: closes.append(close),
        on_refused=refusals.append,
    )
    closing = SockJSRouter(Closing, "/close", options)
    application = Application([*router.urls, *closing.urls], **(app_settings or {}))
    http = HTTPServer(
        application, max_body_size=131072, ssl_options=tls, idle_connection_timeout=idle
    )
    http.listen(0, "127.0.0.1")
    port = next(iter(http._sockets.values())).getsockname()[1]
    if not fake_clock:
        router.start()
        closing.start()
    tasks = asyncio.all_tasks()
    server = Server(router, port, services, closes, refusals, clock)
    try:
        yield server
    finally:
        http.stop()
        for done in server.cleanup:
            done()
        await router.stop()
        await closing.stop()
        await http.close_all_connections()
        await until(lambda: asyncio.all_tasks() <= tasks)


def on_server(**settings: Any) -> Callable[[Callable[..., Awaitable[None]]], Callable[..., None]]:
    """Run an async test with a server as its first argument, and never longer than a minute."""

    def decorate(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
        async def scenario(**kwargs: Any) -> None:
            async with asyncio.timeout(60), serving(**settings) as server:
                await test(server, **kwargs)

        @functools.wraps(test)
        def run(**kwargs: Any) -> None:
            asyncio.run(scenario(**kwargs))

        signature = inspect.signature(test)
        run.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=list(signature.parameters.values())[1:]
        )
        return run

    return decorate


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, `PATIENCE` at most."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.002)


# ── HTTP peers ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class Response:
    """A response, or the head of one whose body is still coming."""

    status: int
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    body: bytes = b""

    async def chunk(self) -> bytes:
        """Read one chunk, b"" at the end."""
        async with asyncio.timeout(PATIENCE):
            size = int((await self.reader.readline()).strip(), 16)
            data = await self.reader.readexactly(size + 2)
            return data[:-2]

    async def rest(self) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """Break the connection off with an RST."""
        reset(self.writer)


def reset(writer: asyncio.StreamWriter) -> None:
    """Break a connection off with an RST."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def begin(
    server: Server,
    method: str,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    body: bytes | str = b"",
    version: str = "1.1",
) -> Response:
    """Send a request and read the head of its response."""
    body = body.encode() if isinstance(body, str) else body
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 22)
    server.cleanup.append(writer.close)
    return await ask(server, reader, writer, method, path, headers, body, version)


async def ask(
    server: Server,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    method: str,
    path: str,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    version: str = "1.1",
) -> Response:
    lines = [f"{method} {path} HTTP/{version}", f"Host: 127.0.0.1:{server.port}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if method == "POST" or body:
        lines.append(f"Content-Length: {len(body)}")
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    async with asyncio.timeout(PATIENCE):
        status = int((await reader.readline()).split()[1])
        answered: dict[str, str] = {}
        while (line := await reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            answered[name.lower()] = value.strip()
    return Response(status, answered, reader, writer)


async def request(server: Server, method: str, path: str, **kwargs: Any) -> Response:
    """Send a request and read its whole response."""
    response = await begin(server, method, path, **kwargs)
    async with asyncio.timeout(PATIENCE):
        if response.headers.get("transfer-encoding") == "chunked":
            while chunk := await response.chunk():
                response.body += chunk
        else:
            size = int(response.headers.get("content-length", 0))
            response.body = await response.reader.readexactly(size)
    response.close()
    return response


async def poll(server: Server, session: str, **kwargs: Any) -> bytes:
    response = await request(server, "POST", f"/echo/000/{session}/xhr", **kwargs)
    assert response.status == 200, response.status
    return response.body


async def xhr_send(server: Server, session: str, *texts: str) -> Response:
    return await request(
        server, "POST", f"/echo/000/{session}/xhr_send", body=json.dumps(list(texts))
    )


@dataclass
class WaitingPoll:
    """A poll that the server holds."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> bytes:
        """Read the response and return its body."""
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
            size = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            return await self.reader.readexactly(size)

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        reset(self.writer)


async def waiting_poll(server: Server, session: str) -> WaitingPoll:
    """Start a poll of an open session and wait until the server holds it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 22)
    server.cleanup.append(writer.close)
    writer.write(
        f"POST /echo/000/{session}/xhr HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        "Content-Length: 0\r\n\r\n".encode()
    )
    held = server.router.get_session(session)
    assert held is not None
    await until(lambda: held._receiver is not None)
    return WaitingPoll(reader, writer)


# ── WebSocket peers ─────────────────────────────────────────────────────────────────────────────


@dataclass
class WebSocketPeer:
    """A WebSocket client that can break every rule."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def frame(
        self, opcode: int, payload: bytes = b"", *, first: int | None = None, mask: bool = True
    ) -> None:
        """Write one frame; `first` replaces the whole first byte."""
        self.writer.write(client_frame(opcode, payload, first=first, mask=mask))

    def text(self, text: str) -> None:
        self.frame(TEXT, text.encode())

    async def next(self) -> tuple[int, bytes]:
        """Read one frame: (opcode, payload)."""
        async with asyncio.timeout(PATIENCE):
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            assert not second & 0x80, "servers do not mask"
            assert not first & 0x70, "no extension was negotiated"
            if size == 126:
                (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
            return first & 0x0F, await self.reader.readexactly(size)

    async def message(self) -> str:
        """Read the next text, pings aside."""
        while (frame := await self.next())[0] == PING:
            pass
        assert frame[0] == TEXT, frame
        return frame[1].decode()

    async def closing(self) -> tuple[int, str]:
        """Read until the close frame: (code, reason)."""
        while True:
            opcode, payload = await self.next()
            if opcode == CLOSE:
                return int.from_bytes(payload[:2]) if payload else 1005, payload[2:].decode()

    async def gone(self) -> None:
        """Wait until the server has closed the connection."""
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionError):
                await self.reader.read()

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        reset(self.writer)


def client_frame(
    opcode: int, payload: bytes = b"", *, first: int | None = None, mask: bool = True
) -> bytes:
    head = bytes([0x80 | opcode if first is None else first])
    flag = 0x80 if mask else 0
    if len(payload) < 126:
        head += bytes([flag | len(payload)])
    elif len(payload) < 65536:
        head += struct.pack("!BH", flag | 126, len(payload))
    else:
        head += struct.pack("!BQ", flag | 127, len(payload))
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))


def handshake_headers(**changes: str | None) -> dict[str, str]:
    """Return the headers of a handshake; a change of None leaves one out."""
    headers: dict[str, str | None] = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(b"0123456789abcdef").decode(),
    }
    headers.update({name.replace("_", "-"): value for name, value in changes.items()})
    return {name: value for name, value in headers.items() if value is not None}


async def websocket(
    server: Server, path: str = "/echo/000/ws/websocket", headers: dict[str, str] | None = None
) -> WebSocketPeer:
    """Open a WebSocket; the SockJS one is returned after its open frame."""
    response = await begin(server, "GET", path, headers={**handshake_headers(), **(headers or {})})
    assert response.status == 101, response.status
    peer = WebSocketPeer(response.reader, response.writer)
    if path != "/echo/websocket" and path != "/close/websocket":
        assert await peer.message() == "o"
    return peer


def narrow(
    session: Session, peer: WebSocketPeer | Response | WaitingPoll, size: int = 16384
) -> None:
    """Make the way from a session to its peer take little, and the peer stop reading."""
    stream = getattr(session, "_stream", None) or session._receiver.stream
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)
    peer.writer.transport.pause_reading()
    peer.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * size)
