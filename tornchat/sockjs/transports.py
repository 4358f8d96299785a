"""The HTTP requests that carry sessions: handshakes, polls, streams and `xhr_send`.

It knows nothing of what the messages say.
"""

import asyncio
import base64
import binascii
from typing import ClassVar, cast

from tornado.iostream import IOStream
from tornado.web import HTTPError, OutputTransform
from tornado.websocket import WebSocketHandler, WebSocketProtocol13, _WebSocketParams

from tornchat.sockjs import stock
from tornchat.sockjs.endpoint import Endpoint
from tornchat.sockjs.framing import HEARTBEAT, decode_messages
from tornchat.sockjs.polling import PollingSession
from tornchat.sockjs.session import connection_info
from tornchat.sockjs.streams import close_after, last_write, stream_of
from tornchat.sockjs.websocket import RawWebSocketSession, WebSocketSession

_JAVASCRIPT = "application/javascript; charset=UTF-8"


# ── WebSocket ───────────────────────────────────────────────────────────────────────────────────


class Handshake(WebSocketProtocol13):
    """Tornado's handshake, after which the session takes the stream over.

    Mends the reading half of Tornado's protocol (see `wsframes`), and sets free what the handshake
    leaves: handler, request, headers and coroutines end here.
    """

    async def _receive_frame_loop(self) -> None:
        cast(WebSocketTransport, self.handler).take_over(self.stream)


class WebSocketTransport(Endpoint, stock.WebSocketTransport):  # type: ignore[misc]
    """`/{server}/{session}/websocket`: a WebSocket with SockJS framing."""

    access_methods = "GET"
    name = "websocket"
    session_type: ClassVar[type[WebSocketSession]] = WebSocketSession

    def initialize(self, server: "object") -> None:
        """Mends the library's: see `Endpoint`."""
        Endpoint.initialize(self, server)  # type: ignore[arg-type]

    def prepare(self) -> None:
        """Also refuse a key that is not 16 bytes in base64 (RFC 6455 §4.2.1)."""
        super().prepare()
        self.check_limit()
        key = self.request.headers.get("Sec-WebSocket-Key")
        if key is not None and not _is_key(key):
            raise HTTPError(400)

    async def _execute(
        self, transforms: list[OutputTransform], *args: bytes, **kwargs: bytes
    ) -> None:
        """Mends the library's, which answered 405 with a body and before the origin was seen."""
        await WebSocketHandler._execute(self, transforms, *args, **kwargs)

    def check_origin(self, origin: str) -> bool:
        """Leave it to `prepare`; mends the library's, which found origins as substrings."""
        return True

    def get_websocket_protocol(self) -> WebSocketProtocol13 | None:
        """Use `Handshake`, without compression (one frame serves all) and without ping tasks."""
        if self.request.headers.get("Sec-WebSocket-Version") != "13":
            return None
        return Handshake(self, False, _WebSocketParams(ping_interval=0, ping_timeout=0))

    def open(self, *args: str, **kwargs: str) -> None:
        """Do nothing yet: the session starts when the stream is its own."""

    def take_over(self, stream: IOStream) -> None:
        """Make the session and give it the stream."""
        info = connection_info(self.request, self.server.prefix)
        self.session_type(self.server, info, self.name, stream).open()


class RawWebSocketTransport(WebSocketTransport):
    """`/{prefix}/websocket`: a WebSocket without SockJS framing."""

    name = "raw"
    session_type = RawWebSocketSession


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False


# ── responses that receive ──────────────────────────────────────────────────────────────────────


class ReceivingTransport(Endpoint):
    """A response that a `PollingSession` delivers frames through (see `polling.Receiver`)."""

    name = ""
    slot = 0
    stream: IOStream
    session: PollingSession | None = None

    def initialize(self, server: "object") -> None:
        """Mends the library's: see `Endpoint`."""
        Endpoint.initialize(self, server)  # type: ignore[arg-type]
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
            self._release(delivered=False)
            return
        self.finish(payload + b"\n")
        written = last_write(self.request)
        if written is None or written.done():
            self._on_written(written)
        else:
            written.add_done_callback(self._on_written)

    def beat(self) -> None:
        """Send the heartbeat, which ends the poll."""
        if self.ready():
            self.deliver(HEARTBEAT)

    def _on_written(self, written: "asyncio.Future[None] | None") -> None:
        self._release(delivered=written is None or written.exception() is None)

    def _release(self, *, delivered: bool) -> None:
        if self.session is not None:
            self.session.release(self, delivered=delivered)


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
        flushed = self.flush()
        if self.left <= 0:
            self.end()
        if self.stream.writing():
            flushed.add_done_callback(self._on_flushed)
        else:
            self._on_flushed()

    def beat(self) -> None:
        """Send the heartbeat and end the response."""
        if self.ready():
            self.left = 0
            self.deliver(HEARTBEAT)

    def _on_flushed(self, flushed: object = None) -> None:
        if self.session is None or self.stream.closed():
            return
        if self._finished:
            self.session.release(self, delivered=True)
        else:
            self.session.resume(self)


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


# ── requests that send ──────────────────────────────────────────────────────────────────────────


class XhrSendHandler(Endpoint, stock.XhrSendHandler):  # type: ignore[misc]
    """`/{server}/{session}/xhr_send`: messages of a session whose responses flow elsewhere."""

    def initialize(self, server: "object") -> None:
        """Mends the library's: see `Endpoint`."""
        Endpoint.initialize(self, server)  # type: ignore[arg-type]

    async def post(self, session_id: str) -> None:
        """Hand the messages over; 204 when the service has taken them.

        Mends the library's, which took `"abc"` for three messages, ended the session at a number,
        and bounded neither body nor messages.
        """
        self.disable_cache()
        session = self.server.get_session(session_id)
        if session is None or session.is_closed:
            raise HTTPError(404)
        body = self.request.body
        options = self.server.options
        if not body:
            self._refuse(500, "Payload expected.")
        elif len(body) > options.message_size:
            self._refuse(413, "Payload too large.")
        else:
            try:
                messages = decode_messages(body)
            except ValueError:
                self._refuse(500, "Broken JSON encoding.")
                return
            if len(messages) > options.messages_per_body:
                self._refuse(413, "Too many messages.")
                return
            await session.receive(messages)
            self.set_status(204)
            self.set_header("Content-Type", "text/plain; charset=UTF-8")

    def _clear_representation_headers(self) -> None:
        """Keep the content type of a 204: Firefox takes it for XML else (SockJS protocol)."""

    def _refuse(self, status: int, text: str) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.finish(text)
