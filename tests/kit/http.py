"""As much of an HTTP/1.1 client as the tests need, written by hand on a `Wire`."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.kit.wire import PATIENCE, Wire

MAX_HEAD_LINES = 200
Headers = Mapping[str, str] | Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Head:
    """Status line and headers of a response, in the order and spelling of the wire."""

    version: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]

    def get(self, name: str, default: str = "") -> str:
        """Return a header, whatever its case; repeated ones are joined by commas."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(found) if found else default


@dataclass(frozen=True, slots=True)
class Response:
    """A whole response."""

    head: Head
    body: bytes

    @property
    def status(self) -> int:
        return self.head.status

    @property
    def text(self) -> str:
        return self.body.decode()


def request_bytes(
    method: str, path: str, host: str, headers: Headers = (), body: bytes | None = None
) -> bytes:
    """Return a request as bytes; `headers` come as they are, after Host and before Content-Length.

    A header given by the caller replaces the one we would have sent.
    """
    items = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
    given = {name.lower() for name, _ in items}
    if "host" not in given:
        items.insert(0, ("Host", host))
    if body is not None and not given & {"content-length", "transfer-encoding"}:
        items.append(("Content-Length", str(len(body))))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in items)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


async def read_head(wire: Wire) -> Head:
    """Read the head of a response; raises EOFError when none comes."""
    status_line = (await wire.read_line()).decode("latin-1").rstrip("\r\n")
    version, _, rest = status_line.partition(" ")
    status, _, reason = rest.partition(" ")
    headers: list[tuple[str, str]] = []
    for _ in range(MAX_HEAD_LINES):
        line = (await wire.read_line()).decode("latin-1").rstrip("\r\n")
        if not line:
            return Head(version, int(status), reason, tuple(headers))
        name, _, value = line.partition(":")
        headers.append((name, value.strip()))
    raise ValueError("endless response head")


class Body:
    """The body behind a head, piece by piece; `read` returns b"" at its end."""

    def __init__(self, wire: Wire, head: Head, *, method: str = "GET") -> None:
        self._wire = wire
        bodyless = method == "HEAD" or head.status in {101, 204, 304}
        self._chunked = "chunked" in head.get("transfer-encoding").lower() and not bodyless
        length = head.get("content-length")
        self._left: int | None = 0 if bodyless else int(length) if length else None
        self._to_end = not self._chunked and self._left is None
        self.ended = self._left == 0 and not self._chunked

    async def read(self) -> bytes:
        """Return the next piece: a chunk, or what has arrived; b"" at the end."""
        if self.ended:
            return b""
        piece = await (self._chunk() if self._chunked else self._some())
        self.ended = not piece or self._left == 0
        return piece

    async def rest(self) -> bytes:
        """Return everything up to the end."""
        pieces = []
        while piece := await self.read():
            pieces.append(piece)
        return b"".join(pieces)

    async def _chunk(self) -> bytes:
        size = int((await self._wire.read_line()).split(b";")[0], 16)
        data = await self._wire.read_exactly(size + 2)
        return data[:-2]

    async def _some(self) -> bytes:
        if self._to_end:
            try:
                return await self._wire.read()
            except EOFError:
                return b""
        assert self._left is not None
        data = await self._wire.read(min(self._left, 65536))
        self._left -= len(data)
        return data


class HttpConnection:
    """A keep-alive connection that opens itself anew when the server has closed it.

    connection = HttpConnection("127.0.0.1", 8000)
    response = await connection.request("POST", "/sockjs/0/x/xhr", body=b"")
    """

    def __init__(self, host: str, port: int, *, headers: Headers = (), **wire: Any) -> None:
        self.host = host
        self.port = port
        self._headers = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        self._options = wire
        self._body: Body | None = None
        self.wire: Wire | None = None
        self.ended = False

    async def begin(
        self, method: str, path: str, *, headers: Headers = (), body: bytes | None = None
    ) -> tuple[Head, Body]:
        """Send a request and return the head and the body to be read."""
        if self.ended:
            raise ConnectionAbortedError("this side has ended the connection")
        wire = self.wire
        if wire is None or wire.ended or (self._body is not None and not self._body.ended):
            if wire is not None:
                await wire.close()
            wire = self.wire = await Wire.connect(self.host, self.port, **self._options)
        own = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        every = [*self._headers, *own]
        host = f"{self.host}:{self.port}"
        await wire.write(request_bytes(method, path, host, every, body))
        head = await read_head(wire)
        self._body = Body(wire, head, method=method)
        return head, self._body

    async def request(
        self, method: str, path: str, *, headers: Headers = (), body: bytes | None = None
    ) -> Response:
        """Send a request and return the whole response."""
        head, rest = await self.begin(method, path, headers=headers, body=body)
        return Response(head, await rest.rest())

    def abort(self) -> None:
        """Reset the connection and never open it again."""
        self.ended = True
        if self.wire is not None:
            self.wire.abort()

    async def close(self) -> None:
        """Close the connection and never open it again."""
        self.ended = True
        if self.wire is not None:
            await self.wire.close()


async def fetch(
    host: str,
    port: int,
    path: str = "/",
    *,
    method: str = "GET",
    headers: Headers = (),
    body: bytes | None = None,
    patience: float = PATIENCE,
) -> Response:
    """Send one request on a connection of its own and return the whole response."""
    connection = HttpConnection(host, port)
    try:
        async with asyncio.timeout(patience):
            return await connection.request(method, path, headers=headers, body=body)
    finally:
        await connection.close()
