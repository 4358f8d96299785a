"""Sessions over HTTP responses: they outlive each response and queue between two of them.

It knows nothing of HTTP itself: a response is a `Receiver`.
"""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Protocol

from tornado.iostream import IOStream

from tornchat.errors import CloseCode
from tornchat.frames import Frame
from tornchat.sockjs.framing import OPEN, array_frame, close_frame, wrap_messages
from tornchat.sockjs.session import ConnectionInfo, Session
from tornchat.sockjs.streams import Stall
from tornchat.sockjs.timer import Beating

if TYPE_CHECKING:
    from tornchat.sockjs.router import SockJSRouter

BATCH_SIZE = 64 * 1024
"""Messages are joined into frames of this size; a larger one goes alone."""
INTERRUPTED = (1002, "Connection interrupted")
STILL_OPEN = (2010, "Another connection still open")


class Receiver(Beating, Protocol):
    """A response that waits for frames: a poll takes one, a stream many."""

    stream: IOStream

    def ready(self) -> bool:
        """Whether a frame can be delivered now: all before it has left for the socket."""

    def deliver(self, payload: bytes) -> None:
        """Write one SockJS frame; then `resume` or `release` is called, at once or later."""

    def end(self) -> None:
        """Finish the response, whatever it has delivered; harmless when it is finished."""

    def abort(self) -> None:
        """Close the connection under the response."""


