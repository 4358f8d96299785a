"""Who is here now, as those in charge see it."""

import asyncio
from dataclasses import replace

import pytest

from tests.chat.place import Line, Place, scenario
from tornchat.access.identity import Permit
from tornchat.access.roles import upto
from tornchat.chat.admins import PEOPLE_SECONDS
from tornchat.chat.attendance import MOST_TABS, Here, HerePage, Tab


async def here(
    place: Place, room: str | None = None, search: str = "", offset: int = 0, limit: int = 50
) -> HerePage:
    return await place.hub.here(room, search=search, offset=offset, limit=limit)


def names(page: HerePage) -> list[str]:
    return [found.person.name for found in page.people]


def back(line: Line, place: Place) -> str:
    """The token by which the person of a connection comes again."""
    return place.hub.guests.issue(line.client.person.id)


@scenario()
async def test_person_is_shown_with_every_connection(place: Place) -> None:
    ann = await place.guest("Ann", address="198.51.100.7")
    first = int(place.utc.now * 1000)
    place.pass_time(60)
    other = place.connect(address="2001:db8::1")
    other.transport = "xhr"
    await other.hello(token=back(ann, place))
    await other.join("den")
    assert await here(place) == HerePage(
        [
            Here(
                ann.client.person,
                first,
                ("den", "lobby"),
                (
                    Tab("websocket", "198.51.100.7", first, ("lobby",)),
                    Tab("xhr", "2001:db8::/64", first + 60_000, ("den",)),
                ),
                2,
            )
        ],
        1,
    )


@scenario()
async def test_of_a_room_only_those_in_it_and_their_connections_to_it_are_shown(
    place: Place,
) -> None:
    ann = await place.guest("Ann")
    other = place.connect()
    await other.hello(token=back(ann, place))
    await other.join("den")
    await other.join("board")
    await place.guest("Bob")
    [found] = (await here(place, "den")).people
    assert (found.person, found.rooms, found.connections) == (ann.client.person, ("den",), 1)
    assert [tab.rooms for tab in found.tabs] == [()]
    assert names(await here(place, "lobby")) == ["Ann", "Bob"]


@scenario()
async def test_who_is_in_no_room_is_here_all_the_same(place: Place) -> None:
    await place.guest("Ann", room=None)
    [found] = (await here(place)).people
    assert found.rooms == ()
    assert (await here(place, "lobby")).total == 0


@scenario()
async def test_who_has_hung_up_is_not_here(place: Place) -> None:
    ann = await place.guest("Ann")
    ann.hang_up()
    assert place.hub.present("lobby") == 1  # the grace: the room is not told yet
    assert await here(place) == HerePage([], 0)


@scenario()
async def test_connection_of_the_admin_page_is_not_here(place: Place) -> None:
    ann = await place.guest("Ann", room=None)
    ann.client.identity = replace(ann.client.identity, session="ab12")
    await ann.join("lobby")
    assert await here(place) == HerePage([], 0)
    assert not place.hub.is_here(ann.client.person.id, None)


@scenario()
async def test_people_come_by_name_whatever_its_case(place: Place) -> None:
    for name in ("bob", "Ann", "Cat", "anna"):
        await place.guest(name)
    assert names(await here(place)) == ["Ann", "anna", "bob", "Cat"]


@scenario()
async def test_pages_hold_everybody_once(place: Place) -> None:
    for number in range(7):
        await place.guest(f"Guest {number}")
    pages = [await here(place, offset=offset, limit=3) for offset in (0, 3, 6, 9)]
    assert [names(page) for page in pages] == [
        ["Guest 0", "Guest 1", "Guest 2"], ["Guest 3", "Guest 4", "Guest 5"], ["Guest 6"], [],
    ]  # fmt: skip
    assert {page.total for page in pages} == {7}


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ann", ["Ann"]), ("AN", ["Ann"]), ("zoe", ["Zoë"]), ("ZOË", ["Zoë"]),
        ("198.51.", ["Ann"]), ("51.100", []), ("nobody", []), ("", ["Ann", "Zoë"]),
    ],
)  # fmt: skip
def test_people_are_found_by_name_and_place(tmp_path, search: str, found: list[str]) -> None:
    @scenario()
    async def searched(place: Place) -> None:
        ann = await place.guest("Ann", address="198.51.100.7")
        await place.guest("Zoë")
        page = await here(place, search=search)
        assert (names(page), page.total) == (found, len(found))
        assert names(await here(place, search=ann.client.person.id)) == ["Ann"]

    searched(tmp_path)


