"""What holds for every route and every method: found in the routes, so none can be forgotten."""

import ast
from pathlib import Path

import pytest
from tornado.httputil import HTTPServerRequest

import tornchat
from tests.web.serving import FakeAccess, FakeHub, config, run, site
from tests.web.test_headers import check_headers
from tests.web.walk import (
    API,
    EVERYWHERE,
    METHODS,
    ROUTES,
    SOCKJS,
    everything,
    head_of,
    methods_of,
    patterns,
)

PACKAGE = Path(tornchat.__file__).parent
COOKIE_WORDS = {
    "check_xsrf_cookie",
    "clear_all_cookies",
    "clear_cookie",
    "cookies",
    "current_user",
    "get_cookie",
    "get_secure_cookie",
    "get_signed_cookie",
    "set_cookie",
    "set_secure_cookie",
    "set_signed_cookie",
    "xsrf_form_html",
    "xsrf_token",
}
KNOWN_METHODS = set(METHODS) - {"TRACE", "FOO"}
"""Others are refused with 405 before anybody looks at them."""
BEARER = "Authorization: Bearer abc"
COOKIE = "Cookie: token=abc; sid=abc; _xsrf=abc; JSESSIONID=abc"
JSON = "Content-Type: application/json"
POLICIES = {
    "/embed/lobby": {"frame-ancestors": "'self'"},
    "/docs/embed": {"frame-src": "'self'"},
}
"""What the policy of a page says otherwise than all others do."""
BODIES = {"/api/v1/rooms": b'{"name":"new"}'}


def test_walk_knows_every_route() -> None:
    assert patterns() == (set(ROUTES), set(SOCKJS))


@pytest.mark.parametrize("target", EVERYWHERE)
def test_headers_are_on_every_answer(target: str) -> None:
    async def main() -> None:
        async with everything() as server:
            for method in METHODS:
                answer = await head_of(server, method, target)
                own = POLICIES.get(target) if method in ("GET", "HEAD") else None
                check_headers(dict(answer.headers), own)
                assert "Strict-Transport-Security" not in answer.headers

    run(main())


@pytest.mark.parametrize("target", EVERYWHERE)
def test_browsers_stay_on_https_once_the_site_is_there(target: str) -> None:
    async def main() -> None:
        async with everything(server__base_url="https://chat.example") as server:
            for method in METHODS:
                answer = await head_of(server, method, target)
                assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"

    run(main())


@pytest.mark.parametrize("pattern", [p for p in ROUTES if not p.startswith("/api(")])
def test_method_that_is_not_offered_names_those_that_are(pattern: str) -> None:
    async def main() -> None:
        async with everything() as server:
            for method in set(METHODS) - methods_of(pattern):
                answer = await head_of(server, method, ROUTES[pattern])
                assert answer.status == 405
                assert set(answer.headers["Allow"].split(", ")) == methods_of(pattern)

    run(main())


# ── the API ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("target", API)
@pytest.mark.parametrize("bearer", [None, "abc", "wrong"])
def test_answer_of_the_api_is_kept_by_nobody(target: str, bearer: str | None) -> None:
    async def main() -> None:
        hub = FakeHub()
        served = site(config(), hub=hub, access=FakeAccess(hub, {"abc": {"lobby": {"read"}}}))
        async with everything(served) as server:
            for method in METHODS:
                headers = [f"Authorization: Bearer {bearer}"] if bearer else []
                answer = await head_of(server, method, target, *headers)
                assert answer.headers["Cache-Control"] == "no-store"

    run(main())


@pytest.mark.parametrize("pattern", [p for p in ROUTES if p.startswith("/api/v1/")])
def test_route_of_the_api_asks_before_it_does_anything(pattern: str) -> None:
    """With every permission refused, nothing is told to the office."""

    async def main() -> None:
        hub = FakeHub()
        access = FakeAccess(hub, {"abc": {}})
        served = site(config(), hub=hub, access=access)
        async with everything(served) as server:
            for method in methods_of(pattern):
                access.asked.clear()
                body = BODIES.get(ROUTES[pattern], b"{}") if method in ("POST", "PATCH") else b""
                answer = await head_of(server, method, ROUTES[pattern], BEARER, JSON, body=body)
                questions = {question for question, _ in access.asked}
                assert {"check", "identify"} <= questions, method
                assert {"grants", "permitted"} & questions, method
                assert answer.status == (200 if pattern == "/api/v1/rooms" and not body else 403)
        assert served.office.told == []  # type: ignore[attr-defined]

    run(main())


@pytest.mark.parametrize("pattern", [p for p in ROUTES if p.startswith("/api/v1/")])
def test_change_needs_a_bearer(pattern: str) -> None:
    async def main() -> None:
        served = site(config())
        async with everything(served) as server:
            for method in methods_of(pattern) - {"GET", "HEAD"}:
                for target in (ROUTES[pattern], ROUTES[pattern].replace("lobby", "nowhere")):
                    answer = await head_of(server, method, target, JSON, body=b'{"name":"a"}')
                    assert answer.status == 401
                    assert answer.headers["Www-Authenticate"] == 'Bearer realm="tornchat"'
        assert served.office.told == []  # type: ignore[attr-defined]

    run(main())


# ── cookies ─────────────────────────────────────────────────────────────────────────────────────


def test_no_route_but_the_admin_page_looks_at_a_cookie_or_sets_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Hence no page of others can act in a visitor's name, and nothing needs an XSRF token."""
    looked: list[str] = []
    monkeypatch.setattr(
        HTTPServerRequest, "cookies", property(lambda request: looked.append(request.path))
    )

    async def main() -> None:
        async with everything() as server:
            for target in EVERYWHERE:
                for method in METHODS:
                    answer = await head_of(server, method, target, COOKIE)
                    assert "Set-Cookie" not in answer.headers

    run(main())
    assert looked == []


@pytest.mark.parametrize(
    "path",
    sorted(path for path in PACKAGE.rglob("*.py") if path.parent.name != "admin"),
    ids=lambda path: path.stem,
)
def test_no_module_but_those_of_the_admin_page_knows_of_cookies(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not used & COOKIE_WORDS


# ── bans ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("target", EVERYWHERE)
def test_banned_place_is_served_nothing(target: str) -> None:
    """Except to supervisors; SockJS lets the chat say 4505, after which no client comes back."""

    async def main() -> None:
        hub = FakeHub()
        served = site(config(), hub=hub, access=FakeAccess(hub, banned_places={"127.0.0.1"}))
        async with everything(served) as server:
            for method in KNOWN_METHODS:
                answer = await head_of(server, method, target, BEARER)
                if target == "/health" or target.startswith("/sockjs"):
                    assert answer.status != 403
                else:
                    assert answer.status == 403
        assert served.access.asked == []  # type: ignore[attr-defined]

    run(main())
