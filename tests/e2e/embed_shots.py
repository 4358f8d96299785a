"""Takes pictures of the frame of a room, from a phone with its keyboard up to a whole screen.

TORNCHAT_SHOTS=/tmp/shots python -m tests.e2e.embed_shots [PART OF A NAME]
"""

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.access import write_key
from tests.e2e.browser import Browsing, People, enter, say
from tests.e2e.embedding import Site, enter_as, launcher, listing, panel, site, tag
from tests.e2e.room_page import message, visible
from tests.e2e.shots import CONFIG, SCHEMES, TALK, Studio, gather, main
from tests.kit.server import ServerProcess, free_port

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
GARDEN = (
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<style>:root { color-scheme: light dark; background: light-dark(#fbfaf6, #16181c); "
    "color: light-dark(#2a2a26, #d9d8d2) } body { margin: 0; font: 18px/1.65 Georgia, serif } "
    "main { max-width: 40rem; margin: auto; padding: 1.5rem 1.25rem } "
    "h1 { font-weight: 500 }</style>"
)
LINE = "<p>The tomatoes made it through the night. Frost sheets stay on until Thursday.</p>"
NEWS = LINE + "".join(
    f"<p>{text}</p>"
    for text in (
        "Whoever has the key to the shed this week, please leave it with Chloé at the gate. The "
        "watering plan hangs on the door, with a pencil beside it.",
        "Bed seven is free again. There are two bags of mint seeds to share, one of them for the "
        "school class that comes on Wednesdays.",
        "On Saturday at ten we put up the labels, and eat cake. Bring gloves if you have some, and "
        "somebody who has never been here.",
        "The rain sensor works. It counted 3.2 mm since yesterday, so leave the cans where they "
        "are until the weekend.",
    )
)


@dataclass
class Stage(Studio):
    """A studio with a site of somebody else beside it."""

    host: Site


Picture = Callable[[Stage, "BrowserContext"], Awaitable[None]]


async def open_frame(
    studio: Stage, context: "BrowserContext", room: str, query: str = ""
) -> "Page":
    """Open the frame of a room as a page by itself."""
    page = await context.new_page()
    await page.goto(f"{studio.server.url}embed/{room}{query}")
    return page


async def dress(page: "Page", theme: str, style: dict[str, str], lang: str = "") -> None:
    await page.evaluate(DRESS, [theme, style, lang])


async def talk(studio: Stage, context: "BrowserContext") -> None:
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


async def branded(studio: Stage, context: "BrowserContext") -> None:
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


async def rightward(studio: Stage, context: "BrowserContext") -> None:
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


async def reading(studio: Stage, context: "BrowserContext") -> None:
    page = await open_frame(studio, context, "garden", "?mode=readonly")
    await visible(message(page, TALK[-1][1]).last)
    await studio.shoot(page, "reading")


async def empty(studio: Stage, context: "BrowserContext") -> None:
    page = await open_frame(studio, context, "empty")
    await enter(page, "Eve")
    await visible(page.get_by_text("No messages yet"))
    await studio.shoot(page, "empty")


async def missing(studio: Stage, context: "BrowserContext") -> None:
    page = await open_frame(studio, context, "nowhere")
    await visible(page.locator(".gate h1"))
    await studio.shoot(page, "missing")


async def hosted(studio: Stage, context: "BrowserContext") -> None:
    """In a page: closed, with what was written meanwhile, open, and as a part of the page."""
    page = await context.new_page()
    url = studio.server.url
    here = {"head": GARDEN, "heading": "Garden news"}
    await page.goto(studio.host.put(NEWS + tag(url, "garden"), **here))
    await visible(launcher(page))
    await studio.shoot(page, "closed")
    await launcher(page).click()
    frame = panel(page)
    await visible(frame.get_by_label("Nickname"))
    await studio.shoot(page, "asked")
    await enter_as(frame, "Eve")
    await visible(frame.get_by_text(TALK[-1][1]).last)
    await studio.shoot(page, "open")
    await page.keyboard.press("Escape")
    await visible(launcher(page))
    await studio.present["Ben"].send("garden", "Eve, are you there?")
    await visible(page.locator("tornchat-widget .badge"))
    await studio.shoot(page, "badge")
    inline = tag(url, "garden", mode="inline", target="#chat")
    room = '<div id="chat" style="height: 420px"></div>'
    await page.goto(studio.host.put(LINE + room + NEWS + inline, **here))
    await visible(panel(page).get_by_text(TALK[-1][1]).last)
    await studio.shoot(page, "inline")


PICTURES: tuple[Picture, ...] = (
    talk, branded, rightward, reading, empty, missing, hosted,
)  # fmt: skip


async def take(folder: Path, wanted: str, browsing: Browsing) -> None:
    """Take the pictures whose names have `wanted` in them, in all looks."""
    with tempfile.TemporaryDirectory() as data:
        write_key(Path(data))
        port = free_port()
        async with (
            site(port) as host,
            ServerProcess(Path(data), listing(port, CONFIG)) as server,
        ):
            present = await gather(server)
            for size in SIZES:
                for scheme in SCHEMES:
                    for picture in PICTURES:
                        if wanted in picture.__name__:
                            async with People(server.url, browsing) as people:
                                context = await people.new_context(**_options(size, scheme))
                                look = f"{size}-{scheme}"
                                stage = Stage(server, people, present, folder, look, host)
                                await picture(stage, context)
            for client in present.values():
                await client.close()


def _options(size: str, scheme: str) -> dict[str, Any]:
    width, height = SIZES[size]
    touched = size in {"phone", "keyboard"}
    return {
        "viewport": {"width": width, "height": height},
        "color_scheme": scheme,
        "locale": "en-GB",
        "has_touch": touched,
        "is_mobile": touched,
    }


if __name__ == "__main__":
    main(take)
