"""The recipes of docs/embedding.md, as a build makes them, in a real browser."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.browser import People, say, sees
from tests.e2e.embedding import Answer, Site, enter_as, listing, panel, site
from tests.e2e.room_page import visible
from tests.kit.server import ServerProcess, free_port

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

HERE = Path(__file__).parent
GUIDE = (HERE.parent.parent / "docs" / "embedding.md").read_text("utf-8")
RECIPES = dict(re.findall(r"<!-- recipe: (\w+) -->\n```\w+\n(.*?)```", GUIDE, re.DOTALL))
VUE = HERE.parent / "node_modules/vue/dist/vue.runtime.esm-browser.prod.js"
TIMES = 100


@pytest.fixture(scope="module")
def port() -> int:
    """Where the pages are that the recipes make."""
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("recipes"), listing(port)) as process:
        yield process


def compiled(node: str, what: str, source: str = "") -> str:
    """Return what a build makes of a recipe."""
    command = [node, str(HERE / "recipes.mjs"), what]
    done = subprocess.run(
        command, input=source, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def react_app(node: str) -> dict[str, str]:
    """Return the modules of a page that shows a chat of a room, or nothing, at `show(room)`."""
    return {
        "react": compiled(node, "bundle"),
        "Chat": compiled(node, "react", RECIPES["react"]),
        "main": """
            import { StrictMode, createElement, createRoot, flushSync } from "react";
            import { Chat } from "./Chat.js";
            const root = createRoot(document.getElementById("app"));
            window.show = (room) => flushSync(() => root.render(
                createElement(StrictMode, null, room && createElement(Chat, { room }))));
        """,
    }


def vue_app(node: str) -> dict[str, str]:
    """Return the same in Vue."""
    return {
        "vue": VUE.read_text("utf-8"),
        "Chat": compiled(node, "vue", RECIPES["vue"]),
        "main": """
            import { createApp, h, nextTick, ref } from "vue";
            import Chat from "./Chat.js";
            const shown = ref(null);
            const chat = () => h(Chat, { key: shown.value, room: shown.value });
            createApp({ render: () => shown.value && chat() }).mount("#app");
            window.show = (room) => { shown.value = room; return nextTick(); };
        """,
    }


IMPORTS = {"react": "./react.js", "react/jsx-runtime": "./react.js", "vue": "./vue.js"}
HEAD = f"<script type=importmap>{json.dumps({'imports': IMPORTS})}</script>"
BODY = '<div id=app></div><script type=module src="main.js"></script>'


async def open_app(shop: Site, people: People, modules: Mapping[str, str]) -> Page:
    """Open a page of another site that is made of these modules."""
    for name, code in modules.items():
        shop.answer(f"/{name}.js", partial(_script, code))
    address = shop.put(BODY, head=HEAD)
    page = await (await people.new_context()).new_page()
    await page.goto(address)
    await page.wait_for_function("() => window.show")
    return page


def _script(code: str) -> Answer:
    return 200, "text/javascript", code


SHOW_AND_HIDE = """async ([times, room]) => {
    for (let n = 0; n < times; n += 1) {
        await show(room);
        if (document.querySelectorAll("tornchat-widget").length !== 1) return `not shown: ${n}`;
        await show(null);
        if (document.querySelector("tornchat-widget, iframe")) return `left: ${n}`;
    }
    return "";
}"""
SHOW_AND_WAIT = """async (room) => {
    await Promise.all([
        new Promise((resolve) => addEventListener("tornchat:ready", resolve, { once: true })),
        show(room),
    ]);
    await show(null);
}"""


async def counted(cdp: CDPSession) -> dict[str, int]:
    """Return how many documents, nodes and listeners the page has, once garbage is collected."""
    for _ in range(2):
        await cdp.send("HeapProfiler.collectGarbage")
    found: dict[str, int] = await cdp.send("Memory.getDOMCounters")
    return found


@pytest.mark.npm
@pytest.mark.node
@pytest.mark.parametrize("app", [react_app, vue_app], ids=["react", "vue"])
async def test_recipe_shows_a_chat_and_leaves_nothing_after_a_hundred_times(
    server: ServerProcess,
    people: People,
    port: int,
    node: str,
    app: Callable[[str], dict[str, str]],
) -> None:
    hello, answer = f"Hello from {app.__name__}", f"Still there, {app.__name__}?"
    loader = RECIPES["loader"].replace("https://chat.example/", server.url)
    async with site(port) as shop:
        page = await open_app(shop, people, {"tornchat": loader, **app(node)})
        frame = panel(page)
        await page.evaluate("() => show('lobby')")
        await enter_as(frame, "Ann")
        bob = await people.new_person("Bob")
        await frame.locator("#composer").fill(hello)
        await frame.locator("#composer").press("Enter")
        await sees(bob, hello)
        await page.evaluate("() => show(null)")

        assert await page.evaluate(SHOW_AND_HIDE, [5, "lobby"]) == ""
        cdp = await page.context.new_cdp_session(page)
        before = await counted(cdp)
        for _ in range(5):
            await page.evaluate(SHOW_AND_WAIT, "lobby")
        assert await page.evaluate(SHOW_AND_HIDE, [TIMES - 5, "lobby"]) == ""
        after = await counted(cdp)
        left = {name: after[name] - before[name] for name in before}
        assert left["documents"] <= 0
        assert max(left.values()) < TIMES // 10, left

        await page.evaluate("() => show('lobby')")
        await visible(frame.locator(".text", has_text=hello))
        await say(bob, answer)
        await visible(frame.locator(".text", has_text=answer))
        await page.close()
