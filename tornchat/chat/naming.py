"""Names are unique in each room while their people are there: who gives way, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from tornchat.access import names
from tornchat.chat.people import Participant, People
from tornchat.chat.room import Room
from tornchat.errors import BadRequest
from tornchat.protocol import Named, Person

SEALS: Final = frozenset("✓✔✅☑🗸🗹⍻√🛡🎖🏅🔰")
"""What pages put beside the names of people they vouch for."""
CLAIM: Final = names.fold("verified")


def guest_name(raw: str) -> str:
    """Return the name a guest asks for, clean; BadRequest where it is no name for a guest.

    Guests go neither by the names of those in charge nor by what looks like a verified one.
    """
    clean = names.clean(raw)
    if names.reserved(clean):
        raise BadRequest(f"name: {clean!r} is reserved, choose another")
    if not SEALS.isdisjoint(clean) or (len(clean) >= len(CLAIM) and _claims(clean)):
        raise BadRequest(f"name: {clean!r} looks like a verified one, choose another")
    return clean


def _claims(name: str) -> bool:
    """Return whether one of the words of a name says that it is verified."""
    words = "".join(c if c.isalnum() else " " for c in name).split()
    return any(names.fold(word) == CLAIM for word in words if len(word) >= len(CLAIM))


def introduce(
    people: People, participant: Participant, name: str | None, badge: str | None
) -> None:
    """Take over the name and badge that a person has brought along."""
    if badge != participant.person.badge:
        participant.wear(badge)
        for room in _rooms(participant):
            room.presence.rename(participant.person, participant.folded_name)
    if name is not None and name != participant.person.name:
        rename(people, participant, name)


def rename(people: People, participant: Participant, name: str) -> None:
    """Let a person go by another name everywhere; one that somebody else holds gets a number.

    Guests give way to a verified person.
    """
    rooms = _rooms(participant)
    if participant.person.verified:
        for room in rooms:
            _make_way(people, room, participant.person, name)
    free = _free_name(name, participant.person.id, rooms)
    if free != participant.person.name:
        _take(participant, free, rooms, None if free == name else f"{name!r} is taken")


def seat(people: People, participant: Participant, room: Room, *, just_started: bool) -> None:
    """List a person in a room that one of their clients has entered.

    Whoever comes back because the server `just_started` draws no line.
    """
    if room.presence.holder(participant.folded_name) not in (None, participant.person.id):
        rename(people, participant, participant.person.name)
    person = participant.person
    silent = just_started and participant.returning
    was = room.presence.enter(person, participant.folded_name, silent=silent)
    if was is not None and was != person.name:
        room.presence.rename(person, participant.folded_name)
        room.broadcast(Named(person, was))


def _make_way(people: People, room: Room, verified: Person, name: str) -> None:
    """Rename the guest who goes by a verified person's name in a room, gone or not."""
    holder = room.presence.named(names.fold(name))
    if holder is None or holder.verified or holder.id == verified.id:
        return
    guest = people.get(holder.id) or Participant(holder, returning=False)
    rooms = _rooms(guest) | {room}
    free = names.numbered(holder.name, _taken(holder.id, rooms))
    _take(guest, free, rooms, f"{name!r} is the name of somebody who is verified")


def _take(participant: Participant, name: str, rooms: set[Room], reason: str | None) -> None:
    """Give a person a name that is free, and tell them and their rooms."""
    was = participant.person.name
    participant.rename(name)
    event = Named(participant.person, was, reason)
    for client in participant.clients:
        client.tell(event)
    for room in rooms:
        if room.presence.rename(participant.person, participant.folded_name):
            room.broadcast(event, without=participant.clients)


def _rooms(participant: Participant) -> set[Room]:
    return {room for client in participant.clients for room in client.rooms.values()}


def _free_name(name: str, person_id: str, rooms: Iterable[Room]) -> str:
    taken = _taken(person_id, rooms)
    return names.numbered(name, taken) if taken(name) else name


def _taken(person_id: str, rooms: Iterable[Room]) -> Callable[[str], bool]:
    def taken(candidate: str) -> bool:
        folded = names.fold(candidate)
        return any(room.presence.holder(folded) not in (None, person_id) for room in rooms)

    return taken
