"""Coming in to the admin part as anybody: one-time links, the login, a socket that is watched."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from tests.e2e.access import verb
from tests.e2e.crowd import figure
from tests.kit.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page, WebSocket

    from tests.e2e.browser import People
    from tests.kit.server import ServerProcess

GOOD = "violet tram over nine hills"
BETTER = "eleven owls beside the quarry"
THOROUGH = pytest.param("http", marks=pytest.mark.thorough)
OVER_BOTH = pytest.mark.parametrize("server", ["http", "https"], indirect=True, scope="module")
OVER_HTTPS = pytest.mark.parametrize("server", [THOROUGH, "https"], indirect=True, scope="module")
"""What does not depend on the scheme is proven over https, and over http by `make thorough`."""


def admin_url(server: ServerProcess, path: str = "") -> str:
    return urljoin(server.url, f"admin/{path}")


def cookie_name(server: ServerProcess, name: str) -> str:
    """Return what a cookie of ours is called there."""
    return f"__Host-{name}" if server.tls else name


async def session_id(server: ServerProcess, context: BrowserContext) -> str:
    """Return what the browser shows to be known again, "" for nothing."""
    held = {each["name"]: each["value"] for each in await context.cookies()}
    return held.get(cookie_name(server, "sid"), "")


def printed_link(server: ServerProcess) -> str:
    """Return the link that the first start prints."""
    found = re.search(r"Set up the admin page .*: (http\S+)", server.log)
    assert found, server.log
    return found[1]


async def tab(people: People, **options: Any) -> Page:
    """Open an empty tab in a browser of its own."""
    context = await people.new_context(**options)
    return await context.new_page()


async def set_up(page: Page, link: str, name: str = "Ann", password: str = GOOD) -> None:
    """Open a one-time link, choose a password (and where it is asked for, a name), and be in."""
    await page.goto(link)
    if await page.get_by_label("Name").count():
        await page.get_by_label("Name").fill(name)
    await fill_new_password(page, password)
    await page.wait_for_selector(".shell")


async def fill_new_password(page: Page, password: str = GOOD) -> None:
    await page.get_by_label("Password").fill(password)
    await page.get_by_label("The same again").fill(password)
    await page.get_by_role("button", name="Set the password").click()


async def fill_login(page: Page, name: str, password: str = GOOD, code: str = "") -> None:
    """Fill in the login that a page shows, and send it."""
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(password)
    await page.get_by_label("One-time code").fill(code)
    await page.get_by_role("button", name="Sign in").click()


async def newcomer(
    server: ServerProcess, people: People, name: str, *, rooms: list[str] | None = None, **more: Any
) -> Page:
    """Make an account, and come in by its link in a browser of its own."""
    made = await verb(server, "add_account", name=name, rooms=rooms)
    page = await tab(people, **more)
    await set_up(page, urljoin(server.url, made["link"]))
    return page


async def sign_in(
    server: ServerProcess, page: Page, name: str, password: str = GOOD, *, way: str = "account"
) -> Page:
    """Come in by the login; the page shows what is at `way` below the admin part."""
    await page.goto(admin_url(server, f"login?next={way}"))
    await fill_login(page, name, password)
    await page.wait_for_selector(".shell")
    return page


async def live(page: Page) -> None:
    """Wait until the socket of a page is open."""
    await page.locator("[data-signal][data-state=online]").wait_for(state="attached")


async def is_out(page: Page) -> None:
    """Wait until a page shows the login."""
    await page.get_by_role("heading", name="Sign in").wait_for()


async def alerts(page: Page, words: str) -> None:
    """Wait until a page says what was wrong."""
    await page.get_by_role("alert").filter(has_text=words).first.wait_for()


@dataclass
class Socket:
    """The newest socket of a page: what it carried, and when it was closed."""

    url: str = ""
    sent: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    closed_at: float | None = None

    @classmethod
    def of(cls, page: Page) -> Socket:
        """Watch the sockets that a page opens from now on."""
        socket = cls()
        page.on("websocket", socket._follow)
        return socket

    def _follow(self, opened: WebSocket) -> None:
        self.url, self.closed_at = opened.url, None
        opened.on("framesent", lambda frame: self.sent.append(str(frame)))
        opened.on("framereceived", lambda frame: self.received.append(str(frame)))
        opened.on("close", lambda _: self._close())

    def _close(self) -> None:
        self.closed_at = time.monotonic()

    async def closed_after(self, began: float) -> float:
        """Wait until it is closed; say and return how many seconds after a moment that was."""
        await until(lambda: self.closed_at is not None, "the socket is closed")
        assert self.closed_at is not None
        seconds = self.closed_at - began
        figure(f"the socket of the admin page is closed after {seconds:.2f} s")
        return seconds
