"""Rooms and tokens a page at a time: what fits, in which order, and never more than was asked."""

import time
from dataclasses import replace
from typing import Any

import pytest

from tests.admin.office import Office, scenario
from tests.admin.operator import Operator
from tests.store.kit import draft
from tornchat.admin.actor import Actor
from tornchat.admin.described import LastLine
from tornchat.errors import BadRequest, NotFound

MODERATOR = Actor("mo", "moderator", rooms=frozenset({"lobby", "vault"}))


def names(found: Any) -> list[str]:
    return [room.name for room in found.rooms]


def change(office: Office, name: str, **settings: Any) -> None:
    """Let a room be otherwise, in memory alone."""
    record = office.live.record(name)
    assert record
    office.live.add(replace(record, **settings))


@scenario()
async def test_rooms_are_searched_in_name_title_and_topic(office: Office) -> None:
    find = office.administration.find_rooms
    await office.administration.create_room("tea", title="Straße", topic="Kettle on")
    assert names(await find()) == ["board", "den", "lobby", "tea", "vault"]
    assert names(await find(search="TEA")) == ["tea"]
    assert names(await find(search=" strasse ")) == ["tea"]
    assert names(await find(search="kettle")) == ["tea"]
    assert names(await find(search="come in")) == ["lobby"]
    assert names(await find(search="\\nlobby")) == []


@scenario()
async def test_rooms_in_the_archive_are_apart(office: Office) -> None:
    await office.administration.archive_room("den")
    find = office.administration.find_rooms
    assert names(await find()) == ["board", "lobby", "vault"]
    assert names(await find(state="archived")) == ["den"]
    assert names(await find(state="all")) == ["board", "den", "lobby", "vault"]


@scenario()
async def test_rooms_made_on_demand_are_found_by_their_pattern(office: Office) -> None:
    change(office, "den", pattern="support-*")
    change(office, "vault", pattern="talk-*")
    find = office.administration.find_rooms
    assert names(await find(pattern="*")) == ["den", "vault"]
    assert names(await find(pattern="talk-*")) == ["vault"]
    assert names(await find(pattern="desk-*")) == []


@scenario()
async def test_rooms_stand_in_the_order_that_was_asked_for(office: Office) -> None:
    for number, name in enumerate(("vault", "den", "lobby", "board")):
        more = {"title": f"T{9 - number}", "created": number, "last_time": number * 7 % 5}
        change(office, name, last=number, **more)
    office.live.people = {"den": 3, "board": 1}
    find = office.administration.find_rooms
    assert names(await find(order="title")) == ["board", "lobby", "den", "vault"]
    assert names(await find(order="title", descending=True)) == ["vault", "den", "lobby", "board"]
    assert names(await find(order="entries", descending=True)) == ["board", "lobby", "den", "vault"]
    assert names(await find(order="created")) == ["vault", "den", "lobby", "board"]
    assert names(await find(order="last", descending=True)) == ["lobby", "den", "board", "vault"]
    assert names(await find(order="present", descending=True)) == ["den", "board", "lobby", "vault"]


@scenario()
async def test_rooms_where_somebody_waits_come_first_then_the_newest(office: Office) -> None:
    for number, name in enumerate(("board", "den", "lobby", "vault"), start=1):
        change(office, name, pattern="support-*", last=1, last_time=number)
    office.live.unattended = {"board", "den"}
    found = await office.administration.find_rooms(order="waiting")
    assert names(found) == ["den", "board", "vault", "lobby"]
    assert [room.waiting for room in found.rooms] == [True, True, False, False]


@scenario()
async def test_nobody_waits_in_a_room_that_was_not_made_on_demand(office: Office) -> None:
    office.live.unattended = {"lobby"}
    assert not (await office.administration.room("lobby")).waiting


@scenario()
async def test_last_lines_come_along_when_they_are_asked_for(office: Office) -> None:
    for text in ("one", "two\n  and more"):
        office.store.journal.publish(draft(text, room="den"))
    await office.written()
    change(office, "den", last=2)
    found = await office.administration.find_rooms(lines=True)
    line = found.lines["den"]
    assert line == LastLine(seq=2, name="Ann", text="two and more", time=line.time)
    assert list(found.lines) == ["den"]
    assert (await office.administration.find_rooms()).lines == {}


