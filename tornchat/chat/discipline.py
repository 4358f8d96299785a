"""What those in charge do to somebody: the hub's side of kicks, bans and mutes, and their own news.

It knows whom it is about; what is left of their rights is in `sanctions`.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain
from typing import TYPE_CHECKING

from tornchat.chat import reconsider
from tornchat.chat.admins import Admins
from tornchat.chat.changes import Changes
from tornchat.chat.sanctions import is_sanction, told
from tornchat.errors import CloseCode
from tornchat.protocol import AdminEvent, Sanction
from tornchat.store import BanRecord

if TYPE_CHECKING:
    from tornchat.chat.client import Client


class Discipline(Changes):
    """The part of the hub that acts on people, on all their tabs and by whichever transport."""

    admins: Admins

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
        """Let a ban or a mute that has begun act on those it is about."""
        if is_sanction(ban):
            self._weigh(ban)
        else:
            self.expel(CloseCode.BANNED, person_id=ban.person_id, place=ban.place)
        self._tell_of(ban)

    def relieve(self, ban: BanRecord) -> None:
        """Let those know whom a ban or a mute was about: it was lifted, or is over."""
        if is_sanction(ban):
            self._weigh(ban)
        self._tell_of(ban)

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

    def _tell_of(self, ban: BanRecord) -> None:
        self.tell_admins(AdminEvent("bans", ban.room), [ban.room] if ban.room else None)

    def _weigh(self, ban: BanRecord) -> None:
        """Ask those whom a sanction is about again what they may do; tell them in any case."""
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

    def _meant(self, person_id: str | None, place: str | None) -> set[Client]:
        """Return the connections of a person and those from a place."""
        person = None if person_id is None else self.people.get(person_id)
        found = set() if person is None else set(person.clients)
        if place is not None:
            found |= {client for client in self.clients if client.place == place}
        return found
