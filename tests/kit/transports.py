"""Five ways to talk to a SockJS endpoint, as one interface; knows nothing of chat.

transport = XhrStreaming()
await transport.open("127.0.0.1", port, "/sockjs")
await transport.send(['{"type":"hello","protocol":1}'])
texts = await transport.receive()
await transport.close()
"""

import asyncio
import json
import secrets
from typing import Any, ClassVar

from tests.kit.http import Body, HttpConnection
from tests.kit.transport import Transport, expect_open, session_path
from tests.kit.wire import Closed, OpenFailed, Wire, losses
from tests.kit.ws_raw import WebSocket


class RawWebSocket(Transport):
    """The bare WebSocket at `{prefix}/websocket`: a message is a text frame.

    `socket` is there after `open`, for frames and bytes by hand: `transport.socket.send_frame(…)`,
    `transport.socket.wire.write(b"…")`, `transport.socket.answer_pings = False`.
    """

    name = "raw"

    def __init__(self, *, answer_pings: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self._answer_pings = answer_pings
        self._socket: WebSocket | None = None

    @property
    def socket(self) -> WebSocket:
        """The WebSocket; raises Closed before `open`."""
        if self._socket is None:
            raise Closed(1006, "not open")
        return self._socket

    async def send(self, texts: list[str]) -> None:
        with losses():
            for text in texts:
                await self.socket.send_text(text)

    async def receive(self) -> list[str]:
        await self._reading.wait()
        return [await self.socket.receive_text()]

    async def close(self) -> None:
        self.resume()
        if self._socket is not None:
            await self._socket.close()

    def _path(self, prefix: str) -> str:
        return f"{prefix}/websocket"

    async def _open(self, host: str, port: int, prefix: str) -> None:
        wire = await Wire.connect(host, port, **self._wire_options)
        self._socket = WebSocket(wire, answer_pings=self._answer_pings)
        await self._socket.shake_hands(f"{host}:{port}", self._path(prefix), self.headers)

    def _wires(self) -> list[Wire]:
        return [] if self._socket is None else [self._socket.wire]


class SockJSWebSocket(RawWebSocket):
    """SockJS frames over a WebSocket at `{prefix}/{server}/{session}/websocket`."""

    name = "websocket"

    async def send(self, texts: list[str]) -> None:
        with losses():
            await self.socket.send_text(json.dumps(texts))

    async def receive(self) -> list[str]:
        while True:
            await self._reading.wait()
            if texts := self._unwrap(await self.socket.receive_text()):
                return texts

    def _path(self, prefix: str) -> str:
        return f"{session_path(prefix)}/websocket"

    async def _open(self, host: str, port: int, prefix: str) -> None:
        await super()._open(host, port, prefix)
        expect_open(await self.socket.receive_text())


class HttpTransport(Transport):
    """What the transports over plain HTTP share: a response to read from, and `xhr_send`."""

    method: ClassVar[str] = "POST"
    address: ClassVar[str]

    def __init__(self, *, session: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.session = session or secrets.token_hex(8)
        self.requests = 0
        self._sending = asyncio.Lock()
        self._body: Body | None = None
        self._rest = b""
        self._down: HttpConnection | None = None
        self._up: HttpConnection | None = None

    async def send(self, texts: list[str]) -> None:
        status = await self.send_body(json.dumps(texts).encode())
        if status != 204:
            raise Closed(1006, f"xhr_send: status {status}")

    async def send_body(self, body: bytes) -> int:
        """POST anything to `xhr_send` and return the status."""
        if self._up is None:
            raise Closed(1006, "not open")
        async with self._sending:
            with losses():
                path = f"{self.path}/xhr_send"
                headers = {"Content-Type": "text/plain"}
                return (await self._up.request("POST", path, headers=headers, body=body)).status

    async def receive(self) -> list[str]:
        while True:
            await self._reading.wait()
            if texts := self._unwrap(await self._frame()):
                return texts

    def abort(self) -> None:
        for connection in (self._down, self._up):
            if connection is not None:
                connection.abort()
        self._reading.set()

    async def close(self) -> None:
        self.resume()
        for connection in (self._down, self._up):
            if connection is not None:
                await connection.close()

    async def _open(self, host: str, port: int, prefix: str) -> None:
        self.path = session_path(prefix, self.session)
        self._down = HttpConnection(host, port, headers=self.headers, **self._wire_options)
        self._up = HttpConnection(host, port, headers=self.headers, **self._wire_options)
        await self._ask()
        expect_open(await self._frame())

    def _wires(self) -> list[Wire]:
        connections = (self._down, self._up)
        return [c.wire for c in connections if c is not None and c.wire is not None]

    def _downward(self) -> list[Wire]:
        return [self._down.wire] if self._down is not None and self._down.wire is not None else []

    async def _ask(self) -> None:
        """Begin the next response. Raises OSError."""
        assert self._down is not None
        self.requests += 1
        body = b"" if self.method == "POST" else None
        head, self._body = await self._down.begin(
            self.method, f"{self.path}/{self.address}", body=body
        )
        if head.status != 200:
            raise OpenFailed(head.status, await self._body.rest())

    async def _frame(self) -> str:
        """Return the next frame, out of as many responses as it takes. Raises Closed."""
        with losses():
            while True:
                line, newline, rest = self._rest.partition(b"\n")
                if newline:
                    self._rest = rest
                    if found := self._frame_in(line):
                        return found
                    continue
                if self._body is None or self._body.ended:
                    self._rest = b""
                    await self._reading.wait()
                    await self._ask()
                assert self._body is not None
                self._rest += await self._body.read()

    def _frame_in(self, line: bytes) -> str:
        """Return the frame in a line, "" where there is none (the prelude of `h`s)."""
        return "" if len(line) > 2000 and not line.strip(b"h") else line.decode()


class XhrStreaming(HttpTransport):
    """`xhr_streaming`: one long response after the other."""

    name = "xhr-streaming"
    address = "xhr_streaming"


class XhrPolling(HttpTransport):
    """`xhr`: a response for each frame."""

    name = "xhr"
    address = "xhr"


class EventSource(HttpTransport):
    """`eventsource`: frames as server-sent events."""

    name = "eventsource"
    address = "eventsource"
    method = "GET"

    def _frame_in(self, line: bytes) -> str:
        text = line.decode().rstrip("\r")
        return text.removeprefix("data: ") if text.startswith("data: ") else ""


ALL = (SockJSWebSocket, RawWebSocket, XhrStreaming, XhrPolling, EventSource)
TRANSPORTS: dict[str, type[Transport]] = {kind.name: kind for kind in ALL}
"""All five, by name: `@pytest.mark.parametrize("name", TRANSPORTS)`."""
