"""Mutes and bans from rooms: whom they are about, how far they go, and how long."""

from pathlib import Path
from typing import Any

import pytest

from tests.chat.place import Line, Place, say, scenario
from tornchat.store import BanRecord

HERE = "192.0.2.1"


def person(line: Line) -> str:
    return line.client.person.id


async def refused_to_send(line: Line, room: str = "lobby") -> str:
    error = await line.refused("forbidden", type="send", room=room, text="x", client_id="k")
    return str(error["message"])


async def again(place: Place, line: Line, **options: Any) -> Line:
    """Connect as the same guest once more."""
    tab = place.connect(**options)
    await tab.hello(token=place.hub.guests.issue(person(line)))
    return tab


@scenario()
async def test_ban_from_a_room_acts_on_every_tab_and_on_that_room_alone(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben")
    tab = await again(place, ann)
    for room in ("lobby", "den"):
        await tab.join(room)
    place.pass_time(0.25)
    made = await place.admin.add_ban(room="lobby", person=person(ann), seconds=60, reason="spam")
    for line in (ann, tab):
        left = await line.get("left")
        assert left == {
            "type": "left",
            "room": "lobby",
            "code": "banned",
            "reason": "you are banned from this room: spam",
            "until": made.expires,
        }
        await line.refused("forbidden", type="send", room="lobby", text="x", client_id="k")
    assert set(tab.client.rooms) == {"den"}
    await say(ben, "still here", "k1")
    place.pass_time(0.25)
    leaves = [p["id"] for e in ben.events if e["type"] == "presence" for p in e["leaves"]]
    assert leaves == [person(ann)]


@scenario()
async def test_banned_person_is_told_so_when_they_come_back(place: Place) -> None:
    ann = await place.guest("Ann")
    made = await place.admin.add_ban(room="lobby", person=person(ann), seconds=60, reason="spam")
    for line in (ann, await again(place, ann)):
        error = await line.refused("forbidden", type="join", room="lobby")
        assert error["banned"] == {"until": made.expires, "reason": "spam"}
        await line.refused("forbidden", type="history", room="lobby")
    assert place.bans.bans()[0].hits >= 2
    place.pass_time(60)
    await ann.join("lobby")


@scenario()
async def test_ban_from_a_room_that_one_could_not_read_anyway_tells_nothing(place: Place) -> None:
    ann = await place.guest("Ann")
    await place.admin.add_ban(room="vault", person=person(ann), reason="spam")
    error = await ann.refused("not_found", type="join", room="vault")
    assert "banned" not in error


@scenario()
async def test_invite_does_not_open_a_room_that_one_is_banned_from(place: Place) -> None:
    ann = await place.guest("Ann")
    await place.admin.add_ban(room="vault", person=person(ann))
    error = await ann.refused(
        "forbidden", type="join", room="vault", token=await place.invite("vault")
    )
    assert error["banned"] == {}
    assert "vault" not in ann.client.rooms


@scenario()
async def test_mute_in_one_room(place: Place) -> None:
    ann = await place.guest("Ann")
    await ann.join("den")
    await place.admin.mute(person(ann), room="lobby", reason="caps")
    assert (await ann.get("room"))["muted"] == {"reason": "caps"}
    assert await refused_to_send(ann) == "you are muted: caps"
    for command in (
        {"type": "signal", "kind": "wave"},
        {"type": "typing", "on": True},
        {"type": "delete", "target": 1, "client_id": "k2"},
    ):
        await ann.refused("forbidden", room="lobby", **command)
    await say(ann, "here I may", "k1", "den")
    joined = await ann.join("lobby")
    assert (joined["can"], joined["muted"]) == (["read"], {"reason": "caps"})


@scenario()
async def test_mute_everywhere(place: Place) -> None:
    ann = await place.guest("Ann")
    await ann.join("den")
    await place.admin.mute(person(ann))
    for room in ("lobby", "den"):
        assert (await ann.get("room", room=room))["muted"] == {}
        assert await refused_to_send(ann, room) == "you are muted"
    found = place.bans.bans()[0]
    assert found.hits == 2
    await place.admin.remove_ban(found.id)
    for room in ("lobby", "den"):
        event = await ann.get("room", room=room)
        assert event == {"type": "room", "room": room, "can": ["read", "write"]}


@scenario()
async def test_longer_mute_takes_the_place_of_the_shorter_and_is_told(place: Place) -> None:
    ann = await place.guest("Ann")
    first = await place.admin.mute(person(ann), room="lobby", seconds=60)
    await ann.get("room")
    second = await place.admin.mute(person(ann), room="lobby", seconds=600)
    assert (await ann.get("room"))["muted"] == {"until": second.expires}
    assert [ban.id for ban in place.bans.bans()] == [second.id] != [first.id]
    assert [ban.id for ban in place.store.bans()] == [second.id]
    place.pass_time(60)
    assert await refused_to_send(ann)
    place.pass_time(540)
    await ann.get("room", can=["read", "write"])


@scenario()
async def test_ban_and_mute_of_one_person_are_two(place: Place) -> None:
    ann = await place.guest("Ann")
    await place.admin.mute(person(ann), room="lobby")
    await place.admin.add_ban(room="lobby", person=person(ann))
    await place.admin.add_ban(room="den", person=person(ann))
    assert len(place.bans.bans()) == 3


@scenario()
async def test_place_counts_for_guests_who_do_not_moderate(place: Place) -> None:
    ann, far = await place.guest("Ann"), await place.guest("Far", address="198.51.100.1")
    member, mo = await place.member("Sue"), await place.guest("Mo", None)
    await mo.join("lobby", token=await place.invite("lobby", "moderate"))
    await place.admin.add_ban(room="lobby", place=HERE, reason="spam")
    assert (await ann.get("left"))["code"] == "banned"
    new = await place.guest("New", None)
    assert (await new.refused("forbidden", type="join", room="lobby"))["banned"]
    for line in (far, member, mo):
        await say(line, "still here", "k1")


@scenario()
async def test_one_ban_for_a_person_and_their_place_is_lifted_as_one(place: Place) -> None:
    ann = await place.guest("Ann")
    made = await place.admin.add_ban(room="lobby", person=person(ann), place=HERE)
    away = await again(place, ann, address="198.51.100.1")
    await away.refused("forbidden", type="join", room="lobby")
    new = await place.guest("New", None)
    await new.refused("forbidden", type="join", room="lobby")
    assert [ban.id for ban in await place.admin.bans()] == [made.id]
    await place.admin.remove_ban(made.id)
    for line in (ann, away, new):
        await line.join("lobby")


@scenario()
async def test_ban_of_a_person_and_their_place_from_the_server(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben", address="198.51.100.1")
    await place.admin.add_ban(person=person(ann), place="198.51.100.1")
    assert (ann.code, ben.code) == (4505, 4505)
    assert len(await place.admin.bans()) == 1


@scenario()
async def test_muted_moderator_and_muted_bot(place: Place) -> None:
    bot, mo = place.connect(), await place.guest("Mo", None)
    await bot.hello(token=await place.key("lobby", "write"))
    await bot.join("lobby")
    await mo.join("lobby", token=await place.invite("lobby", "moderate"))
    for line in (bot, mo):
        await place.admin.mute(person(line), room="lobby")
        assert await refused_to_send(line) == "you are muted"


@scenario()
async def test_those_in_charge_are_above_mutes(place: Place) -> None:
    boss = await place.overseer()
    await place.bans.add(
        kind="mute", room=None, place=HERE, person_id=person(boss), expires=None, reason=""
    )
    await say(boss, "really?", "k1")


@scenario()
async def test_bans_are_listed_with_who_what_and_by_whom(place: Place) -> None:
    ann = await place.guest("Ann")
    await place.admin.mute(person(ann), room="lobby", reason="caps")
    await place.admin.add_ban(room="den", person="g_gone", name="Gone Girl")
    await place.admin.add_ban(person="g_unknown")
    found = await place.admin.bans()
    assert [(b.kind, b.room, b.person, b.name, b.author) for b in found] == [
        ("ban", None, "g_unknown", None, "command line"),
        ("ban", "den", "g_gone", "Gone Girl", "command line"),
        ("mute", "lobby", person(ann), "Ann", "command line"),
    ]
    assert [b.room for b in await place.admin.bans(room="den")] == ["den"]


@scenario()
async def test_room_that_takes_the_name_of_a_deleted_one_bans_nobody(place: Place) -> None:
    ann = await place.guest("Ann", None)
    await place.admin.add_ban(room="den", person=person(ann))
    await place.admin.mute(person(ann))
    await place.admin.delete_room("den")
    assert [ban.kind for ban in place.bans.bans()] == ["mute"]
    assert [ban.kind for ban in place.store.bans()] == ["mute"]
    await place.admin.create_room("den")
    assert (await ann.join("den"))["can"] == ["read"]


def test_sanctions_survive_a_restart_and_end_in_time(tmp_path: Path) -> None:
    kept: list[BanRecord] = []
    tokens: list[str] = []

    @scenario()
    async def before(place: Place) -> None:
        ann, ben = await place.guest("Ann"), await place.guest("Ben")
        await place.admin.add_ban(room="lobby", person=person(ann), reason="spam")
        await place.admin.mute(person(ben), room="lobby", seconds=3600)
        kept.extend(place.bans.bans())
        tokens.extend(place.hub.guests.issue(person(line)) for line in (ann, ben))

    @scenario()
    async def after(place: Place) -> None:
        assert place.bans.bans() == kept
        ann, ben = place.connect(), place.connect()
        await ann.hello(token=tokens[0], name="Somebody Else")
        assert (await ann.refused("forbidden", type="join", room="lobby"))["banned"]
        await ben.hello(token=tokens[1], name="Nobody")
        assert (await ben.join("lobby"))["muted"]
        place.pass_time(3700)
        assert (await ben.get("room"))["can"] == ["read", "write"]
        await ann.refused("forbidden", type="join", room="lobby")

    before(tmp_path)
    after(tmp_path)


@scenario()
async def test_nobody_pays_for_sanctions_of_others(place: Place) -> None:
    sanctions = place.bans.sanctions
    assert not sanctions.held
    ann = await place.guest("Ann")
    limited: list[Any] = []
    sanctions.limit = lambda *args: limited.append(args)  # type: ignore[method-assign]
    await say(ann, "hi", "k1")
    assert not limited


@pytest.mark.parametrize("kind", ["ban", "mute"])
def test_sanction_counts_only_once_it_is_stored(tmp_path: Path, kind: str) -> None:
    @scenario()
    async def run(place: Place) -> None:
        ann = await place.guest("Ann")
        seen: list[list[BanRecord]] = []
        before = place.bans.on_banned

        def look(ban: BanRecord) -> None:
            seen.append(place.store.bans())
            before(ban)

        place.bans.on_banned = look
        await place.admin.add_ban(kind=kind, room="lobby", person=person(ann))
        assert [[ban.kind for ban in stored] for stored in seen] == [[kind]]

    run(tmp_path)


@scenario()
async def test_kick_needs_somebody_who_is_there(place: Place) -> None:
    ann = await place.guest("Ann", "den")
    assert not place.hub.kick(person(ann), "lobby")
    assert not place.hub.kick("g_nobody", "den")
    assert place.hub.kick(person(ann), "den", "bye")
    assert (await ann.get("left"))["reason"] == "a moderator took you out of the room: bye"
