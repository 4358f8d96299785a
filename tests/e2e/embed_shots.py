"""Takes pictures of the frame of a room, from a phone with its keyboard up to a whole screen.

TORNCHAT_SHOTS=/tmp/shots python -m tests.e2e.embed_shots [PART OF A NAME]
"""

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.access import write_key
from tests.e2e.browser import Browsing, People, enter, say
from tests.e2e.room_page import message, visible
from tests.e2e.shots import CONFIG, SCHEMES, TALK, Studio, gather, main
from tests.kit.server import ServerProcess

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

SIZES = {
    "phone": (360, 640),
    "keyboard": (360, 320),
    "panel": (380, 620),
    "desktop": (1440, 900),
}
DRESS = """async ([theme, style, lang]) => {
    const folder = document.querySelector('script[src$="embed/embed.js"]').src;
    const { applyTheme } = await import(new URL('theme.js', folder));
    const { applyLocale } = await import(new URL('locale.js', folder));
    await applyTheme({ theme, style });
    applyLocale(lang);
}"""
"""What the page around the frame would ask for."""

AT_REST = "() => document.getAnimations().every((each) => each.playState !== 'running')"
Picture = Callable[[Studio, "BrowserContext"], Awaitable[None]]


async def open_frame(
    studio: Studio, context: "BrowserContext", room: str, query: str = ""
) -> "Page":
    """Open the frame of a room as a page by itself."""
    page = await context.new_page()
    await page.goto(f"{studio.server.url}embed/{room}{query}")
    return page


async def dress(page: "Page", theme: str, style: dict[str, str], lang: str = "") -> None:
    await page.evaluate(DRESS, [theme, style, lang])


async def talk(studio: Studio, context: "BrowserContext") -> None:
    page = await open_frame(studio, context, "garden")
    await visible(page.get_by_label("Nickname"))
    await studio.shoot(page, "name")
    await enter(page, "Eve")
    await visible(message(page, TALK[-1][1]).last)
    await say(page, "I'll look for bed 7 and water it 💧")
    await visible(message(page, "I'll look for bed 7 and water it 💧").last)
    await page.locator("#composer").fill("And I have")
    await studio.present["Mo"].request("typing", room="garden", on=True)
    await visible(page.locator(".typing", has_text="is typing"))
    await studio.shoot(page, "talk")
    await page.locator("#composer").fill("One\ntwo\nthree\nfour\nfive\nsix\nseven")
    await studio.shoot(page, "long")
    await page.locator("#composer").fill("")
    if "desktop" not in studio.look:
        await page.locator(".people-button").click()
        await visible(page.locator(".people.open"))
        await page.wait_for_function(AT_REST)
        await studio.shoot(page, "people")


async def branded(studio: Studio, context: "BrowserContext") -> None:
    """A light yellow on a page that is dark, and on one that is light."""
    page = await open_frame(studio, context, "help")
    await dress(page, "dark" if "light" in studio.look else "light", {
        "accent": "#ffd43b", "radius": "4px", "font": "Georgia, serif",
    })  # fmt: skip
    await enter(page, "Eve")
    await say(page, "Where is https://wiki.example/plan?")
    await visible(page.locator(".message:not(.pending)").last)
    await page.locator("#composer").fill("And what does")
    await studio.shoot(page, "branded")


async def rightward(studio: Studio, context: "BrowserContext") -> None:
    page = await open_frame(studio, context, "garden")
    await dress(page, "auto", {}, "ar")
    await enter(page, "ليلى")
    await visible(message(page, TALK[-1][1]).last)
    await say(page, "سأسقي الحوض رقم 7 اليوم")
    await visible(message(page, "سأسقي الحوض رقم 7 اليوم").last)
    await page.locator("#composer").fill("غدا")
    await studio.shoot(page, "rtl")
    if "desktop" not in studio.look:
        await page.locator(".people-button").click()
        await page.wait_for_function(AT_REST)
        await studio.shoot(page, "rtl-people")


async def reading(studio: Studio, context: "BrowserContext") -> None:
    page = await open_frame(studio, context, "garden", "?mode=readonly")
    await visible(message(page, TALK[-1][1]).last)
    await studio.shoot(page, "reading")


async def empty(studio: Studio, context: "BrowserContext") -> None:
    page = await open_frame(studio, context, "empty")
    await enter(page, "Eve")
    await visible(page.get_by_text("No messages yet"))
    await studio.shoot(page, "empty")


async def missing(studio: Studio, context: "BrowserContext") -> None:
    page = await open_frame(studio, context, "nowhere")
    await visible(page.locator(".gate h1"))
    await studio.shoot(page, "missing")


PICTURES: tuple[Picture, ...] = (talk, branded, rightward, reading, empty, missing)


async def take(folder: Path, wanted: str, browsing: Browsing) -> None:
    """Take the pictures whose names have `wanted` in them, in all looks."""
    with tempfile.TemporaryDirectory() as data:
        write_key(Path(data))
        async with ServerProcess(Path(data), CONFIG) as server:
            present = await gather(server)
            for size, (width, height) in SIZES.items():
                for scheme in SCHEMES:
                    touched = size in {"phone", "keyboard"}
                    options: dict[str, Any] = {
                        "viewport": {"width": width, "height": height},
                        "color_scheme": scheme,
                        "locale": "en-GB",
                        "has_touch": touched,
                        "is_mobile": touched,
                    }
                    for picture in PICTURES:
                        if wanted in picture.__name__:
                            async with People(server.url, browsing) as people:
                                context = await people.new_context(**options)
                                look = f"{size}-{scheme}"
                                studio = Studio(server, people, present, folder, look)
                                await picture(studio, context)
            for client in present.values():
                await client.close()


if __name__ == "__main__":
    main(take)
