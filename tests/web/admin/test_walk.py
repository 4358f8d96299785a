"""What holds for every route of the admin page: found in the routes, so none can be forgotten."""

import re

import pytest
from tornado.web import RequestHandler

from tests.web.admin.visitor import Hallway, arrives, hallway
from tests.web.serving import config, site
from tests.web.test_walk import KNOWN_METHODS
from tests.web.walk import methods_of
from tornchat.web import admin

PATTERNS = [pattern for pattern, _ in admin.routes(site(config()))]
OPEN = {"/admin", "/admin/login", "/admin/setup", "/admin/logout"}
"""For those who are not signed in."""
SIGNS = ("/admin/account", "/admin/messages/call-off/")
OWN = {"/admin/", "/admin/rooms", "/admin/token", *(p for p in PATTERNS if p.startswith(SIGNS))} - {
    p for p in PATTERNS if p.startswith("/admin/accounts")
}
"""For moderators of single rooms, whichever rooms those are: each finds only what is theirs."""


def example(pattern: str) -> str:
    """Return an address that a pattern takes, about the room `lobby` where it is about one."""
    path = re.sub(r"\(\?:[^()]*\)\{[^}]*\}", "", pattern)
    path = re.sub(r"\(\[0-9\][^)]*\)", "1", path).replace("([^/]+)", "lobby")
    path = re.sub(r"\((?:\?:)?([\w-]+)\|[^)]*\)", r"\1", path).replace(".*", "nowhere")
    assert re.fullmatch(pattern, path), f"{pattern}: no example for it, got {path}"
    return path


TARGETS = {pattern: example(pattern) for pattern in PATTERNS}


def below(target: str) -> str:
    return target.removeprefix("/admin/")


@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p not in OPEN])
def test_nobody_gets_in_without_signing_in(tmp_path, pattern):
    @hallway()
    async def body(hall: Hallway) -> None:
        visitor = hall.visitor()
        await visitor.get("login")
        path = below(TARGETS[pattern])
        for method in KNOWN_METHODS - {"OPTIONS"}:
            answer = await visitor.ask(method, TARGETS[pattern])
            if method in ("GET", "HEAD") and pattern != "/admin/token":
                assert arrives(answer, path).startswith("http://chat.example/admin/login")
            else:
                assert answer.status in (302, 403, 405), method
        assert (await visitor.post(path)).status == 403

    body(tmp_path)


@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p not in OPEN | OWN])
def test_moderator_of_another_room_finds_nothing_there(tmp_path, pattern):
    """Neither a page nor a way to change anything, and no word of whether it is there."""

    @hallway()
    async def body(hall: Hallway) -> None:
        await hall.account("Mo", rooms=frozenset({"den"}))
        visitor = hall.visitor()
        await visitor.sign_in("Mo")
        await visitor.get("account")
        path = below(TARGETS[pattern])
        methods = methods_of(pattern)
        before = await hall.office.administration.audit()
        if "GET" in methods:
            assert (await visitor.get(path)).status == 404
        if "POST" in methods:
            assert (await visitor.post(path, name="lobby", confirm="lobby")).status == 404
        assert await hall.office.administration.audit() == before

    body(tmp_path)


@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p not in OPEN])
def test_change_needs_the_token_of_the_form(tmp_path, pattern):
    @hallway()
    async def body(hall: Hallway) -> None:
        await hall.account()
        visitor = hall.visitor()
        await visitor.sign_in()
        before = await hall.office.administration.audit()
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = await visitor.ask(method, TARGETS[pattern])
            assert answer.status == 403
            assert b"keeps no cookies" in answer.body
        assert await hall.office.administration.audit() == before

    body(tmp_path)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_page_is_kept_by_nobody_and_framed_by_nobody(tmp_path, pattern):
    @hallway()
    async def body(hall: Hallway) -> None:
        await hall.account()
        visitor = hall.visitor()
        for _ in range(2):
            answer = await visitor.get(below(TARGETS[pattern]))
            if pattern != "/admin":
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["Referrer-Policy"] == "same-origin"
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            await visitor.sign_in()

    body(tmp_path)


def test_handlers_of_the_admin_page_are_of_one_family() -> None:
    for pattern, handler in admin.routes(site(config())):
        assert issubclass(handler, RequestHandler)
        names = {cls.__name__ for cls in handler.__mro__}
        assert names & {"AdminPage", "HomeHandler"}, pattern
        assert pattern in OPEN or "AdminHandler" in names
