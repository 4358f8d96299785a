from collections.abc import Callable

import pytest

from tests.store.kit import Chat, count, do
from tornchat.store import Retention, prune
from tornchat.store.bans import count_hits, forget_bans, forget_bans_of, insert_ban, remove_ban
from tornchat.store.records import BanRecord
from tornchat.store.retention import BAN_MEMORY

NOW = 1_000_000_000


@pytest.fixture
def timed(open_chat: Callable[..., Chat]) -> Chat:
    return open_chat(clock=lambda: NOW / 1000)


def ban(chat: Chat, **fields: object) -> int:
    return do(chat, insert_ban, record(0, **fields))


def record(id: int, **fields: object) -> BanRecord:
    nothing = dict.fromkeys(("place", "person_id", "room", "expires"))
    common = {"reason": "", "created": 1, "source": "guard", "hits": 0}
    return BanRecord(id=id, **{**nothing, **common, **fields})  # type: ignore[arg-type]


def test_ban_is_there_after_reopening(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    ban_id = ban(chat, place="2001:db8::/64", reason="guessing", source="guard")
    other = ban(chat, person_id="p-bob", room="tea", source="operator", expires=2**45)
    chat.close()
    assert open_chat().store.bans() == [
        BanRecord(ban_id, "2001:db8::/64", None, None, "guessing", 1, None, "guard", 0),
        BanRecord(other, None, "p-bob", "tea", "", 1, 2**45, "operator", 0),
    ]


def test_ban_that_has_ended_is_not_read(timed: Chat) -> None:
    ended, lasting = ban(timed, place="a", expires=NOW), ban(timed, place="b", expires=NOW + 1)
    forever = ban(timed, place="c")
    assert [found.id for found in timed.store.bans()] == [lasting, forever]
    assert [found.id for found in timed.store.bans(after=NOW - 1)] == [ended, lasting, forever]


def test_hits_are_added_up(timed: Chat) -> None:
    ban(timed, place="b")
    ban_id = ban(timed, place="a")
    do(timed, count_hits, ban_id, 2)
    do(timed, count_hits, ban_id, 3)
    assert [found.hits for found in timed.store.bans()] == [0, 5]


def test_lifted_ban_is_gone(timed: Chat) -> None:
    ban_id = ban(timed, place="a")
    other = ban(timed, place="b")
    assert do(timed, remove_ban, ban_id)
    assert not do(timed, remove_ban, ban_id)
    assert [found.id for found in timed.store.bans()] == [other]


def test_bans_that_ended_are_forgotten_step_by_step(timed: Chat) -> None:
    for _ in range(130):
        ban(timed, place="a", expires=5)
    ban(timed, place="b", expires=6)
    ban(timed, place="c")
    assert [do(timed, forget_bans, 6) for _ in range(3)] == [100, 30, 0]
    assert count(timed, "ban") == 2


def test_retention_forgets_bans_that_ended_long_ago(timed: Chat) -> None:
    memory = BAN_MEMORY * 1000
    ban(timed, place="old", expires=5)
    ban(timed, place="young", expires=6)
    timed.read(prune(timed.journal, Retention(), lambda: (memory + 6) / 1000))
    assert [found.place for found in timed.store.bans(after=0)] == ["young"]


def test_ban_keeps_all_that_is_known_of_it(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat()
    whole = record(
        7, place="a", person_id="p", room="tea", reason="caps", expires=2**45, source="operator",
        kind="mute", name="Ann", author="boss",
    )  # fmt: skip
    whole.id = do(chat, insert_ban, whole)
    chat.close()
    assert open_chat().store.bans() == [whole]


def test_bans_of_a_room_go_with_it(timed: Chat) -> None:
    kept = [ban(timed, person_id="p"), ban(timed, person_id="p", room="cake")]
    ban(timed, person_id="p", room="tea")
    do(timed, forget_bans_of, "tea")
    assert [found.id for found in timed.store.bans()] == kept
