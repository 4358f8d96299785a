"""The API of rooms: what it shows to whom, and what it lets whom change."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from tests.web.serving import (
    FakeAccess,
    FakeHub,
    FakeRoom,
    FakeToken,
    ask,
    config,
    run,
    serving,
    site,
)
from tornchat.admin.actor import Actor
from tornchat.errors import BadRequest, Conflict, StorageFull
from tornchat.web import api
from tornchat.web.site import Site

ROOMS = "/api/v1/rooms"
LOBBY = f"{ROOMS}/lobby"
JSON = "Content-Type: application/json"
LADDER = ["read", "write", "moderate", "admin"]
HELD = [
    FakeToken(1, "lobby", "invite", "write"),
    FakeToken(2, "lobby", "invite", "admin"),
    FakeToken(3, "lobby", "key", "write"),
    FakeToken(4, "cave", "invite", "write"),
]


def a_site(rooms: list[FakeRoom] | None = None) -> Any:
    """Return a site with a holder for each role in the lobby, named like the role."""
    hub = FakeHub(rooms) if rooms else FakeHub()
    holders = {role: {"lobby": set(LADDER[: n + 1])} for n, role in enumerate(LADDER)}
    found: Site = site(config(), hub=hub, access=FakeAccess(hub, holders))
    found.office.held = list(HELD)  # type: ignore[attr-defined]
    return found


def as_(role: str) -> str:
    return f"Authorization: Bearer {role}"


async def told(served: Any, role: str, method: str, target: str, body: bytes = b"") -> Any:
    """Send one request and return (status, what the office was told)."""
    served.office.told.clear()
    async with serving(served=served) as server:
        answer = await ask(server, method, target, as_(role), JSON, body=body)
    return answer.status, served.office.told


# ── rooms ───────────────────────────────────────────────────────────────────────────────────────


def test_rooms_are_those_that_the_bearer_may_read() -> None:
    async def main() -> None:
        served = a_site()
        served.access.holders["both"] = {"lobby": {"read"}, "cave": {"read"}}
        async with serving(served=served) as server:
            for headers, names in (
                ([], ["lobby"]),
                ([as_("read")], ["lobby"]),
                ([as_("both")], ["cave", "lobby"]),
            ):
                answer = await ask(server, "GET", ROOMS, *headers)
                assert [room["name"] for room in answer.json["rooms"]] == names

    run(main())


def test_rooms_made_on_demand_are_shown_to_their_moderators_until_archived() -> None:
    async def main() -> None:
        for archived, role, count in ((None, "write", 0), (None, "moderate", 1), (1, "admin", 0)):
            served = a_site([FakeRoom("lobby", "Lobby", pattern="lob*", archived=archived)])
            async with serving(served=served) as server:
                answer = await ask(server, "GET", ROOMS, as_(role))
                assert len(answer.json["rooms"]) == count

    run(main())


def test_many_rooms_are_listed_in_short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else would be answered while thousands of patterns are compared."""
    turns: list[float] = []

    async def note(seconds: float) -> None:
        turns.append(seconds)

    async def main() -> None:
        served = a_site([FakeRoom(f"r{n}", f"R {n:04}") for n in range(3 * api.TURN)])
        async with serving(served=served) as server:
            monkeypatch.setattr(api, "asyncio", SimpleNamespace(sleep=note))
            answer = await ask(server, "GET", ROOMS)
            assert len(answer.json["rooms"]) == 3 * api.TURN
        assert turns == [0, 0, 0]

    run(main())


def test_room_says_what_one_may_do() -> None:
    async def main() -> None:
        async with serving(served=a_site()) as server:
            for role in LADDER:
                found = (await ask(server, "GET", LOBBY, as_(role))).json
                assert found["can"] == LADDER[: LADDER.index(role) + 1]
                assert (found["title"], found["count"]) == ("Lobby", 2)
                assert ("guests" in found) is (role == "admin")

    run(main())


