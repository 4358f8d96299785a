"""Sessions that own their stream: one system call per message while the peer keeps up.

What a peer that falls behind has not taken yet waits in a bounded backlog.
"""

import asyncio
import socket
from collections import deque
from typing import TYPE_CHECKING

from tornado.iostream import IOStream, SSLIOStream, StreamClosedError

from tornchat.errors import CloseCode
from tornchat.frames import Frame
from tornchat.sockjs.session import ConnectionInfo, Session
from tornchat.sockjs.streams import Stall

if TYPE_CHECKING:
    from tornchat.sockjs.router import SockJSRouter

PIECE_SIZE = 64 * 1024
"""Handed to the stream at a time: what waits beyond it is shared with the other sessions."""


class Backlog:
    """What waits for a peer that reads slower than it is written to; exists only while it does."""

    __slots__ = ("flight", "items", "size", "stall")

    def __init__(self, stall: Stall) -> None:
        self.items: deque[bytes | memoryview] = deque()
        self.size = 0
        self.flight = 0
        self.stall = stall

    def add(self, data: bytes | memoryview) -> None:
        self.items.append(data)
        self.size += len(data)

    def take(self) -> bytes | memoryview:
        """Take the next piece off; it counts until `landed`."""
        piece = self.items.popleft()
        if len(piece) > PIECE_SIZE:
            view = memoryview(piece)
            self.items.appendleft(view[PIECE_SIZE:])
            piece = view[:PIECE_SIZE]
        elif self.items and len(piece) + len(self.items[0]) <= PIECE_SIZE:
            parts, size = [piece], len(piece)
            while self.items and size + len(self.items[0]) <= PIECE_SIZE:
                size += len(self.items[0])
                parts.append(self.items.popleft())
            piece = b"".join(parts)
        self.flight = len(piece)
        return piece

    def landed(self) -> None:
        self.size -= self.flight
        self.flight = 0


class StreamSession(Session):
    """The writing half of a session over WebSocket.

    `socket` is the peer's while a message may go straight to it: the session is open, nothing
    waits, and the stream is no TLS stream. Else it is None. It is the only thing that a broadcast
    looks at.
    """

    __slots__ = ("_backlog", "_stream", "socket")

    def __init__(
        self, router: "SockJSRouter", info: ConnectionInfo, transport: str, stream: IOStream
    ) -> None:
        super().__init__(router, info, transport, router.options.outbound_buffer)
        self._stream = stream
        # What the handshake left to write, if anything, goes first; a closed stream has no socket.
        idle = not stream.writing() and not stream.closed()
        self.socket = self._open_socket() if idle else None
        self._backlog: Backlog | None = None

    def send(self, frame: Frame) -> None:
        """Send with one system call where nothing waits, else queue (see `Session.send`).

        Mends the library, whose `write_message` cost a coroutine per message and receiver.
        """
        if self.code is None:
            self._write(frame[self.wrap])

    def sent_partly(self, data: bytes, sent: int) -> None:
        """Queue the rest."""
        self._queue(memoryview(data)[sent:])

    def _write(self, data: bytes) -> None:
        if self.socket is None:
            self._queue(data)
            return
        try:
            sent = self.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            # The stream finds out by itself and tells the reader.
            return
        if sent != len(data):
            self.sent_partly(data, sent)

    def _queue(self, data: bytes | memoryview) -> None:
        backlog = self._backlog
        if backlog is None:
            backlog = self._backlog = Backlog(Stall(self._stream, self._router.timer.now))
            self.socket = None
            self._router.timer.watch(self)
        backlog.add(data)
        if backlog.size > self.outbound_limit and self.code is None:
            self.close(CloseCode.SLOW, CloseCode.SLOW.reason)
            return
        self._pump()

    def _pump(self) -> None:
        backlog, stream = self._backlog, self._stream
        if backlog is None or backlog.flight:
            return
        try:
            while backlog.items:
                flushed = stream.write(backlog.take())
                if not flushed.done():
                    flushed.add_done_callback(self._on_flushed)
                    return
                backlog.landed()
        except StreamClosedError:
            return
        self._backlog = None
        self.socket = self._open_socket() if self.code is None else None
        self._caught_up()

    def _open_socket(self) -> "socket.socket | None":
        """TLS has none: a send that was cut short has to be repeated with the same bytes."""
        return None if isinstance(self._stream, SSLIOStream) else self._stream.socket

    def _on_flushed(self, flushed: "asyncio.Future[None]") -> None:
        if flushed.exception() is None and self._backlog is not None:
            self._backlog.landed()
            self._pump()

    def _caught_up(self) -> None:
        """Nothing waits any more."""
        self._router.timer.unwatch(self)

    def _end(self, code: int) -> None:
        self.socket = None
        super()._end(code)

    def check(self, now: float) -> None:
        """Close a peer that has stopped to read."""
        if self._backlog is not None and self._backlog.stall.lasts(now) >= (
            self._router.options.stall_timeout
        ):
            self.close(CloseCode.SLOW, CloseCode.SLOW.reason)
