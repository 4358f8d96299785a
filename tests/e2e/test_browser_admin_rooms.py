"""Rooms and tokens on the admin page, and what becomes of a room in another browser."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from tests.e2e import qr
from tests.e2e.access import SITE, gate, site_token, verb, write_key
from tests.e2e.admin_place import SECRET_FILE, desk, go, sign_in, write_password
from tests.e2e.browser import online, say, sees
from tests.e2e.room_page import NAME, gone, visible
from tests.kit.chat import ChatClient
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page, Route

    from tests.e2e.browser import People

CONFIG = {
    "rooms": {"presence_grace": "0s"},
    "admin": {"password_file": SECRET_FILE},
    "room lobby": {"title": "Lobby"},
    "room support-*": {"title": "Support", "access": "private"},
    **SITE,
}
NO_SCRIPTS = pytest.param(False, marks=pytest.mark.thorough, id="no-scripts")
both_ways = pytest.mark.parametrize("js", [pytest.param(True, id="scripts"), NO_SCRIPTS])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("rooms")
    write_key(folder)
    write_password(folder)
    with ServerProcess(folder, CONFIG) as found:
        yield found


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def invited(people: People, link: str) -> Page:
    """Come into a room by a link."""
    page = await (await people.new_context()).new_page()
    await page.goto(link)
    await page.locator(NAME).fill("Bob")
    await press(page, "Join")
    await online(page)
    return page


async def lobby(server: ServerProcess, people: People) -> Page:
    """Open the list of rooms as a stranger has it."""
    page = await (await people.new_context()).new_page()
    await page.goto(server.url)
    return page


@both_ways
async def test_room_is_made_and_people_come_in(
    server: ServerProcess, people: People, js: bool
) -> None:
    name = f"tea-{js}".lower()
    page = await desk(server, people, "rooms", js=js)
    await page.get_by_role("link", name="New room").click()
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_label("Title").fill(f"Tea {js}")
    await press(page, "Create room")
    await visible(page.get_by_role("heading", level=1, name=f"Tea {js}"))
    await visible((await lobby(server, people)).get_by_text(f"Tea {js}"))
    ann = await people.new_person("Ann", name)
    await say(ann, "A new room")
    await sees(ann, "A new room")


@both_ways
async def test_settings_reach_those_in_the_room_at_once(
    server: ServerProcess, people: People, js: bool
) -> None:
    ann = await people.new_person("Ann")
    page = await desk(server, people, "rooms/lobby/settings", js=js)
    await page.get_by_label("Topic").fill(f"Mind the step {js}")
    await page.get_by_label("Unwelcome words").fill("heck*")
    await press(page, "Save")
    await visible(page.get_by_text("Saved."))
    await visible(ann.locator("header.bar").get_by_text(f"Mind the step {js}"))
    await say(ann, "what the heckle")
    await visible(ann.get_by_text("not welcome"))
    await page.get_by_label("Unwelcome words").fill("")
    await press(page, "Save")


@both_ways
async def test_lock_silences_all_but_moderators(
    server: ServerProcess, people: People, js: bool
) -> None:
    ann = await people.new_person("Ann")
    await visible(ann.locator("#composer"))
    page = await desk(server, people, "rooms/lobby", js=js)
    await press(page, "Lock")
    await visible(page.get_by_role("button", name="Unlock"))
    await gone(ann.locator("#composer:not([disabled])"))
    await press(page, "Unlock")
    await visible(ann.locator("#composer:not([disabled])"))


@both_ways
async def test_archived_room_leaves_the_lobby_and_comes_back(
    server: ServerProcess, people: People, js: bool
) -> None:
    name = f"attic-{js}".lower()
    await verb(server, "create_room", name=name, title=f"Attic {js}")
    stranger = await lobby(server, people)
    await visible(stranger.get_by_text(f"Attic {js}"))
    page = await desk(server, people, f"rooms/{name}/settings", js=js)
    await press(page, "Archive")
    await visible(page.get_by_text("is archived"))
    await stranger.reload()
    await visible(stranger.get_by_text("Lobby", exact=True))
    await gone(stranger.get_by_text(f"Attic {js}"))
    await press(page, "Take out of the archive")
    await visible(page.get_by_text("The room is back."))
    await stranger.reload()
    await visible(stranger.get_by_text(f"Attic {js}"))


@both_ways
async def test_room_goes_when_its_name_is_typed(
    server: ServerProcess, people: People, js: bool
) -> None:
    name = f"shed-{js}".lower()
    await verb(server, "create_room", name=name, title=f"Shed {js}")
    ann = await people.new_person("Ann", name)
    page = await desk(server, people, f"rooms/{name}/settings", js=js)
    await page.locator("summary", has_text="Delete").click()
    await page.get_by_label(re.compile("to confirm")).fill(name)
    await press(page, "Delete for good")
    await visible(page.get_by_text(f"The room {name} is deleted."))
    await visible(gate(ann))
    people.expect_problems("404")
    assert (await ann.goto(urljoin(server.url, f"r/{name}"))).status == 404


@both_ways
async def test_invite_opens_a_private_room_until_it_is_revoked(
    server: ServerProcess, people: People, js: bool
) -> None:
    people.expect_problems("404", "409")
    name = f"vault-{js}".lower()
    await verb(server, "create_room", name=name, title=f"Vault {js}", access="private")
    page = await desk(server, people, f"rooms/{name}", js=js)
    await press(page, "Create invite link")
    link = await page.locator("#link").inner_text()
    assert link.startswith(urljoin(server.url, f"r/{name}#invite=tc_"))
    qr = page.get_by_alt_text("QR code of the invite link")
    assert await qr.evaluate("(image) => image.complete && image.naturalWidth > 20")
    bob = await invited(people, link)
    await page.get_by_role("link", name="Done").click()
    row = page.locator("#tokens tbody tr")
    await row.locator("summary").click()
    await row.get_by_role("button", name="Revoke").click()
    await visible(page.get_by_text("is revoked"))
    await visible(gate(bob))


@both_ways
async def test_rotation_puts_out_who_came_by_an_invite_and_shows_a_new_one(
    server: ServerProcess, people: People, js: bool
) -> None:
    people.expect_problems("404")
    name = f"safe-{js}".lower()
    await verb(server, "create_room", name=name, title=f"Safe {js}", access="private")
    made = await verb(server, "create_token", kind="invite", room=name, role="write")
    bob = await invited(people, urljoin(server.url, f"r/{name}#invite={made['token']}"))
    page = await desk(server, people, f"rooms/{name}/tokens", js=js)
    await page.locator("summary", has_text="Rotate all").click()
    await press(page, "Rotate")
    link = await page.locator("#link").inner_text()
    await visible(gate(bob))
    await invited(people, link)


@both_ways
async def test_second_of_two_admins_chooses_and_nothing_is_lost(
    server: ServerProcess, people: People, js: bool
) -> None:
    people.expect_problems("409")
    name = f"hall-{js}".lower()
    await verb(server, "create_room", name=name, title="Hall")
    ann = await people.new_person("Ann", name)
    first = await desk(server, people, f"rooms/{name}/settings")
    second = await desk(server, people, f"rooms/{name}/settings", js=js)
    await second.get_by_label("Topic").fill("Mine")
    await second.get_by_label("Title").fill("Great hall")
    await first.get_by_label("Topic").fill("Theirs")
    await first.get_by_label("Slow mode").fill("5s")
    await press(first, "Save")
    await visible(first.get_by_text("Saved."))
    if js:
        await visible(second.get_by_text("Somebody else has just saved these settings."))
        assert await second.get_by_label("Topic").input_value() == "Mine"
    await press(second, "Save")
    await visible(second.get_by_text("has saved these settings while you were changing them"))
    await visible(ann.locator("header.bar").get_by_text("Theirs"))
    chosen = second.locator("tr", has_text="Topic").get_by_label("Theirs")
    assert not await chosen.is_checked()
    assert await second.get_by_label("one message in 5s").is_checked()
    await chosen.check()
    await press(second, "Save what is chosen")
    await visible(second.get_by_text("Saved."))
    await visible(ann.get_by_role("heading", name="Great hall"))
    found = await verb(server, "room", name=name)
    assert (found["title"], found["topic"], found["slow_mode"]) == ("Great hall", "Theirs", 5)


async def test_what_was_saved_before_the_page_was_connected_is_told_too(
    server: ServerProcess, people: People
) -> None:
    await verb(server, "create_room", name="slow-start", title="Before")
    page = await desk(server, people, "rooms")
    connected = asyncio.Event()

    async def hold(route: Route) -> None:
        await connected.wait()
        await route.continue_()

    await page.route("**/admin/token", hold)
    await go(server, page, "rooms/slow-start/settings")
    await page.get_by_label("Topic").fill("Mine")
    await verb(server, "set_room", name="slow-start", title="After")
    connected.set()
    await visible(page.get_by_text("Somebody else has just saved these settings."))
    assert await page.get_by_label("Topic").input_value() == "Mine"


async def test_list_of_rooms_follows_what_others_do(server: ServerProcess, people: People) -> None:
    page = await desk(server, people, "rooms")
    await verb(server, "create_room", name="later", title="Later on")
    await visible(page.get_by_text("Later on"))
    await verb(server, "lock_room", name="later")
    await visible(page.locator("#room-later").get_by_text("locked"))


async def test_list_of_rooms_is_sorted_by_what_one_clicks(
    server: ServerProcess, people: People
) -> None:
    for name, title in (("sort-1", "Zebras sorted"), ("sort-2", "Apes sorted")):
        await verb(server, "create_room", name=name, title=title)
    await people.new_person("Ann", "sort-1")
    page = await desk(server, people, "rooms?search=sorted")
    rows = page.locator("#rooms tbody tr")
    for column, first in (("People", "Zebras"), ("Room", "Apes")):
        heading = page.get_by_role("columnheader", name=column)
        await heading.get_by_role("link").click()
        await visible(page.locator("#rooms th[aria-sort]", has_text=column))
        await visible(rows.first.get_by_text(first))
    await page.get_by_role("columnheader", name="Room").get_by_role("link").click()
    await visible(rows.first.get_by_text("Zebras"))


async def test_room_on_demand_says_live_that_somebody_waits(
    server: ServerProcess, people: People
) -> None:
    page = await desk(server, people, "rooms?pattern=*")
    guest = ChatClient(RawWebSocket())
    await guest.open(server.at)
    await guest.hello(token=site_token("7", "Guest of the shop", rooms={"support-*": ["write"]}))
    await guest.join("support-1")
    await guest.send("support-1", "Is anybody there?")
    row = page.locator("#room-support-1")
    await visible(row.get_by_text("waiting"))
    staff = ChatClient(RawWebSocket())
    await staff.open(server.at)
    await staff.hello(token=site_token("8", "Staff", rooms={"support-*": ["moderate"]}))
    await staff.join("support-1")
    await gone(row.get_by_text("waiting"))
    await visible(row.get_by_text("Is anybody there?"))
    await staff.close()
    await guest.close()


async def test_copy_button_copies_the_tag_for_another_site(
    server: ServerProcess, people: People
) -> None:
    context = await people.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = await sign_in(server, context)
    await go(server, page, "rooms/lobby")
    await page.locator("[data-copy=embed]").click()
    tag = await page.evaluate("() => navigator.clipboard.readText()")
    assert tag == f'<script async src="{server.url}widget.js" data-room="lobby"></script>'


@pytest.mark.npm
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_qr_codes_hold_the_links_beside_them(
    server: ServerProcess, people: People, scheme: str
) -> None:
    page = await desk(server, people, "rooms/lobby", color_scheme=scheme)
    code = page.get_by_alt_text("QR code of the room's address")
    assert await qr.read(code) == await page.locator("#address").inner_text()
    await press(page, "Create invite link")
    link = await page.locator("#link").inner_text()
    assert await qr.read(page.get_by_alt_text("QR code of the invite link")) == link


async def test_key_lets_a_program_write_until_it_is_revoked(
    server: ServerProcess, people: People
) -> None:
    ann = await people.new_person("Ann")
    page = await desk(server, people, "tokens")
    if not await page.get_by_label("Room", exact=True).is_visible():
        await page.locator("summary", has_text="New token").click()
    await page.get_by_role("radio", name="API key").check()
    await page.get_by_label("Room", exact=True).fill("lobby")
    await page.get_by_label("Label").fill("Weather")
    await press(page, "Create token")
    key = await page.locator("#token").inner_text()
    bot = ChatClient(RawWebSocket())
    await bot.open(server.at)
    await bot.hello(token=key)
    await bot.join("lobby")
    await bot.send("lobby", "Rain at noon")
    await sees(ann, "Rain at noon")
    await page.get_by_role("link", name="Done").click()
    row = page.locator("#tokens tbody tr", has_text="Weather")
    await visible(row.locator("[data-label='Last use']", has_text="127.0.0."))
    await row.locator("summary").click()
    await row.get_by_role("button", name="Revoke").click()
    await visible(page.get_by_text("is revoked"))
    assert (await bot.wait_closed()).code == 4502
    await gone(ann.locator(".members").get_by_text("Weather"))