@scenario(limits={"connections_per_person": 0})
async def test_connections_of_one_person_are_counted_and_some_shown(place: Place) -> None:
    ann = await place.guest("Ann")
    for _ in range(MOST_TABS + 4):
        await place.connect().hello(token=back(ann, place))
    [found] = (await here(place)).people
    assert (len(found.tabs), found.connections) == (MOST_TABS, MOST_TABS + 5)


@scenario()
async def test_looking_through_a_crowd_gives_the_loop_back(place: Place) -> None:
    for number in range(1200):
        line = place.connect()
        await line.hello(name=f"Guest {number}")
    turns = 0
    looking = asyncio.ensure_future(here(place))
    while not looking.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns >= 3
    assert (await looking).total == 1200


@scenario()
async def test_who_leaves_while_the_page_is_made_is_not_on_it(place: Place) -> None:
    lines = []
    for number in range(600):
        line = place.connect()
        await line.hello(name=f"Guest {number:03}")
        lines.append(line)
    looking = asyncio.ensure_future(here(place))
    await asyncio.sleep(0)
    lines[0].hang_up()
    assert names(await looking)[:1] == ["Guest 001"]


@scenario()
async def test_somebody_is_here_or_in_a_room(place: Place) -> None:
    ann = await place.guest("Ann")
    who = ann.client.person.id
    assert place.hub.is_here(who, None)
    assert place.hub.is_here(who, "lobby")
    assert not place.hub.is_here(who, "den")
    assert not place.hub.is_here("g_nobody", None)


# ── those who look ──────────────────────────────────────────────────────────────────────────────


async def watcher(place: Place, *rooms: str) -> Line:
    """Connect somebody in charge: of these rooms, or of everything."""
    line = place.connect()
    await line.hello(name="Mo")
    permits = tuple(Permit(name, upto("moderate")) for name in rooms) or None
    identity = replace(line.client.identity, kind="admin", session="ab12", permits=permits)
    place.hub.trust(line.client, identity)
    return line


def news(line: Line) -> int:
    """Count the news of people, and take them off."""
    found = [e for e in line.events if (e["type"], e.get("topic")) == ("admin", "people")]
    line.events.clear()
    return len(found)


@scenario()
async def test_those_in_charge_hear_of_a_crowd_once_in_a_while(place: Place) -> None:
    admin, other = await watcher(place), await watcher(place, "den")
    lines = [await place.guest(f"Guest {number}") for number in range(20)]
    place.pass_time(PEOPLE_SECONDS)
    assert (news(admin), news(other)) == (1, 0)
    place.pass_time(PEOPLE_SECONDS)
    assert news(admin) == 0
    lines[0].hang_up()
    place.pass_time(PEOPLE_SECONDS / 4)
    assert news(admin) == 1
    lines[1].hang_up()
    place.pass_time(PEOPLE_SECONDS / 4)
    assert news(admin) == 0
    place.pass_time(PEOPLE_SECONDS)
    assert news(admin) == 1


@scenario()
async def test_moderator_hears_of_the_own_room(place: Place) -> None:
    mo = await watcher(place, "den", "vault")
    await place.guest("Ann", "den")
    place.pass_time(PEOPLE_SECONDS)
    assert news(mo) == 1


@scenario()
async def test_those_in_charge_do_not_hear_of_each_other(place: Place) -> None:
    admin, other = await watcher(place), await watcher(place)
    await other.join("lobby")
    other.hang_up()
    place.pass_time(PEOPLE_SECONDS)
    assert news(admin) == 0
