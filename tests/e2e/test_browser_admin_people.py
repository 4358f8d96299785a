"""Kick, mute, ban and lift on the admin page, and what becomes of somebody in another browser."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from tests.e2e.access import gate
from tests.e2e.admin_place import NAME, SECRET_FILE, desk, go, write_password
from tests.e2e.browser import enter, online, say, sees
from tests.e2e.crowd import figure
from tests.e2e.room_page import gone, visible
from tests.kit.http import HttpConnection
from tests.kit.server import HOST, ServerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Locator, Page

    from tests.e2e.browser import People

CONFIG = {
    "server": {"trusted_proxies": "127.0.0.1"},
    "rooms": {"presence_grace": "0s"},
    "admin": {"password_file": SECRET_FILE},
    "room lobby": {"title": "Lobby"},
    "room garden": {"title": "Garden"},
}

PEST, GUESSER = "203.0.113.9", "198.51.100.7"
MOST_GUESSES = 1000
NOBODY = "Nobody is served from this address"
OFF = ("403", "net::ERR_", "WebSocket connection", "Refused to apply style")
"""What the console says where nobody is served."""
SECONDS = 1.0
"""Within what a sanction has to act on all of a person."""
SHUT = ".gate:not([hidden]) h1, .barred:not([hidden])"
WATCH = """(shut) => void (window.shutAt = new Promise((resolve) => {
    new MutationObserver(() => { if (document.querySelector(shut)) resolve(Date.now()); })
        .observe(document.body, { subtree: true, childList: true, attributes: true });
}))"""
"""Notes when somebody cannot write any more."""
TRANSPORTS = ("websocket", "xhr-streaming", "xhr-polling")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("people")
    write_password(folder)
    with ServerProcess(folder, CONFIG) as found:
        yield found


def row(page: Page, name: str) -> Locator:
    return page.locator("#people tr, #bans tr").filter(has_text=name)


async def moderate(
    page: Page, name: str, button: str, *, address: bool = False, **fields: str
) -> None:
    """Do something about somebody on a page of people."""
    found = row(page, name)
    await found.locator("summary").click()
    for label, value in fields.items():
        field = found.get_by_label(label.replace("_", " "))
        tag = await field.evaluate("(field) => field.localName")
        await (field.select_option(label=value) if tag == "select" else field.fill(value))
    await found.get_by_label("Ban the address too").set_checked(address)
    await found.get_by_role("button", name=button).click()


async def lift(page: Page, name: str) -> None:
    found = row(page, name)
    await found.locator("summary").click()
    await found.get_by_role("button", name="Lift").click()
    await gone(found)


async def test_who_comes_appears_on_the_page_and_who_goes_is_seen(
    server: ServerProcess, people: People
) -> None:
    page = await desk(server, people, "people")
    ann = await people.new_person("Annika", transport="xhr-polling")
    await visible(row(page, "Annika"))
    assert "polling" in await row(page, "Annika").inner_text()
    await ann.close()
    await gone(row(page, "Annika"))
    await page.get_by_role("link", name="Seen").click()
    await visible(row(page, "Annika"))
    assert "lobby" in await row(page, "Annika").inner_text()


@pytest.mark.parametrize(
    "js",
    [
        pytest.param(True, marks=pytest.mark.thorough, id="scripts"),
        pytest.param(False, id="no-scripts"),
    ],
)
async def test_kick_takes_every_tab_out_and_they_may_come_back(
    server: ServerProcess, people: People, js: bool
) -> None:
    name = f"Kim {js}"
    kim = await people.new_person(name)
    tab = await kim.context.new_page()
    await tab.goto(urljoin(server.url, "r/lobby?transport=xhr-streaming"))
    await visible(tab.locator("#composer"))
    page = await desk(server, people, "rooms/lobby/people", js=js)
    await moderate(page, name, "Kick", Reason="too loud")
    for each in (kim, tab):
        await visible(each.get_by_text("too loud"))
    await kim.get_by_role("button", name="Join again").click()
    await visible(kim.locator("#composer"))
    await say(kim, f"back {js}")
    await sees(kim, f"back {js}")


async def test_mute_silences_and_its_end_lets_them_write(
    server: ServerProcess, people: People
) -> None:
    lou = await people.new_person("Lou")
    page = await desk(server, people, "people")
    await moderate(page, "Lou", "Mute", Where="lobby", Reason="cool down")
    await visible(lou.get_by_text("cool down"))
    await go(server, page, "rooms/lobby/bans")
    await lift(page, "Lou")
    await gone(lou.get_by_text("cool down"))
    await say(lou, "thank you")
    await sees(lou, "thank you")


async def test_ban_from_a_room_outlasts_a_new_name_and_is_lifted(
    server: ServerProcess, people: People
) -> None:
    pat = await people.new_person("Pat")
    page = await desk(server, people, "rooms/lobby/people")
    await moderate(page, "Pat", "Ban", Reason="spam", Mute_or_ban_for="1 day")
    await visible(pat.get_by_text("spam"))
    await pat.evaluate("() => localStorage.setItem('name', 'Somebody else')")
    await pat.reload()
    await visible(pat.get_by_text("spam"))
    await go(server, page, "bans")
    await lift(page, "Pat")
    await pat.reload()
    await visible(pat.locator("#composer"))


async def test_ban_from_the_server_ends_everything_until_it_is_called_off(
    server: ServerProcess, people: People
) -> None:
    people.expect_problems("403", "WebSocket connection", "net::ERR_")
    zed = await people.new_person("Zed", room="garden")
    page = await desk(server, people, "people")
    await moderate(page, "Zed", "Ban", Reason="enough")
    await gone(zed.locator("#composer"))
    await page.get_by_role("button", name="Call it off").click()
    await zed.reload()
    await visible(zed.locator("#composer"))


async def test_address_is_banned_by_the_form_and_listed(
    server: ServerProcess, people: People
) -> None:
    page = await desk(server, people, "bans")
    await page.locator("summary", has_text="New ban").click()
    await page.get_by_label("Address or person").fill("192.0.2.99")
    await page.get_by_label("Reason").fill("a flood")
    await page.get_by_role("button", name="Ban or mute").click()
    await visible(row(page, "192.0.2.99"))
    assert "a flood" in await row(page, "192.0.2.99").inner_text()
    assert NAME in await row(page, "192.0.2.99").inner_text()
    await lift(page, "192.0.2.99")


async def at_address(people: People, address: str) -> Page:
    """Open the lobby from another address; only what comes by plain requests can be elsewhere."""
    context = await people.new_context(extra_http_headers={"X-Forwarded-For": address})
    return await people.open_room(context, transport="xhr-streaming")


async def test_ban_of_person_and_address_survives_a_restart_until_it_is_lifted(
    server: ServerProcess, people: People
) -> None:
    people.expect_problems(*OFF)
    pest = await at_address(people, PEST)
    await enter(pest, "Pest")
    friend = await at_address(people, PEST)
    await enter(friend, "Friend")
    ann = await people.new_person("Ann")
    page = await desk(server, people, "people")
    await moderate(page, "Pest", "Ban", address=True, Reason="a flood")
    for each in (pest, friend):
        await visible(gate(each, "You are banned from this server"))
    await server.restart()
    for each in (pest, friend):
        await each.reload()
        await visible(each.get_by_text(NOBODY))
    await visible((await at_address(people, PEST)).get_by_text(NOBODY))
    await say(ann, "quiet now")
    await sees(ann, "quiet now")
    await go(server, page, "bans")
    assert int(await row(page, "Pest").locator("[data-label=Caught]").inner_text()) >= 3
    await lift(page, "Pest")
    await pest.reload()
    await say(pest, "sorry")
    await sees(ann, "sorry")


async def test_who_guesses_is_listed_and_can_be_forgiven(
    server: ServerProcess, people: People
) -> None:
    people.expect_problems(*OFF)
    connection = HttpConnection(HOST, server.port)
    for number in range(MOST_GUESSES):
        guess = {"Authorization": f"Bearer tk_{number:043}", "X-Forwarded-For": GUESSER}
        answer = await connection.request("GET", "/api/v1/rooms", headers=guess)
        if answer.status == 403:
            break
    await connection.close()
    guesser = await at_address(people, GUESSER)
    await visible(guesser.get_by_text(NOBODY))
    page = await desk(server, people, "bans")
    await page.get_by_label("Kind").select_option("guard")
    await page.wait_for_url("**kind=guard**")
    await visible(row(page, GUESSER).get_by_text("the guess guard"))
    await go(server, page, "")
    await visible(page.locator("#errors").get_by_text(f"banned {GUESSER}"))
    await go(server, page, "bans?kind=guard")
    await lift(page, GUESSER)
    await guesser.reload()
    await enter(guesser, "Guesser")


async def test_sanctions_act_on_every_tab_and_transport_within_a_second(
    server: ServerProcess, people: People
) -> None:
    tess = await people.new_person("Tess", transport=TRANSPORTS[0])
    tabs = [tess, *[await people.open_room(tess.context, transport=t) for t in TRANSPORTS[1:]]]
    for tab, transport in zip(tabs, TRANSPORTS, strict=True):
        await online(tab, transport)
    page = await desk(server, people, "people")
    sent: list[float] = []
    page.on("request", lambda request: sent.append(time.time()))
    for deed in ("Mute", "Ban", "Kick"):
        await go(server, page, "rooms/lobby/people")
        for tab in tabs:
            await tab.evaluate(WATCH, SHUT)
        sent.clear()
        await moderate(page, "Tess", deed)
        last = max([await tab.evaluate("window.shutAt") for tab in tabs])
        seconds = last / 1000 - sent[0]
        figure(f"{deed}: over on {len(tabs)} tabs and transports within {seconds:.2f} s")
        assert seconds <= SECONDS
        if deed == "Kick":
            continue
        await page.get_by_role("button", name="Call it off").click()
        for tab in tabs:
            if deed == "Ban":
                await tab.get_by_role("button", name="Try again").click()
            await gone(tab.locator(SHUT))
