"""What a change of policy does to those who are in a room: asked again, told, taken out.

Each function is a sequence of short steps, for `slices`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from tornchat.chat.room import Room
from tornchat.frames import Frame
from tornchat.protocol import Left, RoomChange, Sanction, encode

if TYPE_CHECKING:
    from tornchat.chat.client import Client
    from tornchat.chat.hub import Hub

REASONS: Final = {
    "revoked": "what let you in was taken back",
    "rotated": "the room has new invites",
    "kicked": "a moderator took you out of the room",
    "banned": "you are banned from this room",
    "forbidden": "you may not read this room any more",
    "room_gone": "the room was deleted",
}
"""The codes of `left`, in words."""
ORDER_OF_GRANTS: Final = ("read", "write", "moderate", "admin")


def ask_again(
    hub: Hub, room: Room, clients: list[Client], left: Left, *, tell: bool = False
) -> Iterator[None]:
    """Look again at what each may do in a room; tell who may do something else now.

    Who may not read any more is told `left`. With `tell` the others hear in any case: a mute may
    be another one although they may do the same.
    """
    name = room.record.name
    out = Frame([encode(left)])
    told: dict[tuple[frozenset[str], Sanction | None], Frame] = {}
    for client in clients:
        before = room.inside.get(client)
        if before is not None:
            grants = hub.grants(client, name)
            if "read" not in grants:
                _take_out(hub, client, name, out)
            elif tell or grants != before:
                room.inside[client] = grants
                now = grants, hub.muted(client, name)
                if now not in told:
                    told[now] = Frame([encode(RoomChange(name, can=ordered(grants), muted=now[1]))])
                client.send(told[now])
        yield


def take_out(hub: Hub, room: Room, clients: list[Client], left: Left) -> Iterator[None]:
    """Take people out of a room, whatever they may do there."""
    out = Frame([encode(left)])
    for client in clients:
        if client in room.inside:
            _take_out(hub, client, room.record.name, out)
        yield


def describe(room: Room, changed: dict[str, Any]) -> Iterator[None]:
    """Tell those who are in a room by then what it is called now, and how one talks there."""
    if changed:
        fields = {"slow" if name == "slow_mode" else name: v for name, v in changed.items()}
        room.broadcast(RoomChange(room.record.name, **fields))
    yield


def left(name: str, code: str, reason: str = "", until: int | None = None) -> Left:
    """Say that somebody has to leave a room, and why; `reason`: what those in charge gave."""
    words = f"{REASONS[code]}: {reason}" if reason else REASONS[code]
    return Left(name, code, words, until)


def ordered(grants: frozenset[str]) -> list[str]:
    """Return grants as `can` lists them."""
    return [grant for grant in ORDER_OF_GRANTS if grant in grants]


def _take_out(hub: Hub, client: Client, name: str, left: Frame) -> None:
    hub.evict(client, name, at_once=True)
    client.send(left)
