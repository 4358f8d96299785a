"""Accepts connections, counts them, turns away what is too much, and bounds what each may take.

It knows nothing of requests; tornado's HTTP server reads them.
"""

import socket
import ssl
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from tornado.httpserver import HTTPServer
from tornado.netutil import add_accept_handler, ssl_wrap_socket
from tornado.web import Application

from tornchat.access.places import place
from tornchat.config import Config
from tornchat.web.connections import NOBODY, Connections, PlainStream, TLSStream
from tornchat.web.proxies import Proxies

BODY_SIZE: Final = 128 * 1024
HEADER_SIZE: Final = 16 * 1024
STREAM_BUFFER: Final = 4 * 1024 * 1024
"""Bytes tornado may hold for one peer: more than any answer has, less than would hurt."""


class Listener:
    """Accepts connections for one application, counts them, and turns away what is too much.

    `patience`: seconds for a request's head to arrive (and for the next one on the same
    connection), and again for its body. An answer may take as long as it likes. `tls` may be
    replaced; it holds for the connections that come then.
    """

    def __init__(
        self,
        application: Application,
        connections: Connections,
        proxies: Proxies,
        config: Config,
        tls: ssl.SSLContext | None,
        patience: float,
        refused: Callable[[str], None] = lambda reason: None,
    ) -> None:
        limits = config.limits
        self.http = HTTPServer(
            application,
            max_body_size=max(BODY_SIZE, 2 * limits.message_size),
            max_header_size=HEADER_SIZE,
            idle_connection_timeout=patience,
            body_timeout=patience,
            decompress_request=False,
        )
        self._connections = connections
        self._leave = connections.leave  # one bound method for all streams
        self._proxies = proxies
        self.tls = tls
        self._refused = refused
        self._read_buffer = 8 * max(BODY_SIZE, limits.message_size)
        self._write_buffer = max(
            STREAM_BUFFER, 2 * limits.outbound_buffer, 2 * limits.polling_buffer
        )
        self._stops: list[Callable[[], None]] = []

    def listen(self, sockets: Sequence[socket.socket]) -> int:
        """Accept from now on; return the port."""
        for listening in sockets:
            remove = add_accept_handler(listening, self._accept)
            self._stops.append(partial(_stop, remove, listening))
        port: int = sockets[0].getsockname()[1]
        return port

    def stop_listening(self) -> None:
        """Accept no more."""
        while self._stops:
            self._stops.pop()()

    def _accept(self, connection: socket.socket, address: Any) -> None:
        peer = NOBODY if self._proxies.trusts(address[0]) else place(address[0])
        if not self._connections.enter(peer):
            connection.close()
            self._refused("connections")
            return
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = self._stream(connection)
        except OSError:
            # Gone again already (ssl.SSLError is an OSError as well).
            connection.close()
            self._connections.leave(peer)
            return
        stream.place = peer
        stream.on_socket_closed = self._leave
        self.http.handle_stream(stream, address)

    def _stream(self, connection: socket.socket) -> PlainStream | TLSStream:
        sizes = {
            "max_buffer_size": self._read_buffer,
            "max_write_buffer_size": self._write_buffer,
        }
        if self.tls is None:
            return PlainStream(connection, **sizes)
        wrapped = ssl_wrap_socket(
            connection, self.tls, server_side=True, do_handshake_on_connect=False
        )
        return TLSStream(wrapped, **sizes)


def _stop(remove: Callable[[], None], listening: socket.socket) -> None:
    remove()
    listening.close()
