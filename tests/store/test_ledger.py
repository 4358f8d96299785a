from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.kit import ANN, BOB, Chat, draft, error_of
from tornchat.errors import BadRequest, Forbidden, NotFound
from tornchat.protocol import Deleted, Edited, Message, Notice, Reacted

SECRET = "Kennwort-0815-geheim"


def test_every_kind_of_entry_is_stored_and_read_back(chat: Chat) -> None:
    chat.write("hello")
    chat.write("hi", kind="edited", target=1)
    chat.write("", kind="reacted", target=1, emoji="👍", on=True, person=BOB)
    chat.write("is tired", kind="notice", message_kind="action")
    chat.write("settings changed", kind="notice", message_kind="system", person=None)
    chat.write("", kind="deleted", target=1)
    message, edited, reacted, action, system, deleted = chat.log().entries
    assert isinstance(message, Message)
    assert (message.seq, message.deleted, message.text) == (1, True, "")
    assert isinstance(edited, Edited)
    assert (edited.target, edited.text) == (1, "")
    assert isinstance(reacted, Reacted)
    assert (reacted.emoji, reacted.on, reacted.sender, reacted.counts) == (
        "👍",
        True,
        BOB,
        {"👍": 1},
    )
    assert isinstance(action, Notice)
    assert (action.kind, action.text, action.sender) == ("action", "is tired", ANN)
    assert isinstance(system, Notice)
    assert (system.kind, system.sender) == ("system", None)
    assert isinstance(deleted, Deleted)
    assert (deleted.seq, deleted.target) == (6, 1)


def test_message_row_holds_the_present_state(chat: Chat) -> None:
    chat.write("hello")
    edit = chat.send(draft("hi", kind="edited", target=1))
    chat.write("", kind="reacted", target=1, emoji="👍", on=True)
    chat.write("", kind="reacted", target=1, emoji="👍", on=True, person=BOB)
    chat.write("", kind="reacted", target=1, emoji="🎉", on=True)
    chat.write("", kind="reacted", target=1, emoji="🎉", on=False)
    (message,) = chat.state().entries
    assert (message.text, message.edited, message.reactions) == ("hi", edit.time, {"👍": 2})


def test_group_tells_what_it_changed(chat: Chat) -> None:
    chat.write("hello")
    chat.write("hi", kind="edited", target=1)
    chat.journal.publish(draft("", kind="deleted", target=1))
    edit, message = chat.group().changed["lobby"]
    assert (edit.seq, edit.text) == (2, "")
    assert (message.seq, message.text, message.deleted) == (1, "", True)


@pytest.mark.parametrize("kind", ["edited", "deleted", "reacted"])
@pytest.mark.parametrize("target", [0, -1, 3, 2**53, 2])
def test_unknown_target_is_not_found(chat: Chat, kind: str, target: int) -> None:
    chat.write()
    chat.write("edited", kind="edited", target=1)
    assert error_of(chat.send(draft("x", kind=kind, target=target, emoji="x"))) is NotFound
    assert chat.seqs() == [1, 2]


@pytest.mark.parametrize("kind", ["edited", "reacted"])
def test_notice_is_neither_edited_nor_reacted_to(chat: Chat, kind: str) -> None:
    chat.write("just a notice", kind="notice")
    assert error_of(chat.send(draft("x", kind=kind, target=1, emoji="x"))) is NotFound


def test_target_of_another_room_is_not_found(chat: Chat) -> None:
    chat.write()
    assert error_of(chat.send(draft("", kind="deleted", target=1, room="tea"))) is NotFound


def test_target_missing_is_a_bad_request(chat: Chat) -> None:
    assert error_of(chat.send(draft("", kind="deleted"))) is BadRequest


def test_only_the_sender_or_a_moderator_deletes(chat: Chat) -> None:
    chat.write()
    assert error_of(chat.send(draft("", kind="deleted", target=1, person=BOB))) is Forbidden
    assert chat.write("", kind="deleted", target=1, person=BOB, moderator=True) == 2


def test_only_the_sender_edits(chat: Chat) -> None:
    chat.write()
    refused = chat.send(draft("x", kind="edited", target=1, person=BOB, moderator=True))
    assert error_of(refused) is Forbidden
    assert chat.log().entries[0].text == "hello"


def test_deleted_message_is_neither_edited_nor_reacted_to(chat: Chat) -> None:
    chat.write()
    chat.write("", kind="deleted", target=1)
    assert error_of(chat.send(draft("x", kind="edited", target=1))) is NotFound
    assert error_of(chat.send(draft("", kind="reacted", target=1, emoji="x", on=True))) is NotFound


def test_delete_twice_gives_the_first_deletion(chat: Chat) -> None:
    chat.write()
    first = chat.send(draft("", kind="deleted", target=1))
    again = chat.send(draft("", kind="deleted", target=1))
    assert (again.seq, again.time, again.duplicate) == (first.seq, first.time, True)
    assert chat.seqs() == [1, 2]


def test_delete_is_idempotent_by_client_id(chat: Chat) -> None:
    chat.write()
    first = chat.send(draft("", kind="deleted", target=1, client_id="d"))
    again = chat.send(draft("", kind="deleted", target=1, client_id="d"))
    assert (again.seq, again.duplicate) == (first.seq, True)


def test_target_in_the_same_group_is_found(chat: Chat) -> None:
    chat.journal.publish(draft("one"))
    chat.journal.publish(draft("", kind="deleted", target=1))
    chat.journal.publish(draft("two"))
    chat.write()
    assert [type(e).__name__ for e in chat.log().entries] == [
        "Message",
        "Deleted",
        "Message",
        "Message",
    ]


def test_deleted_text_leaves_the_disk(folder: Path, open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    chat.write("x" * 3000 + SECRET, data=b'"' + SECRET.encode() + b'"')
    chat.write(SECRET, kind="edited", target=1)
    chat.write("innocent")
    chat.write("", kind="deleted", target=1)
    chat.close()
    for path in folder.iterdir():
        assert SECRET.encode() not in path.read_bytes(), path


def test_deleted_text_leaves_the_write_ahead_log_while_running(folder: Path, chat: Chat) -> None:
    chat.write(SECRET)
    chat.write("", kind="deleted", target=1)
    chat.write()  # the log is emptied before the writer takes this one or right after it
    chat.journal.call(lambda _: None).result(20)
    assert not [p for p in folder.iterdir() if SECRET.encode() in p.read_bytes()]
