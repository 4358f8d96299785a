"""The verbs about messages, asked by an admin and by a room's moderator."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.admin.operator import Operator
from tests.chat.place import Line, Place, say, scenario
from tornchat.admin.actor import Actor
from tornchat.admin.deletions import PAUSE_SECONDS, STEP
from tornchat.chat.hub import Hub
from tornchat.errors import BadRequest, NotFound, StorageFull
from tornchat.store import rooms as rows

MODERATOR = Actor("mo", "moderator", rooms=frozenset({"den"}))


def moderator(place: Place) -> Operator:
    return Operator(place.office, MODERATOR)


async def talk(place: Place, *texts: str, name: str = "Ann", room: str = "lobby") -> Line:
    """Let somebody say some things."""
    line = await place.guest(name, room)
    for number, text in enumerate(texts):
        await say(line, text, f"c{number}", room)
    return line


async def texts(place: Place, room: str = "lobby") -> list[str]:
    """What a room's log shows, deleted messages as "-"."""
    page = await place.admin.messages(room)
    return ["-" if getattr(e, "deleted", False) else e.text for e in page.entries]


async def pass_pause(place: Place, seconds: float = PAUSE_SECONDS) -> None:
    """Let time pass, and what is due then happen."""
    place.timers.pass_time(seconds)
    while place.deletions._at_work:
        await asyncio.wait(place.deletions._at_work)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_messages_are_shown_as_they_stand_a_page_at_a_time(place: Place) -> None:
    await talk(place, *(f"line {number}" for number in range(5)))
    page = await place.admin.messages("lobby", limit=2)
    assert [entry.text for entry in page.entries] == ["line 3", "line 4"]
    assert (page.first, page.last, page.more) == (1, 5, True)
    page = await place.admin.messages("lobby", before=4, limit=2)
    assert [entry.seq for entry in page.entries] == [2, 3]
    page = await place.admin.messages("lobby", around=3, limit=3)
    assert [entry.seq for entry in page.entries] == [2, 3, 4]
    page = await place.admin.messages("lobby", at=0, limit=2)
    assert [entry.seq for entry in page.entries] == [1, 2]


@scenario()
async def test_page_of_messages_is_asked_for_in_its_bounds(place: Place) -> None:
    wrong: list[dict[str, Any]] = [
        {"limit": 101}, {"limit": 0}, {"before": -1}, {"before": "3"}, {"at": True},
        {"before": 3, "after": 1},
    ]  # fmt: skip
    for args in wrong:
        with pytest.raises(BadRequest):
            await place.admin.messages("lobby", **args)
    with pytest.raises(NotFound):
        await place.admin.messages("attic")


@scenario()
async def test_search_finds_in_all_rooms_in_one_and_of_one(place: Place) -> None:
    ann = await talk(place, "green tea", "coffee")
    await talk(place, "black tea", name="Bob", room="den")
    found = await place.admin.search("tea")
    assert [(h.entry.room, h.entry.text) for h in found.hits] == [
        ("den", "black tea"), ("lobby", "green tea"),
    ]  # fmt: skip
    assert (found.next, found.behind) == (None, 0)
    assert len((await place.admin.search("tea", room="den")).hits) == 1
    found = await place.admin.search(person=ann.client.person.id)
    assert [hit.entry.text for hit in found.hits] == ["coffee", "green tea"]


@scenario()
async def test_search_goes_on_where_a_page_ends(place: Place) -> None:
    await talk(place, *(f"tea {number}" for number in range(5)))
    seen, before = [], None
    for _ in range(3):
        found = await place.admin.search("tea", limit=2, before=before)
        seen += [hit.entry.text for hit in found.hits]
        before = found.next
    assert (seen, before) == ([f"tea {n}" for n in (4, 3, 2, 1, 0)], None)


@scenario()
async def test_search_is_asked_for_in_its_bounds(place: Place) -> None:
    wrong: list[dict[str, Any]] = [
        {}, {"words": "%"}, {"words": 7}, {"words": "x" * 201}, {"words": "tea", "limit": 51},
        {"words": "tea", "person": "no such id"}, {"words": "tea", "before": "x"},
        {"words": "tea", "room": "no name"},
    ]  # fmt: skip
    for args in wrong:
        with pytest.raises(BadRequest):
            await place.admin.search(**args)
    with pytest.raises(NotFound):
        await place.admin.search("tea", room="attic")


@scenario()
async def test_moderator_finds_and_reads_only_what_is_in_their_rooms(place: Place) -> None:
    await talk(place, "tea in the lobby")
    await talk(place, "tea in the den", name="Bob", room="den")
    mo = moderator(place)
    assert [hit.entry.text for hit in (await mo.search("tea")).hits] == ["tea in the den"]
    assert len((await mo.messages("den")).entries) == 1
    for refused in (mo.search("tea", room="lobby"), mo.messages("lobby"), mo.messages("attic")):
        with pytest.raises(NotFound):
            await refused


