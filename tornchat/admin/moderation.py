"""Verbs asked for from within a room, by those who moderate it: the office behind a port of chat.

It knows nothing of what was typed; chat has looked whether its asker moderates the room.
"""

from collections.abc import Mapping
from typing import Any

from tornchat.admin.actor import Actor
from tornchat.admin.office import Office
from tornchat.protocol import Person


class RoomModeration:
    """Carries out verbs for people in rooms: see `chat.ports.Moderation`."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def perform(
        self, person: Person, place: str, room: str, verb: str, args: Mapping[str, Any]
    ) -> Any:
        """Carry out a verb about that room and no other; the audit log names the person."""
        actor = Actor(f"{person.name} ({person.id})", "person", place, frozenset({room}), person.id)
        return await self._office.perform(actor, verb, args)
