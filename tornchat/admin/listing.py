"""Which rooms and tokens a page shows: searched, filtered, sorted, and cut to a bounded piece.

It changes nothing, and asks the database for last lines only.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import islice
from typing import Any, Final, TypeVar

from tornchat.admin import arguments, described
from tornchat.admin.actor import Actor
from tornchat.admin.described import FoundRooms, FoundTokens, LastLine
from tornchat.admin.tokens import has_say
from tornchat.admin.verbs import verb
from tornchat.chat.keyring import Keyring
from tornchat.chat.ports import Live
from tornchat.protocol import Entry, Message, Notice
from tornchat.store import History, RoomRecord, TokenRecord

T = TypeVar("T")

MOST: Final = 50
"""Rows of one piece."""
TURN: Final = 500
"""Rooms or tokens that are looked at in one turn of the loop."""
MAX_SEARCH: Final = 100
MAX_LINE: Final = 200
"""Characters of a last line that are shown."""
STATES: Final = ("open", "archived", "all")
ROOM_ORDERS: Final = ("name", "title", "present", "entries", "last", "created", "waiting")
TOKEN_STATES: Final = ("usable", "ended", "all")


class ListVerbs:
    """Rooms and tokens, a page at a time; of a room's moderator, only what is theirs."""

    def __init__(self, *, live: Live, keyring: Keyring, history: History) -> None:
        self._live = live
        self._keyring = keyring
        self._history = history

    @verb(reads=True, moderators=True)
    async def find_rooms(
        self,
        *,
        actor: Actor,
        search: str = "",
        state: str = "open",
        pattern: str | None = None,
        order: str = "name",
        descending: bool = False,
        offset: int = 0,
        limit: int = MOST,
        lines: bool = False,
    ) -> FoundRooms:
        """Find rooms, ≤ `limit` of them behind `offset`.

        `search`: in name, title or topic. `state`: open, archived or all. `pattern`: those made on
        demand by this one, or by any ("*"). `order`: by name, title, present, entries, last (line),
        created, or waiting (those first, then by last line). `lines`: with their last lines.
        """
        words = arguments.line("search", search, MAX_SEARCH).casefold()
        archived = arguments.choice("state", state, STATES)
        wanted = None if pattern is None else arguments.room_or_pattern(pattern, "pattern")
        key = self._keys()[arguments.choice("order", order, ROOM_ORDERS)]

        def fits(record: RoomRecord) -> bool:
            return (
                actor.reaches(record.name)
                and (archived == "all" or (record.archived is not None) == (archived == "archived"))
                and (wanted is None or _is_of(record, wanted))
                and (not words or _mentions(record, words))
            )

        found = [record async for record in _in_turns(self._live.records()) if fits(record)]
        found.sort(key=lambda record: record.name)
        found.sort(key=key, reverse=descending)
        piece = _piece(found, offset, limit)
        return FoundRooms(
            rooms=[self._room(record) for record in piece],
            lines=await self._lines(piece) if lines else {},
            total=len(found),
            offset=offset,
        )

    @verb(reads=True, room="room", moderators=True)
    async def find_tokens(
        self,
        room: str | None = None,
        *,
        actor: Actor,
        search: str = "",
        kind: str | None = None,
        state: str = "all",
        offset: int = 0,
        limit: int = MOST,
    ) -> FoundTokens:
        """Find invites and keys, newest first, ≤ `limit` of them behind `offset`.

        `room`: a name or a pattern as the token has it. `search`: in label or room. `kind`: invite
        or key. `state`: usable, ended or all.
        """
        wanted = None if room is None else arguments.room_or_pattern(room)
        words = arguments.line("search", search, MAX_SEARCH).casefold()
        chosen = None if kind is None else arguments.choice("kind", kind, ("invite", "key"))
        ended = arguments.choice("state", state, TOKEN_STATES)

        def fits(token: TokenRecord) -> bool:
            return (
                has_say(actor, token)
                and (chosen is None or token.kind == chosen)
                and (not words or words in f"{token.label}\n{token.room}".casefold())
                and (ended == "all" or self._usable(token) == (ended == "usable"))
            )

        found = [token async for token in _in_turns(self._keyring.tokens(wanted)) if fits(token)]
        piece = _piece(found, offset, limit)
        return FoundTokens(
            tokens=[described.token(token, self._usable(token)) for token in piece],
            total=len(found),
            offset=offset,
        )

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _keys(self) -> dict[str, Callable[[RoomRecord], Any]]:
        """Return what each order goes by."""
        return {
            "name": lambda record: record.name,
            "title": lambda record: record.title.casefold(),
            "present": lambda record: self._live.present(record.name),
            "entries": lambda record: record.last - record.first,
            "last": _last_time,
            "created": lambda record: record.created,
            "waiting": lambda record: (not self._waits(record), -_last_time(record)),
        }

    def _waits(self, record: RoomRecord) -> bool:
        return described.waits(record, self._live)

    def _room(self, record: RoomRecord) -> described.RoomInfo:
        return described.room(record, self._live)

    def _usable(self, token: TokenRecord) -> bool:
        return self._keyring.refusal(token) is None

    async def _lines(self, records: Iterable[RoomRecord]) -> dict[str, LastLine]:
        names = [record.name for record in records if record.last >= record.first]
        found = await self._history.last_lines(names)
        lines = ((name, _line(entry)) for name, entry in found.items())
        return {name: line for name, line in lines if line is not None}


async def _in_turns(items: list[T]) -> AsyncIterator[T]:
    """Yield all, and let the loop go on now and then."""
    for number, item in enumerate(items, start=1):
        yield item
        if number % TURN == 0:
            await asyncio.sleep(0)


def _piece(found: list[T], offset: int, limit: int) -> list[T]:
    first = arguments.number("offset", offset, 0)
    return list(islice(found, first, first + arguments.number("limit", limit, 1, MOST)))


def _is_of(record: RoomRecord, pattern: str) -> bool:
    return record.pattern is not None and pattern in ("*", record.pattern)


def _mentions(record: RoomRecord, words: str) -> bool:
    return words in f"{record.name}\n{record.title}\n{record.topic}".casefold()


def _last_time(record: RoomRecord) -> int:
    return record.last_time if record.last else 0  # a new room has the time it was made


def _line(entry: Entry) -> LastLine | None:
    """Return a message or a notice in short."""
    if not isinstance(entry, Message | Notice):
        return None
    name = entry.sender.name if entry.sender else ""
    text = " ".join(entry.text[: 2 * MAX_LINE].split())[:MAX_LINE]
    return LastLine(name=name, text=text, time=entry.time, seq=entry.seq)
