"""Kick, mute, ban and lift on the admin page, and what becomes of somebody in another browser."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from tests.e2e.admin_place import NAME, SECRET_FILE, desk, go, write_password
from tests.e2e.browser import say, sees
from tests.e2e.room_page import gone, visible
from tests.kit.server import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Locator, Page

    from tests.e2e.browser import People

CONFIG = {
    "rooms": {"presence_grace": "0s"},
    "admin": {"password_file": SECRET_FILE},
    "room lobby": {"title": "Lobby"},
    "room garden": {"title": "Garden"},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("people")
    write_password(folder)
    with ServerProcess(folder, CONFIG) as found:
        yield found


def row(page: Page, name: str) -> Locator:
    return page.locator("#people tr, #bans tr").filter(has_text=name)


async def moderate(page: Page, name: str, button: str, **fields: str) -> None:
    """Do something about somebody on a page of people."""
    found = row(page, name)
    await found.locator("summary").click()
    for label, value in fields.items():
        field = found.get_by_label(label.replace("_", " "))
        tag = await field.evaluate("(field) => field.localName")
        await (field.select_option(label=value) if tag == "select" else field.fill(value))
    await found.get_by_role("button", name=button).click()


async def lift(page: Page, name: str) -> None:
    found = row(page, name)
    await found.locator("summary").click()
    await found.get_by_role("button", name="Lift").click()
    await gone(found)


async def test_who_comes_appears_on_the_page_and_who_goes_is_seen(
    server: ServerProcess, people: People
) -> None:
    page = await desk(server, people, "people")
    ann = await people.new_person("Annika", transport="xhr-polling")
    await visible(row(page, "Annika"))
    assert "polling" in await row(page, "Annika").inner_text()
    await ann.close()
    await gone(row(page, "Annika"))
    await page.get_by_role("link", name="Seen").click()
    await visible(row(page, "Annika"))
    assert "lobby" in await row(page, "Annika").inner_text()


@pytest.mark.parametrize("js", [True, False], ids=["scripts", "no-scripts"])
async def test_kick_takes_every_tab_out_and_they_may_come_back(
    server: ServerProcess, people: People, js: bool
) -> None:
    name = f"Kim {js}"
    kim = await people.new_person(name)
    tab = await kim.context.new_page()
    await tab.goto(urljoin(server.url, "r/lobby?transport=xhr-streaming"))
    await visible(tab.locator("#composer"))
    page = await desk(server, people, "rooms/lobby/people", js=js)
    await moderate(page, name, "Kick", Reason="too loud")
    for each in (kim, tab):
        await visible(each.get_by_text("too loud"))
    await kim.get_by_role("button", name="Join again").click()
    await visible(kim.locator("#composer"))
    await say(kim, f"back {js}")
    await sees(kim, f"back {js}")


async def test_mute_silences_and_its_end_lets_them_write(
    server: ServerProcess, people: People
) -> None:
    lou = await people.new_person("Lou")
    page = await desk(server, people, "people")
    await moderate(page, "Lou", "Mute", Where="lobby", Reason="cool down")
    await visible(lou.get_by_text("cool down"))
    await go(server, page, "rooms/lobby/bans")
    await lift(page, "Lou")
    await gone(lou.get_by_text("cool down"))
    await say(lou, "thank you")
    await sees(lou, "thank you")


async def test_ban_from_a_room_outlasts_a_new_name_and_is_lifted(
    server: ServerProcess, people: People
) -> None:
    pat = await people.new_person("Pat")
    page = await desk(server, people, "rooms/lobby/people")
    await moderate(page, "Pat", "Ban", Reason="spam", Mute_or_ban_for="1 day")
    await visible(pat.get_by_text("spam"))
    await pat.evaluate("() => localStorage.setItem('name', 'Somebody else')")
    await pat.reload()
    await visible(pat.get_by_text("spam"))
    await go(server, page, "bans")
    await lift(page, "Pat")
    await pat.reload()
    await visible(pat.locator("#composer"))


async def test_ban_from_the_server_ends_everything_until_it_is_called_off(
    server: ServerProcess, people: People
) -> None:
    people.expect_problems("403", "WebSocket connection", "net::ERR_")
    zed = await people.new_person("Zed", room="garden")
    page = await desk(server, people, "people")
    await moderate(page, "Zed", "Ban", Reason="enough")
    await gone(zed.locator("#composer"))
    await page.get_by_role("button", name="Call it off").click()
    await zed.reload()
    await visible(zed.locator("#composer"))


async def test_address_is_banned_by_the_form_and_listed(
    server: ServerProcess, people: People
) -> None:
    page = await desk(server, people, "bans")
    await page.locator("summary", has_text="New ban").click()
    await page.get_by_label("Address or person").fill("192.0.2.99")
    await page.get_by_label("Reason").fill("a flood")
    await page.get_by_role("button", name="Ban or mute").click()
    await visible(row(page, "192.0.2.99"))
    assert "a flood" in await row(page, "192.0.2.99").inner_text()
    assert NAME in await row(page, "192.0.2.99").inner_text()
    await lift(page, "192.0.2.99")
