"""What a client may ask for, one function per command.

Each function checks, acts and answers; what takes time comes back as an awaitable. Writes end at
`Hub.publish`: their answer leaves with the committed entry, from the room.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec

from tornchat.chat.history import history
from tornchat.chat.introduction import hello, name, refresh
from tornchat.chat.joining import join
from tornchat.chat.slash import slash
from tornchat.chat.writing import delete, send
from tornchat.errors import Forbidden, Unauthorized
from tornchat.protocol import (
    AnyCommand,
    Delete,
    Hello,
    History,
    Join,
    Leave,
    Name,
    Ok,
    Ping,
    Pong,
    Read,
    Refresh,
    Send,
    Signal,
    Signalled,
    Slash,
    Typing,
    Unread,
    decode_data,
)

if TYPE_CHECKING:
    from tornchat.chat.client import Client

Handler = Callable[["Client", Any], Awaitable[None] | None]


def handle(client: Client, command: AnyCommand) -> Awaitable[None] | None:
    """Carry out a command; raises ChatError where it is refused.

    Whatever has no limit of its own counts here, a refusal too.
    """
    kind = type(command)
    if kind not in _LIMITED or client.participant is None:
        client.hub.limiter.command(client)
    if client.participant is None and kind is not Hello:
        raise Unauthorized("expected hello as the first frame")
    try:
        return _HANDLERS[kind](client, command)
    except Forbidden:
        if kind in _LIMITED:
            client.hub.limiter.command(client)
        raise


def leave(client: Client, command: Leave) -> None:
    client.hub.leave(client, command.room)
    client.tell(Ok(ref=command.ref))


def signal(client: Client, command: Signal) -> None:
    """Pass something of the moment to the others in the room."""
    room = client.hub.joined_room(client, command.room, "write")
    decode_data(command.data)
    client.hub.limiter.message(client, command.room)
    event = Signalled(room=command.room, sender=client.person, kind=command.kind, data=command.data)
    room.broadcast(event, without=(client,))
    client.tell(Ok(ref=command.ref))


def typing(client: Client, command: Typing) -> None:
    room = client.hub.joined_room(client, command.room, "write")
    if not client.invisible:
        room.typing(client.person, command.on)
    if command.ref is not None:
        client.tell(Ok(ref=command.ref))


def read(client: Client, command: Read) -> None:
    """Move the person's read position forward, and tell their other clients."""
    room = client.hub.joined_room(client, command.room, "read")
    participant = client.known
    last = room.record.last
    seq = min(command.seq, last)
    if seq > participant.read.get(command.room, 0):
        participant.read[command.room] = seq
        client.hub.journal.mark_read(command.room, participant.person.id, seq)
        for other in participant.clients - {client}:
            if command.room in other.rooms:
                other.tell(Unread(room=command.room, count=last - seq))
    client.tell(Ok(ref=command.ref))


def ping(client: Client, command: Ping) -> None:
    client.tell(Pong(ref=command.ref))


_LIMITED = frozenset({Join, Send, Delete, Signal, Name})
"""Commands that ask the limiter themselves, once they are known to be allowed."""
_HANDLERS: dict[type[msgspec.Struct], Handler] = {
    Hello: hello,
    Join: join,
    Leave: leave,
    Send: send,
    Delete: delete,
    Signal: signal,
    History: history,
    Typing: typing,
    Read: read,
    Name: name,
    Refresh: refresh,
    Slash: slash,
    Ping: ping,
}
