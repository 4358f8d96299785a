"""Who may be in a room, as people see it: invitations, refusals, being sent away, being known."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.access import SITE, gate, invite, link, site_token, verb, write_key
from tests.e2e.browser import People, enter, online, say
from tests.e2e.crowd import figure
from tests.e2e.room_page import COMPOSER, NAME, gone, message, shows, visible
from tests.kit.server import TORNCHAT, ServerProcess
from tests.server import environment

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

TRANSPORTS = ("websocket", "xhr-streaming", "xhr-polling")
REVOKED_SECONDS = 1.0
SECRET = "Order 4711"
TOPIC = "Your line to the shop"
MISSING = ("404 (Not Found)",)
"""What the console says of the page of a room that may not exist."""
HIDDEN_TEXT = "document.documentElement.outerHTML + document.title"
WATCH_GATE = """() => void (window.gateTime = new Promise((resolve) => {
    new MutationObserver(() => {
        if (document.querySelector('.gate:not([hidden]) h1')) resolve(Date.now());
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
}))"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("access")
    write_key(folder)
    private = {"title": SECRET, "topic": TOPIC, "access": "private"}
    rooms = {f"room {name}": private for name in ("order", *TRANSPORTS)}
    config = {
        "limits": {"messages_per_second": 0, "joins_per_second": 0},
        **SITE,
        "room hall": {"title": "Hall"},
        "room square": {"title": "Square"},
        **rooms,
    }
    with ServerProcess(folder, config) as process:
        yield process


async def tornchat(server: ServerProcess, *arguments: str) -> Any:
    """Run a command beside the server, and return what it says."""
    done = await asyncio.to_thread(
        subprocess.run,
        [*TORNCHAT, *arguments, "--config", str(server.config_file), "--json"],
        capture_output=True,
        env=environment(),
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


async def visit(context: BrowserContext, address: str) -> Page:
    page = await context.new_page()
    await page.goto(address)
    return page


async def accept(page: Page, name: str) -> None:
    """Give a name on the card of an invitation, and wait until one is in the room."""
    await page.locator(NAME).fill(name)
    await page.get_by_role("button", name="Join", exact=True).click()
    await online(page)


async def invited_person(
    people: People, server: ServerProcess, room: str, name: str, transport: str = ""
) -> tuple[Page, dict[str, Any]]:
    made = await invite(server, room)
    context = await people.new_context()
    page = await visit(context, link(server, room, made["token"], transport))
    await accept(page, name)
    await visible(page.locator("h1", has_text=SECRET))
    return page, made


# ── invitations ──────────────────────────────────────────────────────────────────────────────────


async def test_invite_link_opens_the_room_and_leaves_no_trace(
    people: People, server: ServerProcess
) -> None:
    people.expect_problems(*MISSING)
    made = await tornchat(server, "token", "create", "order", "--label", "Eve")
    token = made["token"]
    context = await people.new_context()
    requests: list[str] = []
    context.on("request", lambda request: requests.append(f"{request.url} {request.headers}"))
    page = await visit(context, link(server, "order", token))

    await visible(page.get_by_role("heading", name="You are invited to this room"))
    assert page.url == f"{server.url}r/order"
    found = await page.evaluate(HIDDEN_TEXT)
    assert token not in found
    assert SECRET not in found and TOPIC not in found
    await accept(page, "Eve")
    await visible(page.locator("h1", has_text=SECRET))
    assert SECRET in await page.title()
    await say(page, "in")
    await shows(page, ["in"])

    kept = await page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert token not in kept, "it is of no more use"
    await page.reload()
    await online(page)
    await visible(page.locator("h1", has_text=SECRET))
    await shows(page, ["in"])
    assert not await page.locator("dialog[open]").count()
    await page.goto(server.url)
    listed = page.locator("[data-room=order]")
    await visible(listed.get_by_role("img", name="private room"))
    stranger = await visit(await people.new_context(), server.url)
    await stranger.wait_for_load_state("networkidle")
    assert await stranger.locator("li[data-room]").count() == 2
    assert SECRET not in await stranger.evaluate(HIDDEN_TEXT)
    assert requests
    assert not [line for line in requests if token in line]
    assert token not in server.log


async def test_reload_before_joining_keeps_the_invite(
    people: People, server: ServerProcess
) -> None:
    people.expect_problems(*MISSING)
    made = await invite(server, "order")
    page = await visit(await people.new_context(), link(server, "order", made["token"]))
    await visible(page.locator(NAME))
    await page.reload()
    await accept(page, "Rae")
    await visible(page.locator("h1", has_text=SECRET))


async def test_one_use_invite_lets_the_first_back_in_and_tells_the_second(
    people: People, server: ServerProcess
) -> None:
    people.expect_problems(*MISSING)
    made = await invite(server, "order", uses=1)
    address = link(server, "order", made["token"])
    first = await people.new_context()
    await accept(await visit(first, address), "First")
    second = await visit(await people.new_context(), address)
    await second.locator(NAME).fill("Second")
    await second.get_by_role("button", name="Join", exact=True).click()
    await visible(gate(second, "This invitation does not open the room"))
    await visible(gate(second, "used up"))
    await visible(gate(second, "Ask whoever sent you the invitation for a new one"))
    assert SECRET not in await second.evaluate(HIDDEN_TEXT)
    again = await visit(first, address)
    await visible(again.locator(NAME))
    assert await again.locator(NAME).input_value() == "First"
    await accept(again, "First")
    await visible(again.locator("h1", has_text=SECRET))


async def test_wrong_and_revoked_invites_are_refused_in_words(
    people: People, server: ServerProcess
) -> None:
    people.expect_problems(*MISSING)
    made = await invite(server, "order")
    await verb(server, "revoke_token", id=made["id"])
    cases = {made["token"]: "was revoked", "tc_" + "A" * 43: "no invite", "tc_broken": "no invite"}
    for token, words in cases.items():
        page = await visit(await people.new_context(), link(server, "order", token))
        await page.locator(NAME).fill("Eve")
        await page.get_by_role("button", name="Join", exact=True).click()
        await visible(gate(page, words))
        await visible(gate(page, "for a new one"))
        assert await page.locator(COMPOSER).is_hidden()


async def test_wrong_invite_does_not_shut_a_room_for_everybody(
    people: People, server: ServerProcess
) -> None:
    page = await visit(await people.new_context(), link(server, "hall", "tc_" + "B" * 43))
    await visible(page.get_by_role("heading", name="You are invited to Hall"))
    await accept(page, "Max")
    await visible(page.locator(COMPOSER))
    await visible(page.locator("h1", has_text="Hall"))


async def test_link_put_into_the_address_of_an_open_page_is_taken(
    people: People, server: ServerProcess
) -> None:
    people.expect_problems(*MISSING)
    page = await visit(await people.new_context(), f"{server.url}r/order")
    await visible(gate(page, "or you need an invitation"))
    made = await invite(server, "order")
    await page.evaluate("(token) => { location.hash = `invite=${token}` }", made["token"])
    await accept(page, "Lin")
    await visible(page.locator("h1", has_text=SECRET))
    assert page.url == f"{server.url}r/order"


async def test_private_and_missing_rooms_look_alike(people: People, server: ServerProcess) -> None:
    people.expect_problems(*MISSING)
    for javascript in (True, False):
        seen = set()
        for room in ("order", "nowhere"):
            context = await people.new_context(java_script_enabled=javascript)
            page = await context.new_page()
            answer = await page.goto(f"{server.url}r/{room}")
            assert answer is not None and answer.status == 404
            await visible(gate(page, "This room does not exist, or you need an invitation"))
            seen.add((await page.locator("body").inner_text(), await page.title()))
        assert len(seen) == 1, seen


# ── being sent away ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "transport",
    [
        "websocket",
        pytest.param("xhr-streaming", marks=pytest.mark.thorough),
        pytest.param("xhr-polling", marks=pytest.mark.thorough),
    ],
)
async def test_revoking_takes_the_room_off_every_open_tab(
    people: People, server: ServerProcess, transport: str
) -> None:
    people.expect_problems(*MISSING)
    page, made = await invited_person(people, server, transport, "Eve", transport)
    stays, _ = await invited_person(people, server, transport, "Ben", transport)
    tab = await people.open_room(page.context, transport, transport=transport)
    for each in (page, tab):
        await online(each, transport)
    await say(page, "the code is 0815")
    for each in (tab, stays):
        await visible(message(each, "the code is 0815"))
    await say(stays, "the door is 4242")
    for each in (page, tab):
        await visible(message(each, "the door is 4242"))
    for each in (page, tab):
        await each.evaluate(WATCH_GATE)
    began = time.time()
    await verb(server, "revoke_token", id=made["id"])
    times = [await each.evaluate("window.gateTime") for each in (page, tab)]
    seconds = max(times) / 1000 - began
    for each in (page, tab):
        await visible(gate(each, "Your access to this room was taken back"))
        left = await each.evaluate(HIDDEN_TEXT)
        for trace in ("0815", "4242", SECRET, TOPIC, "Ben"):
            assert trace not in left, trace
        assert await each.locator(COMPOSER).is_hidden()
    await say(stays, "still here")
    await visible(message(stays, "still here"))
    await page.reload()
    await visible(gate(page, "or you need an invitation"))
    figure(f"revoked, {transport}: off both tabs in {seconds:.2f} s")
    assert seconds <= REVOKED_SECONDS


@pytest.mark.parametrize("how", ["rotated", "deleted", "banned"])
async def test_every_way_out_is_said_in_words(
    people: People, server: ServerProcess, how: str
) -> None:
    people.expect_problems(*MISSING)
    await verb(server, "create_room", name=how, title=SECRET, topic=TOPIC, access="private")
    page, _ = await invited_person(people, server, how, "Eve")
    me = await page.evaluate(
        "JSON.parse(atob(localStorage[Object.keys(localStorage)"
        ".find((key) => key.endsWith('guest_token'))].split('.')[1])).sub"
    )
    await say(page, "the code is 0815")
    await visible(message(page, "the code is 0815"))
    if how == "rotated":
        await verb(server, "rotate_room", name=how)
        await visible(gate(page, "This room has new invitations"))
        await visible(gate(page, "Ask whoever sent you the invitation for a new one"))
    elif how == "deleted":
        await verb(server, "delete_room", name=how)
        await visible(gate(page, "This room is gone"))
    else:
        ban = await verb(server, "add_ban", person=me, reason="spam")
        await visible(gate(page, "You are banned"))
        await page.reload()
        await visible(gate(page, "You are banned"))
        await verb(server, "remove_ban", id=ban["id"])
    left = await page.evaluate(HIDDEN_TEXT)
    for trace in ("0815", SECRET, TOPIC):
        assert trace not in left, trace
    assert await page.locator(COMPOSER).is_hidden()


async def test_new_invite_brings_back_who_was_sent_away(
    people: People, server: ServerProcess
) -> None:
    people.expect_problems(*MISSING)
    page, made = await invited_person(people, server, "order", "Kim")
    await page.locator(COMPOSER).fill("not sent yet")
    await verb(server, "revoke_token", id=made["id"])
    await visible(gate(page, "taken back"))
    again = await invite(server, "order")
    await page.goto(link(server, "order", again["token"]))
    await accept(page, "Kim")
    await visible(page.locator("h1", has_text=SECRET))
    assert await page.locator(COMPOSER).input_value() == "not sent yet"


async def test_room_that_becomes_read_only_private_and_open_again(
    people: People, server: ServerProcess
) -> None:
    people.expect_problems(*MISSING)
    page = await people.new_person("Zoe", "square")
    await say(page, "one")
    await shows(page, ["one"])
    await page.locator(COMPOSER).fill("a draft")
    await verb(server, "set_room", name="square", access="read-only")
    await visible(page.get_by_text("Only members may write here"))
    await gone(page.locator(COMPOSER))
    await shows(page, ["one"])
    await verb(server, "set_room", name="square", access="public", title="Market")
    await visible(page.locator(COMPOSER))
    assert await page.locator(COMPOSER).input_value() == "a draft"
    await visible(page.locator("h1", has_text="Market"))
    await verb(server, "set_room", name="square", access="private")
    await visible(gate(page, "This room is no longer open to you"))
    left = await page.evaluate(HIDDEN_TEXT)
    assert "Market" not in left


# ── being known ──────────────────────────────────────────────────────────────────────────────────


async def test_who_a_site_vouches_for_is_marked_and_a_guest_is_not(
    people: People, server: ServerProcess
) -> None:
    people.expect_problems(*MISSING)
    guest = await people.new_person("Ann Meyer", "hall")
    token = site_token("7", "Ann Meyer", info={"badge": "Team"})
    member = await visit(await people.new_context(), f"{server.url}r/hall#token={token}")
    await online(member)
    assert member.url == f"{server.url}r/hall"
    assert token not in server.log
    await visible(member.locator(".me:disabled"))  # for the site says the name
    await say(member, "I know")
    await visible(message(guest, "I know"))
    await say(guest, "I guess")
    await visible(message(member, "I guess"))
    for page in (guest, member):
        line = message(page, "I know")
        await visible(line.get_by_role("img", name="verified"))
        await visible(line.get_by_text("Team", exact=True))
        assert not await message(page, "I guess").get_by_role("img").count()
        listed = page.locator(".members li").filter(has=page.get_by_role("img", name="verified"))
        assert await listed.locator(".name").all_inner_texts() == ["Ann Meyer"]
        await visible(listed.get_by_text("Team", exact=True))


async def test_token_that_was_not_signed_by_the_site_is_refused_in_words(
    people: People, server: ServerProcess
) -> None:
    token = site_token("7", "Ann")[:-4] + "AAAA"
    page = await visit(await people.new_context(), f"{server.url}r/hall#token={token}")
    await visible(gate(page, "Your sign-in was not accepted"))
    await page.reload()
    await enter(page, "Ann")


async def test_token_is_renewed_over_the_open_connection(
    people: People, server: ServerProcess
) -> None:
    context = await people.new_context()
    asked: list[str] = []

    def give() -> str:
        asked.append(site_token("8", "Mia", life=6))
        return asked[-1]

    await context.expose_function("siteToken", give)
    await context.add_init_script(
        "document.addEventListener('DOMContentLoaded', () => {"
        " document.querySelector('tornchat-room').getToken = () => siteToken(); })"
    )
    sent: list[str] = []
    sockets: list[str] = []

    def watch(page: Page) -> None:
        page.on("websocket", lambda socket: sockets.append(socket.url))
        page.on(
            "websocket",
            lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))),
        )

    context.on("page", watch)
    page = await visit(context, f"{server.url}r/hall")
    await online(page)
    opened = len(sockets)
    async with asyncio.timeout(20):
        while not any("refresh" in frame for frame in sent):
            await page.wait_for_timeout(50)
    await say(page, "still me")
    await visible(message(page, "still me").get_by_role("img", name="verified"))
    assert len(sockets) == opened
    assert len(asked) >= 2