@scenario()
async def test_thousand_rooms_come_fifty_at_a_time_and_soon(office: Office) -> None:
    begun = office.live.record("lobby")
    assert begun
    for number in range(1000):
        office.live.add(replace(begun, name=f"r{number:03}", title="Hall"))
    find = office.administration.find_rooms
    start = time.process_time()
    found = await find(search="hall", offset=950)
    assert time.process_time() - start < 0.3
    assert (len(found.rooms), found.total, found.offset) == (50, 1000, 950)
    assert names(found)[0] == "r950"
    assert names(await find(search="hall", offset=1000)) == []
    with pytest.raises(BadRequest, match="limit:"):
        await find(limit=51)


@scenario()
async def test_lists_ask_no_database_but_for_last_lines(office: Office) -> None:
    await office.administration.create_token(kind="invite", room="vault", role="write")
    office.store.close()
    found = await office.administration.find_rooms(search="o", order="present", state="all")
    assert names(found) == ["board", "lobby"]
    assert (await office.administration.find_tokens()).total == 1


@scenario()
async def test_moderator_finds_their_own_rooms_alone(office: Office) -> None:
    mo = Operator(office.verbs, MODERATOR)
    found = await mo.find_rooms(state="all")
    assert (names(found), found.total) == (["lobby", "vault"], 2)


@scenario()
async def test_tokens_are_found_by_label_room_kind_and_state(office: Office) -> None:
    make, find = office.administration.create_token, office.administration.find_tokens
    await make(kind="invite", room="vault", role="write", label="For Bob")
    await make(kind="invite", room="lobby", role="admin", expires=60)
    key = await make(kind="key", room="support-*", role="write", label="Bot")

    async def ids(**wanted: Any) -> list[int]:
        return [token.id for token in (await find(**wanted)).tokens]

    assert await ids() == [3, 2, 1]
    assert await ids(search="BOB") == [1]
    assert await ids(search="support") == [3]
    assert await ids(kind="invite") == [2, 1]
    assert await ids(room="support-*") == [key.id]
    await office.administration.revoke_token(1)
    office.clock.now += 61
    assert await ids(state="usable") == [3]
    assert await ids(state="ended") == [2, 1]
    assert await ids(limit=1, offset=1) == [2]
    assert (await find(limit=1)).total == 3


@scenario()
async def test_moderator_finds_the_invites_that_are_theirs_to_give(office: Office) -> None:
    for role, kind in (("write", "invite"), ("moderate", "invite"), ("write", "key")):
        await office.administration.create_token(kind=kind, room="vault", role=role)
    await office.administration.create_token(kind="invite", room="den", role="read")
    mo = Operator(office.verbs, MODERATOR)
    assert [token.id for token in (await mo.find_tokens("vault")).tokens] == [1]
    for elsewhere in ("den", None):
        with pytest.raises(NotFound):
            await mo.find_tokens(elsewhere)


@pytest.mark.parametrize(
    ("verb", "wrong"),
    [
        ("find_rooms", {"search": "a\nb"}),
        ("find_rooms", {"search": "a" * 101}),
        ("find_rooms", {"state": "closed"}),
        ("find_rooms", {"pattern": "Support"}),
        ("find_rooms", {"order": "epoch"}),
        ("find_rooms", {"offset": -1}),
        ("find_rooms", {"limit": 0}),
        ("find_tokens", {"room": "No Room"}),
        ("find_tokens", {"kind": "cookie"}),
        ("find_tokens", {"state": "old"}),
        ("find_tokens", {"offset": True}),
    ],
)
def test_wrong_wishes_are_refused_in_words(tmp_path: Any, verb: str, wrong: dict[str, Any]) -> None:
    @scenario()
    async def refused(office: Office) -> None:
        with pytest.raises(BadRequest, match=f"^{next(iter(wrong))}: expected"):
            await getattr(office.administration, verb)(**wrong)

    refused(tmp_path)
