"""The wire: typed commands and events, and the two functions that cross it.

Every command a client may send and every event it may get is one struct here; the struct is the
schema (PROTOCOL, chat frames). Pure: no clock, no socket, no database.
"""

import json
import re
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Raw, Struct, field

from tornchat.errors import BadJson, BadRequest, ChatError, UnknownType

PROTOCOL_VERSION: Final = 1
MAX_DEPTH: Final = 8
MAX_SAFE_INTEGER: Final = 2**53 - 1
"""Largest integer that every JSON peer reads exactly (RFC 8259 §6)."""
MAX_DATA_SIZE: Final = 4096
MAX_PAGE: Final = 100

ROOM_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

RoomName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}\Z")]
Ref = Annotated[str, Meta(max_length=64)]
ClientId = Annotated[str, Meta(min_length=1, max_length=64)]
Kind = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9._-]{0,31}\Z")]
SafeInt = Annotated[int, Meta(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]
Seq = Annotated[int, Meta(ge=1, le=MAX_SAFE_INTEGER)]
PageLimit = Annotated[int, Meta(ge=1, le=MAX_SAFE_INTEGER)]
"""A wish for so many entries; more than `MAX_PAGE` is read as `MAX_PAGE`."""


# ── client → server ─────────────────────────────────────────────────────────────────────────────


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


class Ping(Command, tag="ping"):
    pass


AnyCommand = Hello | Join | Leave | Send | Delete | Signal | History | Typing | Read | Name | Ping


# ── server → client ─────────────────────────────────────────────────────────────────────────────


class Person(Struct, frozen=True):
    """An identity as others see it. `kind`: guest, member, bot or admin."""

    id: str
    name: str
    verified: bool = False
    kind: str = "guest"


class Event(Struct, tag_field="type", omit_defaults=True):
    """What the server sends; a field that holds its default stays out of the text."""


class Message(Event, tag="message"):
    room: str
    seq: int
    sender: Person = field(name="from")
    text: str
    time: int
    client_id: str
    reply_to: int | None = None
    kind: str = "text"
    data: Raw | None = None
    edited: int | None = None
    deleted: bool = False
    reactions: dict[str, int] | None = None


class Edited(Event, tag="edited"):
    room: str
    seq: int
    target: int
    text: str
    time: int


class Deleted(Event, tag="deleted"):
    room: str
    seq: int
    target: int
    time: int


class Reacted(Event, tag="reacted"):
    room: str
    seq: int
    target: int
    emoji: str
    on: bool
    sender: Person = field(name="from")
    counts: dict[str, int]
    time: int


class Notice(Event, tag="notice"):
    room: str
    seq: int
    kind: str
    text: str
    time: int
    sender: Person | None = field(name="from", default=None)


Entry = Message | Edited | Deleted | Reacted | Notice
"""One numbered line of a room's log."""


class Welcome(Event, tag="welcome"):
    connection: str
    person: Person
    heartbeat: int
    server: str
    guest_token: str | None = None
    ref: str | None = None


class Joined(Event, tag="joined"):
    """`entries` are already encoded, oldest first."""

    room: str
    epoch: str
    first: int
    last: int
    recovered: bool
    entries: list[Raw]
    more: bool
    can: list[str]
    title: str
    topic: str
    count: int
    read_seq: int
    members: list[Person] | None = None
    ref: str | None = None


class Left(Event, tag="left"):
    room: str
    code: str
    reason: str


class Ack(Event, tag="ack"):
    room: str
    client_id: str
    seq: int
    time: int
    ref: str | None = None


class Signalled(Event, tag="signal"):
    room: str
    sender: Person = field(name="from")
    kind: str
    data: Raw


class TypingNow(Event, tag="typing"):
    room: str
    person: Person
    on: bool


class PresenceChange(Event, tag="presence"):
    """Who came and went since the last one; `members` only where the full list starts anew."""

    room: str
    joins: list[Person]
    leaves: list[Person]
    count: int
    members: list[Person] | None = None


class Unread(Event, tag="unread"):
    room: str
    count: int


class Named(Event, tag="named"):
    """To the rooms of the person: the new name, and the one before."""

    person: Person
    was: str
    reason: str | None = None


class Beat(Event, tag="beat"):
    room: str
    last: int


class Ok(Event, tag="ok"):
    ref: str | None = None


class HistoryPage(Event, tag="history"):
    room: str
    epoch: str
    first: int
    last: int
    entries: list[Raw]
    more: bool
    ref: str | None = None


class Pong(Event, tag="pong"):
    ref: str | None = None


class ErrorEvent(Event, tag="error"):
    code: str
    message: str
    retryable: bool
    retry_after: float | None = None
    client_id: str | None = None
    ref: str | None = None


class Bye(Event, tag="bye"):
    code: int
    reason: str
    reconnect: bool
    after: float | None = None


# ── crossing the wire ───────────────────────────────────────────────────────────────────────────

_decoder: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_encoder = msgspec.json.Encoder()
_COMMAND_TYPES = frozenset(struct.__struct_config__.tag for struct in AnyCommand.__args__)
_BRACKETS_AND_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class Correlation(Struct):
    """What an error repeats of the command it refuses."""

    ref: str | None = None
    client_id: str | None = None


def decode_command(text: str) -> AnyCommand:
    """Turn one frame into a typed command.

    Raises BadJson where the text is not JSON, UnknownType where `type` names no command of ours,
    BadRequest where a field is missing, of the wrong type or out of range, where nesting is deeper
    than 8, or where the text is JSON only to lenient readers (NaN, a lone surrogate). Unknown keys
    are ignored; of repeated keys the last one counts.
    """
    _check_depth(text)
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise _refusal(text, str(error)) from None


def correlation(text: str) -> Correlation:
    """Return the `ref` and `client_id` of a command that was refused, as far as they are usable."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return Correlation()
    if not isinstance(found, dict):
        return Correlation()
    values = (found.get("ref"), found.get("client_id"))
    return Correlation(*(v if isinstance(v, str) and len(v) <= 64 else None for v in values))


def encode(event: Event) -> str:
    """Return the event as JSON text, `type` first."""
    return _encoder.encode(event).decode()


def tag(event: Event) -> str:
    """Return the event's `type` on the wire."""
    return str(event.__struct_config__.tag)


def decode_data(data: Raw) -> Any:
    """Decode the free `data` of a send or signal, within the limits that hold for it.

    Raises BadRequest when it is larger than 4 KiB or holds a number that not every peer can read.
    """
    if len(data) > MAX_DATA_SIZE:
        raise BadRequest(f"data: expected at most {MAX_DATA_SIZE} bytes, got {len(data)}")
    try:
        value = msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise BadRequest(f"data: {error}") from None
    _check_numbers(value)
    return value


def error_event(error: ChatError, about: Correlation) -> ErrorEvent:
    """Say a refusal on the wire."""
    return ErrorEvent(
        code=error.code,
        message=error.message,
        retryable=error.retryable,
        retry_after=error.retry_after,
        client_id=about.client_id,
        ref=about.ref,
    )


def _refusal(text: str, problem: str) -> ChatError:
    """Name what is wrong with a frame that fits no command, the best reason first."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return BadJson(f"expected a JSON object: {problem}")
    except ValueError:
        return BadRequest(problem)
    kind = found.get("type") if isinstance(found, dict) else None
    if isinstance(kind, str) and kind not in _COMMAND_TYPES:
        return UnknownType(f"unknown type {kind[:32]!r}")
    return BadRequest(problem)


def _check_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    depth = 0
    for match in _BRACKETS_AND_STRINGS.finditer(text):
        token = match[0]
        if token in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise BadRequest(f"nested deeper than {MAX_DEPTH}")
        elif token in "]}":
            depth -= 1


def _check_numbers(value: Any) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _check_numbers(item)
    elif isinstance(value, list):
        for item in value:
            _check_numbers(item)
    elif isinstance(value, int) and not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        raise BadRequest("data: expected integers within ±(2^53 − 1)")
