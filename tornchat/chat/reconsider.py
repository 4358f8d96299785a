"""What a change of policy does to those who are in a room: asked again, told, taken out.

Each function is a sequence of short steps, for `slices`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tornchat.chat.room import Room
from tornchat.frames import Frame
from tornchat.protocol import Left, RoomChange, encode

if TYPE_CHECKING:
    from tornchat.chat.client import Client
    from tornchat.chat.hub import Hub

REASONS: Final = {
    "revoked": "what let you in was taken back",
    "rotated": "the room has new invites",
    "kicked": "you were taken out of the room",
    "banned": "you were banned",
    "forbidden": "you may not read this room any more",
    "room_gone": "the room was deleted",
}
"""The codes of `left`, in words."""
ORDER_OF_GRANTS: Final = ("read", "write", "moderate", "admin")


def ask_again(hub: Hub, room: Room, clients: list[Client], code: str) -> Iterator[None]:
    """Look again at what each may do in a room; tell who may do something else now."""
    name = room.record.name
    left = _left(name, code)
    told: dict[frozenset[str], Frame] = {}
    for client in clients:
        before = room.inside.get(client)
        if before is not None:
            grants = hub.grants(client, name)
            if "read" not in grants:
                _take_out(hub, client, name, left)
            elif grants != before:
                room.inside[client] = grants
                if grants not in told:
                    told[grants] = Frame([encode(RoomChange(name, can=ordered(grants)))])
                client.send(told[grants])
        yield


def take_out(hub: Hub, room: Room, clients: list[Client], code: str) -> Iterator[None]:
    """Take people out of a room, whatever they may do there."""
    name = room.record.name
    left = _left(name, code)
    for client in clients:
        if client in room.inside:
            _take_out(hub, client, name, left)
        yield


def describe(room: Room, changed: dict[str, str]) -> Iterator[None]:
    """Tell those who are in a room by then what it is called now."""
    if changed:
        room.broadcast(
            RoomChange(
                room.record.name,
                title=changed.get("title"),
                topic=changed.get("topic"),
                access=changed.get("access"),
            )
        )
    yield


def ordered(grants: frozenset[str]) -> list[str]:
    """Return grants as `can` lists them."""
    return [grant for grant in ORDER_OF_GRANTS if grant in grants]


def _take_out(hub: Hub, client: Client, name: str, left: Frame) -> None:
    hub.evict(client, name, at_once=True)
    client.send(left)


def _left(name: str, code: str) -> Frame:
    return Frame([encode(Left(name, code, REASONS[code]))])
