"""Rooms on demand: made by whoever names them with a grant, listed for moderators, archived."""

import asyncio

from tests.chat.place import Place, open_place, say, scenario


def visitor(room: str) -> dict[str, dict[str, list[str]]]:
    return {"rooms": {room: ["read", "write"]}}


@scenario()
async def test_room_is_made_at_the_first_grant_that_names_it(place: Place) -> None:
    ann = await place.member("Ann", room=None, **visitor("support-ann"))
    joined = await ann.join("support-ann")
    assert (joined["title"], joined["topic"]) == ("support-ann", "How can we help?")
    await say(ann, "help", "k1", room="support-ann")
    record = place.hub.record("support-ann")
    assert record is not None
    assert (record.access, record.pattern) == ("private", "support-*")
    staff = await place.member("Staff", room=None, rooms={"support-*": ["moderate"]})
    assert [e["text"] for e in (await staff.join("support-ann"))["entries"]] == ["help"]
    eve = await place.member("Eve", room=None, **visitor("support-eve"))
    await eve.refused("not_found", type="join", room="support-ann")
    assert [r.name for r in await place.admin.rooms() if r.pattern] == ["support-ann"]


@scenario()
async def test_room_is_not_made_for_those_who_do_not_name_it(place: Place) -> None:
    guest, member = await place.guest("Ann"), await place.member("Ben")
    for line in (guest, member):
        for name in ("support-1", "desk-1"):
            await line.refused("not_found", type="join", room=name)
    club = await place.member("Cleo", site="club", room=None, **visitor("support-1"))
    await club.refused("not_found", type="join", room="support-1")
    other = await place.member("Dan", room=None, **visitor("sales-1"))
    await other.refused("not_found", type="join", room="sales-1")
    assert not [r for r in await place.admin.rooms() if r.pattern]


@scenario()
async def test_room_is_not_told_apart_from_none_though_its_section_is_public(place: Place) -> None:
    await place.member("Ann", room="talk-1", **visitor("talk-1"))
    eve = await place.member("Eve", room=None, **visitor("support-1"))
    for name in ("talk-1", "talk-2"):
        await eve.refused("not_found", type="join", room=name)
    assert "talk-1" not in {s.name for s in place.hub.summaries()}


@scenario()
async def test_two_who_come_at_once_get_one_room(place: Place) -> None:
    lines = [await place.member("Ann", room=None, **visitor("support-1")) for _ in range(2)]
    joined = await asyncio.gather(*(line.join("support-1") for line in lines))
    assert joined[0]["epoch"] == joined[1]["epoch"]


@scenario()
async def test_room_is_listed_for_those_who_moderate_it(place: Place) -> None:
    ann = await place.member("Ann", room="support-1", **visitor("support-1"))
    staff = await place.member("Staff", room=None, rooms={"support-*": ["moderate"]})
    assert [s.name for s in place.hub.summaries(staff.client)] == ["support-1"]
    assert place.hub.summaries(ann.client) == []
    assert "support-1" not in {s.name for s in place.hub.summaries()}


@scenario()
async def test_room_is_archived_when_nobody_was_in_it_and_comes_back(place: Place) -> None:
    ann = await place.member("Ann", room="support-1", **visitor("support-1"))
    staff = await place.member("Staff", room=None, rooms={"support-*": ["moderate"]})
    await say(ann, "help", "k1", room="support-1")
    record = place.hub.record("support-1")
    assert record is not None
    place.pass_time(3601)
    await place.hub.archive_idle()
    assert stored(place) is record.archived is None, "somebody is in it"
    ann.hang_up()
    place.pass_time(11)
    place.pass_time(0.25)
    place.pass_time(3599)
    await place.hub.archive_idle()
    assert record.archived is None, "not for long enough"
    place.pass_time(1)
    await place.hub.archive_idle()
    assert stored(place) == record.archived == int(place.utc.now * 1000)
    assert place.hub.summaries(staff.client) == []
    await (await place.guest("Eve")).refused("not_found", type="join", room="support-1")
    assert record.archived is not None
    staff = await place.member("Staff", room=None, rooms={"support-*": ["moderate"]})
    assert [e["text"] for e in (await staff.join("support-1"))["entries"]] == ["help"]
    assert stored(place) is record.archived is None
    assert [s.name for s in place.hub.summaries(staff.client)] == ["support-1"]


@scenario()
async def test_room_that_is_entered_while_it_is_archived_stays(place: Place) -> None:
    ann = await place.member("Ann", room="support-1", **visitor("support-1"))
    ann.hang_up()
    place.pass_time(11)
    place.pass_time(4000)
    archiving = asyncio.create_task(place.hub.archive_idle())
    await asyncio.sleep(0)
    await place.member("Ann", room="support-1", **visitor("support-1"))
    await archiving
    record = place.hub.record("support-1")
    assert record is not None
    assert stored(place) is record.archived is None
    assert record.origins == ("https://help.example",), "as its section says"


def stored(place: Place) -> int | None:
    """Return when the room was archived, as the database has it."""
    return {room.name: room.archived for room in place.store.rooms()}["support-1"]


def test_room_and_its_archiving_outlive_a_restart(tmp_path) -> None:  # type: ignore[no-untyped-def]
    async def before() -> None:
        async with open_place(tmp_path / "data") as place:
            ann = await place.member("Ann", room="support-1", **visitor("support-1"))
            ann.hang_up()
            place.pass_time(11)
            place.pass_time(4000)
            await place.hub.archive_idle()

    async def after() -> None:
        async with open_place(tmp_path / "data") as place:
            record = place.hub.record("support-1")
            assert record is not None
            assert record.archived is not None
            await place.member("Ann", room="support-1", **visitor("support-1"))
            assert record.archived is None

    asyncio.run(before())
    asyncio.run(after())


@scenario()
async def test_people_wait_until_somebody_comes_who_moderates(place: Place) -> None:
    assert not place.hub.waiting("support-1")
    rooms = {"support-*": ["read", "write"]}
    visitor = await place.member("v1", "support-1", rooms=rooms)
    assert place.hub.waiting("support-1")
    bot = place.connect()
    await bot.hello(token=await place.key("support-*", "moderate"))
    await bot.join("support-1")
    assert place.hub.waiting("support-1")
    overseer = await place.overseer("support-1")
    assert place.hub.waiting("support-1"), "nobody sees who looks on"
    staff = await place.member("s1", "support-1", rooms={"support-*": ["read", "moderate"]})
    assert not place.hub.waiting("support-1")
    staff.hang_up()
    assert place.hub.waiting("support-1")
    visitor.hang_up()
    assert not place.hub.waiting("support-1")
    overseer.hang_up()


@scenario()
async def test_room_that_somebody_in_charge_has_archived_stays_so_and_is_quiet(
    place: Place,
) -> None:
    ann = await place.guest("Ann", "den")
    await say(ann, "before", "k1", room="den")
    await place.admin.archive_room("den")
    await ann.get("room", room="den", can=["read"])
    await ann.refused("forbidden", type="send", room="den", text="x", client_id="k2")
    assert "den" not in {summary.name for summary in place.hub.summaries()}
    ben = await place.guest("Ben", None)
    joined = await ben.join("den")
    assert (joined["can"], [e["text"] for e in joined["entries"]]) == (["read"], ["before"])
    record = place.hub.record("den")
    assert record is not None and record.archived is not None
    await place.admin.unarchive_room("den")
    await ben.get("room", room="den", can=["read", "write"])
    await say(ben, "after", "k3", room="den")
    assert "den" in {summary.name for summary in place.hub.summaries()}
