"""Which handler answers a request: behind a prefix, and for whom a proxy asks.

It knows nothing of what the handlers answer.
"""

import logging
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from tornado.httputil import HTTPServerRequest
from tornado.web import Application

from tornchat.access.places import place
from tornchat.errors import ChatError, Forbidden, RateLimited
from tornchat.web import pages
from tornchat.web.connections import NOBODY, Connections, CountedStream
from tornchat.web.headers import BaseHandler, JsonHandler
from tornchat.web.proxies import Proxies
from tornchat.web.site import Site
from tornchat.web.urls import routes, settings

log = logging.getLogger(__name__)

_FORWARDED: Final = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded")
SOCKJS: Final = "/sockjs"


class ChatApplication(Application):
    """The routes, reached with or without the path of `base_url`, by whoever really asks.

    A proxy may pass the prefix on or strip it. Where a trusted proxy speaks for somebody, the
    request counts as that address's, and so does the connection it came on. The first one that
    speaks without being trusted is told to the operator.
    """

    def __init__(
        self, site: Site, handlers: Sequence[Any], connections: Connections, proxies: Proxies
    ) -> None:
        super().__init__([*handlers, *routes(site)], **settings(site))
        self._prefix = urlsplit(site.config.server.base_url).path
        self._proxies = proxies
        self._connections = connections
        self._noticed = False
        self._banned = site.access.banned

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        """Return what answers a request."""
        if not self._attribute(request):
            return self.get_handler_delegate(request, CrowdedHandler)
        home = self._cut_prefix(request)
        if self._is_banned(request):
            return self.get_handler_delegate(request, BannedHandler)
        if home:
            return self.get_handler_delegate(request, pages.HomeHandler)
        return super().find_handler(request, **kwargs)

    def _cut_prefix(self, request: HTTPServerRequest) -> bool:
        """Make a path one of ours; True where it is the prefix alone."""
        prefix = self._prefix
        if prefix and request.path.startswith(prefix + "/"):
            request.path = request.path[len(prefix) :]
        return bool(prefix) and request.path == prefix

    def _is_banned(self, request: HTTPServerRequest) -> bool:
        """Say whether nobody from there is served.

        Supervisors always are; and a chat client is told by the chat, with the close code that
        keeps it from coming back, which no status could say.
        """
        path = request.path
        if path == "/health" or path == SOCKJS or path.startswith(SOCKJS + "/"):
            return False
        return self._banned(place(request.remote_ip or ""))

    def _attribute(self, request: HTTPServerRequest) -> bool:
        """Find out who asks; False where that address has too many connections."""
        peer = request.remote_ip or ""
        if not self._proxies.trusts(peer):
            self._notice(request, peer)
            return True
        headers = request.headers
        request.remote_ip = self._proxies.client(peer, headers.get("X-Forwarded-For", peer))
        proto = headers.get("X-Forwarded-Proto", "")
        request.protocol = self._proxies.scheme(proto, request.protocol)
        stream = getattr(request.connection, "stream", None)
        if not isinstance(stream, CountedStream):
            return True
        asker = place(request.remote_ip) if request.remote_ip != peer else NOBODY
        if not self._connections.move(stream.place, asker):
            return False
        stream.place = asker
        return True

    def _notice(self, request: HTTPServerRequest, peer: str) -> None:
        """Tell the operator, once, of somebody who asks as a proxy does and is not trusted."""
        header = next((name for name in _FORWARDED if name in request.headers), None)
        if header is None or self._noticed:
            return
        self._noticed = True
        log.warning(
            "%s came from %s, which is no trusted proxy, and is ignored; if it is a proxy of "
            "yours, set [server] trusted_proxies = %s, or all who use it count as one address",
            header,
            peer,
            peer,
        )


class CrowdedHandler(JsonHandler):
    """What somebody gets who has too many connections."""

    def prepare(self) -> None:
        """Answer 429, whatever the method."""
        self.set_header("Connection", "close")
        raise RateLimited("too many connections from this address", retry_after=5.0)


class BannedHandler(BaseHandler):
    """What everybody gets from a place that is banned, whatever is asked."""

    def prepare(self) -> None:
        """Answer 403, whatever the method."""
        self.set_header("Connection", "close")
        raise Forbidden("Nobody is served from this address for a while.")

    def say_error(self, error: ChatError | None) -> None:
        """Say it as JSON to programs."""
        if self.request.path.startswith("/api/"):
            self.say_error_as_json(error)
        else:
            super().say_error(error)
