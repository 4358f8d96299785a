"""The live rooms of this process, made when somebody comes and freed when nobody is left.

It knows nothing of what anybody may do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tornchat.chat.directory import Directory
from tornchat.chat.fanout import SendAll
from tornchat.chat.ports import Metrics
from tornchat.chat.presence import Presence
from tornchat.chat.room import Room
from tornchat.config.model import RoomsConfig
from tornchat.store import RoomRecord, Tails


@dataclass(frozen=True, slots=True)
class RoomSummary:
    """A room as the lobby shows it. `last_time`: UTC ms of the newest entry, 0 for none."""

    name: str
    title: str
    topic: str
    access: str
    count: int
    last_time: int


class Rooms:
    """The rooms with somebody in them, by name."""

    def __init__(
        self,
        directory: Directory,
        *,
        settings: RoomsConfig,
        tails: Tails,
        call_soon: Callable[[Callable[[], None]], object],
        clock: Callable[[], float],
        metrics: Metrics,
        send_all: SendAll,
    ) -> None:
        self._directory = directory
        self._settings = settings
        self._tails = tails
        self._call_soon = call_soon
        self._clock = clock
        self._metrics = metrics
        self._send_all = send_all
        self._rooms: dict[str, Room] = {}

    def __len__(self) -> int:
        return len(self._rooms)

    @property
    def busy(self) -> bool:
        """Whether some room still has a delivery under way."""
        return any(room.busy for room in self._rooms.values())

    def all(self) -> list[Room]:
        """Return all live rooms."""
        return list(self._rooms.values())

    def get(self, name: str) -> Room | None:
        """Return a room if it is live."""
        return self._rooms.get(name)

    def open(self, name: str) -> Room:
        """Return a room that exists, made live now where nobody was in it."""
        room = self._rooms.get(name)
        if room is None:
            record = self._directory.get(name)
            assert record is not None
            room = self._rooms[name] = self._make(record)
        return room

    def remove(self, name: str) -> Room | None:
        """Drop a room that does not exist any more; whoever is in it has to be told."""
        room = self._rooms.pop(name, None)
        if room is not None:
            room.close()
        return room

    def count(self, name: str) -> int:
        """Return how many people are in a room."""
        room = self._rooms.get(name)
        return len(room.presence) if room else 0

    def waiting(self, name: str) -> bool:
        """Return whether people are in a room and nobody who moderates it."""
        room = self._rooms.get(name)
        return room is not None and room.waiting

    def tick(self, now: float) -> list[str]:
        """Let each room do what is due; free those that nobody is in, and return their names."""
        freed = []
        for name, room in list(self._rooms.items()):
            room.tick(now)
            if room.idle:
                del self._rooms[name]
                freed.append(name)
        return freed

    def summaries(self, records: Iterable[RoomRecord]) -> list[RoomSummary]:
        """Return rooms as a list shows them, in their order."""
        return [
            RoomSummary(r.name, r.title, r.topic, r.access, self.count(r.name), _newest(r))
            for r in records
        ]

    def _make(self, record: RoomRecord) -> Room:
        presence = Presence(
            record.name,
            grace=self._settings.presence_grace,
            limit=self._settings.member_list_limit,
            clock=self._clock,
        )
        return Room(
            record,
            tails=self._tails,
            presence=presence,
            call_soon=self._call_soon,
            clock=self._clock,
            metrics=self._metrics,
            send_all=self._send_all,
        )


def _newest(record: RoomRecord) -> int:
    return record.last_time if record.last else 0  # a new room has the time it was made
