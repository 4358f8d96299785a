"""Rooms as rows: made once, read as records, given new epochs by a restore."""

import secrets
from collections.abc import Iterable

from peewee import Database

from tornchat.store.models import Room
from tornchat.store.records import RoomRecord, RoomSpec
from tornchat.store.sql import fetch


def create_rooms(database: Database, specs: Iterable[RoomSpec], time: int) -> None:
    """Create the rooms that do not exist yet, with an empty log each. `time` is UTC ms."""
    rows = [
        {**spec._asdict(), "epoch": new_epoch(), "first": 1, "next_seq": 1}
        | {"created": time, "last_time": time}
        for spec in specs
    ]
    if rows:
        Room.insert_many(rows).on_conflict_ignore().execute(database)


def read_rooms(database: Database) -> list[RoomRecord]:
    """Return all rooms by name."""
    return [_record(room) for room in Room.select().order_by(Room.name).execute(database)]


def renew_epochs(database: Database) -> None:
    """Give every room a new epoch: its seqs may be used again with other content."""
    for (room_id,) in fetch(database, Room.select(Room.id)):
        Room.update(epoch=new_epoch()).where(Room.id == room_id).execute(database)


def new_epoch() -> str:
    """Return an epoch that no room ever had."""
    return secrets.token_urlsafe(9)


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
    )
