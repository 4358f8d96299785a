"""From the link that the first start prints to being in, out, and in again, in real browsers."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pyotp
import pytest

from tests.e2e.access import verb
from tests.kit.server import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.async_api import Page

    from tests.e2e.browser import Browsing, People

GOOD = "violet tram over nine hills"
BETTER = "eleven owls beside the quarry"


@pytest.fixture
def server(tmp_path: Path, browsing: Browsing) -> Iterator[ServerProcess]:
    """A server that nobody has set up."""
    place = ServerProcess(tmp_path)
    yield browsing.runner.run(place.__aenter__())
    browsing.runner.run(place.__aexit__(None, None, None))


async def tab(people: People) -> Page:
    context = await people.new_context()
    return await context.new_page()


async def set_up(page: Page, link: str, name: str = "Ann", password: str = GOOD) -> None:
    """Open a one-time link, and choose name and password."""
    await page.goto(link)
    if await page.get_by_label("Name").count():
        await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(password)
    await page.get_by_label("The same again").fill(password)
    await page.get_by_role("button", name="Set the password").click()
    await page.wait_for_selector(".shell")


async def sign_in(page: Page, server: ServerProcess, password: str, code: str = "") -> None:
    await page.goto(urljoin(server.url, "admin/login"))
    await page.get_by_label("Name").fill("Ann")
    await page.get_by_label("Password").fill(password)
    await page.get_by_label("One-time code").fill(code)
    await page.get_by_role("button", name="Sign in").click()


def printed_link(server: ServerProcess) -> str:
    found = re.search(r"Set up the admin page .*: (http\S+)", server.log)
    assert found, server.log
    return found[1]


async def test_printed_link_lets_the_first_admin_in_and_its_code_leaves_the_address_bar(
    server: ServerProcess, people: People
) -> None:
    link, page = printed_link(server), await tab(people)
    code = link.partition("#")[2]
    await page.goto(link)
    assert page.url == urljoin(server.url, "admin/setup")
    assert not await page.locator("[data-setup-code]").is_visible()
    await set_up(page, link)
    assert page.url == urljoin(server.url, "admin/")
    assert server.log.count(code) == 1, "printed once, and in no other line"
    again = await tab(people)
    await again.goto(link)
    people.expect_problems("403")
    await again.get_by_label("Password").fill(GOOD)
    await again.get_by_label("The same again").fill(GOOD)
    await again.get_by_role("button", name="Set the password").click()
    await again.get_by_role("alert").filter(has_text="used already").wait_for()


async def test_cookies_are_seen_by_no_script(server: ServerProcess, people: People) -> None:
    page = await tab(people)
    await set_up(page, printed_link(server))
    assert await page.evaluate("document.cookie") == ""
    cookies = {found["name"]: found for found in await page.context.cookies()}
    assert {"sid", "xsrf"} <= set(cookies)
    for cookie in cookies.values():
        assert cookie["httpOnly"] is True
        assert cookie["sameSite"] == "Lax"


async def test_link_in_a_mail_finds_one_signed_in(server: ServerProcess, people: People) -> None:
    """A page of another site that links here: its click is a GET, and brings the cookie along."""
    page = await tab(people)
    await set_up(page, printed_link(server))
    target = urljoin(server.url, "admin/account")
    await page.goto(f"data:text/html,<a href='{target}'>mail</a>")
    await page.get_by_role("link").click()
    await page.get_by_role("heading", name="Your account").wait_for()


async def test_form_of_another_site_changes_nothing(server: ServerProcess, people: People) -> None:
    page = await tab(people)
    await set_up(page, printed_link(server))
    people.expect_problems("403", "ERR_")
    target = urljoin(server.url, "admin/logout")
    await page.goto(
        f"data:text/html,<form method=post action='{target}'><button>win</button></form>"
    )
    async with page.expect_navigation():
        await page.get_by_role("button").click()
    await page.goto(urljoin(server.url, "admin/account"))
    await page.get_by_role("heading", name="Your account").wait_for()


async def test_signing_out_closes_the_other_tab_and_the_back_button_shows_nothing(
    server: ServerProcess, people: People
) -> None:
    page = await tab(people)
    await set_up(page, printed_link(server))
    other = await page.context.new_page()
    await other.goto(urljoin(server.url, "admin/account"))
    await (
        other.locator("[data-signal] span")
        .filter(has_text=re.compile(r"\w"))
        .wait_for(state="attached")
    )
    people.expect_problems("403")
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.get_by_text("You are signed out.").first.wait_for()
    await other.get_by_role("heading", name="Sign in").wait_for()
    await page.go_back()
    await page.get_by_role("heading", name="Sign in").wait_for()


async def test_second_factor_is_asked_for_once_it_is_on(
    server: ServerProcess, people: People
) -> None:
    page = await tab(people)
    await set_up(page, printed_link(server))
    await page.goto(urljoin(server.url, "admin/account/second-factor"))
    secret = (await page.locator("#secret").inner_text()).replace(" ", "")
    totp = pyotp.TOTP(secret)
    await page.get_by_label("Code", exact=True).fill(totp.now())
    await page.get_by_label("Your password").fill(GOOD)
    await page.get_by_role("button", name="Turn it on").click()
    await page.get_by_text("each login asks for a code").first.wait_for()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    people.expect_problems("403")
    await sign_in(page, server, GOOD)
    await page.get_by_role("alert").filter(has_text="wrong").wait_for()
    # The code that turned it on is used up: the next one is good half a minute early.
    step = int(time.time()) // 30 + 1
    await sign_in(page, server, GOOD, totp.at(step * 30))
    await page.wait_for_selector(".shell")


async def test_moderator_of_a_room_sees_it_and_nothing_else(
    server: ServerProcess, people: People
) -> None:
    await verb(server, "create_room", name="den", title="Den")
    made = await verb(server, "add_account", name="mo", rooms=["den"])
    page = await tab(people)
    await set_up(page, urljoin(server.url, made["link"]), password=BETTER)
    assert page.url == urljoin(server.url, "admin/rooms")
    await page.get_by_text("Den").first.wait_for()
    people.expect_problems("404")
    for path in ("rooms/lobby", "accounts", "settings", "audit", "people"):
        answer = await page.goto(urljoin(server.url, f"admin/{path}"))
        assert answer is not None
        assert answer.status == 404
    assert await page.get_by_role("link", name="Accounts").count() == 0
