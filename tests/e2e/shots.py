"""Takes pictures of the pages on a phone and a desktop, light and dark, for people to judge.

TORNCHAT_SHOTS=/tmp/shots python -m tests.e2e.shots [PART OF A NAME]
"""

import asyncio
import base64
import json
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import machine
from tests.e2e.access import SITE, gate, invite, link, site_token, verb, write_key
from tests.e2e.browser import Browsing, People, enter, launch_options, online, say
from tests.e2e.room_page import NAME, message, pends, visible
from tests.kit.chat import ChatClient
from tests.kit.proxy import FaultProxy
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

SIZES = {"phone": (360, 640), "desktop": (1440, 900)}
SCHEMES = ("light", "dark")
Take = Callable[[Path, str, Browsing], Awaitable[None]]
CONFIG = {
    "limits": {"messages_per_second": 0},
    "rooms": {"presence_grace": "0s"},
    "room lobby": {"title": "Lobby", "topic": "Come in, say hello"},
    "room garden": {"title": "Community garden", "topic": "Beds, seeds and who waters when"},
    "room help": {"title": "Help", "topic": "Ask anything about this place"},
    "room empty": {"title": "Book club", "topic": "One book a month, no homework"},
    "room order": {"title": "Order 4711", "topic": "Your line to the shop", "access": "private"},
    **SITE,
}
REGRETTED = "sorry, wrong link"
TALK = [
    ("Ann", "Morning! The tomatoes made it through the night."),
    ("Ann", "Frost sheet stays on until Thursday though 🍅"),
    ("Ben", "Great. Who has the key to the shed this week?"),
    ("Chloé", "Me. I'm there from 5 to 7 today."),
    ("Ben", "Perfect, I'll drop by."),
    ("Diyar", "Forecast says 2 °C tonight: https://weather.example/garden/hourly?days=3"),
    ("Diyar", "so *please* leave the sheets where they are"),
    ("Ann", "Will do."),
    ("Mo", "Does anybody remember how to read the rain sensor?"),
    ("Ben", "It speaks plain text on port 4000. Try `nc sensor.local 4000`, then type `rain`"),
    ("Ben", "or let cron do it:\n```\n*/15 * * * * echo rain | nc -w 2 sensor.local 4000 \\\n"
            "  >> ~/rain.log\n```"),
    ("Mo", "Works, thanks! 3.2 mm since yesterday."),
    ("Mo", REGRETTED),
    ("Chloé", "I put the watering plan on the wiki: https://wiki.example/plan. It is _only_ a "
              "draft; change what you like, but keep the two evenings in the middle of the week "
              "free for the school class."),
    ("Ann", "Looks good to me."),
    ("Ann", "One question: does bed 7 get any water at all? It is the one behind the compost."),
    ("Chloé", "Oops. Bed 7 is yours now 😄"),
    ("Ann", "Fair enough"),
    ("Diyar", "بذور النعناع وصلت اليوم"),
    ("Mo", "🌱🌱🌱"),
    ("Diyar", "Two bags of mint seeds. One is for the school."),
    ("Ben", "I'll bring labels on Saturday."),
    ("Chloé", "And cake."),
    ("Ben", "And cake, obviously."),
    ("Ann", "See you at the gate at ten then"),
]  # fmt: skip


@dataclass
class Studio:
    """What one look is taken of: a server of its own, with five people in the garden."""

    server: ServerProcess
    people: People
    present: dict[str, ChatClient]
    folder: Path
    look: str

    async def shoot(self, page: "Page", name: str) -> None:
        await page.mouse.move(0, 0)
        await page.screenshot(path=self.folder / f"{name}-{self.look}.png", animations="disabled")


async def lobby(studio: Studio, context: "BrowserContext") -> None:
    page = await context.new_page()
    await page.goto(studio.server.url)
    await visible(page.locator("[data-room=garden] .busy"))
    await studio.shoot(page, "lobby")


