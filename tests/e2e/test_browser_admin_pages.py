"""What the scripts of the admin pages do, and that everything works without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from tests.e2e.access import verb
from tests.e2e.admin_place import admin_place, go, sign_in
from tests.kit.chat import ChatClient
from tests.kit.transports import RawWebSocket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

    from tests.e2e.browser import Browsing, People
    from tests.kit.server import ServerProcess

pytestmark = pytest.mark.thorough

MARK = "() => { window.stillTheSame = true; }"
SAME = "() => window.stillTheSame === true"
MOST = 200
"""Messages that a page keeps while it follows a room."""
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 640}, "has_touch": True}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, browsing: Browsing) -> Iterator[ServerProcess]:
    """A server with something on every page."""
    place = admin_place(tmp_path_factory.mktemp("admin"))
    yield browsing.runner.run(place.__aenter__())
    browsing.runner.run(place.__aexit__(None, None, None))


async def enter(server: ServerProcess, people: People, path: str = "", **options: Any) -> Page:
    """Sign somebody in and load a page, on which a mark tells whether it is loaded anew."""
    page = await sign_in(server, await people.new_context(**options))
    await go(server, page, path)
    await page.evaluate(MARK)
    return page


def heading(page: Page, words: str) -> Any:
    return page.get_by_role("heading", level=1, name=words)


async def test_link_swaps_the_page_and_back_returns(server: ServerProcess, people: People) -> None:
    from playwright.async_api import expect

    page = await enter(server, people, "rooms")
    await page.evaluate("() => window.scrollTo(0, 400)")
    await page.get_by_role("link", name="Tokens").click()
    await expect(heading(page, "Tokens")).to_be_focused()
    assert page.url == urljoin(server.url, "admin/tokens")
    assert await page.title() == "Tokens · tornchat admin"
    current = page.locator("#nav [aria-current=page]")
    await expect(current).to_have_text("Tokens")
    assert await page.evaluate("scrollY") == 0
    await page.go_back()
    await expect(heading(page, "Rooms")).to_be_visible()
    await page.wait_for_function("() => scrollY === 400")
    assert await page.evaluate(SAME)


async def test_links_lead_right_from_pages_at_other_depths(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    page = await enter(server, people, "rooms")
    await page.get_by_role("link", name="Community garden").click()
    await page.locator(".tabs").get_by_role("link", name="Settings").click()
    await expect(page.get_by_label("Topic")).to_be_visible()
    await page.locator("#nav").get_by_role("link", name="Bans").click()
    await expect(heading(page, "Bans")).to_be_visible()
    assert page.url == urljoin(server.url, "admin/bans")
    assert await page.evaluate(SAME)


async def test_search_filters_while_one_types(server: ServerProcess, people: People) -> None:
    from playwright.async_api import expect

    page = await enter(server, people, "rooms")
    await page.keyboard.press("/")
    await page.keyboard.type("repair")
    await expect(page.locator("#rooms tbody tr")).to_have_count(1)
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type(" caf")
    await expect(page.get_by_role("searchbox")).to_have_value("repair caf")
    await page.wait_for_url("**/rooms?search=repair+caf")
    assert await page.evaluate(SAME)


async def test_form_that_is_done_goes_on_and_says_so(server: ServerProcess, people: People) -> None:
    from playwright.async_api import expect

    page = await enter(server, people, "new-room")
    await page.get_by_label("Name", exact=True).fill("evening")
    await page.get_by_role("button", name="Create room").click()
    await expect(heading(page, "evening")).to_be_visible()
    await expect(page.locator(".toast")).to_be_visible()
    assert page.url == urljoin(server.url, "admin/rooms/evening")
    assert await page.evaluate(SAME)


async def test_form_that_is_refused_keeps_what_was_typed(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    people.expect_problems("409 (Conflict)")
    page = await enter(server, people, "new-room")
    await page.get_by_label("Name", exact=True).fill("garden")
    await page.get_by_label("Topic").fill("Another one")
    await page.get_by_role("button", name="Create room").click()
    await expect(page.get_by_role("alert")).to_contain_text("garden")
    await expect(page.get_by_label("Topic")).to_have_value("Another one")
    assert await page.evaluate(SAME)


async def test_refusal_without_a_page_of_its_own_is_said_in_the_form(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    people.expect_problems("404 (Not Found)")
    page = await enter(server, people, "rooms/garden/settings")
    form = page.locator("form[data-version]")
    await page.get_by_label("Topic").fill("Seeds")
    await form.evaluate("form => form.setAttribute('action', '../nowhere/settings')")
    await page.get_by_role("button", name="Save").click()
    await expect(form.get_by_role("alert")).to_be_visible()
    await expect(page.get_by_label("Topic")).to_have_value("Seeds")


async def test_server_that_is_gone_is_said_and_nothing_typed_is_lost(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    people.expect_problems("net::ERR_", "WebSocket connection")
    page = await enter(server, people, "rooms/garden/settings")
    await page.get_by_label("Topic").fill("Seeds")
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".toast.bad")).to_contain_text("does not answer")
    await expect(page.get_by_label("Topic")).to_have_value("Seeds")


async def test_room_is_deleted_only_once_its_name_is_typed(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    await verb(server, "create_room", name="doomed")
    page = await enter(server, people, "rooms/doomed/settings")
    await page.get_by_text("Delete…").click()
    button = page.get_by_role("button", name="Delete for good")
    await expect(button).to_be_disabled()
    await page.get_by_label("to confirm").fill("doome")
    await expect(button).to_be_disabled()
    await page.get_by_label("to confirm").fill("doomed")
    await button.click()
    await expect(heading(page, "Rooms")).to_be_visible()
    await expect(page.locator("#room-doomed")).to_have_count(0)


async def test_small_form_closes_on_escape_and_outside(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    page = await enter(server, people, "tokens")
    pop = page.locator("details.pop").first
    summary = pop.locator("summary")
    await summary.focus()
    await page.keyboard.press("Enter")
    await expect(pop.get_by_role("button", name="Revoke")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(pop.get_by_role("button", name="Revoke")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(summary).to_be_focused()
    await expect(pop.get_by_role("button", name="Revoke")).to_be_hidden()
    await summary.click()
    await heading(page, "Tokens").click()
    await expect(pop.get_by_role("button", name="Revoke")).to_be_hidden()


async def test_copy_button_puts_the_address_on_the_clipboard(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    page = await enter(
        server, people, "rooms/garden", permissions=["clipboard-read", "clipboard-write"]
    )
    await page.locator("[data-copy=address]").click()
    await expect(page.get_by_text("Copied")).to_be_visible()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == urljoin(server.url, "r/garden")


async def test_change_by_somebody_else_appears_by_itself(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    page = await enter(server, people, "bans")
    await expect(page.locator("[data-signal]")).to_have_attribute("data-state", "online")
    await page.get_by_role("searchbox").focus()
    await page.locator("#nav").get_by_role("link", name="Bans").focus()
    await verb(server, "add_ban", place="192.0.2.99", reason="seen from afar")
    await expect(page.get_by_text("seen from afar")).to_be_visible()
    assert await page.evaluate(SAME)


async def test_messages_that_come_stay_in_sight_and_in_bounds(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    await verb(server, "create_room", name="flood")
    page = await enter(server, people, "rooms/flood/messages")
    await page.wait_for_selector("[data-signal][data-state=online]")
    async with await ChatClient.enter(RawWebSocket(), server.at, "flood", name="Ann") as ann:
        for number in range(MOST + 30):
            await ann.send("flood", f"line {number}")
    await expect(page.get_by_text(f"line {MOST + 29}", exact=True)).to_be_in_viewport()
    assert await page.locator("#messages > .message").count() <= MOST
    await expect(page.get_by_text("line 0", exact=True)).to_have_count(0)


async def test_part_that_was_renewed_still_does_what_it_did(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    page = await enter(server, people, "messages?search=watches")
    await page.wait_for_selector("[data-signal][data-state=online]")
    await page.evaluate("() => { document.querySelector('#found').dataset.old = 'yes'; }")
    await verb(server, "set_room", name="garden", topic="Another topic")
    async with await ChatClient.enter(RawWebSocket(), server.at, "garden", name="Zoe") as zoe:
        ack = await zoe.send("garden", "watches of mine")
        await verb(server, "delete_messages", room="garden", seqs=[ack["seq"]])
    await page.wait_for_selector("#found:not([data-old])")
    button = page.get_by_role("button", name="Delete chosen")
    await expect(button).to_be_disabled()
    await page.locator(".message input").first.check()
    await expect(button).to_be_enabled()


async def test_keyboard_skips_the_navigation(server: ServerProcess, people: People) -> None:
    from playwright.async_api import expect

    page = await enter(server, people, "rooms")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="New room")).to_be_focused()


async def test_whoever_edits_a_room_hears_that_another_saved_it(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    page = await enter(server, people, "rooms/library/settings")
    await expect(page.locator("[data-signal]")).to_have_attribute("data-state", "online")
    await page.get_by_label("Topic").fill("Mine")
    await verb(server, "set_room", name="library", topic="Theirs")
    await expect(page.locator("[data-outdated]")).to_be_visible()
    await expect(page.get_by_label("Topic")).to_have_value("Mine")


async def test_signing_out_elsewhere_ends_this_page(server: ServerProcess, people: People) -> None:
    people.expect_problems("403 (Forbidden)")
    page = await enter(server, people, "rooms")
    await page.wait_for_selector("[data-signal][data-state=online]")
    other = await page.context.new_page()
    await go(server, other, "account")
    await other.get_by_role("button", name="Sign out", exact=True).click()
    await page.wait_for_url("**/admin/login**")


async def test_menu_of_a_phone_opens_and_closes_without_a_mouse(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    page = await enter(server, people, "rooms", **PHONE)
    menu = page.get_by_role("button", name="Menu")
    bans = page.locator("#nav").get_by_role("link", name="Bans")
    await expect(bans).to_be_hidden()
    await menu.focus()
    await page.keyboard.press("Enter")
    await expect(bans).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(bans).to_be_hidden()
    await menu.click()
    await bans.click()
    await expect(heading(page, "Bans")).to_be_visible()
    await expect(bans).to_be_hidden()


async def test_no_page_is_wider_than_a_phone(server: ServerProcess, people: People) -> None:
    from tests.e2e.admin_pages import PAGES

    people.expect_problems("404 (Not Found)")
    page = await enter(server, people, **PHONE)
    wide = []
    for path in PAGES.values():
        await go(server, page, path)
        width = await page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["viewport"]["width"]:
            wide.append((path, width))
    assert not wide


async def test_everything_works_without_scripts(server: ServerProcess, people: People) -> None:
    from playwright.async_api import expect

    page = await enter(server, people, "new-room", java_script_enabled=False)
    await page.get_by_label("Name", exact=True).fill("quiet")
    await page.get_by_role("button", name="Create room").click()
    await expect(heading(page, "quiet")).to_be_visible()
    await expect(page.locator(".flash")).to_be_visible()
    await page.locator(".tabs").get_by_role("link", name="Settings").click()
    await page.get_by_label("Topic").fill("By hand")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("By hand").first).to_be_visible()
    await page.locator("#nav").get_by_role("link", name="Tokens").click()
    await page.locator("details.pop summary").first.click()
    await page.get_by_role("button", name="Revoke").first.click()
    await expect(page.locator(".flash")).to_be_visible()
