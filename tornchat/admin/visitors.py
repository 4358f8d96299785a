"""The verbs about who is here and who was.

They know nothing of who asks but how far they reach; the Office has looked at that first.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from tornchat.admin import arguments
from tornchat.admin.lookup import known
from tornchat.admin.verbs import verb
from tornchat.chat.attendance import Here
from tornchat.chat.ports import Live
from tornchat.errors import BadRequest
from tornchat.protocol import Person
from tornchat.store.visits import Position, SeenRecord, Visits

MOST: Final = 50
"""People of one page."""
MAX_SEARCH: Final = 100
_CURSOR: Final = re.compile(r"([0-9]{1,15})-([0-9]{1,15})-(\S{1,128})")


@dataclass(frozen=True, slots=True)
class TabInfo:
    """One connection of a person. `place`: an IPv4 address or an IPv6 /64; `since`: UTC ms."""

    transport: str
    place: str
    since: int
    rooms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonInfo:
    """Somebody who is here, with the oldest ≤ 20 of their `connections`."""

    person: str
    name: str
    verified: bool
    kind: str
    badge: str | None
    since: int
    rooms: tuple[str, ...]
    tabs: tuple[TabInfo, ...]
    connections: int


@dataclass(frozen=True, slots=True)
class PeopleHere:
    """A page of those who are here, by name, of `total` behind `offset`."""

    people: list[PersonInfo]
    total: int
    offset: int


@dataclass(frozen=True, slots=True)
class SeenInfo:
    """Somebody who was here; times are UTC ms.

    `room`: where they were last, of `rooms` in all; `first`: when they first came there. `place`:
    where they came from last. `here`: they are here now, and `last` is when they came.
    """

    person: str
    name: str
    verified: bool
    kind: str
    place: str
    first: int
    last: int
    room: str
    rooms: int
    here: bool


@dataclass(frozen=True, slots=True)
class PeopleSeen:
    """A page of those who were here, the last one first; `next` is `before` of the next page."""

    people: list[SeenInfo]
    next: str | None


class VisitorVerbs:
    """People, as far as it is known who they are and where they come from."""

    def __init__(self, *, live: Live, visits: Visits) -> None:
        self._live = live
        self._visits = visits

    @verb(reads=True, room="room", moderators=True)
    async def people(
        self, *, room: str | None = None, search: str = "", offset: int = 0, limit: int = MOST
    ) -> PeopleHere:
        """List who is here, or in a room, by name: ≤ `limit` behind `offset`.

        `search`: a part of a name, the beginning of an address or a person's id.
        """
        if room is not None:
            known(self._live, room)
        offset = arguments.number("offset", offset, 0)
        page = await self._live.here(
            room,
            search=_words(search),
            offset=offset,
            limit=arguments.number("limit", limit, 1, MOST),
        )
        return PeopleHere([_person(here) for here in page.people], page.total, offset)

    @verb(reads=True, room="room", moderators=True)
    async def seen(
        self,
        *,
        room: str | None = None,
        search: str = "",
        before: str | None = None,
        limit: int = MOST,
    ) -> PeopleSeen:
        """List who was here, or in a room, the last one first: ≤ `limit`, each once.

        `search` as for `people`. `before`: the `next` of the page before this one. A page may be
        short, even empty, and have a `next`, where it has looked through many whom nobody sought.
        """
        if room is not None:
            known(self._live, room)
        page = await self._visits.page(
            room,
            search=_words(search),
            before=None if before is None else _position(before),
            limit=arguments.number("limit", limit, 1, MOST),
        )
        people = [
            _seen(record, self._live.is_here(record.person.id, room)) for record in page.people
        ]
        return PeopleSeen(people, None if page.next is None else _cursor(page.next))


def _words(search: Any) -> str:
    return arguments.line("search", search, MAX_SEARCH)


def _cursor(position: Position) -> str:
    return f"{position.last}-{position.room_id}-{position.person_id}"


def _position(text: Any) -> Position:
    """Return what `_cursor` made a text of."""
    found = _CURSOR.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise BadRequest("before: expected what a page of people gave as next")
    return Position(int(found[1]), int(found[2]), found[3])


def _person(here: Here) -> PersonInfo:
    return PersonInfo(
        **_who(here.person),
        badge=here.person.badge,
        since=here.since,
        rooms=here.rooms,
        tabs=tuple(TabInfo(*tab) for tab in here.tabs),
        connections=here.connections,
    )


def _seen(record: SeenRecord, here: bool) -> SeenInfo:
    return SeenInfo(
        **_who(record.person),
        place=record.place,
        first=record.first,
        last=record.last,
        room=record.room,
        rooms=record.rooms,
        here=here,
    )


def _who(person: Person) -> dict[str, Any]:
    return {
        "person": person.id,
        "name": person.name,
        "verified": person.verified,
        "kind": person.kind,
    }
