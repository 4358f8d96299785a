"""Coming into a room: authorise, hold live entries back, replay, subscribe, be present.

Nothing falls between replay and live, because the subscription begins in the very turn of the loop
in which the replay is complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw

from tornchat.chat.reconsider import ordered
from tornchat.chat.replay import Snapshot
from tornchat.errors import NotFound, RateLimited, TooMany, Unauthorized
from tornchat.frames import Frame
from tornchat.protocol import MAX_PAGE, Join, Joined, encode
from tornchat.store.records import RoomRecord

if TYPE_CHECKING:
    from tornchat.chat.client import Client

DEFAULT_PAGE = 50


async def join(client: Client, command: Join) -> None:
    """Bring a client into a room, or up to date in one that it is in already."""
    hub, name = client.hub, command.room
    hub.limiter.join(client)
    if command.token is not None:
        await _redeem(client, name, command.token)
    await hub.ondemand.make(client.identity, name)
    record = hub.readable(client, name)
    allowed = hub.limits.rooms_per_connection
    if allowed and name not in client.rooms and len(client.rooms) >= allowed:
        raise TooMany(f"expected at most {allowed} rooms on one connection")
    hub.hold(client, name)
    try:
        if not client.invisible:
            await hub.ondemand.reopen(record)
        read_seq = await _read_position(client, record)
        snapshot = await _replay(client, command, record)
        if hub.readable(client, name) is not record:
            raise NotFound(f"no room {name!r}")  # there is another one of that name now
    except Exception:
        hub.evict(client, name)
        raise
    if not client.open:
        return
    grants = hub.grants(client, name)
    if not snapshot.more:
        hub.enter(client, name, grants)
    client.send(Frame([encode(_joined(client, command, record, snapshot, read_seq, grants))]))
    if snapshot.behind:
        client.send(Frame(snapshot.behind))


async def _redeem(client: Client, name: str, token: str) -> None:
    """Let an invite count for its person, once.

    Where it does not count, or this place has to wait, whoever may read the room all the same comes
    in without it.
    """
    hub, person_id = client.hub, client.person.id
    try:
        invite = hub.door.invite(token, name, person_id, client.place)
        await hub.keyring.use(invite, person_id, client.place)
    except (RateLimited, Unauthorized):
        if "read" not in hub.grants(client, name):
            raise
    else:
        hub.reconsider(client.known.clients)


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
    client: Client,
    command: Join,
    record: RoomRecord,
    snapshot: Snapshot,
    read_seq: int,
    grants: frozenset[str],
) -> Joined:
    room = client.hub.rooms.open(command.room)
    return Joined(
        room=command.room,
        epoch=record.epoch,
        first=record.first,
        last=snapshot.last,
        recovered=snapshot.recovered,
        entries=[Raw(text.encode()) for text in snapshot.entries],
        more=snapshot.more,
        can=ordered(grants),
        title=record.title,
        topic=record.topic,
        count=len(room.presence),
        read_seq=read_seq,
        members=room.presence.members,
        slow=record.slow_mode,
        locked=record.locked,
        join_lines=record.join_lines,
        muted=client.hub.muted(client, command.room),
        ref=command.ref,
    )
