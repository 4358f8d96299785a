"""One connection through the fault proxy, and what may befall it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.kit.proxied import TO_THE_END, MessageHead, answer, copy_body, copy_bytes
from tests.kit.wire import reset, shut

HOST = "127.0.0.1"
HEAD_SIZE = 65536
SLICES_PER_SECOND = 20
STEP = 0.02


@dataclass(slots=True)
class Faults:
    """What the proxy does; each may be changed at any time and counts from the next bytes on.

    delay: seconds that every piece waits, each way. rate: bytes per second, each way (0: all).
    cut_after: resets a connection when it has brought the client so many bytes (0: never).
    blackhole: swallows everything both ways, ends included, and still accepts: a vanished peer.
    stalled: reads nothing more, so that the buffers of both sides fill. refuse: resets new
    connections. block_websocket: answers an upgrade with 403 ("403") or never ("hang").
    buffer_responses: holds the body of a response back until it is complete; a WebSocket passes.
    mount: the path under which the site is seen, such as /chat; anything else is 404. strip:
    whether the server gets paths without it. forwarded_for: address added as X-Forwarded-For.
    """

    delay: float = 0.0
    rate: int = 0
    cut_after: int = 0
    blackhole: bool = False
    stalled: bool = False
    refuse: bool = False
    block_websocket: str = ""
    buffer_responses: bool = False
    mount: str = ""
    strip: bool = True
    forwarded_for: str = ""


class Link:
    """A client's connection, and the one to the server behind it.

    `live` returns when it is over. `tainted` is set when bytes of it were swallowed: nothing may
    pass it any more. `brought` counts the bytes that the client was given.
    """

    def __init__(
        self,
        faults: Faults,
        upstream_port: int,
        task: "asyncio.Task[Any]",
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_request: Callable[[str], None],
    ) -> None:
        self.task = task
        self.tainted = False
        self.brought = 0
        self._faults = faults
        self._port = upstream_port
        self._from_client, self._to_client = reader, writer
        self._to_server: asyncio.StreamWriter | None = None
        self._on_request = on_request
        self._methods: asyncio.Queue[str] = asyncio.Queue()
        self._is_cut = asyncio.Event()

    def cut(self) -> None:
        """Reset both sides."""
        self._is_cut.set()
        for writer in (self._to_client, self._to_server):
            if writer is not None:
                reset(writer)

    async def live(self) -> None:
        """Pass bytes until one side ends, and then end the other one: unless that may not show."""
        await self._first_of(self._is_cut.wait(), self._pass_everything())
        while self._faults.blackhole and not self._is_cut.is_set():
            self.tainted = True
            await asyncio.sleep(STEP)
        if self._is_cut.is_set() or self.tainted:
            self.cut()
            return
        for writer in (self._to_client, self._to_server):
            if writer is not None:
                await shut(writer)

    async def _pass_everything(self) -> None:
        if self._faults.blackhole:
            await copy_bytes(self._from_client, TO_THE_END, self._upward)
            return
        try:
            reader, self._to_server = await asyncio.open_connection(
                HOST, self._port, limit=HEAD_SIZE
            )
        except OSError:
            await self._downward(answer(502, "Bad Gateway"))
            return
        await self._first_of(self._requests(), self._responses(reader))

    async def _first_of(self, *jobs: Awaitable[object]) -> None:
        """Run jobs until the first one ends; that a socket fails is an end like any other."""
        tasks = [asyncio.ensure_future(job) for job in jobs]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, (OSError, EOFError)):
                raise result

    # ── the way up ──────────────────────────────────────────────────────────────────────────────

    async def _requests(self) -> None:
        while True:
            head = await MessageHead.read(self._from_client)
            self._on_request(head.line)
            refusal = await self._refusal(head)
            if refusal:
                await self._downward(refusal)
                return
            self._rewrite(head)
            self._methods.put_nowait(head.method)
            await self._upward(head.encoded())
            if head.upgrade:
                await copy_bytes(self._from_client, TO_THE_END, self._upward)
                return
            await copy_body(self._from_client, head.request_body(), self._upward)

    async def _refusal(self, head: MessageHead) -> bytes:
        """Return what the proxy says itself; b"" where the request may pass."""
        faults = self._faults
        if head.upgrade and faults.block_websocket == "hang":
            await asyncio.Event().wait()
        if head.upgrade and faults.block_websocket:
            return answer(403, "Forbidden")
        inside = head.path == faults.mount or head.path.startswith(f"{faults.mount}/")
        return b"" if inside or not faults.mount else answer(404, "Not Found")

    def _rewrite(self, head: MessageHead) -> None:
        faults = self._faults
        if faults.mount and faults.strip:
            head.move(faults.mount)
        if faults.forwarded_for:
            head.add_forwarded_for(faults.forwarded_for)

    async def _upward(self, data: bytes) -> None:
        if await self._befallen():
            return
        assert self._to_server is not None
        await self._write(self._to_server, data)

    # ── the way down ────────────────────────────────────────────────────────────────────────────

    async def _responses(self, reader: asyncio.StreamReader) -> None:
        while True:
            head = await MessageHead.read(reader)
            method = await self._methods.get()
            await self._downward(head.encoded())
            if head.status == 101:
                await copy_bytes(reader, TO_THE_END, self._downward)
                return
            size = head.response_body(method)
            if self._faults.buffer_responses:
                await self._hold_back(reader, size)
            else:
                await copy_body(reader, size, self._downward)
            if size == TO_THE_END:
                return

    async def _hold_back(self, reader: asyncio.StreamReader, size: int) -> None:
        """Pass a body on when it is complete, which that of a stream never is."""
        held: list[bytes] = []

        async def keep(data: bytes) -> None:
            held.append(data)

        await copy_body(reader, size, keep)
        await self._downward(b"".join(held))

    async def _downward(self, data: bytes) -> None:
        if await self._befallen():
            return
        limit = self._faults.cut_after
        if limit and self.brought + len(data) >= limit:
            self._to_client.write(data[: max(0, limit - self.brought)])
            self.cut()
            raise ConnectionResetError(f"cut after {limit} bytes")
        self.brought += len(data)
        await self._write(self._to_client, data)

    # ── what may befall a piece ─────────────────────────────────────────────────────────────────

    async def _befallen(self) -> bool:
        """Wait as long as the faults want; returns whether the piece is swallowed."""
        faults = self._faults
        while faults.stalled:
            await asyncio.sleep(STEP)
        if faults.delay:
            await asyncio.sleep(faults.delay)
        if faults.blackhole:
            self.tainted = True
        elif self.tainted:
            self.cut()
            raise ConnectionResetError("bytes of this connection were swallowed")
        return faults.blackhole

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        """Write at the rate in force, which may change meanwhile."""
        while data:
            rate = self._faults.rate
            size = max(1, rate // SLICES_PER_SECOND) if rate else len(data)
            writer.write(data[:size])
            data = data[size:]
            with contextlib.suppress(ConnectionResetError):
                await writer.drain()
            if writer.is_closing():
                raise ConnectionResetError("the other side is gone")
            if rate:
                await asyncio.sleep(size / rate)
