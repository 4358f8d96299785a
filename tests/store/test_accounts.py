"""Accounts, sessions and links as rows."""

from dataclasses import replace

import pytest

from tests.store.kit import Chat, do
from tornchat.errors import Conflict
from tornchat.store import accounts as rows
from tornchat.store.accounts import AccountRecord, LinkRecord, SessionRecord

A, B, C = (letter * 32 for letter in (b"a", b"b", b"c"))


def add(chat: Chat, name: str, rooms: frozenset[str] | None = None) -> AccountRecord:
    return do(
        chat, rows.insert_account, name=name, folded=name, password=None, rooms=rooms, created=7
    )


def session(digest: bytes, account_id: int) -> SessionRecord:
    return SessionRecord(digest, account_id, 1, 2, "203.0.113.7", "a browser")


def test_accounts_come_back_in_the_order_of_their_making(chat: Chat) -> None:
    made = [add(chat, "ann"), add(chat, "mo", frozenset({"den", "tea"}))]
    assert chat.store.found(rows.read_accounts) == made
    assert [account.rooms for account in made] == [None, frozenset({"den", "tea"})]


def test_name_is_taken_once(chat: Chat) -> None:
    add(chat, "ann")
    with pytest.raises(Conflict):
        add(chat, "ann")
    assert len(chat.store.found(rows.read_accounts)) == 1


def test_change_is_kept_whole_and_touches_nobody_else(chat: Chat) -> None:
    ann, bob = add(chat, "ann"), add(chat, "bob")
    changed = replace(
        ann, password="p", totp="t", totp_step=5, rooms=frozenset({"den"}), last_login=9
    )
    do(chat, rows.update_account, changed)
    assert chat.store.found(rows.read_accounts) == [changed, bob]


def test_moderator_of_no_room_is_no_admin(chat: Chat) -> None:
    """An empty list of rooms must never come back as None, which is everything."""
    mo = add(chat, "mo", frozenset())
    assert chat.store.found(rows.read_accounts) == [mo]
    assert mo.rooms == frozenset()


def test_removed_account_takes_its_sessions_and_links_along(chat: Chat) -> None:
    ann, bob = add(chat, "ann"), add(chat, "bob")
    for digest, account in ((A, ann), (B, ann), (C, bob)):
        do(chat, rows.insert_session, session(digest, account.id))
        do(chat, rows.insert_link, LinkRecord(digest, account.id, 9))
    do(chat, rows.remove_account, ann.id)
    assert chat.store.found(rows.read_accounts) == [bob]
    assert [found.digest for found in chat.store.found(rows.read_sessions)] == [C]
    assert [found.digest for found in chat.store.found(rows.read_links)] == [C]


def test_id_of_a_removed_account_is_never_given_again(chat: Chat) -> None:
    """A session or an audit row of one must never speak of another."""
    ann = add(chat, "ann")
    do(chat, rows.remove_account, ann.id)
    assert add(chat, "bob").id > ann.id


def test_session_is_touched_and_ended_alone(chat: Chat) -> None:
    for digest in (A, B):
        do(chat, rows.insert_session, session(digest, 1))
    do(chat, rows.touch_session, A, 50, "198.51.100.1")
    first, second = sorted(chat.store.found(rows.read_sessions), key=lambda found: found.digest)
    assert (first.seen, first.place) == (50, "198.51.100.1")
    assert (second.seen, second.place) == (2, "203.0.113.7")
    do(chat, rows.remove_sessions, [A])
    assert [found.digest for found in chat.store.found(rows.read_sessions)] == [B]


@pytest.mark.parametrize("account_id", [None, 1])
def test_newer_link_voids_the_one_before_for_the_same_account(
    chat: Chat, account_id: int | None
) -> None:
    other = LinkRecord(C, 2, 9)
    do(chat, rows.insert_link, other)
    do(chat, rows.insert_link, LinkRecord(A, account_id, 9))
    do(chat, rows.insert_link, LinkRecord(B, account_id, 10))
    found = {link.digest: link for link in chat.store.found(rows.read_links)}
    assert found == {B: LinkRecord(B, account_id, 10), C: other}
    do(chat, rows.remove_link, B)
    assert chat.store.found(rows.read_links) == [other]
