"""Coming into a room: authorise, hold live entries back, replay, subscribe, be present.

Nothing falls between replay and live, because the subscription begins in the very turn of the loop
in which the replay is complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw

from tornchat.chat.replay import Snapshot
from tornchat.errors import TooMany
from tornchat.frames import Frame
from tornchat.protocol import MAX_PAGE, Join, Joined, encode
from tornchat.store.records import RoomRecord

if TYPE_CHECKING:
    from tornchat.chat.client import Client

DEFAULT_PAGE = 50
ORDER_OF_GRANTS = ("read", "write", "moderate", "admin")


async def join(client: Client, command: Join) -> None:
    """Bring a client into a room, or up to date in one that it is in already."""
    hub = client.hub
    client.take_join()
    record = hub.readable(client, command.room)
    allowed = hub.limits.rooms_per_connection
    if allowed and command.room not in client.rooms and len(client.rooms) >= allowed:
        raise TooMany(f"expected at most {allowed} rooms on one connection")
    hub.hold(client, command.room)
    try:
        read_seq = await _read_position(client, record)
        snapshot = await _replay(client, command, record)
    except Exception:
        hub.evict(client, command.room)
        raise
    if not client.open:
        return
    if not snapshot.more:
        hub.enter(client, command.room)
    client.send(Frame([encode(_joined(client, command, record, snapshot, read_seq))]))
    if snapshot.behind:
        client.send(Frame(snapshot.behind))


async def _replay(client: Client, command: Join, record: RoomRecord) -> Snapshot:
    """Return what the client is shown first; nothing may be awaited between this and `enter`."""
    hub = client.hub
    max_size = client.outlet.outbound_limit // 2
    if command.since is not None:
        snapshot = None
        if command.epoch == record.epoch:
            snapshot = await hub.replay.since(record, command.since, max_size=max_size)
        hub.metrics.recovered("recovered" if snapshot else "unrecoverable")
        if snapshot is not None:
            return snapshot
    limit = min(command.limit or DEFAULT_PAGE, MAX_PAGE)
    return await hub.replay.newest(record, limit, max_size=max_size)


async def _read_position(client: Client, record: RoomRecord) -> int:
    """Return how far the person has read; somebody who is new here has read nothing."""
    known = client.known
    if record.name not in known.read:
        position = 0
        if known.returning:
            position = await client.hub.history.read_position(record.name, known.person.id)
        known.read.setdefault(record.name, position)
    return known.read[record.name]


def _joined(
    client: Client, command: Join, record: RoomRecord, snapshot: Snapshot, read_seq: int
) -> Joined:
    room = client.hub.room(command.room)
    grants = client.hub.grants(client, command.room)
    return Joined(
        room=command.room,
        epoch=record.epoch,
        first=record.first,
        last=snapshot.last,
        recovered=snapshot.recovered,
        entries=[Raw(text.encode()) for text in snapshot.entries],
        more=snapshot.more,
        can=[permission for permission in ORDER_OF_GRANTS if permission in grants],
        title=record.title,
        topic=record.topic,
        count=len(room.presence),
        read_seq=read_seq,
        members=room.presence.members,
        ref=command.ref,
    )
