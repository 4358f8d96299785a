import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.store.kit import ANN, BOB, Chat, count, do, draft, error_of, make_version_1
from tornchat.errors import BadRequest, Forbidden, Overloaded
from tornchat.protocol import Person
from tornchat.store import Retention, backup, prune, restore, sweep
from tornchat.store.rooms import delete_room
from tornchat.store.search import Found


def find(chat: Chat, words: str, **options: Any) -> Found:
    return chat.read(chat.store.search.find(words, **options))


def texts(chat: Chat, words: str, **options: Any) -> list[str]:
    return [hit.entry.text for hit in find(chat, words, **options).hits]


def next_millisecond() -> None:
    """Let the clock go on: entries of one millisecond have no order between rooms."""
    now = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == now:
        pass


def test_messages_and_notices_are_found_newest_first(chat: Chat) -> None:
    chat.write("green tea")
    next_millisecond()
    chat.write("Tea, black", room="tea")
    chat.write("no coffee")
    next_millisecond()
    chat.write("makes tea", kind="notice", message_kind="action")
    found = find(chat, "tea")
    assert [(hit.entry.room, hit.entry.seq, hit.entry.text) for hit in found.hits] == [
        ("lobby", 3, "makes tea"),
        ("tea", 1, "Tea, black"),
        ("lobby", 1, "green tea"),
    ]
    assert [hit.id for hit in found.hits] == sorted((h.id for h in found.hits), reverse=True)
    assert (found.more, found.behind) == (False, 0)


def test_what_was_just_written_is_found(chat: Chat) -> None:
    for number in range(3):
        chat.write(f"word{number}")
        assert texts(chat, f"word{number}") == [f"word{number}"]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("mor", ["Good MORNING, Zoë"]),
        ("m", []),
        ("morn good", []),
        ("good morn", ["Good MORNING, Zoë"]),
        ("zoe", ["Good MORNING, Zoë"]),
        ('"good morning"', ["Good MORNING, Zoë"]),
        ('"morning good"', []),
        ("100%", ["100% sure"]),
        ('a OR "b', []),
        ("r1", []),
        ("p702d616e6e", []),
    ],
)
def test_words_are_looked_for_and_nothing_else(chat: Chat, words: str, wanted: list[str]) -> None:
    for text in ("Good MORNING, Zoë", "100% sure"):
        chat.write(text)
    assert texts(chat, words) == wanted


def test_search_is_kept_to_rooms_and_to_a_person(chat: Chat) -> None:
    for room in ("lobby", "tea", "garden"):
        for person in (ANN, BOB):
            chat.write(f"{person.name} in {room}: hello", room=room, person=person)
    assert texts(chat, "hello", rooms=["tea"]) == ["Bob in tea: hello", "Ann in tea: hello"]
    assert texts(chat, "hello", rooms=["tea", "garden"], person="p-bob") == [
        "Bob in garden: hello",
        "Bob in tea: hello",
    ]
    assert len(texts(chat, "", person="p-ann")) == 3
    assert texts(chat, "hello", rooms=[]) == texts(chat, "hello", rooms=["nowhere"]) == []


def test_person_is_told_from_one_whose_id_begins_alike(chat: Chat) -> None:
    chat.write("hello", person=Person("p-an", "An"))
    chat.write("hello", person=Person("P-AN", "Another"))
    assert texts(chat, "hello", person="p-a") == []
    assert len(texts(chat, "hello", person="p-an")) == 1


def test_pages_follow_one_another(chat: Chat) -> None:
    chat.fill(25, text="number {}")
    seen: list[int] = []
    before = None
    for size, more in ((10, True), (10, True), (5, False)):
        found = find(chat, "number", limit=10, before=before)
        assert (len(found.hits), found.more) == (size, more)
        seen += [hit.entry.seq for hit in found.hits]
        before = found.hits[-1].id
    assert seen == list(range(25, 0, -1))


def test_page_is_bounded_whatever_is_asked(chat: Chat) -> None:
    chat.fill(60)
    assert len(find(chat, "line", limit=1000).hits) == 50


def test_edited_message_is_found_by_its_new_words_only(chat: Chat) -> None:
    seq = chat.write("early bird")
    assert texts(chat, "bird") == ["early bird"]
    chat.write("late worm", kind="edited", target=seq)
    assert texts(chat, "bird") == []
    assert texts(chat, "worm") == ["late worm"]
    chat.write("last word", kind="edited", target=seq)
    assert (texts(chat, "worm"), texts(chat, "word")) == ([], ["last word"])


def test_message_edited_before_it_was_indexed_has_its_new_words(chat: Chat) -> None:
    seq = chat.write("early bird")
    chat.write("late worm", kind="edited", target=seq)
    assert (texts(chat, "bird"), texts(chat, "worm")) == ([], ["late worm"])


def test_deleted_message_is_found_no_more(chat: Chat) -> None:
    kept, indexed = chat.write("bird one"), chat.write("bird two")
    assert len(texts(chat, "bird")) == 2
    chat.write("", kind="deleted", target=indexed)
    new = chat.write("bird three")
    chat.write("", kind="deleted", target=new)
    assert texts(chat, "bird") == ["bird one"]
    chat.write("", kind="deleted", target=kept)
    assert (texts(chat, "bird"), count(chat, "search_entry")) == ([], 0)


