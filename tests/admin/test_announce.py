"""One line to many rooms."""

import asyncio
from typing import Any

import pytest

from tests.admin.operator import Operator
from tests.chat.place import Place, scenario
from tornchat.admin.actor import Actor
from tornchat.admin.announce import STEP, Announced
from tornchat.admin.offline import Offline
from tornchat.errors import BadRequest, Conflict, NotFound, StorageFull, TooLarge


async def lines(place: Place, room: str) -> list[tuple[str, str]]:
    page = await place.admin.messages(room)
    return [(entry.kind, entry.text) for entry in page.entries]


@scenario()
async def test_announcement_comes_into_every_open_room(place: Place) -> None:
    line = await place.guest("Ann")
    await place.admin.archive_room("den")
    assert await place.admin.announce("  Tea at five ") == Announced(3, [])
    told = await line.get("notice")
    assert (told["kind"], told["text"], told.get("from")) == ("announcement", "Tea at five", None)
    for room in ("lobby", "board", "vault"):
        assert await lines(place, room) == [("announcement", "Tea at five")]
    assert await lines(place, "den") == []


@scenario()
async def test_announcement_is_for_a_room_or_a_pattern(place: Place) -> None:
    for number in range(STEP + 5):
        await place.admin.create_room(f"support-{number}")
    assert (await place.admin.announce("Hello", rooms="support-*")).rooms == STEP + 5
    assert await lines(place, f"support-{STEP + 4}") == [("announcement", "Hello")]
    assert (await place.admin.announce("Hello", rooms="vault")).rooms == 1
    assert (await lines(place, "lobby"), len(await lines(place, "vault"))) == ([], 1)


@scenario()
async def test_announcement_that_is_none_is_refused(place: Place) -> None:
    wrong: list[tuple[Any, Any, type[Exception]]] = [
        ("", "*", BadRequest), ("  ", "*", BadRequest), (7, "*", BadRequest),
        ("a\0b", "*", BadRequest), ("x" * 4001, "*", TooLarge), ("x", "two rooms", BadRequest),
        ("x", "attic", NotFound), ("x", "attic-*", NotFound),
    ]  # fmt: skip
    for text, rooms, refusal in wrong:
        with pytest.raises(refusal):
            await place.admin.announce(text, rooms=rooms)
    assert await lines(place, "lobby") == []


@scenario()
async def test_rooms_that_cannot_be_reached_are_named(place: Place) -> None:
    write = place.hub.write

    def some(room: str, *args: Any, **fields: Any) -> Any:
        if room == "den":
            raise StorageFull("the disk is full")
        return write(room, *args, **fields)

    place.hub.write = some  # type: ignore[method-assign]
    assert await place.admin.announce("Hello") == Announced(3, ["den"])
    with pytest.raises(StorageFull):
        await place.admin.announce("Hello", rooms="den")


@scenario()
async def test_announcement_is_for_admins_alone_and_audited(place: Place) -> None:
    mo = Operator(place.office, Actor("mo", "moderator", rooms=frozenset({"den"})))
    with pytest.raises(NotFound):
        await mo.announce("Hello", rooms="den")
    await place.admin.announce("Hello", rooms="d*")
    (row,) = await place.admin.audit()
    assert (row.verb, row.subject, "Hello" in row.detail) == ("announce", "d*", False)


@scenario()
async def test_announcement_is_found_by_a_search(place: Place) -> None:
    await place.admin.announce("The server restarts at noon")
    assert len((await place.admin.search("restarts")).hits) == 4


def test_without_a_server_nobody_is_told() -> None:
    with pytest.raises(Conflict, match="server that runs"):
        asyncio.run(_write_offline())


async def _write_offline() -> None:
    await Offline([]).write("lobby", "notice", text="Hello")