class PollingSession(Session):
    """A session of xhr-polling, xhr-streaming or eventsource responses.

    At most one receiver is attached; a second one gets 2010 and the first keeps its place. What is
    given to a response stays in `_given` until it has left for the socket, and goes back to the
    queue when the peer of a poll vanished meanwhile. A receiver that the peer aborts while it waits
    ends the session with 1002 (SockJS protocol, "Handling close"); after `disconnect_delay` without
    a receiver it expires. A closed session answers receivers with its close frame for that long.
    """

    __slots__ = (
        "_closed_with",
        "_expires_at",
        "_frames",
        "_given",
        "_id",
        "_lock",
        "_receiver",
        "_size",
        "_stall",
    )

    def __init__(
        self, router: "SockJSRouter", info: ConnectionInfo, transport: str, session_id: str
    ) -> None:
        options = router.options
        limit = options.polling_buffer if transport == "xhr" else options.outbound_buffer
        super().__init__(router, info, transport, limit)
        self._id = session_id
        self._frames: deque[Frame] = deque()
        self._given: list[Frame] = []
        self._size = 0
        self._receiver: Receiver | None = None
        self._closed_with = (0, "")
        self._expires_at = 0.0
        self._stall: Stall | None = None
        self._lock = asyncio.Lock()

    def open(self, receiver: Receiver) -> None:
        """Greet the peer through its first receiver, then make the service."""
        self._take_on(receiver)
        receiver.deliver(OPEN)
        if self.code is None:
            self._start()
            self._flush()

    def attach(self, receiver: Receiver) -> None:
        """Serve a further receiver with what waits, the close frame included."""
        if self._receiver is not None:
            _refuse(receiver, *STILL_OPEN)
        elif self.code is not None and not self._frames:
            _refuse(receiver, *self._closed_with)
        else:
            self._take_on(receiver)
            self._flush()

    def send(self, frame: Frame) -> None:
        """Queue a frame and let the receiver have it when it is ready.

        Mends the library, whose queue was one unbounded string and forgot what a dead poll took.
        """
        if self.code is not None or not frame.texts:
            return
        self._frames.append(frame)
        self._size += len(frame[wrap_messages])
        if self._size > self.outbound_limit:
            self.close(CloseCode.SLOW, CloseCode.SLOW.reason)
        else:
            self._flush()

    def close(self, code: int = 3000, message: str = "Go away!") -> None:
        """End the session; the close frame goes to the receiver there is and to all who ask later.

        What waits is still delivered first, but to a peer that was too slow for it.
        """
        if self.code is not None:
            return
        self._closed_with = (code, message)
        self._end(code)
        self._expire_later()
        if code == CloseCode.SLOW:
            self._frames.clear()
            self._size = 0
            if self._receiver is not None and not self._receiver.ready():
                self._drop_receiver()
        self._flush()

    def abandon(self) -> None:
        """Forget the session, and its receiver with it."""
        if self._receiver is not None:
            receiver = self._let_go()
            receiver.end()
        self._remove()

    async def receive(self, texts: list[str]) -> None:
        """Hand messages to the service in order, one body after the other."""
        async with self._lock:
            for text in texts:
                pending = self._hand_over(text)
                if pending is None:
                    continue
                try:
                    await pending
                except Exception as error:
                    self._service_failed(error)

    # ── called by receivers ─────────────────────────────────────────────────────────────────────

    def resume(self, receiver: Receiver) -> None:
        """What was delivered has left; the receiver stays for more."""
        if receiver is self._receiver:
            self._forget_given()
            self._flush()

    def release(self, receiver: Receiver, *, delivered: bool) -> None:
        """The receiver has ended by itself; where its last frame did not leave, it is kept."""
        if receiver is not self._receiver:
            return
        self._let_go()
        if not delivered:
            self._frames.extendleft(reversed(self._given))
            self._given = []
        else:
            self._forget_given()

    def interrupted(self, receiver: Receiver) -> None:
        """The peer has gone away under a receiver that waited."""
        if receiver is self._receiver:
            self._let_go()
            self._forget_given()
            self.close(*INTERRUPTED)

    # ── the queue and the receiver ──────────────────────────────────────────────────────────────

    def _flush(self) -> None:
        while (receiver := self._receiver) is not None and receiver.ready():
            if self._frames:
                receiver.deliver(array_frame(self._batch()))
            elif self.code is not None:
                self._let_go()
                _refuse(receiver, *self._closed_with)
            else:
                return
        if receiver is not None and self._stall is None:
            self._stall = Stall(receiver.stream, self._router.timer.now)
            self._router.timer.watch(self)

    def _batch(self) -> list[bytes]:
        """Move the next frames from the queue to `_given` and return their messages."""
        batch: list[bytes] = []
        size = 0
        while self._frames:
            messages = self._frames[0][wrap_messages]
            size += len(messages)
            if batch and size > BATCH_SIZE:
                break
            batch.append(messages)
            self._given.append(self._frames.popleft())
        return batch

    def _forget_given(self) -> None:
        self._size -= sum(len(frame[wrap_messages]) for frame in self._given)
        self._given.clear()
        if self._stall is not None and self._receiver is not None:
            self._stall = None
            self._router.timer.unwatch(self)

    def _take_on(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._router.timer.add(receiver)
        if self.code is None:
            self._router.timer.unwatch(self)

    def _let_go(self) -> Receiver:
        assert self._receiver is not None
        receiver, self._receiver, self._stall = self._receiver, None, None
        self._router.timer.remove(receiver)
        if self.code is None:
            self._expire_later()
        return receiver

    def _drop_receiver(self) -> None:
        receiver = self._let_go()
        self._given.clear()
        receiver.abort()

    # ── expiry ──────────────────────────────────────────────────────────────────────────────────

    def check(self, now: float) -> None:
        """Expire a session that nobody asks for; drop a receiver that has stopped to read."""
        if self._stall is not None and self._receiver is not None:
            if self._stall.lasts(now) >= self._router.options.stall_timeout:
                self._drop_receiver()
                self.close(CloseCode.SLOW, CloseCode.SLOW.reason)
        elif now >= self._expires_at and self._receiver is None:
            self._remove()

    def _expire_later(self) -> None:
        self._expires_at = self._router.timer.now + self._router.options.disconnect_delay
        self._router.timer.watch(self)

    def _remove(self) -> None:
        self._router.timer.unwatch(self)
        self._router.forget(self._id)
        self._frames.clear()
        self._given.clear()
        if self.code is None:
            self._closed_with = INTERRUPTED
            self._end(INTERRUPTED[0])


def _refuse(receiver: Receiver, code: int, reason: str) -> None:
    receiver.deliver(close_frame(code, reason))
    receiver.end()
