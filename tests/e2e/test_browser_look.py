"""How the frame of a room looks: as the page around it wishes, legible, and with little room."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.axe import findings
from tests.e2e.browser import enter, say, sees
from tests.e2e.embed_shots import AT_REST, SIZES, dress
from tests.e2e.embedding import launcher, listing, panel, site, tag
from tests.kit.server import ServerProcess, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import BrowserContext, Page

    from tests.e2e.browser import People

DARK, LIGHT = "rgb(26, 29, 35)", "rgb(255, 255, 255)"
GROUND = "() => getComputedStyle(document.body).backgroundColor"
SET = """() => Object.fromEntries(['accent', 'accent-ink', 'accent-text', 'radius', 'font'].map(
    (name) => [name, document.documentElement.style.getPropertyValue(`--tornchat-${name}`)]))"""
NOTHING = dict.fromkeys(("accent", "accent-ink", "accent-text", "radius", "font"), "")
YELLOW = {"accent": "#ffd43b", "radius": "4px", "font": "Georgia"}
BLUE = "light-dark(rgb(0 0 255), rgb(0 0 255))"
WRONG = {
    "accent": [
        "red; color: blue", "red } body { display: none", "var(--ink)", "url(//x.example)", "",
        "12px", "inherit", "no-colour", "#12", " " * 300 + "red" + " " * 300 + "x", 7, None,
    ],
    "radius": ["50%", "-3px", "1px 2px", "thick", "calc(1px", "var(--radius)", "9", "1e3", {}],
    "font": ["inherit", "a; b", "url(//x.example)", "x" * 300, "var(--mono)", "a, , b"],
}  # fmt: skip
TALK = "() => document.querySelector('.scroller').clientHeight"
TWO_MESSAGES = 128
"""Two messages with the names of their authors."""
IN_SIGHT = """(selector) => {
    const { top, bottom, left, right } = document.querySelector(selector).getBoundingClientRect();
    return top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
}"""
PLAY = """async () => {
    const folder = document.querySelector('script[src$="embed/embed.js"]').src;
    const { play } = await import(new URL('sound.js', folder));
    return [await play(), await play()];
}"""


@pytest.fixture(scope="module")
def port() -> int:
    """The port of a site whose pages may show our rooms."""
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("look"), listing(port)) as process:
        yield process


async def open_frame(people: People, context: BrowserContext, name: str) -> Page:
    page = await context.new_page()
    await page.goto(f"{people.url}embed/lobby")
    await enter(page, name)
    return page


async def test_frame_wears_what_the_page_around_it_wishes(people: People) -> None:
    context = await people.new_context(color_scheme="light")
    page = await open_frame(people, context, "Ann")
    await say(page, "In colours")
    await sees(page, "In colours")
    name = page.locator(".message .name").last
    tint: Any = "(name) => getComputedStyle(name).color"
    light = await name.evaluate(tint)
    for theme, ground in (("dark", DARK), ("pink", DARK), ("light", LIGHT), ("auto", LIGHT)):
        await dress(page, theme, {})
        assert await page.evaluate(GROUND) == ground, theme
        assert (await name.evaluate(tint) == light) == (ground == LIGHT), "a name's colour"
    await page.emulate_media(color_scheme="dark")
    assert await page.evaluate(GROUND) == DARK
    await dress(page, "light", {})
    assert await page.evaluate(GROUND) == LIGHT

    for accent in ("blue", "#00f", "hsl(240 100% 50%)", "color(srgb 0 0 1)", "rgb(0 0 255 / 20%)"):
        await dress(page, "auto", {"accent": accent})
        assert (await page.evaluate(SET))["accent"] == BLUE, accent
    await dress(
        page, "auto", {"accent": "light-dark(#00f, #ff0)", "radius": "0", "font": "'My Sans'"}
    )
    assert await page.evaluate(SET) == {
        "accent": "light-dark(rgb(0 0 255), rgb(255 255 0))",
        "accent-ink": "light-dark(rgb(255 255 255), rgb(20 23 43))",
        "accent-text": "light-dark(rgb(0 0 255), rgb(255 255 0))",
        "radius": "min(0px, 24px)",
        "font": "'My Sans', system-ui, sans-serif",
    }
    for kind, values in WRONG.items():
        for value in values:
            await dress(page, "auto", {kind: value})
            assert await page.evaluate(SET) == NOTHING, f"{kind}: {value!r}"

    await page.locator("#composer").click()
    assert await page.evaluate(PLAY) == [True, False], "one tone, not two"
    people.check()


async def test_keyboard_of_a_phone_leaves_room_to_talk(people: People) -> None:
    width, height = SIZES["keyboard"]
    phone = {"viewport": {"width": width, "height": height}, "has_touch": True, "is_mobile": True}
    page = await (await people.new_context(**phone)).new_page()
    await page.goto(f"{people.url}embed/lobby")
    await page.locator(".name-dialog").wait_for()
    for part in (".name-dialog h2", ".name-dialog .primary"):
        assert await page.evaluate(IN_SIGHT, part), part
    await enter(page, "Bob")
    await page.locator("#composer").fill("\n".join("abcdefghijkl"))
    assert await page.evaluate(TALK) >= TWO_MESSAGES
    for part in (".bar", "#composer", ".send"):
        assert await page.evaluate(IN_SIGHT, part), part
    field = page.locator("#composer")
    assert await field.evaluate("(field) => parseFloat(getComputedStyle(field).fontSize)") >= 16
    await page.locator(".people-button").click()
    await page.wait_for_function(AT_REST)
    assert await page.evaluate(IN_SIGHT, ".people .me")
    await page.locator(".people .me").click()
    assert await page.evaluate(IN_SIGHT, ".name-dialog .primary")
    assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    people.check()


async def test_who_would_rather_not_come_in_gets_back_to_the_page(
    people: People, port: int
) -> None:
    people.expect_problems("404 (Not Found)")
    context = await people.new_context(viewport={"width": 360, "height": 640}, has_touch=True)
    page = await context.new_page()
    async with site(port) as host:
        await page.goto(host.put(tag(people.url)))
        await launcher(page).click()
        await launcher(page).wait_for(state="hidden")
        await panel(page).get_by_role("button", name="Not now").click()
        await launcher(page).wait_for()
        await launcher(page).click()
        await panel(page).get_by_label("Nickname").press("Escape")
        await launcher(page).wait_for()
        await page.goto(host.put(tag(people.url, "nowhere")))
        await launcher(page).click()
        await panel(page).locator(".gate h1").wait_for()
        await panel(page).get_by_role("button", name="Close the chat").click()
        await launcher(page).wait_for()
    people.check()


@pytest.mark.npm
@pytest.mark.parametrize(
    ("size", "theme", "style", "lang"),
    [
        ("panel", "dark", YELLOW, "ar"),
        pytest.param("keyboard", "light", YELLOW, "", marks=pytest.mark.thorough),
        pytest.param("phone", "auto", {"accent": "#fff"}, "", marks=pytest.mark.thorough),
        pytest.param("desktop", "dark", {}, "", marks=pytest.mark.thorough),
    ],
)
async def test_frame_has_nothing_serious_for_axe(
    people: People, size: str, theme: str, style: dict[str, str], lang: str
) -> None:
    width, height = SIZES[size]
    context = await people.new_context(
        viewport={"width": width, "height": height}, bypass_csp=True, reduced_motion="reduce"
    )
    page = await context.new_page()
    await page.goto(f"{people.url}embed/lobby")
    await dress(page, theme, style, lang)
    wrong = {"name": await findings(page)}
    await enter(page, "Eve")
    await say(page, "Look at https://wiki.example/plan with `care`")
    await page.locator(".message:not(.pending)").last.wait_for()
    wrong["talk"] = await findings(page)
    if size != "desktop":
        await page.locator(".people-button").click()
        wrong["people"] = await findings(page)
    assert not any(wrong.values()), json.dumps(wrong, indent=1)