# ── deleting ─────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_chosen_messages_are_deleted_after_the_pause(place: Place) -> None:
    line = await talk(place, "one", "two", "three")
    pending = await place.admin.delete_messages("lobby", [1, 3, 3])
    assert (pending.count, pending.seqs, pending.room) == (2, (1, 3), "lobby")
    assert pending.due == int(place.utc.now * 1000) + 10_000
    await pass_pause(place, 9.9)
    assert await texts(place) == ["one", "two", "three"]
    await pass_pause(place, 0.1)
    assert await texts(place) == ["-", "two", "-"]
    assert {(await line.get("deleted"))["target"] for _ in range(2)} == {1, 3}


@scenario()
async def test_deletion_that_is_called_off_does_not_happen(place: Place) -> None:
    await talk(place, "one")
    pending = await place.admin.delete_messages("lobby", [1])
    assert (await place.admin.messages("lobby")).pending == [pending]
    assert await place.admin.call_off(pending.id) == pending
    assert place.timers.waiting == []
    await pass_pause(place)
    assert await texts(place) == ["one"]
    assert (await place.admin.messages("lobby")).pending == []
    with pytest.raises(NotFound, match="too late"):
        await place.admin.call_off(pending.id)


@scenario()
async def test_deletion_that_has_happened_cannot_be_called_off(place: Place) -> None:
    await talk(place, "one")
    pending = await place.admin.delete_messages("lobby", [1])
    await pass_pause(place)
    with pytest.raises(NotFound):
        await place.admin.call_off(pending.id)


@scenario()
async def test_all_of_a_person_goes_in_one_room(place: Place) -> None:
    ann = await talk(place, "one", "two")
    await talk(place, "mine", name="Bob")
    await ann.join("den")
    await say(ann, "three", "c9", "den")
    pending = await place.admin.delete_of(ann.client.person.id, room="lobby")
    assert (pending.count, pending.person) == (2, ann.client.person.id)
    await say(ann, "four", "c10")
    await pass_pause(place)
    assert (await place.admin.delete_of(ann.client.person.id, room="lobby")).count == 0
    assert await texts(place) == ["-", "-", "mine", "-"]
    assert await texts(place, "den") == ["three"]


@scenario()
async def test_all_of_a_person_goes_in_all_rooms(place: Place) -> None:
    ann = await talk(place, *(f"line {number}" for number in range(120)))
    await ann.join("den")
    await say(ann, "three", "c900", "den")
    assert (await place.admin.delete_of(ann.client.person.id)).count == 121
    await pass_pause(place)
    assert set(await texts(place)) == {"-"}
    assert await texts(place, "den") == ["-"]


@scenario()
async def test_what_somebody_does_and_what_is_announced_can_be_deleted(place: Place) -> None:
    ann = await place.guest("Ann")
    await ann.say(type="command", room="lobby", text="/me shouts")
    await ann.get("notice")
    await place.admin.announce("Wrong room", rooms="lobby")
    assert (await place.admin.delete_of(ann.client.person.id)).count == 1
    await place.admin.delete_messages("lobby", [2])
    await pass_pause(place)
    assert await texts(place) == ["-", "-"]


@scenario()
async def test_person_without_messages_has_none_to_delete(place: Place) -> None:
    pending = await place.admin.delete_of("g_nobody")
    await pass_pause(place)
    assert pending.count == 0


@scenario()
async def test_deletion_is_asked_for_in_its_bounds(place: Place) -> None:
    for seqs in ([], list(range(1, 102)), "1", [0], ["1"], [True], None):
        with pytest.raises(BadRequest):
            await place.admin.delete_messages("lobby", seqs)
    for number in ("1", 0, None):
        with pytest.raises(BadRequest):
            await place.admin.call_off(number)
    with pytest.raises(BadRequest):
        await place.admin.delete_of("two words")
    with pytest.raises(NotFound):
        await place.admin.delete_of("g_1", room="attic")


@scenario()
async def test_moderator_deletes_and_calls_off_in_their_rooms_only(place: Place) -> None:
    await talk(place, "in the den", room="den")
    await talk(place, "in the lobby", name="Bob")
    mo = moderator(place)
    theirs = await place.admin.delete_messages("lobby", [1])
    everywhere = await place.admin.delete_of("g_1")
    for refused in (
        mo.delete_messages("lobby", [1]),
        mo.delete_of("g_1"),
        mo.delete_of("g_1", room="lobby"),
        mo.call_off(theirs.id),
        mo.call_off(everywhere.id),
        mo.call_off(99),
    ):
        with pytest.raises(NotFound):
            await refused
    pending = await mo.delete_messages("den", [1])
    await mo.call_off(pending.id)
    await mo.delete_messages("den", [1])
    await pass_pause(place)
    assert (await texts(place, "den"), await texts(place)) == (["-"], ["-"])


