"""Proxies that hinder transports, between a real browser and a real server."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.e2e.browser import People, enter, online, say
from tests.e2e.crowd import figure
from tests.e2e.room_page import message, pends, shows, try_now, visible
from tests.kit.chat import ChatClient
from tests.kit.proxy import FaultProxy
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket

if TYPE_CHECKING:
    from playwright.async_api import Page

FALLBACK_SECONDS = 10.0
WRITING_PAUSE = 0.2
SHOWN = {"websocket": "WebSocket", "xhr-streaming": "Streaming", "xhr-polling": "Polling"}
REMEMBERED = "() => Object.values(sessionStorage).includes('xhr-streaming')"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    config = {
        "limits": {"messages_per_second": 0},
        "room 403": {"title": "Forbidden"},
        "room hang": {"title": "Hanging"},
        "room forced": {"title": "Forced"},
    }
    with ServerProcess(tmp_path_factory.mktemp("fallback"), config) as process:
        yield process


class Writer:
    """Somebody on a good line who writes numbered messages, several in a second, all the time."""

    def __init__(self, client: ChatClient, room: str) -> None:
        self.said: list[str] = []
        self._client = client
        self._room = room

    @classmethod
    @asynccontextmanager
    async def at_work(cls, server: ServerProcess, room: str) -> AsyncIterator["Writer"]:
        client = await ChatClient.enter(RawWebSocket(), server.at, room, name="Writer")
        writer = cls(client, room)
        task = asyncio.create_task(writer._write())
        try:
            yield writer
        finally:
            await writer.stop(task)
            await client.close()

    async def _write(self) -> None:
        while True:
            text = f"writer {len(self.said)}"
            await self._client.send(self._room, text)
            self.said.append(text)
            await asyncio.sleep(WRITING_PAUSE)

    async def stop(self, task: "asyncio.Task[None]") -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def fell_back(page: "Page", transport: str, since: float) -> float:
    """Wait until it is online by this transport and says so; returns the seconds it took."""
    await online(page, transport, patience_ms=20_000)
    seconds = time.monotonic() - since
    await visible(page.locator(".signal:visible").get_by_text(SHOWN[transport]))
    return seconds


@pytest.mark.parametrize("way", [pytest.param("403", marks=pytest.mark.thorough), "hang"])
async def test_page_falls_back_twice_and_loses_nothing(
    people: People, server: ServerProcess, way: str
) -> None:
    """No WebSocket from the start; later no stream either, on a line that was cut before."""
    people.expect_problems("WebSocket connection", "net::ERR_")
    async with FaultProxy(server.port, block_websocket=way) as proxy:
        ann = await people.open_room(await people.new_context(), way, url=proxy.url)
        async with Writer.at_work(server, way) as writer:
            began = time.monotonic()
            await enter(ann, "Ann")
            first = await fell_back(ann, "xhr-streaming", began)
            await say(ann, "ann by streaming")
            await ann.wait_for_function(REMEMBERED)

            proxy.faults.buffer_responses = True
            proxy.cut()
            await visible(ann.locator(".banner"))
            await say(ann, "ann on no line at all")
            await pends(ann, ["ann on no line at all"])
            began = time.monotonic()
            await try_now(ann)
            second = await fell_back(ann, "xhr-polling", began)
            await say(ann, "ann by polling")
        await shows(ann, writer.said, "writer")
        own = ["ann by streaming", "ann on no line at all", "ann by polling"]
        await shows(ann, own, "ann")
        await ann.close()
    seqs = f"{len(writer.said)} messages of others meanwhile"
    figure(f"WebSocket: {way}: streaming after {first:.1f} s, polling after {second:.1f} s; {seqs}")
    assert first <= FALLBACK_SECONDS
    assert second <= FALLBACK_SECONDS
    assert len(writer.said) > 10


async def test_address_forces_each_transport(people: People, server: ServerProcess) -> None:
    """What goes over the line is looked at, not what the page says of itself."""
    ends = {"websocket": "/websocket", "xhr-streaming": "/xhr_streaming", "xhr-polling": "/xhr"}
    pages: dict[str, Page] = {}
    async with AsyncExitStack() as stack:
        proxies = {kind: await stack.enter_async_context(FaultProxy(server.port)) for kind in ends}
        for kind, proxy in proxies.items():
            page = await people.new_person(kind, "forced", url=proxy.url, transport=kind)
            pages[kind] = page
            await online(page, kind)
        for kind, page in pages.items():
            await say(page, f"by {kind}")
            await visible(message(pages["websocket"], f"by {kind}"))
        for page in pages.values():
            await shows(page, [f"by {kind}" for kind in ends])
            await page.close()
    for kind, proxy in proxies.items():
        paths = {request.split(" ")[1] for request in proxy.requests}
        used = {end for end in ends.values() if any(path.endswith(end) for path in paths)}
        assert used == {ends[kind]}
