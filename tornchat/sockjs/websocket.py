"""Sessions over WebSocket, with SockJS framing and raw, written to their sockets directly.

It knows nothing of HTTP: a session gets its stream when the handshake is over.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from tornado.iostream import IOStream, SSLIOStream, StreamClosedError

from tornchat.errors import CloseCode
from tornchat.frames import Frame, Wrapper
from tornchat.sockjs.framing import (
    HEARTBEAT,
    OPEN,
    close_frame,
    decode_messages,
    wrap_raw,
    wrap_websocket,
)
from tornchat.sockjs.session import ConnectionInfo, Session
from tornchat.sockjs.streams import Stall
from tornchat.sockjs.wsframes import (
    ABNORMAL,
    BINARY,
    CLOSE,
    INVALID_DATA,
    NO_CODE,
    NORMAL,
    PING,
    PONG,
    TEXT,
    FrameError,
    FrameReader,
    decode_close,
    encode_close,
    encode_frame,
)

if TYPE_CHECKING:
    from tornchat.sockjs.router import SockJSRouter

READ_SIZE = 16 * 1024
"""Read at a time: the loop is given back between, so a flood of small frames holds it briefly."""
PIECE_SIZE = 64 * 1024
"""Handed to the stream at a time: what waits beyond it is shared with the other sessions."""
IDLE_FRAMES_PER_SECOND = 50
"""Pings and empty messages that a peer may send within a second."""


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


class WebSocketSession(Session):
    """A session that lives as long as its WebSocket.

    Reads through callbacks, one chunk at a time, so that an idle connection holds no task. Writes
    with `socket.send` while nothing waits; the rest goes through a bounded backlog. The close
    handshake is given `close_timeout`, then the socket is closed.
    """

    __slots__ = (
        "_answered",
        "_backlog",
        "_close_at",
        "_closing",
        "_direct",
        "_idle_frames",
        "_idle_since",
        "_pinged",
        "_reader",
        "_socket",
        "_stream",
        "_task",
        "slot",
    )

    wrap: Wrapper = staticmethod(wrap_websocket)
    open_frame = encode_frame(TEXT, OPEN)
    beat_frame = encode_frame(TEXT, HEARTBEAT) + encode_frame(PING, b"")

    def __init__(
        self, router: "SockJSRouter", info: ConnectionInfo, transport: str, stream: IOStream
    ) -> None:
        super().__init__(router, info, transport, router.options.outbound_buffer)
        self._stream = stream
        self._socket = stream.socket
        # What the handshake left to write, if anything, goes first.
        self._direct = self._may_send_directly() and not stream.writing()
        self._backlog: Backlog | None = None
        self._reader: FrameReader | None = FrameReader(router.options.message_size)
        self._task: asyncio.Future[None] | None = None
        self._pinged = False
        self._closing = False
        self._answered = False
        self._close_at = 0.0
        self._idle_frames = 0
        self._idle_since = 0.0
        self.slot = 0

    def open(self) -> None:
        """Take over the stream: greet the peer, make the service, start to read."""
        self._stream.set_nodelay(True)
        self._stream.read_chunk_size = READ_SIZE
        self._router.timer.add(self)
        if self.open_frame:
            self._write(self.open_frame)
        self._start()
        self._read()

    # ── outwards ────────────────────────────────────────────────────────────────────────────────

    def send(self, frame: Frame) -> None:
        """Send with one system call where nothing waits, else queue (see `Session.send`).

        Mends the library, whose `write_message` cost a coroutine per message and receiver. `_write`
        is repeated here because this line runs for each message and receiver.
        """
        data = frame.wrapped(self.wrap)
        if self._direct:
            try:
                sent = self._socket.send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                return
            if sent != len(data):
                self._queue(memoryview(data)[sent:])
        elif self.code is None:
            self._queue(data)

    def _write(self, data: bytes) -> None:
        if not self._direct:
            self._queue(data)
            return
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            # The stream finds out by itself and tells the reader.
            return
        if sent != len(data):
            self._queue(memoryview(data)[sent:])

    def _queue(self, data: bytes | memoryview) -> None:
        backlog = self._backlog
        if backlog is None:
            backlog = self._backlog = Backlog(Stall(self._stream, self._router.timer.now))
            self._direct = False
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
        self._direct = self._may_send_directly() and self.code is None
        if self._closing:
            self._finish_closing()
        else:
            self._router.timer.unwatch(self)

    def _may_send_directly(self) -> bool:
        """TLS may not: a send that was cut short has to be repeated with the same bytes."""
        return not isinstance(self._stream, SSLIOStream)

    def _on_flushed(self, flushed: "asyncio.Future[None]") -> None:
        if flushed.exception() is None and self._backlog is not None:
            self._backlog.landed()
            self._pump()

    # ── inwards ─────────────────────────────────────────────────────────────────────────────────

    def _read(self) -> None:
        try:
            read = self._stream.read_bytes(READ_SIZE, partial=True)
        except StreamClosedError:
            self._lost()
            return
        cast("asyncio.Future[bytes]", read).add_done_callback(
            self._on_read, context=self._router.context
        )

    def _on_read(self, read: "asyncio.Future[bytes]") -> None:
        if read.cancelled() or read.exception() is not None:
            self._lost()
            return
        self._pinged = False
        if self._reader is None:
            self._read()
        else:
            self._deliver(self._texts(read.result()))

    def _texts(self, data: bytes) -> Iterator[str]:
        """Yield the messages in what was read; control frames are served on the way."""
        assert self._reader is not None
        for opcode, payload in self._reader.feed(data):
            if opcode == TEXT:
                yield from self._unwrap(_decode(payload))
            else:
                self._control(opcode, payload)
                if self._reader is None:
                    return

    def _unwrap(self, text: str) -> list[str]:
        """Return the messages of one text: none where it is empty, as the protocol has it.

        Mends the library, which took any JSON for messages and logged a traceback for the rest.
        """
        try:
            messages = decode_messages(text) if text else []
        except ValueError:
            raise FrameError(
                CloseCode.BAD_PROTOCOL_USE, "expected a JSON array of strings"
            ) from None
        if not messages:
            self._count_idle_frame()
        return messages

    def _deliver(self, texts: Iterator[str]) -> None:
        try:
            for text in texts:
                pending = self._hand_over(text)
                if pending is not None:
                    self._task = asyncio.ensure_future(pending)
                    self._task.add_done_callback(partial(self._resume, texts))
                    return
        except FrameError as error:
            self._fail(error.code, error.reason)
        self._read()

    def _resume(self, texts: Iterator[str], handled: "asyncio.Future[None]") -> None:
        self._task = None
        error = asyncio.CancelledError() if handled.cancelled() else handled.exception()
        if error is not None:
            self._service_failed(error)
        self._deliver(texts)

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == CLOSE:
            self._peer_closes(decode_close(payload))
        elif opcode == PING:
            self._count_idle_frame()
            if self._backlog is None and not self._closing:
                # RFC 6455 §5.5.3 lets us answer the latest ping only: a peer that does not read
                # cannot pile up pongs.
                self._write(encode_frame(PONG, payload))
        elif opcode == BINARY:
            raise FrameError(CloseCode.BAD_PROTOCOL_USE, "expected text, got binary")

    def _count_idle_frame(self) -> None:
        now = self._router.timer.now
        if now - self._idle_since > 1.0:
            self._idle_since, self._idle_frames = now, 0
        self._idle_frames += 1
        if self._idle_frames > IDLE_FRAMES_PER_SECOND:
            raise FrameError(CloseCode.RATE_LIMITED, CloseCode.RATE_LIMITED.reason)

    # ── the end ─────────────────────────────────────────────────────────────────────────────────

    def close(self, code: int = 3000, message: str = "Go away!") -> None:
        """End the session with a SockJS close frame and a WebSocket close frame of that code.

        Mends the library, which closed the WebSocket without code and reason.
        """
        if self.code is None:
            self._end(code)
            self._say_goodbye(self._goodbye(code, message) + encode_close(code, message))

    def _end(self, code: int) -> None:
        self._direct = False
        super()._end(code)

    def _goodbye(self, code: int, reason: str) -> bytes:
        return encode_frame(TEXT, close_frame(code, reason))

    def _fail(self, code: int, reason: str) -> None:
        """End the session of a peer that broke the rules: no SockJS frame, nothing read any more.

        Broken data ends a WebSocket abruptly (SockJS protocol, `test_broken_json`); the rest of
        its input is thrown away, so that the close frame is not lost to a reset.
        """
        self._reader = None
        if self.code is None:
            self._end(code)
            self._say_goodbye(encode_close(code, reason))

    def _peer_closes(self, code: int) -> None:
        """Answer a close frame (RFC 6455 §5.5.1) and close once the answer is out."""
        self._reader = None
        self._answered = True
        if self.code is None:
            # Codes of the peer's own making count as one: they end up in metrics.
            self._end(code if code < 3000 else 3000)
            self._say_goodbye(encode_close(NORMAL if code == NO_CODE else code, ""))
        self._finish_closing()

    def _say_goodbye(self, data: bytes) -> None:
        self._closing = True
        self._close_at = self._router.timer.now + self._router.options.close_timeout
        self._router.timer.watch(self)
        self._write(data)

    def _finish_closing(self) -> None:
        """Close the stream once both close frames have crossed; the peer's is waited for."""
        if self._answered and self._backlog is None:
            self.abandon()

    def abandon(self) -> None:
        """Close the socket now; what waits is dropped."""
        self._stream.close()
        self._lost()

    def _lost(self) -> None:
        """The stream has ended, whoever ended it."""
        self._reader = None
        self._backlog = None
        self._router.timer.unwatch(self)
        self._router.timer.remove(self)
        if self.code is None:
            self._end(ABNORMAL)

    # ── by the timer ────────────────────────────────────────────────────────────────────────────

    def beat(self) -> None:
        """Send the heartbeat and a ping; a peer that has something waiting is asked for neither."""
        if self.code is None and self._backlog is None:
            self._pinged = True
            self._write(self.beat_frame)

    def overdue(self) -> None:
        """Close a peer from which no frame came since the ping.

        One whose message is still being handled is not read from, so its silence says nothing.
        """
        if self._pinged and self.code is None and self._task is None:
            self.close(CloseCode.NO_PONG, CloseCode.NO_PONG.reason)

    def check(self, now: float) -> None:
        """Close the socket of a peer that does not close; drop one that has stopped to read."""
        if self._closing:
            if now >= self._close_at:
                self.abandon()
        elif self._backlog is not None and self._backlog.stall.lasts(now) >= (
            self._router.options.stall_timeout
        ):
            self.close(CloseCode.SLOW, CloseCode.SLOW.reason)


class RawWebSocketSession(WebSocketSession):
    """A session without SockJS framing, for programs: a text frame is a message."""

    __slots__ = ()

    wrap: Wrapper = staticmethod(wrap_raw)
    open_frame = b""
    beat_frame = encode_frame(PING, b"")

    def _unwrap(self, text: str) -> list[str]:
        if text:
            return [text]
        self._count_idle_frame()
        return []

    def _goodbye(self, code: int, reason: str) -> bytes:
        return b""


def _decode(payload: bytes) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        raise FrameError(INVALID_DATA, "text is not UTF-8") from None