def test_order_is_that_of_time_whichever_room_is_indexed_first(open_chat: Any) -> None:
    seconds = iter(range(1_700_000_000, 1_800_000_000))
    chat = open_chat(clock=lambda: float(next(seconds)))
    for number, room in enumerate(("garden", "tea", "lobby", "garden", "lobby")):
        chat.write(f"line {number}", room=room)
    assert texts(chat, "line") == [f"line {number}" for number in (4, 3, 2, 1, 0)]
    chat.write("line 5", room="tea")
    assert texts(chat, "line")[0] == "line 5"


def test_messages_of_one_millisecond_are_all_found(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat(clock=lambda: 1_700_000_000.0)
    chat.fill(4100, text="same {}")
    while find(chat, "same").behind:
        pass
    assert count(chat, "search_entry") == 4100
    assert texts(chat, "4099") == ["same 4099"]


def test_retention_takes_messages_out_of_the_index(chat: Chat) -> None:
    chat.fill(150)
    while find(chat, "line").behind:
        pass
    chat.read(prune(chat.journal, Retention(messages=10), lambda: 0))
    assert len(texts(chat, "line")) == count(chat, "search_entry") == 10
    assert texts(chat, "149") == ["line 149"]


def test_retention_of_what_was_never_indexed_leaves_nothing_behind(chat: Chat) -> None:
    chat.fill(150)
    chat.read(prune(chat.journal, Retention(messages=10), lambda: 0))
    assert (find(chat, "line").behind, len(texts(chat, "line"))) == (0, 10)
    chat.read(prune(chat.journal, Retention(messages=1), lambda: 0))
    chat.write("line 150")
    assert texts(chat, "line") == ["line 150", "line 149"]


def test_deleted_room_is_found_no_more_at_once_and_swept_from_the_index(chat: Chat) -> None:
    chat.fill(150)
    chat.write("line in tea", room="tea")
    assert find(chat, "line").more
    do(chat, delete_room, "lobby", 5)
    assert texts(chat, "line") == ["line in tea"]
    chat.read(sweep(chat.journal))
    assert (count(chat, "search_entry"), count(chat, "search_position")) == (1, 1)
    chat.store.ensure_rooms([("lobby",)])
    chat.write("line anew")
    assert texts(chat, "line") == ["line anew", "line in tea"]


def test_upgraded_database_is_indexed_by_and_by(folder: Path, open_chat: Callable[..., Chat]):
    make_version_1(folder)
    chat = open_chat()
    assert texts(chat, "text 3") == ["text 3", "text 3"]


def test_restored_database_is_searched_like_the_one_it_was(
    folder: Path, open_chat: Callable[..., Chat], tmp_path: Path
) -> None:
    chat = open_chat()
    seq = chat.write("before the backup")
    chat.write("not indexed", room="tea")
    assert texts(chat, "backup")
    backup(folder, tmp_path / "backup.db")
    chat.write("after the backup")
    chat.write("", kind="deleted", target=seq)
    assert texts(chat, "backup") == ["after the backup"]
    chat.close()
    restore(folder, tmp_path / "backup.db")
    chat = open_chat()
    assert texts(chat, "backup") == ["before the backup"]
    chat.write("", kind="deleted", target=seq)
    assert (texts(chat, "backup"), texts(chat, "indexed")) == ([], ["not indexed"])


def test_damaged_row_is_left_out(folder: Path, open_chat: Callable[..., Chat], caplog) -> None:
    chat = open_chat()
    chat.write("one bird")
    chat.write("two bird")
    assert len(texts(chat, "bird")) == 2
    do(chat, lambda db: db.execute_sql("UPDATE entry SET text = 'evil bird' WHERE seq = 1"))
    assert texts(chat, "bird") == ["two bird"]
    assert "damaged on disk: room lobby seq 1" in caplog.text
    do(chat, lambda db: db.execute_sql("UPDATE entry SET text = 'one bird' WHERE seq = 1"))


def test_index_is_searched_although_nothing_can_be_written(chat: Chat) -> None:
    chat.write("in the index")
    assert texts(chat, "index")
    chat.write("not in it")
    chat.journal.stop()
    found = find(chat, "index")
    assert ([hit.entry.text for hit in found.hits], found.behind) == (["in the index"], 1)


def test_search_without_a_word_is_refused(chat: Chat) -> None:
    with pytest.raises(BadRequest):
        find(chat, "% *")


def test_search_after_the_end_is_refused(chat: Chat) -> None:
    chat.close()
    with pytest.raises(Overloaded):
        find(chat, "tea")


def test_resend_and_reaction_do_not_touch_the_index(chat: Chat) -> None:
    same = draft("tea time")
    chat.send(same)
    assert len(texts(chat, "tea")) == 1
    chat.send(same)
    chat.write("", kind="reacted", target=1, emoji="x", on=True)
    assert len(texts(chat, "tea")) == 1
    assert count(chat, "search_entry") == 1


def test_notice_is_deleted_like_a_message(chat: Chat) -> None:
    seq = chat.write("is a rude word", kind="notice", message_kind="action")
    assert texts(chat, "rude") == ["is a rude word"]
    assert error_of(chat.send(draft("", kind="deleted", target=seq, person=BOB))) is Forbidden
    chat.write("", kind="deleted", target=seq, person=BOB, moderator=True)
    (entry,) = chat.state().entries
    assert (entry.kind, entry.text, entry.deleted) == ("action", "", True)
    assert texts(chat, "rude") == []
    assert chat.send(draft("", kind="deleted", target=seq)).duplicate
