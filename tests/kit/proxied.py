"""The HTTP that a proxy has to understand: heads, paths and where a body ends; no sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

CHUNKED = -1
TO_THE_END = -2
PIECE = 65536

Sink = Callable[[bytes], Awaitable[None]]


@dataclass(slots=True)
class MessageHead:
    """The first line and the headers of a request or response."""

    line: str
    headers: list[tuple[str, str]]

    @classmethod
    async def read(cls, reader: asyncio.StreamReader) -> Self:
        """Read a head; raises EOFError where the connection ends before it."""
        block = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rest = block[:-4].split("\r\n")
        pairs = (header.partition(":") for header in rest)
        return cls(line, [(name, value.strip()) for name, _, value in pairs])

    def get(self, name: str) -> str:
        found = [value for key, value in self.headers if key.lower() == name]
        return ", ".join(found)

    def encoded(self) -> bytes:
        lines = [self.line, *(f"{name}: {value}" for name, value in self.headers), "", ""]
        return "\r\n".join(lines).encode("latin-1")

    @property
    def method(self) -> str:
        """Of a request."""
        return self.line.partition(" ")[0]

    @property
    def path(self) -> str:
        """Of a request."""
        return self.line.split(" ")[1]

    @property
    def status(self) -> int:
        """Of a response."""
        return int(self.line.split(" ")[1])

    @property
    def upgrade(self) -> bool:
        """Whether a request asks for a WebSocket."""
        return self.get("upgrade").lower() == "websocket"

    def move(self, mount: str) -> None:
        """Take the mount off the path of a request."""
        method, path, version = self.line.split(" ", 2)
        self.line = f"{method} {path.removeprefix(mount) or '/'} {version}"

    def add_forwarded_for(self, address: str) -> None:
        """Add an address at the end of X-Forwarded-For."""
        before = self.get("x-forwarded-for")
        kept = [item for item in self.headers if item[0].lower() != "x-forwarded-for"]
        self.headers = [*kept, ("X-Forwarded-For", f"{before}, {address}" if before else address)]

    def request_body(self) -> int:
        """Return the length of a request's body, or CHUNKED."""
        return self._declared(0)

    def response_body(self, method: str) -> int:
        """Return the length of the body of the response to `method`, CHUNKED or TO_THE_END."""
        if method == "HEAD" or self.status in {204, 304} or self.status < 200:
            return 0
        return self._declared(TO_THE_END)

    def _declared(self, default: int) -> int:
        if "chunked" in self.get("transfer-encoding").lower():
            return CHUNKED
        length = self.get("content-length")
        return int(length) if length else default


async def copy_body(reader: asyncio.StreamReader, size: int, sink: Sink) -> None:
    """Pass a body on as it is on the wire, chunk by chunk or as it arrives."""
    if size == CHUNKED:
        await _copy_chunks(reader, sink)
    else:
        await copy_bytes(reader, size, sink)


async def copy_bytes(reader: asyncio.StreamReader, size: int, sink: Sink) -> None:
    """Pass on so many bytes, or everything where that is TO_THE_END."""
    while size:
        data = await reader.read(PIECE if size == TO_THE_END else min(size, PIECE))
        if not data:
            if size == TO_THE_END:
                return
            raise EOFError("the connection ended in the middle of a body")
        if size != TO_THE_END:
            size -= len(data)
        await sink(data)


async def _copy_chunks(reader: asyncio.StreamReader, sink: Sink) -> None:
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        await sink(line + await reader.readexactly(size + 2))
        if size == 0:
            return


def answer(status: int, words: str) -> bytes:
    """Return a response of the proxy's own, after which it closes."""
    body = f"{words}, says the proxy\n".encode()
    head = f"HTTP/1.1 {status} {words}\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
