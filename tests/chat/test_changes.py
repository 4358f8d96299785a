"""Changes of policy while people are connected: who leaves, who may do something else, and when."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.chat.place import Line, Place, open_place, say, scenario
from tests.chat.running import Turns
from tornchat.chat import fanout, slices
from tornchat.errors import NotFound
from tornchat.store import rooms


def heard(line: Line, kind: str) -> list[dict[str, Any]]:
    return [event for event in line.events if event["type"] == kind]


@scenario()
async def test_room_made_private_is_left_by_those_without_a_grant(place: Place) -> None:
    ann, ben, cleo = [await place.guest(name) for name in ("Ann", "Ben", "Cleo")]
    await ben.join("lobby", token=await place.invite("lobby"))
    await ann.join("den")
    place.pass_time(0.25)
    for line in (ann, ben, cleo):
        line.events.clear()
    await place.admin.set_room("lobby", access="private", title="Secret plans")
    left = (await ann.get("left"), await cleo.get("left"))
    assert [(event["room"], event["code"]) for event in left] == [("lobby", "forbidden")] * 2
    assert not any("Secret" in str(line.events) for line in (ann, cleo))
    assert (await ben.get("room", title="Secret plans"))["access"] == "private"
    assert (ann.code, set(ann.client.rooms), set(ben.client.rooms)) == (None, {"den"}, {"lobby"})
    await say(ben, "among us", "k1")
    place.pass_time(0.25)
    assert not any("among us" in str(line.events) for line in (ann, cleo))
    assert not any(e["room"] == "lobby" for line in (ann, cleo) for e in heard(line, "presence"))
    assert (await ben.get("presence", count=1))["leaves"]


@scenario()
async def test_origins_of_all_rooms_are_known_as_they_change(place: Place) -> None:
    assert place.hub.origins() == frozenset()
    await place.admin.set_room("lobby", origins=["https://a.example"])
    await place.admin.create_room("tea", origins=["https://a.example", "https://t.example"])
    assert place.hub.origins() == {"https://a.example", "https://t.example"}
    await place.admin.set_room("lobby", origins=["https://b.example"])
    await place.admin.delete_room("tea")
    assert place.hub.origins() == {"https://b.example"}


@pytest.mark.parametrize(
    ("settings", "guest", "member"),
    [
        ({"guests": False}, ["read"], None),
        ({"access": "read-only"}, ["read"], None),
        ({"sites": ["club"], "guests": False}, ["read"], ["read"]),
    ],
)
def test_new_rules_are_told_to_those_whom_they_concern(
    tmp_path: Path, settings: dict[str, Any], guest: list[str], member: list[str] | None
) -> None:
    @scenario()
    async def run(place: Place) -> None:
        ann, ben = await place.guest("Ann"), await place.member("Ben")
        await place.admin.set_room("lobby", **settings)
        assert [event["can"] for event in heard(ann, "room") if "can" in event] == [guest]
        told = [event["can"] for event in heard(ben, "room") if "can" in event]
        assert told == ([] if member is None else [member])
        await ann.refused("forbidden", type="send", room="lobby", text="x", client_id="k")
        await place.admin.set_room("lobby", access="public", guests=True, sites=[])
        assert (await ann.get("room", can=["read", "write"]))["room"] == "lobby"

    run(tmp_path)


@scenario()
async def test_revoked_invite_takes_the_room_from_its_holders_and_from_nobody_else(
    place: Place,
) -> None:
    first, second = await place.invite("vault"), await place.invite("vault")
    ann, ben = [await place.guest(name, room=None) for name in ("Ann", "Ben")]
    await ann.join("vault", token=first)
    await ben.join("vault", token=second)
    await place.admin.revoke_token(1)
    assert (await ann.get("left"))["code"] == "revoked"
    assert not heard(ben, "left")
    assert (
        "revoked"
        in (await ann.refused("unauthorized", type="join", room="vault", token=first))["message"]
    )
    await ann.refused("not_found", type="join", room="vault")


@scenario()
async def test_invite_that_expires_takes_the_room_at_the_next_tick(place: Place) -> None:
    ann = await place.guest("Ann", room=None)
    await ann.join("vault", token=await place.invite("vault", expires=60))
    place.pass_time(59)
    assert not heard(ann, "left")
    place.pass_time(1)
    assert (await ann.get("left"))["code"] == "revoked"


@scenario()
async def test_rotation_sends_everybody_away_but_the_one_who_rotates(place: Place) -> None:
    old = await place.invite("vault")
    ann, ben = [await place.guest(name, room=None) for name in ("Ann", "Ben")]
    for line in (ann, ben):
        await line.join("vault", token=old)
    member = await place.member("Cleo", room="vault", rooms={"vault": ["write"]})
    place.pass_time(1)
    rotated = await place.admin.rotate_room("vault", by=ann.client.person.id)
    assert [(await line.get("left"))["code"] for line in (ben, member)] == ["rotated"] * 2
    assert not heard(ann, "left")
    await say(ann, "only me", "k1", room="vault")
    await ben.refused("unauthorized", type="join", room="vault", token=old)
    await ben.join("vault", token=rotated.invite)
    token = place.site_token("Cleo", rooms={"vault": ["write"]}, iat=int(place.utc.now) - 1)
    late = place.connect()
    await late.hello(token=token)
    await late.refused("not_found", type="join", room="vault")
    place.pass_time(1)
    await place.member("Cleo", room="vault", rooms={"vault": ["write"]})


@scenario()
async def test_deleted_room_is_left_and_its_name_begins_anew(place: Place) -> None:
    ann, ben = await place.guest("Ann"), await place.guest("Ben", room="den")
    await say(ann, "old", "k1")
    await place.admin.delete_room("lobby")
    assert (await ann.get("left"))["code"] == "room_gone"
    await ann.refused("forbidden", type="send", room="lobby", text="x", client_id="k2")
    await ann.refused("not_found", type="join", room="lobby")
    await place.admin.create_room("lobby")
    joined = await ann.join("lobby", since=1, epoch="x")
    assert (joined["entries"], joined["last"]) == ([], 0)
    await say(ann, "new", "k3")
    assert [e["text"] for e in (await ben.join("lobby"))["entries"]] == ["new"]
    assert not heard(ben, "left")


@pytest.mark.parametrize("known", [True, False])
def test_write_on_its_way_while_its_room_is_deleted_is_answered(
    tmp_path: Path, known: bool
) -> None:
    @scenario()
    async def run(place: Place) -> None:
        ann = await place.guest("Ann")
        deleted = place.store.journal.call(partial(rooms.delete_room, name="lobby", time=1))
        await asyncio.wrap_future(deleted)
        await ann.say(type="send", room="lobby", text="late", client_id="k1")
        if known:
            place.hub.remove_room("lobby")
        await ann.get("error", client_id="k1", code="not_found")
        place.hub.remove_room("lobby")
        assert (await ann.get("left"))["code"] == "room_gone"
        assert len(place.hub.rooms) == 0

    run(tmp_path)


@scenario()
async def test_kicked_person_leaves_with_all_tabs_and_may_come_back(place: Place) -> None:
    tabs = [await place.member("Ann") for _ in range(2)]
    ben = await place.guest("Ben")
    place.hub.kick(tabs[0].client.person.id, "lobby")
    assert [(await tab.get("left"))["code"] for tab in tabs] == ["kicked"] * 2
    assert not heard(ben, "left")
    await tabs[0].join("lobby")


@scenario()
async def test_nothing_more_is_asked_of_those_who_have_left(place: Place) -> None:
    ann = await place.guest("Ann")
    await say(ann, "hi", "k1")
    await place.admin.set_room("lobby", access="private")
    await ann.get("left")
    for command in (
        {"type": "typing", "on": True},
        {"type": "read", "seq": 1},
        {"type": "signal", "kind": "wave"},
        {"type": "send", "text": "x", "client_id": "k2"},
        {"type": "delete", "target": 1, "client_id": "k3"},
        {"type": "leave"},
    ):
        await ann.refused("forbidden", room="lobby", **command)


@scenario()
async def test_lost_answer_comes_after_a_mute_but_not_after_losing_the_room(place: Place) -> None:
    ann = await place.guest("Ann")
    first = await say(ann, "hi", "k1")
    await place.admin.set_room("lobby", access="read-only")
    assert (await say(ann, "hi", "k1"))["seq"] == first["seq"]
    await ann.refused("forbidden", type="send", room="lobby", text="more", client_id="k2")
    await place.admin.set_room("lobby", access="private")
    await ann.refused("forbidden", type="send", room="lobby", text="hi", client_id="k1")
    assert not heard(ann, "ack")


# ── in the middle of something ──────────────────────────────────────────────────────────────────


def test_crowd_leaves_in_slices_and_has_no_say_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        turns = Turns()
        async with open_place(tmp_path / "data", call_soon=turns) as place:
            crowd = [await place.guest(f"Person {n}") for n in range(20)]
            monkeypatch.setattr(slices, "SLICE_SECONDS", -1.0)
            await place.admin.set_room("lobby", access="private")
            gone = [line for line in crowd if heard(line, "left")]
            assert len(gone) == 1, "a slice is one step here"
            for line in crowd:
                await line.refused("forbidden", type="typing", room="lobby", on=True)
            crowd[-1].hang_up()
            assert turns.run() >= 18
            assert [len(heard(line, "left")) for line in crowd] == [1] * 19 + [0]
            assert not place.hub.rooms.open("lobby").inside

    asyncio.run(run())


def test_room_that_comes_back_while_the_old_one_empties_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        turns = Turns()
        async with open_place(tmp_path / "data", call_soon=turns) as place:
            ann, ben = await place.guest("Ann"), await place.guest("Ben")
            monkeypatch.setattr(slices, "SLICE_SECONDS", -1.0)
            await place.admin.delete_room("lobby")
            await place.admin.create_room("lobby")
            await ben.refused("forbidden", type="typing", room="lobby", on=True)
            await ben.join("lobby")
            turns.run()
            assert set(place.hub.rooms.open("lobby").inside) == {ben.client}
            assert [len(heard(line, "left")) for line in (ann, ben)] == [1, 0]

    asyncio.run(run())


def test_what_a_deleted_room_had_on_its_way_is_not_in_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        turns = Turns()
        async with open_place(tmp_path / "data", call_soon=turns) as place:
            ann, ben, *_ = [await place.guest(name) for name in ("Ann", "Ben", "Dan", "Eve")]
            monkeypatch.setattr(fanout, "SLICE_SECONDS", -1.0)
            monkeypatch.setattr(fanout, "CHECK_EVERY", 1)
            for number in (1, 2):
                await ann.say(type="send", room="lobby", text="old", client_id=f"k{number}")
                await asyncio.wrap_future(place.store.journal.call(lambda database: None))
            room = place.hub.rooms.open("lobby")
            assert room.busy
            await place.admin.delete_room("lobby")
            await place.admin.create_room("lobby")
            await ben.join("lobby")
            turns.run()
            assert not room.busy
            cleo = await place.guest("Cleo", room=None)
            joined = await cleo.join("lobby")
            assert (joined["entries"], joined["last"]) == ([], 0)

    asyncio.run(run())


@pytest.mark.parametrize("change", ["private", "deleted", "replaced"])
def test_room_that_changes_while_somebody_joins_is_not_joined(tmp_path: Path, change: str) -> None:
    async def make(place: Place) -> None:
        if change == "private":
            await place.admin.set_room("lobby", access="private")
        else:
            await place.admin.delete_room("lobby")
        if change == "replaced":
            await place.admin.create_room("lobby")

    @scenario()
    async def run(place: Place) -> None:
        for known in (True, False):
            ann = await place.guest("Ann", room="lobby" if known else None)
            newest = place.hub.replay.newest

            async def slow(*args: Any, newest: Any = newest, **kwargs: Any) -> Any:
                found = await newest(*args, **kwargs)
                await make(place)
                return found

            place.hub.replay.newest = slow  # type: ignore[method-assign]
            await ann.refused("not_found", type="join", room="lobby")
            place.hub.replay.newest = newest  # type: ignore[method-assign]
            assert not heard(ann, "joined")
            assert not ann.client.rooms
            with_room = place.hub.record("lobby") is not None
            if with_room:
                await place.admin.delete_room("lobby")
            await place.admin.create_room("lobby")

    run(tmp_path)


@scenario()
async def test_page_of_history_is_not_shown_to_who_has_lost_the_room_meanwhile(
    place: Place,
) -> None:
    ann = await place.guest("Ann")
    await say(ann, "hi", "k1")
    pages = place.hub.history
    state_page = pages.state_page

    async def slow(*args: Any, **kwargs: Any) -> Any:
        page = await state_page(*args, **kwargs)
        await place.admin.set_room("lobby", access="private")
        return page

    pages.state_page = slow  # type: ignore[method-assign]
    await ann.refused("not_found", type="history", room="lobby")
    assert not heard(ann, "history")


@scenario()
async def test_what_is_gone_is_gone_for_administration_too(place: Place) -> None:
    await place.admin.delete_room("den")
    with pytest.raises(NotFound):
        await place.admin.room("den")
    assert place.hub.present("den") == 0
