"""Writes a group of drafts into the log, inside the transaction that the journal holds.

Here seqs are allocated, resends recognised, and edits, deletions and reactions folded into the
messages they are about. It knows nothing of threads, commits or faults.
"""

from collections.abc import Sequence
from typing import Any

from peewee import Database

from tornchat.errors import BadRequest, ChatError, Conflict, Forbidden, NotFound
from tornchat.protocol import MAX_SAFE_INTEGER, Entry
from tornchat.store import indexing
from tornchat.store.folding import Folding
from tornchat.store.records import Draft, Group, Outcome, Written
from tornchat.store.rows import Kind, Row, checksum, to_entry
from tornchat.store.statements import Statements, WriteKey

_KINDS = {
    "message": Kind.MESSAGE,
    "edited": Kind.EDITED,
    "deleted": Kind.DELETED,
    "reacted": Kind.REACTED,
    "notice": Kind.NOTICE,
}


class _Room:
    """A room while a group is written: where its log ends now."""

    __slots__ = ("entries", "id", "name", "next_seq")

    def __init__(self, name: str, room_id: int, next_seq: int) -> None:
        self.name = name
        self.id = room_id
        self.next_seq = next_seq
        self.entries: list[Entry] = []


class Ledger:
    """The rules of the log over one connection; one instance per connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._statements = Statements(database)

    def write(self, drafts: Sequence[Draft], time: int) -> Group:
        """Write the drafts in order and return what became of each.

        `time` is UTC ms, the same for the whole group. A draft that is refused leaves no trace and
        no hole in the seqs. Nothing is stored until the caller commits.
        """
        return _Writing(self._database, self._statements, time).run(drafts)

    def mark_read(self, positions: Sequence[tuple[str, str, int]]) -> None:
        """Store read positions (room, person id, seq); unknown rooms are passed over."""
        names = list({room for room, _, _ in positions})
        ids = {name: room_id for name, room_id, _ in self._statements.rooms(names)}
        self._statements.mark_read([(ids[r], p, s) for r, p, s in positions if r in ids])


class _Writing:
    """One group being written."""

    def __init__(self, database: Database, statements: Statements, time: int) -> None:
        self._database = database
        self._statements = statements
        self._folding = Folding(database)
        self._time = time
        self._rooms: dict[str, _Room] = {}
        self._known: dict[WriteKey, Written] = {}
        self._pending: list[Row] = []
        self._group = Group()

    def run(self, drafts: Sequence[Draft]) -> Group:
        self._find_rooms(drafts)
        self._find_known(drafts)
        outcomes = self._group.outcomes
        for draft in drafts:
            try:
                outcomes.append(self._take(draft))
            except ChatError as error:
                outcomes.append(Outcome(draft, 0, 0, error))
        self._flush()
        for room in self._rooms.values():
            if room.entries:
                self._statements.advance(room.id, room.next_seq, self._time)
                self._group.entries[room.name] = room.entries
                self._group.room_ids[room.name] = room.id
        return self._group

    def _find_rooms(self, drafts: Sequence[Draft]) -> None:
        names = list({draft.room for draft in drafts})
        for found in self._statements.rooms(names):
            self._rooms[found[0]] = _Room(*found)

    def _find_known(self, drafts: Sequence[Draft]) -> None:
        keys = [key for draft in drafts if (key := self._key(draft)) is not None]
        for room_id, person, client_id, seq, time, fingerprint in self._statements.writes(keys):
            self._known[room_id, person, client_id] = Written(seq, time, fingerprint)

    def _key(self, draft: Draft) -> WriteKey | None:
        room = self._rooms.get(draft.room)
        if room is None or draft.person is None or draft.client_id is None:
            return None
        return room.id, draft.person.id, draft.client_id

    def _take(self, draft: Draft) -> Outcome:
        room = self._rooms.get(draft.room)
        if room is None:
            raise NotFound(f"no room {draft.room!r}")
        key = self._key(draft)
        if key is not None and (known := self._known.get(key)) is not None:
            return _again(draft, known)
        if draft.kind in ("message", "notice"):
            outcome = self._append(room, draft)
        else:
            outcome = self._change(room, draft)
        if key is not None:
            self._known[key] = Written(outcome.seq, outcome.time, draft.fingerprint)
        return outcome

    def _append(self, room: _Room, draft: Draft, reactions: str | None = None) -> Outcome:
        row = _row(room, draft, self._time, reactions)
        self._pending.append(row)
        room.next_seq += 1
        room.entries.append(to_entry(room.name, row))
        return Outcome(draft, row.seq, row.time)

    def _change(self, room: _Room, draft: Draft) -> Outcome:
        """Append an entry that is about an earlier message, and fold it into that message."""
        if draft.target is None:
            raise BadRequest(f"{draft.kind}: expected a target")
        self._flush()
        if draft.kind == "deleted":
            return self._delete(room, draft, self._folding.line(room.id, draft.target))
        target = self._folding.message(room.id, draft.target)
        if target.deleted is not None:
            raise NotFound(f"message {target.seq} was deleted")
        if draft.kind == "edited":
            return self._edit(room, draft, target)
        return self._react(room, draft, target)

    def _edit(self, room: _Room, draft: Draft, target: Row) -> Outcome:
        if not _is_own(draft, target):
            raise Forbidden("only the sender may edit a message")
        outcome = self._append(room, draft)
        search_id = indexing.remove_message(self._database, room.id, target.seq)
        self._fold(room, target._replace(text=draft.text, edited=self._time))
        if search_id is not None:
            indexing.put_message(self._database, search_id, room.id, target.seq)
        return outcome

    def _delete(self, room: _Room, draft: Draft, target: Row) -> Outcome:
        if not (_is_own(draft, target) or draft.moderator):
            raise Forbidden("only the sender or a moderator may delete a message")
        if target.deleted is not None:
            deletion = self._folding.row(room.id, target.deleted)
            time = deletion.time if deletion else self._time
            return Outcome(draft, target.deleted, time, duplicate=True)
        edits = self._folding.edits(room.id, target.seq)
        outcome = self._append(room, draft)
        indexing.remove_message(self._database, room.id, target.seq)
        for edit in edits:
            self._fold(room, edit._replace(text=""))
        blank = target._replace(text="", data=None, reactions=None, deleted=outcome.seq)
        self._fold(room, blank)
        self._folding.forget_reactions(target)
        return outcome

    def _react(self, room: _Room, draft: Draft, target: Row) -> Outcome:
        if draft.person is None or not draft.emoji:
            raise BadRequest("reacted: expected a person and an emoji")
        counts = self._folding.react(target, draft.emoji, draft.person.id, draft.on)
        outcome = self._append(room, draft, counts)
        self._fold(room, target._replace(reactions=counts))
        return outcome

    def _fold(self, room: _Room, row: Row) -> None:
        changed = self._group.changed.setdefault(room.name, [])
        changed.append(to_entry(room.name, self._folding.rewrite(row)))

    def _flush(self) -> None:
        self._statements.insert(self._pending)
        self._pending.clear()


def _again(draft: Draft, known: Written) -> Outcome:
    if known.fingerprint != draft.fingerprint:
        raise Conflict(f"client_id {draft.client_id!r} was used for something else before")
    return Outcome(draft, known.seq, known.time, duplicate=True)


def _is_own(draft: Draft, target: Row) -> bool:
    return draft.person is not None and draft.person.id == target.person_id


def _row(room: _Room, draft: Draft, time: int, reactions: str | None) -> Row:
    """Make the row of a new entry. Raises BadRequest for what cannot be stored."""
    person = draft.person
    if person is None and draft.kind not in ("notice", "deleted"):
        raise BadRequest(f"{draft.kind}: expected a person")
    if max(draft.reply_to or 0, draft.target or 0) > MAX_SAFE_INTEGER:
        raise BadRequest("expected seqs below 2^53")
    fields: tuple[Any, ...] = (
        room.id,
        room.next_seq,
        _KINDS[draft.kind],
        time,
        person and person.id,
        person and person.name,
        person and int(person.verified),
        person and person.kind,
        draft.client_id,
        draft.fingerprint,
        "" if draft.kind == "deleted" else draft.text,
        draft.message_kind if draft.kind in ("message", "notice") else None,
        draft.data,
        draft.reply_to,
        draft.target,
        draft.emoji,
        int(draft.on) if draft.kind == "reacted" else None,
        None,
        None,
        reactions,
    )
    try:
        return Row._make((*fields, checksum(fields)))
    except UnicodeEncodeError:
        raise BadRequest("expected text without lone surrogates") from None
