"""Small helpers for the store's tests: a store with a few rooms, and drafts."""

import asyncio
import contextlib
import hashlib
import queue
import sqlite3
from collections.abc import Callable, Coroutine
from itertools import count as counter
from pathlib import Path
from typing import Any, TypeVar

from tornchat.errors import ChatError
from tornchat.protocol import Person
from tornchat.store import Draft, Group, Outcome, Page, Store, tokens
from tornchat.store.database import NAME
from tornchat.store.migrations import MIGRATIONS
from tornchat.store.rows import Kind, checksum
from tornchat.store.visits import VisitRecord

T = TypeVar("T")

ANN = Person("p-ann", "Ann")
BOB = Person("p-bob", "Bob", verified=True, kind="member")
ROOMS = ("lobby", "tea", "garden")
_numbers = counter(1)


def draft(text: str = "hello", *, kind: Any = "message", **fields: Any) -> Draft:
    """A draft by Ann in the lobby with a fresh client_id, unless told otherwise."""
    fields = {
        "room": "lobby",
        "person": ANN,
        "client_id": f"c{next(_numbers)}",
        "fingerprint": fingerprint(kind, text, fields.get("target")),
        **fields,
    }
    return Draft(kind=kind, text=text, **fields)


def fingerprint(*parts: Any) -> bytes:
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()


class Chat:
    """A started store and the groups that it reported."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.store = Store.open(folder, **options)
        self.store.ensure_rooms((name,) for name in ROOMS)
        self.groups: queue.SimpleQueue[Group] = queue.SimpleQueue()
        self.journal = self.store.journal
        self.journal.start(self.groups.put)

    def group(self, timeout: float = 20) -> Group:
        return self.groups.get(timeout=timeout)

    def send(self, draft: Draft) -> Outcome:
        """Publish one draft and wait for its outcome."""
        self.journal.publish(draft)
        while True:
            for outcome in self.group().outcomes:
                if outcome.draft is draft:
                    return outcome

    def write(self, text: str = "hello", **fields: Any) -> int:
        """Publish one draft that must succeed; return its seq."""
        outcome = self.send(draft(text, **fields))
        assert outcome.error is None, outcome.error
        return outcome.seq

    def fill(self, number: int, room: str = "lobby", text: str = "line {}") -> None:
        """Publish many messages and wait until all are stored."""
        for start in range(0, number, 1000):
            size = min(1000, number - start)
            for index in range(start, start + size):
                self.journal.publish(draft(text.format(index), room=room))
            done = 0
            while done < size:
                group = self.group()
                assert not [o.error for o in group.outcomes if o.error]
                done += len(group.outcomes)

    def read(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)

    def log(self, room: str = "lobby", after: int = 0, limit: int = 10_000) -> Page:
        return self.read(self.store.history.log_page(room, after=after, limit=limit))

    def state(self, room: str = "lobby", limit: int = 100, **where: int) -> Page:
        return self.read(self.store.history.state_page(room, limit=limit, **where))

    def seqs(self, room: str = "lobby") -> list[int]:
        return [entry.seq for entry in self.log(room).entries]

    def close(self) -> None:
        self.store.close()


def error_of(outcome: Outcome) -> type[ChatError] | None:
    return None if outcome.error is None else type(outcome.error)


def do(chat: Chat, work: Callable[..., T], *args: Any, **fields: Any) -> T:
    """Run `work(database, …)` in a transaction of the journal."""
    return chat.journal.call(lambda database: work(database, *args, **fields)).result(20)


def count(chat: Chat, table: str, where: str = "1") -> int:
    """Return how many rows of a table there are."""
    text = f"SELECT count(*) FROM {table} WHERE {where}"
    return chat.journal.call(lambda db: db.execute_sql(text).fetchone()[0]).result(20)


def invite(chat: Chat, text: str = "tc_1", room: str = "lobby", **fields: Any) -> int:
    """Store an invite with the digest of this text; return its id."""
    fields = {"kind": "invite", "label": "", "role": "write", "created": 1, **fields}
    return do(chat, tokens.insert_token, digest=digest(text), room=room, **fields)


def visit(
    chat: Chat, person: Person = ANN, room: str = "lobby", last: int = 10, **fields: Any
) -> VisitRecord:
    """A visit of a person to a room as it is now."""
    epoch = next(found.epoch for found in chat.store.rooms() if found.name == room)
    fields = {"first": last, "place": "192.0.2.1", "epoch": epoch, **fields}
    return VisitRecord(room=room, person=person, last=last, **fields)


def make_version_1(folder: Path, entries: int = 5) -> None:
    """Make a data folder as the first release left it, with rows in all of its tables."""
    folder.mkdir(mode=0o700)
    with contextlib.closing(sqlite3.connect(folder / NAME, isolation_level=None)) as database:
        for statement in (*MIGRATIONS[0], "PRAGMA user_version = 1", "BEGIN"):
            database.execute(statement)
        for room_id, name in ((3, "lobby"), (8, "tea")):
            room = (room_id, name, f"The {name}", "topic", "private", 0, f"epoch-{name}")
            bounds = (1, entries + 1, 11, 12, 13, None)
            database.execute(f"INSERT INTO room VALUES ({_marks(13)})", room + bounds)
            for seq in range(1, entries + 1):
                fields = (room_id, seq, Kind.MESSAGE, 12, "p-ann", "Ann", 0, "guest", f"old{seq}")
                texts = (b"f" * 16, f"text {seq}", "text", *(None,) * 8)
                row = (*fields, *texts, checksum((*fields, *texts)))
                database.execute(f"INSERT INTO entry VALUES ({_marks(21)})", row)
        database.execute("INSERT INTO reaction VALUES (3, 1, 'x', 'p-bob')")
        database.execute("INSERT INTO read_position VALUES (3, 'p-bob', 4)")
        database.execute("COMMIT")
    (folder / NAME).chmod(0o600)


def _marks(number: int) -> str:
    return ", ".join("?" * number)


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
