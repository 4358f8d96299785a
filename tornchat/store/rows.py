"""Rows of the log: their order, their checksum, and the protocol structs they stand for.

Pure: it knows neither SQLite nor peewee. The checksum covers every field of a row, so a bit that
flips on disk is noticed at the next read (SQLite itself does not notice it).
"""

import zlib
from enum import IntEnum
from typing import Any, NamedTuple

import msgspec

from tornchat.protocol import Deleted, Edited, Entry, Message, Notice, Person, Reacted

_pack = msgspec.msgpack.Encoder().encode
_counts = msgspec.json.Decoder(dict[str, int])


class Kind(IntEnum):
    """How the kinds of entries are numbered on disk; never renumber."""

    MESSAGE = 0
    EDITED = 1
    DELETED = 2
    REACTED = 3
    NOTICE = 4


STATE_KINDS = (Kind.MESSAGE, Kind.NOTICE)
"""What the view of the present state shows."""


class Row(NamedTuple):
    """One row of the `entry` table, in the order of its columns.

    On a message `edited` is the time of its last edit, `deleted` the seq of its deletion and
    `reactions` the counts as JSON; on a reaction `reactions` are the counts after it.
    """

    room_id: int
    seq: int
    kind: int
    time: int
    person_id: str | None
    person_name: str | None
    person_verified: int | None
    person_kind: str | None
    client_id: str | None
    fingerprint: bytes | None
    text: str
    message_kind: str | None
    data: bytes | None
    reply_to: int | None
    target: int | None
    emoji: str | None
    active: int | None
    edited: int | None
    deleted: int | None
    reactions: str | None
    checksum: int


def checksum(fields: tuple[Any, ...]) -> int:
    """Return the checksum over all columns but the last. Raises UnicodeEncodeError on half a
    surrogate pair, which no text of ours may hold."""
    return zlib.crc32(_pack(fields))


def seal(row: Row) -> Row:
    """Return the row with the checksum of its present fields."""
    return row._replace(checksum=checksum(row[:-1]))


def is_sound(row: tuple[Any, ...]) -> bool:
    """Say whether the row is what was once written."""
    try:
        return bool(row[-1] == zlib.crc32(_pack(row[:-1])))
    except UnicodeEncodeError:
        return False


def to_entry(room: str, row: Row) -> Entry:
    """Return the row as it goes over the wire."""
    match row.kind:
        case Kind.MESSAGE:
            return _message(room, row)
        case Kind.EDITED:
            return Edited(room, row.seq, row.target or 0, row.text, row.time)
        case Kind.DELETED:
            return Deleted(room, row.seq, row.target or 0, row.time)
        case Kind.REACTED:
            counts = _counts.decode(row.reactions or "{}")
            return Reacted(
                room, row.seq, row.target or 0, row.emoji or "", bool(row.active), person(row),
                counts, row.time,
            )  # fmt: skip
    sender = person(row) if row.person_id is not None else None
    deleted = row.deleted is not None
    return Notice(room, row.seq, row.message_kind or "", row.text, row.time, sender, deleted)


def person(row: Row) -> Person:
    """Return who wrote the row, under the name they had then."""
    return Person(
        row.person_id or "", row.person_name or "", bool(row.person_verified), row.person_kind or ""
    )


def _message(room: str, row: Row) -> Message:
    return Message(
        room=room,
        seq=row.seq,
        sender=person(row),
        text=row.text,
        time=row.time,
        client_id=row.client_id or "",
        reply_to=row.reply_to,
        kind=row.message_kind or "text",
        data=None if row.data is None else msgspec.Raw(row.data),
        edited=row.edited,
        deleted=row.deleted is not None,
        reactions=None if row.reactions is None else _counts.decode(row.reactions),
    )
