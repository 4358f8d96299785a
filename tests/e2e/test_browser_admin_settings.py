"""Each setting of a room, set on the admin page, and what it does to who sits in the room.

Topic, title and unwelcome words are in `test_browser_admin_rooms`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.access import KEY, KEY_FILE, gate, site_token, verb, write_key
from tests.e2e.admin_place import SECRET_FILE, desk, write_password
from tests.e2e.browser import online, say
from tests.e2e.elsewhere import elsewhere, framed
from tests.e2e.room_page import COMPOSER, gone, shows, visible
from tests.kit.server import HOST, ServerProcess
from tests.kit.waiting import until_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

    from tests.e2e.browser import People

pytestmark = pytest.mark.thorough

ROOMS = ("door", "guests", "members", "slow", "quiet", "short", "framed")
CLUB_KEY_FILE = "club-1.key"
CONFIG = {
    "limits": {"messages_per_second": 0},
    "rooms": {"presence_grace": "0s"},
    "admin": {"password_file": SECRET_FILE},
    **{f"room {name}": {"title": name.title()} for name in ROOMS},
    "site shop": {"key_file": KEY_FILE},
    "site club": {"key_file": CLUB_KEY_FILE},
}
HASTY = (
    sys.executable,
    "-c",
    "from tornchat import app, cli; app.RETENTION_SECONDS = 0.5; cli.main()",
)
"""tornchat that removes old messages twice a second, not once a minute."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("settings")
    write_key(folder)
    write_password(folder)
    club = folder / CLUB_KEY_FILE
    club.write_text(KEY[::-1])
    club.chmod(0o600)
    with ServerProcess(folder, CONFIG, program=HASTY) as found:
        yield found


async def save(page: Page) -> None:
    """Save the settings, and wait until they are: the form begins with them."""
    version = int(await page.locator("form[data-version]").get_attribute("data-version") or 0)
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.locator(f"form[data-version='{version + 1}']").wait_for()


async def tick(page: Page, label: str, on: bool) -> None:
    await page.get_by_label(label).set_checked(on)
    await save(page)


async def write(page: Page, label: str, value: str) -> None:
    await page.get_by_label(label).fill(value)
    await save(page)


async def member(server: ServerProcess, people: People, room: str) -> Page:
    """Come as somebody whom the shop knows."""
    page = await (await people.new_context()).new_page()
    await page.goto(f"{server.url}r/{room}#token={site_token('7', 'Mia')}")
    await online(page)
    return page


async def test_access_decides_who_reads_and_who_writes(
    server: ServerProcess, people: People
) -> None:
    people.expect_problems("404 (Not Found)")
    ann = await people.new_person("Ann", "door")
    mia = await member(server, people, "door")
    page = await desk(server, people, "rooms/door/settings")
    await page.get_by_role("radio", name="Read only").check()
    await save(page)
    await visible(ann.get_by_text("Only members may write here"))
    await gone(ann.locator(COMPOSER))
    await say(mia, "for members")
    await shows(ann, ["for members"])
    await page.get_by_role("radio", name="Private").check()
    await save(page)
    for each in (ann, mia):
        await visible(gate(each, "This room is no longer open to you"))
    await page.get_by_role("radio", name="Public").check()
    await save(page)
    await ann.reload()
    await say(ann, "open again")
    await shows(ann, ["for members", "open again"])


async def test_guests_read_and_do_not_write_where_they_may_not(
    server: ServerProcess, people: People
) -> None:
    ann = await people.new_person("Ann", "guests")
    mia = await member(server, people, "guests")
    await visible(ann.locator(COMPOSER))
    page = await desk(server, people, "rooms/guests/settings")
    await tick(page, "Guests may write", False)
    await visible(ann.get_by_text("Only members may write here"))
    await gone(ann.locator(COMPOSER))
    await say(mia, "members only")
    await shows(ann, ["members only"])
    await tick(page, "Guests may write", True)
    await visible(ann.locator(COMPOSER))
    await say(ann, "me too")
    await shows(mia, ["members only", "me too"])


