"""What goes into the store and what comes out of it; plain values without a database."""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from tornchat.errors import ChatError
from tornchat.protocol import Entry, Person

DraftKind = Literal["message", "edited", "deleted", "reacted", "notice"]


@dataclass(slots=True)
class Draft:
    """One write on its way to the journal.

    `fingerprint` is a hash of the command as received; with `client_id` it makes a resend safe.
    `message_kind` is the kind of a message or a notice; `target` the seq that an edit, a deletion
    or a reaction is about. `moderator` lets a deletion touch the message of another. `origin` is
    opaque: whom to tell. `received` is monotonic.
    """

    room: str
    kind: DraftKind
    person: Person | None
    client_id: str | None
    fingerprint: bytes
    text: str = ""
    message_kind: str = "text"
    data: bytes | None = None
    reply_to: int | None = None
    target: int | None = None
    emoji: str | None = None
    on: bool = False
    moderator: bool = False
    origin: Any = None
    received: float = 0.0

    @property
    def size(self) -> int:
        """What the draft adds to a group: characters of text and bytes of data."""
        return len(self.text) + len(self.data or b"")


@dataclass(slots=True)
class Outcome:
    """What became of one draft: its place in the log, or the error.

    `duplicate`: the write had been done before; `seq` and `time` are those of the first one. With
    StorageUnavailable it is unknown whether the write was done: sending it again is safe.
    """

    draft: Draft
    seq: int
    time: int
    error: ChatError | None = None
    duplicate: bool = False


@dataclass(slots=True)
class Group:
    """Drafts that were committed (or refused) together.

    `entries`: per room the new ones in seq order, no seq missing; some may belong to no outcome,
    where an earlier commit of unknown outcome turned out to have been done. `changed`: per room the
    earlier messages and edits whose present state this group changed (edited, deleted, reacted),
    as they now stand. `outcomes`: in the order of publishing. `seconds`: what the group took.
    `room_ids`: of the rooms in `entries`; a name may belong to another room later.
    """

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0
    changed: dict[str, list[Entry]] = field(default_factory=dict)
    room_ids: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class RoomRecord:
    """A room as stored. `first` and `last` bound the kept log; empty: `last == first - 1`.

    `history_age` (seconds) and `history_messages`: 0 keeps everything, None means the default.
    `sites`: whose members the room is for, empty for all. `rotated` and `archived` are UTC ms, 0
    and None where it never happened. `pattern`: the `[room support-*]` section it was made from.
    `slow_mode`: seconds between two messages of one person. `locked`: only moderators write.
    `join_lines`: whether clients draw who comes and goes. `words`: what nobody may write. `version`
    counts the changes of the settings. Pages of `origins` may show the room in a frame.
    """

    name: str
    title: str
    topic: str
    access: str
    guests: bool
    epoch: str
    first: int
    last: int
    created: int
    last_time: int
    history_age: int | None
    history_messages: int | None
    sites: tuple[str, ...] = ()
    rotated: int = 0
    archived: int | None = None
    pattern: str | None = None
    slow_mode: int = 0
    locked: bool = False
    join_lines: bool = True
    words: tuple[str, ...] = ()
    version: int = 1
    origins: tuple[str, ...] = ()


class RoomSpec(NamedTuple):
    """A room as the configuration wants it at its creation."""

    name: str
    title: str = ""
    topic: str = ""
    access: str = "public"
    guests: bool = True
    history_age: int | None = None
    history_messages: int | None = None
    sites: tuple[str, ...] = ()
    pattern: str | None = None
    slow_mode: int = 0
    locked: bool = False
    join_lines: bool = True
    words: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()


@dataclass(slots=True)
class TokenRecord:
    """An invite or an API key as stored; times are UTC ms.

    `digest`: the SHA-256 of its text. `room`: a name, for keys also a pattern. `uses`: how many
    persons it may bind, None for any number; `used`: how many it has bound. `last_place`: the
    address prefix of its last use.
    """

    id: int
    kind: str
    digest: bytes
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


class BindingRecord(NamedTuple):
    """A person whom an invite has let into a room, with the role it gave."""

    token_id: int
    room: str
    person_id: str
    role: str


@dataclass(slots=True)
class BanRecord:
    """A ban as stored; times are UTC ms, `expires` None for good.

    `room` None: from the whole server. `source`: who made it, `guard` or `operator`. `hits`: how
    often it has kept somebody out. `kind`: `ban`, or `mute` for who may read and not write. `name`:
    the person's at that time; `author`: whoever did it.
    """

    id: int
    place: str | None
    person_id: str | None
    room: str | None
    reason: str
    created: int
    expires: int | None
    source: str
    hits: int
    kind: str = "ban"
    name: str | None = None
    author: str = ""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What somebody in charge has done. `time` is UTC ms.

    `actor_kind`: operator, admin, moderator, key or person; `place`: the address prefix that they
    asked from. `room`: the one it was about; `subject`: whom or what; `detail`: the arguments as
    JSON, or nothing.
    """

    id: int
    time: int
    actor: str
    actor_kind: str
    place: str
    verb: str
    room: str | None
    subject: str
    detail: str


@dataclass(slots=True)
class Page:
    """Entries oldest first, with the room's bounds in the same snapshot.

    `more`: further entries exist in the direction of reading (older ones for the newest page and
    `before`, newer ones for `after`; on either side for `around` and `at`).
    """

    entries: list[Entry]
    first: int
    last: int
    epoch: str
    more: bool


class Written(NamedTuple):
    """An earlier write found again by its client_id."""

    seq: int
    time: int
    fingerprint: bytes
