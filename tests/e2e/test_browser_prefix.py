"""The site under a path prefix, behind a proxy that takes the prefix off, and one that does not."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.browser import People, enter, online, say
from tests.e2e.room_page import shows, visible
from tests.kit.proxy import FaultProxy
from tests.kit.server import ServerProcess

MOUNT = "/some/chat"
TRANSPORTS = ("websocket", "xhr-streaming", "xhr-polling")
ROOM = {"room lobby": {"title": "Lobby", "topic": "Come in"}}


@pytest.fixture
def server(tmp_path: Path) -> ServerProcess:
    """Not started: what it is configured with is known when the proxy stands."""
    return ServerProcess(tmp_path)


@pytest.mark.parametrize(
    "strip",
    [
        pytest.param(True, id="stripped"),
        pytest.param(False, id="not stripped", marks=pytest.mark.thorough),
    ],
)
async def test_lobby_room_and_chat_under_a_prefix(
    people: People, server: ServerProcess, strip: bool
) -> None:
    people.expect_problems("404 (Not Found)")
    async with FaultProxy(server.port, mount=MOUNT, strip=strip) as proxy:
        server.configure({"server": {"base_url": proxy.url.rstrip("/")}, **ROOM})
        async with server:
            ann = await (await people.new_context()).new_page()
            asked: list[str] = []
            ann.on("request", lambda request: asked.append(urlsplit(request.url).path))
            await ann.goto(proxy.url)
            await ann.get_by_role("link", name="Lobby").click()
            await enter(ann, "Ann")
            others = [
                await people.new_person(kind, url=proxy.url, transport=kind) for kind in TRANSPORTS
            ]
            await say(ann, "to all")
            for page in others:
                await online(page)
                await say(page, "to Ann")
            for page in (ann, *others):
                await shows(page, ["to all", *["to Ann"] * len(others)])
            await ann.get_by_role("link", name="All rooms").click()
            await visible(ann.get_by_role("link", name="Lobby"))
            assert urlsplit(ann.url).path == f"{MOUNT}/"
            outside = [path for path in asked if not path.startswith(f"{MOUNT}/")]
            assert not outside
            missing = await ann.goto(f"{proxy.url}r/nowhere")
            assert missing and missing.status == 404
            await ann.locator(".gate").get_by_role("link", name="All rooms").click()
            await visible(ann.get_by_role("link", name="Lobby"))
            await ann.close()
            for page in others:
                await page.close()
