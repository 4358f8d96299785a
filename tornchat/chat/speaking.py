"""What has to hold before somebody is heard in a room, be it by a message or by "/me".

It knows nothing of what becomes of the text then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornchat.access import text
from tornchat.errors import Forbidden

if TYPE_CHECKING:
    from tornchat.chat.client import Client
    from tornchat.chat.room import Room


def may_speak(client: Client, name: str) -> Room:
    """Return a room in which a client may say something now; this counts as a message.

    Raises Forbidden, and RateLimited, which slow mode does before anything is counted.
    """
    hub = client.hub
    room = hub.joined_room(client, name, "write")
    if room.record.slow_mode and _paced(client, room):
        hub.pace.check(name, client.person.id, room.record.slow_mode)
    hub.limiter.message(client, name)
    return room


def fitting(client: Client, room: Room, raw: str) -> str:
    """Return a text as it is stored. Raises Forbidden for a word that the room does not want."""
    clean = text.clean(raw, client.hub.limits.text_length)
    words = client.hub.directory.words(room.record.name)
    found = None if words is None else words.find(clean)
    if found is not None:
        raise Forbidden(f"{found!r} is not welcome here")
    return clean


def spoke(client: Client, room: Room) -> None:
    """Let slow mode begin for somebody whose text is on its way to the log."""
    if room.record.slow_mode and _paced(client, room):
        client.hub.pace.note(room.record.name, client.person.id)


def _paced(client: Client, room: Room) -> bool:
    return "moderate" not in client.hub.grants(client, room.record.name)
