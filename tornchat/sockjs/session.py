"""A SockJS session: what the application holds, whichever transport carries it.

It knows nothing of chat; the application stands behind it as a `Service`.
"""

import asyncio
import logging
import socket
import sys
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tornado.httputil import HTTPServerRequest

from tornchat.frames import Frame, Wrapper
from tornchat.sockjs import stock
from tornchat.sockjs.wsframes import INTERNAL_ERROR

if TYPE_CHECKING:
    from tornchat.sockjs.router import SockJSRouter

_log = logging.getLogger("tornchat.sockjs")
_MAX_HEADER = 256


class Service(Protocol):
    """What stands behind one session; the router makes one for each.

    Both methods are called on the loop; `closed` never from inside `Session.send` or `close`, so a
    fan-out may iterate over its subscribers while it sends.
    """

    def receive(self, text: str) -> Awaitable[None] | None:
        """Take one message.

        Where an awaitable comes back the session waits for it before it hands over the next
        message, and reads no more from the peer meanwhile.
        """

    def closed(self) -> None:
        """Learn that the session has ended; called exactly once, whatever ended it."""


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """Who opened a session, as far as its first request tells.

    Equal strings are shared between sessions. `path` is the endpoint's prefix: the session id in
    the address is the peer's secret (SockJS protocol, "Session URLs") and is not shown.
    """

    address: str
    host: str
    path: str
    origin: str | None
    user_agent: str
    secure: bool


def connection_info(request: HTTPServerRequest, path: str) -> ConnectionInfo:
    """Take from a request what outlives it; long headers are cut at 256 characters."""
    headers = request.headers
    origin = headers.get("Origin")
    return ConnectionInfo(
        address=request.remote_ip or "",
        host=sys.intern(request.host[:_MAX_HEADER]),
        path=path,
        origin=None if origin is None else sys.intern(origin[:_MAX_HEADER]),
        user_agent=sys.intern(headers.get("User-Agent", "")[:_MAX_HEADER]),
        secure=request.protocol == "https",
    )


class Session(stock.BaseSession):  # type: ignore[misc]
    """One conversation with a peer, from its open frame to its close code.

    Mends of `BaseSession`: its `send_message` raised for a peer that had just gone, so that a
    broadcast stopped at the first dead one; nothing bounded what waits; `on_close` was called from
    inside `send`; the wall clock decided about expiry. Of the library's class only the type is
    left: its constructor and its state are not used.

    Invariants: `code` is None while the session is open and says afterwards how it ended; `send`
    and `close` never raise and never block; the service hears `closed` once, on a later turn of
    the loop.
    """

    __slots__ = ("_router", "_service", "code", "info", "outbound_limit", "transport")

    wrap: Wrapper
    socket: "socket.socket | None" = None
    """The peer's socket, while a message may go straight to it; see `writing`."""

    def __init__(
        self, router: "SockJSRouter", info: ConnectionInfo, transport: str, outbound_limit: int
    ) -> None:
        self._router = router
        self._service: Service | None = None
        self.info = info
        self.transport = transport
        self.outbound_limit = outbound_limit
        self.code: int | None = None

    @property
    def address(self) -> str:
        """The address of whoever opened the session."""
        return self.info.address

    @property
    def is_closed(self) -> bool:
        """Whether the session has ended."""
        return self.code is not None

    def send(self, frame: Frame) -> None:
        """Send a frame, or queue it where the peer is behind.

        A closed session ignores it. A peer that is too far behind is closed with 4001.
        """
        raise NotImplementedError

    def sent_partly(self, data: bytes, sent: int) -> None:
        """Go on with a message of which `socket` took only so many bytes."""
        raise NotImplementedError

    def close(self, code: int = 3000, message: str = "Go away!") -> None:
        """End the session and tell the peer, best effort; a second close changes nothing."""
        raise NotImplementedError

    def abandon(self) -> None:
        """Let go of the peer without waiting for it; for the end of the process."""
        raise NotImplementedError

    def _start(self) -> None:
        """Make the service, once the open frame is on its way."""
        self._router.opened(self)
        try:
            self._service = self._router.make_service(self)
        except Exception:
            _log.exception("no service could be made for a session")
            self.close(INTERNAL_ERROR, "internal error")

    def _end(self, code: int) -> None:
        """Record the end; whoever stands behind learns it on the next turn of the loop."""
        self.code = code
        self._router.ended(self, code)
        asyncio.get_running_loop().call_soon(self._tell_service)

    def _tell_service(self) -> None:
        service, self._service = self._service, None
        if service is None:
            return
        try:
            service.closed()
        except Exception:
            _log.exception("a service failed at the end of its session")

    def _hand_over(self, text: str) -> Awaitable[None] | None:
        """Give one message to the service; its failure ends this session and no other."""
        if self._service is None or self.code is not None:
            return None
        try:
            return self._service.receive(text)
        except Exception as error:
            self._service_failed(error)
            return None

    def _service_failed(self, error: BaseException) -> None:
        _log.error("a service failed at a message", exc_info=error)
        self.close(INTERNAL_ERROR, "internal error")
