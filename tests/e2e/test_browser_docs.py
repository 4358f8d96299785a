"""The page /docs/embed in a real browser: the tag follows the form, the widget follows the tag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.axe import findings
from tests.e2e.browser import People
from tests.e2e.embedding import launcher, panel
from tests.e2e.room_page import gone, visible
from tests.e2e.shots import SIZES
from tests.kit.server import ServerProcess

if TYPE_CHECKING:
    from playwright.async_api import Page


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    config = {
        "room lobby": {"title": "Lobby"},
        "room den": {"title": "The den", "access": "private"},
    }
    with ServerProcess(tmp_path_factory.mktemp("docs"), config) as process:
        yield process


async def open_docs(server: ServerProcess, people: People, query: str = "", **options: Any) -> Page:
    page = await (await people.new_context(**options)).new_page()
    await page.goto(f"{server.url}docs/embed{query}")
    return page


async def test_tag_follows_the_form_and_the_widget_follows_the_tag(
    server: ServerProcess, people: People
) -> None:
    from playwright.async_api import expect

    permissions = ["clipboard-read", "clipboard-write"]
    page = await open_docs(server, people, permissions=permissions)
    plain = f'<script async src="{server.url}widget.js" data-room="lobby"></script>'
    tag, button, frame = page.locator("#tag"), launcher(page), panel(page)
    await expect(tag).to_have_text(plain)
    await button.click()
    await visible(frame.get_by_label("Nickname"))

    await page.get_by_label("Corner", exact=True).select_option("top-left")
    await expect(tag).to_contain_text('data-position="top-left"')
    await visible(frame.get_by_label("Nickname"))
    box = await button.bounding_box()
    assert box is not None
    assert (box["x"], box["y"]) == (20, 20), "it has moved"

    await page.get_by_label("Distance from the edges").fill("12px")
    await visible(page.get_by_text("Expected one or two numbers of pixels"))
    await expect(tag).not_to_contain_text("data-offset")
    await expect(page.locator("#offset")).to_have_attribute("aria-invalid", "true")

    await page.get_by_label("Colour").fill("#aa2200")
    await expect(page.locator("#rule")).to_contain_text("--tornchat-accent: #aa2200;")
    await page.get_by_role("radio", name="Inline").check()
    await expect(tag).to_contain_text('data-mode="inline"')
    await expect(tag).not_to_contain_text("data-position")
    await gone(button)
    await expect(page.locator("tornchat-widget")).to_have_count(1)
    await page.get_by_label("Light or dark").select_option("light")
    join = frame.get_by_role("button", name="Join the chat")
    await expect(join).to_have_css("background-color", "rgb(170, 34, 0)")
    await page.locator("[data-copy=tag]").click()
    copied = await page.evaluate("() => navigator.clipboard.readText()")
    assert copied == (
        f'<script async src="{server.url}widget.js"\n'
        '  data-room="lobby"\n'
        '  data-mode="inline"\n'
        '  data-theme="light"></script>'
    )
    await page.reload()
    await expect(tag).to_have_text(copied)
    await visible(page.locator("#place tornchat-widget"))


async def test_form_works_without_scripts(server: ServerProcess, people: People) -> None:
    context = await people.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(server.url)
    await page.get_by_role("link", name="A room on your own page").click()
    await page.get_by_role("radio", name="Read only").check()
    await page.get_by_text("How it looks").click()
    await page.get_by_label("Light or dark").select_option("dark")
    await page.get_by_role("button", name="Write the tag").click()
    assert await page.locator("#tag").inner_text() == (
        f'<script async src="{server.url}widget.js"\n'
        '  data-room="lobby"\n'
        '  data-mode="readonly"\n'
        '  data-theme="dark"></script>'
    )
    await visible(page.get_by_label("Light or dark"))
    await gone(page.locator("#preview"))


@pytest.mark.npm
@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
async def test_docs_have_nothing_serious_for_axe_and_fit_the_screen(
    server: ServerProcess, people: People, size: str, scheme: str
) -> None:
    width, height = SIZES[size]
    look = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
    page = await open_docs(server, people, "?lang=%3F&accent=%23aa2200", bypass_csp=True, **look)
    await visible(launcher(page))
    await page.evaluate("() => document.querySelectorAll('details').forEach((d) => d.open = true)")
    assert await findings(page) == []
    assert await page.evaluate("() => document.documentElement.scrollWidth") <= width
