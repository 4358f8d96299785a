"""What an operator changes while people are connected: the hub's side of `ports.Live`.

It knows what has to reach whom; `reconsider` does it, in slices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, cast

from tornchat.chat import attendance, reconsider
from tornchat.chat.pace import Pace
from tornchat.chat.people import People
from tornchat.chat.replay import Replay
from tornchat.chat.rights import Rights
from tornchat.chat.slices import in_slices
from tornchat.errors import CloseCode
from tornchat.store import RoomRecord

if TYPE_CHECKING:
    from tornchat.chat.client import Client
    from tornchat.chat.hub import Hub


class Changes(Rights):
    """The part of the hub through which changes of policy come in.

    What counts from now on counts at once: every command asks `Hub.grants`. Those who are in a room
    hear of it within the same turn, or, where they are thousands, in slices of the next ones.
    """

    replay: Replay
    people: People
    clients: set[Client]
    pace: Pace

    def __init__(self, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._call_soon = call_soon

    def records(self) -> list[RoomRecord]:
        """Return all rooms, archived ones too."""
        return list(self.directory)

    def origins(self) -> frozenset[str]:
        """Return every origin whose pages may show one of the rooms."""
        return self.directory.origins

    def record(self, name: str) -> RoomRecord | None:
        """Return what is known of a room, live or not."""
        return self.directory.get(name)

    def present(self, name: str) -> int:
        """Return how many people are in a room."""
        return self.rooms.count(name)

    def waiting(self, name: str) -> bool:
        """Return whether people are in a room and nobody who moderates it."""
        return self.rooms.waiting(name)

    async def here(
        self, room: str | None, *, search: str, offset: int, limit: int
    ) -> attendance.HerePage:
        """Return who is here, or in a room, ≤ `limit` behind `offset`, by name."""
        return await attendance.page(
            self.people, room=room, search=search, offset=offset, limit=limit
        )

    def is_here(self, person_id: str, room: str | None) -> bool:
        """Return whether somebody is here, or in a room."""
        person = self.people.get(person_id)
        return person is not None and attendance.is_in(person, room)

    def name_of(self, person_id: str) -> str | None:
        """Return the name that somebody who is connected goes by."""
        found = self.people.get(person_id)
        return None if found is None else found.person.name

    def moderates(self, person_id: str, room: str) -> bool:
        """Return whether somebody who is connected may moderate a room."""
        found = self.people.get(person_id)
        return found is not None and any("moderate" in self.grants(c, room) for c in found.clients)

    def add_room(self, record: RoomRecord) -> None:
        """Take in a room that was made."""
        self.directory.add(record)

    def change_room(self, record: RoomRecord) -> None:
        """Take over a room's settings from a record of their own; ask everybody in it again."""
        rules = self.directory.rules(record.name)
        changed = self.directory.change(record)
        room = self.rooms.get(record.name)
        if room is not None and rules is not None:
            rotated = rules.rotated != record.rotated / 1000
            left = reconsider.left(record.name, "rotated" if rotated else "forbidden")
            asked = reconsider.ask_again(self._hub, room, list(room.inside), left)
            self._run(chain(asked, reconsider.describe(room, changed)))

    def remove_room(self, name: str) -> None:
        """Forget a room; everybody in it gets `left room_gone`."""
        room = self.rooms.remove(name)
        members = list(room.inside) if room is not None else []
        record = self.directory.remove(name, {client.person.id for client in members})
        self.bans.forget_room(name)
        self.pace.forget(name)
        if record is not None:
            self.replay.forget(record)
        if room is not None:
            left = reconsider.left(name, "room_gone")
            self._run(reconsider.take_out(self._hub, room, members, left))

    def apply(self, name: str | None, code: str = "forbidden") -> None:
        """Ask everybody in a room (None: in all of them) again what they may do there.

        Who may not read any more gets `left` with the code, who may do something else `room {can}`.
        """
        room = None if name is None else self.rooms.get(name)
        rooms = self.rooms.all() if name is None else [room] if room else []
        self._run(
            chain.from_iterable(
                reconsider.ask_again(
                    self._hub, room, list(room.inside), reconsider.left(room.record.name, code)
                )
                for room in rooms
            )
        )

    def reconsider(self, clients: Iterable[Client]) -> None:
        """Ask some clients again, in all their rooms: they have shown something new."""
        self._run(
            chain.from_iterable(
                reconsider.ask_again(
                    self._hub, room, [client], reconsider.left(room.record.name, "forbidden")
                )
                for client in list(clients)
                for room in list(client.rooms.values())
            )
        )

    def end_all(self, clients: Iterable[Client], code: CloseCode) -> None:
        """Say goodbye to many."""

        def steps() -> Iterator[None]:
            for client in clients:
                client.end(code)
                yield

        self._run(steps())

    def _run(self, steps: Iterator[None]) -> None:
        in_slices(steps, self._call_soon)

    @property
    def _hub(self) -> Hub:
        return cast("Hub", self)
