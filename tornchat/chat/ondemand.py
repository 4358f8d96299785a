"""Rooms that come into being when somebody with a grant first asks for them, and go idle.

It knows the sections `[room support-*]` of the configuration, and nothing of connections.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from tornchat.access import patterns, policy
from tornchat.access.identity import Identity
from tornchat.access.policy import RoomRules
from tornchat.chat.directory import Directory, put_away
from tornchat.config.model import PatternConfig
from tornchat.errors import Conflict, NotFound
from tornchat.store import Journal, RoomRecord, RoomSpec
from tornchat.store import rooms as rows


class OnDemand:
    """Makes, archives and reopens such rooms; every change is committed before it counts.

    A room is made for an identity that names it: by the `rooms` of a site's token, or by an API
    key. Two who ask at once get the same one. `clock` gives UTC seconds.
    """

    def __init__(
        self,
        sections: Sequence[PatternConfig],
        directory: Directory,
        journal: Journal,
        clock: Callable[[], float],
    ) -> None:
        self.sections = sections
        self._directory = directory
        self._journal = journal
        self._clock = clock
        self._left: dict[str, float] = {}

    async def make(self, identity: Identity, name: str) -> None:
        """Make the room of this name, if an identity that names it comes first.

        Nothing is awaited where there is nothing to do, for whatever reason: that takes no time.
        """
        if self._directory.get(name) is None:
            section = self._section(name)
            if section is not None and _may_make(section, identity, name):
                # Whoever asked may vanish; the room that is stored has to be known.
                await asyncio.shield(self._create(section, name))

    async def reopen(self, record: RoomRecord) -> None:
        """Take a room that somebody enters out of the archive, if it was made on demand."""
        if record.archived is not None and not put_away(record):
            await self._call(partial(rows.archive_room, name=record.name, time=None))
            record.archived = None

    def note_left(self, name: str) -> None:
        """Learn that the last one has gone from a room."""
        self._left[name] = self._clock()

    async def archive_idle(self, live: Callable[[str], bool]) -> None:
        """Archive the rooms in which nobody has been for as long as their section says."""
        for record in list(self._idle()):
            if not live(record.name):
                time = int(self._clock() * 1000)
                with suppress(NotFound):  # deleted meanwhile
                    await self._call(partial(rows.archive_room, name=record.name, time=time))
                    record.archived = time
                    if live(record.name):
                        await self.reopen(record)

    def _idle(self) -> Iterator[RoomRecord]:
        after = {section.name: section.archive_after for section in self.sections}
        for record in self._directory:
            seconds = after.get(record.pattern) if record.pattern else None
            if seconds and record.archived is None:
                last = max(record.last_time / 1000, self._left.get(record.name, 0.0))
                if last + seconds <= self._clock():
                    yield record

    def _section(self, name: str) -> PatternConfig | None:
        return next((s for s in self.sections if patterns.matches(s.name, name)), None)

    async def _create(self, section: PatternConfig, name: str) -> None:
        spec = RoomSpec(
            name,
            section.title or name,
            section.topic,
            section.access,
            section.guests,
            section.history_age,
            section.history_messages,
            section.sites,
            section.name,
            origins=section.origins,
        )
        time = int(self._clock() * 1000)
        with suppress(Conflict):  # somebody was faster, and has it here by now
            self._directory.add(await self._call(partial(rows.create_room, spec=spec, time=time)))

    async def _call(self, work: Callable[[Any], RoomRecord]) -> RoomRecord:
        return await asyncio.wrap_future(self._journal.call(work))


def _may_make(section: PatternConfig, identity: Identity, name: str) -> bool:
    """Return whether an identity names a room that does not exist, and could read it."""
    if identity.permits is None:
        return False
    rules = RoomRules(name, "private", section.guests, section.sites, 0.0)
    return "read" in policy.grants(rules, identity, None)
