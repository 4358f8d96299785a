"""A room without a mouse: in which order Tab walks, what Enter and Escape do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.browser import People, online
from tests.e2e.room_page import gone, shows, visible
from tests.kit.server import ServerProcess

if TYPE_CHECKING:
    from playwright.async_api import Page

FOCUSED = """() => {
    const it = document.activeElement;
    return it.getAttribute('aria-label') || it.id || it.textContent;
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    rooms = {"room lobby": {"title": "Lobby"}, "room phone": {"title": "Phone"}}
    with ServerProcess(tmp_path_factory.mktemp("keyboard"), rooms) as process:
        yield process


async def press(page: "Page", *keys: str) -> str:
    """Press keys and return what has the focus then."""
    for key in keys:
        await page.keyboard.press(key)
    focused: str = await page.evaluate(FOCUSED)
    return focused


async def test_everything_can_be_done_by_keys(people: People, server: ServerProcess) -> None:
    page = await (await people.new_context()).new_page()
    await page.goto(server.url)
    assert await press(page, "Tab") == "Skip to the content"
    assert "Lobby" in await press(page, "Tab")
    await page.keyboard.press("Enter")

    await visible(page.get_by_label("Nickname"))
    assert await press(page, "Escape") == "name", "there is no way around a first name"
    await page.keyboard.type("Ann")
    await page.keyboard.press("Enter")
    await online(page)
    await page.wait_for_function("() => document.activeElement.id === 'composer'")
    await page.keyboard.type("one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("and a half")
    await page.keyboard.press("Enter")
    await page.keyboard.type("two")
    await page.keyboard.press("Enter")
    await shows(page, ["one\nand a half", "two"])

    assert await press(page, "Shift+Tab") == "Messages"
    assert (await press(page, "ArrowUp")).startswith("Ann, ")
    assert await press(page, "Enter") == "Copy text"
    assert await press(page, "ArrowDown") == "Delete…"
    assert await press(page, "ArrowDown") == "Copy text"
    assert (await press(page, "Escape")).startswith("Ann, ")
    await gone(page.get_by_role("menu"))
    assert await press(page, "Enter", "ArrowUp") == "Delete…"
    assert await press(page, "Enter") == "Cancel"
    assert (await press(page, "Escape")).startswith("Ann, ")
    await shows(page, ["one\nand a half", "two"])
    assert await press(page, "ArrowUp", "Enter", "ArrowUp", "Enter", "Tab") == "Delete"
    await page.keyboard.press("Enter")
    await shows(page, ["Message deleted", "two"])

    assert await press(page, "Tab") == "Message"
    assert await press(page, "Tab") == "Ann, change your name"
    assert await press(page, "Enter") == "name"
    assert await press(page, "Escape") == "Ann, change your name"
    assert await press(page, "Shift+Tab") == "Message"


async def test_sheet_of_people_on_a_phone_by_keys(people: People) -> None:
    page = await people.new_person("Ann", "phone", viewport={"width": 360, "height": 640})
    await visible(page.get_by_role("button", name="1 person here: show the list"))
    await page.locator(".bar .back").focus()
    assert await press(page, "Tab") == "1 person here: show the list"
    await page.keyboard.press("Enter")
    await visible(page.get_by_role("heading", name="People · 1"))
    assert await page.evaluate(FOCUSED) == "Close"
    assert await press(page, "Escape") == "1 person here: show the list"
    await gone(page.locator(".people"))
