"""Entries that the server writes: for nobody, for somebody in charge, bounded, to the end."""

import asyncio

import pytest

from tests.chat.place import Place, say, scenario
from tornchat.chat.commits import WRITES
from tornchat.errors import Forbidden, NotFound, Overloaded
from tornchat.protocol import Person
from tornchat.store import Group


@scenario()
async def test_announcement_is_a_notice_from_nobody(place: Place) -> None:
    ann = await place.guest("Ann")
    outcome = await place.hub.write("lobby", "notice", text="tea!", message_kind="announcement")
    notice = await ann.get("notice")
    assert (notice["kind"], notice["text"], notice["seq"]) == ("announcement", "tea!", outcome.seq)
    assert "from" not in notice
    assert notice["time"] == outcome.time


@scenario()
async def test_message_of_somebody_in_charge(place: Place) -> None:
    ann = await place.guest("Ann")
    boss = Person("a_1", "boss", True, "admin")
    await place.hub.write("lobby", "message", person=boss, text="hello")
    assert (await ann.get("message"))["from"]["name"] == "boss"


@scenario()
async def test_deletion_for_nobody_in_particular(place: Place) -> None:
    ann = await place.guest("Ann")
    seq = (await say(ann, "secret", "k1"))["seq"]
    with pytest.raises(Forbidden):
        await place.hub.write("lobby", "deleted", target=seq)
    outcome = await place.hub.write("lobby", "deleted", target=seq, moderator=True)
    assert (await ann.get("deleted"))["target"] == seq
    again = await place.hub.write("lobby", "deleted", target=seq, moderator=True)
    assert (again.seq, again.duplicate) == (outcome.seq, True)
    newcomer = await place.guest("Ben", None)
    assert "secret" not in str(await newcomer.join("lobby"))


@scenario()
async def test_entry_that_cannot_be_written_says_why(place: Place) -> None:
    with pytest.raises(NotFound):
        await place.hub.write("nowhere", "notice", text="x")
    with pytest.raises(NotFound):
        await place.hub.write("lobby", "deleted", target=7, moderator=True)


@scenario()
async def test_only_so_many_entries_wait_at_once(place: Place) -> None:
    waiting = [place.hub.write("lobby", "notice", text="x") for _ in range(WRITES)]
    with pytest.raises(Overloaded):
        place.hub.write("lobby", "notice", text="x")
    await asyncio.gather(*waiting)
    await place.hub.write("lobby", "notice", text="x")


@scenario()
async def test_server_writes_until_the_journal_stops(place: Place) -> None:
    place.hub.drain()
    assert (await place.hub.write("lobby", "notice", text="bye")).seq == 1


@scenario()
async def test_whoever_does_not_wait_harms_nobody(place: Place) -> None:
    ann = await place.guest("Ann")
    task = asyncio.ensure_future(place.hub.write("lobby", "notice", text="x"))
    task.cancel()
    assert (await ann.get("notice"))["text"] == "x"
    await say(ann, "hi", "k1")


@scenario()
async def test_group_without_senders_counts_as_one(place: Place) -> None:
    place.hub.on_group(Group())
    assert place.hub.busy is False
