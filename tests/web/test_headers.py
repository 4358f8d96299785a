"""What every answer of the site carries, whichever route gives it."""

import asyncio
import logging
from collections.abc import Mapping

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import RequestHandler

from tests.web import serving
from tests.web.serving import ask, run
from tests.web.walk import ROUTES, methods_of
from tornchat.errors import Overloaded
from tornchat.web.headers import SECURITY_HEADERS, BaseHandler, JsonHandler, SecurityHeaders, shown

CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'self'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}


def check_headers(headers: dict[str, str], own: Mapping[str, str] | None = None) -> None:
    """Check an answer; `own`: what its policy says otherwise than all others do."""
    directives = (
        part.strip().partition(" ") for part in headers["Content-Security-Policy"].split(";")
    )
    assert {name: value for name, _, value in directives} == {**CSP, **(own or {})}
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Server" not in headers


class Fails(BaseHandler):
    def get(self) -> None:
        raise RuntimeError("secret of the inside")


class Overloads(JsonHandler):
    def get(self) -> None:
        raise Overloaded("later, please", retry_after=2.4)


class Plain(RequestHandler):
    def get(self) -> None:
        self.write("by somebody else's handler")


MORE = [(r"/fails", Fails), (r"/overloads", Overloads), (r"/plain", Plain)]


@pytest.mark.parametrize("target", ["/nothing/here", "/fails", "/plain", "/r/%ff", "/a?b=%ff"])
def test_headers_are_on_every_error_and_on_handlers_of_others(target: str) -> None:
    async def main() -> None:
        async with serving.serving(MORE) as server:
            check_headers(dict((await ask(server, "GET", target)).headers))

    run(main())


@pytest.mark.parametrize("target", [t for p, t in ROUTES.items() if "HEAD" in methods_of(p)])
def test_head_answers_as_get_without_the_body(target: str) -> None:
    async def main() -> None:
        async with serving.serving() as server:
            get, head = await asyncio.gather(
                ask(server, "GET", target), ask(server, "HEAD", target)
            )
            assert (head.status, head.body) == (get.status, b"")
            assert head.headers["Content-Type"] == get.headers["Content-Type"]

    run(main())


def test_fault_is_logged_once_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving.serving(MORE) as server:
            answer = await ask(server, "GET", "/fails?token=canary")
            assert answer.status == 500
            assert b"secret" not in answer.body
            assert b"Traceback" not in answer.body

    caplog.set_level(logging.INFO)
    run(main())
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "canary" not in caplog.text


def test_query_never_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving.serving(MORE) as server:
            for target in ("/", "/nope", "/fails", "/overloads", "/r/%ff", "/static/x/y"):
                await ask(server, "GET", f"{target}?token=canary")

    caplog.set_level(logging.DEBUG)
    run(main())
    assert caplog.records
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/r/lobby", "/r/lobby"),
        ("/r/help-desk.2_a", "/r/help-desk.2_a"),
        ("/r/lobby%23invite=tc_x", "/r/lobby…"),
        ("/r/lobby;token=x", "/r/lobby…"),
        ("/r/tc_x/y", "/r/…/y"),
        ("/hooks/" + "k" * 43, "/hooks/…"),
        ("/sockjs/000/session/xhr_send", "/sockjs/…"),
    ],
)
def test_path_in_a_log_holds_nothing_that_may_be_a_token(path: str, kept: str) -> None:
    assert shown(path) == kept


def test_refusal_has_its_own_status_and_one_shape() -> None:
    async def main() -> None:
        async with serving.serving(MORE) as server:
            answer = await ask(server, "GET", "/overloads")
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "3"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.json == {
                "error": {
                    "code": "overloaded",
                    "message": "later, please",
                    "retryable": True,
                    "retry_after": 2.4,
                }
            }

    run(main())


def test_packed_body_is_refused_unpacked() -> None:
    async def main() -> None:
        async with serving.serving() as server:
            answer = await ask(server, "POST", "/", "Content-Encoding: gzip", body=b"\x1f\x8b...")
            assert answer.status == 415

    run(main())


def test_handshake_of_a_websocket_carries_no_headers_for_documents() -> None:
    line = RequestStartLine("GET", "/sockjs/websocket", "HTTP/1.1")
    transform = SecurityHeaders(
        HTTPServerRequest(start_line=line, headers=HTTPHeaders({"Host": "x"}))
    )
    for status, names in ((101, []), (200, sorted(SECURITY_HEADERS))):
        _, headers, _ = transform.transform_first_chunk(status, HTTPHeaders(), b"", False)
        assert sorted(headers) == names
