"""The SockJS endpoint: its routes, its sessions, its one timer.

It knows nothing of chat: what stands behind a session comes from the `service` it is given.
"""

import asyncio
import contextvars
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from tornchat.errors import CloseCode
from tornchat.sockjs import handshake, responses, stock
from tornchat.sockjs.endpoint import GreetingHandler, InfoHandler, NotFoundHandler
from tornchat.sockjs.polling import PollingSession
from tornchat.sockjs.sending import XhrSendHandler
from tornchat.sockjs.session import ConnectionInfo, Service, Session
from tornchat.sockjs.settings import SockJSSettings
from tornchat.sockjs.timer import Timer

_log = logging.getLogger("tornchat.sockjs")

TRANSPORTS = ("websocket", "raw", "xhr-streaming", "xhr", "eventsource")
_STOP_GRACE = 1.0


class SockJSRouter(stock.SockJSRouter):  # type: ignore[misc]
    """One SockJS endpoint below `prefix`.

    Mends of the library's router: it started two timers at its construction that nothing stopped,
    left the raw WebSocket open when WebSockets were disabled, and offered JSONP, htmlfile and an
    iframe that loads a script from elsewhere. Its constructor is not called.

    Life cycle: build it, add `urls` to the application, `start()` on the running loop; `await
    stop()` ends all sessions with 4000 and leaves no timer, task or socket of theirs.

        router = SockJSRouter(lambda session: Echo(session), "/echo", SockJSSettings())
        application = Application(router.urls)
        router.start()

    `service(session)` is called once the open frame is on its way; it may close the session.
    `on_closed(transport, code)` is called at the end of each session, `on_refused(reason)` for each
    request that is turned away ("origin" or "limit").
    """

    def __init__(
        self,
        service: Callable[[Session], Service],
        prefix: str,
        settings: SockJSSettings,
        *,
        on_closed: Callable[[str, int], None] | None = None,
        on_refused: Callable[[str], None] | None = None,
    ) -> None:
        self.make_service = service
        self.prefix = prefix
        self.options = settings
        # Read by the parts of the library that are used as they are.
        self.settings = {"jsessionid": False, "response_limit": settings.response_limit}
        # Callbacks of sessions share one context instead of copying one per read.
        self.context = contextvars.copy_context()
        self.timer = Timer(
            settings.heartbeat,
            settings.pong_timeout,
            min(settings.disconnect_delay, settings.stall_timeout, settings.close_timeout),
            settings.clock,
        )
        self._on_closed = on_closed
        self._on_refused = on_refused
        self._http_sessions: dict[str, PollingSession] = {}
        self._counts = dict.fromkeys(TRANSPORTS, 0)
        self._transport_urls = self._routes(prefix)

    def _routes(self, prefix: str) -> list[tuple[str, Any, dict[str, Any]]]:
        session = prefix + r"/[^/.]{1,384}/(?P<session_id>[^/.]{1,384})"
        routes: list[tuple[str, Any]] = [
            (prefix + "/?", GreetingHandler),
            (prefix + "/info", InfoHandler),
            (session + "/xhr", responses.XhrPollingTransport),
            (session + "/xhr_streaming", responses.XhrStreamingTransport),
            (session + "/eventsource", responses.EventSourceTransport),
            (session + "/xhr_send", XhrSendHandler),
        ]
        if self.options.websocket:
            routes.append((session + "/websocket", handshake.WebSocketTransport))
            routes.append((prefix + "/websocket", handshake.RawWebSocketTransport))
        routes.append((prefix + "/.*", NotFoundHandler))
        return [(pattern + "$", handler, {"server": self}) for pattern, handler in routes]

    @property
    def sessions(self) -> Mapping[str, int]:
        """Open sessions by transport."""
        return self._counts

    def start(self) -> None:
        """Start the timer on the running loop."""
        self.timer.start()

    async def stop(self) -> None:
        """End all sessions with 4000, give their goodbyes a second, close the rest."""
        loop = asyncio.get_running_loop()
        self.close_all(CloseCode.SHUTDOWN, CloseCode.SHUTDOWN.reason)
        until = loop.time() + _STOP_GRACE
        # Waking up is cheaper than an event per socket for the one time it is needed.
        while self._sockets() and loop.time() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        for session in self._sockets():
            session.abandon()
        for polling in tuple(self._http_sessions.values()):
            polling.abandon()
        self.timer.stop()
        await asyncio.sleep(0)

    def close_all(self, code: int, reason: str) -> None:
        """Close every session."""
        for session in (*self._sockets(), *self._http_sessions.values()):
            session.close(code, reason)

    # ── called by sessions and transports ───────────────────────────────────────────────────────

    def describe(self) -> dict[str, object]:
        """Return what `/info` answers (SockJS protocol, "Info test")."""
        return {
            "websocket": self.options.websocket,
            "origins": ["*:*"],
            "cookie_needed": False,
            "entropy": secrets.randbits(32),
        }

    def get_session(self, session_id: str) -> PollingSession | None:
        """Return the session over HTTP of that id."""
        return self._http_sessions.get(session_id)

    def new_session(self, session_id: str, info: ConnectionInfo, transport: str) -> PollingSession:
        """Make and register a session over HTTP."""
        session = self._http_sessions[session_id] = PollingSession(
            self, info, transport, session_id
        )
        return session

    def forget(self, session_id: str) -> None:
        """Drop a session over HTTP that has expired."""
        self._http_sessions.pop(session_id, None)

    def opened(self, session: Session) -> None:
        """Count a session that opens."""
        self._counts[session.transport] += 1
        _log.info("%s opened from %s", session.transport, session.info.address)

    def ended(self, session: Session, code: int) -> None:
        """Count a session that has ended."""
        self._counts[session.transport] -= 1
        _log.info("%s from %s closed, %d", session.transport, session.info.address, code)
        if self._on_closed is not None:
            self._on_closed(session.transport, code)

    def refused(self, reason: str) -> None:
        """Count a request that is turned away."""
        _log.debug("refused by %s", reason)
        if self._on_refused is not None:
            self._on_refused(reason)

    def _sockets(self) -> list[Session]:
        return [beating for beating in self.timer.beating() if isinstance(beating, Session)]
