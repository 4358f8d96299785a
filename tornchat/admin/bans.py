"""The verbs about bans and mutes.

They know nothing of who asks but how far they reach; the Office has looked at that first.
"""

from collections.abc import Mapping
from typing import Any, Final

from tornchat.admin import arguments, described
from tornchat.admin.actor import Actor
from tornchat.admin.described import BanInfo
from tornchat.admin.lookup import Clock, known, milliseconds, sanctionable
from tornchat.admin.verbs import verb
from tornchat.chat.bans import Bans
from tornchat.chat.ports import Live
from tornchat.errors import BadRequest

KINDS: Final = ("ban", "mute")
MAX_NAME: Final = 100


def _whom(ban: BanInfo, _: Mapping[str, Any]) -> str:
    """Return whom a ban is about, for the audit log."""
    if ban.person is None:
        return ban.place or ""
    return f"{ban.name} ({ban.person})" if ban.name else ban.person


class BanVerbs:
    """Bans and mutes: made, listed, lifted."""

    def __init__(self, bans: Bans, *, live: Live, clock: Clock) -> None:
        self._bans = bans
        self._live = live
        self._clock = clock

    @verb(reads=True, room="room", moderators=True)
    async def bans(self, room: str | None = None) -> list[BanInfo]:
        """List the bans and mutes that last, of one room or of all and the server, newest first."""
        if room is not None:
            known(self._live, room)
        return [described.ban(ban) for ban in self._bans.bans() if room in (None, ban.room)]

    @verb(room="room", moderators=True, subject=_whom)
    async def add_ban(
        self,
        *,
        kind: str = "ban",
        room: str | None = None,
        place: str | None = None,
        person: str | None = None,
        seconds: float | None = None,
        reason: str = "",
        name: str | None = None,
        actor: Actor,
    ) -> BanInfo:
        """Ban or mute a person, a place or both, for so many seconds or until it is lifted.

        `room` None: everywhere, where connections of those who are banned end with 4505. `place`:
        an IPv4 address, or an IPv6 address, which stands for its /64; in a room it counts for
        guests only. `name`: the person's, to be found by later; else the one they go by now. In a
        room it takes the place of an earlier one of the same kind and the same people.
        """
        if place is None and person is None:
            raise BadRequest("expected a person, a place, or both")
        if room is not None:
            known(self._live, room)
        if person is not None:
            sanctionable(self._live, person, room, actor)
        ban = await self._bans.add(
            kind=arguments.choice("kind", kind, KINDS),
            room=room,
            place=None if place is None else arguments.place(place),
            person_id=person,
            expires=arguments.until("seconds", seconds, milliseconds(self._clock)),
            reason=arguments.line("reason", reason, arguments.MAX_REASON),
            name=self._name(person, name),
            author=actor.name,
        )
        return described.ban(ban)

    @verb(room="room", moderators=True, subject=_whom)
    async def mute(
        self,
        person: str,
        *,
        room: str | None = None,
        seconds: float | None = None,
        reason: str = "",
        name: str | None = None,
        actor: Actor,
    ) -> BanInfo:
        """Let a person read and not write, in a room or (None) everywhere; see `add_ban`."""
        return await self.add_ban(
            kind="mute",
            room=room,
            person=person,
            seconds=seconds,
            reason=reason,
            name=name,
            actor=actor,
        )

    def _room_of(self, args: Mapping[str, Any]) -> str | None:
        found = self._bans.get(args["id"]) if type(args["id"]) is int else None
        return None if found is None else found.room

    @verb(room=_room_of, moderators=True, subject=_whom)
    async def remove_ban(self, id: int) -> BanInfo:
        """Lift a ban or a mute. Raises NotFound."""
        return described.ban(await self._bans.remove(arguments.number("id", id, 1)))

    def _name(self, person: str | None, name: str | None) -> str | None:
        if name is not None:
            return arguments.line("name", name, MAX_NAME)
        return None if person is None else self._live.name_of(person)
