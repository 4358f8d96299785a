"""The slash commands of those who moderate a room: verbs of those in charge, asked for in a line.

Each returns what its sender is told; refusals are ChatErrors, in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tornchat.access import names
from tornchat.chat.room import Room
from tornchat.chat.slash.asking import Usage, moderate, whom
from tornchat.chat.slash.parsing import (
    count,
    duration,
    for_how_long,
    is_off,
    spoken,
    take_duration,
    take_name,
)
from tornchat.errors import NotFound
from tornchat.protocol import Message

if TYPE_CHECKING:
    from tornchat.chat.client import Client

CLEARED: Final = 10
"""Messages that `/clear` takes where no number is given."""
MOST_CLEARED: Final = 100


async def kick(client: Client, room: Room, text: str) -> str:
    """Take somebody out of the room; they may come back."""
    name, reason = take_name(text)
    meant = await whom(client, room, name)
    args = {"room": room.record.name, "person": meant.id, "reason": reason}
    await moderate(client, room, "kick", args)
    return f"{meant.name} was taken out of the room."


async def ban(client: Client, room: Room, text: str) -> str:
    """Keep somebody out of the room."""
    return await _sanction(client, room, text, "ban", "banned from this room")


async def mute(client: Client, room: Room, text: str) -> str:
    """Let somebody read and not write."""
    return await _sanction(client, room, text, "mute", "muted")


async def slow(client: Client, room: Room, text: str) -> str:
    """Let everybody wait between two messages."""
    seconds = 0 if is_off(text) else duration(text) or count(text)
    if seconds is None:
        raise Usage
    await moderate(client, room, "set_room", {"name": room.record.name, "slow_mode": seconds})
    return f"Slow mode: one message every {spoken(seconds)}." if seconds else "Slow mode is off."


async def lock(client: Client, room: Room, text: str) -> str:
    """Let nobody write but moderators."""
    if text and not is_off(text):
        raise Usage
    await moderate(client, room, "set_room", {"name": room.record.name, "locked": not text})
    return "The room is open again." if text else "The room is locked: only moderators write now."


async def clear(client: Client, room: Room, text: str) -> str:
    """Delete the newest messages, or all that somebody wrote, after a pause."""
    name = room.record.name
    if is_off(text):
        if client.clearing is None:
            raise NotFound("there is nothing to call off")
        await moderate(client, room, "call_off", {"id": client.clearing})
        client.clearing = None
        return "Called off: nothing is deleted."
    number = count(text) if text else CLEARED
    if number is not None:
        seqs = await _newest(client, room, number)
        found = await moderate(client, room, "delete_messages", {"room": name, "seqs": seqs})
    else:
        meant = await whom(client, room, take_name(text)[0])
        found = await moderate(client, room, "delete_of", {"person": meant.id, "room": name})
    client.clearing = found.id
    return f"{_messages(found.count)} will be deleted in a moment. /clear off keeps them."


async def _newest(client: Client, room: Room, number: int) -> list[int]:
    """Return the seqs of the newest messages; NotFound where there is none."""
    limit = min(number, MOST_CLEARED)
    if not limit:
        raise Usage
    page = await client.hub.history.state_page(room.record.name, limit=MOST_CLEARED)
    seqs = [e.seq for e in page.entries if isinstance(e, Message) and not e.deleted]
    if not seqs:
        raise NotFound("there is nothing to delete")
    return seqs[-limit:]


async def _sanction(client: Client, room: Room, text: str, kind: str, what: str) -> str:
    name, rest = take_name(text)
    if is_off(rest):
        return await _lift(client, room, name, kind, what)
    meant = await whom(client, room, name)
    seconds, reason = take_duration(rest)
    args = {
        "room": room.record.name,
        "person": meant.id,
        "seconds": seconds,
        "reason": reason,
        "name": meant.name,
    }
    await moderate(client, room, "mute" if kind == "mute" else "add_ban", args)
    return f"{meant.name} is {what} {for_how_long(seconds)}."


async def _lift(client: Client, room: Room, name: str, kind: str, what: str) -> str:
    """Lift what was imposed in this room on somebody who went by that name then."""
    folded = names.fold(name)
    for held in client.hub.bans.sanctions:
        meant = held.person_id == name or (held.name and names.fold(held.name) == folded)
        if meant and held.kind == kind and held.room == room.record.name:
            await moderate(client, room, "remove_ban", {"id": held.id})
            return f"{held.name or held.person_id} is not {what} any more."
    raise NotFound(f"nobody called {name!r} is {what}")


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number} messages"
