"""Commands that change the log: checked here, committed by the journal, answered by the room.

The order of the checks matters: a command that was carried out before gets its first answer again,
whatever the person may do now.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

from tornchat.chat.speaking import fitting, may_speak, spoke
from tornchat.errors import ChatError, Conflict, Forbidden, RateLimited
from tornchat.protocol import Ack, Correlation, Delete, Send, decode_data, encode, error_event
from tornchat.store.records import Draft, Outcome

if TYPE_CHECKING:
    from tornchat.chat.client import Client
    from tornchat.chat.room import Room

_canonical = msgspec.json.Encoder()


def send(client: Client, command: Send) -> Awaitable[None] | None:
    """Put a message into the log."""

    def draft(room: Room, common: dict[str, Any]) -> Draft:
        clean, data = _content(client, room, command)
        return Draft(
            kind="message",
            text=clean,
            message_kind=command.kind,
            data=data,
            reply_to=command.reply_to,
            **common,
        )

    received = (command.text, command.reply_to, command.kind, bytes(command.data))
    return _write(client, command, _fingerprint("message", *received), draft)


def delete(client: Client, command: Delete) -> Awaitable[None] | None:
    """Blank a message of one's own, or as a moderator one of somebody else."""

    def draft(room: Room, common: dict[str, Any]) -> Draft:
        moderator = "moderate" in client.hub.grants(client, command.room)
        return Draft(kind="deleted", target=command.target, moderator=moderator, **common)

    return _write(client, command, _fingerprint("deleted", command.target), draft)


def answer(outcome: Outcome, ref: str | None) -> str:
    """Return what a sender is told of a write, encoded."""
    draft = outcome.draft
    client_id = draft.client_id or ""
    if outcome.error is not None:
        return encode(error_event(outcome.error, Correlation(ref, client_id)))
    return encode(Ack(draft.room, client_id, outcome.seq, outcome.time, ref=ref))


def _write(
    client: Client,
    command: Send | Delete,
    fingerprint: bytes,
    draft: Callable[[Room, dict[str, Any]], Draft],
) -> Awaitable[None] | None:
    """Publish what `draft` makes of the fields that all writes have, if it is allowed now."""
    hub = client.hub
    try:
        allowed = may_speak if type(command) is Send else _may_write
        room = allowed(client, command.room)
    except Forbidden as refusal:
        hub.limiter.command(client)
        return _answer_again(client, command, fingerprint, refusal)
    except RateLimited as refusal:
        return _answer_again(client, command, fingerprint, refusal)
    common = {
        "room": command.room,
        "person": client.person,
        "client_id": command.client_id,
        "fingerprint": fingerprint,
        "origin": (client, command.ref),
        "received": hub.clock(),
    }
    hub.publish(draft(room, common))
    if type(command) is Send:
        spoke(client, room)
    return None


async def _answer_again(
    client: Client, command: Send | Delete, fingerprint: bytes, refusal: ChatError
) -> None:
    """Repeat the answer to a command that was carried out before; else refuse this one."""
    if "read" not in client.hub.grants(client, command.room):
        raise refusal
    written = await client.hub.history.find_write(command.room, client.person.id, command.client_id)
    if written is None:
        raise refusal
    if written.fingerprint != fingerprint:
        raise Conflict(f"client_id {command.client_id!r} was used for something else")
    client.tell(Ack(command.room, command.client_id, written.seq, written.time, ref=command.ref))


def _may_write(client: Client, name: str) -> Room:
    room = client.hub.joined_room(client, name, "write")
    client.hub.limiter.message(client, name)
    return room


def _content(client: Client, room: Room, command: Send) -> tuple[str, bytes | None]:
    """Return the text and data as they are stored; a message needs at least one of the two."""
    data = None
    if command.data and bytes(command.data) != b"null":
        data = _canonical.encode(decode_data(command.data))
    if command.kind != "text" and data is not None and not command.text:
        return "", data
    return fitting(client, room, command.text), data


def _fingerprint(*parts: object) -> bytes:
    return blake2b(_canonical.encode(parts), digest_size=12).digest()
