"""The verbs about somebody who is in a room now.

They know nothing of who asks but how far they reach; the Office has looked at that first.
"""

from dataclasses import dataclass

from tornchat.admin import arguments
from tornchat.admin.actor import Actor
from tornchat.admin.lookup import known, sanctionable
from tornchat.admin.verbs import verb
from tornchat.chat.ports import Live
from tornchat.errors import NotFound


@dataclass(frozen=True, slots=True)
class Kicked:
    """Who was taken out of which room."""

    person: str
    name: str | None
    room: str

    @property
    def whom(self) -> str:
        """The person, for the audit log."""
        return f"{self.name} ({self.person})" if self.name else self.person


class PeopleVerbs:
    """What is done to people at once; what lasts is in `bans`."""

    def __init__(self, *, live: Live) -> None:
        self._live = live

    @verb(room="room", moderators=True, subject=lambda kicked, _: kicked.whom)
    async def kick(self, room: str, person: str, *, reason: str = "", actor: Actor) -> Kicked:
        """Take a person out of a room, with all their tabs; they may come back.

        Raises NotFound where they are not in it.
        """
        known(self._live, room)
        sanctionable(self._live, person, room, actor)
        name = self._live.name_of(person)
        if not self._live.kick(
            person, room, arguments.line("reason", reason, arguments.MAX_REASON)
        ):
            raise NotFound(f"{person} is not in {room!r}")
        return Kicked(person, name, room)
