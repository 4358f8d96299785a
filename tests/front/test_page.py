"""The pages in a real browser, against a real server: what people see and do."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pytest

from tests.server import ServerProcess

pytestmark = pytest.mark.browser

CONF = """
[server]
data_dir = data
[limits]
messages_per_second = 0
messages_per_person = 0
messages_per_ip = 0
commands_per_second = 0
joins_per_second = 0
[room lobby]
title = Lobby
topic = Come in
[room help]
title = Help
"""
TRANSPORTS = ["websocket", "xhr-streaming", "xhr-polling"]
TABS = 8
WAIT_MS = 15_000
FALLBACK_MS = 10_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("front")
    (folder / "tornchat.conf").write_text(CONF)
    with ServerProcess(folder, "--config", "tornchat.conf") as running:
        yield running


@pytest.fixture(scope="module")
def browser(chromium: dict[str, Any]) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(**chromium)
        yield running
        running.close()


class Person:
    """Somebody with a browser of their own: one context, any number of tabs."""

    def __init__(self, browser: Any, name: str, **options: Any) -> None:
        self.name = name
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(WAIT_MS)
        self.problems: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def open(self, address: str, *, named: bool = False) -> Any:
        """Open a tab, give the name where it is asked for, and wait until it is online."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._heard)
        page.goto(address)
        if not named:
            page.fill("#name", self.name)
            page.keyboard.press("Enter")
        online(page)
        return page

    def _heard(self, line: Any) -> None:
        if "Content Security Policy" in line.text or "Refused to" in line.text:
            self.problems.append(line.text)


def online(page: Any, transport: str = "") -> None:
    """Wait until the room is joined, over this transport if one is named."""
    wanted = f"[data-transport='{transport}']" if transport else ""
    page.wait_for_selector(f"tornchat-room[data-state=online]{wanted}")
    page.wait_for_selector(".row")


def say(page: Any, text: str) -> None:
    """Write a message and send it."""
    page.fill("#composer", text)
    page.press("#composer", "Enter")


def sees(page: Any, text: str) -> None:
    """Wait until a message is shown, as sent."""
    page.wait_for_selector(f".message:not(.pending) .text:text-is('{text}')")


def shown(page: Any, prefix: str) -> list[str]:
    """Return the messages on the page that begin so, top to bottom."""
    texts = page.locator(".message:not(.pending) .text").all_inner_texts()
    return [text for text in texts if text.startswith(prefix)]


def room(server: ServerProcess, name: str, transport: str = "") -> str:
    """Return the address of a room's page."""
    return f"{server.address}r/{name}" + (f"?transport={transport}" if transport else "")


# ── chatting ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_page_chats_over_each_transport(
    server: ServerProcess, browser: Any, transport: str
) -> None:
    with Person(browser, "Ann") as ann, Person(browser, "Ben") as ben:
        one = ann.open(room(server, "lobby", transport))
        other = ben.open(room(server, "lobby", transport))
        online(one, transport)
        for count in range(3):
            say(one, f"{transport} ann {count}")
            sees(other, f"{transport} ann {count}")
            say(other, f"{transport} ben {count}")
            sees(one, f"{transport} ben {count}")
        assert shown(one, transport) == shown(other, transport)
        assert len(shown(one, transport)) == 6
        assert one.locator(".pending").count() == 0
        assert ann.problems == ben.problems == []


def test_page_shows_hostile_text_as_text(server: ServerProcess, browser: Any) -> None:
    texts = [
        "<img src=x onerror=window.hit=1><script>window.hit=1</script>",
        '<svg onload=window.hit=1> javascript:alert(1) https://e.example/"onmouseover="hit=1',
    ]
    with Person(browser, "Ann <b>") as ann:
        page = ann.open(room(server, "lobby"))
        for text in texts:
            say(page, text)
            page.wait_for_function(
                "text => [...document.querySelectorAll('.message:not(.pending) .text')]"
                ".some(element => element.textContent === text)",
                arg=text,
            )
        assert page.evaluate("window.hit") is None
        assert page.locator(".text img, .text script, .text svg").count() == 0
        link = page.locator(".text a[href^='https://e.example']").first
        assert link.get_attribute("rel") == "noopener noreferrer nofollow ugc"
        assert link.get_attribute("onmouseover") is None
        assert ann.problems == []


