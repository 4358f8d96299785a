"""The frame of a room in a page of another origin, which speaks to it by hand."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.access import SITE, invite, site_token, write_key
from tests.e2e.browser import People, say, sees
from tests.e2e.elsewhere import elsewhere
from tests.kit.server import Config, ServerProcess, free_port
from tests.kit.waiting import until_true

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Frame, Page

MAX_BYTES = 45_000
MAX_REQUESTS = 25
MISSING = ("404 (Not Found)",)
"""What the console says of the frame of a room that may not exist."""
HOST = """([url, init]) => new Promise((ready) => {
    const host = window.host = { got: [], guest: { token: null, name: null }, hold: false };
    host.tokens = async () => null;
    host.answer = {
        identity: ({ id }) => host.tell({ type: 'identity', id, ...host.guest }),
        token: async ({ id, fresh }) =>
            host.tell({ type: 'token', id, token: await host.tokens(fresh) }),
        guest: ({ token, name }) => { host.guest = { token, name }; },
        ready,
    };
    host.tell = (message) => host.port.postMessage(message);
    host.frame = document.createElement('iframe');
    host.frame.style = 'width: 380px; height: 600px';
    host.frame.allow = 'autoplay';
    host.frame.onload = () => {
        const { port1, port2 } = new MessageChannel();
        host.port = port1;
        port1.onmessage = ({ data }) => {
            host.got.push(data);
            if (!host.hold || data.type !== 'identity') host.answer[data.type]?.(data);
        };
        const first = { tornchat: 1, type: 'init', mode: 'bubble', suggested: '', vouched: false,
            theme: 'auto', lang: '', title: '', style: { accent: '', radius: '', font: '' },
            sound: false, shown: true, focused: true, guest: host.guest, ...init };
        host.hold = first.hold ?? false;
        if (first.give) host.tokens = window.give;
        host.frame.contentWindow.postMessage(first, new URL(url).origin, [port2]);
    };
    host.frame.src = url + '#tornchat';
    document.body.append(host.frame);
})"""
BLOCKED = """if (window !== parent) for (const name of ['localStorage', 'sessionStorage'])
    Object.defineProperty(window, name, {
        get() { throw new DOMException('no', 'SecurityError'); } })"""


@pytest.fixture(scope="module")
def friend() -> int:
    """The port of the page that may have our frames."""
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, friend: int) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("embed")
    write_key(folder)
    config: Config = {
        "server": {"origins": f"http://localhost:{friend}"},
        "limits": {"messages_per_second": 0},
        **SITE,
        "room lobby": {"title": "Lobby"},
        "room hall": {"title": "Hall"},
        "room desk": {"title": "Desk"},
        "room order": {"title": "Order 4711", "access": "private"},
    }
    with ServerProcess(folder, config) as process:
        yield process


class Host:
    """A page of another site with one of our frames in it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def frame(self) -> Frame:
        return next(frame for frame in self.page.frames if "/embed/" in frame.url)

    async def tell(self, kind: str, **more: Any) -> None:
        await self.page.evaluate("(message) => host.tell(message)", {"type": kind, **more})

    async def got(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.page.evaluate(
            "(type) => host.got.filter((message) => message.type === type)", kind
        )
        return found

    async def hears(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Wait for what the frame tells, and return the newest of it that is so."""
        found: list[dict[str, Any]] = []

        async def there() -> bool:
            every = await self.got(kind)
            found[:] = [each for each in every if each.items() >= wanted.items()]
            return bool(found)

        try:
            await until_true(there, patience=15)
        except TimeoutError:
            raise AssertionError(f"{kind} {wanted}: heard {await self.got(kind)}") from None
        return found[-1]

    async def online(self) -> None:
        await self.hears("state", state="online")

    async def enter(self, name: str) -> None:
        await self.frame.get_by_label("Nickname").fill(name)
        await self.frame.get_by_role("button", name="Join the chat").click()
        await self.online()

    async def says(self, text: str) -> None:
        await say(self.frame, text)  # type: ignore[arg-type]

    async def sees(self, text: str) -> None:
        await sees(self.frame, text)  # type: ignore[arg-type]


@asynccontextmanager
async def hosting(
    context: BrowserContext, server: ServerProcess, friend: int, room: str = "lobby", **init: Any
) -> AsyncIterator[Host]:
    """Open a page of the site that may have our frames, and one of them in it."""
    async with elsewhere(friend):
        page = await context.new_page()
        await page.goto(f"http://localhost:{friend}/")
        await page.evaluate("() => document.body.append(document.createElement('input'))")
        await page.focus("input")
        await page.evaluate(HOST, [f"{server.url}embed/{room}", init])
        yield Host(page)
        await page.close()


async def test_frame_talks_as_the_guest_that_its_host_keeps(
    people: People, server: ServerProcess, friend: int
) -> None:
    ann = await people.new_person("Ann")
    context = await people.new_context()
    async with hosting(context, server, friend, hold=True, suggested="Bob") as host:
        assert (await host.got("ready")) == [{"type": "ready", "room": "lobby", "title": "Lobby"}]
        name = host.frame.get_by_label("Nickname")
        await name.wait_for()
        assert await name.input_value() == "Bob"
        await host.page.keyboard.type("mine")
        assert await host.page.input_value("input") == "mine", "the frame took no focus"
        assert await host.got("identity") == [], "the lock is not held while somebody thinks"

        # the hello waits until the host says who is here
        await host.frame.get_by_role("button", name="Join the chat").click()
        asked = await host.hears("identity")
        assert [each["state"] for each in await host.got("state")] == ["connecting"]
        await host.tell("identity", id=asked["id"], token=None, name=None)
        await host.online()
        guest = await host.hears("guest", name="Bob")
        assert guest["token"]

        # both ways, and what the host is told of it
        await host.says("from the frame")
        await sees(ann, "from the frame")
        await host.hears("message", text="from the frame", mine=True)
        await host.tell("send", id=7, text="/not a command")
        await sees(ann, "/not a command")
        assert (await host.hears("sent", id=7))["seq"] > 0
        await host.tell("send", id=8, text="x" * 4_001)
        refused = await host.hears("sent", id=8)
        assert refused["code"] == "too_large"
        assert refused["message"]
        await host.hears("presence", count=2)

        # unread and read positions while nobody looks
        await host.tell("look", shown=False, focused=True)
        for number in range(3):
            await say(ann, f"while away {number}")
        await host.hears("unread", count=3)
        told = await host.hears("message", text="while away 2", mine=False)
        assert told["from"]["name"] == "Ann"
        await host.page.focus("input")
        await host.tell("look", shown=True, focused=False)
        await say(ann, "still away")
        await host.hears("unread", count=4)
        await host.page.reload()
        await host.page.evaluate(
            HOST,
            [
                f"{server.url}embed/lobby",
                {"shown": False, "guest": {"token": guest["token"], "name": "Bob"}},
            ],
        )
        await host.online()
        await host.hears("unread", count=4)
        await host.tell("look", shown=True, focused=True)
        await host.hears("unread", count=0)

        # odd words are ignored, on the port as on the window
        await host.page.evaluate(
            """() => {
                for (const odd of [null, 7, 'x', {}, { type: 'toString' }, { type: 'vouch' },
                    { type: 'look', shown: 'yes', focused: 1 }, { type: 'send', id: 'x' }])
                    host.tell(odd);
                const { port1, port2 } = new MessageChannel();
                host.frame.contentWindow.postMessage({ tornchat: 1, type: 'init' }, '*', [port2]);
            }"""
        )
        await host.tell("title", title="Ask us")
        await host.frame.get_by_role("heading", name="Ask us", exact=True).wait_for()
        await host.tell("theme", theme="dark", style={"accent": "red", "radius": "", "font": ""})
        await host.frame.locator(":root[data-theme=dark]").wait_for(state="attached")

        # the way out
        assert await host.frame.get_by_role("link", name="All rooms").count() == 0
        await host.frame.locator("#composer").press("Escape")
        await host.hears("close")
        before = len(await host.got("close"))
        await host.frame.get_by_role("button", name="Close the chat").click()
        assert len(await host.got("close")) == before + 1


async def test_readonly_frame_asks_nothing_and_writes_nothing(
    people: People, server: ServerProcess, friend: int
) -> None:
    ann = await people.new_person("Ann", "hall")
    context = await people.new_context()
    async with hosting(context, server, friend, "hall", mode="readonly") as host:
        await host.online()
        assert (await host.hears("guest"))["name"] is None
        assert await host.frame.locator("dialog[open], #composer, .me:visible").count() == 0
        await say(ann, "for your eyes")
        await host.sees("for your eyes")
        await host.tell("send", id=1, text="no")
        assert (await host.hears("sent", id=1))["code"] == "read_only"
        await host.tell("focus")
        await host.page.keyboard.press("Escape")
        assert await host.got("close") == []

        # without a script around it, a frame is a page by itself
        alone = await context.new_page()
        await alone.goto(f"{server.url}embed/hall?mode=readonly")
        await sees(alone, "for your eyes")
        assert await alone.locator("#composer").count() == 0
        await alone.goto(f"{server.url}embed/hall")
        await alone.get_by_label("Nickname").wait_for()


async def test_token_that_ends_in_the_middle_of_a_chat(
    people: People, server: ServerProcess, friend: int
) -> None:
    ann = await people.new_person("Ann", "desk")
    context = await people.new_context()
    fresh: list[bool] = []
    broken = False

    def give(asked_fresh: bool) -> str:
        fresh.append(asked_fresh)
        return site_token("9", "Eve")[:-4] + "AAAA" if broken else site_token("8", "Mia", life=3)

    await context.expose_function("give", give)
    async with hosting(context, server, friend, "desk", vouched=True, give=True) as host:
        await host.online()
        assert await host.got("identity") == await host.got("guest") == []
        said = []
        for number in range(30):
            said.append(f"line {number}")
            await host.tell("send", id=number, text=said[-1])
            await host.page.wait_for_timeout(100)
        for number in range(30):
            await host.hears("sent", id=number)
        texts = "() => [...document.querySelectorAll('.message .text')].map((t) => t.textContent)"
        for page in (ann, host.frame):
            await sees(page, said[-1])  # type: ignore[arg-type]
            found = await page.evaluate(texts)
            assert found == said
        assert fresh[0] is False
        assert fresh.count(True) >= 1
        states = [each["state"] for each in await host.got("state")]
        assert states.count("recovering") == 0, "renewed over the open connection"

        # what the site gives from now on is refused, and that is said where the room was
        broken = True
        await host.tell("vouch", vouched=True)
        await host.frame.locator(".gate", has_text="Your sign-in was not accepted").wait_for()
        error = await host.hears("error", code="4501")
        assert "sign-in" in error["message"]
        assert await host.frame.get_by_text("Sign in again on this page.").is_visible()
        await host.tell("send", id=99, text="too late")
        assert (await host.hears("sent", id=99))["code"] == "4501"

        # mended, it opens the room again
        broken = False
        await host.page.evaluate("() => { host.got.length = 0; }")
        await host.tell("vouch", vouched=True)
        await host.online()
        await host.sees(said[-1])

        # signed out, a visitor is a guest, who is asked for a name
        await host.page.evaluate("() => { host.tokens = async () => null; }")
        await host.tell("vouch", vouched=True)
        await host.enter("Guest of honour")
        assert (await host.hears("guest"))["name"] == "Guest of honour"


async def test_private_room_opens_to_an_invite_a_token_and_a_guest_who_was_there(
    people: People, server: ServerProcess, friend: int
) -> None:
    people.expect_problems(*MISSING)
    made = await invite(server, "order")
    context = await people.new_context()
    await context.expose_function("give", lambda _: made["token"])
    async with hosting(context, server, friend, "order") as host:
        await host.frame.locator(".gate", has_text="you need an invitation").wait_for()
        assert (await host.hears("error"))["code"] == "not_found"
        assert await host.got("identity") == [], "who is nobody asks for nothing"
        html = await host.frame.content()
        assert "4711" not in html
        assert await host.frame.get_by_role("link", name="All rooms").count() == 0
    async with hosting(context, server, friend, "order", vouched=True, give=True) as host:
        await host.frame.get_by_label("Nickname").fill("Eve")
        await host.frame.get_by_role("button", name="Join", exact=True).click()
        await host.frame.get_by_role("heading", name="Order 4711").wait_for()
        guest = (await host.hears("guest", name="Eve"))["token"]
        assert made["token"] not in await host.frame.content()
    known = {"token": guest, "name": "Eve"}
    async with hosting(context, server, friend, "order", guest=known) as host:
        await host.frame.get_by_role("heading", name="Order 4711").wait_for()
    async with hosting(
        context, server, friend, "order", guest=known, vouched=True, give=True
    ) as host:
        await host.frame.get_by_role("heading", name="Order 4711").wait_for()
        assert await host.frame.locator("dialog[open]").count() == 0, "known: asked nothing again"


async def test_frame_without_storage_keeps_what_its_host_keeps(
    people: People, server: ServerProcess, friend: int
) -> None:
    people.expect_problems("WebSocket connection")
    context = await people.new_context()
    await context.add_init_script(BLOCKED)
    async with hosting(context, server, friend) as host:
        await host.enter("Zoe")
        guest = await host.hears("guest", name="Zoe")
        await host.says("no storage here")
        await host.sees("no storage here")
        await host.frame.locator("#composer").fill("half a thought")

        # signed in and out: the one who writes changes, and what was typed stays
        await context.expose_function("give", lambda _: site_token("9", "Zoe of Shop"))
        await host.page.evaluate("() => { host.tokens = window.give; host.got.length = 0; }")
        await host.tell("vouch", vouched=True)
        await host.online()
        await host.tell("vouch", vouched=True)  # as pages do that say all of it with each change
        await host.page.wait_for_function(
            "() => host.got.filter(({ type }) => type === 'token').length === 2"
        )
        assert await host.frame.locator("#composer").input_value() == "half a thought"
        await host.frame.locator("#composer").press("Enter")
        told = await host.hears("message", text="half a thought")
        assert told["from"]["verified"]
        states = [each["state"] for each in await host.got("state")]
        assert states.count("online") == 1, "the same visitor stayed"
        await host.tell("vouch", vouched=False)
        await host.hears("state", state="connecting")
        await host.sees("half a thought")
        await host.tell("send", id=1, text="myself again")
        told = await host.hears("message", text="myself again")
        assert (told["from"]["name"], told["mine"]) == ("Zoe", True)

        # a frame that is loaded again is greeted again
        await host.page.evaluate("() => { host.got.length = 0; }")
        await host.frame.evaluate("() => location.reload()")
        await host.online()
        await host.tell("send", id=2, text="and again")
        told = await host.hears("message", text="and again")
        assert told["from"]["id"] and told["mine"]
        assert (await host.page.evaluate("() => host.guest"))["token"] == guest["token"]
        assert "tornchat" not in host.frame.url.split("/embed/")[1]


async def test_first_load_of_a_frame_is_light(
    people: People, server: ServerProcess, friend: int
) -> None:
    context = await people.new_context()
    requests: list[Any] = []
    context.on("request", lambda request: requests.append(request))  # noqa: PLW0108 (a builtin fails)
    async with hosting(context, server, friend) as host:
        await host.enter("Al")
        ours = [request for request in requests if request.url.startswith(server.url)]
        sizes = await asyncio.gather(*(request.sizes() for request in ours))
        total = sum(each["responseBodySize"] for each in sizes)
        names = [re.sub(r".*/", "", request.url) for request in ours]
        assert 30_000 < total <= MAX_BYTES, list(zip(names, sizes, strict=True))
        assert 4 <= len(ours) <= MAX_REQUESTS, names
        assert names.count("embed.js") == 1
        waited = await host.frame.evaluate(
            "() => performance.getEntriesByType('resource').filter((each) =>"
            " each.name.includes('.js') && each.initiatorType !== 'link').map(({ name }) => name)"
        )
        assert [name for name in waited if "embed.js" not in name] == [], "announced"
