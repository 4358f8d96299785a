"""Search at 40,000 messages in 400 rooms: the work is counted, not timed."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.store.crowded import index_log, word, write_log
from tornchat.store import database as connections
from tornchat.store.indexing import _BEHIND, _NEXT, remove_message
from tornchat.store.matching import expression
from tornchat.store.search import matches
from tornchat.store.sql import fetch, raw, run

MESSAGES = 40_000
ROOMS = 400
FEW = 5_000
"""Instructions of SQLite's machine: less than a hundred for each row that is shown."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("crowded") / "data"
    write_log(found, MESSAGES, ROOMS)
    index_log(found)
    return found


@pytest.fixture
def database(folder: Path) -> Iterator[Any]:
    found = connections.reader(folder / connections.NAME)
    with found.connection_context():
        yield found


def instructions(database: Any, query: Any) -> tuple[int, list[Any]]:
    """Run a query; return how many instructions it took (in tens), and its rows."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 10
        return 0

    raw(database).set_progress_handler(step, 10)
    rows = run(database, query).fetchall() if isinstance(query, str) else fetch(database, query)
    raw(database).set_progress_handler(None, 0)
    return count, rows


def plan(database: Any, text: str, values: Any = ()) -> list[str]:
    return [row[3] for row in run(database, f"EXPLAIN QUERY PLAN {text}", values).fetchall()]


def query(words: str, rooms: list[int] | None = None, person: str | None = None) -> Any:
    return matches(expression(words, rooms, person), None, 51)


@pytest.mark.parametrize(
    ("words", "rooms", "person", "found"),
    [
        (word(0), None, None, 51),
        (f"{word(0)} {word(1)}", None, None, 51),
        (word(0)[:2], None, None, 51),
        (word(500)[:4], None, None, 51),
        (word(0), [7], None, 51),
        (word(0), [1, 200, 400], None, 51),
        (word(0), None, "g_0000000000000007", 51),
        (f"{word(19_998)} {word(19_999)}", None, None, 0),
        ("missing", None, None, 0),
    ],
)
def test_search_looks_at_no_more_rows_than_it_shows(
    database: Any, words: str, rooms: list[int] | None, person: str | None, found: int
) -> None:
    count, rows = instructions(database, query(words, rooms, person))
    assert len(rows) == found
    assert count < FEW
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)


def test_count_would_tell_of_a_search_without_the_index(database: Any) -> None:
    text = "SELECT seq FROM entry WHERE text LIKE '%missing%'"
    assert instructions(database, text)[0] > 10 * FEW


def test_search_begins_with_the_index_and_sorts_nothing(database: Any) -> None:
    text, values = query(word(0)).sql()
    first, *others = plan(database, text, values)
    assert re.match(r"SCAN t\d VIRTUAL TABLE INDEX \d+:M", first)
    assert [line.partition(" USING ")[2] for line in others] == [
        "INTEGER PRIMARY KEY (rowid=?)",
        "INTEGER PRIMARY KEY (rowid=?)",
        "PRIMARY KEY (room_id=? AND seq=?)",
    ]


def test_whether_anything_is_new_is_found_without_the_log(database: Any) -> None:
    count, rows = instructions(database, _BEHIND)
    assert (rows, count < 30 * ROOMS) == ([(0,)], True)
    assert [line for line in plan(database, _BEHIND) if "entry" in line] == []


def test_next_step_goes_by_keys_and_sorts_nothing(database: Any) -> None:
    lines = plan(database, _NEXT)
    assert [line for line in lines if line.startswith("SCAN")] == ["SCAN room"]
    assert [line for line in lines if "TEMP B-TREE" in line] == []
    assert instructions(database, _NEXT)[0] < 30 * ROOMS


def test_deletion_in_a_large_index_writes_a_few_pages(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(folder, copy)
    database = connections.writer(copy / connections.NAME)
    with database.connection_context():
        run(database, "PRAGMA wal_checkpoint(TRUNCATE)")
        with database.atomic():
            assert remove_message(database, 200, 50) is not None
        pages = (copy / f"{connections.NAME}-wal").stat().st_size // 4096
        assert 0 < pages <= 16
