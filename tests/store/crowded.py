"""A large log, written straight into the database: 100,000 messages take some seconds."""

import random
from collections.abc import Iterator
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from typing import Any

from tornchat.store import Store
from tornchat.store import database as connections
from tornchat.store.indexing import index_step, merge_step
from tornchat.store.models import LogEntry
from tornchat.store.rows import Kind, Row, seal
from tornchat.store.sql import raw

START = 1_700_000_000_000
VOCABULARY = 20_000
PEOPLE = 500
WORDS = 12


def write_log(folder: Path, messages: int, rooms: int) -> None:
    """Make a data folder with so many rooms, `room-0000` the first, that share the messages.

    Words are as frequent as in a language: `word(0)` is in most messages, `word(19_999)` in few.
    """
    Store.open(folder).close()
    database = connections.writer(folder / connections.NAME)
    with database.connection_context(), database.atomic():
        _write_rooms(database, messages, rooms)
        marks = ", ".join("?" * len(LogEntry._meta.sorted_fields))
        rows = _rows(messages, rooms)
        raw(database).executemany(f"INSERT INTO entry VALUES ({marks})", rows)


def word(rank: int) -> str:
    """The word of that rank: 3 to 9 letters, the more frequent ones being shorter."""
    letters = blake2b(str(rank).encode()).digest()
    return "".join(chr(97 + byte % 26) for byte in letters[: 3 + min(6, rank.bit_length() // 2)])


def index_log(folder: Path) -> None:
    """Take the whole log into the search index, as an idle writer does."""
    database = connections.writer(folder / connections.NAME)
    with database.connection_context():
        working = True
        while working:
            with database.atomic():
                working = index_step(database)
            with database.atomic():
                working = merge_step(database) or working


def _write_rooms(database: Any, messages: int, rooms: int) -> None:
    names = [f"room-{number:04d}" for number in range(rooms)]
    for number, name in enumerate(names):
        last = messages // rooms + (number < messages % rooms)
        values = (number + 1, name, f"Room {number}", f"epoch-{number}", last + 1, START, START)
        database.execute_sql(
            """INSERT INTO room (id, name, title, topic, access, guests, epoch, first, next_seq,
            created, last_time, sites, rotated, removed)
            VALUES (?, ?, ?, '', 'public', 1, ?, 1, ?, ?, ?, '', 0, 0)""",
            values,
        )


def _rows(messages: int, rooms: int) -> Iterator[Row]:
    dice = random.Random(4)
    weights = list(accumulate(1 / (rank + 1) for rank in range(VOCABULARY)))
    vocabulary = [word(rank) for rank in range(VOCABULARY)]
    for number in range(messages):
        person = f"g_{number % PEOPLE:016x}"
        text = " ".join(dice.choices(vocabulary, cum_weights=weights, k=WORDS))
        yield _row(number, rooms, person, text)


def _row(number: int, rooms: int, person: str, text: str) -> Row:
    fields = (number % rooms + 1, number // rooms + 1, Kind.MESSAGE, START + number * 60_000)
    who = (person, f"Guest {person[-3:]}", 0, "guest", f"c{number}", b"f" * 12)
    return seal(Row(*fields, *who, text, "text", *(None,) * 8, 0))
