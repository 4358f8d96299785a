"""The responses that carry a session to its peer: polls and streams.

They know nothing of what the messages say.
"""

import asyncio
from typing import TYPE_CHECKING

from tornado.iostream import IOStream

from tornchat.sockjs import stock
from tornchat.sockjs.endpoint import Endpoint
from tornchat.sockjs.framing import HEARTBEAT
from tornchat.sockjs.polling import PollingSession
from tornchat.sockjs.session import connection_info
from tornchat.sockjs.streams import close_after, last_write, stream_of

if TYPE_CHECKING:
    from tornchat.sockjs.router import SockJSRouter

_JAVASCRIPT = "application/javascript; charset=UTF-8"


class ReceivingTransport(Endpoint):
    """A response that a `PollingSession` delivers frames through (see `polling.Receiver`)."""

    name = ""
    slot = 0
    stream: IOStream
    session: PollingSession | None = None

    def initialize(self, server: "SockJSRouter") -> None:
        """Also keep the stream at hand."""
        super().initialize(server)
        self.stream = stream_of(self.request)

    def prepare(self) -> None:
        """Also refuse new sessions beyond the limit with 429, before anything is sent."""
        super().prepare()
        if self.server.get_session(self.path_kwargs.get("session_id", "")) is None:
            self.check_limit()

    def receive(self, session_id: str) -> None:
        """Attach to the session of that id, a new one where there is none."""
        self._auto_finish = False
        session = self.server.get_session(session_id)
        if session is None:
            info = connection_info(self.request, self.server.prefix)
            session = self.session = self.server.new_session(session_id, info, self.name)
            session.open(self)
        else:
            self.session = session
            session.attach(self)

    def deliver(self, payload: bytes) -> None:
        """Write one frame (see `polling.Receiver`)."""
        raise NotImplementedError

    def beat(self) -> None:
        """Send the heartbeat."""
        raise NotImplementedError

    def tell_when_written(self) -> None:
        """Tell the session, at once or later, whether what was written has left for the socket."""
        written = last_write(self.request)
        if written is None or written.done():
            self._on_written(written)
        else:
            written.add_done_callback(self._on_written)

    def _on_written(self, written: "asyncio.Future[None] | None") -> None:
        failed = written is not None and written.exception() is not None
        if self.session is None:
            return
        if self._finished:
            self.session.release(self, delivered=not failed)
        elif not failed:
            self.session.resume(self)

    def ready(self) -> bool:
        """Whether all that was written has left for the socket."""
        return not self._finished and not self.stream.closed() and not self.stream.writing()

    def end(self) -> None:
        """Finish the response."""
        if not self._finished:
            self.finish()

    def abort(self) -> None:
        """Close the connection."""
        self.stream.close()

    def overdue(self) -> None:
        """Nothing to look for: a peer on HTTP answers by its next request."""

    def on_connection_close(self) -> None:
        """Tell the session that its peer aborted the response.

        Mends the library's, which closed a session even for a response that it had let go.
        """
        if self.session is not None:
            self.session.interrupted(self)


class XhrPollingTransport(ReceivingTransport, stock.XhrPollingTransport):  # type: ignore[misc]
    """`/{server}/{session}/xhr`: a response of one frame."""

    name = "xhr"

    def post(self, session_id: str) -> None:
        """Wait for a frame."""
        self.disable_cache()
        self.set_header("Content-Type", _JAVASCRIPT)
        self.receive(session_id)

    def deliver(self, payload: bytes) -> None:
        """Finish with the frame, and tell the session whether it left for the socket.

        Mends `send_pack`, after which a message was gone when the peer had just vanished.
        """
        if self.stream.closed():
            if self.session is not None:
                self.session.release(self, delivered=False)
            return
        self.finish(payload + b"\n")
        self.tell_when_written()

    def beat(self) -> None:
        """Send the heartbeat, which ends the poll."""
        if self.ready():
            self.deliver(HEARTBEAT)


class StreamingTransport(ReceivingTransport):
    """A response of many frames, ended after `response_limit` bytes or at its first heartbeat.

    A stream carries nothing inwards, so a peer that vanished behind a buffering proxy looks alive;
    that the client asks again proves that it is. Nothing is lost between: the session queues.
    """

    prelude = b""
    content_type = _JAVASCRIPT
    left = 0

    def begin(self, session_id: str) -> None:
        """Send headers and prelude, then attach."""
        self.left = self.server.options.response_limit
        if self.request.version == "HTTP/1.0":
            close_after(self.request)
            self.set_header("Connection", "close")
        self.disable_cache()
        self.set_header("Content-Type", self.content_type)
        self.write(self.prelude)
        self.flush()
        self.receive(session_id)

    def framed(self, payload: bytes) -> bytes:
        """Return the frame with its delimiter."""
        return payload + b"\n"

    def deliver(self, payload: bytes) -> None:
        """Write the frame as one chunk.

        Mends `send_pack`, which waited for a callback after each frame, and threw for a peer that
        was gone.
        """
        if self._finished or self.stream.closed():
            return
        data = self.framed(payload)
        self.left -= len(data)
        self.write(data)
        self.flush()
        if self.left <= 0:
            self.end()
        self.tell_when_written()

    def beat(self) -> None:
        """Send the heartbeat and end the response."""
        if self.ready():
            self.left = 0
            self.deliver(HEARTBEAT)


class XhrStreamingTransport(StreamingTransport, stock.XhrStreamingTransport):  # type: ignore[misc]
    """`/{server}/{session}/xhr_streaming`: frames as lines, after 2 KiB that browsers hold back."""

    name = "xhr-streaming"
    prelude = b"h" * 2048 + b"\n"

    def post(self, session_id: str) -> None:
        """Stream."""
        self.begin(session_id)


class EventSourceTransport(StreamingTransport, stock.EventSourceTransport):  # type: ignore[misc]
    """`/{server}/{session}/eventsource`: frames as server-sent events."""

    name = "eventsource"
    access_methods = "GET"
    content_type = "text/event-stream"
    prelude = b"\r\n"

    def get(self, session_id: str) -> None:
        """Stream."""
        self.begin(session_id)

    def framed(self, payload: bytes) -> bytes:
        """Return the frame as an event; JSON has no bare line breaks that could end it."""
        return b"data: " + payload + b"\r\n\r\n"
