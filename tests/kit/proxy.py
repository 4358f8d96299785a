"""A proxy on loopback that does to a conversation what networks and middleboxes do."""

import asyncio
import socket
from dataclasses import fields
from typing import Any, Self

from tests.kit.link import HEAD_SIZE, HOST, Faults, Link
from tests.kit.transport import Address
from tests.kit.wire import reset


class FaultProxy:
    """An HTTP proxy before one server.

    async with FaultProxy(server.port, mount="/chat") as proxy:
        client = await ChatClient.enter(XhrStreaming(), proxy.at, "lobby")
        proxy.faults.delay = 0.5
        proxy.cut()       # resets every connection, now
        proxy.heal()      # no more faults; what was swallowed from is reset

    `requests` lists the request lines that came, `links` the live connections; `accepted` counts
    all of them. `buffer`: bytes the kernel may hold on the way to the client, for slow ones.
    """

    def __init__(self, upstream_port: int, *, buffer: int = 0, **faults: Any) -> None:
        self.upstream_port = upstream_port
        self.faults = Faults(**faults)
        self.buffer = buffer
        self.requests: list[str] = []
        self.accepted = 0
        self.links: set[Link] = set()
        self.port = 0
        self._server: asyncio.Server | None = None

    @property
    def at(self) -> Address:
        """The SockJS endpoint as it is seen through the proxy."""
        return Address(HOST, self.port, f"{self.faults.mount}/sockjs")

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}{self.faults.mount}/"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, HOST, 0, limit=HEAD_SIZE)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        tasks = [link.task for link in self.links]
        self.cut()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()

    def cut(self) -> int:
        """Reset all connections, on both sides; returns how many there were."""
        for link in self.links:
            link.cut()
        return len(self.links)

    def heal(self) -> None:
        """Take back all faults but the path; connections that have lost bytes are reset."""
        for fault in fields(Faults):
            if fault.name not in {"mount", "strip", "forwarded_for"}:
                setattr(self.faults, fault.name, fault.default)
        for link in self.links:
            if link.tainted:
                link.cut()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self.faults.refuse:
            reset(writer)
            return
        sock = writer.get_extra_info("socket")
        if self.buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.buffer)
            writer.transport.set_write_buffer_limits(high=0)
        task = asyncio.current_task()
        assert task is not None
        link = Link(self.faults, self.upstream_port, task, reader, writer, self.requests.append)
        self.links.add(link)
        try:
            await link.live()
        finally:
            link.cut()
            self.links.discard(link)
