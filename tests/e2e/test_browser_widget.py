"""The widget in pages of another site: what visitors see, and what the site's own code can do."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.e2e.access import SITE, site_token, write_key
from tests.e2e.axe import findings
from tests.e2e.browser import People, say, sees
from tests.e2e.embedding import (
    enter_as,
    frame_of,
    heard,
    joined,
    launcher,
    listing,
    panel,
    site,
    strict,
    tag,
    token_answer,
    until_heard,
    violations,
    watch_policies,
)
from tests.e2e.room_page import gone, visible
from tests.kit.server import HOST, ServerProcess, free_port

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Frame, Page

LIMIT, PANEL_LIMIT = 6_000, 5_000
ROOMS = {f"room {name}": {"title": name.title()} for name in ("lobby", "help", "news")}
REFUSED = ("frame-ancestors", "postMessage", "Refused to frame", "Framing")
"""What a browser says of a frame that it does not show."""
HOSTILE = """<style>
body, body *, tornchat-widget {
    all: unset !important; transform: translateX(50px) !important; opacity: 0.3 !important;
    display: none !important; position: static !important; color: red !important }
html, body { display: block !important } tornchat-widget { display: none !important }
iframe, button { width: 5px !important; visibility: hidden !important }
</style>"""
EACH_SAYS = """async () => {
    const found = [];
    for (const { handle, parentNode } of document.querySelectorAll('tornchat-widget')) {
        const { room } = handle;
        const outcome = await handle.send(`to ${room}`).then(() => room, ({ code }) => code);
        found.push(`${parentNode.id}: ${outcome}`);
    }
    return found;
}"""
CONTRAST = """(selector) => {
    const found = document.querySelector('tornchat-widget').shadowRoot.querySelector(selector);
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const luminance = (color) => {
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) =>
            value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    const { color, backgroundColor } = getComputedStyle(found);
    const [one, other] = [luminance(color), luminance(backgroundColor)];
    return Math.max(one / other, other / one);
}"""
GREETED = """window.MessageChannel = class extends MessageChannel {
    constructor() {
        super();
        window.channels = (window.channels ?? 0) + 1;
    }
};"""
SCREEN = """() => {
    const fake = Object.assign(new EventTarget(), { scale: 1, offsetTop: 0, height: 640 });
    Object.defineProperty(window, 'visualViewport', { value: fake });
}"""
NOTICES = """() => {
    window.notices = [];
    window.Notification = class {
        static permission = 'default';
        static async requestPermission() { this.permission = 'granted'; }
        constructor(title, { body }) { Object.assign(this, { title, body }); notices.push(this); }
        close() { this.closed = true; }
    };
}"""
STILL = "getComputedStyle(document.documentElement).overflowY"
SMALL = """(buttons) => buttons.filter((each) => {
    const { width, height } = each.getBoundingClientRect();
    const { inset } = getComputedStyle(each, '::after');
    const around = inset === '-8px' ? 16 : 0;
    return Math.min(width, height) + around < 44;
}).map((each) => each.className)"""
LEAVE = """() => {
    document.hasFocus = () => false;
    dispatchEvent(new Event('blur'));
}"""
FOCUS = """(wanted) => {
    const { activeElement: host } = document;
    return (host.shadowRoot?.activeElement ?? host).localName === wanted;
}"""


@pytest.fixture(scope="module")
def port() -> int:
    """The port of the site whose pages may show our rooms."""
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("widget")
    write_key(folder)
    with ServerProcess(folder, listing(port, {**SITE, **ROOMS})) as process:
        yield process


async def visit(context: BrowserContext, address: str) -> Page:
    page = await context.new_page()
    await page.goto(address)
    return page


async def focused(page: Page, wanted: str) -> None:
    """Wait until the focus is on such an element, of the page or of a widget."""
    await page.wait_for_function(FOCUS, arg=wanted)


def test_widget_is_light(server: ServerProcess) -> None:
    closed = packed(f"{server.url}widget.js")
    version = re.search(rb"static/(\w{16})/widget/panel\.js", gzip.decompress(closed))
    assert version, "what comes later has the address of today, so that browsers keep it"
    opened = packed(f"{server.url}static/{version[1].decode()}/widget/panel.js")
    for sent, limit in ((closed, LIMIT), (opened, PANEL_LIMIT)):
        assert len(gzip.compress(gzip.decompress(sent), 9, mtime=0)) <= limit


def packed(url: str) -> bytes:
    """Return a script as it travels."""
    request = Request(url, headers={"Accept-Encoding": "gzip"})
    with build_opener(ProxyHandler({})).open(request, timeout=10) as answer:
        body: bytes = answer.read()
    return body


async def test_bubble_under_the_strictest_policy(
    people: People, server: ServerProcess, port: int
) -> None:
    async with site(port) as host:
        ann = await people.new_context()
        page = await ann.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        address = host.put(
            tag(server.url, notify="title"), content_security_policy=strict(server.url)
        )
        await page.goto(address)
        button = page.get_by_role("button", name="Open chat", exact=True)
        await visible(button)
        assert await button.get_attribute("aria-expanded") == "false"
        await page.evaluate("() => new Promise((resolve) => requestIdleCallback(resolve))")
        assert asked == [address, f"{server.url}widget.js"], "nothing more before somebody wants it"

        await heard(page, "ready", "open", "close", "state", "unread", "message", "presence")
        await button.click()
        await enter_as(panel(page), "Ann")
        assert (await until_heard(page, "ready"))["title"] == "Lobby"
        assert await launcher(page).get_attribute("aria-expanded") == "true"
        assert await launcher(page).get_attribute("aria-label") == "Close chat"
        await visible(page.get_by_role("dialog", name="Lobby"))
        ben = await people.new_person("Ben")
        composer = panel(page).get_by_role("textbox").last
        await composer.fill("from afar")
        await composer.press("Enter")
        await sees(ben, "from afar")
        assert (await until_heard(page, "message"))["mine"] is True

        await composer.press("Escape")
        await gone(page.get_by_role("dialog"))
        await focused(page, "button")
        for text in ("one", "two"):
            await say(ben, text)
        await visible(page.get_by_role("button", name="Open chat, 2 unread messages"))
        assert await launcher(page).inner_text() == "2"
        await page.wait_for_function("() => document.title === '(2) Host'")
        await page.evaluate("document.title = 'Shop'")
        await page.wait_for_function("() => document.title === '(2) Shop'")
        await launcher(page).press("Enter")
        await focused(page, "iframe")
        await visible(page.get_by_role("button", name="Close chat", exact=True))
        await page.wait_for_function("() => document.title === 'Shop'")
        newest = await until_heard(page, "message")
        assert (newest["text"], newest["from"]["name"], newest["mine"]) == ("two", "Ben", False)

        # What comes behind `markRead` on the same line has it go before.
        await page.evaluate("tornchat('markRead')")
        assert await page.evaluate("tornchat('send', 'from the page').then(({ seq }) => seq)") > 3
        await sees(ben, "from the page")

        # Who was here once is back by themselves, as the same person, and unread counts show.
        await page.reload()
        await joined(panel(page))
        await gone(page.get_by_role("dialog"))
        await say(ben, "three")
        await visible(page.get_by_role("button", name="Open chat, 1 unread message"))
        assert await ann.cookies() == []

        # Whoever leaves the window from within the frame looks at nothing any more.
        await launcher(page).click()
        await visible(page.get_by_role("button", name="Close chat", exact=True))
        await panel(page).locator("body").evaluate(LEAVE)
        await say(ben, "four")
        await visible(page.get_by_role("button", name="Close chat, 1 unread message"))


async def test_page_says_what_it_wants(people: People, server: ServerProcess, port: int) -> None:
    queue = (
        '<script nonce="n0nce">window.tornchat = window.tornchat || ((...a) => '
        "(tornchat.q = tornchat.q || []).push(a));"
        "const told = []; tornchat('on', 'open', ({ room }) => told.push(room));"
        "tornchat('mount', { room: 'help', position: 'top-left', title: 'Ask us' },"
        " (handle) => told.push(handle.room, handle.state));</script>"
    )
    # Whichever comes first is the one: they are async.
    thrice = tag(server.url, open="remember", mode="bubbles") * 3
    async with site(port) as host:
        page = await (await people.new_context()).new_page()
        warnings: list[str] = []
        page.on("console", lambda line: warnings.append(line.text))
        await page.goto(host.put(queue + thrice, content_security_policy=strict(server.url)))
        await page.wait_for_function(
            "() => document.querySelectorAll('tornchat-widget').length === 2"
        )
        await page.wait_for_load_state()
        assert await page.evaluate("told") == ["help", "idle"]
        assert any('mode is "bubbles", expected one of bubble, inline' in w for w in warnings)
        assert await page.evaluate("tornchat.q === undefined && typeof tornchat === 'function'")
        ask = page.get_by_role("button", name="Ask us")
        box = await ask.bounding_box()
        assert box and (box["x"], box["y"], box["width"]) == (20, 20, 56)
        same = "tornchat('mount', { room: 'help' }) === tornchat('mount', { room: 'help' })"
        assert await page.evaluate(same)
        assert await page.locator("tornchat-widget").count() == 2

        # `remember` keeps it open over a reload, `hide` and `setTheme` are for all of the page.
        await page.get_by_role("button", name="Open chat").click()
        assert await page.evaluate("told.includes('lobby')")
        await visible(panel(page).get_by_label("Nickname"))
        await page.reload()
        await visible(panel(page).get_by_label("Nickname"))
        await page.evaluate("tornchat('setTheme', 'dark')")
        await panel(page).locator(":root[data-theme=dark]").wait_for(state="attached")
        await visible(panel(page).get_by_role("heading", name="Join Lobby"))
        await page.evaluate("tornchat('setTitle', 'Talk to us')")
        await visible(page.get_by_role("dialog", name="Talk to us"))
        await panel(page).locator("h1", has_text="Talk to us").wait_for()
        await page.evaluate("tornchat('hide')")
        await gone(launcher(page).first)
        await page.evaluate("tornchat('show')")
        await page.evaluate("tornchat('close')")
        await gone(page.get_by_role("dialog"))
        await page.evaluate("tornchat('nonsense')")
        assert 'tornchat: there is no "nonsense"' in warnings
        await page.evaluate("tornchat('destroy')")
        assert await page.locator("tornchat-widget").count() == 0


async def test_each_mode_in_its_place_under_the_strictest_policy(
    people: People, server: ServerProcess, port: int
) -> None:
    from playwright.async_api import expect

    places = ("inline", "news", "full", "behind")
    body = (
        tag(server.url, "news")
        + tag(server.url, "lobby", mode="inline", target="#inline")
        + tag(server.url, "news", mode="readonly", target="#news")
        + tag(server.url, "help", mode="full", target="#full")
        + "".join(f"<div id={name}></div>" for name in places[:3])
        + f'<p id="behind">{tag(server.url, "help", mode="inline", load="now")}</p>'
    )
    style = "#inline { height: 400px; width: 500px } #full { height: 500px }"
    policy = {"content_security_policy": strict(server.url)}
    async with site(port) as host:
        host.answer("/own.css", lambda: (200, "text/css", style))
        context = await people.new_context(viewport={"width": 1000, "height": 2400})
        await watch_policies(context)
        address = host.put(body, head="<link rel=stylesheet href=/own.css>", **policy)
        page = await visit(context, address)
        frames = {name: page.locator(f"#{name} iframe") for name in places}
        for frame in frames.values():
            await frame.content_frame.locator("tornchat-room").wait_for()
        sizes = {name: await frame.bounding_box() for name, frame in frames.items()}
        inline, news = sizes["inline"], sizes["news"]
        assert inline and news
        assert (inline["width"], inline["height"]) == (500, 400)
        assert news["height"] == 320
        await joined(frames["news"].content_frame)
        assert await frames["news"].content_frame.get_by_role("textbox").count() == 0
        await visible(frames["news"].content_frame.get_by_text("Nobody has written here so far."))
        await enter_as(frames["inline"].content_frame, "Ann")
        # One person in all of them, without being asked again; each hears of its own room.
        await page.reload()
        for name in ("inline", "full", "behind"):
            await joined(frames[name].content_frame)
        await launcher(page).click()
        await joined(panel(page, 4))
        assert await page.evaluate(EACH_SAYS) == [
            "inline: lobby", "news: read_only", "full: help", "behind: help", ": news",
        ]  # fmt: skip
        for name, rooms in zip(
            places, (["lobby"], ["news"], ["help"] * 2, ["help"] * 2), strict=True
        ):
            texts = frames[name].content_frame.get_by_role("log").locator(".text")
            texts = texts.filter(has_text=re.compile("^to (lobby|news|help)$"))
            await expect(texts).to_have_text([f"to {room}" for room in rooms])
        assert await violations(page) == []

        body = tag(server.url, "news", mode="full")
        page = await visit(context, host.put(body, "/full", **policy))
        await joined(panel(page))
        whole = await page.locator("tornchat-widget iframe").bounding_box()
        assert whole == {"x": 0, "y": 0, "width": 1000, "height": 2400}
        people.expect_problems("Applying inline style")
        await page.evaluate("() => document.body.setAttribute('style', 'color: red')")
        (refused,) = await violations(page)
        assert refused.startswith("style-src"), "the policy is in force"


async def test_style_of_the_page_does_not_reach_it(
    people: People, server: ServerProcess, port: int
) -> None:
    async with site(port) as host:
        color = "<style>:root{--tornchat-accent: #0a7f5a; --tornchat-radius: 3px}</style>"
        context = await people.new_context(color_scheme="dark")
        page = await visit(
            context, host.put(tag(server.url, offset="10 30"), head=HOSTILE + color, path="/css")
        )
        button = launcher(page)
        await visible(button)
        assert await button.bounding_box() == {"x": 1214, "y": 634, "width": 56, "height": 56}
        look = await button.evaluate(
            "(b) => [getComputedStyle(b).backgroundColor, getComputedStyle(b).color]"
        )
        assert look[0] == "rgb(10, 127, 90)"
        await button.click()
        await visible(panel(page).get_by_label("Nickname"))
        box = await page.locator("tornchat-widget iframe").bounding_box()
        assert box and (box["x"] + box["width"], box["width"]) == (1270, 380)
        assert (
            await panel(page)
            .locator(":root")
            .evaluate("(root) => root.style.getPropertyValue('--tornchat-radius')")
            == "min(3px, 24px)"
        )


async def test_page_that_may_not_show_it_says_why(
    people: People, server: ServerProcess, port: int
) -> None:
    people.expect_problems(*REFUSED)
    async with site(port) as host:
        host.put(tag(server.url) + tag(server.url, "help", mode="inline", load="now"))
        address = f"http://{HOST}:{host.port}"
        page = await (await at_a_standstill(people)).new_page()
        await page.goto(address)
        await heard(page, "error", "ready", "open", "close")
        await launcher(page).click()
        frames = page.locator("tornchat-widget iframe")
        await greeted(page, 2)
        notes = page.get_by_role("alert").filter(has_text=f"list {address}.")
        await page.clock.run_for(9_900)
        assert (await notes.count(), await frames.count()) == (0, 2), "it may yet answer"
        await page.clock.run_for(100)
        assert (await notes.count(), await frames.count()) == (2, 0), "10 s after it was loaded"
        told = await page.evaluate("heard.map(([name, { room, code }]) => [name, room, code])")
        assert sorted(told) == [
            ["close", "lobby", None], ["error", "help", "not_allowed"],
            ["error", "lobby", "not_allowed"], ["open", "lobby", None],
        ]  # fmt: skip
        await gone(page.locator("tornchat-widget [part=panel]").first)
        await gone(page.locator("tornchat-widget [part=panel]").last)
        assert await launcher(page).inner_text() == "!"
        kept = await page.evaluate("Object.keys(localStorage)")
        assert kept == [f"tornchat:{server.url}:opened"], "there is no guest"
        await focused(page, "button")
        await launcher(page).click()
        await gone(notes.nth(1))
        await launcher(page).click()
        await frames.wait_for()


async def at_a_standstill(people: People) -> BrowserContext:
    """Return a context with a clock of its own, at which time does not go on."""
    context = await people.new_context()
    await context.add_init_script(GREETED)
    await context.clock.install(time=0)
    await context.clock.pause_at(1)
    return context


async def greeted(page: Page | Frame, times: int) -> None:
    """Wait until frames have been loaded, whatever is in them, and have been spoken to."""
    await page.wait_for_function("(times) => window.channels === times", arg=times)


async def test_in_a_sandbox(people: People, server: ServerProcess, port: int) -> None:
    people.expect_problems(*REFUSED, "sandbox")
    async with site(port) as host:
        inner = host.put(tag(server.url), "/inner", content_security_policy=strict(server.url))
        boxes = [
            host.put(f'<iframe sandbox="{rights}" src="{inner}" width=500 height=600></iframe>', at)
            for at, rights in (
                ("/good", "allow-scripts allow-same-origin"),
                ("/bad", "allow-scripts"),
            )
        ]
        page = await visit(await people.new_context(), boxes[0])
        good = page.locator("iframe").content_frame
        await launcher(good).click()
        await enter_as(panel(good), "Ann")
        await panel(good).locator("#composer").fill("from a sandbox")
        await panel(good).locator("#composer").press("Enter")
        await visible(panel(good).get_by_role("log").get_by_text("from a sandbox"))
        await page.reload()
        await joined(panel(good))

        page = await (await at_a_standstill(people)).new_page()
        await page.goto(boxes[1])
        bad = page.locator("iframe").content_frame
        await launcher(bad).click()
        await greeted(next(frame for frame in page.frames if frame.url == inner), 1)
        note = bad.get_by_role("alert").filter(has_text="no origin")
        await page.clock.run_for(9_900)
        assert await note.count() == 0
        await page.clock.run_for(100)
        await visible(note)
        assert await bad.locator("tornchat-widget iframe").count() == 0
        await gone(bad.get_by_role("dialog"))


async def contrasts(page: Page, **wanted: float) -> None:
    """Hold parts of a widget against the ratios of WCAG: axe cannot tell of these two."""
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme)
        for part, ratio in wanted.items():
            assert await page.evaluate(CONTRAST, part) >= ratio, f"{part}, {scheme}"


@pytest.mark.npm
async def test_page_with_a_chat_has_nothing_serious_for_axe(
    people: People, server: ServerProcess, port: int
) -> None:
    people.expect_problems(*REFUSED)
    async with site(port) as host:
        address = host.put(tag(server.url, "news", title="Support"))
        context = await people.new_context(bypass_csp=True, reduced_motion="reduce")
        page = await visit(context, address)
        await visible(launcher(page))
        wrong = {"closed": await findings(page)}
        await launcher(page).click()
        await panel(page).get_by_label("Nickname").wait_for()
        wrong |= {"name": await findings(page), "its frame": await findings(frame_of(page))}
        await enter_as(panel(page), "Ann")
        await page.keyboard.press("Escape")
        await say(await people.new_person("Cleo", "news"), "Are you there?")
        badge = page.get_by_role("button", name="Support, 1 unread message")
        await visible(badge)
        wrong["badge"] = await findings(page)
        await contrasts(page, button=3, span=4.5)
        await badge.click()
        await visible(page.get_by_role("dialog", name="Support"))
        wrong |= {"open": await findings(page), "the talk": await findings(frame_of(page))}

        await context.clock.install()
        page = await visit(context, address.replace("localhost", HOST))
        await launcher(page).click()
        await page.locator("tornchat-widget iframe").wait_for()
        await page.clock.run_for(31_000)
        await visible(page.get_by_role("alert"))
        wrong["refused"] = await findings(page)
        await contrasts(page, button=3, p=4.5)
    assert not any(wrong.values()), json.dumps(wrong, indent=1)


async def test_site_vouches_for_its_visitor(
    people: People, server: ServerProcess, port: int
) -> None:
    people.expect_problems("401 (Unauthorized)")
    async with site(port) as host:
        host.answer("/token", lambda: token_answer(site_token("7", "Ann of the shop")))
        host.answer("/guest", lambda: (401, "text/plain", ""))
        body = tag(server.url, "help", token_url="/token", mode="inline")
        page = await visit(await people.new_context(), host.put(body))
        await joined(panel(page))
        me = panel(page).locator(".me")
        await visible(me.filter(has_text="Ann of the shop"))
        await page.evaluate("tornchat('setToken', null)")
        await visible(panel(page).get_by_label("Nickname"))
        token = site_token("8", "Cleo")
        await page.evaluate("(token) => tornchat('setToken', async () => token)", token)
        await visible(me.filter(has_text="Cleo"))
        unknown = tag(server.url, "help", token_url="/guest", mode="inline")
        page = await visit(await people.new_context(), host.put(unknown))
        await visible(panel(page).get_by_label("Nickname"))


async def test_page_on_a_phone(people: People, server: ServerProcess, port: int) -> None:
    async with site(port) as host:
        phone = await people.new_context(
            viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True
        )
        await phone.add_init_script(f"({SCREEN})()")
        head = '<meta name="viewport" content="width=device-width">'
        page = await visit(phone, host.put(tag(server.url, open="first"), head=head))
        await visible(launcher(page))
        assert await page.get_by_role("dialog").count() == 0, "nothing covers a phone unasked"
        await launcher(page).tap()
        await enter_as(panel(page), "Ann")
        await gone(launcher(page))
        frame = page.locator("tornchat-widget iframe")
        assert await frame.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 640}
        assert await page.evaluate(STILL) == "hidden", "the page below does not move"
        move = """([height, offsetTop, scale]) => {
            Object.assign(visualViewport, { height, offsetTop, scale });
            visualViewport.dispatchEvent(new Event('resize'));
        }"""
        await page.evaluate(move, [320, 40, 1])
        assert await frame.bounding_box() == {"x": 0, "y": 40, "width": 360, "height": 320}
        await page.evaluate(move, [200, 40, 2])
        assert await frame.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 640}
        small = await panel(page).locator("button:visible").evaluate_all(SMALL)
        assert small == [], "what fingers have to hit"
        await panel(page).get_by_role("button", name="Close").first.click()
        await visible(launcher(page))
        assert await page.evaluate(STILL) == "visible"


async def test_notification_for_who_looks_elsewhere(
    people: People, server: ServerProcess, port: int
) -> None:
    async with site(port) as host:
        context = await people.new_context()
        await context.add_init_script(f"({NOTICES})()")
        page = await visit(context, host.put(tag(server.url, "news", notify="desktop")))
        await launcher(page).click()
        await page.wait_for_function("Notification.permission === 'granted'")
        await page.reload()
        await panel(page).locator("tornchat-room").wait_for(state="attached")
        assert await page.evaluate("Notification.permission") == "default", "not asked unasked"
        await launcher(page).click()
        assert await page.evaluate("Notification.permission") == "granted"
        await enter_as(panel(page), "Ann")
        await page.keyboard.press("Escape")
        ben = await people.new_person("Ben", "news")
        await heard(page, "message")
        await say(ben, "to somebody who reads something else here")
        await until_heard(page, "message")
        assert await page.evaluate("notices.length") == 0
        await page.evaluate("() => { document.hasFocus = () => false; }")
        await say(ben, "are you there?")
        await page.wait_for_function("() => notices.length === 1")
        assert await page.evaluate("[notices[0].title, notices[0].body]") == [
            "Ben · News",
            "are you there?",
        ]
        await page.evaluate("() => { delete document.hasFocus; notices[0].onclick(); }")
        await visible(page.get_by_role("dialog", name="News"))
        assert await page.evaluate("notices[0].closed")
