"""Lobby, room and error pages, and the ways between them."""

import re

import pytest

from tests.web.serving import Answer, FakeHub, FakeRoom, ask, config, run, serving, site


def links(answer: Answer) -> list[str]:
    return re.findall(r'(?:href|src|root|home|endpoint)="([^"]*)"', answer.body.decode())


def test_lobby_lists_the_rooms_that_everybody_may_see() -> None:
    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", "/")
            assert answer.status == 200
            assert answer.headers["Content-Type"].lower() == "text/html; charset=utf-8"
            assert answer.headers["Cache-Control"] == "no-cache"
            assert "./r/lobby" in links(answer)
            assert b"Come in" in answer.body
            assert b"cave" not in answer.body.lower()

    run(main())


def test_room_page_names_the_room() -> None:
    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", "/r/lobby?transport=websocket")
            assert answer.status == 200
            assert b"<title>Lobby" in answer.body
            assert "../" in links(answer)

    run(main())


@pytest.mark.parametrize(
    "name",
    ["nowhere", "Lobby", "lobby%20", "lobby%0a", "%2e%2e", "a%2fb", "-x", "x" * 65, "%00", ""],
)
def test_room_that_does_not_exist_looks_like_one_that_is_private(name: str) -> None:
    async def main() -> None:
        async with serving() as server:
            absent = await ask(server, "GET", f"/r/{name}")
            private = await ask(server, "GET", "/r/cave")
            assert (absent.status, private.status) == (404, 404)
            assert absent.body == private.body

    run(main())


def test_page_of_a_closed_room_loads_what_an_invitation_needs_and_names_nothing() -> None:
    async def main() -> None:
        async with serving() as server:
            closed, opened = (
                await ask(server, "GET", "/r/cave"),
                await ask(server, "GET", "/r/lobby"),
            )
            modules = [link for link in links(opened) if link.endswith(".js")]
            assert [link for link in links(closed) if link.endswith(".js")] == modules != []
            assert b"<tornchat-room" in closed.body
            assert b"cave" not in closed.body.lower()

    run(main())


def test_page_of_a_closed_room_costs_the_same_as_that_of_none() -> None:
    """Same headers too, whatever comes along that might look like an identity."""

    async def main() -> None:
        async with serving() as server:
            for header in ("X-None: 1", "Authorization: Bearer abc", "Cookie: token=abc"):
                found = []
                for name in ("cave", "nowhere"):
                    answer = await ask(server, "GET", f"/r/{name}", header)
                    headers = {k: v for k, v in answer.headers.items() if k != "Date"}
                    found.append((answer.status, headers, answer.body))
                assert found[0] == found[1]

    run(main())


@pytest.mark.parametrize(
    "target", ["/", "/r/lobby", "/docs/embed", "/nope", "/a/b/c/d", "/r/nowhere", "/r/", "//x/y"]
)
def test_every_link_of_every_page_leads_to_the_site(target: str) -> None:
    """However deep the page lies, and below any prefix: no address is absolute."""

    async def main() -> None:
        async with serving() as server:
            found = links(await ask(server, "GET", target))
            assert found
            for link in found:
                assert not link.startswith("/"), link
                assert "://" not in link, link
            depth = target.count("/") - 1
            assert ("../" * depth or "./") in found

    run(main())


def test_page_shows_text_as_text() -> None:
    hub = FakeHub([FakeRoom("lobby", '<img src=x onerror="alert(1)">', "'\"><script>")])

    async def main() -> None:
        async with serving(served=site(config(), hub=hub)) as server:
            for target in ("/", "/r/lobby"):
                body = (await ask(server, "GET", target)).body
                assert b"<img" not in body
                assert b"'\"><script>" not in body

    run(main())


def test_page_announces_the_modules_it_will_load_and_they_are_there() -> None:
    async def main() -> None:
        async with serving() as server:
            for target, base in (("/", "./"), ("/r/lobby", "../"), ("/docs/embed", "../")):
                body = (await ask(server, "GET", target)).body.decode()
                announced = re.findall(r'rel="modulepreload" href="([^"]+)"', body)
                scripts = re.findall(r'<script type="module" src="([^"]+)"', body)
                assert scripts
                assert set(scripts) <= set(announced)
                for address in announced:
                    answer = await ask(server, "GET", "/" + address.removeprefix(base))
                    assert answer.status == 200
                    assert "immutable" in answer.headers["Cache-Control"]

    run(main())


def test_page_has_no_inline_script_or_style() -> None:
    async def main() -> None:
        async with serving() as server:
            for target in ("/", "/r/lobby", "/docs/embed", "/nope"):
                body = (await ask(server, "GET", target)).body.decode()
                assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", body)

    run(main())


def test_robots_stay_out_of_what_is_no_page() -> None:
    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", "/robots.txt")
            assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
            assert b"Disallow: /api/" in answer.body

    run(main())


def test_rooms_of_the_api_are_those_of_the_lobby() -> None:
    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", "/api/v1/rooms")
            assert answer.headers["Content-Type"].startswith("application/json")
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.json == {
                "rooms": [
                    {
                        "name": "lobby",
                        "title": "Lobby",
                        "topic": "Come in",
                        "access": "public",
                        "count": 2,
                        "last_time": 1_800_000_000_000,
                    }
                ]
            }

    run(main())


@pytest.mark.parametrize("target", ["/api", "/api/", "/api/v1", "/api/v1/nope", "/api/v1/rooms/"])
def test_address_of_the_api_that_does_not_exist_says_so_as_json(target: str) -> None:
    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", target)
            assert answer.status == 404
            assert answer.json["error"]["code"] == "not_found"
            assert answer.json["error"]["retryable"] is False

    run(main())
