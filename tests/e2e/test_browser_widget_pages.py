"""What pages do to a widget: mount it again and again, swap their body, take it out, copy it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.browser import People
from tests.e2e.embedding import enter_as, heard, joined, launcher, listing, panel, site, tag
from tests.e2e.room_page import visible
from tests.kit.proxy import FaultProxy
from tests.kit.server import ServerProcess, free_port
from tests.kit.waiting import until_true

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

FIRST, TIMES = 10, 100
OFTEN, LOADED = 5, 15
"""Every so many times the frame is waited for; otherwise it goes on its way there."""
HELD = ("Documents", "Frames", "JSEventListeners", "Nodes")
COUNTING = """() => {
    const timers = new Set();
    const { setTimeout: begin, clearTimeout: end } = window;
    window.setTimeout = (run, ms, ...more) => {
        const id = begin(() => { timers.delete(id); run(...more); }, ms);
        timers.add(id);
        return id;
    };
    window.clearTimeout = (id) => { timers.delete(id); end(id); };
    window.running = timers;
    const open = new Set();
    window.MessageChannel = class extends MessageChannel {
        constructor() {
            super();
            const { port1 } = this;
            const close = port1.close.bind(port1);
            port1.close = () => { open.delete(port1); close(); };
            open.add(port1);
        }
    };
    window.ports = open;
}"""
REMOUNT = """async ([times, loaded]) => {
    const place = document.getElementById('place');
    const ends = [
        (handle) => handle.destroy(),
        (handle) => handle.element.remove(),
        () => tornchat('destroy'),
        (handle) => place.hasChildNodes() ? place.replaceChildren() : handle.destroy(),
    ];
    for (let n = 1; n <= times; n += 1) {
        const inline = { mode: 'inline', target: '#place' };
        const handle = tornchat('mount', { room: 'lobby', load: 'now', ...(n % 2 && inline) });
        let ended = false;
        handle.on('destroy', () => ended = true);
        if (n % 3 === 0) handle.open();
        if (n % loaded === 0) await new Promise((resolve) => handle.on('ready', resolve));
        else if (n % 4 === 0) await new Promise((resolve) => setTimeout(resolve, n % 7));
        ends[Math.floor(n / 2) % ends.length](handle);
        if (document.querySelector('tornchat-widget')) throw new Error(`still there: ${n}`);
        await null;
        if (!ended) throw new Error(`goes on: ${n}`);
        handle.destroy();
    }
}"""
LEFT = """async () => ({
    nodes: document.querySelectorAll('*').length,
    globals: Object.keys(window).sort().join(),
    frames: window.length,
    timers: window.running.size,
    ports: window.ports.size,
    locks: (await navigator.locks.query()).held.length,
    title: document.title,
})"""
INLINE = "document.querySelector('main tornchat-widget')"
SWAP = """() => {
    // As Turbo does: a new body, whose scripts are made anew so that they run.
    const body = document.createElement('body');
    body.append(document.querySelector('main').cloneNode(true));
    document.body.replaceWith(body);
    for (const script of body.querySelectorAll('script')) {
        const again = document.createElement('script');
        for (const { name, value } of script.attributes) again.setAttribute(name, value);
        again.async = true;
        script.replaceWith(again);
    }
}"""


@pytest.fixture(scope="module")
def port() -> int:
    """The port of the site whose pages may show our rooms."""
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[ServerProcess]:
    rooms = {"room lobby": {"title": "Lobby"}, "room help": {"title": "Help"}}
    with ServerProcess(tmp_path_factory.mktemp("pages"), listing(port, rooms)) as process:
        yield process


async def figures(browser: CDPSession) -> dict[str, float]:
    """Return what the page holds once the garbage is collected."""
    for _ in range(2):
        await browser.send("HeapProfiler.collectGarbage")
    found = await browser.send("Performance.getMetrics")
    return {each["name"]: each["value"] for each in found["metrics"]}


async def left(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate(LEFT)
    return found


async def test_mounted_a_hundred_times_it_leaves_nothing(
    people: People, server: ServerProcess, port: int
) -> None:
    async with site(port) as host:
        page = await (await people.new_context()).new_page()
        await page.add_init_script(f"({COUNTING})()")
        script = f'<script src="{server.url}widget.js"></script>'
        await page.goto(host.put(f'{script}<div id="place"></div>'))
        browser = await page.context.new_cdp_session(page)
        await browser.send("Performance.enable")
        await page.evaluate(REMOUNT, [FIRST, OFTEN])
        plain, before = await left(page), await figures(browser)
        await page.evaluate(REMOUNT, [TIMES, LOADED])

        async def as_before() -> bool:
            return await left(page) == plain

        await until_true(as_before, patience=5)
        assert plain["timers"] == plain["ports"] == plain["frames"] == plain["locks"] == 0
        assert "tornchat" in plain["globals"].split(",")

        async def nothing_more() -> bool:
            now = await figures(browser)
            return all(now[name] <= before[name] for name in HELD)

        await until_true(nothing_more, patience=10)
        grown = (await figures(browser))["JSHeapUsedSize"] - before["JSHeapUsedSize"]
        assert grown < 200_000, grown


async def test_page_that_swaps_its_body(people: People, server: ServerProcess, port: int) -> None:
    async with site(port) as host:
        body = tag(server.url) + tag(server.url, "help", mode="inline")
        page = await (await people.new_context()).new_page()
        await page.goto(host.put(body))
        await launcher(page).click()
        bubble, inline = panel(page, 1), panel(page)
        await enter_as(bubble, "Ann")
        await bubble.locator("body").evaluate("() => void (window.mark = 'the same')")
        await joined(inline)
        await page.evaluate(
            "() => void (window.first = document.querySelector('main tornchat-widget'))"
        )
        for _ in range(2):
            await page.evaluate(SWAP)
            await page.wait_for_function(
                "() => document.querySelector('main tornchat-widget')?.handle?.state === 'online'"
            )
            assert await page.locator("tornchat-widget").count() == 2, "neither doubled nor lost"
        assert await panel(page, 1).locator("body").evaluate("() => window.mark") == "the same"
        assert await page.evaluate(
            "() => first.handle !== document.querySelector('main tornchat-widget').handle"
        )
        assert await page.evaluate("() => first.shadowRoot.querySelector('iframe')") is None
        await page.evaluate("() => history.pushState(null, '', '/elsewhere')")
        await visible(page.get_by_role("dialog"))
        await page.evaluate("() => history.back()")
        await page.wait_for_function("() => location.pathname === '/'")
        await visible(page.get_by_role("dialog"))
        assert await page.locator("tornchat-widget").count() == 2

        # Moved within the page it lives on; taken out, it ends; a copy of it is nothing.
        await page.evaluate(f"() => document.querySelector('h1').before({INLINE})")
        await page.wait_for_function("() => document.querySelector('main tornchat-widget').handle")
        await joined(panel(page))
        await page.evaluate(f"() => document.body.append({INLINE}.cloneNode(true))")
        assert await page.locator("tornchat-widget").count() == 2
        gone = """() => new Promise((resolve) => {
            addEventListener('tornchat:destroy', ({ detail }) => resolve(detail.room));
            document.querySelector('main tornchat-widget').remove();
        })"""
        assert await page.evaluate(gone) == "help"
        assert await page.locator("tornchat-widget").count() == 1


async def test_chat_that_cannot_be_loaded_says_so_once_and_comes_with_the_next_try(
    people: People, server: ServerProcess, port: int
) -> None:
    people.expect_problems("net::ERR_FAILED")
    async with site(port) as host:
        page = await (await people.new_context()).new_page()
        await page.route("**/panel.js*", lambda route: route.abort())
        await page.goto(host.put(tag(server.url)))
        await launcher(page).wait_for()
        await heard(page, "error", "destroy")
        await launcher(page).click()
        note = page.get_by_role("alert").filter(
            has_text=f"Nothing could be loaded from {server.url}"
        )
        await visible(note)
        sent = "tornchat('send', 'Hi').then(() => 'sent', ({ code }) => code)"
        assert await page.evaluate(sent) == "not_allowed"
        assert await page.evaluate("heard.map(([name, { code }]) => code)") == ["not_allowed"] * 2
        await page.unroute("**/panel.js*")
        await page.evaluate("tornchat('open')")
        await panel(page).get_by_label("Nickname").wait_for()
        await page.evaluate("chat = tornchat('mount', { room: 'lobby' })")
        late = "chat.destroy() ?? chat.send('late').then(() => 'sent', ({ code }) => code)"
        assert await page.evaluate(late) == "gone"


async def test_where_no_websocket_gets_through(
    people: People, server: ServerProcess, port: int
) -> None:
    """To a frame in a page of another site browsers may refuse what tabs share a line by."""
    people.expect_problems("WebSocket connection")
    async with site(port) as host, FaultProxy(server.port, block_websocket="403") as proxy:
        tags = (tag(proxy.url, room, mode="inline", load="now") for room in ("lobby", "help"))
        page = await (await people.new_context()).new_page()
        await page.goto(host.put("".join(tags)))
        await enter_as(panel(page), "Ann")
        for number in range(2):
            streaming = "tornchat-room[data-state=online][data-transport=xhr-streaming]"
            await panel(page, number).locator(streaming).wait_for(state="attached")
        sent = "tornchat('send', 'by another way').then(({ seq }) => seq)"
        assert await page.evaluate(sent) > 0
        await page.close()  # before the proxy goes
