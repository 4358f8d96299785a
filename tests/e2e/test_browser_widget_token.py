"""Tokens that end while people chat: a widget asks its site for the next ones, until it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.access import SITE, site_token, write_key
from tests.e2e.browser import People
from tests.e2e.crowd import figure, whole_log
from tests.e2e.embedding import (
    Answer,
    Site,
    heard,
    joined,
    listing,
    panel,
    site,
    tag,
    token_answer,
)
from tests.e2e.room_page import shows, visible
from tests.kit.proxy import FaultProxy
from tests.kit.server import ServerProcess, free_port
from tests.kit.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import Page

LIFE_S = 3
RENEWALS = 3
ROOMS = {"by-address": "/token", "by-call": "/mine"}
"""Each room with what its widget asks: `data-token-url`, and a function of the page's own."""
MOUNT = """<script>
window.tornchat = window.tornchat || ((...call) => (tornchat.q = tornchat.q || []).push(call));
const getToken = async () => {
    const response = await fetch('/mine');
    return response.ok ? (await response.json()).token : null;
};
tornchat('mount', { room: 'by-call', mode: 'inline', target: 'main', load: 'now', getToken });
</script>"""
TALK = """() => {
    window.each = () => [...document.querySelectorAll('tornchat-widget')].map((w) => w.handle);
    window.talking = true;
    window.acks = [];
    window.said = [];
    window.talk = (async () => {
        for (let n = 0; talking; n += 1) {
            said.push(`line ${n}`);
            await Promise.all(each().map(async (chat) => {
                const { seq } = await chat.send(`line ${n}`);
                acks.push([chat.room, seq, `line ${n}`]);
            }));
            await new Promise((resolve) => setTimeout(resolve, 300));
        }
    })();
}"""
HUSH = "async () => { talking = false; await talk; return { said, acks }; }"

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def port() -> int:
    """The port of the site whose pages may show our rooms."""
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("token")
    write_key(folder)
    rooms = {f"room {name}": {"title": name} for name in ROOMS}
    with ServerProcess(folder, listing(port, {**SITE, **rooms})) as process:
        yield process


def frame_of(page: Page, room: str) -> Page:
    """Return the frame of a room, which can be asked as a page can."""
    return next(  # type: ignore[return-value]
        frame for frame in page.frames if f"/embed/{room}" in frame.url
    )


async def told(page: Page, name: str, room: str) -> list[dict[str, str]]:
    """Return what the page has heard of a room so far."""
    found: list[tuple[str, dict[str, str]]] = await page.evaluate("() => heard")
    return [detail for kind, detail in found if kind == name and detail["room"] == room]


async def test_tokens_are_renewed_until_the_site_refuses(
    people: People, server: ServerProcess, port: int
) -> None:
    people.expect_problems("401 (Unauthorized)", "WebSocket connection", "net::ERR_")
    known = True

    def answer(sub: str) -> Answer:
        return (
            token_answer(site_token(sub, sub.title(), LIFE_S)) if known else (401, "text/plain", "")
        )

    async with site(port) as host, FaultProxy(server.port) as proxy:
        for path in ROOMS.values():
            host.answer(path, lambda path=path: answer(path.strip("/")))  # type: ignore[misc]
        by_address = tag(proxy.url, "by-address", mode="inline", load="now", token_url="/token")
        page = await (await people.new_context(viewport={"width": 900, "height": 1200})).new_page()
        await page.goto(host.put(by_address + MOUNT))
        await heard(page, "state", "error", "message")
        for number in range(len(ROOMS)):
            await joined(panel(page, number), patience_ms=20_000)
        await page.evaluate(TALK)
        await asked_again(host, RENEWALS)
        result = await page.evaluate(HUSH)
        said = result["said"]
        for room in ROOMS:
            assert await told(page, "error", room) == []
            states = {each["state"] for each in await told(page, "state", room)}
            assert states <= {"connecting", "online"}, "renewed over the open connection"
            await shows(frame_of(page, room), said)
            log = [(entry.seq, entry.text) for entry in await whole_log(server, room)]
            assert [text for _, text in log] == said
            assert log == [(seq, text) for of, seq, text in result["acks"] if of == room]
            assert [each["text"] for each in await told(page, "message", room)] == said
        renewals = min(host.asked.count(path) for path in ROOMS.values()) - 1
        figure(f"{len(said)} messages in each room over {renewals} renewals, each once")

        # The site knows nobody any more. Who comes back then does not go on as somebody else.
        known = False
        await asked_again(host, 1)
        proxy.cut()
        for room in ROOMS:
            gate = frame_of(page, room).locator(".gate", has_text="Your sign-in has expired")
            await visible(gate)
            await visible(gate.get_by_text("Sign in again on this page."))
            last = (await told(page, "state", room))[-1]
            assert (last["state"], last["reason"]) == ("offline", "Your sign-in has expired.")
            error = (await told(page, "error", room))[-1]
            assert (error["code"], error["message"]) == ("4002", "Your sign-in has expired.")
            assert [entry.text for entry in await whole_log(server, room)] == said


async def asked_again(host: Site, times: int) -> None:
    """Wait until each widget has asked its site so often from now on."""
    before = {path: host.asked.count(path) for path in ROOMS.values()}
    await until(
        lambda: all(host.asked.count(path) >= before[path] + times for path in before),
        f"asked {times} times",
        patience=40,
    )
