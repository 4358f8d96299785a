"""WebSocket handshakes: what comes before a session owns its stream."""

import base64
import binascii
from typing import ClassVar, cast

from tornado.iostream import IOStream
from tornado.web import HTTPError, OutputTransform
from tornado.websocket import WebSocketHandler, WebSocketProtocol13, _WebSocketParams

from tornchat.sockjs import stock
from tornchat.sockjs.endpoint import Endpoint
from tornchat.sockjs.session import connection_info
from tornchat.sockjs.websocket import RawWebSocketSession, WebSocketSession


class Handshake(WebSocketProtocol13):
    """Tornado's handshake, after which the session takes the stream over.

    Mends the reading half of Tornado's protocol (see `wsframes`), and sets free what the handshake
    leaves: handler, request, headers and coroutines end here.
    """

    async def _receive_frame_loop(self) -> None:
        transport = cast(WebSocketTransport, self.handler)
        transport.ws_connection = None  # else the two keep each other
        transport.take_over(self.stream)


class WebSocketTransport(Endpoint, stock.WebSocketTransport):  # type: ignore[misc]
    """`/{server}/{session}/websocket`: a WebSocket with SockJS framing."""

    access_methods = "GET"
    name = "websocket"
    session_type: ClassVar[type[WebSocketSession]] = WebSocketSession

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
