"""Who asks for a verb: a value that says what the audit log shows and how far the actor reaches."""

from dataclasses import dataclass
from typing import Final, Literal

ActorKind = Literal["operator", "admin", "moderator", "key", "person"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody in charge, by whichever way in.

    `name` is what the audit log shows: "ann", "command line", "Ann (g_01…)". `place`: the address
    prefix that they ask from (`access.places`), empty for the command line. `rooms`: None reaches
    everything; else only what is about one of these rooms, and nothing else seems to exist.
    """

    name: str
    kind: ActorKind
    place: str = ""
    rooms: frozenset[str] | None = None
    person_id: str | None = None

    def reaches(self, room: str | None) -> bool:
        """Return whether what is about this room (None: the server) is for this actor."""
        return self.rooms is None or (room is not None and room in self.rooms)


OPERATOR: Final = Actor("command line", "operator")