async def nickname(studio: Studio, context: "BrowserContext") -> None:
    page = await studio.people.open_room(context, "garden")
    await visible(page.get_by_label("Nickname"))
    await page.get_by_label("Nickname").fill("Ann")
    await studio.shoot(page, "nickname")


async def lively(studio: Studio, context: "BrowserContext") -> None:
    page = await studio.people.open_room(context, "garden")
    await enter(page, "Eve")
    guest = await ChatClient.enter(RawWebSocket(), studio.server.at, "garden", name="Farid")
    await visible(page.locator(".activity", has_text="Farid joined"))
    await studio.present["Ben"].send("garden", "Hi Farid, beds are marked on the plan.")
    await guest.close()
    await visible(page.locator(".activity", has_text="Farid left"))
    await say(page, "I'll look for bed 7 and water it 💧")
    await visible(message(page, "I'll look for bed 7 and water it 💧"))
    await page.locator("#composer").fill("And I have")
    await studio.present["Mo"].request("typing", room="garden", on=True)
    await visible(page.locator(".typing", has_text="is typing"))
    await studio.shoot(page, "lively")
    await page.locator(".scroller").hover()
    await page.mouse.wheel(0, -560)
    await visible(page.locator(".jump"))
    await studio.shoot(page, "lively-above")


async def sheet(studio: Studio, context: "BrowserContext") -> None:
    if "phone" not in studio.look:
        return
    page = await studio.people.open_room(context, "garden")
    await enter(page, "Eve")
    await page.locator(".people-button").click()
    await visible(page.locator(".people.open"))
    await page.wait_for_function(
        "() => document.querySelector('.people').getAnimations().length === 0"
    )
    await studio.shoot(page, "people")


async def menu(studio: Studio, context: "BrowserContext") -> None:
    page = await studio.people.open_room(context, "help")
    await enter(page, "Eve")
    await say(page, "How do I take a message back?")
    await visible(page.locator(".message:not(.pending)").last)
    await page.locator(".message").last.hover()
    await page.locator(".message .more").last.click()
    await studio.shoot(page, "menu")
    await page.get_by_role("menuitem", name="Delete…").click()
    await studio.shoot(page, "confirm")


async def empty(studio: Studio, context: "BrowserContext") -> None:
    page = await studio.people.open_room(context, "empty")
    await enter(page, "Eve")
    await visible(page.get_by_text("No messages yet"))
    await studio.shoot(page, "empty")


async def missing(studio: Studio, context: "BrowserContext") -> None:
    page = await context.new_page()
    await page.goto(f"{studio.server.url}r/nowhere")
    await studio.shoot(page, "missing")


async def invited(studio: Studio, context: "BrowserContext") -> None:
    made = await invite(studio.server, "order", uses=1)
    page = await context.new_page()
    await page.goto(link(studio.server, "order", made["token"]))
    await page.locator(NAME).fill("Eve")
    await studio.shoot(page, "invited")
    await page.keyboard.press("Enter")
    await online(page)
    token = site_token("1", "Ann Meyer", rooms={"order": ["write"]}, info={"badge": "Team"})
    ann = ChatClient(RawWebSocket())
    await ann.open(studio.server.at)
    await ann.hello(token=token)
    await ann.join("order")
    await ann.send("order", "Hello Eve! Your order left our house this morning.")
    await ann.send("order", "You should have it tomorrow.")
    await say(page, "Great, thank you! Can I still change the address?")
    await visible(message(page, "Great, thank you! Can I still change the address?"))
    await ann.send("order", "Until six, yes. Just write it here.")
    await visible(message(page, "Until six, yes. Just write it here."))
    await studio.shoot(page, "verified")
    if "phone" in studio.look:
        await page.locator(".people-button").click()
        await page.wait_for_function(
            "() => document.querySelector('.people').getAnimations().length === 0"
        )
        await studio.shoot(page, "verified-people")
    await page.goto(studio.server.url)
    await visible(page.locator("[data-room=order] .lock"))
    await studio.shoot(page, "lobby-invited")
    await page.goto(f"{studio.server.url}r/order")
    await visible(message(page, "Until six, yes. Just write it here."))
    await verb(studio.server, "revoke_token", id=made["id"])
    await visible(gate(page, "taken back"))
    await studio.shoot(page, "revoked")
    await ann.close()


