"""Which pages may show what of ours, and load what: as a browser has it, not as headers say."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from tests.e2e.elsewhere import elsewhere, framed
from tests.kit.server import HOST, ServerProcess, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Frame, Page

    from tests.e2e.browser import People

ALONE = ("r/lobby", "docs/embed", "admin/login")
"""Pages that nobody may show."""
ISOLATED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
BLOCKED = ("frame-ancestors", "chrome-error", "Failed to load resource")
LOAD = """async (target) => {
    const loads = (script) => new Promise((done) => {
        Object.assign(script, { onload: () => done(true), onerror: () => done(false) });
        document.head.append(script);
    });
    const found = {};
    const widget = document.createElement('script');
    found.widget = await loads(Object.assign(widget, { src: `${target}widget.js` }));
    const client = document.createElement('script');
    client.type = 'module';
    found.client = await loads(Object.assign(client, { src: `${target}client.js` }));
    found.file = (await fetch(`${target}static/0/base.css`)).status;
    found.page = await fetch(target).then(() => 'read', () => 'refused');
    return found;
}"""

INIT = {
    "tornchat": 1, "type": "init", "mode": "inline", "guest": {"token": None, "name": "Ann"},
    "suggested": "", "vouched": False, "theme": "auto", "lang": "", "title": "",
    "style": {"accent": "", "radius": "", "font": ""}, "sound": False, "shown": True,
    "focused": True,
}  # fmt: skip
ODD: list[Any] = [
    None, 7, "init", [], [INIT], {}, {"tornchat": 1}, INIT | {"tornchat": 2},
    INIT | {"tornchat": "1"}, INIT | {"type": "send"}, INIT | {"mode": "evil"},
    INIT | {"guest": None}, INIT | {"guest": {"token": {"a": 1}, "name": 7}},
    INIT | {"style": "red"}, INIT | {"title": "x" * 10**6}, {**INIT, "shown": 1},
    {"__proto__": INIT},
]  # fmt: skip
SPEAK = """([found, words]) => {
    const frame = eval(found);
    self.heard = [];
    const port = () => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => self.heard.push(data);
        return port2;
    };
    for (const word of words) frame.postMessage(word, '*', [port()]);
    frame.postMessage(words.at(-1), '*');
    frame.postMessage(words.at(-1), '*', [port(), port()]);
}"""
"""Says words to a frame, each with a port; the last one without, and with two, as well."""
GREET = """([init, words]) => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const types = [];
    port1.onmessage = ({ data }) => {
        types.push(data.type);
        if (data.type === 'identity')
            port1.postMessage({ type: 'identity', id: data.id, token: null, name: null });
        if (data.type === 'ready') for (const word of words) port1.postMessage(word);
        if (data.type === 'state' && data.state === 'online')
            port1.postMessage({ type: 'send', id: 5, text: 'all is well' });
        if (data.type === 'sent') resolve([types[0], data.id, data.seq > 0]);
    };
    frames[0].postMessage(init, '*', [port2]);
})"""
ODD_LATER: list[Any] = [
    None, 7, [], {}, {"type": "toString"}, {"type": "__proto__"}, {"type": "constructor"},
    {"type": "send"}, {"type": "send", "id": "5", "text": "forged"}, {"type": "theme"},
    {"type": "send", "id": 6, "text": {"toString": "forged"}}, {"type": "close"}, INIT,
    {"type": "identity", "id": 99, "token": 7, "name": None}, {"type": "title", "title": None},
]  # fmt: skip


@pytest.fixture(scope="module")
def friend() -> int:
    """The port of the pages that are listed, by the name `localhost`."""
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, friend: int) -> Iterator[ServerProcess]:
    listed = {"origins": f"http://localhost:{friend}"}
    config = {
        "room lobby": listed,
        "room vault": {**listed, "access": "private"},
        "room plain": {},
    }
    with ServerProcess(tmp_path_factory.mktemp("framing"), config) as process:
        yield process


async def shown(server: ServerProcess, page: Page | Frame, *paths: str) -> list[bool]:
    """Say of each path whether a page may show it."""
    frames = await asyncio.gather(*(framed(page, urljoin(server.url, path)) for path in paths))
    return [frame.url.startswith(server.url) for frame in frames]


async def test_listed_pages_may_show_the_frame_of_a_room_and_nothing_else(
    people: People, server: ServerProcess, friend: int
) -> None:
    people.expect_problems(*BLOCKED, "CORS policy")
    async with elsewhere(friend):
        page = await (await people.new_context()).new_page()
        await page.goto(f"http://localhost:{friend}/")
        rooms = ("embed/lobby", "embed/vault", "embed/nowhere", "embed/plain")
        found = await shown(server, page, *rooms, *ALONE)
        assert found == [True, True, True, False, *(False for _ in ALONE)]
        await page.goto(f"http://{HOST}:{friend}/")
        assert await shown(server, page, *rooms[:3]) == [False] * 3
        within = await framed(page, f"http://localhost:{friend}/")
        assert await shown(server, within, "embed/lobby") == [False], "all around it count"
        assert await page.evaluate(LOAD, server.url) == {
            "widget": True,
            "client": True,
            "file": 200,
            "page": "refused",
        }


async def test_frame_hears_the_page_right_around_it_alone_and_that_in_one_shape(
    people: People, server: ServerProcess, friend: int
) -> None:
    async with elsewhere(friend):
        page = await (await people.new_context()).new_page()
        await page.goto(f"http://localhost:{friend}/")
        await framed(page, urljoin(server.url, "embed/lobby#tornchat"))
        beside = await framed(page, f"http://{HOST}:{friend}/")
        within = await framed(page, f"http://localhost:{friend}/")
        for other in (beside, within):
            await other.evaluate(SPEAK, ["parent.frames[0]", [*ODD, INIT]])
        await page.evaluate(SPEAK, ["frames[0]", ODD])
        assert await page.evaluate(GREET, [INIT, ODD_LATER]) == ["ready", 5, True]
        await page.evaluate(SPEAK, ["frames[0]", [INIT]])
        for window in (page, beside, within):
            assert await window.evaluate("heard") == []


async def test_page_that_is_isolated_from_other_origins_shows_the_frame_too(
    people: People, server: ServerProcess, friend: int
) -> None:
    people.expect_problems(*BLOCKED, "CORS policy")
    async with elsewhere(friend, headers=ISOLATED):
        page = await (await people.new_context()).new_page()
        await page.goto(f"http://localhost:{friend}/")
        assert await page.evaluate("crossOriginIsolated")
        assert await shown(server, page, "embed/lobby") == [True]
        found = await page.evaluate(LOAD, server.url)
        assert (found["widget"], found["client"], found["file"]) == (True, True, 200)
