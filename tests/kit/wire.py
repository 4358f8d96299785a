"""One TCP connection, every byte of which belongs to the test; knows nothing of HTTP or SockJS."""

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from typing import Self

PATIENCE = 10.0
"""How long anything in the kit waits for something that should come at once."""
READ_SIZE = 65536
CLOSE_PATIENCE = 1.0


class Closed(Exception):
    """A conversation is over. `said` tells a close the server announced from a mere loss (1006)."""

    def __init__(self, code: int, reason: str, *, said: bool = False) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason
        self.said = said

    def __str__(self) -> str:
        return f"{self.code} {self.reason!r}{'' if self.said else ' (lost)'}"


class OpenFailed(ConnectionError):
    """The server answered, but with something else than what was asked for."""

    def __init__(self, status: int, body: bytes = b"") -> None:
        super().__init__(f"status {status}: {body[:200]!r}")
        self.status = status
        self.body = body


@contextlib.contextmanager
def losses() -> Iterator[None]:
    """Turn every way in which a socket can fail into `Closed(1006)`."""
    try:
        yield
    except (OSError, EOFError) as error:
        raise Closed(1006, f"{type(error).__name__}: {error}") from error


class Wire:
    """One TCP connection.

    `pause` stops reading, so that the kernel's buffers fill and the peer feels it; `abort` resets
    the connection without a goodbye; `heard` is when (monotonic) the last bytes were taken.
    Reads raise EOFError at the end of the stream, reads and writes OSError when it breaks.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.heard = time.monotonic()
        self._gate = asyncio.Event()
        self._gate.set()

    @classmethod
    async def connect(
        cls, host: str, port: int, *, receive_buffer: int = 0, source: str = ""
    ) -> Self:
        """Connect; `receive_buffer` bytes for the kernel (0: its own), from the address `source`.

        Raises OSError or TimeoutError.
        """
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if receive_buffer:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            if source:
                sock.bind((source, 0))
            async with asyncio.timeout(PATIENCE):
                await asyncio.get_running_loop().sock_connect(sock, (host, port))
            limit = min(READ_SIZE, receive_buffer or READ_SIZE)
            return cls(*await asyncio.open_connection(sock=sock, limit=limit))
        except BaseException:
            sock.close()
            raise

    @property
    def local_port(self) -> int:
        """Our own port, by which a log or `ss` names the connection."""
        return int(self.writer.get_extra_info("sockname")[1])

    @property
    def ended(self) -> bool:
        """Whether the peer has closed and everything was read, or we have closed."""
        return self.reader.at_eof() or self.writer.is_closing()

    async def write(self, data: bytes) -> None:
        """Write bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def read(self, size: int = READ_SIZE) -> bytes:
        """Read at least one and at most `size` bytes."""
        await self._gate.wait()
        data = await self.reader.read(size)
        if not data:
            raise EOFError("the peer has closed the connection")
        self.heard = time.monotonic()
        return data

    async def read_exactly(self, size: int) -> bytes:
        """Read exactly so many bytes."""
        await self._gate.wait()
        data = await self.reader.readexactly(size)
        self.heard = time.monotonic()
        return data

    async def read_line(self) -> bytes:
        """Read up to and including the next LF."""
        await self._gate.wait()
        line = await self.reader.readuntil(b"\n")
        self.heard = time.monotonic()
        return line

    async def read_to_end(self) -> bytes:
        """Read whatever comes until the peer closes or resets."""
        data = b""
        with contextlib.suppress(EOFError, OSError):
            while True:
                data += await self.read()
        return data

    def pause(self) -> None:
        """Stop reading."""
        self._gate.clear()
        if not self.writer.is_closing():
            self.writer.transport.pause_reading()  # type: ignore[attr-defined]

    def resume(self) -> None:
        """Read again."""
        self._gate.set()
        if not self.writer.is_closing():
            self.writer.transport.resume_reading()  # type: ignore[attr-defined]

    def abort(self) -> None:
        """Reset the connection (RST) at once."""
        reset(self.writer)
        self._gate.set()

    def end_writing(self) -> None:
        """Send FIN and keep reading: a half-closed connection."""
        self.writer.write_eof()

    async def close(self) -> None:
        """Close the connection in the ordinary way."""
        self._gate.set()
        await shut(self.writer)


def reset(writer: asyncio.StreamWriter) -> None:
    """Reset a connection, whatever waits in its buffers."""
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def shut(writer: asyncio.StreamWriter) -> None:
    """Close a writer and wait until it is; a peer that takes nothing is reset."""
    writer.close()
    try:
        async with asyncio.timeout(CLOSE_PATIENCE):
            await writer.wait_closed()
    except TimeoutError:
        reset(writer)
    except OSError:
        pass
