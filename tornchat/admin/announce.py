"""The verb that says one line in many rooms.

It knows nothing of who asks; the Office has looked at that first.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tornchat.access import patterns
from tornchat.access import text as texts
from tornchat.admin import arguments
from tornchat.admin.verbs import verb
from tornchat.chat.ports import Live
from tornchat.errors import BadRequest, ChatError, NotFound

STEP: Final = 50
"""Rooms that are written to at a time."""


@dataclass(frozen=True, slots=True)
class Announced:
    """Where an announcement stands now: in how many rooms, and those that could not be reached."""

    rooms: int
    failed: list[str]


class AnnounceVerbs:
    """Announcements. `text_length` returns how long a message may be."""

    def __init__(self, *, live: Live, text_length: Callable[[], int]) -> None:
        self._live = live
        self._text_length = text_length

    @verb(secret=("text",), subject=lambda result, args: str(args.get("rooms", "*")))
    async def announce(self, text: str, *, rooms: str = "*") -> Announced:
        """Put an announcement into the log of every open room of a name or pattern.

        Raises NotFound where there is none, and the refusal of the first room where it came into
        none.
        """
        if not isinstance(text, str):
            raise BadRequest("text: expected text")
        clean = texts.clean(text.strip(), self._text_length())
        names = self.rooms_of(arguments.room_or_pattern(rooms))
        if not names:
            raise NotFound(f"no open room {rooms!r}")
        refusals: dict[str, ChatError] = {}
        for start in range(0, len(names), STEP):
            step = names[start : start + STEP]
            done = await asyncio.gather(*(self._write(name, clean) for name in step))
            refusals |= {name: e for name, e in zip(step, done, strict=True) if e is not None}
        if len(refusals) == len(names):
            raise refusals[names[0]]
        return Announced(len(names) - len(refusals), list(refusals))

    def rooms_of(self, pattern: str) -> list[str]:
        """Return the open rooms of a name or pattern, by name."""
        records = (record for record in self._live.records() if record.archived is None)
        return sorted(r.name for r in records if patterns.matches(pattern, r.name))

    async def _write(self, room: str, text: str) -> ChatError | None:
        try:
            await self._live.write(room, "notice", text=text, message_kind="announcement")
        except ChatError as error:
            return error
        return None
