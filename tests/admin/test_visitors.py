"""The verbs about who is here and who was, asked by an admin and by a room's moderator."""

from typing import Any

import pytest

from tests.admin.office import Office
from tests.admin.office import scenario as office_scenario
from tests.chat.place import Place, scenario
from tests.chat.test_visits import seen as written
from tornchat.admin.actor import Actor
from tornchat.admin.visitors import PeopleHere, PeopleSeen, PersonInfo, SeenInfo, TabInfo
from tornchat.errors import BadRequest, NotFound

MODERATOR = Actor("mo", "moderator", rooms=frozenset({"den"}))


def names(page: PeopleHere | PeopleSeen) -> list[str]:
    return [found.name for found in page.people]


@scenario()
async def test_people_are_listed_with_what_is_known_of_them(place: Place) -> None:
    line = await place.member("Ann", info={"badge": "gold"})
    person, now = line.client.person, int(place.utc.now * 1000)
    tab = TabInfo("websocket", "192.0.2.1", now, ("lobby",))
    assert await place.admin.people() == PeopleHere(
        [PersonInfo(person.id, "Ann", True, "member", "gold", now, ("lobby",), (tab,), 1)], 1, 0
    )


@scenario()
async def test_pages_of_people_are_bounded(place: Place) -> None:
    for number in range(3):
        await place.guest(f"Guest {number}")
    page = await place.admin.people(room="lobby", offset=1, limit=1)
    assert (names(page), page.total, page.offset) == (["Guest 1"], 3, 1)
    assert names(await place.admin.people(search="2")) == ["Guest 2"]


@scenario()
async def test_people_seen_say_whether_they_are_here(place: Place) -> None:
    ann = await place.guest("Ann")
    bob = await place.guest("Bob")
    came = int(place.utc.now * 1000)
    place.pass_time(10)
    bob.hang_up()
    await written(place)
    went = came + 10_000
    assert await place.admin.seen() == PeopleSeen(
        [
            _seen(bob.client.person.id, "Bob", came, went, here=False),
            _seen(ann.client.person.id, "Ann", came, came, here=True),
        ],
        None,
    )


@scenario()
async def test_who_is_elsewhere_is_not_here_for_a_room(place: Place) -> None:
    ann = await place.guest("Ann")
    await ann.join("den")
    await ann.say(type="leave", room="den")
    await written(place)
    assert [found.here for found in (await place.admin.seen(room="den")).people] == [False]
    assert [found.here for found in (await place.admin.seen()).people] == [True]


@scenario()
async def test_pages_of_people_seen_lead_on(place: Place) -> None:
    for number in range(5):
        await place.guest(f"Guest {number}")
        place.pass_time(1)
    await written(place)
    found, before = [], None
    for _ in range(3):
        page = await place.admin.seen(room="lobby", before=before, limit=2)
        found.append(names(page))
        before = page.next
    assert found == [["Guest 4", "Guest 3"], ["Guest 2", "Guest 1"], ["Guest 0"]]
    assert before is None
    assert names(await place.admin.seen(search="GUEST 3")) == ["Guest 3"]


@scenario()
async def test_moderator_sees_the_people_of_one_room_and_of_no_other(place: Place) -> None:
    ann = await place.guest("Ann", "den")
    await ann.join("lobby")
    await place.guest("Bob", "lobby")
    await written(place)

    async def ask(verb: str, **args: Any) -> Any:
        return await place.office.perform(MODERATOR, verb, args)

    [found] = (await ask("people", room="den")).people
    assert (found.name, found.rooms, found.tabs[0].rooms) == ("Ann", ("den",), ())
    [was] = (await ask("seen", room="den")).people
    assert (was.name, was.room, was.rooms) == ("Ann", "den", 1)
    for verb in ("people", "seen"):
        for args in ({}, {"room": "lobby"}, {"room": None}, {"room": "cellar"}):
            with pytest.raises(NotFound):
                await ask(verb, **args)


WRONG: list[dict[str, Any]] = [
    {"before": ""}, {"before": "1-2"}, {"before": "1-2-"}, {"before": "x-2-p"}, {"before": 5},
    {"before": "1-2-p q"}, {"before": "9" * 30 + "-2-p"}, {"before": "-1-2-p"},
    {"before": "1-2-p\n"}, {"search": 5}, {"search": "a\nb"}, {"search": "a" * 101},
    {"limit": 0}, {"limit": 51}, {"limit": "5"}, {"room": 5}, {"room": "No Such"},
]  # fmt: skip


@pytest.mark.parametrize("args", WRONG, ids=str)
def test_wrong_arguments_are_refused_in_words(tmp_path, args: dict[str, Any]) -> None:
    @office_scenario()
    async def refused(office: Office) -> None:
        with pytest.raises(BadRequest, match=f"^{next(iter(args))}: expected"):
            await office.administration.seen(**args)

    refused(tmp_path)


@office_scenario()
async def test_wrong_pages_and_rooms_are_refused(office: Office) -> None:
    for args in ({"offset": -1}, {"limit": 51}, {"search": "\x00"}):
        with pytest.raises(BadRequest):
            await office.administration.people(**args)
    for verb in (office.administration.people, office.administration.seen):
        with pytest.raises(NotFound):
            await verb(room="cellar")


@office_scenario()
async def test_without_a_server_nobody_is_here(office: Office) -> None:
    assert await office.administration.people() == PeopleHere([], 0, 0)
    assert await office.administration.seen() == PeopleSeen([], None)


def _seen(person: str, name: str, first: int, last: int, *, here: bool) -> SeenInfo:
    return SeenInfo(person, name, False, "guest", "192.0.2.1", first, last, "lobby", 1, here)