@scenario()
async def test_room_that_has_taken_the_name_meanwhile_keeps_its_messages(place: Place) -> None:
    await talk(place, "old")
    await place.admin.delete_messages("lobby", [1])
    await place.admin.delete_room("lobby")
    await place.admin.create_room("lobby")
    await talk(place, "new", name="Bob")
    await pass_pause(place)
    assert await texts(place) == ["new"]


@scenario()
async def test_what_is_gone_or_no_message_does_not_keep_the_others(place: Place) -> None:
    line = await talk(place, "one")
    await place.hub.write("lobby", "deleted", target=1, moderator=True)
    said = [
        place.hub.write("lobby", "message", person=line.client.person, text=f"line {number}")
        for number in range(STEP + 5)
    ]
    await asyncio.gather(*said)
    await place.admin.delete_messages("lobby", [1, 2, *range(3, STEP + 8), 99])
    await pass_pause(place)
    assert set(await texts(place)) == {"-"}


@scenario()
async def test_shutdown_carries_out_at_once_what_waits(place: Place) -> None:
    await talk(place, "one", "two")
    await place.admin.delete_messages("lobby", [1])
    await place.admin.delete_messages("lobby", [2])
    place.hub.drain()
    await place.deletions.finish(5)
    assert await texts(place) == ["-", "-"]
    assert place.timers.waiting == []


class Refusing:
    """A hub's `write` where the disk is full at first."""

    def __init__(self, hub: Hub, times: int) -> None:
        self._write = hub.write
        self.left = times

    def __call__(self, *args: Any, **fields: Any) -> Any:
        if self.left:
            self.left -= 1
            raise StorageFull("the disk is full", retry_after=3.0)
        return self._write(*args, **fields)


@scenario()
async def test_full_disk_is_waited_for(place: Place) -> None:
    await talk(place, "one")
    place.hub.write = Refusing(place.hub, 2)  # type: ignore[method-assign]
    await place.admin.delete_messages("lobby", [1])
    place.timers.pass_time(PAUSE_SECONDS)
    for _ in range(2):
        await turns(lambda: place.timers.waiting == [3.0])
        place.timers.pass_time(3.0)
    await pass_pause(place, 0)
    assert await texts(place) == ["-"]


@scenario()
async def test_full_disk_does_not_hold_up_a_shutdown(place: Place) -> None:
    await talk(place, "one")
    place.hub.write = Refusing(place.hub, 1000)  # type: ignore[method-assign]
    await place.admin.delete_messages("lobby", [1])
    await place.deletions.finish(5)
    assert (await texts(place), place.timers.waiting) == (["one"], [])


@scenario()
async def test_deletion_that_takes_too_long_is_left_at_a_shutdown(place: Place) -> None:
    await talk(place, "one")
    never: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    place.hub.write = lambda *args, **fields: never  # type: ignore[method-assign,assignment]
    await place.admin.delete_messages("lobby", [1])
    await place.deletions.finish(0.01)
    assert not place.deletions._at_work


async def turns(wanted: Callable[[], bool]) -> None:
    """Let the loop turn until something holds."""
    for _ in range(1000):
        if wanted():
            return
        await asyncio.sleep(0)
    raise AssertionError("that never happens")


@scenario()
async def test_those_in_charge_are_told_of_what_waits_and_of_its_end(place: Place) -> None:
    told: list[Any] = []
    place.hub.tell_admins = lambda event, rooms=None: told.append(  # type: ignore[method-assign]
        (event.topic, event.room, rooms)
    )
    await talk(place, "one")
    news = ("messages", "lobby", ["lobby"])
    await place.admin.delete_messages("lobby", [1])
    assert told.count(news) == 1
    await pass_pause(place)
    assert told.count(news) == 2
    pending = await place.admin.delete_of("g_1")
    await place.admin.call_off(pending.id)
    assert told.count(("messages", None, None)) == 2


@scenario()
async def test_audit_log_names_who_deleted_how_much(place: Place) -> None:
    await talk(place, "a secret")
    pending = await place.admin.delete_messages("lobby", [1])
    await place.admin.call_off(pending.id)
    await place.admin.delete_of("g_1", room="lobby")
    rows_ = await place.admin.audit()
    assert [(row.verb, row.room, row.subject) for row in rows_] == [
        ("delete_of", "lobby", "g_1"),
        ("call_off", "lobby", "1 message"),
        ("delete_messages", "lobby", "1 message"),
    ]
    assert "secret" not in repr(rows_)


@scenario()
async def test_deleted_room_has_no_messages_of_anybody(place: Place) -> None:
    ann = await talk(place, "one")
    delete = partial(rows.delete_room, name="lobby", time=5)
    await asyncio.wrap_future(place.store.journal.call(delete))
    assert (await place.admin.delete_of(ann.client.person.id)).count == 0