async def refused(studio: Studio, context: "BrowserContext") -> None:
    made = await invite(studio.server, "order")
    await verb(studio.server, "revoke_token", id=made["id"])
    page = await context.new_page()
    await page.goto(link(studio.server, "order", made["token"]))
    await page.locator(NAME).fill("Eve")
    await page.keyboard.press("Enter")
    await visible(gate(page, "was revoked"))
    await studio.shoot(page, "refused")


async def readonly(studio: Studio, context: "BrowserContext") -> None:
    page = await studio.people.open_room(context, "help")
    await enter(page, "Eve")
    await verb(studio.server, "set_room", name="help", access="read-only")
    await visible(page.get_by_text("Only members may write here."))
    await studio.shoot(page, "readonly")


async def offline(studio: Studio, context: "BrowserContext") -> None:
    async with FaultProxy(studio.server.port) as proxy:
        page = await studio.people.open_room(context, "garden", url=proxy.url)
        await enter(page, "Eve")
        await visible(message(page, TALK[-1][1]))
        proxy.faults.refuse = True
        proxy.cut()
        await visible(page.locator(".banner"))
        await say(page, "I'll be there, with a bag of compost")
        await pends(page, ["I'll be there, with a bag of compost"])
        await page.locator("#composer").fill("and two")
        await visible(page.locator(".banner").get_by_text("Reconnecting in"))
        await studio.shoot(page, "offline")
        await page.close()


async def moderation(studio: Studio, context: "BrowserContext") -> None:
    made = await invite(studio.server, "help", role="moderate")
    page = await context.new_page()
    await page.goto(link(studio.server, "help", made["token"]))
    await page.locator(NAME).fill("Eve")
    await page.keyboard.press("Enter")
    await online(page)
    guest = await ChatClient.enter(RawWebSocket(), studio.server.at, "help", name="Guest 1234")
    await guest.send("help", "How do I get a bed of my own?")
    await guest.request("command", room="help", text="/me looks around *slowly*")
    await verb(studio.server, "announce", text="Water is off on Friday, 9 to 11.", rooms="help")
    await visible(page.locator(".announcement"))
    await say(page, "/who")
    await visible(page.locator(".reply"))
    await say(page, "/help")
    await visible(page.locator(".reply dl"))
    await studio.shoot(page, "replies")
    await page.locator("#composer").fill("/")
    await visible(page.get_by_role("option").first)
    await page.keyboard.press("ArrowDown")
    await studio.shoot(page, "completion")
    await page.locator("#composer").fill("")
    await page.locator("#composer").press_sequentially("/mute gu")
    await visible(page.get_by_role("listbox", name="People"))
    await studio.shoot(page, "completion-people")
    await page.locator("#composer").fill("/kick Nobody")
    await page.keyboard.press("Enter")
    await visible(page.locator(".refusal"))
    await page.keyboard.press("Escape")
    await studio.shoot(page, "refusal")
    await guest.close()


