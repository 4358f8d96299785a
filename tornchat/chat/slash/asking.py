"""What several slash commands ask: whom is meant, and may this be done.

It knows no command by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tornchat.access import names
from tornchat.chat.room import Room
from tornchat.errors import BadRequest, Forbidden, NotFound
from tornchat.protocol import Message, Notice

if TYPE_CHECKING:
    from tornchat.chat.client import Client

RECENT: Final = 100
"""Entries in which somebody is looked for who has left."""


class Usage(BadRequest):
    """What was typed does not fit the command: its usage is the answer."""

    def __init__(self) -> None:
        super().__init__("expected something else behind this command")


class Meant(NamedTuple):
    """The person whom a name stands for."""

    id: str
    name: str


async def whom(client: Client, room: Room, name: str) -> Meant:
    """Return who is meant by a name or a person's id: somebody here, else who wrote lately."""
    if not name:
        raise Usage
    folded = names.fold(name)
    here = room.presence.named(folded) or _by_id(room, name)
    if here is not None:
        return Meant(here.id, here.name)
    page = await client.hub.history.state_page(room.record.name, limit=RECENT)
    for entry in reversed(page.entries):
        sender = entry.sender if isinstance(entry, Message | Notice) else None
        if sender is not None and (sender.id == name or names.fold(sender.name) == folded):
            return Meant(sender.id, sender.name)
    raise NotFound(f"nobody here is called {name!r}")


async def moderate(client: Client, room: Room, verb: str, args: Mapping[str, Any]) -> Any:
    """Let somebody who moderates the room carry out a verb of those in charge."""
    hub, name = client.hub, room.record.name
    if "moderate" not in hub.grants(client, name) or hub.moderation is None:
        raise Forbidden("only moderators of this room may do that")
    return await hub.moderation.perform(client.person, client.place, name, verb, args)


def _by_id(room: Room, person_id: str) -> Meant | None:
    found = (person for person in room.presence if person.id == person_id)
    person = next(found, None)
    return None if person is None else Meant(person.id, person.name)
