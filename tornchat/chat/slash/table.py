"""The slash commands there are, who may use them, and the way from a frame to a reply.

It knows nothing of what a command does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from tornchat.chat.room import Room
from tornchat.chat.slash import moderating, talking
from tornchat.chat.slash.asking import Usage
from tornchat.chat.slash.parsing import split
from tornchat.errors import BadRequest, ChatError, Forbidden
from tornchat.protocol import Reply, Slash, SlashHelp

if TYPE_CHECKING:
    from tornchat.chat.client import Client


class Kind(NamedTuple):
    """One command. `permission`: what one has to be allowed, "" for what it sees to itself."""

    name: str
    permission: str
    usage: str
    about: str
    run: Callable[[Client, Room, str], Awaitable[str | list[SlashHelp]]]


async def slash(client: Client, command: Slash) -> None:
    """Carry out what was typed, and answer it to the sender alone.

    What may be tried again comes back as `error`, as for every command; all else that is wrong is
    a reply that is not `ok`.
    """
    room = client.hub.joined_room(client, command.room, "read")
    reply = Reply(room=command.room, text="", ref=command.ref)
    try:
        answer = await _carry_out(client, room, command.text.strip())
    except ChatError as error:
        if error.retryable:
            raise
        client.hub.metrics.rejected(error.code)
        reply.text, reply.ok = error.message, False
    else:
        reply.text = answer if isinstance(answer, str) else "\n".join(map(_line, answer))
        reply.commands = None if isinstance(answer, str) else answer
    client.tell(reply)


async def _carry_out(client: Client, room: Room, text: str) -> str | list[SlashHelp]:
    if text.startswith("//"):
        raise BadRequest('to write a text that begins with "/", send it as a message')
    if not text.startswith("/") or len(text) > client.hub.limits.text_length:
        raise BadRequest("expected a command such as /help")
    name, rest = split(text)
    kind = _KINDS.get(name)
    if kind is None:
        raise BadRequest(f"there is no command /{name[:32]}; /help lists those there are")
    if not _may(client, room, kind):
        raise Forbidden(f"/{name} is not for you here")
    try:
        return await kind.run(client, room, rest)
    except Usage as error:
        raise BadRequest(f"{kind.usage}: {kind.about}") from error


async def _help(client: Client, room: Room, text: str) -> list[SlashHelp]:
    """List the commands that somebody may use in a room."""
    return [SlashHelp(k.name, k.usage, k.about) for k in KINDS if _may(client, room, k)]


def _line(command: SlashHelp) -> str:
    return f"{command.usage}: {command.about}"


def _may(client: Client, room: Room, kind: Kind) -> bool:
    if kind.permission == "guest":
        return not client.identity.verified
    return not kind.permission or kind.permission in client.hub.grants(client, room.record.name)


_MODERATE: Final = "moderate"
KINDS: Final = (
    Kind("me", "", "/me TEXT", "say what you do, as in * Ann waves", talking.me),
    Kind("nick", "guest", "/nick NAME", "go by another name", talking.nick),
    Kind("topic", "", "/topic [TEXT]", "show the topic; moderators change it", talking.topic),
    Kind("who", "", "/who", "name those who are here", talking.who),
    Kind(
        "kick", _MODERATE, "/kick NAME [REASON]",
        'take somebody out, who may come back; names with spaces in "quotes"', moderating.kick,
    ),
    Kind(
        "ban", _MODERATE, "/ban NAME [10m] [REASON]",
        "keep somebody out; /ban NAME off lets them in again", moderating.ban,
    ),
    Kind(
        "mute", _MODERATE, "/mute NAME [10m] [REASON]",
        "let somebody read and not write; /mute NAME off", moderating.mute,
    ),
    Kind(
        "slow", _MODERATE, "/slow 30s",
        "let everybody wait that long after each message; /slow off", moderating.slow,
    ),
    Kind("lock", _MODERATE, "/lock", "let only moderators write; /lock off", moderating.lock),
    Kind(
        "clear", _MODERATE, "/clear [N|NAME]",
        "delete the newest N messages (10), or all of somebody; /clear off", moderating.clear,
    ),
    Kind("help", "", "/help", "list what you can do here", _help),
)  # fmt: skip
_KINDS: Final = {kind.name: kind for kind in KINDS}
