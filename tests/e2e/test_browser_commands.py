"""Slash commands: a moderator types them in one browser, and another one shows what they do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pytest

from tests.e2e.access import gate, invite, link, verb
from tests.e2e.axe import findings
from tests.e2e.browser import People, enter, online, say
from tests.e2e.room_page import COMPOSER, NAME, gone, message, shows, visible
from tests.kit.server import ServerProcess

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Locator, Page

ROOMS = ("talk", "slow", "shut", "door", "clear", "keys", "rules", "axe")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    config: dict[str, Mapping[str, object]] = {
        "limits": {"messages_per_second": 0, "joins_per_second": 0, "commands_per_second": 0},
        "rooms": {"presence_grace": "0s"},
        **{f"room {name}": {"title": name.title(), "topic": "Be kind"} for name in ROOMS},
    }
    with ServerProcess(tmp_path_factory.mktemp("commands"), config) as process:
        yield process


async def moderator(
    people: People,
    server: ServerProcess,
    room: str,
    name: str,
    context: BrowserContext | None = None,
) -> Page:
    """Let somebody in by an invite that makes a moderator of them."""
    made = await invite(server, room, role="moderate")
    page = await (context or await people.new_context()).new_page()
    await page.goto(link(server, room, made["token"]))
    await page.locator(NAME).fill(name)
    await page.get_by_role("button", name="Join", exact=True).click()
    await online(page)
    await page.wait_for_function("() => document.activeElement.id === 'composer'")
    return page


async def command(page: Page, text: str) -> None:
    """Type a command, and wait until it was carried out: the field is empty again."""
    await page.locator(COMPOSER).fill(text)
    await page.press(COMPOSER, "Enter")
    await page.wait_for_function("() => document.querySelector('#composer').value === ''")


def reply(page: Page, words: str | re.Pattern[str]) -> Locator:
    return page.locator(".reply", has_text=words)


def refusal(page: Page, words: str | re.Pattern[str]) -> Locator:
    """Return what stands at the field of somebody whose command was not carried out."""
    return page.get_by_role("alert").and_(page.locator(".refusal", has_text=words))


def barred(page: Page, words: str | re.Pattern[str]) -> Locator:
    return page.locator(".barred", has_text=words)


# ── talking ──────────────────────────────────────────────────────────────────────────────────────


async def test_commands_that_talk_reach_the_room_and_replies_reach_the_sender_only(
    people: People, server: ServerProcess
) -> None:
    ann = await moderator(people, server, "talk", "Ann")
    ben = await people.new_person("Ben", "talk")

    await command(ann, "/me waves *hello*")
    await visible(ben.locator(".action", has_text="* Ann waves hello"))
    await visible(ann.locator(".action", has_text="* Ann waves hello"))

    await command(ann, "/topic")
    await visible(reply(ann, "Be kind"))
    await command(ann, "/topic Be very kind")
    await visible(ben.locator(".topic", has_text="Be very kind"))

    await command(ann, "/who")
    await visible(reply(ann, "2 here: Ann, Ben"))
    await command(ann, "/nick Annabel")
    await visible(ben.locator(".members").get_by_text("Annabel"))
    await command(ben, "/nick Benno")
    await visible(ann.locator(".members").get_by_text("Benno"))
    await visible(reply(ben, "You are now Benno."))

    await command(ann, "/help")
    await visible(reply(ann, "/kick NAME"))
    await command(ben, "/help")
    await visible(reply(ben, "/me TEXT"))
    assert "/kick" not in await reply(ben, "/me TEXT").inner_text()

    for unknown in ("/frobnicate now", "/kick Annabel"):
        await say(ben, unknown)
        await visible(refusal(ben, re.compile("There is no command|not for you here")))
        assert await ben.locator(COMPOSER).input_value() == unknown, "it can be mended"
        await ben.locator(COMPOSER).fill("")
        await gone(ben.locator(".refusal"))

    await say(ben, "//shrug is no command")
    for page in (ann, ben):
        await shows(page, ["/shrug is no command"])
    assert await ben.locator(".reply").count() == 2, "what was asked elsewhere is not heard here"
    assert await ann.locator(".reply", has_text="Benno.").count() == 0
    await ann.locator(".reply").first.get_by_role("button", name="Dismiss").click()
    await gone(reply(ann, re.compile(r"^Only you see this\s*Be kind$")))

    await ben.reload()
    await online(ben)
    await visible(ben.locator(".me", has_text="Benno"))
    assert await ben.locator(".reply").count() == 0, "a reply is no part of the log"
    await visible(ben.locator(".action", has_text="* Ann waves hello"))


# ── rules ────────────────────────────────────────────────────────────────────────────────────────


async def test_slow_mode_counts_down_where_one_writes(
    people: People, server: ServerProcess
) -> None:
    ann = await moderator(people, server, "slow", "Ann")
    ben = await people.new_person("Ben", "slow")
    await command(ann, "/slow 2s")
    for page in (ann, ben):
        await visible(page.locator(".mode", has_text="Slow mode: one message every 2 s"))
    for text in ("one", "two"):
        await say(ann, text)
    await shows(ben, ["one", "two"])

    await say(ben, "three")
    await shows(ann, ["one", "two", "three"])
    await visible(ben.locator(".wait", has_text=re.compile("^[12] s$")))
    await say(ben, "four")
    assert await ben.locator(COMPOSER).input_value() == "four"
    await gone(ben.locator(".wait", has_text="s"))
    await ben.press(COMPOSER, "Enter")
    await shows(ann, ["one", "two", "three", "four"])

    await visible(ben.locator(".wait", has_text="s"))
    await command(ann, "/slow off")
    await gone(ben.locator(".mode", has_text="Slow mode"))
    for text in ("five", "six"):
        await say(ben, text)
    await shows(ann, ["one", "two", "three", "four", "five", "six"])


async def test_lock_and_mute_are_said_where_one_would_write(
    people: People, server: ServerProcess
) -> None:
    ann = await moderator(people, server, "shut", "Ann")
    ben = await people.new_person("Ben", "shut")
    await command(ann, "/lock")
    await visible(barred(ben, "locked: only moderators"))
    await visible(ann.locator(".mode", has_text="Locked"))
    await say(ann, "quiet, please")
    await shows(ben, ["quiet, please"])
    await command(ann, "/lock off")
    await gone(barred(ben, "locked"))
    await say(ben, "thanks")
    await shows(ann, ["quiet, please", "thanks"])

    await command(ann, "/mute Ben 10m shouting")
    await visible(barred(ben, re.compile(r"You are muted until .*\d.*: .?shouting")))
    await gone(ben.locator(COMPOSER))
    await command(ann, "/mute Ben off")
    await gone(ben.locator(".barred"))
    await command(ann, "/mute Ben 1s")
    await visible(barred(ben, "You are muted"))
    await gone(ben.locator(".barred"))
    await say(ben, "sorry")
    await shows(ann, ["quiet, please", "thanks", "sorry"])


async def test_kicked_comes_back_and_banned_does_not(people: People, server: ServerProcess) -> None:
    ann = await moderator(people, server, "door", "Ann")
    ben = await people.new_person("Ben 10", "door")
    await say(ben, "spam")
    await shows(ann, ["spam"])
    await command(ann, '/kick "Ben 10" no ads: please')
    await visible(gate(ben, "You were taken out of this room"))
    await visible(gate(ben, "No ads: please."))
    await gone(message(ben, "spam"))
    await gone(ann.locator(".members").get_by_text("Ben 10"))
    await ben.get_by_role("button", name="Join again").click()
    await shows(ben, ["spam"])

    await command(ann, '/ban "Ben 10" 1h spam')
    await visible(gate(ben, "You are banned from this room"))
    await visible(gate(ben, "Reason: \u2068Spam.\u2069"))
    await visible(gate(ben, "It ends: "))
    await ben.reload()
    await visible(gate(ben, "You are banned from this room"))
    await visible(gate(ben, "It ends: "))
    await command(ann, '/ban "Ben 10" off')
    await ben.get_by_role("button", name="Try again").click()
    await shows(ben, ["spam"])
    await command(ann, '/ban "Ben 10"')
    await visible(gate(ben, "It lasts until somebody in charge lifts it."))


async def test_clear_can_be_called_off_and_else_deletes(
    people: People, server: ServerProcess
) -> None:
    ann = await moderator(people, server, "clear", "Ann")
    ben = await people.new_person("Ben", "clear")
    for text in ("one", "two", "three"):
        await say(ben, text)
    await shows(ann, ["one", "two", "three"])
    await command(ann, "/clear Ben")
    await command(ann, "/clear off")
    await visible(reply(ann, "Called off"))
    await command(ann, "/clear 2")
    await shows(ben, ["one", "Message deleted", "Message deleted"], patience=30)
    await shows(ann, ["one", "Message deleted", "Message deleted"])


# ── completion ───────────────────────────────────────────────────────────────────────────────────


async def test_commands_and_names_are_completed_by_keys(
    people: People, server: ServerProcess
) -> None:
    ann = await moderator(people, server, "keys", "Ann")
    ben = await people.new_person("Ben the Great", "keys")
    await visible(ann.locator(".members").get_by_text("Ben the Great"))
    await ann.keyboard.type("/")
    field = ann.get_by_role("combobox")
    await visible(field)
    commands = ann.get_by_role("listbox", name="Commands")
    await visible(commands.get_by_role("option", name="/kick NAME"))
    assert await commands.get_by_role("option", selected=True).count() == 0

    await ann.keyboard.type("mu")
    await visible(commands.get_by_role("option", name="/mute NAME", selected=True))
    active = await field.get_attribute("aria-activedescendant")
    assert await ann.locator(f"#{active}").inner_text() != ""
    await ann.keyboard.press("Enter")
    assert await ann.locator(COMPOSER).input_value() == "/mute "
    persons = ann.get_by_role("listbox", name="People")
    await visible(persons.get_by_role("option", name="Ben the Great"))
    await visible(ann.locator("#completion-hint", has_text="/mute NAME"))
    await ann.keyboard.press("ArrowDown")
    await ann.keyboard.press("Tab")
    assert await ann.locator(COMPOSER).input_value() == '/mute "Ben the Great" '
    await gone(persons)
    await ann.keyboard.type("1h")
    await ann.keyboard.press("Enter")
    await visible(barred(ben, "You are muted"))
    await visible(reply(ann, "Ben the Great is muted"))

    await ann.keyboard.type("/k")
    await visible(commands)
    await ann.keyboard.press("Escape")
    await gone(commands)
    await visible(ann.get_by_role("textbox", name="Message"))
    assert await ann.locator(COMPOSER).input_value() == "/k"
    await ann.locator(COMPOSER).fill("")
    await ann.keyboard.type("/wh")
    await commands.get_by_role("option", name="/who").click()
    assert await ann.locator(COMPOSER).input_value() == "/who "
    assert await ann.evaluate("document.activeElement.id") == "composer"

    carl = await people.new_person("Carl", "keys")
    await carl.locator(COMPOSER).focus()
    await carl.keyboard.type("/")
    offered = carl.get_by_role("option")
    await visible(offered.filter(has_text="/nick NAME"))
    assert await offered.filter(has_text="/kick").count() == 0, "only what one may use"


# ── what the room says of itself ─────────────────────────────────────────────────────────────────


async def test_words_join_lines_and_announcements(people: People, server: ServerProcess) -> None:
    ann = await moderator(people, server, "rules", "Ann")
    await verb(server, "set_room", name="rules", words=["casino*"], join_lines=False)
    ben = await people.new_person("Ben", "rules")
    await visible(ann.locator(".members").get_by_text("Ben"))
    await say(ben, "Free CASINOS here")
    await visible(ben.locator(".fate", has_text="not welcome here"))
    await ben.get_by_role("button", name="Edit", exact=True).click()
    assert await ben.locator(COMPOSER).input_value() == "Free CASINOS here"
    await gone(ben.locator(".failed"))
    await say(ben, "Free coffee here")
    await shows(ann, ["Free coffee here"])
    assert await ann.locator(".activity", has_text="Ben").count() == 0

    await verb(server, "announce", text="Down for an hour at *noon*.", rooms="rules")
    for page in (ann, ben):
        await visible(page.get_by_role("note").filter(has_text="Down for an hour at noon."))


@pytest.mark.npm
async def test_axe_finds_nothing_serious(people: People, server: ServerProcess) -> None:
    context = await people.new_context(bypass_csp=True, viewport={"width": 360, "height": 640})
    ann = await moderator(people, server, "axe", "Ann", context)
    context = await people.new_context(bypass_csp=True, color_scheme="dark")
    ben = await people.open_room(context, "axe")
    await enter(ben, "Ben")
    await command(ben, "/me waves")
    await command(ben, "/who")
    await command(ann, "/help")
    await command(ann, "/slow 1m")
    await verb(server, "announce", text="Tea is ready", rooms="axe")
    await visible(ann.locator(".announcement"))
    await say(ann, "/kick Nobody")
    await visible(refusal(ann, "Nobody here"))
    await ann.locator(COMPOSER).fill("/mute ")
    await visible(ann.get_by_role("option", name="Ben"))
    await say(ben, "one")
    await visible(ben.locator(".wait:not(:empty)"))
    assert [*await findings(ann), *await findings(ben)] == []
    await command(ann, "/mute Ben 10m")
    await visible(barred(ben, "muted"))
    assert await findings(ben) == []
    await command(ann, "/ban Ben spam")
    await visible(gate(ben, "You are banned from this room"))
    assert await findings(ben) == []