def test_page_deletes_own_message_for_everybody(server: ServerProcess, browser: Any) -> None:
    with Person(browser, "Ann") as ann, Person(browser, "Ben") as ben:
        one, other = ann.open(room(server, "lobby")), ben.open(room(server, "lobby"))
        say(one, "to be deleted")
        sees(other, "to be deleted")
        other.locator(".message", has_text="to be deleted").hover()
        other.locator(".message", has_text="to be deleted").locator(".more").click()
        assert other.locator(".menu").inner_text() == "Copy text"
        one.locator(".scroller").focus()
        one.keyboard.press("ArrowUp")
        one.keyboard.press("Enter")
        one.click(".menu >> text=Delete…")
        one.click("dialog[open] >> text='Delete'")
        for page in (one, other):
            page.wait_for_selector(".removed")
            assert shown(page, "to be deleted") == []


def test_page_changes_the_name_and_tells_others(server: ServerProcess, browser: Any) -> None:
    with Person(browser, "Ann") as ann, Person(browser, "Ben") as ben:
        one, other = ann.open(room(server, "help")), ben.open(room(server, "help"))
        one.click(".me")
        one.fill("#name", "admin")
        one.keyboard.press("Enter")
        one.wait_for_selector(".problem:not(:empty)")
        one.fill("#name", "Annabel")
        one.keyboard.press("Enter")
        one.wait_for_selector("dialog[open]", state="detached")
        other.wait_for_selector(".members >> text=Annabel")
        other.wait_for_selector(".activity >> text=Annabel")
        one.reload()
        online(one)
        one.wait_for_selector(".me >> text=Annabel")


def test_page_refuses_a_reserved_first_name_and_asks_again(
    server: ServerProcess, browser: Any
) -> None:
    with Person(browser, "admin") as ann:
        page = ann.context.new_page()
        page.goto(room(server, "lobby"))
        page.fill("#name", "admin")
        page.keyboard.press("Enter")
        page.wait_for_selector(".problem:not(:empty)")
        page.fill("#name", "Ann")
        page.keyboard.press("Enter")
        online(page)


def test_page_works_without_storage(server: ServerProcess, browser: Any) -> None:
    with Person(browser, "Ann") as ann:
        ann.context.add_init_script(
            "for (const name of ['localStorage', 'sessionStorage'])"
            " Object.defineProperty(window, name, {get() { throw new Error('blocked') }})"
        )
        page = ann.open(room(server, "lobby"))
        say(page, "without storage")
        sees(page, "without storage")
        assert ann.problems == []


def test_page_counts_unread_in_the_title_and_draws_the_divider(
    server: ServerProcess, browser: Any
) -> None:
    with Person(browser, "Ann") as ann, Person(browser, "Ben") as ben:
        one, other = ann.open(room(server, "help")), ben.open(room(server, "help"))
        one.evaluate("() => { document.hasFocus = () => false; dispatchEvent(new Event('blur')) }")
        say(other, "are you there?")
        one.wait_for_function("() => document.title.startsWith('(1) ')")
        one.wait_for_selector(".divider + .message >> text=are you there?")


def test_page_loads_history_and_keeps_what_is_read_in_place(
    server: ServerProcess, browser: Any
) -> None:
    with Person(browser, "Ann") as ann, Person(browser, "Ben") as ben:
        one = ann.open(room(server, "help"))
        for count in range(120):
            say(one, f"line {count}")
        sees(one, "line 119")
        page = ben.open(room(server, "help"))
        sees(page, "line 119")
        assert len(shown(page, "line ")) <= 50
        page.locator(".scroller").hover()
        for _ in range(60):
            if shown(page, "line 0"):
                break
            page.mouse.wheel(0, -1500)
            page.wait_for_timeout(50)
        assert shown(page, "line ") == [f"line {count}" for count in range(120)]
        anchor = page.locator(".text:text-is('line 70')")
        anchor.scroll_into_view_if_needed()
        before = anchor.bounding_box()
        say(one, "news")
        page.wait_for_selector(".jump >> text=1 new message")
        assert anchor.bounding_box() == before
        page.click(".jump")
        page.wait_for_selector(".jump", state="hidden")
        assert page.locator(".text:text-is('news')").is_visible()


# ── on the road ──────────────────────────────────────────────────────────────────────────────────


