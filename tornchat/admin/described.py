"""What verbs answer: plain values that become JSON as they are, times in UTC ms.

Nothing here holds a token's digest; a token's text is in the answer that made it, and nowhere else.
"""

from dataclasses import dataclass, fields
from typing import Any

from tornchat.chat.ports import Live
from tornchat.store import BanRecord, RoomRecord, TokenRecord


@dataclass(frozen=True, slots=True)
class RoomInfo:
    """A room with its settings. `present`: people in it now; `rotated` 0: never.

    `waiting`: it was made on demand, people are in it, and nobody who moderates it.
    """

    name: str
    title: str
    topic: str
    access: str
    guests: bool
    sites: tuple[str, ...]
    history_age: int | None
    history_messages: int | None
    first: int
    last: int
    created: int
    last_time: int
    rotated: int
    archived: int | None
    pattern: str | None
    slow_mode: int
    locked: bool
    join_lines: bool
    words: tuple[str, ...]
    origins: tuple[str, ...]
    version: int
    present: int
    waiting: bool


@dataclass(frozen=True, slots=True)
class LastLine:
    """The newest message or notice of a room, in short; `name`: its sender's, "" for none."""

    seq: int
    name: str
    text: str
    time: int


@dataclass(frozen=True, slots=True)
class FoundRooms:
    """A piece of a list: `total` rooms fit, these begin behind `offset`; `lines` by room."""

    rooms: list[RoomInfo]
    lines: dict[str, LastLine]
    total: int
    offset: int


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """An invite or a key. `usable`: neither revoked, nor expired, nor used up for a new person."""

    id: int
    kind: str
    label: str
    room: str
    role: str
    created: int
    expires: int | None
    uses: int | None
    used: int
    last_used: int | None
    last_place: str | None
    revoked: int | None
    usable: bool


@dataclass(frozen=True, slots=True)
class FoundTokens:
    """A piece of a list: `total` tokens fit, these begin behind `offset`."""

    tokens: list[TokenInfo]
    total: int
    offset: int


@dataclass(frozen=True, slots=True)
class NewToken(TokenInfo):
    """A token that was just made: the only time that its text is shown. `link`: of an invite."""

    token: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Rotated:
    """A room's new invite."""

    invite: str
    link: str
    token: TokenInfo


@dataclass(frozen=True, slots=True)
class Checked:
    """What a token is: whether it lets somebody in, and what about it, in words."""

    ok: bool
    words: str


@dataclass(frozen=True, slots=True)
class BanInfo:
    """A ban from the whole server; `expires` None: for good."""

    id: int
    place: str | None
    person: str | None
    reason: str
    created: int
    expires: int | None
    source: str
    hits: int
    kind: str
    room: str | None
    name: str | None
    author: str


def room(record: RoomRecord, live: Live) -> RoomInfo:
    """Describe a room."""
    present, waiting = live.present(record.name), waits(record, live)
    return RoomInfo(present=present, waiting=waiting, **_fields(record, RoomInfo))


def waits(record: RoomRecord, live: Live) -> bool:
    """Say whether somebody waits for help in a room that was made on demand."""
    return record.pattern is not None and live.waiting(record.name)


def token(record: TokenRecord, usable: bool) -> TokenInfo:
    """Describe a token, without its digest."""
    return TokenInfo(usable=usable, **_fields(record, TokenInfo))


def new_token(record: TokenRecord, text: str, link: str | None, usable: bool) -> NewToken:
    """Describe a token to the one who has made it."""
    return NewToken(token=text, link=link, usable=usable, **_fields(record, TokenInfo))


def ban(record: BanRecord) -> BanInfo:
    """Describe a ban."""
    return BanInfo(person=record.person_id, **_fields(record, BanInfo))


def _fields(record: RoomRecord | TokenRecord | BanRecord, shape: type[Any]) -> dict[str, Any]:
    """Return what the record and the shape have in common."""
    names = {field.name for field in fields(shape)} & {field.name for field in fields(record)}
    return {name: getattr(record, name) for name in names}
