"""Browsers whose settings keep the storage of frames apart, or refuse it, or refuse all storage.

Nothing is simulated here: each test starts a browser that somebody has set so, and proves first
what a frame of the chat may keep in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.browser import People
from tests.e2e.embedding import (
    enter_as,
    frame_of,
    joined,
    launcher,
    listing,
    panel,
    site,
    strict,
    tag,
)
from tests.kit.server import ServerProcess, free_port

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

BLOCKED = {"cookie_controls_mode": 1, "block_third_party_cookies": True}
ALLOWED = {"cookie_controls_mode": 0, "block_third_party_cookies": False}
NOTHING = {"default_content_setting_values": {"cookies": 2}}
APART = "--disable-features=Translate"
"""Stands for what Playwright disables: that frames get a storage for each site around them."""
KEEP = """() => {
    localStorage.setItem('probe', 'kept');
    sessionStorage.setItem('probe', 'kept');
    document.cookie = 'probe=kept; Path=/; SameSite=None; Secure';
}"""
FOUND = """() => {
    const look = (read) => {
        try { return String(read()); } catch ({ name }) { return name; }
    };
    return [
        look(() => localStorage.getItem('probe')),
        look(() => sessionStorage.getItem('probe')),
        document.cookie,
    ];
}"""
REFUSED = ["SecurityError", "SecurityError", ""]
WAYS = ("refused", "apart", "allowed")
ROOMS = ("lobby", "help", *WAYS, *(f"{way}-too" for way in WAYS))
PRESENT = """window.present = {};
addEventListener('tornchat:presence', ({ detail: { room, count } }) => present[room] = count);"""
WHO = """() => Promise.all([...document.querySelectorAll('tornchat-widget')].map(({ handle }) =>
    new Promise((resolve) => {
        handle.on('message', ({ mine, from }) => mine && resolve([from.id, from.name]));
        handle.send('Who am I?');
    })))"""


@pytest.fixture(scope="module")
def port() -> int:
    """The port of the site whose pages may show our rooms."""
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[ServerProcess]:
    rooms: dict[str, dict[str, object]] = {f"room {name}": {} for name in ROOMS}
    with ServerProcess(tmp_path_factory.mktemp("storage"), listing(port, rooms)) as process:
        yield process


def two_rooms(chat: str) -> str:
    """Return tags that load at once: browsers find tabs idle late that nobody looks at."""
    rooms = ("lobby", "help")
    return "".join(tag(chat, room, mode="inline", load="now") for room in rooms)


async def here(page: Page) -> None:
    """Wait until all chats of a page are online."""
    for number in range(await page.locator("tornchat-widget").count()):
        await joined(panel(page, number))


async def who(page: Page) -> list[Any]:
    """Return as whom each chat of a page writes, [id, name], when all are there."""
    await here(page)
    found: list[Any] = await page.evaluate(WHO)
    return found


@pytest.mark.parametrize(
    ("way", "settings", "args", "found"),
    [
        ("refused", BLOCKED, [], REFUSED),
        pytest.param("apart", BLOCKED, [APART], ["null", "null", ""], marks=pytest.mark.thorough),
        pytest.param(
            "allowed", ALLOWED, [], ["kept", "kept", "probe=kept"], marks=pytest.mark.thorough
        ),
    ],
    ids=WAYS,
)
async def test_guest_is_one_person_whatever_a_frame_may_keep(
    people: People, server: ServerProcess, port: int, tmp_path: Path,
    way: str, settings: dict[str, object], args: list[str], found: list[str],
) -> None:  # fmt: skip
    async with site(port) as host:
        context = await people.new_profile(tmp_path / "profile", settings, *args)
        policy = {"content_security_policy": strict(server.url)}
        both = two_rooms(server.url)
        one, two = host.put(both, "/one", **policy), host.put(tag(server.url), "/two", **policy)
        read = [tag(server.url, room, mode="readonly", load="now") for room in (way, f"{way}-too")]
        reading = host.put("".join(read), "/reading", **policy)
        first = await context.new_page()
        await first.goto(f"{server.url}docs/embed")
        await first.evaluate(KEEP)

        # What the chat keeps as a page of its own, its frame in another site's page knows or not.
        await first.goto(one)
        await panel(first).get_by_label("Nickname").wait_for()
        assert await frame_of(first).evaluate(FOUND) == found

        # Whoever only reads needs no name: four frames in two tabs make one guest, and once.
        await context.add_init_script(PRESENT)
        second = await context.new_page()
        await asyncio.gather(first.goto(reading), second.goto(reading))
        for page in (first, second):
            await here(page)
            await page.wait_for_function("Object.keys(present).length === 2", polling=50)
        for page in (first, second):
            assert await page.evaluate("present") == {way: 1, f"{way}-too": 1}

        # The same in rooms that ask for a name: who gave it in one has given it in all.
        await asyncio.gather(first.goto(one), second.goto(one))
        await panel(second, 1).get_by_label("Nickname").wait_for()
        await first.bring_to_front()
        await enter_as(panel(first), way)
        ann, *others = [*await who(first), *await who(second)]
        assert ann[1] == way
        assert others == [ann] * 3

        # The same one after a reload, on another page, and in a tab that comes later.
        await first.reload()
        assert await who(first) == [ann, ann]
        await second.goto(two)
        await launcher(second).click()
        assert await who(second) == [ann]
        third = await context.new_page()
        await third.goto(one)
        assert await who(third) == [ann, ann]
        assert {cookie["name"] for cookie in await context.cookies()} <= {"probe"}, "none of ours"


async def test_page_that_may_keep_nothing_has_a_chat_for_as_long_as_it_is_open(
    people: People, server: ServerProcess, port: int, tmp_path: Path
) -> None:
    async with site(port) as host:
        context = await people.new_profile(tmp_path / "profile", NOTHING)
        both = two_rooms(server.url)
        page = await context.new_page()
        await page.goto(host.put(both))
        await enter_as(panel(page), "Ann")
        for each in (page, frame_of(page)):
            assert await each.evaluate(FOUND) == REFUSED
        ann, other = await who(page)
        assert ann == other, "one person in both rooms"
        await page.reload()
        await panel(page).get_by_label("Nickname").wait_for()
