"""Rooms as rows: made, read as records, changed, rotated, archived, deleted.

Every function that writes runs inside a transaction of the journal.
"""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final

from peewee import Database

from tornchat.errors import Conflict, NotFound
from tornchat.store.bans import forget_bans_of
from tornchat.store.models import Room, Token
from tornchat.store.records import RoomRecord, RoomSpec
from tornchat.store.sql import fetch, fetch_one
from tornchat.store.tokens import revoke_invites

SETTINGS: Final = frozenset(
    (
        "title", "topic", "access", "guests", "history_age", "history_messages", "sites",
        "slow_mode", "locked", "join_lines", "words", "origins",
    )
)  # fmt: skip
"""What `update_room` changes."""
_SEPARATORS: Final = {"sites": " ", "origins": " ", "words": "\n"}


def create_rooms(database: Database, specs: Iterable[RoomSpec], time: int) -> None:
    """Create the rooms that do not exist yet, with an empty log each. `time` is UTC ms."""
    known = {name for (name,) in fetch(database, Room.select(Room.name))}
    rows = [_row(spec, time) for spec in specs if spec.name not in known]
    if rows:
        Room.insert_many(rows).execute(database)


def create_room(database: Database, spec: RoomSpec, time: int) -> RoomRecord:
    """Create a room and return it. Raises Conflict where there is one of that name."""
    if fetch_one(database, Room.select(Room.id).where(Room.name == spec.name)) is not None:
        raise Conflict(f"there is a room {spec.name!r} already")
    Room.insert(_row(spec, time)).execute(database)
    return read_room(database, spec.name)


def read_rooms(database: Database) -> list[RoomRecord]:
    """Return all rooms by name, archived ones too."""
    query = Room.select().where(~Room.removed).order_by(Room.name)
    return [_record(room) for room in query.execute(database)]


def read_room(database: Database, name: str) -> RoomRecord:
    """Return a room as it stands. Raises NotFound."""
    for room in Room.select().where(Room.name == name).execute(database):
        return _record(room)
    raise NotFound(f"no room {name!r}")


def update_room(
    database: Database, name: str, version: int | None = None, **settings: Any
) -> RoomRecord:
    """Change some of a room's `SETTINGS` and return it, as its next version. Raises NotFound.

    `version`: the one that the change was made to; Conflict where the room has another by now.
    """
    if unknown := settings.keys() - SETTINGS:
        raise TypeError(f"no settings of a room: {sorted(unknown)}")
    if version is not None:
        _check_version(read_room(database, name), version)
    if settings:
        return _change(database, name, **_joined(settings), version=Room.version + 1)
    return read_room(database, name)


def archive_room(database: Database, name: str, time: int | None) -> RoomRecord:
    """Put a room away (`time`, UTC ms) or take it back (None), and return it. Raises NotFound."""
    return _change(database, name, archived=time)


def rotate_room(database: Database, name: str, time: int) -> list[int]:
    """Void what opened the room until now: its invites, with all whom they let in.

    Site tokens issued before `time` (UTC ms) are void by `rotated`. Returns the ids of the invites
    that were valid. Raises NotFound.
    """
    _change(database, name, rotated=time)
    return revoke_invites(database, name, time)


def delete_room(database: Database, name: str, time: int) -> None:
    """Take a room away: its name is free at once, its tokens and bans are void. Raises NotFound.

    What it leaves behind, the log above all, is removed by `sweeping.sweep` in small steps, now or
    after the next start. A new room of this name has another epoch and begins at seq 1.
    """
    found = fetch_one(database, Room.select(Room.id).where(Room.name == name))
    if found is None:
        raise NotFound(f"no room {name!r}")
    # No name of a room holds a space.
    gone = f"removed {found[0]}"
    Room.update(name=gone, removed=True).where(Room.id == found[0]).execute(database)
    active = (Token.room == name) & Token.revoked.is_null()
    Token.update(revoked=time).where(active).execute(database)
    Token.update(room=gone).where(Token.room == name).execute(database)
    forget_bans_of(database, name)


def renew_epochs(database: Database) -> None:
    """Give every room a new epoch: its seqs may be used again with other content."""
    for (room_id,) in fetch(database, Room.select(Room.id)):
        Room.update(epoch=new_epoch()).where(Room.id == room_id).execute(database)


def new_epoch() -> str:
    """Return an epoch that no room ever had."""
    return secrets.token_urlsafe(9)


def _check_version(room: RoomRecord, version: int) -> None:
    if room.version != version:
        raise Conflict(
            f"the settings of {room.name!r} have changed meanwhile: "
            f"this is version {room.version} of them, the change was made to {version}"
        )


def _change(database: Database, name: str, **values: Any) -> RoomRecord:
    Room.update(**values).where(Room.name == name).execute(database)
    return read_room(database, name)


def _row(spec: RoomSpec, time: int) -> dict[str, Any]:
    values = _joined(spec._asdict())
    made = {"epoch": new_epoch(), "first": 1, "next_seq": 1, "created": time, "last_time": time}
    new = {"rotated": 0, "archived": None, "removed": False, "version": 1}
    return values | made | new


def _joined(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as the row has them: lists in one text."""
    lists = {name: settings[name] for name in _SEPARATORS if name in settings}
    return {**settings, **{name: _SEPARATORS[name].join(found) for name, found in lists.items()}}


def _record(room: Room) -> RoomRecord:
    return RoomRecord(
        name=room.name,
        title=room.title,
        topic=room.topic,
        access=room.access,
        guests=bool(room.guests),
        epoch=room.epoch,
        first=room.first,
        last=room.next_seq - 1,
        created=room.created,
        last_time=room.last_time,
        history_age=room.history_age,
        history_messages=room.history_messages,
        sites=tuple(room.sites.split()),
        rotated=room.rotated,
        archived=room.archived,
        pattern=room.pattern,
        slow_mode=room.slow_mode,
        locked=bool(room.locked),
        join_lines=bool(room.join_lines),
        words=tuple(room.words.split("\n")) if room.words else (),
        version=room.version,
        origins=tuple(room.origins.split()),
    )
