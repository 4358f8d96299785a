from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.kit import Chat, digest, do, invite, make_version_1
from tornchat.store import Restored, backup, restore, sweep
from tornchat.store.database import NAME
from tornchat.store.rooms import delete_room, rotate_room
from tornchat.store.tokens import bind, revoke_token


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "backup.db"


@pytest.fixture
def restored(
    folder: Path, open_chat: Callable[..., Chat], target: Path
) -> Callable[[Callable[[Chat], None]], tuple[Restored, Chat]]:
    """Makes a backup with four tokens, lets something happen, and restores the backup."""

    def restore_after(happen: Callable[[Chat], None]) -> tuple[Restored, Chat]:
        chat = open_chat()
        for number, room in enumerate(("lobby", "lobby", "tea", "tea"), 1):
            invite(chat, f"tc_{number}", room, kind="invite" if number < 4 else "key")
            do(chat, bind, number, room, "p-ann", "write", 5, None)
        invite(chat, "tc_expired", expires=1000)
        do(chat, revoke_token, invite(chat, "tc_revoked"), 3)
        backup(folder, target)
        happen(chat)
        chat.close()
        found = restore(folder, target)
        return found, open_chat()

    return restore_after


def revoked(chat: Chat) -> dict[int, int]:
    return {t.id: t.revoked for t in chat.store.tokens() if t.revoked is not None}


def test_token_that_was_revoked_after_the_backup_stays_revoked(restored) -> None:
    found, chat = restored(lambda chat: do(chat, revoke_token, 2, 99))
    assert (found.active, found.revoked) == (3, 1)
    assert revoked(chat) == {2: 99, 6: 3}
    assert [binding.token_id for binding in chat.store.bindings()] == [1, 3, 4]


def test_rotation_after_the_backup_stays(restored) -> None:
    found, chat = restored(lambda chat: do(chat, rotate_room, "lobby", 99))
    assert (found.active, found.revoked) == (2, 2)
    assert {room.name: room.rotated for room in chat.store.rooms()} == {
        "garden": 0, "lobby": 99, "tea": 0,
    }  # fmt: skip


def test_same_id_of_another_token_revokes_nothing(folder, open_chat, target, tmp_path) -> None:
    chat = open_chat()
    invite(chat, "tc_ours")
    backup(folder, target)
    other = Chat(tmp_path / "other")
    do(other, revoke_token, invite(other, "tc_theirs"), 5)
    other.close()
    assert (restore(tmp_path / "other", target).revoked) == 0
    other = Chat(tmp_path / "other")
    assert [(t.digest, t.revoked) for t in other.store.tokens()] == [(digest("tc_ours"), None)]
    other.close()


@pytest.mark.parametrize("swept", [False, True])
def test_deleted_room_comes_back_and_what_it_lets_in_is_counted(restored, swept: bool) -> None:
    def delete(chat: Chat) -> None:
        do(chat, delete_room, "lobby", 99)
        if swept:
            chat.read(sweep(chat.journal))

    found, chat = restored(delete)
    assert "lobby" in {room.name for room in chat.store.rooms()}
    # Once the deletion is through, nothing knows of its tokens any more.
    assert (found.active, found.revoked) == ((4, 0) if swept else (2, 2))
    assert revoked(chat).keys() == ({6} if swept else {1, 2, 5, 6})


@pytest.mark.parametrize("spoil", ["missing", "damaged", "older"])
def test_database_that_tells_nothing_is_said_so(folder, open_chat, target, spoil: str) -> None:
    chat = open_chat()
    token_id = invite(chat)
    backup(folder, target)
    do(chat, revoke_token, token_id, 9)
    chat.close()
    (folder / NAME).unlink()
    if spoil == "damaged":
        (folder / NAME).write_bytes(b"not a database" * 1000)
    elif spoil == "older":
        folder.rename(folder.with_name("gone"))
        make_version_1(folder)
    found = restore(folder, target)
    assert (found.active, found.revoked) == (1, None)
