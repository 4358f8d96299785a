"""People in real browsers: pages that entered a room, watched for errors of any kind.

Playwright is imported when the first browser starts, so that the tests are collected without it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode, urljoin

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

PATIENCE_MS = 10_000
ARGS = ("--disable-gpu", "--disable-background-networking", "--disable-component-update")


class Browsing:
    """One Chromium for all tests, on an event loop of its own that runs while a test does.

    To start it for each test would take longer than most of the tests.
    """

    def __init__(self, runner: asyncio.Runner, launch: dict[str, Any]) -> None:
        self.runner = runner
        self._launch = launch
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    async def browser(self) -> Browser:
        """Return the browser, which is started the first time, and again if it has died."""
        if self._browser is None or not self._browser.is_connected():
            playwright = await self._started()
            self._browser = await playwright.chromium.launch(**self._launch)
        return self._browser

    async def profile(
        self, folder: Path, settings: Mapping[str, object], *args: str
    ) -> BrowserContext:
        """Start one more, as somebody has it who chose these settings for it (`profile.*`)."""
        kept = folder / "Default" / "Preferences"
        kept.parent.mkdir(parents=True)
        kept.write_text(json.dumps({"profile": settings}))
        options = {**self._launch, "args": [*self._launch["args"], *args]}
        playwright = await self._started()
        return await playwright.chromium.launch_persistent_context(folder, **options)

    async def _started(self) -> Playwright:
        from playwright.async_api import async_playwright

        if self._playwright is None:
            self._playwright = await async_playwright().start()
        return self._playwright

    async def close(self) -> None:
        if self._browser is not None:
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()


@dataclass
class People:
    """Everybody who takes part by a browser, each with storage and cookies of their own.

    async def test_two_people_chat(people: People) -> None:
        ann = await people.new_person("Ann")
        bob = await people.new_person("Bob")
        await say(ann, "Hello")
        await sees(bob, "Hello")

    Console errors, uncaught exceptions and violations of the content security policy are kept in
    `problems` and fail the test at its end; those that a test provokes it declares by
    `expect_problems("WebSocket connection", "net::ERR_")` (parts of their texts).
    """

    url: str
    browsing: Browsing
    problems: list[str] = field(default_factory=list)
    _expected: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for context in self._contexts:
            await context.close()

    async def new_person(
        self, name: str, room: str = "lobby", *, url: str = "", transport: str = "", **context: Any
    ) -> Page:
        """Open a room in a new browser context, give the name, and wait until it is online.

        url: the site, where it is not the server's (a proxy's). transport: forces one. context:
        options of Playwright's `new_context`, such as viewport or color_scheme.
        """
        stranger = await self.new_context(**context)
        page = await self.open_room(stranger, room, url=url, transport=transport)
        await enter(page, name)
        return page

    async def new_context(self, **options: Any) -> BrowserContext:
        """Return a context without a name yet."""
        browser = await self.browsing.browser()
        # A server on https has a certificate that a test made.
        options.setdefault("ignore_https_errors", self.url.startswith("https:"))
        return self._of_ours(await browser.new_context(**options))

    async def new_profile(
        self, folder: Path, settings: Mapping[str, object], *args: str
    ) -> BrowserContext:
        """Return a context of a browser with settings of its own; `args`: of its command line."""
        return self._of_ours(await self.browsing.profile(folder, settings, *args))

    async def open_room(
        self, context: BrowserContext, room: str = "lobby", *, url: str = "", transport: str = ""
    ) -> Page:
        """Open a tab on a room; somebody new is asked for a name there."""
        query = f"?{urlencode({'transport': transport})}" if transport else ""
        page = await context.new_page()
        await page.goto(urljoin(url or self.url, f"r/{room}{query}"))
        return page

    def expect_problems(self, *parts: str) -> None:
        """Let problems pass whose text contains one of these."""
        self._expected += parts

    def check(self) -> None:
        """Fail for what went wrong in a page without being expected."""
        # Browsers fetch a page's icon when they like, also when its server has gone.
        expected = [*self._expected, "/icon.svg"]
        wrong = [p for p in self.problems if not any(part in p for part in expected)]
        assert not wrong, f"in the browser: {wrong}"

    def _of_ours(self, context: BrowserContext) -> BrowserContext:
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.on("page", self._watch)
        return context

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))
        page.on("console", self._on_console)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"{message.text} ({message.location.get('url', '')})")


def launch_options(chromium: dict[str, Any]) -> dict[str, Any]:
    """Return how Chromium is launched."""
    return {**chromium, "args": [*chromium["args"], *ARGS]}


async def enter(page: Page, name: str) -> None:
    """Give a name where the page asks for one, and wait until it is online."""
    await page.get_by_label("Nickname").fill(name)
    await page.get_by_role("button", name="Join the chat").click()
    await online(page)


async def online(page: Page, transport: str = "", *, patience_ms: int = PATIENCE_MS) -> None:
    """Wait until the page is online, by a certain transport if one is named."""
    from playwright.async_api import expect

    element = page.locator("tornchat-room")
    await expect(element).to_have_attribute("data-state", "online", timeout=patience_ms)
    if transport:
        await expect(element).to_have_attribute("data-transport", transport, timeout=patience_ms)


async def say(page: Page, text: str) -> None:
    """Write a message and send it with Enter."""
    composer = page.get_by_role("textbox").last
    await composer.fill(text)
    await composer.press("Enter")


async def sees(page: Page, text: str, *, patience_ms: int = PATIENCE_MS) -> None:
    """Wait until a text is in the room's log, exactly once."""
    from playwright.async_api import expect

    line = page.get_by_role("log").get_by_text(text, exact=True)
    await expect(line).to_have_count(1, timeout=patience_ms)
