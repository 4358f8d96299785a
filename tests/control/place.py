"""An Office with verbs that do next to nothing, and plain ends of a Unix socket to try it with."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tornchat.admin.actor import Actor
from tornchat.admin.office import Office
from tornchat.admin.verbs import verb
from tornchat.control import NAME, ControlServer
from tornchat.errors import Conflict


class Section:
    """Verbs that note what they were asked for. `gate` holds `delete_room` until it is set."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.gate = asyncio.Event()
        self.done = 0

    @verb(reads=True)
    async def rooms(self) -> list[dict[str, Any]]:
        return [{"name": "lobby", "title": "Lobby é"}]

    @verb(reads=True)
    async def room(self, name: str) -> dict[str, Any]:
        return {"name": name}

    @verb()
    async def create_room(self, name: str, **settings: Any) -> dict[str, Any]:
        self.asked.append((name, settings))
        if name == "lobby":
            raise Conflict("room 'lobby': exists already")
        return {"name": name, **settings}

    @verb()
    async def delete_room(self, name: str) -> None:
        self.asked.append((name, {}))
        await self.gate.wait()
        self.done += 1

    @verb(reads=True)
    async def tokens(self, room: str | None = None) -> list[Any]:
        raise ZeroDivisionError("a fault")

    @verb(reads=True)
    async def bans(self) -> str:
        return "x" * 1_000_000

    async def secret(self) -> str:
        return "not for anybody"


class Rows:
    """Keeps what the Office would have in the audit log."""

    def __init__(self) -> None:
        self.rows: list[tuple[Actor, str]] = []

    async def note(self, actor: Actor, verb: str, **about: Any) -> None:
        self.rows.append((actor, verb))


@asynccontextmanager
async def serving(folder: Path, section: Section | None = None, **more: Any) -> AsyncIterator[Path]:
    """Serve a section at the socket of a folder, and yield its path."""
    path = folder / NAME
    server = ControlServer(Office([section or Section()], Rows()), path, **more)
    await server.start()
    try:
        yield path
    finally:
        await server.stop()


def connected(path: Path) -> socket.socket:
    """Return a plain connection to the socket."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(10)
    connection.connect(str(path))
    return connection


def raw(path: Path, data: bytes, *, half: bool = False) -> Any:
    """Send bytes and return what comes back up to the end, as JSON; None for nothing."""
    with connected(path) as connection:
        try:
            connection.sendall(data)
            if half:
                connection.shutdown(socket.SHUT_WR)
        except BrokenPipeError:
            pass
        return read(connection)


def read(connection: socket.socket) -> Any:
    found = b""
    try:
        while data := connection.recv(65536):
            found += data
    except ConnectionError:
        pass
    return json.loads(found) if found else None
