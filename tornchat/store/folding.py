"""The present state of a message: what an edit, a deletion or a reaction changes in earlier rows.

Works inside the caller's transaction; it allocates no seqs and decides about no permissions.
"""

import logging

import msgspec
from peewee import Database, fn

from tornchat.errors import NotFound, StorageUnavailable
from tornchat.store.models import LogEntry, Reaction
from tornchat.store.rows import STATE_KINDS, Kind, Row, is_sound, seal
from tornchat.store.sql import fetch
from tornchat.store.statements import COLUMNS

logger = logging.getLogger(__name__)


class Folding:
    """Reads and rewrites rows that are already in the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def message(self, room_id: int, seq: int) -> Row:
        """Return the message at `seq`. Raises NotFound where there is none."""
        row = self.row(room_id, seq)
        if row is None or row.kind != Kind.MESSAGE:
            raise NotFound(f"no message {seq} in this room")
        return row

    def line(self, room_id: int, seq: int) -> Row:
        """Return the message or notice at `seq`. Raises NotFound where there is none."""
        row = self.row(room_id, seq)
        if row is None or row.kind not in STATE_KINDS:
            raise NotFound(f"no message {seq} in this room")
        return row

    def row(self, room_id: int, seq: int) -> Row | None:
        """Return one row of the log, or None. Raises StorageUnavailable where it is damaged."""
        where = (LogEntry.room_id == room_id) & (LogEntry.seq == seq)
        found = self._rows(where)
        return found[0] if found else None

    def edits(self, room_id: int, target: int) -> list[Row]:
        """Return the edits of one message, oldest first."""
        # target IS NOT NULL lets SQLite use the partial index.
        return self._rows(
            (LogEntry.room_id == room_id)
            & (LogEntry.target == target)
            & LogEntry.target.is_null(False)
            & (LogEntry.kind == Kind.EDITED)
        )

    def rewrite(self, row: Row) -> Row:
        """Store the row anew with its checksum, and return it."""
        row = seal(row)
        values = dict(zip(COLUMNS[2:], row[2:], strict=True))
        query = LogEntry.update(values).where(
            (LogEntry.room_id == row.room_id) & (LogEntry.seq == row.seq)
        )
        query.execute(self._database)
        return row

    def react(self, message: Row, emoji: str, person_id: str, on: bool) -> str | None:
        """Set or take back one person's emoji and return the counts as JSON, None for none."""
        mine = (message.room_id, message.seq, emoji, person_id)
        fields = (Reaction.room_id, Reaction.target, Reaction.emoji, Reaction.person_id)
        if on:
            insert = Reaction.insert_many([mine], fields=fields).on_conflict_ignore()
            insert.execute(self._database)
        else:
            is_mine = [field == value for field, value in zip(fields, mine, strict=True)]
            Reaction.delete().where(*is_mine).execute(self._database)
        return self._counts(message)

    def forget_reactions(self, message: Row) -> None:
        """Remove who reacted to a message."""
        Reaction.delete().where(*_on(message)).execute(self._database)

    def _counts(self, message: Row) -> str | None:
        query = (
            Reaction.select(Reaction.emoji, fn.COUNT(Reaction.person_id))
            .where(*_on(message))
            .group_by(Reaction.emoji)
        )
        counts = dict(fetch(self._database, query))
        return msgspec.json.encode(counts).decode() if counts else None

    def _rows(self, where: object) -> list[Row]:
        query = LogEntry.select(*COLUMNS).where(where).order_by(LogEntry.seq)
        rows = [Row._make(found) for found in fetch(self._database, query)]
        for row in rows:
            if not is_sound(row):
                logger.error("damaged row: room id %d seq %d", row.room_id, row.seq)
                raise StorageUnavailable(f"entry {row.seq} is damaged on disk")
        return rows


def _on(message: Row) -> tuple[object, ...]:
    return Reaction.room_id == message.room_id, Reaction.target == message.seq
