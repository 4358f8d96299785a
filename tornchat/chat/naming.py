"""Names are unique in each room while their people are there: who gives way, and who is told."""

from collections.abc import Iterable

from tornchat.access import names
from tornchat.chat.people import Participant
from tornchat.chat.room import Room
from tornchat.protocol import Named


def rename(participant: Participant, name: str) -> None:
    """Let a person go by another name everywhere; one that somebody else holds gets a number."""
    rooms = {room for client in participant.clients for room in client.rooms.values()}
    free = _free_name(name, participant.person.id, rooms)
    was = participant.person.name
    if free == was:
        return
    participant.rename(free)
    event = Named(participant.person, was, None if free == name else f"{name!r} is taken")
    for client in participant.clients:
        client.tell(event)
    for room in rooms:
        if room.presence.rename(participant.person, participant.folded_name):
            room.broadcast(event, without=participant.clients)


def seat(participant: Participant, room: Room, *, just_started: bool) -> None:
    """List a person in a room that one of their clients has entered.

    Whoever comes back because the server `just_started` draws no line.
    """
    if room.presence.holder(participant.folded_name) not in (None, participant.person.id):
        rename(participant, participant.person.name)
    person = participant.person
    silent = just_started and participant.returning
    was = room.presence.enter(person, participant.folded_name, silent=silent)
    if was is not None and was != person.name:
        room.presence.rename(person, participant.folded_name)
        room.broadcast(Named(person, was))


def _free_name(name: str, person_id: str, rooms: Iterable[Room]) -> str:
    def taken(candidate: str) -> bool:
        folded = names.fold(candidate)
        return any(room.presence.holder(folded) not in (None, person_id) for room in rooms)

    return names.numbered(name, taken) if taken(name) else name
