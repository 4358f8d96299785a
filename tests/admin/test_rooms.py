"""Rooms by their later verbs: versions, the lock, the archive, and who hears of a change."""

import asyncio
from typing import Any

import msgspec
import pytest

from tests.access.tokens import NOW
from tests.admin.office import Office, scenario
from tests.admin.operator import Operator
from tornchat.admin.actor import Actor
from tornchat.errors import BadRequest, Conflict, NotFound

NOW_MS = NOW * 1000
ANN = Actor("ann", "admin")
MODERATOR = Actor("mo", "moderator", rooms=frozenset({"lobby"}))


def news(office: Office) -> list[tuple[str, str | None, dict[str, Any]]]:
    """Return what those in charge have been told since this was asked last."""
    found = [
        (event.topic, event.room, msgspec.json.decode(event.data) if event.data else {})
        for event, rooms in office.live.news
        if rooms == [event.room]
    ]
    office.live.news.clear()
    return found


@scenario()
async def test_second_of_two_who_saw_the_same_version_is_told(office: Office) -> None:
    ann, ben = Operator(office.verbs, ANN), office.administration
    seen = (await ann.room("lobby")).version
    saved = await ann.set_room("lobby", version=seen, title="Hall")
    with pytest.raises(Conflict, match="version 2"):
        await ben.set_room("lobby", version=seen, topic="Mine")
    assert await ben.room("lobby") == saved
    assert (await ben.set_room("lobby", version=saved.version, topic="Mine")).version == 3


@scenario()
async def test_two_at_the_same_moment_do_not_both_win(office: Office) -> None:
    verb = office.administration.set_room
    both = [verb("lobby", version=1, title=title) for title in ("One", "Two")]
    results = await asyncio.gather(*both, return_exceptions=True)
    assert [isinstance(result, Conflict) for result in results] == [False, True]
    assert (await office.administration.room("lobby")).title == "One"


@scenario()
async def test_version_has_to_be_a_number(office: Office) -> None:
    with pytest.raises(BadRequest, match="version:"):
        await office.administration.set_room("lobby", version="1", title="Hall")


@scenario()
async def test_others_in_charge_hear_of_each_new_version(office: Office) -> None:
    ann = Operator(office.verbs, ANN)
    await ann.set_room("lobby", title="Hall")
    await ann.lock_room("lobby")
    assert news(office) == [
        ("room", "lobby", {"version": 2, "by": "ann"}),
        ("room", "lobby", {"version": 3, "by": "ann"}),
    ]
    await ann.create_room("tea")
    await ann.archive_room("tea")
    await ann.delete_room("tea")
    assert news(office) == [
        ("room", "tea", {"version": 1, "by": "ann"}),
        ("room", "tea", {"version": 1, "by": "ann"}),
        ("room", "tea", {"deleted": True, "by": "ann"}),
    ]


@scenario()
async def test_others_in_charge_hear_that_tokens_have_changed(office: Office) -> None:
    ann = Operator(office.verbs, ANN)
    made = await ann.create_token(kind="invite", room="vault", role="write")
    await ann.revoke_token(made.id)
    await ann.rotate_room("vault")
    assert news(office) == [("tokens", "vault", {})] * 3


@scenario()
async def test_lock_is_a_setting_that_its_moderators_have(office: Office) -> None:
    mo = Operator(office.verbs, MODERATOR)
    assert (await mo.lock_room("lobby")).locked
    assert office.live.told == [("change", "lobby")]
    assert next(r for r in office.store.rooms() if r.name == "lobby").locked
    assert not (await mo.lock_room("lobby", locked=False)).locked
    with pytest.raises(NotFound):
        await mo.lock_room("den")
    with pytest.raises(BadRequest, match="locked:"):
        await mo.lock_room("lobby", locked="yes")


@scenario()
async def test_archived_room_comes_back_as_it_was(office: Office) -> None:
    before = await office.administration.room("den")
    archived = await office.administration.archive_room("den")
    assert archived.archived == NOW_MS
    assert office.live.record("den") == next(r for r in office.store.rooms() if r.name == "den")
    office.clock.now += 5
    assert await office.administration.archive_room("den") == archived
    assert await office.administration.unarchive_room("den") == before
    assert await office.administration.unarchive_room("den") == before
    assert office.live.told == [("change", "den")] * 2


@scenario()
async def test_archive_is_not_for_moderators(office: Office) -> None:
    mo = Operator(office.verbs, MODERATOR)
    for verb in (mo.archive_room, mo.unarchive_room, mo.delete_room):
        with pytest.raises(NotFound):
            await verb("lobby")
    assert office.live.told == []
