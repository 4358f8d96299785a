"""What axe finds on the pages of the admin part: nothing that is serious, in light and in dark."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.admin_pages import OUTSIDE, PAGES
from tests.e2e.admin_place import admin_place, go, sign_in
from tests.e2e.axe import findings
from tests.e2e.shots import SIZES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import BrowserContext, Page

    from tests.e2e.browser import Browsing, People
    from tests.kit.server import ServerProcess

pytestmark = pytest.mark.npm

LOOKS = (
    ("phone", "dark"),
    pytest.param("desktop", "light", marks=pytest.mark.thorough),
    pytest.param("phone", "light", marks=pytest.mark.thorough),
    pytest.param("desktop", "dark", marks=pytest.mark.thorough),
)
"""The narrow one, with what is open over it; by `make thorough` each size in each scheme."""

OPEN = "() => document.querySelectorAll('details').forEach((each) => { each.open = true; })"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, browsing: Browsing) -> Iterator[ServerProcess]:
    """A server with something on every page."""
    place = admin_place(tmp_path_factory.mktemp("admin"))
    yield browsing.runner.run(place.__aenter__())
    browsing.runner.run(place.__aexit__(None, None, None))


async def look(people: People, size: str, scheme: str) -> BrowserContext:
    width, height = SIZES[size]
    return await people.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        bypass_csp=True,
        reduced_motion="reduce",
    )


async def check(server: ServerProcess, page: Page, pages: dict[str, str]) -> dict[str, list[str]]:
    wrong = {}
    for name, path in pages.items():
        await go(server, page, path)
        await page.evaluate(OPEN)
        if found := await findings(page):
            wrong[name] = found
    return wrong


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
async def test_admin_pages_have_nothing_serious_for_axe(
    server: ServerProcess, people: People, size: str, scheme: str
) -> None:
    people.expect_problems("404 (Not Found)")
    context = await look(people, size, scheme)
    outside = await check(server, await context.new_page(), OUTSIDE)
    inside = await check(server, await sign_in(server, context), PAGES)
    wrong = {**outside, **inside}
    assert not wrong, json.dumps(wrong, indent=1)


async def test_axe_sees_what_is_wrong(server: ServerProcess, people: People) -> None:
    context = await look(people, "desktop", "light")
    page = await context.new_page()
    await go(server, page, "login")
    await page.evaluate("() => document.querySelector('label').remove()")
    assert any("label" in found for found in await findings(page))
