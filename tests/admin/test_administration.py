"""The verbs of an operator: checked, on disk before anybody hears of them, and what they answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.access.tokens import NOW, Clock
from tests.admin.office import Office, open_office, scenario
from tests.admin.operator import Operator
from tornchat.errors import (
    BadRequest,
    ChatError,
    CloseCode,
    Conflict,
    NotFound,
)
from tornchat.store import RoomRecord

HOME = "192.0.2.7"
NOW_MS = NOW * 1000

Verb = Callable[[Operator], Awaitable[Any]]


def on_disk(office: Office, name: str) -> RoomRecord:
    return next(record for record in office.store.rooms() if record.name == name)


async def bound(office: Office, person: str, room: str = "vault") -> str:
    """Make an invite and bind a person by it; return its text."""
    made = await office.administration.create_token(kind="invite", room=room, role="write")
    token = office.keyring.find(made.token)
    assert token
    await office.keyring.use(token, person, HOME)
    return made.token


# ── rooms ───────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_room_is_made_with_what_was_said_and_the_defaults(office: Office) -> None:
    made = await office.administration.create_room(
        "tea", title=" Tea ", access="private", sites=["blog"], history_age=3600,
        origins=["HTTPS://Tea.example:443", "https://tea.example", "http://[::1]:81"],
    )  # fmt: skip
    assert office.live.told == [("add", "tea")]
    assert await office.administration.room("tea") == made
    stored = on_disk(office, "tea")
    assert office.live.record("tea") == stored
    assert (stored.title, stored.access, stored.guests) == ("Tea", "private", True)
    assert (stored.sites, stored.history_age) == (("blog",), 3600)
    assert stored.origins == ("https://tea.example", "http://[::1]:81"), "as browsers write them"
    assert (made.title, made.created, made.present) == ("Tea", NOW_MS, 0)
    plain = await office.administration.create_room("plain")
    assert (plain.title, plain.access) == ("plain", "public")


@scenario()
async def test_room_that_exists_is_not_made_again(office: Office) -> None:
    with pytest.raises(Conflict):
        await office.administration.create_room("lobby", title="Other")
    assert on_disk(office, "lobby").title == "Lobby"
    assert office.live.told == []


@scenario()
async def test_rooms_are_listed_by_name_private_ones_too(office: Office) -> None:
    names = [room.name for room in await office.administration.rooms()]
    assert names == ["board", "den", "lobby", "vault"]


@scenario()
async def test_settings_change_and_the_rest_stays(office: Office) -> None:
    changed = await office.administration.set_room("lobby", access="private", guests=False)
    assert office.live.told == [("change", "lobby")]
    stored = on_disk(office, "lobby")
    assert office.live.record("lobby") == stored
    assert (stored.access, stored.guests, stored.title) == ("private", False, "Lobby")
    assert (changed.access, changed.topic) == ("private", "Come in")
    assert (await office.administration.set_room("lobby", title="")).title == "lobby"


@scenario()
async def test_settings_of_the_conversation_are_kept_as_they_were_said(office: Office) -> None:
    words = ["darn", "*heck*", "darn", "мат"]
    said = {"slow_mode": 30, "locked": True, "join_lines": False, "words": words}
    made = await office.administration.create_room("tea", **said)
    kept = ("darn", "*heck*", "мат")
    assert (made.slow_mode, made.locked, made.join_lines, made.words) == (30, True, False, kept)
    assert office.live.record("tea") == on_disk(office, "tea")
    changed = await office.administration.set_room("lobby", **said)
    assert (changed.slow_mode, changed.words, changed.version) == (30, kept, 2)


@scenario()
async def test_nothing_set_changes_nothing(office: Office) -> None:
    assert (await office.administration.set_room("lobby")).title == "Lobby"
    assert office.live.told == []


@scenario()
async def test_change_keeps_what_the_log_moved_meanwhile(office: Office) -> None:
    record = office.live.record("lobby")
    assert record
    with office.slow_disk():
        waiting = asyncio.ensure_future(office.administration.set_room("lobby", title="Hall"))
        await asyncio.sleep(0)
        record.last, record.last_time = 7, NOW_MS + 7
    changed = await waiting
    assert (changed.title, changed.last, changed.last_time) == ("Hall", 7, NOW_MS + 7)
    assert office.live.record("lobby") == replace(record, title="Hall", version=2)


@scenario()
async def test_two_changes_of_one_moment_both_hold(office: Office) -> None:
    verb = office.administration.set_room
    await asyncio.gather(verb("lobby", title="Hall"), verb("lobby", topic="Mind the step"))
    record = office.live.record("lobby")
    assert record
    assert (record.title, record.topic) == ("Hall", "Mind the step")


@scenario()
async def test_deleted_room_takes_its_tokens_along(office: Office) -> None:
    text = await bound(office, "g_ann")
    office.store.journal.mark_read("vault", "g_ann", 5)
    await office.administration.delete_room("vault")
    assert office.store.journal.marked("vault", "g_ann") == 0
    assert office.live.told == [("remove", "vault")]
    assert office.live.record("vault") is None
    assert "vault" not in [record.name for record in office.store.rooms()]
    assert await office.administration.tokens() == []
    assert office.keyring.find(text) is None
    again = await office.administration.create_room("vault", access="private")
    assert (again.first, again.last) == (1, 0)
    assert office.keyring.role_for("g_ann", "vault") is None


@scenario()
async def test_rotation_leaves_only_who_asked_for_it(office: Office) -> None:
    for person in ("g_ann", "g_bob"):
        await bound(office, person)
    office.live.told.clear()
    office.clock.now += 5
    rotated = await office.administration.rotate_room("vault", by="g_ann")
    assert on_disk(office, "vault").rotated == NOW_MS + 5000
    assert office.live.record("vault") == on_disk(office, "vault")
    assert office.live.told == [("change", "vault")]
    assert office.keyring.role_for("g_ann", "vault") == "write"
    assert office.keyring.role_for("g_bob", "vault") is None
    assert rotated.link == f"r/vault#invite={rotated.invite}"
    assert (rotated.token.used, rotated.token.usable) == (1, True)
    usable = [token.id for token in await office.administration.tokens() if token.usable]
    assert usable == [rotated.token.id]


@scenario()
async def test_rotation_by_nobody_unbinds_everybody(office: Office) -> None:
    await bound(office, "g_ann")
    await office.administration.rotate_room("vault", role="moderate")
    assert office.keyring.role_for("g_ann", "vault") is None
    assert office.store.bindings() == []


# ── tokens ──────────────────────────────────────────────────────────────────────────────────────


@scenario(base_url="https://site.example/chat")
async def test_invite_is_shown_once_with_its_link(office: Office) -> None:
    made = await office.administration.create_token(
        kind="invite", room="vault", role="write", label="for Bob", expires=60, uses=1
    )
    assert made.link == f"https://site.example/chat/r/vault#invite={made.token}"
    assert (made.expires, made.uses, made.label) == (NOW_MS + 60_000, 1, "for Bob")
    listed = msgspec.json.encode(await office.administration.tokens("vault")).decode()
    assert '"label":"for Bob"' in listed
    assert made.token not in listed
    assert "digest" not in listed


@scenario()
async def test_key_may_be_for_a_pattern_and_has_no_link(office: Office) -> None:
    made = await office.administration.create_token(kind="key", room="support-*", role="moderate")
    assert made.token.startswith("tk_")
    assert made.link is None
    assert [t.id for t in await office.administration.tokens("support-*")] == [made.id]


@scenario()
async def test_revoked_invite_is_asked_about_in_its_room(office: Office) -> None:
    await bound(office, "g_ann")
    office.live.told.clear()
    revoked = await office.administration.revoke_token(1)
    assert (revoked.revoked, revoked.usable) == (NOW_MS, False)
    assert office.live.told == [("apply", "vault", "revoked")]


@scenario()
async def test_revoked_key_ends_its_connections(office: Office) -> None:
    made = await office.administration.create_token(kind="key", room="*", role="admin")
    await office.administration.revoke_token(made.id)
    assert office.live.told == [("expel", CloseCode.KEY_REVOKED, f"b_{made.id}")]


@scenario()
async def test_revocation_is_carried_through_without_its_caller(office: Office) -> None:
    text = await bound(office, "g_ann")
    with office.slow_disk():
        waiting = asyncio.ensure_future(office.administration.revoke_token(1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    await office.written()
    assert waiting.cancelled()
    assert office.store.tokens()[0].revoked
    token = office.keyring.find(text)
    assert token and token.revoked
    assert ("apply", "vault", "revoked") in office.live.told


# ── bans ────────────────────────────────────────────────────────────────────────────────────────


@scenario()
async def test_ban_is_made_told_and_lifted(office: Office) -> None:
    made = await office.administration.add_ban(place="2001:db8:1:2::9", seconds=60, reason="spam")
    assert (made.place, made.expires) == ("2001:db8:1:2::/64", NOW_MS + 60_000)
    assert (made.source, made.hits) == ("operator", 0)
    assert [ban.place for ban in office.banned] == ["2001:db8:1:2::/64"]
    person = await office.administration.add_ban(person="g_ann")
    assert (person.person, person.expires) == ("g_ann", None)
    assert await office.administration.bans() == [person, made]
    await office.administration.remove_ban(made.id)
    assert await office.administration.bans() == [person]
    with pytest.raises(NotFound):
        await office.administration.remove_ban(made.id)


@pytest.mark.parametrize("place", ["192.0.2.7", "192.0.2.7/32", "::ffff:192.0.2.7"])
def test_place_of_a_ban_may_be_written_in_several_ways(tmp_path: Path, place: str) -> None:
    async def run() -> None:
        async with open_office(tmp_path / "data") as office:
            assert (await office.administration.add_ban(place=place)).place == HOME

    asyncio.run(run())


# ── refusals ────────────────────────────────────────────────────────────────────────────────────

INVITE = {"kind": "invite", "room": "vault", "role": "write"}


def shown_by(origins: Any) -> Verb:
    return lambda a: a.create_room("tea", origins=origins)


BAD_ORIGINS: list[Any] = [
    "https://a.example",
    None,
    [7],
    [""],
    ["*"],
    ["null"],
    ["'self'"],
    ["https:"],
    ["https://*"],
    ["https://*.a.example"],
    ["a.example"],
    ["https://a.example/"],
    ["https://a.example/chat"],
    ["https://a.example?x"],
    ["https://ann@a.example"],
    ["https://a.example:"],
    ["https://a.example:99999"],
    ["ws://a.example"],
    ["data:text/html,x"],
    ["https://a.example; script-src *"],
    ["https://a.example;script-src"],
    ["'unsafe-inline'; script-src *"],
    ["https://a.example https://b.example"],
    ["https://a.example,https://b.example"],
    ["https://a.example\n"],
    ["https://a.exa\nmple"],
    ["https://a.example\r\nX-Evil: 1"],
    ["https://a.exa\tmple"],
    ["\x00https://a.example"],
    ["https://a\u2028.example"],
    ["https://b\u00fccher.example"],
    ["https://a.example\ud800"],
    ["https://" + "a" * 300],
    [f"https://a{number}.example" for number in range(21)],
]
REFUSED: list[tuple[type[ChatError], str, Verb]] = [
    (BadRequest, "room:", lambda a: a.room("No Room")),
    (BadRequest, "room:", lambda a: a.room("support-*")),
    (BadRequest, "room:", lambda a: a.room(["lobby"])),
    (BadRequest, "room:", lambda a: a.create_room("a" * 65)),
    (BadRequest, "room:", lambda a: a.create_room("tea\n")),
    (BadRequest, "title:", lambda a: a.create_room("tea", title="a\nb")),
    (BadRequest, "title:", lambda a: a.create_room("tea", title="a" * 201)),
    (BadRequest, "title:", lambda a: a.create_room("tea", title="\ud800")),
    (BadRequest, "topic:", lambda a: a.create_room("tea", topic=7)),
    (BadRequest, "access:", lambda a: a.create_room("tea", access="open")),
    (BadRequest, "access:", lambda a: a.create_room("tea", access=["public"])),
    (BadRequest, "guests:", lambda a: a.create_room("tea", guests="no")),
    (BadRequest, "sites:", lambda a: a.create_room("tea", sites="blog")),
    (BadRequest, "slow_mode:", lambda a: a.create_room("tea", slow_mode=-1)),
    (BadRequest, "slow_mode:", lambda a: a.create_room("tea", slow_mode=21_601)),
    (BadRequest, "slow_mode:", lambda a: a.create_room("tea", slow_mode=True)),
    (BadRequest, "locked:", lambda a: a.create_room("tea", locked=1)),
    (BadRequest, "join_lines:", lambda a: a.create_room("tea", join_lines=None)),
    (BadRequest, "words:", lambda a: a.create_room("tea", words="darn")),
    (BadRequest, "words:", lambda a: a.create_room("tea", words=["w"] * 501)),
    (BadRequest, "words:", lambda a: a.create_room("tea", words=["a b"])),
    (BadRequest, "words:", lambda a: a.create_room("tea", words=["a\n"])),
    (BadRequest, "words:", lambda a: a.create_room("tea", words=["a*b"])),
    (BadRequest, "words:", lambda a: a.create_room("tea", words=["*"])),
    (BadRequest, "words:", lambda a: a.create_room("tea", words=["**"])),
    (BadRequest, "words:", lambda a: a.create_room("tea", words=[""])),
    (BadRequest, "words:", lambda a: a.create_room("tea", words=["w" * 65])),
    (BadRequest, "words:", lambda a: a.create_room("tea", words=[7])),
    (BadRequest, "sites:", lambda a: a.create_room("tea", sites=["nobody"])),
    (BadRequest, "sites:", lambda a: a.create_room("tea", sites=[7])),
    *((BadRequest, "origins:", shown_by(value)) for value in BAD_ORIGINS),
    (BadRequest, "history_age:", lambda a: a.create_room("tea", history_age=-1)),
    (BadRequest, "history_age:", lambda a: a.create_room("tea", history_age=True)),
    (BadRequest, "history_messages:", lambda a: a.create_room("tea", history_messages=2**70)),
    (BadRequest, "colour:", lambda a: a.create_room("tea", colour="red")),
    (BadRequest, "epoch:", lambda a: a.set_room("lobby", epoch="x")),
    (NotFound, "", lambda a: a.room("nowhere")),
    (NotFound, "", lambda a: a.set_room("nowhere", title="x")),
    (NotFound, "", lambda a: a.delete_room("nowhere")),
    (NotFound, "", lambda a: a.rotate_room("nowhere")),
    (BadRequest, "role:", lambda a: a.rotate_room("vault", role="owner")),
    (BadRequest, "person:", lambda a: a.rotate_room("vault", by="")),
    (BadRequest, "room:", lambda a: a.tokens("../x")),
    (BadRequest, "kind:", lambda a: a.create_token(**{**INVITE, "kind": "jwt"})),
    (BadRequest, "role:", lambda a: a.create_token(**{**INVITE, "role": "root"})),
    (BadRequest, "role:", lambda a: a.create_token(**{**INVITE, "role": None})),
    (BadRequest, "room:", lambda a: a.create_token(**{**INVITE, "room": "vault-*"})),
    (NotFound, "", lambda a: a.create_token(**{**INVITE, "room": "nowhere"})),
    (BadRequest, "label:", lambda a: a.create_token(**INVITE, label="a\x1b[1m")),
    (BadRequest, "expires:", lambda a: a.create_token(**INVITE, expires=0)),
    (BadRequest, "expires:", lambda a: a.create_token(**INVITE, expires=float("inf"))),
    (BadRequest, "expires:", lambda a: a.create_token(**INVITE, expires=float("nan"))),
    (BadRequest, "expires:", lambda a: a.create_token(**INVITE, expires=True)),
    (BadRequest, "uses:", lambda a: a.create_token(**INVITE, uses=0)),
    (BadRequest, "uses:", lambda a: a.create_token(**{**INVITE, "kind": "key"}, uses=1)),
    (BadRequest, "id:", lambda a: a.revoke_token("1")),
    (BadRequest, "id:", lambda a: a.revoke_token(2**80)),
    (NotFound, "", lambda a: a.revoke_token(99)),
    (BadRequest, "text:", lambda a: a.check_token(7)),
    (BadRequest, "expected a person, a place, or both", lambda a: a.add_ban()),
    (BadRequest, "person: this is an account", lambda a: a.add_ban(person="a_1")),
    (BadRequest, "kind:", lambda a: a.add_ban(person="g_a", kind="kick")),
    (BadRequest, "name:", lambda a: a.add_ban(person="g_a", name="a\nb")),
    (BadRequest, "room:", lambda a: a.add_ban(person="g_a", room="support-*")),
    (NotFound, "no room", lambda a: a.add_ban(person="g_a", room="nowhere")),
    (NotFound, "no room", lambda a: a.bans(room="nowhere")),
    (BadRequest, "person:", lambda a: a.mute("g ann")),
    (NotFound, "no room", lambda a: a.mute("g_a", room="nowhere")),
    (BadRequest, "person: this is an account", lambda a: a.kick("vault", "a_1")),
    (NotFound, "no room", lambda a: a.kick("nowhere", "g_a")),
    (NotFound, "g_a is not in", lambda a: a.kick("vault", "g_a")),
    (BadRequest, "place:", lambda a: a.add_ban(place="192.0.2.0/24")),
    (BadRequest, "place:", lambda a: a.add_ban(place="2001:db8::/48")),
    (BadRequest, "place:", lambda a: a.add_ban(place="example.org")),
    (BadRequest, "place:", lambda a: a.add_ban(place=7)),
    (BadRequest, "person:", lambda a: a.add_ban(person="g ann")),
    (BadRequest, "person:", lambda a: a.add_ban(person="g" * 129)),
    (BadRequest, "seconds:", lambda a: a.add_ban(person="g_a", seconds=-1)),
    (BadRequest, "reason:", lambda a: a.add_ban(person="g_a", reason="a\nb")),
    (BadRequest, "id:", lambda a: a.remove_ban(0)),
    (NotFound, "", lambda a: a.remove_ban(99)),
]


def test_wrong_arguments_are_refused_in_words_and_change_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_office(tmp_path / "data") as office:
            before = office.store.rooms()
            for number, (kind, words, verb) in enumerate(REFUSED):
                with pytest.raises(ChatError) as caught:
                    await verb(office.administration)
                assert type(caught.value) is kind, number
                assert caught.value.message.startswith(words), number
                assert len(caught.value.message) < 300
            assert office.live.told == office.banned == []
            assert office.store.rooms() == before
            assert office.store.tokens() == office.store.bans() == []

    asyncio.run(run())


CHANGES: list[Verb] = [
    lambda a: a.create_room("tea"),
    lambda a: a.set_room("lobby", access="private"),
    lambda a: a.delete_room("lobby"),
    lambda a: a.rotate_room("vault", by="g_ann"),
    lambda a: a.create_token(**INVITE),
    lambda a: a.revoke_token(1),
    lambda a: a.add_ban(place=HOME),
]


@scenario()
async def test_change_that_cannot_be_written_does_not_act(office: Office) -> None:
    await bound(office, "g_ann")
    before = await office.administration.rooms()
    office.live.told.clear()
    await asyncio.to_thread(office.store.journal.stop)
    for verb in CHANGES:
        with pytest.raises(ChatError) as caught:
            await verb(office.administration)
        assert caught.value.retryable
    assert office.live.told == office.banned == []
    assert await office.administration.rooms() == before
    assert [token.usable for token in await office.administration.tokens()] == [True]
    assert await office.administration.bans() == []
    assert office.keyring.role_for("g_ann", "vault") == "write"


# ── later ───────────────────────────────────────────────────────────────────────────────────────


def test_answers_are_json_and_the_same_after_a_restart(tmp_path: Path) -> None:
    async def everything(administration: Operator) -> list[bytes]:
        verbs = (administration.rooms, administration.tokens, administration.bans)
        return [msgspec.json.encode(await verb()) for verb in verbs]

    async def before() -> list[bytes]:
        async with open_office(tmp_path / "data") as office:
            administration = office.administration
            await administration.create_room("tea", sites=["blog"])
            await bound(office, "g_ann")
            await administration.rotate_room("vault", by="g_ann")
            await administration.create_token(kind="key", room="support-*", role="admin")
            await administration.add_ban(place=HOME, seconds=60)
            await administration.delete_room("den")
            return await everything(administration)

    async def after() -> list[bytes]:
        async with open_office(tmp_path / "data", clock=Clock()) as office:
            await office.administration.delete_room("den")  # the office's rooms are made anew
            return await everything(office.administration)

    first = asyncio.run(before())
    assert asyncio.run(after()) == first
