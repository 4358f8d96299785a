"""Two people in two browsers: what each sees of what the other does."""

import re
from collections.abc import Iterator

import pytest

from tests.e2e.browser import People, enter, say
from tests.e2e.room_page import NAME, gone, lines, message, shows, texts, visible
from tests.kit.server import ServerProcess

GRACE = 2.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    config = {
        "rooms": {"presence_grace": f"{GRACE:.0f}s"},
        "limits": {"messages_per_second": 0},
        "room talk": {"title": "Talk", "topic": "Of this and that"},
        "room doors": {"title": "Doors"},
        "room reload": {"title": "Reload"},
        "room empty": {"title": "Empty", "topic": "Nothing yet"},
    }
    with ServerProcess(tmp_path_factory.mktemp("chat"), config) as process:
        yield process


async def test_two_people_see_what_the_other_does(people: People, server: ServerProcess) -> None:
    """One of them came by `localhost`, the other one by 127.0.0.1."""
    assert server.url.startswith("http://127.0.0.1:")
    ann = await people.new_person("Ann", "talk")
    bob = await people.new_person("Bob", "talk", url=server.url.replace("127.0.0.1", "localhost"))

    await visible(ann.locator(".activity", has_text="Bob joined"))
    for page in (ann, bob):
        await visible(page.locator(".people h2", has_text="People · 2"))
        assert sorted(await page.locator(".members .name").all_inner_texts()) == ["Ann", "Bob"]

    await say(ann, "one")
    await say(ann, "two")
    await shows(bob, ["one", "two"])
    await bob.keyboard.type("thr")  # where the caret is since he clicked to join
    await visible(ann.locator(".typing", has_text=re.compile("Bob.? is typing…")))
    await bob.keyboard.type("ee")
    await bob.keyboard.press("Enter")
    for page in (ann, bob):
        await shows(page, ["one", "two", "three"])
    await gone(ann.locator(".typing", has_text="Bob"))
    for page in (ann, bob):
        heads = page.locator(".message.head")
        assert await heads.locator("header .name").all_inner_texts() == ["Ann", "Bob"]
    assert await lines(ann) == await lines(bob)

    await ann.get_by_role("button", name="change your name").click()
    await ann.locator(NAME).fill("Annika")
    await ann.locator(NAME).press("Enter")
    await visible(bob.locator(".activity", has_text="Ann is now Annika"))
    await visible(bob.locator(".members .name", has_text="Annika"))
    await say(ann, "four")
    await shows(bob, ["one", "two", "three", "four"])
    names = await bob.locator(".message.head header .name").all_inner_texts()
    assert names == ["Ann", "Bob", "Annika"]


async def test_deleted_message_is_nowhere_in_any_page(people: People) -> None:
    ann, bob = await people.new_person("Ann", "doors"), await people.new_person("Bob", "doors")
    await say(ann, "to be regretted")
    await say(ann, "to stay")
    await shows(bob, ["to be regretted", "to stay"])

    await message(ann, "to be regretted").hover()
    await message(ann, "to be regretted").get_by_role("button", name="More").click()
    await ann.get_by_role("menuitem", name="Delete…").click()
    await ann.get_by_role("button", name="Delete", exact=True).click()

    late = await people.new_person("Late", "doors")
    for page in (ann, bob, late):
        await shows(page, ["Message deleted", "to stay"])
        assert "regretted" not in await page.locator("#main").inner_html()


async def test_reload_draws_no_line_and_a_leave_one_after_the_grace(people: People) -> None:
    ann = await people.new_person("Ann", "reload")
    bob, zoe = await people.new_person("Bob", "reload"), await people.new_person("Zoe", "reload")
    await visible(ann.locator(".people h2", has_text="People · 3"))
    before = await ann.locator(".activity").all_inner_texts()

    await bob.reload()
    await visible(bob.locator(".people h2", has_text="People · 3"))
    await say(bob, "back again")
    await shows(ann, ["back again"])
    await zoe.close()
    await visible(ann.locator(".people h2", has_text="People · 2"))  # Bob's grace is over as well

    assert before == ["Bob and Zoe joined"]
    assert await ann.locator(".activity").all_inner_texts() == [*before, "Zoe left"]
    assert await texts(ann) == ["back again"]


async def test_lobby_leads_into_an_empty_room_that_says_what_to_do(
    people: People, server: ServerProcess
) -> None:
    visitor = await people.new_context()
    page = await visitor.new_page()
    await page.goto(server.url)
    assert await page.locator("[data-room=empty] .facts").inner_text() == "Nobody here"
    assert await page.locator(".rooms strong").all_inner_texts() == [
        "Doors", "Empty", "Reload", "Talk"
    ]  # fmt: skip
    await page.get_by_role("link", name="Empty").click()
    await enter(page, "Ann")
    await visible(page.get_by_text("No messages yet"))
    await visible(page.get_by_text("Say hello: write the first message below."))

    await say(page, "hello")
    await shows(page, ["hello"])
    await gone(page.get_by_text("No messages yet"))
    await page.get_by_role("link", name="All rooms").click()
    facts = page.locator("[data-room=empty] .facts")
    await visible(facts.get_by_text(re.compile("just now|seconds? ago|now")))
