"""What the live rooms need of the world, and what those who administer them need of the rooms.

`sockjs` and `web` fit these shapes without being imported here.
"""

from collections.abc import Awaitable, Collection, Mapping
from typing import Any, Protocol

from tornchat.chat.attendance import HerePage
from tornchat.errors import CloseCode
from tornchat.frames import Frame
from tornchat.protocol import AdminEvent, Person
from tornchat.store.records import DraftKind, Outcome, RoomRecord


class Outlet(Protocol):
    """The sending side of one connection; none of its methods raises or blocks."""

    transport: str
    outbound_limit: int
    """Bytes that may wait for this peer before it counts as slow."""

    @property
    def address(self) -> str:
        """The peer's address, as trusted proxies tell it."""

    def send(self, frame: Frame) -> None:
        """Send, or keep for later within the limit; a closed outlet ignores it."""

    def close(self, code: int, reason: str) -> None:
        """End the connection with a code of PROTOCOL."""


class Metrics(Protocol):
    """Counters that the live rooms raise; plain attributes, since they are on the hot path."""

    joins: int
    messages: int
    deliveries: int

    def recovered(self, result: str) -> None:
        """Count a join with a position: "recovered", "more" or "unrecoverable"."""

    def rejected(self, reason: str) -> None:
        """Count a refused command by its error code."""

    def delay(self, seconds: float) -> None:
        """Note the time between the receipt of a message and the start of its delivery."""

    def committed(self, size: int, seconds: float) -> None:
        """Note a group: entries in it, and how long it took to be on disk."""


class Moderation(Protocol):
    """The verbs of those in charge, for somebody who moderates a room and asks from within."""

    async def perform(
        self, person: Person, place: str, room: str, verb: str, args: Mapping[str, Any]
    ) -> Any:
        """Carry out a verb about that room and return its answer. Raises ChatError."""


class Live(Protocol):
    """The rooms and connections that a change by an operator has to reach: the hub.

    Every method is called after the change was committed and acts within the same turn of the
    loop. `admin.offline.Offline` stands in where no server runs.
    """

    def records(self) -> list[RoomRecord]:
        """Return all rooms, archived ones too."""

    def record(self, name: str) -> RoomRecord | None:
        """Return a room, or None where there is none of that name."""

    def present(self, name: str) -> int:
        """Return how many people are in a room now."""

    def waiting(self, name: str) -> bool:
        """Return whether people are in a room and nobody who moderates it."""

    async def here(self, room: str | None, *, search: str, offset: int, limit: int) -> HerePage:
        """Return who is here, or in a room, ≤ `limit` behind `offset`, by name."""

    def is_here(self, person_id: str, room: str | None) -> bool:
        """Return whether somebody is here, or in a room."""

    def name_of(self, person_id: str) -> str | None:
        """Return the name that somebody who is connected goes by."""

    def moderates(self, person_id: str, room: str) -> bool:
        """Return whether somebody who is connected may moderate a room."""

    def add_room(self, record: RoomRecord) -> None:
        """Take in a room that was made."""

    def change_room(self, record: RoomRecord) -> None:
        """Take a room's new settings; everybody in it is asked again, and told what changed.

        Who may not read any more gets `left rotated` where `rotated` has moved, else `forbidden`.
        """

    def remove_room(self, name: str) -> None:
        """Forget a room; everybody in it gets `left room_gone`."""

    def apply(self, name: str | None, code: str) -> None:
        """Ask everybody in a room (None: in all) again; who may not read any more gets `left`."""

    def kick(self, person_id: str, room: str, reason: str = "") -> bool:
        """Take a person out of a room with `left kicked`; False where they are not in it."""

    def expel(
        self, code: CloseCode, *, person_id: str | None = None, place: str | None = None
    ) -> None:
        """End the connections of a person, or those from a place (IPv4 address, IPv6 /64)."""

    def tell_admins(self, event: AdminEvent, rooms: Collection[str] | None = None) -> None:
        """Tell those who have the admin page open: who reaches everything, or one of `rooms`."""

    def write(
        self,
        room: str,
        kind: DraftKind,
        *,
        text: str = "",
        message_kind: str = "text",
        target: int | None = None,
        moderator: bool = False,
    ) -> Awaitable[Outcome]:
        """Put an entry of somebody in charge into a room's log; comes back after the commit.

        Raises Overloaded at once where too many wait: who writes many awaits them step by step.
        """
