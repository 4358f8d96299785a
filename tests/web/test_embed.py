"""The frame of a room: what it says, whom it lets in, and what it weighs."""

import re

import pytest

from tests.web.serving import FakeHub, FakeRoom, ask, config, run, serving, site
from tests.web.test_headers import check_headers
from tests.web.test_pages import links

MAX_BYTES = 45_000
MAX_REQUESTS = 25
NAMED = re.compile(r'<(?:link|script)\b[^>]*?(?:href|src)="([^"]+)"')


def test_frame_names_its_room_and_no_way_to_others() -> None:
    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", "/embed/lobby?mode=readonly")
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-cache"
            check_headers(dict(answer.headers), {"frame-ancestors": "'self'"})
            assert "X-Frame-Options" not in answer.headers
            assert "Set-Cookie" not in answer.headers
            body = answer.body.decode()
            assert 'room="lobby"' in body
            assert 'mode="full"' in body
            assert "All rooms" not in body
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", body)

    run(main())


@pytest.mark.parametrize("name", ["nowhere", "Lobby", "%2e%2e", "a%2fb", "x" * 65, "%00", ""])
def test_frame_of_no_room_is_that_of_a_private_one(name: str) -> None:
    async def main() -> None:
        async with serving(server__origins="https://site.example") as server:
            absent = await ask(server, "GET", f"/embed/{name}")
            private = await ask(server, "GET", "/embed/cave")
            assert (absent.status, private.status) == (404, 404)
            assert absent.body == private.body
            assert b"cave" not in private.body.lower()
            heads = [
                {k: v for k, v in answer.headers.items() if k != "Date"}
                for answer in (absent, private)
            ]
            assert heads[0] == heads[1]
            check_headers(heads[0], {"frame-ancestors": "'self' https://site.example"})

    run(main())


def test_frame_shows_text_as_text() -> None:
    hub = FakeHub([FakeRoom("lobby", '<img src=x onerror="alert(1)">', "'\"><script>")])

    async def main() -> None:
        async with serving(served=site(config(), hub=hub)) as server:
            body = (await ask(server, "GET", "/embed/lobby")).body
            assert b"<img" not in body
            assert b"'\"><script>" not in body

    run(main())


@pytest.mark.parametrize("target", ["/embed/lobby", "/embed/cave"])
def test_frame_has_only_addresses_below_any_prefix(target: str) -> None:
    async def main() -> None:
        async with serving() as server:
            found = links(await ask(server, "GET", target))
            assert found
            assert all(link.startswith(("../", "#")) for link in found), found

    run(main())


def test_first_load_of_a_frame_is_light() -> None:
    """All that the page names, packed as it is sent; what it loads later is for who needs it."""

    async def main() -> None:
        async with serving() as server:
            gzip = "Accept-Encoding: gzip"
            page = await ask(server, "GET", "/embed/lobby", gzip)
            addresses = set(NAMED.findall(page.body.decode()))
            weights = {"/embed/lobby": len(page.body)}
            for address in addresses:
                answer = await ask(server, "GET", "/" + address.removeprefix("../"), gzip)
                assert answer.status == 200, address
                weights[address] = len(answer.body)
                assert answer.headers.get("Content-Encoding") == "gzip" or len(answer.body) < 500
            assert sum(weights.values()) <= MAX_BYTES, weights
            assert 5 <= len(weights) <= MAX_REQUESTS, weights
            scripts = re.findall(r'<script type="module" src="([^"]+)"', page.body.decode())
            announced = re.findall(r'rel="modulepreload" href="([^"]+)"', page.body.decode())
            assert set(scripts) <= set(announced)

    run(main())
