"""What the server says: one struct for each event, the entries of the log among them."""

from msgspec import Raw, Struct, field


class Person(Struct, frozen=True, omit_defaults=True):
    """An identity as others see it. `kind`: guest, member, bot or admin.

    `badge` is what the person's site says of them in a word; without one it stays out of the text,
    while `verified` and `kind` are always said.
    """

    id: str
    name: str
    verified: bool = field(default_factory=bool)
    kind: str = field(default_factory=lambda: "guest")
    badge: str | None = None


class Sanction(Struct, frozen=True, omit_defaults=True):
    """A mute or a ban, to the one it is about: `until` in UTC ms, None for until it is lifted."""

    until: int | None = None
    reason: str | None = None


class SlashHelp(Struct, frozen=True):
    """A slash command as `/help` lists it."""

    name: str
    usage: str
    about: str


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
    deleted: bool = False


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
    slow: int = 0
    locked: bool = False
    join_lines: bool = True
    muted: Sanction | None = None
    ref: str | None = None


class Left(Event, tag="left"):
    """`until` (UTC ms): when a ban ends; without it a ban lasts until it is lifted."""

    room: str
    code: str
    reason: str
    until: int | None = None


class RoomChange(Event, tag="room"):
    """What has changed of a room one is in: one's own permissions, or how it is described.

    With `can`, `muted` is there if and only if one is muted now.
    """

    room: str
    can: list[str] | None = None
    title: str | None = None
    topic: str | None = None
    access: str | None = None
    slow: int | None = None
    locked: bool | None = None
    join_lines: bool | None = None
    muted: Sanction | None = None


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


class Reply(Event, tag="reply"):
    """The answer to a slash command, to its sender alone; `ok` false: it was refused."""

    room: str
    text: str
    ok: bool = True
    commands: list[SlashHelp] | None = None
    ref: str | None = None


class AdminEvent(Event, tag="admin"):
    """News for those in charge; `room` is what it is about, if it is about one."""

    topic: str
    room: str | None = None
    data: Raw | None = None


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
    banned: Sanction | None = None
    ref: str | None = None


class Bye(Event, tag="bye"):
    code: int
    reason: str
    reconnect: bool
    after: float | None = None
