"""The server is killed while fifty widgets are open in pages of another site, of one address."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.browser import People
from tests.e2e.crowd import figure, whole_log
from tests.e2e.embedding import enter_as, listing, panel, site, tag
from tests.e2e.room_page import lines
from tests.kit.server import LIMITS, ServerProcess, free_port
from tests.kit.waiting import until_true
from tornchat.config.keys import KEYS

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.kit.screen import Shown

ROOMS = [f"room-{number}" for number in range(10)]
PAGES = 5
ALL = PAGES * len(ROOMS)
BACK_S = 15
"""So long after the server answers again, everybody is online."""
DENSEST = 22
"""So many may come back within one second: 14 to 16 usually do, without jitter 27 or more."""
PATIENCE_MS = 60_000
SHIPPED = {key.name: key.default for key in KEYS if key.section == "limits" and key.name in LIMITS}
"""The tests have no limits per address elsewhere."""
VIEW = {"width": 1600, "height": 720}
"""All of them are in sight: browsers draw nothing in frames that nobody sees."""
HEAD = "<style>main { display: grid; grid-template-columns: repeat(5, 310px) } h1 { display: none }"
HEAD += "</style>"
RECORD = """() => {
    window.states = [];
    window.shown = [];
    window.acks = [];
    addEventListener('tornchat:state', ({ detail: { room, state } }) =>
        states.push([room, state, Date.now()]));
    addEventListener('tornchat:message', ({ detail: { room, seq } }) => shown.push([room, seq]));
    window.each = () => [...document.querySelectorAll('tornchat-widget')].map((w) => w.handle);
    window.say = (text) => Promise.all(each().map(async (chat) => {
        const { seq } = await chat.send(text);
        acks.push([chat.room, seq, text]);
    }));
}"""
ONLINE = "(count) => each().filter(({ state }) => state === 'online').length === count"
FLOW = """async (name) => {
    window.flowing = true;
    window.rounds = 0;
    window.flow = (async () => {
        for (; flowing; rounds += 1) {
            await say(`${name} goes on ${rounds}`);
            await new Promise((resolve) => setTimeout(resolve, 1000));
        }
    })();
}"""

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


@pytest.fixture(scope="module")
def port() -> int:
    """The port of the site whose pages may show our rooms."""
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[ServerProcess]:
    config = {"limits": SHIPPED, **{f"room {name}": {"title": name} for name in ROOMS}}
    with ServerProcess(tmp_path_factory.mktemp("restart"), listing(port, config)) as process:
        yield process


async def online(*pages: Page) -> None:
    """Wait until all widgets of these pages are."""
    for page in pages:
        await page.wait_for_function(ONLINE, arg=len(ROOMS), timeout=PATIENCE_MS)


async def test_all_are_back_soon_and_nothing_is_lost(
    people: People, server: ServerProcess, port: int
) -> None:
    people.expect_problems("net::ERR_", "WebSocket connection")
    async with site(port) as host:
        tags = (tag(server.url, room, mode="inline", load="now") for room in ROOMS)
        address = host.put("".join(f"<div>{each}</div>" for each in tags), head=HEAD)
        pages = [await opened(people, address, f"Person {number}") for number in range(PAGES)]
        for number, page in enumerate(pages):
            await page.evaluate(FLOW, f"person {number}")
        for page in pages:
            await page.wait_for_function("() => rounds >= 2", timeout=PATIENCE_MS)

        killed = time.time()
        server.kill9()
        for number, page in enumerate(pages):
            await page.evaluate(
                "(text) => void (window.meanwhile = say(text))", f"person {number} meanwhile"
            )
        for page in pages:
            await page.wait_for_function("() => each().every(({ state }) => state !== 'online')")
        await server.restart()
        answered = time.time()
        await online(*pages)
        back = [await came_back(page, killed) for page in pages]
        for number, page in enumerate(pages):
            await page.evaluate("async () => { flowing = false; await flow; await meanwhile; }")
            await page.evaluate("(text) => say(text)", f"person {number} after it")

        logs = {room: await whole_log(server, room) for room in ROOMS}
        await until_true(lambda: same(pages, logs), "all shown", patience=20)
        for page in pages:
            await check(page, logs)
    tell(sorted(at for each in back for at in each), killed, answered)


async def opened(people: People, address: str, name: str) -> Page:
    """Open the page of somebody, who gives a name in one of its rooms, and so in all."""
    context = await people.new_context(viewport=VIEW)
    page = await context.new_page()
    await page.add_init_script(f"({RECORD})()")
    await page.goto(address)
    await enter_as(panel(page), name)
    await online(page)
    return page


async def came_back(page: Page, killed: float) -> list[float]:
    """Return when each widget was online again."""
    states: list[tuple[str, str, float]] = await page.evaluate("() => states")
    found: dict[str, float] = {}
    for room, state, ms in states:
        assert state != "offline", room
        if state == "online" and ms / 1000 > killed:
            found.setdefault(room, ms / 1000)
    assert len(found) == len(ROOMS)
    return list(found.values())


async def same(pages: Sequence[Page], logs: dict[str, list[Shown]]) -> bool:
    """Whether every frame has come to the end of its room."""
    found = [await seqs(page) for page in pages]
    return all(each[room][-1:] == [logs[room][-1].seq] for each in found for room in ROOMS)


async def seqs(page: Page) -> dict[str, list[int]]:
    return {room: [line.seq for line in await lines(frame)] for room, frame in frames(page).items()}


def frames(page: Page) -> dict[str, Any]:
    return {
        frame.url.partition("/embed/")[2].partition("?")[0]: frame
        for frame in page.frames
        if "/embed/" in frame.url
    }


async def check(page: Page, logs: dict[str, list[Shown]]) -> None:
    """Hold what is shown, told and acknowledged against the logs."""
    acks, told = await page.evaluate("() => [acks, shown]")
    assert acks
    for room, frame in frames(page).items():
        log = [(entry.seq, entry.text) for entry in logs[room]]
        assert [tuple(line) for line in await lines(frame)] == log, room
        assert set(log) >= {(seq, text) for of, seq, text in acks if of == room}, room
        heard = [seq for of, seq in told if of == room]
        assert heard == sorted(set(heard)), f"{room}: told in order, and once"
        assert len({text for _, text in log}) == len(log), f"{room}: written once"


def tell(back: list[float], killed: float, answered: float) -> None:
    """Print how they came back, and hold it against what was promised."""
    densest = max(bisect_left(back, at + 1) - place for place, at in enumerate(back))
    figure(
        f"{len(back)} widgets, server away for {answered - killed:.1f} s: the first online "
        f"{back[0] - answered:.1f} s after it answered, half {back[len(back) // 2] - answered:.1f} "
        f"s, the last {back[-1] - answered:.1f} s; {densest} in the densest second"
    )
    assert len(back) == ALL
    assert back[-1] - answered <= BACK_S
    assert densest <= DENSEST
