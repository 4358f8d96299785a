"""Messages that are read, found, deleted and announced on the admin page, and who sees it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.access import verb
from tests.e2e.admin_place import admin_place, desk, go
from tests.e2e.browser import say, sees
from tests.kit.chat import ChatClient
from tests.kit.transports import RawWebSocket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

    from tests.e2e.browser import Browsing, People
    from tests.kit.server import ServerProcess

HASTY = (
    sys.executable,
    "-c",
    "from tornchat import cli; from tornchat.admin import deletions; "
    "deletions.PAUSE_SECONDS = 4.0; cli.main()",
)
"""tornchat in which a deletion can be called off for 4 seconds, not for 10."""
LINES, MIDDLE = 120, 60
"""More than a page of messages shows, and one that neither the first nor the last page has."""
MARKUP = """(id) => {
  const row = document.getElementById(id).cloneNode(true);
  for (const part of row.querySelectorAll("[style]")) part.removeAttribute("style");
  for (const time of row.querySelectorAll("time")) { time.textContent = ""; time.title = ""; }
  return row.outerHTML.replace(/>\\s+</g, "><").replace(/ (class|title)=""/g, "").trim();
}"""
"""A row's markup, but for what the scripts make of any row."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, browsing: Browsing) -> Iterator[ServerProcess]:
    """A server with something on every page."""
    place = admin_place(tmp_path_factory.mktemp("messages"), HASTY)
    yield browsing.runner.run(place.__aenter__())
    browsing.runner.run(place.__aexit__(None, None, None))


def row(page: Page, text: str) -> Any:
    return page.locator("li.message", has_text=text)


async def test_message_that_comes_looks_like_those_of_the_server(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    page = await desk(server, people, "rooms/lobby/messages")
    ann = await people.new_person("Ann")
    await say(ann, "fresh from Ann")
    await expect(row(page, "fresh from Ann")).to_be_visible()
    await verb(server, "announce", text="fresh announcement", rooms="lobby")
    await expect(row(page, "fresh announcement")).to_be_visible()
    ids = [await row(page, f"fresh {what}").get_attribute("id") for what in ("from", "anno")]
    live = [await page.evaluate(MARKUP, name) for name in ids]
    await page.reload()
    await expect(row(page, "fresh from Ann")).to_be_visible()
    assert [await page.evaluate(MARKUP, name) for name in ids] == live


async def test_deletion_is_called_off_and_then_happens_everywhere(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    ben = await people.new_person("Ben")
    await say(ben, "an unkind word")
    page = await desk(server, people, "rooms/lobby/messages?search=unkind")
    await expect(row(page, "unkind").locator("mark")).to_have_text("unkind")
    await row(page, "unkind").get_by_role("checkbox").check()
    await page.get_by_role("button", name="Delete chosen").click()
    await expect(page.locator("li.pending")).to_have_count(1)
    await page.locator("#toasts").get_by_role("button", name="Call it off").click()
    await expect(page.get_by_text("nothing is deleted")).to_be_visible()
    await sees(ben, "an unkind word")
    await row(page, "unkind").get_by_role("checkbox").check()
    await page.get_by_role("button", name="Delete chosen").click()
    await expect(ben.get_by_text("an unkind word")).to_have_count(0, timeout=20_000)
    await expect(row(page, "Message deleted").last).to_be_visible()


async def test_without_scripts_all_of_a_person_goes(server: ServerProcess, people: People) -> None:
    from playwright.async_api import expect

    mo = await people.new_person("Momo")
    for text in ("spam one", "spam two"):
        await say(mo, text)
    page = await desk(server, people, "messages?search=spam", js=False)
    await row(page, "spam two").get_by_role("link", name="Everything of this person").click()
    await page.locator("summary", has_text="Delete everything").click()
    await page.get_by_role("button", name="Delete all").click()
    await page.get_by_role("button", name="Call it off").first.click()
    await expect(page.get_by_text("nothing is deleted")).to_be_visible()
    await go(server, page, "messages?search=spam")
    await row(page, "spam two").get_by_role("link", name="Everything of this person").click()
    await page.locator("summary", has_text="Delete everything").click()
    await page.get_by_role("button", name="Delete all").click()
    for text in ("spam one", "spam two"):
        await expect(mo.get_by_text(text)).to_have_count(0, timeout=20_000)


async def test_announcement_reaches_who_sits_in_a_room(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    cleo = await people.new_person("Cleo")
    page = await desk(server, people, "announce")
    await page.get_by_label("Announcement").fill("Cake in the kitchen")
    await page.get_by_role("button", name="Announce").click()
    await expect(page.get_by_text("Announced in")).to_be_visible()
    await expect(cleo.get_by_text("Cake in the kitchen", exact=True)).to_be_visible()


async def test_search_leads_to_where_it_was_said_and_a_selection_goes(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    await verb(server, "create_room", name="tower")
    async with await ChatClient.enter(RawWebSocket(), server.at, "tower", name="Teller") as teller:
        for number in range(LINES):
            await teller.send("tower", f"line {number}" if number != MIDDLE else "the needle")
    ben = await people.new_person("Ben", "tower")
    await sees(ben, f"line {LINES - 1}")
    page = await desk(server, people, "messages?search=needle")
    await row(page, "the needle").get_by_role("link", name="Where it was said").click()
    await page.wait_for_url("**/rooms/tower/messages?around=**")
    for text in (f"line {MIDDLE - 1}", "the needle", f"line {MIDDLE + 1}"):
        await expect(row(page, text).first).to_be_in_viewport()
    await expect(row(page, f"line {LINES - 1}")).to_have_count(0)

    await go(server, page, "rooms/tower/messages")
    gone = [f"line {number}" for number in range(LINES - 3, LINES)]
    for text in gone:
        await row(page, text).get_by_role("checkbox").check()
    await page.get_by_role("button", name="Delete chosen").click()
    await expect(page.locator("li.pending")).to_have_count(3)
    for text in gone:
        await expect(ben.get_by_text(text, exact=True)).to_have_count(0, timeout=20_000)
    await sees(ben, f"line {LINES - 4}")


async def test_announcement_to_a_pattern_reaches_those_rooms_alone(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    for name in ("hall-a", "hall-b"):
        await verb(server, "create_room", name=name)
    inside = [await people.new_person("Dan", name) for name in ("hall-a", "hall-b")]
    outside = await people.new_person("Eva")
    page = await desk(server, people, "announce")
    for rooms, text in (("hall-*", "The halls close at ten"), ("*", "Good night")):
        await page.get_by_label("Announcement", exact=True).fill(text)
        await page.get_by_label("Rooms", exact=True).fill(rooms)
        await page.get_by_role("button", name="Announce").click()
        await expect(page.locator("#earlier + table tbody tr").first).to_contain_text(rooms)
        for each in inside:
            await expect(each.get_by_role("note").filter(has_text=text)).to_be_visible()
    await expect(outside.get_by_role("note").filter(has_text="Good night")).to_be_visible()
    assert await outside.get_by_text("The halls close at ten").count() == 0
