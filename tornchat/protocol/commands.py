"""What a client may ask for: one struct for each command, which is its schema."""

import re
from typing import Annotated, Final

from msgspec import Meta, Raw, Struct

PROTOCOL_VERSION: Final = 1
MAX_SAFE_INTEGER: Final = 2**53 - 1
"""Largest integer that every JSON peer reads exactly (RFC 8259 §6)."""
MAX_PAGE: Final = 100

ROOM_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

RoomName = Annotated[str, Meta(pattern=rf"^{ROOM_NAME.pattern}\Z")]
Ref = Annotated[str, Meta(max_length=64)]
ClientId = Annotated[str, Meta(min_length=1, max_length=64)]
Kind = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9._-]{0,31}\Z")]
SafeInt = Annotated[int, Meta(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]
Seq = Annotated[int, Meta(ge=1, le=MAX_SAFE_INTEGER)]
PageLimit = Annotated[int, Meta(ge=1, le=MAX_SAFE_INTEGER)]
"""A wish for so many entries; more than `MAX_PAGE` is read as `MAX_PAGE`."""


class Command(Struct, tag_field="type", kw_only=True):
    """What every command may carry: `ref`, repeated by its direct answer."""

    ref: Ref | None = None


class Hello(Command, tag="hello"):
    protocol: int
    token: str | None = None
    name: str | None = None


class Join(Command, tag="join"):
    """`since` is the last seq seen, and counts only together with `epoch`."""

    room: RoomName
    token: str | None = None
    since: SafeInt | None = None
    epoch: Annotated[str, Meta(max_length=64)] | None = None
    limit: PageLimit | None = None


class Leave(Command, tag="leave"):
    room: RoomName


class Send(Command, tag="send"):
    room: RoomName
    text: str
    client_id: ClientId
    reply_to: Seq | None = None
    kind: Kind = "text"
    data: Raw = Raw(b"")


class Delete(Command, tag="delete"):
    room: RoomName
    target: Seq
    client_id: ClientId


class Signal(Command, tag="signal"):
    room: RoomName
    kind: Kind
    data: Raw = Raw(b"null")


class History(Command, tag="history"):
    """At most one of `before`, `after`, `around` and `at` (UTC ms); none: the newest page."""

    room: RoomName
    before: SafeInt | None = None
    after: SafeInt | None = None
    around: SafeInt | None = None
    at: SafeInt | None = None
    limit: PageLimit = 50
    view: Annotated[str, Meta(pattern=r"^(state|log)\Z")] = "state"


class Typing(Command, tag="typing"):
    room: RoomName
    on: bool


class Read(Command, tag="read"):
    room: RoomName
    seq: Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER)]


class Name(Command, tag="name"):
    name: str


class Refresh(Command, tag="refresh"):
    """A newer token of the same person, before the one in use expires."""

    token: str


class Slash(Command, tag="command"):
    """What was typed behind a slash, with the slash: "/nick Ann"."""

    room: RoomName
    text: str


class Ping(Command, tag="ping"):
    pass


AnyCommand = (
    Hello
    | Join
    | Leave
    | Send
    | Delete
    | Signal
    | History
    | Typing
    | Read
    | Name
    | Refresh
    | Slash
    | Ping
)
