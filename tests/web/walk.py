"""Every address of the server: one example for each route, the site's and those of SockJS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.web.serving import PATIENCE, Answer, config, hang_up, parse, request, serving, site
from tornchat.sockjs.router import SockJSRouter
from tornchat.sockjs.session import Session
from tornchat.sockjs.settings import SockJSSettings
from tornchat.web.server import ChatServer
from tornchat.web.site import Site
from tornchat.web.urls import routes

ROUTES = {
    r"/": "/",
    r"/r/([^/]*)": "/r/lobby",
    r"/embed/([^/]*)": "/embed/lobby",
    r"/docs/embed": "/docs/embed",
    r"/static/([^/]+)/(.+)": "/static/0/base.css",
    r"/widget\.js": "/widget.js",
    r"/client\.js": "/client.js",
    r"/favicon\.ico": "/favicon.ico",
    r"/robots\.txt": "/robots.txt",
    r"/\.well-known/security\.txt": "/.well-known/security.txt",
    r"/api/v1/rooms": "/api/v1/rooms",
    r"/api/v1/rooms/([^/]+)": "/api/v1/rooms/lobby",
    r"/api/v1/rooms/([^/]+)/rotate": "/api/v1/rooms/lobby/rotate",
    r"/api/v1/rooms/([^/]+)/tokens": "/api/v1/rooms/lobby/tokens",
    r"/api(?:/.*)?": "/api/v2/anything",
    r"/health": "/health",
    r"/ready": "/ready",
    r"/metrics": "/metrics",
}
_SESSION = r"/sockjs/[^/.]{1,384}/(?P<session_id>[^/.]{1,384})"
SOCKJS = {
    r"/sockjs/?$": "/sockjs",
    r"/sockjs/info$": "/sockjs/info",
    _SESSION + "/xhr$": "/sockjs/000/aaaa/xhr",
    _SESSION + "/xhr_streaming$": "/sockjs/000/bbbb/xhr_streaming",
    _SESSION + "/eventsource$": "/sockjs/000/cccc/eventsource",
    _SESSION + "/xhr_send$": "/sockjs/000/aaaa/xhr_send",
    _SESSION + "/websocket$": "/sockjs/000/dddd/websocket",
    r"/sockjs/websocket$": "/sockjs/websocket",
    r"/sockjs/.*$": "/sockjs/nothing",
}
ELSEWHERE = "/nothing/here"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO")
API = [target for target in ROUTES.values() if target.startswith("/api/v1/")]
EVERYWHERE = [*ROUTES.values(), *SOCKJS.values(), ELSEWHERE]


class Silent:
    """Stands behind a SockJS session and says nothing."""

    def __init__(self, session: Session) -> None:
        """Take the session, and leave it alone."""

    def on_message(self, text: str) -> None: ...
    def on_close(self) -> None: ...


def sockjs_router() -> SockJSRouter:
    return SockJSRouter(Silent, "/sockjs", SockJSSettings())


def patterns() -> tuple[set[str], set[str]]:
    """Return the routes that there are: of the site without the admin page, of SockJS."""
    every = {pattern for pattern, _ in routes(site(config()))}
    ours = {pattern for pattern in every if not pattern.startswith("/admin")}
    return ours, {url[0] for url in sockjs_router().urls}


@asynccontextmanager
async def everything(served: Site | None = None, **overrides: str) -> AsyncIterator[ChatServer]:
    """Serve the site together with SockJS."""
    router = sockjs_router()
    router.start()
    try:
        async with serving(router.urls, served, **overrides) as server:
            yield server
    finally:
        await router.stop()


async def head_of(
    server: ChatServer, method: str, target: str, *headers: str, body: bytes = b""
) -> Answer:
    """Send a request and return the head of its answer, which may be a stream without an end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(request(method, target, *headers, body=body))
        return parse(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE))
    finally:
        await hang_up(writer)


def methods_of(pattern: str) -> set[str]:
    """Return the methods that the handler of a route has."""
    handlers: dict[str, Any] = dict(routes(site(config())))
    names = ("get", "head", "post", "put", "patch", "delete", "options")
    return {name.upper() for name in names if name in _defined(handlers[pattern])}


def _defined(handler: type) -> set[str]:
    """Return what a handler and its bases of ours define."""
    return {name for cls in handler.__mro__ if "tornchat" in cls.__module__ for name in vars(cls)}
