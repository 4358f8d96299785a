"""The connections of those who are signed in to the admin page: who hears of what.

They look on without being seen: `Client.invisible`. It knows nothing of what there is to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

from tornchat.frames import Frame
from tornchat.protocol import AdminEvent, encode

if TYPE_CHECKING:
    from tornchat.chat.client import Client

PEOPLE_SECONDS: Final = 2.0
"""At most so often those who look are told that people came and went."""


class Admins:
    """The clients whose identity has a session.

    `may_moderate(client, room)` says who hears of what is about a room.
    """

    def __init__(self, may_moderate: Callable[[Client, str], bool]) -> None:
        self._may_moderate = may_moderate
        self._clients: set[Client] = set()
        self._stirred: set[str] = set()
        self._due = 0.0

    def __len__(self) -> int:
        return len(self._clients)

    def add(self, client: Client) -> None:
        """Count a connection in."""
        self._clients.add(client)

    def discard(self, client: Client) -> None:
        """Count a connection out, if it was one."""
        self._clients.discard(client)

    def stir(self, room: str) -> None:
        """Note that somebody came into a room or went; those who look hear of it soon."""
        if self._clients:
            self._stirred.add(room)

    def tick(self, now: float) -> None:
        """Tell what is due; `now` is monotonic."""
        if self._stirred and now >= self._due:
            self._due = now + PEOPLE_SECONDS
            rooms, self._stirred = self._stirred, set()
            self.tell(AdminEvent(topic="people"), rooms)

    def of_session(self, session: str) -> list[Client]:
        """Return the connections of one browser that is signed in."""
        return [client for client in self._clients if client.identity.session == session]

    def tell(self, event: AdminEvent, rooms: Collection[str] | None) -> None:
        """Tell those who may hear of it: see `Changes.tell_admins`."""
        if self._clients:
            frame = Frame([encode(event)])
            for client in list(self._clients):
                if self._concerns(client, rooms):
                    client.send(frame)

    def _concerns(self, client: Client, rooms: Collection[str] | None) -> bool:
        permits = client.identity.permits
        if permits is None or rooms is None:
            return permits is None
        # Those of an account name rooms, no patterns: thousands of rooms cost no more than one.
        return any(p.pattern in rooms and self._may_moderate(client, p.pattern) for p in permits)