def test_page_sends_what_was_written_while_the_server_was_away(
    tmp_path: Path, browser: Any
) -> None:
    (tmp_path / "tornchat.conf").write_text(CONF)
    with ExitStack() as stack:
        ann = stack.enter_context(Person(browser, "Ann"))
        with ServerProcess(tmp_path, "--config", "tornchat.conf") as first:
            page = ann.open(room(first, "lobby"))
            say(page, "before")
            sees(page, "before")
            port = urlsplit(first.address).port
            first.process.kill()
            page.wait_for_selector(".banner:not([hidden])")
            say(page, "meanwhile 1")
            say(page, "meanwhile 2")
            page.wait_for_selector(".pending >> text=meanwhile 2")
        command = ("--config", "tornchat.conf", "--listen", f"127.0.0.1:{port}")
        stack.enter_context(ServerProcess(tmp_path, *command))
        page.wait_for_timeout(300)
        if page.locator(".banner .link").is_visible():
            page.click(".banner .link")
        sees(page, "meanwhile 2")
        page.wait_for_selector(".banner", state="hidden")
        assert shown(page, "before") == ["before"]
        assert shown(page, "meanwhile") == ["meanwhile 1", "meanwhile 2"]
        assert page.locator(".pending, .gap").count() == 0


def test_tabs_that_share_a_line_stay_live_when_the_first_is_closed(
    server: ServerProcess, browser: Any
) -> None:
    transport = "xhr-polling"
    with Person(browser, "Ann") as ann, Person(browser, "Ben") as ben:
        address = room(server, "lobby", transport)
        tabs = [ann.open(address)]
        tabs += [ann.open(address, named=True) for _ in range(TABS - 1)]
        other = ben.open(room(server, "lobby"))
        say(other, f"to all {transport}")
        for tab in tabs:
            sees(tab, f"to all {transport}")
        for count, tab in enumerate(tabs):
            say(tab, f"tab {count} {transport}")
            sees(other, f"tab {count} {transport}")
        tabs[0].close()
        say(other, f"the first is gone {transport}")
        for tab in tabs[1:]:
            sees(tab, f"the first is gone {transport}")
        for tab in tabs[1:]:
            found = [text for text in shown(tab, "") if text.endswith(f" {transport}")]
            assert len(found) == len(set(found)) == TABS + 2
        assert ann.problems == []


@pytest.mark.parametrize("websocket", ["refused", "silent"])
def test_page_falls_back_where_streaming_is_refused_as_well(
    server: ServerProcess, browser: Any, websocket: str
) -> None:
    with (
        Proxy.running(server.address, websocket) as proxy,
        Person(browser, "Ann") as ann,
    ):
        page = ann.context.new_page()
        page.goto(f"{proxy.address}r/lobby")
        page.fill("#name", "Ann")
        page.keyboard.press("Enter")
        polling = "[data-transport='xhr-polling'][data-state=online]"
        page.wait_for_selector(polling, timeout=2 * FALLBACK_MS)
        online(page, "xhr-polling")
        say(page, f"behind a proxy {websocket}")
        sees(page, f"behind a proxy {websocket}")


class Proxy:
    """A proxy that lets plain requests through and hinders the rest, in a thread of its own.

    `websocket`: refused (403) or silent (accepts, never answers). Streaming is refused.
    """

    def __init__(self, target: str, websocket: str) -> None:
        self._target = urlsplit(target)
        self._ways = {"/websocket": websocket, "/xhr_streaming": "refused"}
        self._ready = threading.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.address = ""

    @classmethod
    @contextmanager
    def running(cls, target: str, websocket: str) -> Iterator["Proxy"]:
        proxy = cls(target, websocket)
        thread = threading.Thread(target=asyncio.run, args=(proxy._run(),))
        thread.start()
        proxy._ready.wait(5)
        try:
            yield proxy
        finally:
            proxy._loop.call_soon_threadsafe(proxy._stop.set)
            thread.join()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve in a task of our own: those that asyncio makes itself are not to be waited for."""
        if self._stop.is_set():
            return writer.close()
        self._tasks.append(asyncio.create_task(self._serve(reader, writer)))
        return None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode().split("?")[0]
            way = next((way for end, way in self._ways.items() if path.endswith(end)), "open")
            if way == "refused":
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            elif way == "silent":
                await asyncio.sleep(60)
            else:
                await self._pass(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _pass(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        above, up = await asyncio.open_connection(self._target.hostname, self._target.port)
        try:
            up.write(re.sub(rb"\r\nConnection: [^\r]*", b"\r\nConnection: close", head))
            length = re.search(rb"\r\nContent-Length: (\d+)", head)
            up.write(await reader.readexactly(int(length[1]) if length else 0))
            while data := await above.read(65536):
                writer.write(data)
                await writer.drain()
        finally:
            up.close()
