"""Who is here now, a page at a time: each person with their connections.

It reads the live rooms and people, and knows nothing of who asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from tornchat.access import names
from tornchat.protocol import Person

if TYPE_CHECKING:
    from tornchat.chat.client import Client
    from tornchat.chat.people import Participant

CHUNK: Final = 500
"""People looked at before others get their turn on the loop: about a millisecond."""
MOST_TABS: Final = 20
"""Connections of one person that are listed; a person may have thousands."""


class Tab(NamedTuple):
    """One connection. `since`: UTC ms."""

    transport: str
    place: str
    since: int
    rooms: tuple[str, ...]


class Here(NamedTuple):
    """A person with their connections, the oldest first.

    `connections` counts them all, of which `tabs` are ≤ 20. `rooms` are in order.
    """

    person: Person
    since: int
    rooms: tuple[str, ...]
    tabs: tuple[Tab, ...]
    connections: int


class HerePage(NamedTuple):
    """People by name, of `total` whom the search fits."""

    people: list[Here]
    total: int


async def page(
    people: Iterable[Participant], *, room: str | None, search: str, offset: int, limit: int
) -> HerePage:
    """Return ≤ `limit` of those people behind `offset`, by name.

    `room`: only those in that room, with their connections to it.

    `search` is a part of a name, the beginning of an address or a person's id. Who has only the
    admin page open is not here. It gives the loop back now and then, so that people may come and go
    meanwhile.
    """
    fits = _fitting(search)
    found: list[Participant] = []
    everybody = list(people)
    for start in range(0, len(everybody), CHUNK):
        if start:
            await asyncio.sleep(0)
        found += [p for p in everybody[start : start + CHUNK] if _clients(p, room) and fits(p)]
    found.sort(key=lambda participant: participant.person.id)
    found.sort(key=lambda participant: participant.person.name.casefold())
    shown = (_describe(p, room) for p in found[offset : offset + limit])
    return HerePage([here for here in shown if here is not None], len(found))


def is_in(participant: Participant, room: str | None) -> bool:
    """Return whether somebody is here, or in a room, for others to see."""
    return bool(_clients(participant, room))


def _fitting(search: str) -> Callable[[Participant], bool]:
    if not search:
        return lambda participant: True
    key = names.search_key(search)

    def fits(participant: Participant) -> bool:
        person = participant.person
        if key in names.search_key(person.name) or person.id == search:
            return True
        return any(client.place.startswith(search) for client in participant.clients)

    return fits


def _clients(participant: Participant, room: str | None) -> list[Client]:
    """Return the connections that count, in no order."""
    return [
        client
        for client in participant.clients
        if not client.invisible and (room is None or room in client.rooms)
    ]


def _describe(participant: Participant, room: str | None) -> Here | None:
    """Return a person as shown; None where they left while the page was made."""
    clients = sorted(_clients(participant, room), key=lambda client: client.since)
    if not clients:
        return None
    tabs = [
        Tab(c.outlet.transport, c.place, c.since, tuple(sorted(c.rooms)) if room is None else ())
        for c in clients[:MOST_TABS]
    ]
    rooms = {name for c in clients for name in c.rooms} if room is None else {room}
    since = clients[0].since
    return Here(participant.person, since, tuple(sorted(rooms)), tuple(tabs), len(clients))
