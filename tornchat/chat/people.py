"""The people of this process: one identity each, however many clients it has.

Knows names and identities; rooms are somebody else's.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from tornchat.access import names
from tornchat.access.identity import Identity
from tornchat.protocol import Person

if TYPE_CHECKING:
    from tornchat.chat.client import Client


class Participant:
    """A person who is connected: the identity that others see, and its clients.

    `returning` is true for somebody who presented an identity of before; `read` holds the read
    positions that are known, by room.
    """

    __slots__ = ("clients", "folded_name", "person", "read", "returning")

    def __init__(self, person: Person, *, returning: bool) -> None:
        self.person = person
        self.folded_name = names.fold(person.name)
        self.returning = returning
        self.clients: set[Client] = set()
        self.read: dict[str, int] = {}

    def rename(self, name: str) -> None:
        """Take another name; the person stays the same."""
        self.person = msgspec.structs.replace(self.person, name=name)
        self.folded_name = names.fold(name)

    def wear(self, badge: str | None) -> None:
        """Show another badge from now on."""
        self.person = msgspec.structs.replace(self.person, badge=badge)


class People:
    """Everybody who has at least one client here."""

    def __init__(self) -> None:
        self._participants: dict[str, Participant] = {}

    def __len__(self) -> int:
        return len(self._participants)

    def __iter__(self) -> Iterator[Participant]:
        return iter(self._participants.values())

    def get(self, person_id: str) -> Participant | None:
        """Return a person who is connected."""
        return self._participants.get(person_id)

    def arrive(self, client: Client, identity: Identity, name: str | None) -> Participant:
        """Count a client in. An identity without a person id: a new guest; `name` None: the one
        held, or a made-up one."""
        person_id = identity.person_id or f"g_{secrets.token_hex(8)}"
        participant = self._participants.get(person_id)
        if participant is None:
            person = Person(
                person_id,
                name or f"Guest {int(person_id[-4:], 16) % 10000:04}",
                identity.verified,
                identity.kind,
                identity.badge,
            )
            returning = identity.person_id is not None
            participant = self._participants[person_id] = Participant(person, returning=returning)
        participant.clients.add(client)
        return participant

    def depart(self, client: Client, participant: Participant) -> None:
        """Count a client out; the last one takes the person along."""
        participant.clients.discard(client)
        if not participant.clients:
            self._participants.pop(participant.person.id, None)
