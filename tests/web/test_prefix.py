"""A site below a prefix, behind a proxy that strips the prefix or passes it on."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from posixpath import normpath

import pytest

from tests.web.serving import ask, hang_up, run, serving

PREFIX = "/tools/chat"


@asynccontextmanager
async def proxy(port: int, *, strips: bool) -> AsyncIterator[int]:
    """Run a proxy that sends what lies below the prefix to `port`, and answers 502 to the rest."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readline()).decode()
        method, target, version = line.split(" ", 2)
        if target.startswith(PREFIX):
            if strips:
                target = target.removeprefix(PREFIX) or "/"
            upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
            upstream_writer.write(f"{method} {target} {version}".encode())
            upstream_writer.write(await reader.readuntil(b"\r\n\r\n"))
            writer.write(await upstream_reader.read())
            await hang_up(upstream_writer)
        else:
            writer.write(b"HTTP/1.1 502 Outside\r\n\r\n")
        await hang_up(writer)

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listener:
        yield listener.sockets[0].getsockname()[1]


def resolve(page: str, link: str) -> str:
    """Return the path a browser asks for when it follows a link of a page."""
    folder = page.partition("?")[0].rpartition("/")[0]
    path = normpath(f"{folder}/{link}")
    return path + "/" if link.endswith("/") and not path.endswith("/") else path


@pytest.mark.parametrize("strips", [True, False], ids=["strips", "passes on"])
@pytest.mark.parametrize("page", [f"{PREFIX}/", f"{PREFIX}/r/lobby", f"{PREFIX}/no/such/page"])
def test_page_below_a_prefix_links_to_what_is_there(page: str, strips: bool) -> None:
    async def main() -> None:
        base_url = f"https://site.example{PREFIX}"
        async with (
            serving(server__base_url=base_url) as server,
            proxy(server.port, strips=strips) as port,
        ):
            body = (await ask(port, "GET", page)).body.decode()
            found = re.findall(r'(?:href|src)="([^"]+)"', body)
            assert found
            for link in found:
                if link != "#main":
                    answer = await ask(port, "GET", resolve(page, link))
                    assert answer.status == 200, link

    run(main())


def test_site_below_a_prefix_answers_without_it_too() -> None:
    async def main() -> None:
        async with serving(server__base_url=f"https://site.example{PREFIX}") as server:
            for target in ("/health", f"{PREFIX}/health", f"{PREFIX}/who"):
                assert (await ask(server, "GET", target)).status == 200
            for target in (f"{PREFIX}x/health", f"/x{PREFIX}/health", f"{PREFIX}{PREFIX}/health"):
                assert (await ask(server, "GET", target)).status == 404

    run(main())


def test_prefix_without_its_slash_leads_to_the_lobby() -> None:
    async def main() -> None:
        async with serving(server__base_url=f"https://site.example{PREFIX}") as server:
            answer = await ask(server, "GET", f"{PREFIX}?next=//evil.test")
            assert answer.status == 301
            assert answer.headers["Location"] == f"https://site.example{PREFIX}/"

    run(main())
