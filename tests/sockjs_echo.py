"""Serve what a SockJS conformance suite needs, on our router: `python tests/sockjs_echo.py PORT`.

`/echo` (response limit 4,096), `/disabled_websocket_echo`, `/close` (3000 "Go away!" at once); all
origins are allowed, `null` included.
"""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

# As a script this folder is searched first, and its `sockjs` would hide the library's.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

# ruff: noqa: E402
from tornado.httpserver import HTTPServer
from tornado.web import Application

from tornchat.frames import Frame
from tornchat.sockjs import Session, SockJSRouter, SockJSSettings


class Echo:
    """Answers each message with itself."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def receive(self, text: str) -> None:
        self.session.send(Frame([text]))

    def closed(self) -> None:
        pass


class Closing(Echo):
    """Closes its session at once."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        session.close(3000, "Go away!")


def any_origin(_origin: str | None, _host: str) -> bool:
    """Allow every origin."""
    return True


SETTINGS = SockJSSettings(response_limit=4096, messages_per_body=1000, origin_allowed=any_origin)


def routers() -> list[SockJSRouter]:
    """Return the routers of the three services."""
    return [
        SockJSRouter(Echo, "/echo", SETTINGS),
        SockJSRouter(Echo, "/disabled_websocket_echo", replace(SETTINGS, websocket=False)),
        SockJSRouter(Closing, "/close", SETTINGS),
    ]


async def main(port: int) -> None:
    """Serve on loopback until the process is ended."""
    endpoints = routers()
    server = HTTPServer(Application([url for router in endpoints for url in router.urls]))
    server.listen(port, "127.0.0.1")
    for router in endpoints:
        router.start()
    print(f"http://127.0.0.1:{port}", flush=True)  # noqa: T201
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
