"""Eight tabs of one browser, on each transport, before and after their connections are cut."""

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.browser import People, online, say
from tests.e2e.crowd import figure
from tests.e2e.room_page import lines, message, shows, try_now, visible
from tests.kit.chat import ChatClient
from tests.kit.proxy import FaultProxy
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket

if TYPE_CHECKING:
    from playwright.async_api import Page

TABS = 8
LIVE_SECONDS = 5.0
HEAL_SECONDS = 5.0 + LIVE_SECONDS
"""The first wait after a cut is drawn by lot up to 5 s, so that not all come back at once."""
TRANSPORTS = ("websocket", "xhr-streaming", "xhr-polling")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    rooms = {f"room {transport}": {"title": transport} for transport in TRANSPORTS}
    config = {"limits": {"messages_per_second": 0, "joins_per_second": 0}, **rooms}
    with ServerProcess(tmp_path_factory.mktemp("tabs"), config) as process:
        yield process


async def all_show(tabs: "list[Page]", text: str, patience: float) -> float:
    """Wait until every tab shows a message, and return how long it took."""
    began = time.monotonic()
    for tab in tabs:
        await visible(message(tab, text), patience=patience)
    return time.monotonic() - began


def sessions(proxy: FaultProxy) -> set[str]:
    """Return the SockJS sessions that were used; browsers open six HTTP connections to a host."""
    return {part for line in proxy.requests for part in re.findall(r"/\d{3}/(\w+)/", line)}


AGAIN = [pytest.param(name, marks=pytest.mark.thorough) for name in ("websocket", "xhr-polling")]


@pytest.mark.parametrize("transport", ["xhr-streaming", *AGAIN])
async def test_eight_tabs_stay_live(people: People, server: ServerProcess, transport: str) -> None:
    people.expect_problems("WebSocket connection", "net::ERR_")  # of the cut
    async with (
        FaultProxy(server.port) as proxy,
        await ChatClient.enter(RawWebSocket(), server.at, transport, name="Bob") as bob,
    ):
        first = await people.new_person("Ann", transport, url=proxy.url, transport=transport)
        tabs = [first]
        for _ in range(TABS - 1):
            tabs.append(
                await people.open_room(first.context, transport, url=proxy.url, transport=transport)
            )
        for tab in tabs:
            await online(tab, transport)
        assert await first.locator(".people h2").inner_text() == "People · 2", (
            "not one for each tab"
        )

        await bob.send(transport, "to all tabs")
        seconds = await all_show(tabs, "to all tabs", LIVE_SECONDS)
        for number, tab in enumerate(tabs):
            await say(tab, f"from tab {number}")
            await bob.event("message", text=f"from tab {number}")
        assert len(sessions(proxy)) == (TABS if transport == "websocket" else 1)

        proxy.cut()
        await bob.send(transport, "during the cut")
        await try_now(*tabs)
        again = await all_show(tabs, "during the cut", HEAL_SECONDS)
        await say(tabs[-1], "healed")
        written = [f"from tab {number}" for number in range(TABS)]
        for tab in tabs:
            await shows(tab, ["to all tabs", *written, "during the cut", "healed"])
            assert await lines(tab) == await lines(first)
        await first.context.close()
    figure(f"{TABS} tabs, {transport}: all live in {seconds:.1f} s, after a cut in {again:.1f} s")
