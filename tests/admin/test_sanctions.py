"""Verbs about people and bans: how far moderators reach, and what the audit log says."""

from typing import Any

import pytest

from tests.admin import office as admin_office
from tests.admin.operator import Operator
from tests.chat.place import Line, Place, scenario
from tornchat.admin.actor import Actor
from tornchat.errors import ChatError, Forbidden, NotFound

MOD = Actor("mod", "moderator", "192.0.2.9", frozenset({"den"}))


def person(line: Line) -> str:
    return line.client.person.id


@scenario()
async def test_moderator_reaches_their_rooms_alone(place: Place) -> None:
    mod, ann = Operator(place.office, MOD), await place.guest("Ann", "den")
    await ann.join("lobby")
    await mod.kick("den", person(ann))
    await mod.mute(person(ann), room="den")
    made = await mod.add_ban(person=person(ann), room="den", reason="spam")
    assert (made.author, made.name, made.room) == ("mod", "Ann", "den")
    elsewhere = await place.admin.add_ban(person="g_else", room="vault")
    everywhere = await place.admin.mute("g_else")
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("kick", {"room": "lobby", "person": person(ann)}),
        ("mute", {"person": person(ann), "room": "lobby"}),
        ("mute", {"person": person(ann)}),
        ("add_ban", {"person": person(ann), "room": "lobby"}),
        ("add_ban", {"person": person(ann)}),
        ("add_ban", {"place": "192.0.2.1"}),
        ("bans", {}),
        ("bans", {"room": "lobby"}),
        ("remove_ban", {"id": elsewhere.id}),
        ("remove_ban", {"id": everywhere.id}),
        ("remove_ban", {"id": 999}),
        ("remove_ban", {"id": "1"}),
    ]
    before = place.store.bans()
    for verb, args in attempts:
        with pytest.raises(NotFound):
            await place.office.perform(MOD, verb, args)
    assert place.store.bans() == before
    assert set(ann.client.rooms) == {"lobby"}
    assert [ban.kind for ban in await mod.bans(room="den")] == ["ban", "mute"]
    await mod.remove_ban(made.id)


@scenario()
async def test_moderators_leave_their_peers_alone_and_admins_do_not(place: Place) -> None:
    peer = await place.guest("Peer", None)
    await peer.join("den", token=await place.invite("den", "moderate"))
    mod = Operator(place.office, MOD)
    for change in (
        mod.kick("den", person(peer)),
        mod.mute(person(peer), room="den"),
        mod.add_ban(person=person(peer), room="den"),
    ):
        with pytest.raises(Forbidden, match="moderate this room too"):
            await change
    assert set(peer.client.rooms) == {"den"}
    await place.admin.add_ban(person=person(peer), room="den")
    assert not peer.client.rooms


@scenario()
async def test_audit_log_says_whom_it_was_about(place: Place) -> None:
    ann = await place.guest("Ann", "den")
    mod = Operator(place.office, MOD)
    await mod.kick("den", person(ann), reason="loud")
    muted = await mod.mute(person(ann), room="den", seconds=60, reason="caps")
    await mod.remove_ban(muted.id)
    await place.admin.add_ban(place="192.0.2.7")
    rows = (await place.admin.audit())[:4]
    who = f"Ann ({person(ann)})"
    assert [(row.verb, row.room, row.subject) for row in reversed(rows)] == [
        ("kick", "den", who),
        ("mute", "den", who),
        ("remove_ban", "den", who),
        ("add_ban", None, "192.0.2.7"),
    ]
    assert "caps" in rows[2].detail


@admin_office.scenario()
async def test_without_a_server_bans_are_stored_and_nobody_is_kicked(
    office: admin_office.Office,
) -> None:
    made = await office.administration.add_ban(room="vault", person="g_a", name="Ann", seconds=60)
    assert office.store.bans()[0].name == "Ann"
    assert [ban.id for ban in await office.administration.bans(room="vault")] == [made.id]
    with pytest.raises(ChatError, match="g_a is not in"):
        await office.administration.kick("vault", "g_a")
    await office.administration.remove_ban(made.id)
    assert office.store.bans() == []
