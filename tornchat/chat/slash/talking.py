"""The slash commands for everybody: to act, to take another name, to look around.

Each returns what its sender is told; refusals are ChatErrors, in words.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from tornchat.chat import introduction
from tornchat.chat.room import Room
from tornchat.chat.slash.asking import Usage, moderate
from tornchat.chat.speaking import fitting, may_speak, spoke
from tornchat.errors import Overloaded

if TYPE_CHECKING:
    from tornchat.chat.client import Client

MOST_NAMES: Final = 100


async def me(client: Client, room: Room, text: str) -> str:
    """Put an action into the log, under the rules for messages; a resend would be another one."""
    if not text:
        raise Usage
    name = room.record.name
    may_speak(client, name)
    clean = fitting(client, room, text)
    if client.hub.draining:
        raise Overloaded("the server is shutting down: send again when it is back")
    written = client.hub.write(
        name, "notice", person=client.person, text=clean, message_kind="action"
    )
    spoke(client, room)
    await written
    return ""


async def nick(client: Client, room: Room, text: str) -> str:
    """Go by another name."""
    if not text:
        raise Usage
    introduction.take_name(client, text)
    return f"You are now {client.person.name}."


async def topic(client: Client, room: Room, text: str) -> str:
    """Show the topic, or change it."""
    if not text:
        return room.record.topic or "This room has no topic."
    args = {"name": room.record.name, "topic": "" if text == '""' else text}
    await moderate(client, room, "set_room", args)
    return "The topic is changed."


async def who(client: Client, room: Room, text: str) -> str:
    """Name those who are in the room."""
    count = len(room.presence)
    names = [person.name for person in islice(room.presence, MOST_NAMES)]
    more = f" and {count - len(names)} more" if count > len(names) else ""
    return f"{count} here: {', '.join(names)}{more}"
