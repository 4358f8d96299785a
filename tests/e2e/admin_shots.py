"""Takes pictures of the admin pages on a phone and a desktop, light and dark, for people to judge.

TORNCHAT_SHOTS=/tmp/shots python -m tests.e2e.admin_shots [PART OF A NAME]
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.admin_pages import OUTSIDE, PAGES
from tests.e2e.admin_place import admin_place, go, sign_in
from tests.e2e.browser import Browsing, People
from tests.e2e.shots import SCHEMES, SIZES, main
from tests.kit.server import ServerProcess

if TYPE_CHECKING:
    from playwright.async_api import Page


async def take(folder: Path, wanted: str, browsing: Browsing) -> None:
    """Take the pictures whose names have `wanted` in them, in all looks."""
    with tempfile.TemporaryDirectory() as data:
        async with admin_place(Path(data)) as server:
            for size, (width, height) in SIZES.items():
                for scheme in SCHEMES:
                    phone = size == "phone"
                    options = {
                        "viewport": {"width": width, "height": height},
                        "color_scheme": scheme,
                        "locale": "en-GB",
                        "has_touch": phone,
                        "is_mobile": phone,
                    }
                    async with People(server.url, browsing) as people:
                        await _take_look(
                            server, people, folder / f"{size}-{scheme}", wanted, options
                        )


async def _take_look(
    server: ServerProcess, people: People, folder: Path, wanted: str, options: dict[str, Any]
) -> None:
    context = await people.new_context(**options)
    page = await context.new_page()
    for name, path in OUTSIDE.items():
        if wanted in name:
            await _shoot(server, page, path, folder / f"{name}.png")
    page = await sign_in(server, context)
    for name, path in PAGES.items():
        if wanted in name:
            await _shoot(server, page, path, folder / f"{name}.png")
    if "phone" in folder.name and wanted in "menu":
        await page.get_by_role("button", name="Menu").click()
        await page.screenshot(path=folder / "menu.png", animations="disabled")


async def _shoot(server: ServerProcess, page: "Page", path: str, file: Path) -> None:
    await go(server, page, path)
    await page.mouse.move(0, 0)
    await page.screenshot(path=file, full_page=True, animations="disabled")


if __name__ == "__main__":
    main(take)
