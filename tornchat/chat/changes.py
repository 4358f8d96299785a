"""What an operator changes while people are connected: the hub's side of `ports.Live`.

It knows what has to reach whom; `reconsider` does it, in slices.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, cast

from tornchat.chat import attendance, reconsider
from tornchat.chat.admins import Admins
from tornchat.chat.pace import Pace
from tornchat.chat.people import People
from tornchat.chat.replay import Replay
from tornchat.chat.rights import Rights
from tornchat.chat.sanctions import is_sanction, told
from tornchat.chat.slices import in_slices
from tornchat.errors import CloseCode
from tornchat.protocol import AdminEvent, Sanction
from tornchat.store import BanRecord, RoomRecord

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
    admins: Admins
    pace: Pace

    def __init__(self, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._call_soon = call_soon

    def records(self) -> list[RoomRecord]:
        """Return all rooms, archived ones too."""
        return list(self.directory)

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

    def kick(self, person_id: str, room: str, reason: str = "") -> bool:
        """Take a person out of a room, with all their clients; coming back is not forbidden.

        Returns False where they are not in it.
        """
        person, found = self.people.get(person_id), self.rooms.get(room)
        clients = [c for c in person.clients if room in c.rooms] if person and found else []
        if found is not None and clients:
            left = reconsider.left(room, "kicked", reason)
            self._run(reconsider.take_out(self._hub, found, clients, left))
        return bool(clients)

    def enforce(self, ban: BanRecord) -> None:
        """Let a ban or a mute act on those it is about: it has begun, was lifted, or is over."""
        if not is_sanction(ban):
            self.expel(CloseCode.BANNED, person_id=ban.person_id, place=ban.place)
            return
        clients = self._meant(ban.person_id, ban.place)
        rooms = self.rooms.all() if ban.room is None else [self.rooms.get(ban.room)]
        self._run(
            chain.from_iterable(
                reconsider.ask_again(
                    self._hub,
                    room,
                    [client for client in clients if client in room.inside],
                    reconsider.left(room.record.name, "banned", ban.reason, ban.expires),
                    tell=True,
                )
                for room in rooms
                if room is not None
            )
        )

    def muted(self, client: Client, name: str) -> Sanction | None:
        """Return what somebody is told who is muted in a room."""
        mute = self.mute(client, name)
        return None if mute is None else told(mute)

    def expel(
        self, code: CloseCode, *, person_id: str | None = None, place: str | None = None
    ) -> None:
        """End the connections of a person, or those from a place."""
        self.end_all(self._meant(person_id, place), code)

    def expel_session(self, session: str) -> None:
        """End the connections of a browser that has signed out; `session`: its digest, hex."""
        self.end_all(self.admins.of_session(session), CloseCode.TOKEN_EXPIRED)

    @property
    def watched(self) -> bool:
        """Whether anybody has the admin page open."""
        return bool(self.admins)

    def tell_admins(self, event: AdminEvent, rooms: Collection[str] | None = None) -> None:
        """Tell those who have the admin page open.

        `rooms`: what it is about, for those who may moderate one of them too; None: the server,
        for those who are in charge of all of it.
        """
        self.admins.tell(event, rooms)

    def end_all(self, clients: Iterable[Client], code: CloseCode) -> None:
        """Say goodbye to many."""

        def steps() -> Iterator[None]:
            for client in clients:
                client.end(code)
                yield

        self._run(steps())

    def _meant(self, person_id: str | None, place: str | None) -> set[Client]:
        """Return the connections of a person and those from a place."""
        person = None if person_id is None else self.people.get(person_id)
        found = set() if person is None else set(person.clients)
        if place is not None:
            found |= {client for client in self.clients if client.place == place}
        return found

    def _run(self, steps: Iterator[None]) -> None:
        in_slices(steps, self._call_soon)

    @property
    def _hub(self) -> Hub:
        return cast("Hub", self)
