import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.kit import BOB, Chat, count, digest, do, draft, error_of, invite
from tornchat.errors import Conflict, NotFound
from tornchat.store import RoomRecord, RoomSpec
from tornchat.store.reconcile import Expected
from tornchat.store.rooms import (
    archive_room,
    create_room,
    delete_room,
    read_room,
    rotate_room,
    update_room,
)
from tornchat.store.sweeping import sweep
from tornchat.store.tokens import bind, insert_token


def room(chat: Chat, name: str = "lobby") -> RoomRecord:
    return {record.name: record for record in chat.store.rooms()}[name]


def test_room_is_created_with_all_its_settings(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    asked = ("den", "Den", "t", "private", False, 7, 8, ("shop", "blog"), "den-*")
    spec = RoomSpec(*asked, slow_mode=9, locked=True, join_lines=False, words=("a", "b*"))
    spec = spec._replace(origins=("https://a.example", "http://b.example:81"))
    made = do(chat, create_room, spec, 1234)
    chat.close()
    assert room(open_chat(), "den") == made
    assert made == RoomRecord(
        "den", "Den", "t", "private", False, made.epoch, 1, 0, 1234, 1234, 7, 8,
        ("shop", "blog"), 0, None, "den-*", 9, True, False, ("a", "b*"), 1,
        ("https://a.example", "http://b.example:81"),
    )  # fmt: skip


def test_room_that_exists_is_a_conflict(chat: Chat) -> None:
    before = room(chat)
    with pytest.raises(Conflict):
        do(chat, create_room, RoomSpec("lobby", "Other"), 1)
    assert room(chat) == before


def test_update_changes_what_it_is_told_and_nothing_else(chat: Chat) -> None:
    before, tea = room(chat), room(chat, "tea")
    changed = do(chat, update_room, "lobby", title="New", guests=False, sites=("a", "b"))
    assert (changed.title, changed.guests, changed.sites) == ("New", False, ("a", "b"))
    assert room(chat) == changed
    listed = do(chat, update_room, "lobby", origins=("https://a.example", "https://b.example"))
    assert room(chat) == listed == replace(changed, origins=listed.origins, version=3)
    assert len(listed.origins) == 2
    restored = do(chat, update_room, "lobby", origins=(), title=before.title, guests=True, sites=())
    assert restored == replace(before, version=before.version + 3)
    assert do(chat, update_room, "lobby") == restored
    assert room(chat, "tea") == tea


def test_update_of_a_version_that_is_past_is_a_conflict(chat: Chat) -> None:
    first = do(chat, update_room, "lobby", version=1, title="Hall")
    assert first.version == 2
    with pytest.raises(Conflict, match=r"this is version 2 .* was made to 1"):
        do(chat, update_room, "lobby", version=1, topic="Mine")
    assert room(chat) == first
    assert do(chat, update_room, "lobby", version=2, topic="Mine").version == 3
    assert do(chat, update_room, "lobby", topic="By name alone").version == 4


@pytest.mark.parametrize("key", ["name", "epoch", "next_seq", "rotated", "other"])
def test_update_refuses_what_is_no_setting(chat: Chat, key: str) -> None:
    with pytest.raises(TypeError, match=key):
        do(chat, update_room, "lobby", **{key: 1})


@pytest.mark.parametrize("work", [update_room, archive_room, rotate_room, delete_room, read_room])
def test_unknown_room_is_not_found(chat: Chat, work: Callable[..., object]) -> None:
    more = {update_room: {"title": "x"}, read_room: {}}.get(work, {"time": 1})
    with pytest.raises(NotFound):
        do(chat, work, "nowhere", **more)


def test_archived_room_comes_back_as_it_was(chat: Chat) -> None:
    chat.fill(3)
    before = room(chat)
    assert do(chat, archive_room, "lobby", 99).archived == 99
    assert room(chat).archived == 99
    assert do(chat, archive_room, "lobby", None) == before
    assert chat.write() == 4


def test_rotation_voids_the_invites_of_this_room_only(chat: Chat) -> None:
    mine, other = invite(chat, "1"), invite(chat, "2", "tea")
    key = invite(chat, "3", kind="key")
    again = invite(chat, "4")
    for token_id, name in ((mine, "lobby"), (other, "tea")):
        do(chat, bind, token_id, name, "p-ann", "write", 5, None)
    assert do(chat, rotate_room, "lobby", 77) == [mine, again]
    assert do(chat, rotate_room, "lobby", 78) == []
    assert (room(chat).rotated, room(chat, "tea").rotated) == (78, 0)
    assert {token.id: token.revoked for token in chat.store.tokens()} == {
        mine: 77, other: None, key: None, again: 77,
    }  # fmt: skip
    assert [binding.token_id for binding in chat.store.bindings()] == [other]


def test_rotation_that_fails_later_in_its_transaction_has_not_happened(chat: Chat) -> None:
    """Whoever rotates makes a new invite in the same transaction: both happen, or neither."""
    token_id = invite(chat)
    do(chat, bind, token_id, "lobby", "p-ann", "write", 5, None)

    def rotate_and_fail(database: object) -> None:
        rotate_room(database, "lobby", 77)
        fields = {"label": "", "room": "lobby", "role": "write", "created": 77}
        insert_token(database, kind="invite", digest=digest("tc_1"), **fields)

    with pytest.raises(Exception, match="UNIQUE"):
        do(chat, rotate_and_fail)
    assert room(chat).rotated == 0
    assert [token.revoked for token in chat.store.tokens()] == [None]
    assert len(chat.store.bindings()) == 1


def test_deleted_room_is_gone_for_everybody_at_once(chat: Chat) -> None:
    chat.fill(3)
    do(chat, delete_room, "lobby", 5)
    assert [record.name for record in chat.store.rooms()] == ["garden", "tea"]
    assert error_of(chat.send(draft())) is NotFound
    for view in (chat.log, chat.state):
        with pytest.raises(NotFound):
            view()
    assert chat.write(room="tea") == 1


def test_name_is_free_again_with_a_new_epoch_and_nothing_of_before(chat: Chat) -> None:
    before = room(chat)
    chat.write("old", client_id="c")
    chat.write("", kind="reacted", target=1, emoji="x", on=True)
    chat.journal.mark_read("lobby", BOB.id, 1)
    invite(chat)
    key = invite(chat, "2", kind="key")
    keys = invite(chat, "3", "lob*", kind="key")
    do(chat, bind, 1, "lobby", "p-ann", "write", 5, None)
    do(chat, delete_room, "lobby", 5)
    chat.journal.forget_read("lobby")
    made = do(chat, create_room, RoomSpec("lobby"), 6)
    assert made.epoch != before.epoch
    assert (made.first, made.last, made.rotated) == (1, 0, 0)
    assert (chat.log().entries, chat.state().entries, chat.store.bindings()) == ([], [], [])
    assert key != keys
    assert [token.id for token in chat.store.tokens()] == [keys]
    assert chat.write("new", client_id="c") == 1
    assert chat.read(chat.store.history.read_position("lobby", BOB.id)) == 0


def test_old_epoch_of_a_name_that_is_used_again_is_not_found(chat: Chat) -> None:
    history, old = chat.store.history, room(chat).epoch
    assert chat.read(history.log_page("lobby", after=0, limit=5, epoch=old)).epoch == old
    do(chat, delete_room, "lobby", 5)
    do(chat, create_room, RoomSpec("lobby"), 6)
    for read in (
        history.log_page("lobby", after=0, limit=5, epoch=old),
        history.state_page("lobby", limit=5, epoch=old),
    ):
        with pytest.raises(NotFound):
            chat.read(read)


@pytest.mark.parametrize("swept", [False, True])
def test_what_was_acknowledged_in_a_deleted_room_is_not_asked_of_the_next(
    chat: Chat, swept: bool
) -> None:
    expected = Expected()
    do(chat, expected.load)
    for name in ("lobby", "extra"):
        if name == "extra":
            do(chat, create_room, RoomSpec(name), 5)
        for _ in range(2):
            chat.journal.publish(draft("old", room=name))
            expected.reported(chat.group())
        do(chat, delete_room, name, 5)
        if swept:
            chat.read(sweep(chat.journal))
        do(chat, create_room, RoomSpec(name), 6)
        assert do(chat, expected.missed).entries == {}
        chat.write("new", room=name)
        group = do(chat, expected.missed)
        assert [entry.text for entry in group.entries[name]] == ["new"]
        expected.reported(group)
        assert do(chat, expected.missed).entries == {}


def test_id_of_a_room_is_never_given_twice(folder: Path, chat: Chat) -> None:
    do(chat, create_room, RoomSpec("newest"), 5)
    with sqlite3.connect(folder / "tornchat.db") as other:
        (before,) = other.execute("SELECT max(id) FROM room").fetchone()
    other.close()
    do(chat, delete_room, "newest", 5)
    chat.read(sweep(chat.journal))
    do(chat, create_room, RoomSpec("newest"), 6)
    assert count(chat, "room", f"id > {before}") == 1