async def sanctions(studio: Studio, context: "BrowserContext") -> None:
    page = await studio.people.open_room(context, "garden")
    await enter(page, "Eve")
    person = await page.evaluate(
        "() => Object.entries(localStorage).find(([key]) => key.endsWith(':guest_token'))[1]"
    )
    claims = person.split(".")[1]
    sub = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]
    await verb(studio.server, "set_room", name="garden", slow_mode=30)
    await say(page, "Is there any string left in the shed?")
    await visible(page.locator(".wait:not(:empty)"))
    await page.locator("#composer").fill("And some pegs")
    await studio.shoot(page, "slow")
    await verb(studio.server, "set_room", name="garden", slow_mode=0, locked=True)
    await visible(page.locator(".barred", has_text="locked"))
    await studio.shoot(page, "locked")
    await verb(studio.server, "set_room", name="garden", locked=False)
    muting = {"person": sub, "room": "garden", "seconds": 3600, "reason": "too many pictures"}
    await verb(studio.server, "mute", **muting)
    await visible(page.locator(".barred", has_text="muted"))
    await studio.shoot(page, "muted")
    await verb(studio.server, "kick", room="garden", person=sub, reason="please read the rules")
    await visible(gate(page, "taken out"))
    await studio.shoot(page, "kicked")
    await page.get_by_role("button", name="Join again").click()
    await visible(page.locator(".barred", has_text="muted"))
    banning = {"person": sub, "room": "garden", "seconds": 86_400, "reason": "advertising"}
    await verb(studio.server, "add_ban", **banning)
    await visible(gate(page, "banned"))
    await studio.shoot(page, "banned")


async def docs(studio: Studio, context: "BrowserContext") -> None:
    page = await context.new_page()
    await page.goto(f"{studio.server.url}docs/embed?room=garden")
    await visible(page.locator("tornchat-widget button"))
    await studio.shoot(page, "docs")
    await page.goto(f"{studio.server.url}docs/embed?room=garden&mode=readonly&accent=%230f766e")
    await visible(message(page.frame_locator("tornchat-widget iframe"), TALK[-1][1]))
    await studio.shoot(page, "docs-readonly")


PICTURES: tuple[Callable[[Studio, "BrowserContext"], Awaitable[None]], ...] = (
    lobby, nickname, lively, sheet, menu, empty, missing, invited, refused, readonly, offline,
    moderation, sanctions, docs,
)  # fmt: skip


async def gather(server: ServerProcess) -> dict[str, ChatClient]:
    """Let five people talk in the garden; one line is deleted."""
    present: dict[str, ChatClient] = {}
    for name, text in TALK:
        if name not in present:
            present[name] = await ChatClient.enter(RawWebSocket(), server.at, "garden", name=name)
        ack = await present[name].send("garden", text)
        if text == REGRETTED:
            await present[name].delete("garden", ack["seq"])
    return present


async def take(folder: Path, wanted: str, browsing: Browsing) -> None:
    """Take the pictures whose names have `wanted` in them, in all looks."""
    for size, (width, height) in SIZES.items():
        phone = size == "phone"
        for scheme in SCHEMES:
            options = {
                "viewport": {"width": width, "height": height},
                "color_scheme": scheme,
                "locale": "en-GB",
                "has_touch": phone,
                "is_mobile": phone,
            }
            await _take_look(folder, wanted, browsing, f"{size}-{scheme}", options)


async def _take_look(
    folder: Path, wanted: str, browsing: Browsing, look: str, options: dict[str, Any]
) -> None:
    with tempfile.TemporaryDirectory() as data:
        write_key(Path(data))
        async with ServerProcess(Path(data), CONFIG) as server:
            present = await gather(server)
            for picture in PICTURES:
                if wanted in picture.__name__:
                    async with People(server.url, browsing) as people:
                        context = await people.new_context(**options)
                        await picture(Studio(server, people, present, folder, look), context)
            for client in present.values():
                await client.close()


def main(take: Take) -> None:
    """Take pictures into the folder that the environment names, those asked for or all."""
    folder = Path(os.environ["TORNCHAT_SHOTS"])
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    chromium = {"executable_path": machine.find_chromium(), "args": machine.CHROMIUM_ARGS}
    with asyncio.Runner() as runner:
        browsing = Browsing(runner, launch_options(chromium))
        runner.run(take(folder, wanted, browsing))
        runner.run(browsing.close())


if __name__ == "__main__":
    main(take)