@pytest.mark.parametrize("role", LADDER)
@pytest.mark.parametrize(
    ("method", "rest", "body", "needed"),
    [
        ("PATCH", "", b'{"title":"New"}', "admin"),
        ("DELETE", "", b"", "admin"),
        ("POST", "/rotate", b"", "moderate"),
        ("POST", "/rotate", b'{"role":"moderate"}', "admin"),
        ("POST", "/tokens", b'{"role":"write"}', "moderate"),
        ("POST", "/tokens", b'{"role":"moderate"}', "admin"),
        ("POST", "/tokens", b'{"role":"read","kind":"key"}', "admin"),
        ("DELETE", "/tokens?id=1", b"", "moderate"),
    ],
)
def test_change_needs_its_role(role: str, method: str, rest: str, body: bytes, needed: str) -> None:
    async def main() -> None:
        status, done = await told(a_site(), role, method, LOBBY + rest, body)
        allowed = LADDER.index(role) >= LADDER.index(needed)
        assert (status // 100, len(done)) == ((2, 1) if allowed else (4, 0))
        assert allowed or status == 403

    run(main())


def test_patch_changes_what_is_given_and_nothing_else() -> None:
    async def main() -> None:
        body = b'{"title":"New","guests":false,"sites":["shop"],"history_age":null}'
        status, done = await told(a_site(), "admin", "PATCH", LOBBY, body)
        settings = {"title": "New", "guests": False, "sites": ("shop",), "history_age": None}
        assert (status, done) == (200, [("set_room", {"name": "lobby", **settings})])

    run(main())


def test_patch_takes_the_settings_of_the_conversation_and_the_version_that_was_seen() -> None:
    async def main() -> None:
        said = {"slow_mode": 30, "locked": True, "join_lines": False, "version": 4}
        body = json.dumps({**said, "words": ["spam*"], "origins": ["https://a.example"]})
        status, done = await told(a_site(), "admin", "PATCH", LOBBY, body.encode())
        settings = {**said, "words": ("spam*",), "origins": ("https://a.example",)}
        assert (status, done) == (200, [("set_room", {"name": "lobby", **settings})])

    run(main())


def test_rotation_keeps_the_one_who_does_it() -> None:
    async def main() -> None:
        served = a_site()
        async with serving(served=served) as server:
            answer = await ask(server, "POST", f"{LOBBY}/rotate", as_("moderate"))
            assert answer.json["invite"] == "tc_new"
            assert answer.headers["Cache-Control"] == "no-store"
        assert served.office.told == [
            ("rotate_room", {"name": "lobby", "by": "moderate", "role": "write"})
        ]

    run(main())


# ── a new room ──────────────────────────────────────────────────────────────────────────────────


def test_room_is_made_for_who_has_admin_for_its_name() -> None:
    async def main() -> None:
        served = a_site()
        served.access.holders["back-end"] = {"support-7": set(LADDER)}
        body = b'{"name":"support-7","access":"private"}'
        async with serving(served=served) as server:
            answer = await ask(server, "POST", ROOMS, as_("back-end"), JSON, body=body)
            assert (answer.status, answer.headers["Location"]) == (201, "rooms/support-7")
            for role in ("admin", "read"):
                refused = await ask(server, "POST", ROOMS, as_(role), JSON, body=body)
                assert refused.status == 403
        made = ("create_room", {"name": "support-7", "access": "private"})
        assert served.office.told == [made]

    run(main())


def test_refusal_of_a_new_room_does_not_say_whether_there_is_one() -> None:
    async def main() -> None:
        served = a_site()
        served.office.refusal = Conflict("there is a room of that name")
        async with serving(served=served) as server:
            found = [
                await ask(server, "POST", ROOMS, as_("admin"), JSON, body=b'{"name":"%s"}' % name)
                for name in (b"cave", b"nowhere", b"lobby")
            ]
            assert [answer.status for answer in found] == [403, 403, 409]
            assert found[0].body == found[1].body

    run(main())


@pytest.mark.parametrize("name", ["Lobby", "a/b", "support-*", "", "x" * 65, "lobby\\n"])
def test_name_that_no_room_can_have_is_refused(name: str) -> None:
    async def main() -> None:
        body = b'{"name":"%s"}' % name.encode()
        assert await told(a_site(), "admin", "POST", ROOMS, body) == (400, [])

    run(main())


# ── tokens ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("role", "ids"), [("moderate", [1]), ("admin", [1, 2, 3])])
def test_tokens_are_those_of_the_room_that_one_has_a_say_in(role: str, ids: list[int]) -> None:
    async def main() -> None:
        async with serving(served=a_site()) as server:
            answer = await ask(server, "GET", f"{LOBBY}/tokens", as_(role))
            assert [token["id"] for token in answer.json["tokens"]] == ids

    run(main())


@pytest.mark.parametrize("query", ["?id=4", "?id=2", "?id=99", "", "?id=1x", "?id=01", "?id="])
def test_token_of_another_room_or_rank_is_not_there_to_be_revoked(query: str) -> None:
    async def main() -> None:
        target = f"{LOBBY}/tokens{query}"
        assert await told(a_site(), "moderate", "DELETE", target) == (404, [])

    run(main())


def test_token_is_made_as_asked_for() -> None:
    async def main() -> None:
        body = b'{"role":"read","label":"for Ann","expires":60,"uses":1}'
        status, done = await told(a_site(), "moderate", "POST", f"{LOBBY}/tokens", body)
        wanted = {"kind": "invite", "room": "lobby", "role": "read"}
        more = {"label": "for Ann", "expires": 60, "uses": 1}
        assert (status, done) == (201, [("create_token", wanted | more)])

    run(main())


def test_office_is_told_who_asks_and_from_where() -> None:
    async def main() -> None:
        served = a_site()
        await told(served, "admin", "PATCH", LOBBY, b'{"title":"New"}')
        asked = Actor("admin", "person", "127.0.0.1", person_id="admin")
        assert served.office.actors == [asked]

    run(main())


# ── bodies and faults ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("application/json", b"", 400, "bad_json"),
        ("application/json", b"{", 400, "bad_json"),
        ("application/json", b'{"title":"\xff"}', 400, "bad_json"),
        ("application/json", b"[]", 400, "bad_request"),
        ("application/json", b"null", 400, "bad_request"),
        ("application/json", b'{"title":5}', 400, "bad_request"),
        ("application/json", b'{"titel":"x"}', 400, "bad_request"),
        ("application/json", b'{"name":"x"}', 400, "bad_request"),
        ("application/json", b'{"access":"open"}', 400, "bad_request"),
        ("application/json", b'{"guests":"yes"}', 400, "bad_request"),
        ("application/json", b'{"sites":"shop"}', 400, "bad_request"),
        ("application/json", b'{"origins":"https://a.example"}', 400, "bad_request"),
        ("application/json", b'{"sites":' + b"[" * 8000, 400, "bad_request"),
        ("application/json", b'{"x":' * 2000, 400, "bad_request"),
        ("application/json", b"[" * 8000, 400, "bad_request"),
        ("application/json", b'{"title":"' + b"x" * 17000 + b'"}', 413, "too_large"),
        ("application/json; charset=latin-1", b"{}", 415, "bad_request"),
        ("text/plain", b'{"title":"x"}', 415, "bad_request"),
        ("application/x-www-form-urlencoded", b"title=x", 415, "bad_request"),
        ("multipart/form-data; boundary=x", b"--x--", 400, "bad_request"),
        ("application/jsonp", b"{}", 415, "bad_request"),
        ("", b"{}", 415, "bad_request"),
    ],
)
def test_body_that_is_not_what_was_asked_for_changes_nothing(
    content_type: str, body: bytes, status: int, code: str
) -> None:
    async def main() -> None:
        served = a_site()
        async with serving(served=served) as server:
            answer = await ask(
                server, "PATCH", LOBBY, as_("admin"), f"Content-Type: {content_type}", body=body
            )
            assert (answer.status, answer.json["error"]["code"]) == (status, code)
            assert len(answer.json["error"]["message"]) <= 200
        assert served.office.told == []

    run(main())


@pytest.mark.parametrize("content_type", ["application/json;charset=UTF-8", "Application/JSON"])
def test_body_may_name_its_charset(content_type: str) -> None:
    async def main() -> None:
        async with serving(served=a_site()) as server:
            header = f"Content-Type: {content_type}"
            answer = await ask(server, "PATCH", LOBBY, as_("admin"), header, body=b"{}")
            assert answer.status == 200

    run(main())


@pytest.mark.parametrize(
    ("refusal", "status"), [(BadRequest("title: too long"), 400), (StorageFull("full"), 507)]
)
def test_refusal_of_the_administration_is_passed_on(refusal: Any, status: int) -> None:
    async def main() -> None:
        served = a_site()
        served.office.refusal = refusal
        async with serving(served=served) as server:
            answer = await ask(server, "PATCH", LOBBY, as_("admin"), JSON, body=b"{}")
            assert answer.status == status
            assert answer.json["error"]["message"] == refusal.message

    run(main())
