from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

import pytest

from tests.store.kit import ANN, BOB, Chat, count, do, visit
from tornchat.errors import NotFound
from tornchat.protocol import Person
from tornchat.store import Retention, Store, backup, prune, restore, visits
from tornchat.store.records import RoomSpec
from tornchat.store.retention import SEEN_AGE
from tornchat.store.rooms import create_room, delete_room
from tornchat.store.visits import STEP, SeenRecord, SeenRecords, forget_visits, write_visits

CAT = Person("p-cat", "Cät Ward")


def person(number: int) -> Person:
    return Person(f"p-{number}", f"Guest {number}")


def store(chat: Chat, *found: visits.VisitRecord) -> None:
    do(chat, write_visits, found)


def seen(chat: Chat, room: str | None = None, **options: object) -> SeenRecords:
    return chat.read(chat.store.visits.page(room, **options))


def names(people: Iterable[SeenRecord]) -> list[str]:
    return [record.person.name for record in people]


def all_pages(chat: Chat, room: str | None = None, **options: object) -> list[list[str]]:
    pages, before = [], None
    while not pages or before is not None:
        found = seen(chat, room, before=before, **options)
        pages.append(names(found.people))
        before = found.next
    return pages


def test_people_of_a_room_come_the_last_one_first(chat: Chat) -> None:
    store(chat, visit(chat, ANN, last=10), visit(chat, BOB, last=20), visit(chat, CAT, "tea"))
    assert seen(chat, "lobby") == SeenRecords(
        [
            SeenRecord(BOB, "192.0.2.1", 20, 20, "lobby", 1),
            SeenRecord(ANN, "192.0.2.1", 10, 10, "lobby", 1),
        ],
        None,
    )


def test_later_visit_keeps_the_first_time_and_takes_name_and_place(chat: Chat) -> None:
    store(chat, visit(chat, ANN, first=5, last=10))
    store(chat, visit(chat, Person("p-ann", "Anna"), last=30, place="198.51.100.7"))
    assert seen(chat, "lobby").people == [
        SeenRecord(Person("p-ann", "Anna"), "198.51.100.7", 5, 30, "lobby", 1)
    ]


def test_earlier_visit_changes_nothing(chat: Chat) -> None:
    store(chat, visit(chat, ANN, last=10))
    store(chat, visit(chat, Person("p-ann", "Anna"), last=9, place="198.51.100.7"))
    assert seen(chat, "lobby").people == [SeenRecord(ANN, "192.0.2.1", 10, 10, "lobby", 1)]


def test_everybody_comes_once_with_the_room_they_were_in_last(chat: Chat) -> None:
    store(
        chat,
        visit(chat, ANN, "lobby", 10, place="a"),
        visit(chat, ANN, "tea", 30, place="b"),
        visit(chat, ANN, "garden", 30, place="c"),  # left together with the tea
        visit(chat, BOB, "lobby", 20),
    )
    assert [(r.person.id, r.room, r.rooms, r.place) for r in seen(chat).people] == [
        ("p-ann", "garden", 3, "c"), ("p-bob", "lobby", 1, "192.0.2.1"),
    ]  # fmt: skip


