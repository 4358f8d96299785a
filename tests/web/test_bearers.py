"""Bearers of every kind over HTTP, with the real door, hub and store behind the routes."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.chat.place import Place, open_place
from tests.web.serving import Answer, ask, config, run, serving, site
from tornchat.access import secrets
from tornchat.access.guard import FREE
from tornchat.web.bearers import Bearers

ROOMS = "/api/v1/rooms"
JSON = "Content-Type: application/json"
HANDLERS = ("BearerHandler.", "RoomHandler.")
HERE, THERE = "198.51.100.1", "198.51.100.2"


class Api:
    """The API in front of a place; all ask as somebody behind a trusted proxy."""

    def __init__(self, place: Place, server: Any) -> None:
        self.place = place
        self._server = server

    async def ask(
        self, method: str, path: str, token: str | None = None, *, at: str = HERE, body: str = ""
    ) -> Answer:
        headers = [f"X-Forwarded-For: {at}", JSON]
        if token is not None:
            headers.append(f"Authorization: Bearer {token}")
        return await ask(self._server, method, path, *headers, body=body.encode())

    async def get(self, room: str, token: str | None = None, *, at: str = HERE) -> Answer:
        return await self.ask("GET", f"{ROOMS}/{room}", token, at=at)

    async def status(self, room: str, token: str | None = None, *, at: str = HERE) -> int:
        return (await self.get(room, token, at=at)).status

    async def names(self, token: str | None = None) -> list[str]:
        answer = await self.ask("GET", ROOMS, token)
        return [room["name"] for room in answer.json["rooms"]]


@asynccontextmanager
async def open_api(folder: Path, **options: Any) -> AsyncIterator[Api]:
    async with open_place(folder, **options) as place:
        served = site(
            config(server__trusted_proxies="127.0.0.1"),
            hub=place.hub,
            access=Bearers(place.hub, place.hub.door._guard),
            office=place.office,
        )
        async with serving(served=served) as server:
            yield Api(place, server)


def wrong(number: int = 0) -> str:
    return f"tk_{number:043}"


async def guest_token(place: Place) -> str:
    guest = place.connect()
    return str((await guest.hello(name="Gus"))["guest_token"])


# ── who may do what ─────────────────────────────────────────────────────────────────────────────


def test_everybody_reads_what_is_public_and_nothing_else(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_api(tmp_path) as api:
            for bearer in (None, await guest_token(api.place)):
                assert await api.names(bearer) == ["board", "den", "lobby"]
                assert (await api.get("lobby", bearer)).json["can"] == ["read", "write"]
                assert (await api.get("board", bearer)).json["can"] == ["read"]
                assert await api.status("vault", bearer) == 404

    run(main())


def test_key_does_in_its_rooms_what_its_role_gives(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_api(tmp_path) as api:
            key = await api.place.key("desk-*", "admin")
            made = await api.ask("POST", ROOMS, key, body='{"name":"desk-1","access":"private"}')
            assert made.status == 201
            room = f"{ROOMS}/desk-1"
            again = await api.ask("POST", ROOMS, key, body='{"name":"desk-1"}')
            assert again.status == 409
            changed = await api.ask("PATCH", room, key, body='{"title":"Help"}')
            assert changed.json["title"] == "Help"
            shown = (await api.get("desk-1", key)).json
            assert (shown["title"], shown["can"][-1], shown["guests"]) == ("Help", "admin", True)
            assert await api.names(key) == ["desk-1"]
            assert await api.status("desk-1") == 404
            assert (await api.ask("POST", ROOMS, key, body='{"name":"other"}')).status == 403
            assert (await api.ask("DELETE", room, key)).status == 204
            assert await api.status("desk-1", key) == 404

    run(main())


def test_token_for_one_room_is_nothing_in_another(tmp_path: Path) -> None:
    """THREATS 79: also where everybody else may write."""

    async def main() -> None:
        async with open_api(tmp_path) as api:
            token = api.place.site_token("ann", rooms={"den": ["read", "write"]})
            assert await api.status("den", token) == 200
            assert (await api.get("lobby", token)).json["error"]["code"] == "forbidden"
            assert await api.status("vault", token) == 404
            assert await api.names(token) == ["den"]

    run(main())


def test_identity_comes_from_the_token_alone(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_api(tmp_path) as api:
            token = api.place.site_token("ann", rooms={"den": ["read"]})
            for body in ('{"sub":"admin"}', '{"as":"admin"}', '{"person":"m_1"}', '{"can":[]}'):
                answer = await api.ask("PATCH", f"{ROOMS}/den", token, body=body)
                assert answer.status == 403
            query = "?sub=admin&as=admin&role=admin"
            assert (await api.ask("DELETE", f"{ROOMS}/den{query}", token)).status == 403

    run(main())


def test_invites_are_made_listed_and_revoked_without_their_text(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_api(tmp_path) as api:
            key = await api.place.key("vault", "moderate")
            target = f"{ROOMS}/vault/tokens"
            made = (await api.ask("POST", target, key, body='{"label":"Ann","uses":2}')).json
            listed = await api.ask("GET", target, key)
            assert [token["label"] for token in listed.json["tokens"]] == ["Ann"]
            assert made["token"].encode() not in listed.body
            assert await api.status("vault", made["token"]) == 200
            number = made["id"]
            assert (await api.ask("DELETE", f"{target}?id={number}", key)).status == 204
            assert await api.status("vault", made["token"]) == 401

    run(main())


def test_rotation_ends_the_old_invites_and_gives_a_new_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_api(tmp_path) as api:
            old = await api.place.invite("vault", "moderate")
            made = (await api.ask("POST", f"{ROOMS}/vault/rotate", old)).json
            assert await api.status("vault", old) == 401
            assert (await api.get("vault", made["invite"])).json["can"] == ["read", "write"]

    run(main())


def test_rotation_keeps_the_person_who_asks_for_it(tmp_path: Path) -> None:
    """A member stays by the new invite; a key stays anyway, and takes no use of it."""

    async def main() -> None:
        async with open_api(tmp_path) as api:
            place, target = api.place, f"{ROOMS}/vault/rotate"
            member = place.site_token("ann", rooms={"vault": ["moderate"]})
            place.pass_time(2)
            made = (await api.ask("POST", target, member)).json
            assert made["token"]["used"] == 1
            assert await api.status("vault", member) == 200
            key = await place.key("vault", "moderate")
            made = (await api.ask("POST", target, key)).json
            assert made["token"]["used"] == 0
            assert await api.status("vault", key) == 200
            assert await api.status("vault", member) == 404

    run(main())


# ── invites as bearers ──────────────────────────────────────────────────────────────────────────


def test_invite_opens_its_room_and_no_other(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_api(tmp_path) as api:
            invite = await api.place.invite("vault", "read")
            assert (await api.get("vault", invite)).json["can"] == ["read"]
            assert await api.names(invite) == ["vault"]
            assert await api.status("lobby", invite) == 403

    run(main())


@pytest.mark.parametrize("first", ["http", "chat"])
def test_invite_for_one_person_lets_in_one(tmp_path: Path, first: str) -> None:
    """THREATS 85, whichever way the first one came."""

    async def main() -> None:
        async with open_api(tmp_path) as api:
            invite = await api.place.invite("vault", uses=1)
            guest = await api.place.guest("Ann", room=None)
            if first == "http":
                assert [await api.status("vault", invite) for _ in range(3)] == [200, 200, 200]
                await guest.refused("unauthorized", type="join", room="vault", token=invite)
            else:
                await guest.join("vault", token=invite)
                assert await api.status("vault", invite) == 401

    run(main())


# ── what counts no more ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["key", "invite"])
def test_revoked_token_is_unauthorized_at_once(tmp_path: Path, kind: str) -> None:
    """THREATS 81; and whoever goes on with it is told so, not banned."""

    async def main() -> None:
        async with open_api(tmp_path) as api:
            made = await api.place.admin.create_token(kind=kind, room="vault", role="read")
            assert await api.status("vault", made.token) == 200
            await api.place.admin.revoke_token(made.id)
            for room in ("vault", "lobby"):
                found = [await api.get(room, made.token) for _ in range(2 * FREE)]
                assert {answer.status for answer in found} == {401}
                assert b"revoked" in found[0].body

    run(main())


def test_expired_tokens_are_unauthorized(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_api(tmp_path) as api:
            place = api.place
            tokens = [
                await place.key("vault", expires=60),
                await place.invite("vault", expires=60),
                place.site_token("ann", exp=int(place.utc.now) + 60, rooms={"vault": ["read"]}),
            ]
            assert [await api.status("vault", token) for token in tokens] == [200, 200, 200]
            place.pass_time(100)
            assert [await api.status("vault", token) for token in tokens] == [401, 401, 401]

    run(main())


def test_banned_person_is_refused_wherever_they_are(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_api(tmp_path) as api:
            made = await api.place.admin.create_token(kind="invite", room="vault", role="read")
            await api.place.admin.add_ban(person=f"i_{made.id}")
            assert await api.status("vault", made.token, at=THERE) == 403

    run(main())


# ── guessing ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "token",
    [
        wrong(),
        "tc_" + "0" * 43,
        "anything",
        "a.b.c",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
        "tk_short",
        "x" * 4096,
    ],
)
def test_token_of_nobody_is_unauthorized_and_counts(tmp_path: Path, token: str) -> None:
    async def main() -> None:
        async with open_api(tmp_path) as api:
            for n in range(FREE):
                assert await api.status("lobby", wrong(n + 1)) == 401
            assert await api.status("lobby", token) == 401
            answer = await api.get("lobby", token)
            assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
            assert await api.status("lobby", token, at=THERE) == 401

    run(main())


def test_names_of_rooms_count_whether_they_are_hidden_or_missing(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_api(tmp_path) as api:
            assert [await api.status(f"room{n}") for n in range(FREE)] == [404] * FREE
            assert await api.status("room0") == 404
            assert await api.status("vault") == 404
            assert await api.status("lobby") == 429
            assert await api.status("lobby", at=THERE) == 200

    run(main())


def test_guesses_are_looked_at_no_more_than_thirty_times(tmp_path: Path) -> None:
    """THREATS 84, with a clock that a patient guesser would like."""

    async def main() -> None:
        async with open_api(tmp_path) as api:
            key = await api.place.key("vault")
            statuses = []
            for n in range(700):
                api.place.clock.now += 2.0
                statuses.append(await api.status("lobby", wrong(n)))
            assert statuses.count(401) <= 30
            assert set(statuses) == {401, 403, 429}
            assert statuses[-1] == 403, "banned"
            assert (await api.ask("GET", "/r/lobby")).status == 403
            assert (await api.ask("GET", "/health")).status == 200
            assert await api.status("vault", key) == 403, "nobody is served from there"
            assert await api.status("vault", key, at=THERE) == 200

    run(main())


def test_back_end_that_looks_for_its_own_rooms_is_not_guessing(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_api(tmp_path) as api:
            key = await api.place.key("support-*", "admin")
            assert {await api.status(f"support-{n}", key) for n in range(50)} == {404}

    run(main())


def test_address_that_asks_too_often_waits(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_api(tmp_path, limits={"joins_per_ip": 0.5}) as api:
            statuses = [await api.status("lobby") for _ in range(6)]
            assert statuses == [200] * 5 + [429]
            assert (await api.get("lobby")).headers["Retry-After"] == "2"
            assert await api.status("lobby", at=THERE) == 200
            api.place.clock.now += 2.0
            assert await api.status("lobby") == 200

    run(main())


# ── hidden and missing ──────────────────────────────────────────────────────────────────────────


def by_handler(frame: Any) -> bool:
    """Return whether a handler of the API is among those who called."""
    while frame is not None and not frame.f_code.co_qualname.startswith(HANDLERS):
        frame = frame.f_back
    return frame is not None


async def bearer_of(kind: str, place: Place) -> str | None:
    tokens = {
        "nobody": None,
        "guest": await guest_token(place),
        "member": place.site_token("ann"),
        "restricted": place.site_token("ann", rooms={"den": ["read"]}),
        "key": await place.key("den"),
        "invite": await place.invite("den"),
    }
    return tokens[kind]


class Calls:
    """Records every call of a function of ours by the handler, in order, while `with` lasts."""

    def __enter__(self) -> list[str]:
        self._found: list[str] = []
        sys.setprofile(self._note)
        return self._found

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _note(self, frame: Any, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and "/tornchat/" in code.co_filename and by_handler(frame):
            self._found.append(code.co_qualname)


async def traced(api: Api, room: str, token: str | None) -> tuple[Any, ...]:
    """Return all that a request gives away: status, headers, body, and what was done for it."""
    with Calls() as calls:
        answer = await api.get(room, token)
    headers = {name: value for name, value in answer.headers.items() if name != "Date"}
    return answer.status, headers, answer.body, calls


@pytest.mark.parametrize("kind", ["nobody", "guest", "member", "restricted", "key", "invite"])
def test_hidden_room_and_missing_one_are_the_same_bytes_after_the_same_work(
    tmp_path: Path, kind: str
) -> None:
    async def main() -> None:
        async with open_api(tmp_path) as api:
            token = await bearer_of(kind, api.place)
            for _ in range(2):
                await api.get("nowhere1", token)  # what happens once has happened
            hidden = await traced(api, "vault", token)
            assert hidden == await traced(api, "nowhere2", token)
            assert hidden[0] == 404
            assert "grants" in hidden[3], "nobody asked the policy"

    run(main())


@pytest.mark.parametrize("kind", ["key", "invite"])
def test_nearly_right_token_costs_the_same_work_as_any_wrong_one(tmp_path: Path, kind: str) -> None:
    """THREATS 84: what is looked up is the hash, of which no part can be right."""

    async def main() -> None:
        async with open_api(tmp_path) as api:
            right = (await api.place.admin.create_token(kind=kind, room="den", role="read")).token
            nearly = right[:-1] + ("A" if right[-1] != "A" else "B")
            far = right[:3] + "x" * 43
            await api.get("den", right[:3] + "y" * 43)
            found = await traced(api, "den", nearly)
            assert found == await traced(api, "den", far)
            assert found[0] == 401
            assert "Keyring.find" in found[3]

    run(main())


# ── at rest ─────────────────────────────────────────────────────────────────────────────────────


def test_tokens_rest_as_their_sha_256_only(tmp_path: Path) -> None:
    texts: list[str] = []

    async def main() -> None:
        async with open_api(tmp_path) as api:
            texts.extend([await api.place.key("vault"), await api.place.invite("vault")])
            assert [await api.status("vault", text) for text in texts] == [200, 200]

    run(main())
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for text in texts:
        assert secrets.digest(text) == sha256(text.encode()).digest()
        assert secrets.digest(text) in stored
        assert text[3:].encode() not in stored
