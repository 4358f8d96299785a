import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.kit import Chat, count, digest, do, invite
from tornchat.errors import NotFound, Unauthorized
from tornchat.store import backup
from tornchat.store.records import BindingRecord, TokenRecord
from tornchat.store.rooms import delete_room
from tornchat.store.tokens import (
    UNBIND_STEP,
    bind,
    insert_token,
    read_tokens,
    revoke_token,
    touch,
    unbind_token,
)

TOKEN = "tc_" + "Abc-_0123456789" * 2 + "ABCDEFGHIJKLM"


def bind_one(chat: Chat, token_id: int, person_id: str = "p-ann", time: int = 5) -> bool:
    return do(chat, bind, token_id, "lobby", person_id, "write", time, "192.0.2.0/24")


def bound(chat: Chat) -> list[str]:
    return [binding.person_id for binding in chat.store.bindings()]


def refusal(chat: Chat, token_id: int, person_id: str, time: int = 5) -> str:
    with pytest.raises(Unauthorized) as caught:
        bind_one(chat, token_id, person_id, time)
    return caught.value.message


def test_token_is_there_after_reopening(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    first = invite(chat, "one", label="for Ann", role="moderate", expires=99, uses=3)
    key = invite(chat, "two", "support-*", kind="key")
    do(chat, touch, key, 7, "192.0.2.0/24")
    chat.close()
    assert open_chat().store.tokens() == [
        TokenRecord(
            first, "invite", digest("one"), "for Ann", "lobby", "moderate", 1, 99, 3, 0,
            None, None, None,
        ),
        TokenRecord(
            key, "key", digest("two"), "", "support-*", "write", 1, None, None, 0,
            7, "192.0.2.0/24", None,
        ),
    ]  # fmt: skip


def test_text_of_a_token_in_the_place_of_its_digest_is_refused(chat: Chat) -> None:
    for wrong in (b"short", TOKEN, TOKEN.encode(), digest(TOKEN).hex()):
        with pytest.raises(Exception, match="CHECK"):
            do(
                chat, insert_token, kind="key", digest=wrong, label="", room="x", role="read",
                created=1,
            )  # fmt: skip
    assert chat.store.tokens() == []


def test_same_digest_twice_is_refused(chat: Chat) -> None:
    invite(chat)
    with pytest.raises(Exception, match="UNIQUE"):
        invite(chat)


def test_invite_into_a_room_that_does_not_exist_is_not_found(chat: Chat) -> None:
    with pytest.raises(NotFound):
        invite(chat, room="nowhere")
    invite(chat, room="nowhere", kind="key")


def test_revoked_token_is_listed_but_binds_nobody_any_more(chat: Chat) -> None:
    token_id = invite(chat)
    bind_one(chat, token_id)
    do(chat, revoke_token, token_id, 8)
    do(chat, revoke_token, token_id, 9)
    assert [token.revoked for token in chat.store.tokens()] == [8]
    assert chat.store.bindings() == []
    assert "revoked" in refusal(chat, token_id, "p-ann")
    with pytest.raises(NotFound):
        do(chat, revoke_token, token_id + 1, 9)


def test_bind_is_idempotent_and_counts_a_person_once(chat: Chat) -> None:
    token_id = invite(chat, uses=2)
    assert bind_one(chat, token_id, "p-ann")
    assert not bind_one(chat, token_id, "p-ann", time=6)
    assert bind_one(chat, token_id, "p-bob")
    assert "used up" in refusal(chat, token_id, "p-cat")
    assert not bind_one(chat, token_id, "p-ann", time=9)
    (token,) = chat.store.tokens()
    assert (token.used, token.last_used, token.last_place) == (2, 9, "192.0.2.0/24")
    assert chat.store.bindings() == [
        BindingRecord(token_id, "lobby", "p-ann", "write"),
        BindingRecord(token_id, "lobby", "p-bob", "write"),
    ]


def test_refused_bind_leaves_no_trace(chat: Chat) -> None:
    token_id = invite(chat, uses=0)
    refusal(chat, token_id, "p-ann")
    (token,) = chat.store.tokens()
    assert (token.used, token.last_used, bound(chat)) == (0, None, [])


def test_expired_invite_lets_nobody_new_in_but_those_it_knows(chat: Chat) -> None:
    token_id = invite(chat, expires=100)
    assert bind_one(chat, token_id, "p-ann", time=99)
    assert "expired" in refusal(chat, token_id, "p-bob", time=100)
    assert not bind_one(chat, token_id, "p-ann", time=100)


def test_last_use_goes_to_exactly_one_of_fifty(chat: Chat) -> None:
    token_id = invite(chat, uses=1)
    start = threading.Barrier(50)
    won: list[str] = []
    lost: list[str] = []

    def come(person_id: str) -> None:
        start.wait(20)
        try:
            assert bind_one(chat, token_id, person_id)
            won.append(person_id)
        except Unauthorized:
            lost.append(person_id)

    people = [threading.Thread(target=come, args=[f"p-{n}"]) for n in range(50)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert (len(won), len(lost)) == (1, 49)
    assert bound(chat) == won
    assert [token.used for token in chat.store.tokens()] == [1]


def test_bind_to_a_deleted_room_is_refused(chat: Chat) -> None:
    token_id = invite(chat)
    do(chat, delete_room, "lobby", 5)
    refusal(chat, token_id, "p-ann")
    chat.store.ensure_rooms([("lobby",)])
    refusal(chat, token_id, "p-ann")


def test_unbinding_takes_a_bounded_number_at_a_time(chat: Chat) -> None:
    token_id, other = invite(chat), invite(chat, "two")
    for number in range(UNBIND_STEP + 5):
        bind_one(chat, token_id, f"p-{number}")
    bind_one(chat, other)
    assert [do(chat, unbind_token, token_id) for _ in range(3)] == [UNBIND_STEP, 5, 0]
    assert bound(chat) == ["p-ann"]
    assert count(chat, "binding") == 1


def test_text_of_a_token_is_nowhere_on_the_disk(folder: Path, chat: Chat, tmp_path: Path) -> None:
    token_id = invite(chat, TOKEN, label="canary-label")
    bind_one(chat, token_id, "p-canary")
    backup(folder, tmp_path / "backup.db")
    files = [*folder.iterdir(), tmp_path / "backup.db"]
    content = {path.name: path.read_bytes() for path in files}
    chat.close()
    content["closed.db"] = (folder / "tornchat.db").read_bytes()
    for name in ("tornchat.db-wal", "backup.db", "closed.db"):
        assert b"canary-label" in content[name], "looked in the wrong place"
        assert digest(TOKEN) in content[name]
    for name, data in content.items():
        for secret in (TOKEN, TOKEN[3:], digest(TOKEN).hex()):
            assert secret.encode() not in data, name


def test_ids_are_never_given_twice(folder: Path, open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    last = [invite(chat, str(number)) for number in range(3)][-1]
    chat.close()
    with sqlite3.connect(folder / "tornchat.db") as other:
        other.execute("DELETE FROM token")
    other.close()
    chat = open_chat()
    assert invite(chat, "new") == last + 1
    assert [token.id for token in do(chat, read_tokens)] == [last + 1]
