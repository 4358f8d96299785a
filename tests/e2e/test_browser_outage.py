"""The server dies, or restarts, while people write in their browsers."""

import asyncio
import signal
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.browser import People, online, say
from tests.e2e.crowd import figure
from tests.e2e.room_page import COMPOSER, gone, lines, pends, shows, texts, try_now, visible
from tests.kit.proxy import FaultProxy
from tests.kit.server import ServerProcess
from tests.kit.waiting import until_true

if TYPE_CHECKING:
    from playwright.async_api import Page

SERVER_IS_GONE = ("net::ERR_", "WebSocket connection", "502 (Bad Gateway)")
ACK_DELAY = 0.25


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    config = {
        "limits": {"messages_per_second": 0},
        "room killed": {"title": "Killed"},
        "room stopped": {"title": "Stopped"},
        "room kept": {"title": "Kept"},
    }
    with ServerProcess(tmp_path_factory.mktemp("outage"), config) as process:
        yield process


async def test_kill_in_mid_sentence_loses_and_doubles_nothing(
    people: People, server: ServerProcess
) -> None:
    """One write is committed but its ack lost, one is on its way, others wait when it happens."""
    people.expect_problems(*SERVER_IS_GONE)
    mine = ["a first word", "a second one"]
    his = [f"bob {number}" for number in range(30)]
    async with FaultProxy(server.port) as proxy:
        ann = await people.new_person("Ann", "killed")
        bob = await people.new_person("Bob", "killed", url=proxy.url)
        for text in mine:
            await say(ann, text)
        proxy.faults.delay = ACK_DELAY
        flood = asyncio.create_task(_say_all(bob, his))
        await ann.locator(COMPOSER).press_sequentially("a sentence that is ")
        await until_true(lambda: _sees_many(ann, "bob ", 3))
        proxy.faults.blackhole = True
        async with server.stopped():
            await ann.locator(COMPOSER).press_sequentially("not over")
            await ann.locator(COMPOSER).press("Enter")
            await visible(ann.locator(".fate-mark[aria-label='Sending']"))
            server.process.signal(signal.SIGKILL)
        server.kill9()
        proxy.heal()

        confirmed = {page: await lines(page) for page in (ann, bob)}
        assert 0 < len(confirmed[bob]) < len(confirmed[ann]) < len(mine) + len(his)
        await flood
        for page in (ann, bob):
            await visible(page.locator(".banner").get_by_text("Connection lost."))
        await say(ann, "a word while it is down")
        mine += ["a sentence that is not over", "a word while it is down"]
        await pends(ann, mine[-2:])
        await gone(ann.locator(".fate-mark[aria-label='Sending']"))
        await visible(bob.locator(".pending").get_by_text(his[-1], exact=True))
        began = time.monotonic()
        await server.restart()
        await try_now(ann, bob)
        for page in (ann, bob):
            await shows(page, mine, "a ")
            await shows(page, his, "bob ")
            await gone(page.locator(".banner"))
            await pends(page, [])
        assert await lines(bob) == await lines(ann)
        seconds = time.monotonic() - began
        await bob.close()
    figure(f"kill -9: all is confirmed {seconds:.1f} s after the restart began")

    after = await lines(ann)
    assert [line.seq for line in after] == list(range(1, 35))
    for page, before in confirmed.items():
        assert after[: len(before)] == before, f"{page} had been shown {before}"
    late = await people.new_person("Late", "killed")
    await shows(late, [line.text for line in after])
    assert await lines(late) == after


async def _say_all(page: "Page", wanted: list[str]) -> None:
    for text in wanted:
        await say(page, text)


async def _sees_many(page: "Page", prefix: str, count: int) -> bool:
    return len(await texts(page, prefix)) >= count


async def test_restart_is_announced_and_healed(people: People, server: ServerProcess) -> None:
    people.expect_problems(*SERVER_IS_GONE)
    ann, bob = await people.new_person("Ann", "stopped"), await people.new_person("Bob", "stopped")
    await say(ann, "before")
    await shows(bob, ["before"])
    await visible(ann.locator(".activity", has_text="Bob joined"))
    assert await server.term() == 0

    for page in (ann, bob):
        await visible(page.locator(".banner").get_by_text("The server is restarting."))
        await visible(page.locator(".signal:visible").get_by_text("Reconnecting"))
    await say(bob, "meanwhile")
    await pends(bob, ["meanwhile"])
    await asyncio.to_thread(server.start)
    await try_now(ann, bob)
    for page in (ann, bob):
        await shows(page, ["before", "meanwhile"])
        await gone(page.locator(".banner"))
        await visible(page.locator(".signal:visible").get_by_text("WebSocket"))
        assert await page.locator(".gap").count() == 0
    assert await ann.locator(".activity").all_inner_texts() == ["Bob joined"]


async def test_reload_keeps_what_is_unsent(people: People, server: ServerProcess) -> None:
    """Behind a proxy that lets pages pass, and no WebSocket."""
    people.expect_problems("WebSocket connection")
    async with FaultProxy(server.port) as proxy:
        ann = await people.new_person("Ann", "kept", url=proxy.url, transport="websocket")
        bob = await people.new_person("Bob", "kept")
        await say(ann, "sent")
        await shows(bob, ["sent"])
        proxy.faults.block_websocket = "403"
        proxy.cut()
        await visible(ann.locator(".banner"))
        await say(ann, "unsent 1")
        await say(ann, "unsent 2")
        await ann.locator(COMPOSER).fill("half a sen")
        await pends(ann, ["unsent 1", "unsent 2"])

        await ann.reload()
        assert await ann.locator(COMPOSER).input_value() == "half a sen"
        proxy.heal()
        await try_now(ann)
        for page in (ann, bob):
            await shows(page, ["sent", "unsent 1", "unsent 2"])
        await pends(ann, [])
        await ann.reload()
        await online(ann)
        await shows(ann, ["sent", "unsent 1", "unsent 2"])
        await say(bob, "the last one")
        for page in (ann, bob):
            await shows(page, ["sent", "unsent 1", "unsent 2", "the last one"])
        await ann.close()
