"""Who was here, of 10,000 people with 40,000 visits in 1,000 rooms: the work is counted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.store.crowded import write_log
from tornchat.protocol import Person
from tornchat.store import database as connections
from tornchat.store.rooms import read_rooms
from tornchat.store.sql import raw
from tornchat.store.visits import STEP, Position, VisitRecord, _page, forget_visits, write_visits

ROOMS = 1_000
PEOPLE = 10_000
VISITS = 4 * PEOPLE
PAGE = 50
FEW = 300_000
"""Instructions of SQLite's machine: some twenty milliseconds."""
MANY = 600_000
"""For a search that has to look at everybody."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("visited") / "data"
    write_log(found, ROOMS, ROOMS)
    database = connections.writer(found / connections.NAME)
    with database.connection_context(), database.atomic():
        epochs = {record.name: record.epoch for record in read_rooms(database)}
        everything = list(_visits(epochs))
        for start in range(0, VISITS, STEP):
            write_visits(database, everything[start : start + STEP])
    return found


@pytest.fixture
def database(folder: Path) -> Iterator[Any]:
    found = connections.reader(folder / connections.NAME)
    with found.connection_context():
        yield found


def _visits(epochs: dict[str, str]) -> Iterator[VisitRecord]:
    """Everybody is in four rooms; in `room-0000` is everybody."""
    for number in range(VISITS):
        who = number % PEOPLE
        room = f"room-{0 if number < PEOPLE else (number * 7 + number // PEOPLE) % ROOMS:04d}"
        person = Person(f"g_{who:016x}", f"Guest {who}")
        yield VisitRecord(room, epochs[room], person, number, number, f"10.1.{who % 100}.1")


def instructions(database: Any, work: Callable[[], Any]) -> tuple[int, Any]:
    """Run something; return how many instructions it took (in hundreds), and its result."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 100
        return 0

    raw(database).set_progress_handler(step, 100)
    result = work()
    raw(database).set_progress_handler(None, 0)
    return count, result


@pytest.mark.parametrize(
    ("room", "search", "before", "most"),
    [
        (None, "", None, FEW),
        (None, "", Position(VISITS - 5_000, 2, "g"), FEW),
        ("room-0000", "", None, FEW // 3),
        ("room-0000", "", Position(PEOPLE - 5_000, 1, "g"), FEW // 3),
        (None, "guest 99", None, FEW),
        (None, "10.1.7.", None, MANY),
        (None, "nobody of that name", None, MANY),
        ("room-0000", "nobody of that name", None, MANY),
    ],
)
def test_page_looks_at_no_more_than_it_has_to(
    database: Any, room: str | None, search: str, before: Position | None, most: int
) -> None:
    count, page = instructions(database, lambda: _page(database, room, search, before, PAGE))
    assert count < most
    assert len(page.people) == (0 if "nobody" in search else PAGE)


def test_the_way_through_all_pages_meets_everybody_once(database: Any) -> None:
    found: list[str] = []
    before = None
    while before is not None or not found:
        page = _page(database, None, "", before, 500)
        found += [seen.person.id for seen in page.people]
        before = page.next
    assert (len(found), len(set(found))) == (PEOPLE, PEOPLE)


def test_step_of_forgetting_costs_the_same_whatever_there_is(folder: Path) -> None:
    database = connections.writer(folder / connections.NAME)
    with database.connection_context(), database.atomic() as transaction:
        count, removed = instructions(database, lambda: forget_visits(database, 20_000))
        transaction.rollback()
    assert removed == STEP
    assert count < FEW
