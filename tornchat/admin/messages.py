"""The verbs about messages: read, searched, deleted after a pause.

They know nothing of who asks but how far they reach; the Office has looked at that first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from tornchat.admin import arguments
from tornchat.admin.actor import Actor
from tornchat.admin.deletions import Deletions, PendingDeletion
from tornchat.admin.lookup import known
from tornchat.admin.verbs import verb
from tornchat.chat.ports import Live
from tornchat.errors import BadRequest, NotFound
from tornchat.protocol import Entry
from tornchat.store import Store
from tornchat.store.authors import Written, written_by
from tornchat.store.search import MOST_HITS, Hit

MOST: Final = 100
"""Messages of one page, and of one deletion that names them."""


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages of a room as they stand now, and notices, oldest first.

    `first` and `last` bound its log; `more`: there are others in the direction of reading.
    `pending`: deletions that these messages may be about, and that can still be called off.
    """

    room: str
    first: int
    last: int
    entries: list[Entry]
    more: bool
    pending: list[PendingDeletion]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What was found, newest first.

    `next`: `before` of the next page, None at the end. `behind`: so many of the newest entries are
    not in the index yet, as after an upgrade.
    """

    hits: list[Hit]
    next: int | None
    behind: int
    pending: list[PendingDeletion]


class MessageVerbs:
    """Messages, as those in charge see them."""

    def __init__(self, store: Store, *, live: Live, deletions: Deletions) -> None:
        self._store = store
        self._live = live
        self._deletions = deletions

    @verb(reads=True, room="room", moderators=True)
    async def messages(
        self,
        room: str,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        at: int | None = None,
        limit: int = MOST,
    ) -> MessagePage:
        """Show ≤ `limit` messages of a room: the newest, or those on one side of a seq.

        Give one of `before` and `after` (seqs, exclusive), `around` (a seq) and `at` (UTC ms: from
        then on) at most.
        """
        known(self._live, room)
        where = {"before": before, "after": after, "around": around, "at": at}
        given: dict[str, Any] = {
            name: _seq(name, value) for name, value in where.items() if value is not None
        }
        if len(given) > 1:
            raise BadRequest(f"expected one of {', '.join(where)} at most")
        limit = arguments.number("limit", limit, 1, MOST)
        page = await self._store.history.state_page(room, limit=limit, **given)
        pending = self._deletions.waiting(room)
        return MessagePage(room, page.first, page.last, page.entries, page.more, pending)

    @verb(reads=True, moderators=True)
    async def search(
        self,
        words: str = "",
        *,
        actor: Actor,
        room: str | None = None,
        person: str | None = None,
        before: int | None = None,
        limit: int = MOST_HITS,
    ) -> SearchPage:
        """Find messages that hold all of `words`, newest first, ≤ `limit` ≤ 50.

        `words`: words, phrases in double quotes; the last word may be unfinished. `room`, `person`:
        only in it, only theirs; with a person, `words` may be left out.
        """
        if not isinstance(words, str):
            raise BadRequest("words: expected text")
        found = await self._store.search.find(
            words,
            rooms=self._rooms(room, actor),
            person=None if person is None else arguments.person(person),
            before=None if before is None else _seq("before", before),
            limit=arguments.number("limit", limit, 1, MOST_HITS),
        )
        next_page = found.hits[-1].id if found.hits and found.more else None
        pending = [p for p in self._deletions.waiting(room) if actor.reaches(p.room)]
        return SearchPage(found.hits, next_page, found.behind, pending)

    @verb(room="room", moderators=True, subject=lambda result, _: _messages(result.count))
    async def delete_messages(
        self, room: str, seqs: Sequence[int], *, actor: Actor
    ) -> PendingDeletion:
        """Delete ≤ 100 messages of a room in ten seconds, unless it is called off."""
        record = known(self._live, room)
        chosen = [Written(room, record.epoch, seq) for seq in _seqs(seqs)]

        async def find() -> list[Written]:
            return chosen

        return self._deletions.ask(
            find, count=len(chosen), by=actor.name, room=room, seqs=[seq for *_, seq in chosen]
        )

    @verb(room="room", moderators=True)
    async def delete_of(
        self, person: str, *, room: str | None = None, actor: Actor
    ) -> PendingDeletion:
        """Delete what a person has written in a room, or in all, in ten seconds.

        What they write until then goes too. `count` is of now, at most 10,000; what is beyond that
        takes another deletion.
        """
        if room is not None:
            known(self._live, room)
        written = partial(written_by, person_id=arguments.person(person), room=room)
        count = len(await self._store.read(written))
        return self._deletions.ask(
            lambda: self._store.read(written),
            count=count,
            by=actor.name,
            room=room,
            person=person,
        )

    def _room_of(self, args: Mapping[str, Any]) -> str | None:
        """Return the room of the deletion that is to be called off."""
        pending = self._deletions.find(args.get("id"))
        return None if pending is None else pending.room

    @verb(room=_room_of, moderators=True, subject=lambda result, _: _messages(result.count))
    async def call_off(self, id: int) -> PendingDeletion:
        """Let a deletion not happen. Raises NotFound where it is too late."""
        return self._deletions.call_off(arguments.number("id", id, 1))

    def _rooms(self, room: str | None, actor: Actor) -> list[str] | None:
        if room is None:
            return None if actor.rooms is None else sorted(actor.rooms)
        if not actor.reaches(known(self._live, room).name):
            raise NotFound(f"no room {room!r}")
        return [room]


def _seq(name: str, value: Any) -> int:
    return arguments.number(name, value, 0, 2**63 - 1)


def _seqs(values: Any) -> list[int]:
    if not isinstance(values, list | tuple) or not 0 < len(values) <= MOST:
        raise BadRequest(f"seqs: expected a list of 1 to {MOST} numbers of messages")
    return sorted({arguments.number("seqs", value, 1, 2**53) for value in values})


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count:,} messages"
