"""Reading back in a long room, and what is new for somebody who was not looking."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.e2e.browser import People, enter
from tests.e2e.room_page import gone, shows, texts, visible
from tests.kit.chat import ChatClient
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket
from tests.kit.waiting import until, until_true

if TYPE_CHECKING:
    from playwright.async_api import WebSocket

COUNT = 260
TEXTS = [f"line {number}" for number in range(COUNT)]
JITTER_PX = 1.0
PAGING = """() => {
    const scroller = document.querySelector('.scroller');
    scroller.scrollTop = 450;
    const rows = () => [...document.querySelectorAll('.message')];
    const edge = scroller.getBoundingClientRect().top;
    const anchor = rows().find((row) => row.getBoundingClientRect().bottom > edge + 40);
    const top = () => anchor.getBoundingClientRect().top;
    return new Promise((resolve) => {
        const before = rows().length, from = top();
        let worst = 0;
        const look = () => {
            worst = Math.max(worst, Math.abs(top() - from));
            if (rows().length > before) resolve(worst);
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    });
}"""

POSITION = "() => document.querySelector('.scroller').scrollTop"
AT_THE_END = """() => {
    const { scrollTop, clientHeight, scrollHeight } = document.querySelector('.scroller');
    return scrollHeight - scrollTop - clientHeight < 2;
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    config = {
        "limits": {"messages_per_second": 0},
        "room long": {"title": "Long"},
        "room news": {"title": "News"},
    }
    with ServerProcess(tmp_path_factory.mktemp("history"), config) as process:
        yield process


@asynccontextmanager
async def somebody(server: ServerProcess, room: str, count: int) -> AsyncIterator[ChatClient]:
    """Enter as somebody who has written so many lines."""
    async with await ChatClient.enter(RawWebSocket(), server.at, room, name="Bob") as bob:
        for text in TEXTS[:count]:
            await bob.send(room, text)
        yield bob


async def test_older_pages_come_without_moving_what_is_read(
    people: People, server: ServerProcess
) -> None:
    async with somebody(server, "long", COUNT):
        ann = await people.new_person("Ann", "long", viewport={"width": 1000, "height": 700})
        await shows(ann, TEXTS[-50:])
        while len(await texts(ann)) < COUNT:
            moved = await ann.evaluate(PAGING)
            assert moved <= JITTER_PX, f"the line moved by {moved} px"
        assert await texts(ann) == TEXTS
        await ann.evaluate("() => { document.querySelector('.scroller').scrollTop = 0; }")
        await visible(ann.get_by_text("The beginning of Long"))


async def test_news_are_counted_divided_and_a_click_away(
    people: People, server: ServerProcess
) -> None:
    async with somebody(server, "news", 40) as bob:
        context = await people.new_context(viewport={"width": 1000, "height": 500})
        sent: list[str] = []
        context.on("page", lambda page: page.on("websocket", _keep_frames(sent)))
        ann = await people.open_room(context, "news")
        await enter(ann, "Ann")
        await shows(ann, TEXTS[:40])
        await ann.locator(".scroller").hover()
        await ann.mouse.wheel(0, -600)
        await visible(ann.get_by_role("button", name="Jump to the latest message"))
        for text in ("new 1", "new 2", "new 3"):
            await bob.send("news", text)
        jump = ann.get_by_role("button", name="Jump to 3 new messages")
        await visible(jump)
        assert await jump.inner_text() == "3 new messages"
        before = await ann.evaluate(POSITION)
        await bob.send("news", "new 4")
        await visible(ann.get_by_role("button", name="Jump to 4 new messages"))
        assert await ann.evaluate(POSITION) == before

        await ann.locator(".jump").click()
        await gone(ann.locator(".jump"))
        await visible(ann.locator(".divider + .message", has_text="new 1"))
        await until_true(lambda: ann.evaluate(AT_THE_END))

        await until(lambda: any(r"\"type\":\"read\"" in f and r"\"seq\":44" in f for f in sent))
        await ann.close()
        await bob.send("news", "while away 1")
        await bob.send("news", "while away 2")
        again = await people.open_room(context, "news")
        await visible(again.locator(".divider + .message", has_text="while away 1"))
        assert await again.locator(".divider").count() == 1


def _keep_frames(sent: list[str]) -> Callable[["WebSocket"], None]:
    return lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame)))
