"""Every room that exists, live or not: its record, its rules, and who sees it in a list.

It knows nothing of who is connected.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Final

from tornchat.access.policy import RoomRules
from tornchat.access.wordlist import WordList
from tornchat.store import RoomRecord

SETTINGS: Final = (
    "title", "topic", "access", "guests", "sites", "rotated", "archived", "pattern",
    "history_age", "history_messages", "slow_mode", "locked", "join_lines", "words", "version",
    "origins",
)  # fmt: skip
"""What an operator may change of a record; the rest moves with the log."""
DESCRIPTION: Final = ("title", "topic", "access", "slow_mode", "locked", "join_lines")
"""What those in a room are told when it changes."""
REMEMBERED_ROOMS: Final = 1000
"""Deleted rooms whose last members are known, so that their coming back is no guess."""
NOWHERE: Final = RoomRules("", "private", guests=False)
"""The rules that a room which does not exist is asked by, so that its answer takes as long."""


class Directory:
    """The records by name. A record stays the same object while its room exists."""

    def __init__(self, records: Iterable[RoomRecord]) -> None:
        self._records: dict[str, RoomRecord] = {}
        self._rules: dict[str, RoomRules] = {}
        self._words: dict[str, WordList] = {}
        self._members_of_gone: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._origins: frozenset[str] | None = None
        for record in records:
            self.add(record)

    def __iter__(self) -> Iterator[RoomRecord]:
        return iter(self._records.values())

    def get(self, name: str) -> RoomRecord | None:
        """Return a room's record."""
        return self._records.get(name)

    def rules(self, name: str) -> RoomRules | None:
        """Return what decides about grants in a room."""
        return self._rules.get(name)

    def add(self, record: RoomRecord) -> None:
        """Take in a room."""
        self._records[record.name] = record
        self._note_rules(record)

    @property
    def origins(self) -> frozenset[str]:
        """Every origin whose pages may show one of the rooms."""
        if self._origins is None:
            self._origins = frozenset(origin for record in self for origin in record.origins)
        return self._origins

    def words(self, name: str) -> WordList | None:
        """Return what nobody may write in a room; None where that is nothing."""
        return self._words.get(name)

    def change(self, changed: RoomRecord) -> dict[str, Any]:
        """Take over a room's settings; return what has changed of how it is described."""
        record = self._records[changed.name]
        before = {field: getattr(record, field) for field in DESCRIPTION}
        for field in SETTINGS:
            setattr(record, field, getattr(changed, field))
        self._note_rules(record)
        return {
            field: value
            for field in DESCRIPTION
            if (value := getattr(record, field)) != before[field]
        }

    def remove(self, name: str, members: Collection[str] = ()) -> RoomRecord | None:
        """Forget a room, and return its last record; remember who was in it at the end."""
        self._members_of_gone[name] = frozenset(members)
        if len(self._members_of_gone) > REMEMBERED_ROOMS:
            self._members_of_gone.popitem(last=False)
        self._rules.pop(name, None)
        self._words.pop(name, None)
        self._origins = None
        return self._records.pop(name, None)

    def was_in(self, person_id: str, name: str) -> bool:
        """Return whether a person was in a room when it was deleted."""
        return person_id in self._members_of_gone.get(name, ())

    def listed(self, grants: Callable[[str], frozenset[str]] | None) -> list[RoomRecord]:
        """Return the rooms somebody sees, by title; `grants` None: the rooms everybody sees.

        Private rooms are there for those who may read them; rooms made on demand, for those who
        moderate them; archived ones for nobody.
        """
        found = [r for r in self if r.archived is None and _seen(r, grants)]
        return sorted(found, key=lambda record: record.title.casefold())

    def _note_rules(self, record: RoomRecord) -> None:
        self._rules[record.name] = rules_of(record)
        self._words.pop(record.name, None)
        self._origins = None
        if record.words:
            self._words[record.name] = WordList(record.words)


def rules_of(record: RoomRecord) -> RoomRules:
    """Return what decides about grants in a room."""
    return RoomRules(
        record.name,
        record.access,
        record.guests,
        record.sites,
        record.rotated / 1000,
        record.locked or put_away(record),
    )


def put_away(record: RoomRecord) -> bool:
    """Return whether somebody in charge has archived a room, until they take it out again.

    One that was made on demand comes back when somebody enters it.
    """
    return record.archived is not None and record.pattern is None


def _seen(record: RoomRecord, grants: Callable[[str], frozenset[str]] | None) -> bool:
    if grants is None:
        return record.access != "private" and record.pattern is None
    wanted = "read" if record.pattern is None else "moderate"
    return wanted in grants(record.name)
