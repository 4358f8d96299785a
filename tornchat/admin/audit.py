"""Who did what to whom, when and from where: written by the Office, read by those it shows to.

It knows nothing of the verbs that it names.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from tornchat.admin import arguments
from tornchat.admin.actor import Actor
from tornchat.admin.verbs import verb
from tornchat.store import AuditRecord, Store
from tornchat.store.audit import AuditFilter, append_audit, read_audit

MOST_ROWS: Final = 100
MAX_FILTER: Final = 100


class Audit:
    """The audit log: rows are only added.

    `clock` gives UTC seconds. `on_row` is called after each new row.
    """

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self.on_row: Callable[[], None] = lambda: None
        self._store = store
        self._clock = clock

    async def note(
        self, actor: Actor, verb: str, *, room: str | None, subject: str, detail: str
    ) -> None:
        """Store what somebody has done."""
        append = partial(
            append_audit,
            time=int(self._clock() * 1000),
            actor=actor.name,
            actor_kind=actor.kind,
            place=actor.place,
            verb=verb,
            room=room,
            subject=subject,
            detail=detail,
        )
        await asyncio.wrap_future(self._store.journal.call(append))
        self.on_row()

    @verb(reads=True)
    async def audit(
        self,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = MOST_ROWS,
        text: str | None = None,
        verb: str | None = None,
        room: str | None = None,
        since: int | None = None,
        until: int | None = None,
    ) -> list[AuditRecord]:
        """List what was done, newest first, ≤ `limit` ≤ 100 rows.

        `before` or `after`: an id, for the rows on that side of it. `text` (in actor or subject),
        `verb`, `room`, `since` and `until` (UTC ms) say which rows are meant.
        """
        wanted = AuditFilter(
            text=None if text is None else arguments.line("text", text, MAX_FILTER),
            verb=None if verb is None else arguments.line("verb", verb, MAX_FILTER),
            room=None if room is None else arguments.room_or_pattern(room),
            since=_optional("since", since),
            until=_optional("until", until),
        )
        read = partial(
            read_audit,
            wanted=wanted,
            limit=arguments.number("limit", limit, 1, MOST_ROWS),
            before=_optional("before", before),
            after=_optional("after", after),
        )
        return await self._store.read(read)


def _optional(name: str, value: int | None) -> int | None:
    return None if value is None else arguments.number(name, value, 0, arguments.MAX_TIME)
