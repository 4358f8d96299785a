"""The audit log: what is in it, who finds what in it, and that nothing leaves it."""

from typing import Any

import msgspec
import pytest

from tests.access.tokens import NOW
from tests.admin.office import Office, scenario
from tests.admin.operator import Operator
from tornchat.admin.actor import Actor
from tornchat.errors import BadRequest, Forbidden, NotFound
from tornchat.store.models import AuditEntry

ANN = Actor("ann", "admin", "192.0.2.7")
BOB = Actor("bob", "moderator", "192.0.2.8", frozenset({"den"}))


def ids(rows: list[Any]) -> list[int]:
    return [row.id for row in rows]


async def some(office: Office) -> tuple[Operator, Operator]:
    """Let Ann change rooms five times and Bob once, a minute apart."""
    ann, bob = Operator(office.verbs, ANN), Operator(office.verbs, BOB)
    for number, room in enumerate(["lobby", "den", "lobby", "board", "vault"]):
        await ann.set_room(room, guests=bool(number % 2))
        office.clock.now += 60
    await bob.set_room("den", slow_mode=5)
    return ann, bob


@scenario()
async def test_row_says_who_did_what_when_and_from_where(office: Office) -> None:
    await Operator(office.verbs, ANN).set_room("lobby", access="private")
    (row,) = await office.administration.audit()
    assert msgspec.to_builtins(row) == {
        "id": 1,
        "time": NOW * 1000,
        "actor": "ann",
        "actor_kind": "admin",
        "place": "192.0.2.7",
        "verb": "set_room",
        "room": "lobby",
        "subject": "",
        "detail": '{"access":"private"}',
    }


@scenario()
async def test_no_token_is_in_the_log(office: Office) -> None:
    made = await office.administration.create_token(kind="invite", room="vault", role="write")
    await office.administration.check_token(made.token)
    rotated = await office.administration.rotate_room("vault")
    rows = msgspec.json.encode(await office.administration.audit()).decode()
    assert made.token not in rows and rotated.invite not in rows
    assert '"subject":"invite 1"' in rows


@scenario()
async def test_rows_are_found_by_each_filter(office: Office) -> None:
    ann, _ = await some(office)
    await ann.create_token(kind="key", room="*", role="admin")
    audit = office.administration.audit
    assert ids(await audit()) == [7, 6, 5, 4, 3, 2, 1]
    assert ids(await audit(text="BOB")) == [6]
    assert ids(await audit(text="key")) == [7]
    assert ids(await audit(text="b%b")) == []
    assert ids(await audit(verb="create_token")) == [7]
    assert ids(await audit(room="den")) == [6, 2]
    assert ids(await audit(room="den", text="ann")) == [2]
    since = NOW * 1000 + 60_000
    assert ids(await audit(since=since, until=since + 120_000)) == [3, 2]


@scenario()
async def test_rows_come_a_page_at_a_time_in_both_directions(office: Office) -> None:
    await some(office)
    audit = office.administration.audit
    assert ids(await audit(limit=2)) == [6, 5]
    assert ids(await audit(limit=2, before=5)) == [4, 3]
    assert ids(await audit(limit=2, after=2)) == [4, 3]
    assert ids(await audit(limit=2, after=6)) == []


@pytest.mark.parametrize(
    "args",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": True},
        {"before": -1},
        {"after": "1"},
        {"text": "a\nb"},
        {"text": "x" * 101},
        {"verb": 7},
        {"room": "../x"},
        {"since": 2**60},
        {"until": 1.5},
    ],
)
def test_wrong_filter_is_refused(tmp_path: Any, args: dict[str, Any]) -> None:
    @scenario()
    async def body(office: Office) -> None:
        with pytest.raises(BadRequest):
            await office.administration.audit(**args)

    body(tmp_path)


@scenario()
async def test_log_of_the_server_is_not_there_for_moderators(office: Office) -> None:
    _, bob = await some(office)
    with pytest.raises(NotFound):
        await bob.audit()


@scenario()
async def test_nothing_is_changed_in_the_log_or_taken_out_of_it(office: Office) -> None:
    await some(office)
    call = office.store.journal.call
    for query in (AuditEntry.delete(), AuditEntry.update(actor="nobody")):
        with pytest.raises(Exception, match="append-only"):
            call(lambda database, query=query: query.execute(database)).result()
    assert len(await office.administration.audit()) == 6


# ── what moderators of single rooms may ─────────────────────────────────────────────────────────


@scenario()
async def test_moderator_sets_what_is_about_the_conversation_only(office: Office) -> None:
    bob = Operator(office.verbs, BOB)
    changed = await bob.set_room("den", topic="Now", locked=True)
    assert (changed.topic, changed.locked) == ("Now", True)
    for setting in ({"access": "private"}, {"title": "Mine"}, {"topic": "x", "guests": False}):
        with pytest.raises(Forbidden):
            await bob.set_room("den", **setting)
    with pytest.raises(NotFound):
        await bob.set_room("lobby", topic="x")
    with pytest.raises(NotFound):
        await bob.delete_room("den")
    assert [room.name for room in await bob.rooms()] == ["den"]


@scenario()
async def test_moderator_gives_and_takes_invites_of_their_rooms_only(office: Office) -> None:
    bob, admin = Operator(office.verbs, BOB), office.administration
    mine = await bob.create_token(kind="invite", room="den", role="write")
    theirs = [
        await admin.create_token(kind="invite", room="den", role="moderate"),
        await admin.create_token(kind="key", room="den", role="read"),
        await admin.create_token(kind="invite", room="vault", role="read"),
    ]
    assert ids(await bob.tokens("den")) == [mine.id]
    for token in theirs:
        with pytest.raises(NotFound):
            await bob.revoke_token(token.id)
    for verb in (bob.tokens, bob.check_token):
        with pytest.raises((NotFound, BadRequest)):
            await verb()
    for kind, role in (("key", "read"), ("invite", "moderate"), ("invite", "admin")):
        with pytest.raises(Forbidden):
            await bob.create_token(kind=kind, room="den", role=role)
    with pytest.raises(Forbidden):
        await bob.rotate_room("den", role="admin")
    assert (await bob.revoke_token(mine.id)).revoked
