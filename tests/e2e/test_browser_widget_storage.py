"""Browsers whose settings keep the storage of frames apart, or refuse it, or refuse all storage.

Nothing is simulated here: each test starts a browser that somebody has set so, and proves first
what a frame of the chat may keep in it.
"""

from __future__ import annotations

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
    rooms = {f"room {name}": {"title": name.title()} for name in ("lobby", "help")}
    with ServerProcess(tmp_path_factory.mktemp("storage"), listing(port, rooms)) as process:
        yield process


async def who(page: Page) -> list[Any]:
    """Return as whom each chat of a page writes, [id, name], when all are there."""
    for number in range(await page.locator("tornchat-widget iframe").count()):
        await joined(panel(page, number))
    found: list[Any] = await page.evaluate(WHO)
    return found


@pytest.mark.parametrize(
    ("settings", "args", "found"),
    [
        pytest.param(BLOCKED, [], REFUSED, id="refused"),
        pytest.param(
            BLOCKED, [APART], ["null", "null", ""], id="apart", marks=pytest.mark.thorough
        ),
        pytest.param(
            ALLOWED, [], ["kept", "kept", "probe=kept"], id="allowed", marks=pytest.mark.thorough
        ),
    ],
)
async def test_guest_is_one_person_whatever_a_frame_may_keep(
    people: People, server: ServerProcess, port: int, tmp_path: Path,
    settings: dict[str, object], args: list[str], found: list[str],
) -> None:  # fmt: skip
    async with site(port) as host:
        context = await people.new_profile(tmp_path / "profile", settings, *args)
        policy = {"content_security_policy": strict(server.url)}
        both = tag(server.url, mode="inline") + tag(server.url, "help", mode="inline")
        one, two = host.put(both, "/one", **policy), host.put(tag(server.url), "/two", **policy)
        first = await context.new_page()
        await first.goto(f"{server.url}docs/embed")
        await first.evaluate(KEEP)

        # What the chat keeps as a page of its own, its frame in another site's page knows or not.
        await first.goto(one)
        await panel(first).get_by_label("Nickname").wait_for()
        assert await frame_of(first).evaluate(FOUND) == found

        # Two rooms in two tabs, opened before anybody is known: all become one person.
        second = await context.new_page()
        await second.goto(one)
        await panel(second, 1).get_by_label("Nickname").wait_for()
        await enter_as(panel(first), "Ann")
        ann, *others = [*await who(first), *await who(second)]
        assert ann[1] == "Ann"
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
        both = tag(server.url, mode="inline") + tag(server.url, "help", mode="inline")
        page = await context.new_page()
        await page.goto(host.put(both))
        await enter_as(panel(page), "Ann")
        for each in (page, frame_of(page)):
            assert await each.evaluate(FOUND) == REFUSED
        ann, other = await who(page)
        assert ann == other, "one person in both rooms"
        await page.reload()
        await panel(page).get_by_label("Nickname").wait_for()
