"""Who asks over HTTP, and what a refusal gives away."""

import sys
from typing import Any

import pytest
from tornado.httputil import HTTPHeaders

from tests.web.serving import Answer, FakeAccess, FakeHub, ask, config, run, serving, site
from tornchat.errors import Unauthorized
from tornchat.web.bearer import bearer

ROOM = "/api/v1/rooms/"
HOLDERS = {"abc": {"lobby": {"read"}, "support-1": {"read", "write", "moderate", "admin"}}}
REFUSED = ("cave", "nowhere")
"""A room that is private, and none at all."""


def a_site(**access: Any) -> Any:
    hub = FakeHub()
    return site(config(), hub=hub, access=FakeAccess(hub, HOLDERS, **access))


def headers_of(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "Date"}


# ── the header ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_bearer_is_what_follows_the_scheme(scheme: str) -> None:
    assert bearer(HTTPHeaders({"Authorization": f"{scheme} tc_a-b_c.d~e+f/g=="})) is not None


@pytest.mark.parametrize("value", ["", "Basic YTpi", "Digest x", "Bearerabc"])
def test_other_schemes_are_no_bearer(value: str) -> None:
    assert bearer(HTTPHeaders({"Authorization": value})) is None
    assert bearer(HTTPHeaders()) is None


@pytest.mark.parametrize("token", ["", " ", "a b", "a,b", "ä", "a\x00", "=", "{}", "a" * 4097])
def test_token_that_cannot_be_one_is_refused(token: str) -> None:
    with pytest.raises(Unauthorized):
        bearer(HTTPHeaders({"Authorization": f"Bearer {token}"}))


def test_two_tokens_are_refused() -> None:
    headers = HTTPHeaders()
    headers.add("Authorization", "Bearer abc")
    headers.add("Authorization", "Bearer abd")
    with pytest.raises(Unauthorized):
        bearer(headers)


@pytest.mark.parametrize(
    ("target", "header"),
    [
        (ROOM + "support-1?token=abc&access_token=abc&bearer=abc", "X-None: 1"),
        (ROOM + "support-1", "Cookie: token=abc; Authorization=Bearer abc; access_token=abc"),
        (ROOM + "support-1", "X-Authorization: Bearer abc"),
        (ROOM + "support-1", "Authorization: abc"),
        (ROOM + "support-1", "Authorization: Basic OmFiYw=="),
    ],
)
def test_token_counts_nowhere_else(target: str, header: str) -> None:
    async def main() -> None:
        served = a_site()
        async with serving(served=served) as server:
            assert (await ask(server, "DELETE", target, header)).status == 401
            await ask(server, "GET", target, header)
        assert "identify" not in {question for question, _ in served.access.asked}

    run(main())


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("bearer", ["wrong", "a b"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_wrong_bearer_is_unauthorized_even_where_none_is_needed(bearer: str, method: str) -> None:
    async def main() -> None:
        async with serving(served=a_site()) as server:
            answer = await ask(server, method, ROOM + "lobby", f"Authorization: Bearer {bearer}")
            assert answer.status == 401
            challenge = 'Bearer realm="tornchat", error="invalid_token"'
            assert answer.headers["Www-Authenticate"] == challenge
            assert answer.json["error"]["code"] == "unauthorized"
            assert answer.json["error"]["retryable"] is False
            assert bearer.encode() not in answer.body

    run(main())


def test_place_that_guessed_waits_before_anything_is_looked_at() -> None:
    async def main() -> None:
        served = a_site(delayed=3.2)
        async with serving(served=served) as server:
            for headers in ([], ["Authorization: Bearer abc"], ["Authorization: Bearer wrong"]):
                answer = await ask(server, "GET", ROOM + "lobby", *headers)
                assert answer.status == 429
                assert answer.headers["Retry-After"] == "4"
                assert answer.json["error"]["code"] == "rate_limited"
                assert answer.json["error"]["retry_after"] == 3.2
        assert {question for question, _ in served.access.asked} == {"check"}

    run(main())


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", b""),
        ("HEAD", "", b""),
        ("PATCH", "", b'{"title":"x"}'),
        ("PATCH", "", b"junk"),
        ("DELETE", "", b""),
        ("POST", "/rotate", b""),
        ("GET", "/tokens", b""),
        ("POST", "/tokens", b"{}"),
        ("DELETE", "/tokens?id=1", b""),
    ],
)
def test_private_and_missing_answer_alike(method: str, rest: str, body: bytes) -> None:
    async def main() -> None:
        served = a_site()
        async with serving(served=served) as server:
            for headers in ([], ["Authorization: Bearer abc"]):
                more = [*headers, "Content-Type: application/json"]
                answers = [
                    await ask(server, method, ROOM + name + rest, *more, body=body)
                    for name in REFUSED
                ]
                anybody = not headers and (method, rest) not in (("GET", ""), ("HEAD", ""))
                assert {a.status for a in answers} == {401 if anybody else 404}
                assert answers[0].body == answers[1].body
                assert headers_of(answers[0]) == headers_of(answers[1])
        told = served.office.told
        asked = {
            name: [question for question, about in served.access.asked if about == name]
            for name in REFUSED
        }
        assert told == []
        assert asked["cave"] == asked["nowhere"] != []

    run(main())


def test_private_and_missing_cost_the_same_work() -> None:
    """Counted is every function of ours that is called, in order: no clock could be so exact."""
    calls: list[str] = []

    def note(frame: Any, event: str, _: Any) -> None:
        if event == "call" and "tornchat" in frame.f_code.co_filename:
            calls.append(frame.f_code.co_qualname)

    async def main() -> None:
        async with serving(served=a_site()) as server:
            found = []
            for name in ("warmup", *REFUSED):
                calls.clear()
                sys.setprofile(note)
                await ask(server, "GET", ROOM + name, "Authorization: Bearer abc")
                sys.setprofile(None)
                found.append(list(calls))
            assert found[1] == found[2]
            assert any(call.endswith("allow") for call in found[1])

    run(main())


def test_refusals_are_counted_by_their_code() -> None:
    async def main() -> None:
        served = a_site()
        async with serving(served=served) as server:
            await ask(server, "GET", ROOM + "nowhere")
            await ask(server, "DELETE", ROOM + "lobby")
        figures = served.metrics.text().decode()
        assert 'tornchat_rejections_total{reason="not_found"} 1.0' in figures
        assert 'tornchat_rejections_total{reason="unauthorized"} 1.0' in figures

    run(main())


def test_bearer_for_one_room_is_forbidden_in_another_that_everybody_sees() -> None:
    """There is nothing to hide, and a 404 would be puzzling (THREATS 79)."""

    async def main() -> None:
        served = a_site()
        served.access.holders["other"] = {"support-1": {"read", "write"}}
        async with serving(served=served) as server:
            answer = await ask(server, "GET", ROOM + "lobby", "Authorization: Bearer other")
            assert answer.status == 403
            assert answer.json["error"]["code"] == "forbidden"
        assert "missed" not in {question for question, _ in served.access.asked}

    run(main())


@pytest.mark.parametrize(
    ("name", "counted"), [("cave", True), ("nowhere", True), ("support-1", False)]
)
def test_name_is_a_guess_unless_the_token_speaks_of_it(name: str, counted: bool) -> None:
    """A back end looks whether its visitor's room is there yet, and is not banned for it."""

    async def main() -> None:
        served = a_site()
        async with serving(served=served) as server:
            answer = await ask(server, "GET", ROOM + name, "Authorization: Bearer abc")
            assert answer.status == 404
        assert (("missed", name) in served.access.asked) is counted

    run(main())
