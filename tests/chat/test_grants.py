"""One question about grants: every command asks it, and a hidden room answers like none."""

from collections.abc import Awaitable, Coroutine
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from tests.chat.place import Line, Place, say, scenario
from tornchat.protocol import AnyCommand, Hello, Name, Ping, Refresh

COMMANDS: list[type[msgspec.Struct]] = list(AnyCommand.__args__)
WITHOUT_A_ROOM = {Hello, Name, Ping, Refresh}
"""These are about oneself: what they let in is asked again at the next command about a room."""
FIELDS: dict[str, dict[str, Any]] = {
    "join": {},
    "leave": {},
    "send": {"text": "x", "client_id": "k9"},
    "delete": {"target": 1, "client_id": "k9"},
    "signal": {"kind": "wave"},
    "history": {},
    "typing": {"on": True},
    "read": {"seq": 1},
    "command": {"text": "/who"},
}
"""What a command about a room needs besides."""


def tag(command: type[msgspec.Struct]) -> str:
    return str(command.__struct_config__.tag)


def test_every_command_is_about_a_room_or_about_oneself() -> None:
    about_rooms = {tag(c) for c in COMMANDS if "room" in c.__struct_fields__}
    assert about_rooms == FIELDS.keys()
    assert set(COMMANDS) == WITHOUT_A_ROOM | {c for c in COMMANDS if tag(c) in about_rooms}


@pytest.mark.parametrize("kind", FIELDS)
def test_command_about_a_room_asks_what_one_may_do(tmp_path: Path, kind: str) -> None:
    @scenario()
    async def run(place: Place) -> None:
        ann, ben = await place.guest("Ann"), await place.guest("Ben")
        await say(ann, "hi", "k1")
        await ben.get("message")
        asked: list[tuple[Any, str]] = []
        published: list[Any] = []

        def nothing(who: Any, name: str) -> frozenset[str]:
            asked.append((who, name))
            return frozenset()

        place.hub.grants = nothing  # type: ignore[method-assign]
        place.hub.journal.publish = published.append  # type: ignore[method-assign]
        ann.events.clear()
        ben.events.clear()
        await ann.say(type=kind, room="lobby", **FIELDS[kind])
        assert (ann.client, "lobby") in asked
        (answer,) = ann.events
        assert (answer["type"], answer["code"] in {"forbidden", "not_found"}) == ("error", True)
        assert not ben.events
        assert not published

    run(tmp_path)


async def answer(line: Line, **command: Any) -> tuple[str, int]:
    """Say something; return what came back, and how often the loop got a turn before."""
    line.events.clear()
    pending = line.client.receive(msgspec.json.encode(command).decode())
    turns = count_turns(pending)
    return str(line.events).replace(command["room"], "*"), turns


def count_turns(pending: Awaitable[None] | None) -> int:
    if pending is None:
        return 0
    running, turns = cast("Coroutine[Any, Any, None]", pending), 0
    while True:
        try:
            running.send(None)
        except StopIteration:
            return turns
        turns += 1


@pytest.mark.parametrize("kind", FIELDS)
@pytest.mark.parametrize("who", ["guest", "member", "bot", "invited elsewhere", "restricted"])
def test_hidden_room_answers_like_none_and_as_fast(tmp_path: Path, kind: str, who: str) -> None:
    @scenario()
    async def run(place: Place) -> None:
        line = await somebody(place, who)
        await place.admin.create_room("support-1", access="private")
        commands = [{"type": kind, **FIELDS[kind]}]
        if kind == "join":
            token = await place.invite("lobby")
            commands += [
                {"type": kind, "since": 3, "epoch": "x"},
                {"type": kind, "token": token},
                {"type": kind, "token": "tc_wrong"},
            ]
        for command in commands:
            found = {await answer(line, room=room, **command) for room in ("vault", "nowhere")}
            assert len(found) == 1
            ((text, turns),) = found
            assert ("error" in text, turns) == (True, 0)
        pattern = {await answer(line, room=r, **commands[0]) for r in ("support-1", "support-2")}
        assert len(pattern) == 1

    run(tmp_path)


async def somebody(place: Place, who: str) -> Line:
    if who == "guest":
        return await place.guest("Ann")
    if who == "member":
        return await place.member("Ann")
    if who == "restricted":
        return await place.member("Ann", rooms={"lobby": ["admin"]})
    line = place.connect()
    if who == "bot":
        await line.hello(token=await place.key("lobby", "admin"))
        return line
    await line.hello()
    await place.admin.create_room("cellar", access="private")
    await line.join("cellar", token=await place.invite("cellar", "admin"))
    return line


@scenario()
async def test_room_that_does_not_exist_grants_nothing_to_anybody(place: Place) -> None:
    bot = place.connect()
    await bot.hello(token=await place.key("*", "admin"))
    assert place.hub.grants(bot.client, "vault")
    assert place.hub.grants(bot.client, "nowhere") == frozenset()


@scenario()
async def test_public_room_is_no_secret_to_a_token_of_another_room(place: Place) -> None:
    ann = await place.member("Ann", rooms={"den": ["write"]}, room="den")
    for command in ("join", "history"):
        await ann.refused("forbidden", type=command, room="lobby")
    await ann.refused("not_found", type="join", room="vault")


@scenario()
async def test_private_rooms_are_listed_for_those_who_may_read_them(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    await ann.join("vault", token=await place.invite("vault"))
    member = await place.member("Cleo", room=None, rooms={"den": ["read"]})

    def names(line: Line | None) -> set[str]:
        return {s.name for s in place.hub.summaries(line and line.client)}

    assert names(None) == names(ben) == {"lobby", "den", "board"}
    assert names(ann) == {"lobby", "den", "board", "vault"}
    assert names(member) == {"den"}


# ── invites ─────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_invite_binds_its_holder_who_keeps_coming_back(place: Place) -> None:
    text = await place.invite("vault", uses=1)
    ann, ben = await place.guest("Ann", room=None), await place.guest("Ben", room=None)
    assert (await ann.join("vault", token=text))["can"] == ["read", "write"]
    refusal = await ben.refused("unauthorized", type="join", room="vault", token=text)
    assert "used" in refusal["message"]
    await ben.refused("not_found", type="join", room="vault")
    back = place.connect()
    await back.hello(token=place.hub.guests.issue(ann.client.person.id))
    await back.join("vault")
    await back.join("vault", token=text)
    assert (await place.admin.tokens())[0].used == 1


@scenario()
async def test_invite_counts_for_its_room_alone(place: Place) -> None:
    ann, text = await place.guest("Ann", room=None), await place.invite("den")
    await ann.refused("unauthorized", type="join", room="vault", token=text)
    await ann.refused("not_found", type="join", room="vault")
    assert (await place.admin.tokens())[0].used == 0


@scenario()
async def test_invite_that_does_not_count_keeps_nobody_from_an_open_room(place: Place) -> None:
    ann = await place.guest("Ann", room=None)
    text = await place.invite("lobby", expires=1)
    place.pass_time(2)
    assert (await ann.join("lobby", token=text))["can"] == ["read", "write"]


@scenario()
async def test_invite_counts_for_the_other_tabs_of_its_person_at_once(place: Place) -> None:
    ann = await place.guest("Ann", room="board")
    tab = place.connect()
    await tab.hello(token=place.hub.guests.issue(ann.client.person.id))
    assert "write" in (await tab.join("board", token=await place.invite("board")))["can"]
    assert (await ann.get("room"))["can"] == ["read", "write"]
    await say(ann, "now I may", "k1", room="board")
