"""Who is in one room: people, not tabs; leaving is held back; changes are told as differences.

It keeps the books and makes the event; it neither sends nor sets timers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tornchat.protocol import Person, PresenceChange


@dataclass(slots=True)
class _Present:
    person: Person
    folded_name: str
    tabs: int


class Presence:
    """The people of one room.

    A person is present while at least one of their clients is in the room, and for `grace`
    seconds after the last one vanished, so that a reload draws no line. `change` collects what
    happened since it was last called. Above `limit` people only the count is told; when the room
    shrinks again, and after a silent entry (somebody who was here before a restart of the server),
    the full list is.
    """

    __slots__ = (
        "_clock", "_grace", "_joins", "_leaves", "_leaving", "_limit", "_names", "_present",
        "_resync", "_room", "_told",
    )  # fmt: skip

    def __init__(self, room: str, *, grace: float, limit: int, clock: Callable[[], float]) -> None:
        self._room = room
        self._grace = grace
        self._limit = limit
        self._clock = clock
        self._present: dict[str, _Present] = {}
        self._names: dict[str, str] = {}
        self._leaving: dict[str, float] = {}
        self._joins: dict[str, Person] = {}
        self._leaves: dict[str, Person] = {}
        self._told = 0
        self._resync = False

    def __len__(self) -> int:
        return len(self._present)

    def __iter__(self) -> Iterator[Person]:
        return (here.person for here in self._present.values())

    @property
    def members(self) -> list[Person] | None:
        """Everybody, in order of entry; None above the limit."""
        return None if len(self._present) > self._limit else list(self)

    @property
    def pending(self) -> bool:
        """Whether `change` has something to tell, or will have once a grace is over."""
        return bool(self._joins or self._leaves or self._leaving or self._resync)

    def holder(self, folded_name: str) -> str | None:
        """Return the id of the person who goes by that folded name here."""
        return self._names.get(folded_name)

    def named(self, folded_name: str) -> Person | None:
        """Return who goes by that folded name here."""
        holder = self.holder(folded_name)
        return None if holder is None else self._present[holder].person

    def enter(self, person: Person, folded_name: str, *, silent: bool = False) -> str | None:
        """Count one more client of the person; return the name they are listed by already, if any.

        `silent`: list them without a line.
        """
        here = self._present.get(person.id)
        if here is not None:
            here.tabs += 1
            self._leaving.pop(person.id, None)
            return here.person.name
        self._present[person.id] = _Present(person, folded_name, tabs=1)
        self._names[folded_name] = person.id
        if self._leaves.pop(person.id, None) is not None:
            return None
        if silent:
            self._resync = True
        else:
            self._joins[person.id] = person
        return None

    def exit(self, person_id: str, *, at_once: bool) -> None:
        """Count one client less; the last one's person goes now, or when the grace is over."""
        here = self._present.get(person_id)
        if here is None:
            return
        here.tabs -= 1
        if here.tabs > 0:
            return
        if at_once:
            self._remove(person_id)
        else:
            self._leaving[person_id] = self._clock() + self._grace

    def rename(self, person: Person, folded_name: str) -> bool:
        """Let a person go by another name; return whether they are here."""
        here = self._present.get(person.id)
        if here is None:
            return False
        self._names.pop(here.folded_name, None)
        self._names[folded_name] = person.id
        here.person, here.folded_name = person, folded_name
        if person.id in self._joins:
            self._joins[person.id] = person
        return True

    def change(self) -> PresenceChange | None:
        """Return what happened since the last call, or None."""
        self._let_go(self._clock())
        if not (self._joins or self._leaves or self._resync):
            return None
        counts_only = len(self) > self._limit
        anew = not counts_only and (self._resync or self._told > self._limit)
        change = PresenceChange(
            room=self._room,
            joins=[] if counts_only else list(self._joins.values()),
            leaves=[] if counts_only else list(self._leaves.values()),
            count=len(self),
            members=list(self) if anew else None,
        )
        self._joins.clear()
        self._leaves.clear()
        self._resync = False
        self._told = len(self)
        return change

    def _let_go(self, now: float) -> None:
        while self._leaving:
            person_id, deadline = next(iter(self._leaving.items()))
            if deadline > now:
                return
            del self._leaving[person_id]
            self._remove(person_id)

    def _remove(self, person_id: str) -> None:
        here = self._present.pop(person_id)
        self._names.pop(here.folded_name, None)
        if self._joins.pop(person_id, None) is None:
            self._leaves[person_id] = here.person