async def test_private_room_is_for_the_sites_that_are_ticked(
    server: ServerProcess, people: People
) -> None:
    people.expect_problems("404 (Not Found)")
    mia = await member(server, people, "members")
    page = await desk(server, people, "rooms/members/settings")
    await page.get_by_role("radio", name="Private").check()
    await page.get_by_label("shop", exact=True).check()
    await save(page)
    await say(mia, "ours alone")
    await shows(mia, ["ours alone"])
    stranger = await (await people.new_context()).new_page()
    await stranger.goto(f"{server.url}r/members")
    await visible(gate(stranger))
    await page.get_by_label("shop", exact=True).uncheck()
    await page.get_by_label("club", exact=True).check()
    await save(page)
    await visible(gate(mia, "This room is no longer open to you"))


async def test_room_is_shown_by_pages_of_the_origins_that_are_listed(
    server: ServerProcess, people: People
) -> None:
    people.expect_problems("frame-ancestors", "chrome-error")
    page = await desk(server, people, "rooms/framed/settings")
    async with elsewhere() as port:
        host = await (await people.new_context()).new_page()
        await host.goto(f"http://localhost:{port}/")
        for listed in ("", f"http://{HOST}:{port}", f"http://localhost:{port}"):
            if listed:
                await write(page, "Pages that may show the room", listed)
            shown = (await framed(host, f"{server.url}embed/framed")).url
            assert shown.startswith(server.url) == ("localhost" in listed)


async def test_slow_mode_holds_at_once_and_ends_at_once(
    server: ServerProcess, people: People
) -> None:
    ann = await people.new_person("Ann", "slow")
    page = await desk(server, people, "rooms/slow/settings")
    await write(page, "Slow mode", "40s")
    await visible(ann.locator(".mode", has_text="Slow mode: one message every 40 s"))
    await say(ann, "one")
    await shows(ann, ["one"])
    await say(ann, "two")
    await visible(ann.locator(".wait", has_text="s"))
    await write(page, "Slow mode", "0")
    await gone(ann.locator(".mode", has_text="Slow mode"))
    await ann.press(COMPOSER, "Enter")
    await shows(ann, ["one", "two"])


async def test_who_comes_is_said_only_where_that_is_wanted(
    server: ServerProcess, people: People
) -> None:
    ann = await people.new_person("Ann", "quiet")
    page = await desk(server, people, "rooms/quiet/settings")
    await tick(page, "Show who comes and goes", False)
    await people.new_person("Ben", "quiet")
    await visible(ann.locator(".members").get_by_text("Ben"))
    await tick(page, "Show who comes and goes", True)
    await people.new_person("Cleo", "quiet")
    await visible(ann.locator(".activity", has_text="Cleo joined"))
    assert "Ben" not in await ann.locator(".activity", has_text="Cleo").inner_text()


async def test_retention_removes_what_is_too_much_and_what_is_too_old(
    server: ServerProcess, people: People
) -> None:
    ann = await people.new_person("Ann", "short")
    for text in ("one", "two", "three"):
        await say(ann, text)
    await shows(ann, ["one", "two", "three"])
    page = await desk(server, people, "rooms/short/settings")
    await write(page, "Keep at most", "2")
    await until_true(lambda: kept(server, 2))
    ben = await people.new_person("Ben", "short")
    await shows(ben, ["two", "three"])
    await write(page, "Keep messages for", "1s")
    await until_true(lambda: kept(server, 0))
    await write(page, "Keep messages for", "")
    await ben.reload()
    await say(ben, "four")
    await shows(ben, ["four"])


async def kept(server: ServerProcess, count: int) -> bool:
    """Say whether so many messages are left."""
    found = await verb(server, "messages", room="short")
    return len(found["entries"]) == count
