"""A server with something to look at on every page of the admin part, and the way in to it."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin
from weakref import WeakKeyDictionary

from tests.e2e.access import SITE, site_token, verb, write_key
from tests.kit.chat import ChatClient
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket, XhrPolling
from tests.server import TORNCHAT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from playwright.async_api import BrowserContext, Page

    from tests.e2e.browser import People

NAME = "admin"
PASSWORD = "tomatoes under the frost sheet"
SECRET_FILE = "admin.password"
DAY = 86400
CONFIG = {
    "rooms": {"presence_grace": "0s"},
    "limits": {"messages_per_second": 0},
    "admin": {"password_file": SECRET_FILE},
    "room lobby": {"title": "Lobby", "topic": "Come in, say hello"},
    "room garden": {"title": "Community garden", "topic": "Beds, seeds and who waters when"},
    "room order": {"title": "Order 4711", "topic": "Your line to the shop", "access": "private"},
    "room support-*": {"title": "Support", "access": "private"},
    "room news": {"title": "News", "topic": "What is new here", "access": "read-only"},
    **SITE,
}
TOPICS = (
    "Bread and rolls", "Bicycles", "Choir", "Chess on Tuesdays", "Film club", "First aid",
    "Football", "French for beginners", "House meeting", "Knitting", "Library", "Lost and found",
    "Night shift", "Parents", "Photography", "Playground", "Repair café", "Rides to town",
    "Running", "School class", "Shared kitchen", "Theatre", "Tools to lend", "Volunteers",
    "Wood workshop", "Youth",
)  # fmt: skip
TALK = [
    ("Ann", "Morning! The tomatoes made it through the night."),
    ("Ben", "Great. Who has the key to the shed this week?"),
    ("Chloé", "Me. I'm there from 5 to 7 today."),
    ("Diyar", "Forecast says 2 °C tonight: https://weather.example/garden/hourly?days=3"),
    ("Mo", "Cheap watches!!! https://watches.example/buy?now=1"),
    ("Mo", "CHEAP WATCHES, last chance"),
    ("Ann", "Does anybody remember how to read the rain sensor?"),
    ("Ben", "It speaks plain text on port 4000.\nTry `nc sensor.local 4000`, then type `rain`"),
    ("Chloé", "I put the watering plan on the wiki: https://wiki.example/plan. It is _only_ a "
              "draft; change what you like, but keep the two evenings in the middle free."),
    ("Diyar", "بذور النعناع وصلت اليوم"),
    ("Ann", "See you at the gate at ten then 🌱"),
]  # fmt: skip

_signed_in: WeakKeyDictionary[ServerProcess, Any] = WeakKeyDictionary()
"""The cookies of who signed in there."""


def write_password(folder: Path) -> None:
    """Put the password of the admin beside a config file that names `SECRET_FILE`."""
    secret = folder / SECRET_FILE
    secret.write_text(PASSWORD)
    secret.chmod(0o600)


def room_name(title: str) -> str:
    """Return the name of one of the rooms that `seed` makes."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in title.lower()).strip("-")


@asynccontextmanager
async def admin_place(
    folder: Path, program: Sequence[str] = TORNCHAT
) -> AsyncIterator[ServerProcess]:
    """Run a server in which people talk, are banned, and wait; its admin has `PASSWORD`."""
    write_key(folder)
    write_password(folder)
    async with ServerProcess(folder, CONFIG, program=program) as server, AsyncExitStack() as stack:
        await _make_rooms(server)
        await _talk(server, stack)
        await _sanction(server)
        await _give_tokens(server)
        yield server


async def _make_rooms(server: ServerProcess) -> None:
    for title in TOPICS:
        await verb(server, "create_room", name=room_name(title), title=title)
    await verb(server, "set_room", name="choir", topic="Rehearsals, Tuesday at eight", slow_mode=30)
    await verb(server, "archive_room", name="football")
    await verb(server, "lock_room", name="theatre")


async def _talk(server: ServerProcess, stack: AsyncExitStack) -> None:
    people: dict[str, ChatClient] = {}
    for name, text in TALK:
        if name not in people:
            carrier = XhrPolling() if name == "Ben" else RawWebSocket()
            people[name] = await ChatClient.enter(carrier, server.at, "garden", name=name)
            stack.push_async_callback(people[name].close)
        await people[name].send("garden", text)
    await people["Ann"].join("lobby")
    await people["Ann"].send("lobby", "Welcome, everybody")
    guest = ChatClient(RawWebSocket())
    await guest.open(server.at)
    await guest.hello(token=site_token("7", "Guest of the shop", rooms={"support-*": ["write"]}))
    await guest.join("support-4711")
    await guest.send("support-4711", "Hello? My order has not come.")
    stack.push_async_callback(guest.close)


async def _sanction(server: ServerProcess) -> None:
    async with await ChatClient.enter(RawWebSocket(), server.at, "garden", name="Pest") as pest:
        person = pest.person["id"]
        await pest.send("garden", "you all stink")
    await verb(
        server, "add_ban", person=person, name="Pest", seconds=DAY, reason="rude to everybody"
    )
    await verb(server, "add_ban", place="192.0.2.7", reason="a flood of guests at night")
    await verb(
        server, "add_ban", kind="mute", room="garden", person="g_mo", name="Mo", seconds=3600,
        reason="advertising",
    )  # fmt: skip


async def _give_tokens(server: ServerProcess) -> None:
    await verb(server, "create_token", kind="invite", room="order", role="write", uses=1)
    await verb(server, "create_token", kind="invite", room="garden", role="moderate")
    key = await verb(
        server, "create_token", kind="key", room="*", role="read", label="Nightly report"
    )
    await verb(server, "revoke_token", id=key["id"])


async def sign_in(server: ServerProcess, context: BrowserContext) -> Page:
    """Come in as the admin, in a new tab; it shows the account."""
    page = await context.new_page()
    await page.goto(urljoin(server.url, "admin/login?next=account"))
    await page.get_by_label("Name").fill(NAME)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_selector(".shell")
    return page


async def go(server: ServerProcess, page: Page, path: str) -> Any:
    """Load a page of the admin part; return its response."""
    return await page.goto(urljoin(server.url, f"admin/{path}"))


async def desk(
    server: ServerProcess, people: People, path: str, *, js: bool = True, **options: Any
) -> Page:
    """Load a page of the admin part in a browser of its own, in which the admin is signed in.

    The login itself is gone through once for each server.
    """
    context = await people.new_context(java_script_enabled=js, **options)
    if server in _signed_in:
        await context.add_cookies(_signed_in[server])
        page = await context.new_page()
    else:
        page = await sign_in(server, context)
        _signed_in[server] = await context.cookies()
    await go(server, page, path)
    return page