@pytest.mark.parametrize("room", [None, "lobby"])
def test_pages_follow_one_another_without_gap_or_repetition(chat: Chat, room: str | None) -> None:
    people = [person(number) for number in range(25)]
    store(chat, *(visit(chat, p, last=10 + number // 3) for number, p in enumerate(people)))
    store(chat, *(visit(chat, p, "garden", last=9) for p in people))
    pages = all_pages(chat, room, limit=10)
    assert [len(page) for page in pages] == [10, 10, 5]
    expected = sorted(((10 + n // 3, p.id, p.name) for n, p in enumerate(people)), reverse=True)
    assert list(chain(*pages)) == [name for _, _, name in expected]


def test_full_last_page_has_no_next(chat: Chat) -> None:
    store(chat, *(visit(chat, person(number)) for number in range(10)))
    assert [len(page) for page in all_pages(chat, limit=5)] == [5, 5]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("cat", ["Cät Ward"]), ("CÄT", ["Cät Ward"]), ("war", ["Cät Ward"]), ("p-bob", ["Bob"]),
        ("p-bo", []), ("2001:db8", ["Bob"]), ("db8", []), ("%", []), ("_", []), ("'", []),
        ("n", ["Ann"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("room", [None, "lobby"])
def test_people_are_found_by_name_id_and_place(
    chat: Chat, room: str | None, search: str, found: list[str]
) -> None:
    store(chat, visit(chat, ANN), visit(chat, BOB, place="2001:db8::/64"), visit(chat, CAT))
    assert names(seen(chat, room, search=search).people) == found


def test_search_goes_on_where_one_page_has_looked_enough(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "SCANNED", 4)
    store(chat, *(visit(chat, person(n), last=100 - n) for n in range(10)))
    store(chat, visit(chat, CAT, last=95))
    assert all_pages(chat, search="cat") == [[], ["Cät Ward"], []]
    guests = all_pages(chat, search="guest", limit=3)
    assert list(chain(*guests)) == [f"Guest {n}" for n in range(10)]


def test_room_that_does_not_exist_is_not_found(chat: Chat) -> None:
    with pytest.raises(NotFound):
        seen(chat, "cellar")


def test_visits_to_a_deleted_room_are_gone_at_once(chat: Chat) -> None:
    store(chat, visit(chat, ANN, "tea", 30), visit(chat, ANN, "lobby", 10), visit(chat, BOB, "tea"))
    do(chat, delete_room, "tea", 40)
    assert [(r.person.id, r.room, r.rooms) for r in seen(chat).people] == [("p-ann", "lobby", 1)]
    with pytest.raises(NotFound):
        seen(chat, "tea")


def test_visit_to_a_room_that_is_gone_is_not_one_to_its_namesake(chat: Chat) -> None:
    late = visit(chat, ANN, "tea")
    do(chat, delete_room, "tea", 40)
    do(chat, create_room, RoomSpec("tea"), 41)
    store(chat, late, visit(chat, BOB, "lobby"))
    assert names(seen(chat, "tea").people) == []
    assert names(seen(chat).people) == ["Bob"]


def test_visits_are_forgotten_step_by_step(chat: Chat) -> None:
    for start in (0, STEP):
        store(chat, *(visit(chat, person(n), last=5) for n in range(start, start + STEP)))
    store(chat, visit(chat, ANN, last=6), visit(chat, ANN, "tea", 5))
    assert [do(chat, forget_visits, 6) for _ in range(4)] == [STEP, STEP, 1, 0]
    assert [(r.person.id, r.room) for r in seen(chat).people] == [("p-ann", "lobby")]


def test_of_too_many_visits_the_oldest_go(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "MOST", 3)
    store(chat, *(visit(chat, person(n), last=10 + n) for n in range(5)))
    assert [do(chat, forget_visits, 5) for _ in range(2)] == [2, 0]
    assert names(seen(chat).people) == ["Guest 4", "Guest 3", "Guest 2"]


@pytest.mark.parametrize(
    ("retention", "left"),
    [(Retention(), ["Bob"]), (Retention(seen=50), []), (Retention(seen=10**9), ["Bob", "Ann"])],
)
def test_retention_forgets_who_was_there_long_ago(
    chat: Chat, retention: Retention, left: list[str]
) -> None:
    now = 100 * 86400 * 1000
    store(chat, visit(chat, ANN, last=now - SEEN_AGE * 1000 - 1))
    store(chat, visit(chat, BOB, last=now - SEEN_AGE * 1000))
    chat.read(prune(chat.journal, retention, lambda: now / 1000))
    assert names(seen(chat).people) == left


def test_restored_visits_are_those_of_the_backup_and_grow_old(
    folder: Path, tmp_path: Path, open_chat: Callable[..., Chat]
) -> None:
    chat = open_chat()
    store(chat, visit(chat, ANN, last=1000), visit(chat, BOB, last=3000))
    backup(folder, tmp_path / "copy.db")
    stale = visit(chat, CAT, last=5000)
    store(chat, stale)
    chat.close()
    restore(folder, tmp_path / "copy.db")
    chat = open_chat()
    assert names(seen(chat, "lobby").people) == ["Bob", "Ann"]
    store(chat, stale, visit(chat, ANN, last=4000))  # the rooms have new epochs
    assert names(seen(chat, "lobby").people) == ["Ann", "Bob"]
    chat.read(prune(chat.journal, Retention(seen=1), lambda: 4.5))
    assert names(seen(chat, "lobby").people) == ["Ann"]


def test_forgotten_names_leave_the_disk(folder: Path, open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    store(chat, visit(chat, Person("p-1", "Vergissmeinnicht"), last=5))
    do(chat, forget_visits, 6)
    assert count(chat, "visit") == 0
    chat.close()
    assert b"ergissmeinnicht" not in (folder / "tornchat.db").read_bytes()


def test_visits_survive_a_restart(folder: Path, open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    store(chat, visit(chat, BOB))
    chat.close()
    Store.open(folder).close()
    assert seen(open_chat()).people == [SeenRecord(BOB, "192.0.2.1", 10, 10, "lobby", 1)]
