"""What somebody may do in a room: the one place of the live rooms that says so.

The rules are in `access.policy`; this brings together what they go by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornchat.access import policy
from tornchat.chat.bans import Bans
from tornchat.chat.directory import NOWHERE, Directory, put_away
from tornchat.chat.door import Door
from tornchat.chat.keyring import Keyring
from tornchat.chat.room import Room
from tornchat.chat.rooms import Rooms, RoomSummary
from tornchat.chat.sanctions import BannedHere, Subject, in_words
from tornchat.errors import Forbidden, NotFound
from tornchat.store import BanRecord, RoomRecord

if TYPE_CHECKING:
    from tornchat.chat.client import Client


class Rights:
    """The part of the hub that is asked before anything is done or shown."""

    directory: Directory
    rooms: Rooms
    door: Door
    keyring: Keyring
    bans: Bans

    def grants(self, who: Subject, name: str) -> frozenset[str]:
        """Return what somebody may do in a room; nothing where there is no such room.

        The one place that answers it. A room that does not exist takes the same steps.
        """
        granted = self._granted(who, name)
        sanctions = self.bans.sanctions
        return sanctions.limit(granted, who, name) if sanctions.held else granted

    def mute(self, who: Subject, name: str) -> BanRecord | None:
        """Return the mute that keeps somebody silent in a room."""
        sanctions = self.bans.sanctions
        return sanctions.mute(self._granted(who, name), who, name) if sanctions.held else None

    def readable(self, client: Client, name: str) -> RoomRecord:
        """Return the record of a room that a client may read.

        A room that is hidden and none at all answer alike: NotFound, which counts as a guess.
        Forbidden where it is known to everybody that there is such a room, BannedHere to those who
        could read it if they were not banned.
        """
        record = self.directory.get(name)
        may_read = "read" in self.grants(client, name)
        if record is not None and may_read:
            return record
        self._refuse_banned(client, name)
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
            raise self._refusal(client, room.record, permission)
        return room

    def summaries(self, who: Subject | None = None) -> list[RoomSummary]:
        """List the rooms that somebody sees (None: those that everybody sees), by title."""
        grants = None if who is None else lambda name: self.grants(who, name)
        return self.rooms.summaries(self.directory.listed(grants))

    def _granted(self, who: Subject, name: str) -> frozenset[str]:
        """Return what somebody may do by the rules alone."""
        identity = who.identity
        rules = self.directory.rules(name)
        invited = self.keyring.role_for(identity.person_id, name)
        found = policy.grants(rules or NOWHERE, identity, invited)
        return found if rules else policy.NOTHING

    def _refuse_banned(self, client: Client, name: str) -> None:
        granted = self._granted(client, name)
        ban = self.bans.sanctions.ban(granted, client, name)
        if ban is not None and "read" in granted:
            self.bans.count(ban)
            raise BannedHere(ban)

    def _refusal(self, client: Client, record: RoomRecord, permission: str) -> Forbidden:
        mute = self.mute(client, record.name) if permission == "write" else None
        if mute is not None:
            self.bans.count(mute)
            return Forbidden(in_words("you are muted", mute))
        if permission == "write" and (record.locked or put_away(record)):
            state = "locked" if record.locked else "archived"
            return Forbidden(f"{record.name!r} is {state}: only moderators write now")
        return Forbidden(f"not allowed to {permission} in {record.name!r}")
