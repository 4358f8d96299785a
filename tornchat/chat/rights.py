"""What somebody may do in a room: the one place of the live rooms that says so.

The rules are in `access.policy`; this brings together what they go by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tornchat.access import policy
from tornchat.access.identity import Identity
from tornchat.chat.directory import NOWHERE, Directory
from tornchat.chat.door import Door
from tornchat.chat.keyring import Keyring
from tornchat.chat.room import Room
from tornchat.chat.rooms import Rooms, RoomSummary
from tornchat.errors import Forbidden, NotFound
from tornchat.store import RoomRecord

if TYPE_CHECKING:
    from tornchat.chat.client import Client


class Identified(Protocol):
    """Whoever has shown who they are: a client, or the sender of an HTTP request."""

    @property
    def identity(self) -> Identity: ...


class Rights:
    """The part of the hub that is asked before anything is done or shown."""

    directory: Directory
    rooms: Rooms
    door: Door
    keyring: Keyring

    def grants(self, who: Identified, name: str) -> frozenset[str]:
        """Return what somebody may do in a room; nothing where there is no such room.

        The one place that answers it. A room that does not exist takes the same steps.
        """
        identity = who.identity
        rules = self.directory.rules(name)
        invited = self.keyring.role_for(identity.person_id, name)
        found = policy.grants(rules or NOWHERE, identity, invited)
        return found if rules else policy.NOTHING

    def readable(self, client: Client, name: str) -> RoomRecord:
        """Return the record of a room that a client may read.

        A room that is hidden and none at all answer alike: NotFound, which counts as a guess.
        Forbidden where it is known to everybody that there is such a room.
        """
        record = self.directory.get(name)
        may_read = "read" in self.grants(client, name)
        if record is not None and may_read:
            return record
        if record is not None and record.access != "private" and record.pattern is None:
            raise Forbidden(f"not allowed to read {name!r}")
        if not self.directory.was_in(client.person.id, name):
            self.door.missed(name, client.place)
        raise NotFound(f"no room {name!r}")

    def joined_room(self, client: Client, name: str, permission: str) -> Room:
        """Return a room that the client has joined and may use so; else Forbidden."""
        allowed = self.grants(client, name)
        room = client.rooms.get(name)
        if room is None or room is not self.rooms.get(name):
            raise Forbidden(f"join {name!r} first")
        if permission not in allowed:
            raise Forbidden(f"not allowed to {permission} in {name!r}")
        return room

    def summaries(self, who: Identified | None = None) -> list[RoomSummary]:
        """List the rooms that somebody sees (None: those that everybody sees), by title."""
        grants = None if who is None else lambda name: self.grants(who, name)
        return self.rooms.summaries(self.directory.listed(grants))
