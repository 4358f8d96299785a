"""Sessions over WebSocket, with SockJS framing and raw: reading, heartbeats and the end.

It knows nothing of HTTP: a session gets its stream when the handshake is over.
"""

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from tornado.iostream import IOStream, StreamClosedError

from tornchat.errors import CloseCode
from tornchat.frames import Wrapper
from tornchat.sockjs.framing import (
    HEARTBEAT,
    OPEN,
    close_frame,
    decode_messages,
    wrap_raw,
    wrap_websocket,
)
from tornchat.sockjs.session import ConnectionInfo
from tornchat.sockjs.writing import StreamSession
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
IDLE_FRAMES_PER_SECOND = 50
"""Pings and empty messages that a peer may send within a second."""


class WebSocketSession(StreamSession):
    """A session that lives as long as its WebSocket.

    Reads through callbacks, one chunk at a time, so that an idle connection holds no task. The
    close handshake is given `close_timeout`, then the socket is closed.
    """

    __slots__ = (
        "_answered",
        "_close_at",
        "_closing",
        "_idle_frames",
        "_idle_since",
        "_pinged",
        "_reader",
        "_task",
        "slot",
    )

    wrap: Wrapper = staticmethod(wrap_websocket)
    open_frame = encode_frame(TEXT, OPEN)
    beat_frame = encode_frame(TEXT, HEARTBEAT) + encode_frame(PING, b"")

    def __init__(
        self, router: "SockJSRouter", info: ConnectionInfo, transport: str, stream: IOStream
    ) -> None:
        super().__init__(router, info, transport, stream)
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
        if not self._closing:
            super().check(now)
        elif now >= self._close_at:
            self.abandon()

    def _caught_up(self) -> None:
        if self._closing:
            self._finish_closing()
        else:
            super()._caught_up()


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
