"""Which persons have been bound to which rooms by invites; plain look-ups in memory.

It knows nothing of when a token counts, or of the disk.
"""

from collections.abc import Callable

from tornchat.access import roles


class Bindings:
    """Persons, the rooms they were invited to, and by which tokens with which role."""

    def __init__(self) -> None:
        self._rooms: dict[str, dict[str, dict[int, str]]] = {}
        self._holders: dict[int, set[str]] = {}

    def add(self, token_id: int, room: str, person_id: str, role: str) -> None:
        """Note that a token has bound a person."""
        self._rooms.setdefault(room, {}).setdefault(person_id, {})[token_id] = role
        self._holders.setdefault(token_id, set()).add(person_id)

    def holds(self, token_id: int, person_id: str | None) -> bool:
        """Say whether a token has bound this person."""
        return person_id in self._holders.get(token_id, ())

    def role(self, person_id: str | None, room: str, counts: Callable[[int], bool]) -> str | None:
        """Return a person's highest role in a room out of the tokens that count, or None.

        Asked for every command: somebody without an invite costs two look-ups.
        """
        people = self._rooms.get(room)
        held = people.get(person_id) if people and person_id else None
        if not held:
            return None
        return roles.highest(frozenset(role for token, role in held.items() if counts(token)))

    def drop(self, token_id: int, room: str) -> None:
        """Unbind everybody whom a token has bound."""
        people = self._rooms.get(room, {})
        for person_id in self._holders.pop(token_id, ()):
            held = people[person_id]
            del held[token_id]
            if not held:
                del people[person_id]
        if not people:
            self._rooms.pop(room, None)
