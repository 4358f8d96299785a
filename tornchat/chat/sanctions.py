"""Mutes, and bans from single rooms: what they leave of somebody's rights.

Kept by whom they are about, so that who is not meant costs one look. It knows nothing of
connections, nor of where a sanction is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from tornchat.access.policy import NOTHING
from tornchat.chat.expiry import Deadlines
from tornchat.errors import Forbidden
from tornchat.protocol import Sanction

if TYPE_CHECKING:
    from tornchat.access.identity import Identity
    from tornchat.store import BanRecord


class Subject(Protocol):
    """Whoever a sanction may be about."""

    @property
    def identity(self) -> Identity: ...

    @property
    def place(self) -> str: ...


class BannedHere(Forbidden):
    """Somebody who may not come into this room; `sanction` is what they are told."""

    def __init__(self, ban: BanRecord) -> None:
        super().__init__(in_words("you are banned from this room", ban))
        self.sanction = told(ban)


class Sanctions:
    """Those that last, by person and by place; `clock` gives UTC seconds.

    `held` is empty while there is none, so that nobody need ask.

    The place counts for guests only, and not for those who moderate the room: an office is one
    place. Who is signed in to the admin page is above it all.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.held: dict[str, list[BanRecord]] = {}
        self._ends: Deadlines[int] = Deadlines()

    def __iter__(self) -> Iterator[BanRecord]:
        found = {ban.id: ban for held in self.held.values() for ban in held}
        return iter(list(found.values()))

    def add(self, ban: BanRecord) -> None:
        """Let a sanction count."""
        for key in keys(ban):
            self.held.setdefault(key, []).append(ban)
        self._ends.set(ban.id, None if ban.expires is None else ban.expires / 1000)

    def discard(self, ban: BanRecord) -> None:
        """Let a sanction count no more, if it did."""
        for key in keys(ban):
            left = [held for held in self.held.get(key, ()) if held.id != ban.id]
            if left:
                self.held[key] = left
            else:
                self.held.pop(key, None)
        self._ends.drop(ban.id)

    def lapsed(self) -> list[BanRecord]:
        """Take out and return those whose time is over."""
        ended = set(self._ends.due(self._clock())) if self.held else ()
        found = [ban for ban in self if ban.id in ended] if ended else []
        for ban in found:
            self.discard(ban)
        return found

    def limit(self, granted: frozenset[str], who: Subject, room: str) -> frozenset[str]:
        """Return what is left of somebody's rights in a room."""
        for ban in self._about(granted, who, room):
            granted = NOTHING if ban.kind == "ban" else granted - {"write"}
        return granted

    def ban(self, granted: frozenset[str], who: Subject, room: str) -> BanRecord | None:
        """Return the ban that keeps somebody out of a room, who without it would be `granted`."""
        return self._find("ban", granted, who, room)

    def mute(self, granted: frozenset[str], who: Subject, room: str) -> BanRecord | None:
        """Return the mute that keeps somebody silent in a room."""
        return self._find("mute", granted, who, room)

    def _find(
        self, kind: str, granted: frozenset[str], who: Subject, room: str
    ) -> BanRecord | None:
        found = [ban for ban in self._about(granted, who, room) if ban.kind == kind]
        return max(found, key=_end, default=None)

    def _about(self, granted: frozenset[str], who: Subject, room: str) -> Iterable[BanRecord]:
        identity = who.identity
        if identity.session is not None:
            return
        now = self._clock() * 1000
        for ban in self.held.get(identity.person_id or "", ()):
            if ban.room in (None, room) and _lasts(ban, now):
                yield ban
        if identity.kind == "guest" and "moderate" not in granted:
            for ban in self.held.get(who.place, ()):
                if ban.room in (None, room) and _lasts(ban, now):
                    yield ban


def is_sanction(ban: BanRecord) -> bool:
    """Say whether a ban limits what somebody may do in rooms; else it is from the server."""
    return ban.kind == "mute" or ban.room is not None


def keys(ban: BanRecord) -> list[str]:
    """Return what a ban is found by: the person, the place, or both."""
    return [key for key in (ban.place, ban.person_id) if key]


def told(ban: BanRecord) -> Sanction:
    """Return what the person concerned is told."""
    return Sanction(until=ban.expires, reason=ban.reason or None)


def in_words(what: str, ban: BanRecord) -> str:
    """Return a sentence with the reason, if one was given."""
    return f"{what}: {ban.reason}" if ban.reason else what


def _lasts(ban: BanRecord, now: float) -> bool:
    return ban.expires is None or ban.expires > now


def _end(ban: BanRecord) -> float:
    return float("inf") if ban.expires is None else ban.expires
