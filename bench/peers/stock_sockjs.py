"""Stock sockjs-tornado 1.0.7: what it offers for this, `broadcast`, on the Tornado we use."""

import asyncio
import warnings
from typing import Any, ClassVar

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its decorators are older than Tornado 6
    from sockjs.tornado import SockJSConnection, SockJSRouter


class Everybody(SockJSConnection):  # type: ignore[misc]
    """Sends what one says to all."""

    clients: ClassVar[set["Everybody"]] = set()

    def on_open(self, info: Any) -> None:
        self.clients.add(self)

    def on_message(self, message: str) -> None:
        self.broadcast(self.clients, message)

    def on_close(self) -> None:
        self.clients.discard(self)


async def main() -> None:
    server = HTTPServer(Application(SockJSRouter(Everybody, "/sockjs").urls))
    sockets = bind_sockets(0, "127.0.0.1", backlog=4096)
    server.add_sockets(sockets)
    print("ready", sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
